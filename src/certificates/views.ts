import { aliases, authorityAlias, bearers, sharedSigner, signingAlias } from '../apim/cluster/keystores.ts';
import type { Host } from '../input/inventory.ts';
import { describe, isIssuedBy } from '../pki/certificate.ts';
import { dueCertificates } from './judge.ts';
import type { Authority, Material, NodeMaterial, Pair, Scope, Signer } from './material.ts';
import { perMaterial } from './per-material.ts';

/** What every node of the cluster trusts, and by what; undefined while some of that is still to be made. */
export interface ClusterTrust {
  /** Authorities of ours and certificates that were brought, PEM, by alias. */
  readonly trust: ReadonlyMap<string, string>;
  /** Of the pairs that sign tokens, did, or will, PEM, by the alias at gateways. */
  readonly signers: ReadonlyMap<string, string>;
  /** Certificates of nodes that none of these vouches for, PEM, by the name of the host. */
  readonly unvouched: ReadonlyMap<string, string>;
}

const trustOf = perMaterial<ClusterTrust | undefined>();

/** What every node is to trust: authorities, and the certificate of a node only where none of them vouches for it. */
export function clusterTrust(scope: Scope, material: Material): ClusterTrust | undefined {
  return trustOf(scope.topology, material, scope.now.toISOString(), () => {
    const shared = sharedMaterial(scope, material);
    if (shared === undefined) return undefined;
    const { certificate } = shared.authority;
    const trust = new Map([
      [authorityAlias(describe(certificate).fingerprint), certificate],
      ...material.trust,
    ]);
    const elsewhere = bearers(scope.topology).filter(
      ({ own }) => own !== undefined || scope.topology.settings.certificates.requests,
    );
    const due = dueCertificates(scope, material).nodes;
    if (elsewhere.some(({ host }) => due.has(host.name))) return undefined;
    const roots = [...trust.values()];
    const unvouched = elsewhere.flatMap(({ host }) => {
      const pair = material.nodes.get(host.name);
      return pair === undefined || isVouchedFor(pair, roots) ? [] : [[host.name, pair.certificate] as const];
    });
    const signers = signersOf(material, shared.primary).map(
      ({ trusted, pair }) => [trusted, pair.certificate] as const,
    );
    return { trust, signers: new Map(signers), unvouched: new Map(unvouched) };
  });
}

/** Whether what a server shows leads to one of the roots. */
function isVouchedFor({ certificate, chain }: Pair, roots: readonly string[]): boolean {
  return [certificate, ...chain].some(
    (each) => roots.includes(each) || roots.some((root) => isIssuedBy(each, root)),
  );
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

/**
 * The pairs whose certificates verify tokens, the one that signs first. A Key Manager publishes the certificate of every
 * key in its primary keystore (`JwksEndpoint` of identity-inbound-auth-oauth), so all of them stand there.
 */
export function signersOf({ signing }: Material, primary: Pair): Signer[] {
  const { own, next, retiring, withdrawn } = signing;
  const all = [own ?? primary, next, withdrawn ? undefined : retiring].filter((each) => each !== undefined);
  return all.map((pair) => {
    if (pair.certificate === primary.certificate)
      return { pair: primary, alias: aliases.primary, trusted: sharedSigner };
    const alias = signingAlias(describe(pair.certificate).fingerprint);
    return { pair, alias, trusted: alias };
  });
}

/** The alias of the pair that signs tokens, where it is not the one that all nodes share. */
export function signerApart({ signing: { own } }: Material): string | undefined {
  return own === undefined ? undefined : signingAlias(describe(own.certificate).fingerprint);
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
  const signers = signersOf(material, shared.primary);
  return { ...shared, signers, own, trust, roots: [...new Set(roots)].join('') };
}
