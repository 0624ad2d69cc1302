import type { Topology } from '../apim/cluster/topology.ts';
import type { Material } from './material.ts';

/**
 * Finds something out once for each state of the pki folder, and for each `of`, such as the name of a node: every step at
 * every node asks. It is forgotten together with the material.
 */
export function perMaterial<Answer>(): (
  topology: Topology,
  material: Material,
  of: string,
  make: () => Answer,
) => Answer {
  const all = new WeakMap<Material, WeakMap<Topology, Map<string, Answer>>>();
  return (topology, material, of, make) => {
    const ofMaterial = all.get(material) ?? new WeakMap<Topology, Map<string, Answer>>();
    all.set(material, ofMaterial);
    const known = ofMaterial.get(topology) ?? new Map<string, Answer>();
    ofMaterial.set(topology, known);
    if (!known.has(of)) known.set(of, make());
    return known.get(of) as Answer;
  };
}
