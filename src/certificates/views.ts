import type { Host } from '../input/inventory.ts';
import { dueCertificates } from './judge.ts';
import type { Authority, CompleteMaterial, Material, NodeMaterial, Pair, Scope } from './material.ts';

/** The material if none of it is to be made, otherwise undefined. */
export function completeMaterial(scope: Scope, material: Material): CompleteMaterial | undefined {
  const shared = sharedMaterial(scope, material);
  if (shared === undefined || dueCertificates(scope, material).nodes.size > 0) return undefined;
  return { ...shared, nodes: material.nodes, trust: material.trust };
}

/** The pairs that all nodes share, unless one of them is to be made. */
export function sharedMaterial(
  scope: Scope,
  material: Material,
): { authority: Authority; primary: Pair } | undefined {
  const due = dueCertificates(scope, material);
  const { authority, primary } = material;
  if (authority === undefined || primary === undefined) return undefined;
  return due.authority !== undefined || due.primary !== undefined ? undefined : { authority, primary };
}

/** What one node runs with, unless some of it is to be made. What is due for other nodes does not count. */
export function nodeMaterial(
  scope: Scope,
  material: Material,
  { host }: { readonly host: Host },
): NodeMaterial | undefined {
  const shared = sharedMaterial(scope, material);
  const own = material.nodes.get(host.name);
  if (shared === undefined || own === undefined) return undefined;
  if (dueCertificates(scope, material).nodes.has(host.name)) return undefined;
  const { trust } = material;
  const roots = [shared.authority.certificate, ...shared.authority.chain, ...trust.values()];
  return { ...shared, own, trust, roots: [...new Set(roots)].join('') };
}
