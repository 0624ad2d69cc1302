import { bearers } from '../apim/cluster/keystores.ts';
import { describe, isIssuedBy } from '../pki/certificate.ts';
import { dueCertificates } from './judge.ts';
import type { Material, Scope } from './material.ts';

/**
 * How far a rotation is, by what is in the pki folder: all are to trust the next authority; certificates are replaced; the
 * authority before is withdrawn; all that is left is to see that every node runs with what there is.
 */
export type RotationPhase = 'none' | 'trust' | 'replace' | 'withdraw' | 'finish';

/** How far a rotation is. A folder that an interrupted one has left says so. */
export function rotationPhase(scope: Scope, material: Material): RotationPhase {
  const { next, retiring, outgoing } = material;
  if (next !== undefined) return 'trust';
  if (retiring.length > 0) return toReplace(scope, material).length > 0 ? 'replace' : 'withdraw';
  if (outgoing.length === 0) return 'none';
  return dueCertificates(scope, material).nodes.size > 0 ? 'replace' : 'finish';
}

/** A host whose certificate is to be replaced. */
export interface Outgoing {
  readonly host: string;
  /** PEM. */
  readonly certificate: string;
}

/**
 * The certificates that a rotation replaces. While an authority is replaced it is those that the issuing one has not
 * issued, otherwise all that are made here or requested here. Whoever brings one replaces it by hand.
 */
export function toReplace({ topology }: Scope, material: Material): Outgoing[] {
  const { authority, next, retiring, nodes } = material;
  const issuing = next ?? authority;
  const succeeds = next !== undefined || retiring.length > 0;
  return bearers(topology).flatMap(({ host, own }) => {
    const certificate = nodes.get(host.name)?.certificate;
    if (certificate === undefined || own !== undefined || issuing === undefined) return [];
    return succeeds && isIssuedBy(certificate, issuing.certificate) ? [] : [{ host: host.name, certificate }];
  });
}

/** Hosts whose certificates were issued by an authority that is to be withdrawn, brought ones as well. */
export function stillVouchedFor({ retiring, nodes }: Material): string[] {
  return [...nodes].flatMap(([host, { certificate }]) =>
    retiring.some((each) => isIssuedBy(certificate, each)) ? [host] : [],
  );
}

/** The certificate that ends first, of those that a rotation would replace; with the authority among them if that is asked. */
export function firstToEnd(
  scope: Scope,
  material: Material,
  withAuthority: boolean,
): { readonly whose: string; readonly at: Date } | undefined {
  const { authority } = material;
  const all = [
    ...toReplace(scope, material).map(({ host, certificate }) => ({ whose: host, certificate })),
    ...(withAuthority && authority !== undefined
      ? [{ whose: 'the authority', certificate: authority.certificate }]
      : []),
  ].map(({ whose, certificate }) => ({ whose, at: describe(certificate).notAfter }));
  return all.sort((one, other) => one.at.getTime() - other.at.getTime())[0];
}

/** The certificate of a host, as far as a rotation is. */
export interface Standing {
  readonly host: string;
  readonly certificate: 'none yet' | 'brought' | 'to be replaced' | 'new' | 'as it was';
  readonly until: Date | undefined;
}

/** How it stands with the certificate of every node and balancer in the pki folder. */
export function standings(scope: Scope, material: Material): Standing[] {
  const phase = rotationPhase(scope, material);
  const waiting = new Set(toReplace(scope, material).map(({ host }) => host));
  const replaced = phase === 'none' || phase === 'trust' ? 'as it was' : 'new';
  return bearers(scope.topology).map(({ host: { name: host }, own }) => {
    const found = material.nodes.get(host)?.certificate;
    if (found === undefined) return { host, certificate: 'none yet', until: undefined };
    const until = describe(found).notAfter;
    if (own !== undefined) return { host, certificate: 'brought', until };
    const waits = material.outgoing.includes(found) || (material.retiring.length > 0 && waiting.has(host));
    return { host, certificate: waits ? 'to be replaced' : replaced, until };
  });
}
