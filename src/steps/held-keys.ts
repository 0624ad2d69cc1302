import { X509Certificate } from 'node:crypto';
import { keystoreFiles } from '../apim/keystores.ts';
import { keptKeys } from '../apim/paths.ts';
import type { Node, Topology } from '../apim/topology.ts';
import { type Action, run } from '../engine/plan.ts';
import type { Asks } from '../engine/step.ts';
import { describe } from '../pki/certificate.ts';
import { readJks } from '../pki/jks.ts';
import { as, sh } from '../shell/command.ts';
import { decodeBytes, readBytes } from '../shell/files.ts';
import type { Material } from './material.ts';

/** The certificates, PEM, of the keys that a home holds; the nearest to the key first. Undefined where there is no store. */
export interface HeldKeys {
  readonly primary: readonly string[] | undefined;
  readonly tls: readonly string[] | undefined;
}

/** Reads which keys are in the keystores of a home, whatever archive it is of. No password is needed for it. */
export async function inspectHeldKeys(
  topology: Topology,
  node: Node,
  there: Asks['there'],
): Promise<HeldKeys> {
  const files = keystoreFiles(topology, node);
  const [primary, tls] = await Promise.all(
    [files.primary, files.tls].map((path) => there(as(node.user, readBytes(path)))),
  );
  return {
    primary: chainIn(decodeBytes(primary?.stdout ?? '')),
    tls: chainIn(decodeBytes(tls?.stdout ?? '')),
  };
}

/** The certificates of the only key in a store; none if it holds no key that can be read. */
export function chainIn(bytes: Uint8Array | undefined): readonly string[] | undefined {
  if (bytes === undefined) return undefined;
  try {
    const keys = readJks(bytes).flatMap((entry) => (entry.type === 'key' ? [entry] : []));
    return keys.flatMap(({ chain }) => chain.map((each) => new X509Certificate(each).toString()));
  } catch {
    return [];
  }
}

/** Whether the key of a store is on this machine, too: so nothing is lost with the store. */
export function isHere(chain: readonly string[] | undefined, { primary, nodes }: Material): boolean {
  const [certificate] = chain ?? [];
  if (certificate === undefined) return chain === undefined;
  const { publicKey } = new X509Certificate(certificate);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const ours = [...(primary === undefined ? [] : [primary]), ...nodes.values()];
  return ours.some((pair) =>
    new X509Certificate(pair.certificate).publicKey.export({ type: 'spki', format: 'der' }).equals(spki),
  );
}

/** Whether it is a certificate of our own authority for TLS, which was made anew here: nothing depends on the old key. */
export function isRenewed(chain: readonly string[] | undefined, { authority, former }: Material): boolean {
  const [certificate] = chain ?? [];
  if (certificate === undefined) return false;
  const found = new X509Certificate(certificate);
  return [...(authority === undefined ? [] : [authority.certificate]), ...former].some((each) => {
    const issuer = new X509Certificate(each);
    return found.checkIssued(issuer) && found.verify(issuer.publicKey);
  });
}

/** Where a store stays whose key is nowhere else. */
export function keptPath(node: Node, path: string, chain: readonly string[] | undefined): string {
  const [certificate] = chain ?? [];
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.jks$/, '');
  const mark = certificate === undefined ? 'unread' : describe(certificate).fingerprint.slice(0, 8);
  return `${node.home}/${keptKeys}/${name}-${mark}.jks`;
}

/** Puts a copy of a store where nothing writes over it; one that is there already is the same. */
export function keepStore(node: Node, path: string, chain: readonly string[] | undefined): Action {
  const kept = keptPath(node, path, chain);
  const folder = kept.slice(0, kept.lastIndexOf('/'));
  return run(
    as(
      node.user,
      sh`umask 077; mkdir -p ${folder} && { cmp -s ${path} ${kept} || { ! test -e ${kept} && cp ${path} ${kept}.part && { sync ${kept}.part 2>/dev/null || sync; } && mv -nT ${kept}.part ${kept} && cmp -s ${path} ${kept}; }; }`,
    ),
    { shown: `keep ${path} as ${kept}`, hint: `is there room in ${folder}, and nothing else of that name?` },
  );
}
