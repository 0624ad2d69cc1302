import { createHash } from 'node:crypto';
import { keystoreFiles, shippedPassword, trustedAliases, trustPrefix } from '../apim/cluster/keystores.ts';
import { marks } from '../apim/cluster/paths.ts';
import { replaceShared, truststoreLock } from '../apim/cluster/shared.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { isPublic } from '../apim/release/public-certificates.ts';
import type { Output } from '../connection/connection.ts';
import { type Action, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { describe, toDer } from '../pki/certificate.ts';
import { type JksEntry, KeystoreError, mergeTrust, opensWith } from '../pki/jks.ts';
import { keyCertificates } from '../pki/key-entry.ts';
import { as, type Command, script } from '../shell/command.ts';
import { decodeBytes, readBytes } from '../shell/files.ts';
import type { World } from './define.ts';
import type { CompleteMaterial } from './material.ts';

/**
 * On a shared file system a file that another node has just put in place may be seen half for a second or two: then it is
 * looked at again. What cannot be opened in the end is told by the plan.
 */
export async function readTrust(
  { topology }: World,
  node: Node,
  at: (question: Command) => Promise<Output>,
): Promise<Uint8Array | undefined> {
  const path = keystoreFiles(topology, node).trust;
  const passwords = [topology.settings.truststore.password.reveal(), shippedPassword];
  let found = decodeBytes((await at(readBytes(path))).stdout);
  if (truststoreLock(topology, node) === undefined) return found;
  for (let tries = 0; tries < 5 && found !== undefined && !opensWith(found, passwords); tries += 1)
    found = decodeBytes((await at(script('sleep 1', readBytes(path)))).stdout);
  return found;
}

/** What several nodes share is put in place by one of them. */
export function putTrust({ topology }: World, node: Node, before: Uint8Array, after: Uint8Array): Action[] {
  const { trust } = keystoreFiles(topology, node);
  const lock = truststoreLock(topology, node);
  if (lock === undefined) return [put(trust, after, 0o600, node.user)];
  const candidate = `${trust}.from-${node.host.name}`;
  const sums = { before: sha256(before), after: sha256(after) };
  return [
    put(candidate, after, 0o600, node.user),
    run(as(node.user, replaceShared(trust, candidate, lock, sums)), {
      shown: `put ${trust} in place, for all who share it`,
      hint: 'run the same command again, which looks at what was written',
    }),
  ];
}

/** The keystore that an archive came with goes; whose certificates it had is noted, so that nobody trusts them later. */
export function noteShipped(node: Node, noted: readonly string[], found: readonly string[]): Action[] {
  const all = [...new Set([...noted, ...found])].sort();
  if (all.length === noted.length) return [];
  return [put(marks(node).shipped, all.map((each) => `${each}\n`).join(''), 0o644, node.user)];
}

/** Of the certificates in the keystore that an archive came with. */
export function fingerprintsIn(store: Uint8Array | undefined): string[] {
  if (store === undefined) return [];
  try {
    return keyCertificates(store, shippedPassword).certificates.map((each) => describe(each).fingerprint);
  } catch (error) {
    if (error instanceof KeystoreError) return [];
    throw error;
  }
}

/** The truststore of a node as it is to be: our certificates in, and out what nobody may trust. */
export function merge(
  world: World,
  node: Node,
  material: CompleteMaterial,
  trust: Uint8Array,
  shipped: readonly string[],
) {
  const { topology } = world;
  const certificates = {
    authority: material.authority.certificate,
    primary: material.primary.certificate,
    node: (name: string) => material.nodes.get(name)?.certificate ?? '',
    more: material.trust,
  };
  const wanted = trustedAliases(topology, node, certificates).map(({ alias, certificate }) => ({
    alias,
    certificate: toDer(certificate),
  }));
  const passwords = { now: topology.settings.truststore.password.reveal(), shipped: shippedPassword };
  try {
    return mergeTrust(trust, passwords, wanted, (entry) =>
      isUnwanted(entry, [...shipped, ...topology.settings.certificates.distrust]),
    );
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    throw new StepFailed({
      cause: `${keystoreFiles(world.topology, node).trust} cannot be opened: ${error.message}`,
      hint: 'it has neither the password of the inventory nor the one it was shipped with: change it there with keytool -storepasswd, or set truststore.password back',
    });
  }
}

/**
 * What was trusted because an earlier inventory said so, and every certificate whose key the whole world has. It is known
 * by itself and not by its alias: the product comes with one under several.
 */
function isUnwanted(entry: JksEntry, distrust: readonly string[]): boolean {
  if (entry.type !== 'trusted') return false;
  const isNamed = entry.alias === shippedPassword || entry.alias.startsWith(trustPrefix);
  return isNamed || isPublic(sha256(entry.certificate), distrust);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
