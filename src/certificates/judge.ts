import { type Bearer, bearers, pkiFiles } from '../apim/cluster/keystores.ts';
import { dueForRenewal } from '../pki/certificate.ts';
import { keptAside } from './folder.ts';
import type { Material, Scope } from './material.ts';
import { perMaterial } from './per-material.ts';

/** Why certificates have to be made: of nodes by host name. */
export interface Due {
  readonly authority?: string;
  readonly primary?: string;
  readonly nodes: ReadonlyMap<string, string>;
}

const judged = perMaterial<Due>();

/**
 * Why the certificate of each has to be made, by host name; the authority and the primary under their own names. It is
 * found out once for each state of the pki folder.
 */
export function dueCertificates(scope: Scope, material: Material): Due {
  return judged(scope.topology, material, scope.now.toISOString(), () => judge(scope, material));
}

function judge({ topology, now }: Scope, material: Material): Due {
  const { renewBeforeMs, requests } = topology.settings.certificates;
  const files = pkiFiles(topology);
  const authority = material.authority === undefined ? whyMissing(files.authority) : undefined;
  const primary = material.primary === undefined ? whyMissing(files.primary) : undefined;
  const nodes = new Map<string, string>();
  for (const bearer of bearers(topology)) {
    const reason = bearer.own === undefined ? dueAt(bearer, material) : undefined;
    if (reason !== undefined) nodes.set(bearer.host.name, reason);
  }
  return {
    nodes,
    ...(authority === undefined ? {} : { authority }),
    ...(primary === undefined ? {} : { primary }),
  };

  function dueAt({ host, names }: Bearer, { nodes: pairs }: Material): string | undefined {
    const pair = pairs.get(host.name);
    if (pair === undefined) return whyMissing(files.node({ host }));
    if (authority !== undefined && !requests) return 'its authority is made anew';
    if (material.outgoing.includes(pair.certificate)) return 'a rotation replaces the present one';
    const known = [material.authority?.certificate, ...material.retiring];
    if (!requests && !known.includes(pair.chain[0])) return 'the present one is from another authority';
    return dueForRenewal(pair.certificate, { names, renewBeforeMs, now, extraAllowed: requests });
  }

  function whyMissing({ key }: { readonly key: string }): string {
    if (material.spare.has(key)) return `for the key in ${key}, which has none`;
    const damaged = material.damaged.get(key);
    if (damaged === undefined) return 'there is none yet';
    return `no key can be read from ${key}, which stays as ${keptAside(key, damaged).kept}`;
  }
}
