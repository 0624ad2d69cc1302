import { createHmac } from 'node:crypto';
import {
  isAuthorityAlias,
  isNodeAlias,
  isSigningAlias,
  keystoreFiles,
  sharedSigner,
  shippedPassword,
  shippedStore,
  trustedAliases,
  trustPrefix,
} from '../apim/cluster/keystores.ts';
import { marks } from '../apim/cluster/paths.ts';
import { replaceShared, sharedTruststore, truststoreLock, truststoreWriter } from '../apim/cluster/shared.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { distrusted, isPublic } from '../apim/release/public-certificates.ts';
import type { Material } from '../certificates/material.ts';
import { perMaterial } from '../certificates/per-material.ts';
import { readMaterial } from '../certificates/read.ts';
import { clusterTrust } from '../certificates/views.ts';
import type { Output } from '../connection/connection.ts';
import { type Action, at, type Change, later, put, run } from '../engine/plan.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import { describe, isIssuedBy, toDer, toPem } from '../pki/certificate.ts';
import { type JksEntry, KeystoreError, opensWith, type TrustedEntry } from '../pki/jks.ts';
import { keyCertificates } from '../pki/key-entry.ts';
import { mergeTrust } from '../pki/merge-trust.ts';
import { sha256 } from '../pki/sum.ts';
import { as, type Command, script } from '../shell/command.ts';
import { checksum, decodeBytes, patient, readBytes, readNote, remove } from '../shell/files.ts';
import type { World } from './define.ts';

/** The truststore of a node as it was found. */
export interface FoundTrust {
  /** SHA-256 in hex; undefined if there is none. */
  readonly sum: string | undefined;
  /** What was noted when it was last written; empty if it never was. */
  readonly note: string;
  /** Undefined if nobody has to know what is in it. */
  readonly bytes: Uint8Array | undefined;
  /** The keystore that the archive came with, if it is there. */
  readonly shipped: Uint8Array | undefined;
  /** SHA-256 of the certificates in keystores that archives came with, as noted. */
  readonly noted: readonly string[];
}

/**
 * Looks at the truststore of a node. It holds a certificate for every other, so it travels only to whoever is to write
 * it, and only if it is not known by its checksum as what was left there.
 */
export async function trustAt(
  world: World,
  node: Node,
  at: (question: Command) => Promise<Output>,
  { once }: Pick<Asks, 'once'>,
): Promise<FoundTrust> {
  const { topology } = world;
  const path = keystoreFiles(topology, node).trust;
  const isShared = truststoreLock(topology, node) !== undefined;
  const [sum, note, shipped, noted, material] = await Promise.all([
    at(isShared ? patient.checksum(path) : checksum(path)),
    at(readNote(marks(node).trust)),
    at(readBytes(shippedStore(node))),
    at(readNote(marks(node).shipped)),
    once(readMaterial, world),
  ]);
  const found = {
    sum: sum.stdout.trim() === '' ? undefined : sum.stdout.trim(),
    note: note.stdout,
    bytes: undefined,
    shipped: decodeBytes(shipped.stdout),
    noted: noted.stdout.split('\n').filter((line) => line !== ''),
  };
  const mine = truststoreWriter(topology, node, world.hosts) === node;
  const wanted = wantedTrust(world, node, material);
  if (!mine || found.sum === undefined || wanted === undefined || isAsLeft(world, wanted, found))
    return found;
  return { ...found, bytes: await readTrust(world, node, at) };
}

/**
 * On a shared file system a file that another node has just put in place may be seen half for a second or two: then it is
 * looked at again. What cannot be opened in the end is told by the plan.
 */
async function readTrust(
  { topology }: World,
  node: Node,
  at: (question: Command) => Promise<Output>,
): Promise<Uint8Array | undefined> {
  const path = keystoreFiles(topology, node).trust;
  const passwords = [topology.settings.truststore.password.reveal(), shippedPassword];
  if (truststoreLock(topology, node) === undefined) return decodeBytes((await at(readBytes(path))).stdout);
  let found = decodeBytes((await at(patient.readBytes(path))).stdout);
  for (let tries = 0; tries < 5 && found !== undefined && !opensWith(found, passwords); tries += 1)
    found = decodeBytes((await at(script('sleep 1', patient.readBytes(path)))).stdout);
  return found;
}

/** What is to be done about the truststore of a node. */
export function trustChanges(world: World, node: Node, material: Material, found: FoundTrust): Change[] {
  // The play ends for all before a server starts, so what one of them has written is there for the others.
  if (truststoreWriter(world.topology, node, world.hosts) !== node) return [];
  const wanted = wantedTrust(world, node, material);
  if (wanted !== undefined && isAsLeft(world, wanted, found)) return [];
  const summary = `trust the cluster’s certificates in ${keystoreFiles(world.topology, node).trust}`;
  const { bytes } = found;
  if (wanted === undefined) return [later(summary, 'issue-certificates')];
  // It comes with the archive, or to the place that nodes share with the first of them.
  if (bytes === undefined)
    return [later(wasThere(found) ? `${summary}, which cannot be read now` : summary, 'install-pack')];
  const merged = merge(world, node, wanted, bytes, publicIn(found));
  if (!merged.changed) return [];
  const note = noteOf(world, wanted, found, sha256(merged.bytes));
  return [
    {
      summary,
      actions: [
        ...putTrust(world, node, bytes, merged.bytes),
        put(marks(node).trust, note, 0o600, node.user),
      ],
    },
  ];
}

/** Certificates that the node is to trust, and one short word for all of them. */
interface WantedTrust {
  readonly entries: readonly { readonly alias: string; readonly certificate: Buffer }[];
  readonly digest: string;
}

const wantedBy = perMaterial<WantedTrust>();

/** Undefined while a certificate is still to be made. It is the same for all nodes of a role. */
function wantedTrust(world: World, node: Node, material: Material): WantedTrust | undefined {
  const trusted = clusterTrust(world, material);
  if (trusted === undefined) return undefined;
  return wantedBy(world.topology, material, node.role, () => {
    const entries = trustedAliases(world.topology, node, trusted).map(({ alias, certificate }) => ({
      alias,
      certificate: toDer(certificate),
    }));
    const lines = entries.map(({ alias, certificate }) => `${alias} ${sha256(certificate)}\n`);
    return { entries, digest: sha256(lines.join('')) };
  });
}

/** Whether it is byte for byte what was left there when the same was wanted. */
function isAsLeft(world: World, wanted: WantedTrust, found: FoundTrust | Omit<FoundTrust, 'bytes'>): boolean {
  return found.sum !== undefined && found.note === noteOf(world, wanted, found, found.sum);
}

/** Also of what it must not hold, and of its password, which nobody can read from it. */
function noteOf(
  { topology }: World,
  { digest }: WantedTrust,
  found: Omit<FoundTrust, 'bytes'>,
  sum: string,
): string {
  const { certificates, truststore } = topology.settings;
  const unwanted = [...new Set([...distrusted(certificates.distrust), ...publicIn(found)])].sort();
  const wanted = createHmac('sha256', truststore.password.reveal())
    .update([digest, ...unwanted].join('\n'))
    .digest('hex');
  return `${sum} ${wanted}\n`;
}

/** Of the certificates that archives came with the keys of. */
function publicIn({ noted, shipped }: Omit<FoundTrust, 'bytes'>): string[] {
  return [...noted, ...fingerprintsIn(shipped)];
}

/** What several nodes share is put in place by one of them. */
function putTrust({ topology }: World, node: Node, before: Uint8Array, after: Uint8Array): Action[] {
  const { trust } = keystoreFiles(topology, node);
  const lock = truststoreLock(topology, node);
  const shared = sharedTruststore(topology, node);
  if (lock === undefined || shared === undefined) return [put(trust, after, 0o600, node.user)];
  const candidate = `${trust}.from-${node.host.name}`;
  const sums = { before: sha256(before), after: sha256(after) };
  return at({ sharedFiles: shared.mount.source }, [
    put(candidate, after, 0o600, node.user),
    run(as(node.user, replaceShared(trust, candidate, lock, sums)), {
      shown: `put ${trust} in place, for all who share it`,
      hint: 'run the same command again, which looks at what was written',
    }),
  ]);
}

/** The keystore that an archive came with goes; whose certificates it had is noted, so that nobody trusts them later. */
export function shippedChanges(node: Node, found: FoundTrust): Change[] {
  if (found.shipped === undefined && (found.sum !== undefined || wasThere(found))) return [];
  const all = [...new Set(publicIn(found))].sort();
  const note = put(marks(node).shipped, all.map((each) => `${each}\n`).join(''), 0o644, node.user);
  return [
    {
      summary: `remove the shipped keystore ${shippedStore(node)}`,
      actions: [
        ...(all.length === found.noted.length ? [] : [note]),
        run(as(node.user, remove(shippedStore(node)))),
      ],
    },
  ];
}

/** A truststore that is missing although the archive was installed, as where a shared file system is not mounted. */
function wasThere({ sum, note, noted }: FoundTrust): boolean {
  return sum === undefined && (note !== '' || noted.length > 0);
}

/** Of the certificates in the keystore that an archive came with. */
function fingerprintsIn(store: Uint8Array | undefined): string[] {
  if (store === undefined) return [];
  try {
    return keyCertificates(store, shippedPassword).certificates.map((each) => describe(each).fingerprint);
  } catch (error) {
    if (error instanceof KeystoreError) return [];
    throw error;
  }
}

/** The truststore of a node as it is to be: our certificates in, and out what nobody may trust. */
function merge(world: World, node: Node, wanted: WantedTrust, trust: Uint8Array, shipped: readonly string[]) {
  const { topology } = world;
  const passwords = { now: topology.settings.truststore.password.reveal(), shipped: shippedPassword };
  try {
    return mergeTrust(
      trust,
      passwords,
      wanted.entries,
      (entry, all) =>
        isUnwanted(entry, all, [...shipped, ...topology.settings.certificates.distrust]) ||
        isFormerSigner(entry, wanted),
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
 * What was trusted because an earlier inventory or version said so, and every certificate whose key the whole world has.
 * That is known by itself and not by its alias: the product comes with one under several.
 */
function isUnwanted(entry: JksEntry, all: readonly JksEntry[], distrust: readonly string[]): boolean {
  if (entry.type !== 'trusted') return false;
  const { alias, certificate } = entry;
  const isNamed =
    alias === shippedPassword ||
    alias.startsWith(trustPrefix) ||
    isAuthorityAlias(alias) ||
    isSigningAlias(alias);
  return isNamed || isFormerPeer(entry, all) || isPublic(sha256(certificate), distrust);
}

/** The shared pair as one that signs tokens, once others do and it is withdrawn. */
function isFormerSigner({ alias }: JksEntry, { entries }: WantedTrust): boolean {
  return alias === sharedSigner && entries.some((each) => isSigningAlias(each.alias));
}

/** The certificate of a node, which earlier versions put beside the authority of ours that vouches for it. */
function isFormerPeer({ alias, certificate }: TrustedEntry, all: readonly JksEntry[]): boolean {
  if (!isNodeAlias(alias)) return false;
  return all.some(
    (each) =>
      each.type === 'trusted' &&
      isAuthorityAlias(each.alias) &&
      isIssuedBy(toPem(certificate), toPem(each.certificate)),
  );
}
