import { basename } from 'node:path';
import { bearerOf, pkiFiles, shippedPassword } from '../apim/cluster/keystores.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { isPublic } from '../apim/release/public-certificates.ts';
import { type FoundFile, isShippedName } from '../apim/server/found-keystores.ts';
import { RunRefused } from '../errors.ts';
import { belongTogether, describe, isIssuedBy, publicKeyOf } from '../pki/certificate.ts';
import { KeystoreError, opensWith } from '../pki/jks.ts';
import { keyCertificates } from '../pki/key-entry.ts';
import { wantedStores } from './keystores-at.ts';
import type { Material, Scope } from './material.ts';

/** What is known of a keystore that was found at a server. */
export interface FoundKeystore extends FoundFile {
  /** Of the keys in it, PEM; undefined if nobody can tell. */
  readonly certificates: readonly string[] | undefined;
  /** Why it does not open; undefined if the password of the inventory opens it. */
  readonly closed: string | undefined;
}

/** Reads the certificates of a keystore: of a JKS also where the password is another. */
export function openFound(found: FoundFile, password: string): FoundKeystore {
  if (found.bytes === undefined)
    return { ...found, certificates: undefined, closed: 'the run user may not read it' };
  try {
    return { ...found, ...keyCertificates(found.bytes, password) };
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    return { ...found, certificates: undefined, closed: error.message };
  }
}

/** The public halves of all keys that are here, for each state of the pki folder: a key is looked up, not tried. */
const publicKeys = new WeakMap<Material, ReadonlySet<string>>();

/** Whether a certificate was made for a key that is in the pki folder, or was brought. */
function isOurs(material: Material, certificate: string): boolean {
  const known = publicKeys.get(material) ?? publicKeysOf(material);
  publicKeys.set(material, known);
  return known.has(publicKeyOf(certificate));
}

function publicKeysOf({ primary, signing, nodes, spare }: Material): ReadonlySet<string> {
  const { own, next, retiring } = signing;
  const shared = [primary, own, next, retiring].filter((each) => each !== undefined);
  const pairs = [...shared, ...nodes.values()];
  // That the certificate of a pair is of its key was seen when it was read.
  return new Set([...pairs.map(({ certificate }) => certificate), ...spare.values()].map(publicKeyOf));
}

/**
 * Whether a keystore holds a key that is in no file here: then it may be the only copy. A key for TLS that our own
 * authority has vouched for was made anew here, and nothing depends on the old one.
 */
export function isOnlyCopy(found: FoundKeystore, material: Material): boolean {
  const renewed = (certificate: string) => found.tls && isVouched(material, certificate);
  return found.certificates?.every((each) => isOurs(material, each) || renewed(each)) !== true;
}

/** Whether a certificate is of the authority of the pki folder, or of one before it. */
function isVouched({ authority, retiring }: Material, certificate: string): boolean {
  const issuers = [...(authority === undefined ? [] : [authority.certificate]), ...retiring];
  return issuers.some((issuer) => isIssuedBy(certificate, issuer));
}

/**
 * Refuses to go on at a node whose keystores are of another authority and another shared key than those of the pki
 * folder: what the product has encrypted could not be read any more. What the inventory brings is meant to be other.
 */
export function refuseForeign(
  scope: Scope,
  node: Node,
  material: Material,
  files: readonly FoundFile[],
): void {
  // What is known by its checksum as what is to be there needs no opening, and mostly all of it is.
  const wanted = wantedStores(scope, node, material);
  const isWanted = ({ bytes, tls }: FoundFile) =>
    bytes !== undefined &&
    (tls ? [wanted.tls] : [wanted.primary, wanted.internal]).some((each) => each === bytes);
  if (files.every(isWanted)) return;
  const password = scope.topology.settings.keystore.password.reveal();
  const stores = files
    .map((each) => openFound(each, password))
    .filter((each) => !isShipped(node, each, scope.topology.settings.certificates.distrust));
  const foreign = stores.filter((each) =>
    each.tls ? isForeignTls(scope, node, material, each, stores) : isForeignPrimary(scope, material, each),
  );
  if (foreign.length === 0) return;
  const { directory } = scope.topology.settings.certificates;
  const encrypts = foreign.some((each) => !each.tls);
  throw new RunRefused({
    cause: `${node.host.name} holds keys that ${directory} does not have`,
    tail: [
      ...foreign.map(tell),
      lacking(scope, material),
      encrypts
        ? 'with other keys, what the product has encrypted and signed with these could not be read any more; nothing was made or changed'
        : 'with another authority, the nodes would not know one another; nothing was made or changed',
    ],
    hint: `bring the folder of this cluster to ${directory}, or read the keys back from the servers: apim-orchestrate pki recover INVENTORY; if nobody needs them any more, move ${foreign.map(({ path }) => path).join(' and ')} away there`,
  });
}

function isForeignPrimary({ topology }: Scope, material: Material, { certificates }: FoundKeystore): boolean {
  if (topology.settings.certificates.primary !== undefined) return false;
  const files = pkiFiles(topology);
  const key = material.primary?.key ?? material.spare.get(files.primary.key);
  if (key === undefined) return true;
  // What cannot be opened stays beside when ours is written; that it is another key is only known of what can be read.
  const { own, next, retiring } = material.signing;
  const keys = [key, ...[own, next, retiring].flatMap((each) => each?.key ?? [])];
  return certificates?.every((each) => keys.some((one) => belongTogether(each, one))) === false;
}

/** The certificates for TLS can be made anew, by whoever has the authority that all nodes trust. */
function isForeignTls(
  { topology }: Scope,
  node: Node,
  material: Material,
  { certificates }: FoundKeystore,
  stores: readonly FoundKeystore[],
): boolean {
  const { authority } = topology.settings.certificates;
  if (authority !== undefined || bearerOf(topology, node).own !== undefined) return false;
  const known = (each: string) => isOurs(material, each) || isVouched(material, each);
  if (certificates?.every(known) === true) return false;
  const toBeMade = material.authority === undefined && !material.spare.has(pkiFiles(topology).authority.key);
  if (toBeMade) return true;
  const key = material.primary?.key;
  // The shared key vouches for the node: its authority was changed here, and a run died before the node knew.
  const vouched = stores.some(
    (each) =>
      !each.tls &&
      key !== undefined &&
      each.certificates?.some((certificate) => belongTogether(certificate, key)) === true,
  );
  return !vouched && certificates !== undefined;
}

/** The keystore that the product comes with: its key is no secret, and nobody misses it. */
function isShipped(node: Node, found: FoundKeystore, distrust: readonly string[]): boolean {
  const { certificates = [], path, bytes } = found;
  const all = certificates.map((each) => describe(each));
  if (all.length > 0 && all.every(({ fingerprint }) => isPublic(fingerprint, distrust))) return true;
  if (!isShippedName(node, path) || bytes === undefined) return false;
  return opensWith(bytes, [shippedPassword]) && all.every(({ subject }) => /\bCN=localhost\b/.test(subject));
}

function tell({ path, tls, certificates, closed }: FoundKeystore): string {
  const what = tls ? 'the key for TLS' : 'the key that all nodes share';
  const locked =
    closed === undefined ? '' : `; it does not open with the password of the inventory (${closed})`;
  if (certificates === undefined) return `${path}: ${what}${locked}`;
  return `${path}: ${what}, ${certificates.map(words).join(' and ')}${locked}`;
}

/** A certificate in words: whose, from which authority, its fingerprint, and until when. */
export function words(certificate: string): string {
  const { subject, issuer, fingerprint, notAfter } = describe(certificate);
  return `“${subject}” from “${issuer}”, until ${notAfter.toISOString().slice(0, 10)}, SHA-256 ${fingerprint}`;
}

function lacking({ topology }: Scope, { primary, authority, damaged }: Material): string {
  const files = pkiFiles(topology);
  if (primary !== undefined) return `${files.primary.certificate} is another: ${words(primary.certificate)}`;
  if (damaged.has(files.primary.key)) return `no key can be read from ${files.primary.key}`;
  const missing = [files.primary.key, ...(authority === undefined ? [files.authority.certificate] : [])];
  return `${missing.map((file) => basename(file)).join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not in ${files.directory}`;
}
