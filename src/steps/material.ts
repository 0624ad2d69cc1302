import { createHash } from 'node:crypto';
import { type Bearer, bearers, pkiFiles, retiringPrefix, trustFiles } from '../apim/cluster/keystores.ts';
import type { OwnCertificate } from '../apim/settings/cluster-settings.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { BundleError, type Chain, orderChain, splitPem } from '../pki/bundle.ts';
import { describe, dueForRenewal, isCertificate, isKey } from '../pki/certificate.ts';
import { KeystoreError } from '../pki/jks.ts';
import { readKeystore } from '../pki/key-entry.ts';
import { sh } from '../shell/command.ts';
import { decodeBytes } from '../shell/files.ts';
import type { World } from './define.ts';
import { allFiles, keepAside, keystorePaths, openKey, printAll, readAll, trustFrom } from './pki-folder.ts';

/** A certificate, its private key, and what leads from it to its root; all PEM. */
export interface Pair extends Chain {
  readonly key: string;
}

/** An authority. One whose key is not here goes on being trusted, and issues nothing more. */
export interface Authority extends Chain {
  readonly key: string | undefined;
  /** Why there is no key, in words for people: `pki/ca.key is not there`. */
  readonly keyless?: string;
}

/** What is in the pki folder beside the inventory, or was brought. Keys are readable: decrypted, if they were encrypted. */
export interface Material {
  readonly authority: Authority | undefined;
  readonly primary: Pair | undefined;
  /** By the name of the host: of nodes and balancers. */
  readonly nodes: ReadonlyMap<string, Pair>;
  /** Keys and signing requests that are there, PEM, by the name of the host. */
  readonly requests: ReadonlyMap<
    string,
    { readonly key: string | undefined; readonly request: string | undefined }
  >;
  /** More certificates to trust, PEM, by the alias of each; those of authorities that issue no more among them. */
  readonly trust: ReadonlyMap<string, string>;
  /** Certificates of authorities that issue no more, PEM. What they have issued is as good as ever. */
  readonly retiring: readonly string[];
  /** Keys of the folder that have no certificate of theirs, PEM, by the path of each. */
  readonly spare: ReadonlyMap<string, string>;
  /** Files of the folder that should hold a key and from which none can be read: their texts, by path. */
  readonly damaged: ReadonlyMap<string, string>;
}

/** The material when nothing of it is missing or due. */
export interface CompleteMaterial {
  readonly authority: Authority;
  readonly primary: Pair;
  readonly nodes: ReadonlyMap<string, Pair>;
  readonly trust: ReadonlyMap<string, string>;
}

/** The material of one node, or of one balancer. */
export interface NodeMaterial {
  readonly authority: Authority;
  readonly primary: Pair;
  readonly own: Pair;
  readonly trust: ReadonlyMap<string, string>;
  /** All that servers of this cluster are verified by, PEM, one after another. */
  readonly roots: string;
}

/** Reads the pki folder and what was brought, in one round of questions. Ask it `once`: it is the same for all nodes. */
export async function readMaterial({ here }: Pick<Asks, 'here'>, world: World): Promise<Material> {
  const { topology } = world;
  const { certificates } = topology.settings;
  const files = pkiFiles(topology);
  const stores = keystorePaths(topology);
  const [printed, ...opened] = await Promise.all([
    here(printAll(allFiles(topology))),
    ...stores.map((path) => here(sh`base64 < ${path} 2>/dev/null || true`)),
  ]);
  const found: Found = {
    texts: readAll(printed.stdout),
    stores: new Map(stores.map((path, index) => [path, decodeBytes(opened[index]?.stdout ?? '')])),
    world,
  };
  const retiring = splitPem(found.texts.get(files.retiring) ?? '').filter(isCertificate);
  const trust = new Map([
    ...trustFrom(trustFiles(topology), found.texts),
    ...retiring.map((each) => [`${retiringPrefix}${describe(each).fingerprint.slice(0, 8)}`, each] as const),
  ]);
  const authority =
    pairFrom(found, certificates.authority, files.authority, [...trust.values()]) ??
    keylessFrom(found, files.authority);
  const issuers = [
    ...(authority === undefined ? [] : [authority.certificate, ...authority.chain]),
    ...trust.values(),
  ];
  const nodes = new Map<string, Pair>();
  const requests = new Map<string, { key: string | undefined; request: string | undefined }>();
  for (const bearer of bearers(topology)) {
    const place = files.node(bearer);
    const pair = pairFrom(found, bearer.own, place, issuers);
    if (pair !== undefined) nodes.set(bearer.host.name, pair);
    const key = found.texts.get(place.key);
    const opened = key === undefined ? undefined : openKey(place.key, key, world);
    requests.set(bearer.host.name, {
      key: opened === undefined || !isKey(opened) ? undefined : opened,
      request: found.texts.get(place.request),
    });
  }
  const primary = pairFrom(found, certificates.primary, files.primary, issuers);
  const lonely = [
    ...(authority === undefined ? [files.authority] : []),
    ...(primary === undefined ? [files.primary] : []),
    ...bearers(topology)
      .filter(({ host }) => !nodes.has(host.name))
      .map((bearer) => files.node(bearer)),
  ];
  return { authority, primary, nodes, requests, trust, retiring, ...lonelyKeys(found, lonely) };
}

/** Keys without a certificate. None of them is written over: one that can be read gets a certificate again. */
function lonelyKeys(found: Found, places: readonly { readonly key: string }[]) {
  const spare = new Map<string, string>();
  const damaged = new Map<string, string>();
  for (const { key: path } of places) {
    const text = found.texts.get(path);
    if (text === undefined) continue;
    const key = openKey(path, text, found.world);
    if (isKey(key)) spare.set(path, key);
    else damaged.set(path, text);
  }
  return { spare, damaged };
}

/** An authority whose certificate is here and whose key is not: what it has issued is still to be trusted. */
function keylessFrom(
  { texts, world }: Found,
  place: { readonly certificate: string; readonly key: string },
): Authority | undefined {
  const [certificate, ...chain] = splitPem(texts.get(place.certificate) ?? '');
  if (certificate === undefined || !isCertificate(certificate)) return undefined;
  const text = texts.get(place.key);
  const why =
    text === undefined
      ? 'is not there'
      : isKey(openKey(place.key, text, world))
        ? `does not belong to ${place.certificate}`
        : 'holds no private key that can be read';
  return { certificate, chain, key: undefined, keyless: `${place.key} ${why}` };
}

interface Found {
  readonly texts: ReadonlyMap<string, string>;
  readonly stores: ReadonlyMap<string, Uint8Array | undefined>;
  readonly world: World;
}

/** A pair that was brought must be sound; one of the pki folder counts only if it is. */
function pairFrom(
  found: Found,
  own: OwnCertificate | undefined,
  place: { readonly certificate: string; readonly key: string },
  issuers: readonly string[],
): Pair | undefined {
  if (own !== undefined) return broughtPair(found, own, issuers);
  const certificate = found.texts.get(place.certificate);
  const key = found.texts.get(place.key);
  if (certificate === undefined || key === undefined) return undefined;
  const opened = openKey(place.key, key, found.world);
  try {
    // Key and certificate are two files: a run that died between them leaves two that do not belong together.
    return { ...ordered(splitPem(certificate), issuers, opened), key: opened };
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}

function broughtPair({ texts, stores, world }: Found, own: OwnCertificate, issuers: readonly string[]): Pair {
  const where = own.keystore ?? own.certificate ?? '';
  const refuse = (cause: string): never => {
    throw new StepFailed({
      cause: `${where}: ${cause}`,
      hint: 'correct the file, or the inventory that names it',
    });
  };
  try {
    if (own.keystore !== undefined) {
      const bytes = stores.get(own.keystore);
      if (bytes === undefined) return refuse('there is no such file on this machine');
      const { key, certificates } = readKeystore(bytes, own.password?.reveal() ?? '', own.alias);
      return { ...ordered(certificates, issuers, key), key };
    }
    const certificate = texts.get(own.certificate ?? '');
    const key = texts.get(own.key ?? '');
    if (certificate === undefined) return refuse('there is no such file on this machine');
    if (key === undefined) return refuse(`its key ${own.key} is not on this machine`);
    const opened = openKey(own.key ?? '', key, world);
    return { ...ordered(splitPem(certificate), issuers, opened), key: opened };
  } catch (error) {
    if (error instanceof BundleError || error instanceof KeystoreError) return refuse(error.message);
    throw error;
  }
}

const chains = new Map<string, Chain>();

/** Every step at every node asks for the same few chains, and verifying signatures takes milliseconds. */
function ordered(certificates: readonly string[], issuers: readonly string[], key: string): Chain {
  const hash = createHash('sha256');
  for (const each of [...certificates, '|', ...issuers, '|', key]) hash.update(each);
  const name = hash.digest('hex');
  const known = chains.get(name);
  if (known !== undefined) return known;
  const own = new Set(certificates);
  const made = orderChain([...certificates, ...issuers.filter((each) => !own.has(each))], key);
  chains.set(name, made);
  return made;
}

/** Why certificates have to be made: of nodes by host name. */
interface Due {
  readonly authority?: string;
  readonly primary?: string;
  readonly nodes: ReadonlyMap<string, string>;
}

const judged = new WeakMap<World, WeakMap<Material, Due>>();

/**
 * Why the certificate of each has to be made, by host name; the authority and the primary under their own names. Every
 * step at every node asks, so it is found out once for each state of the pki folder.
 */
export function dueCertificates(world: World, material: Material): Due {
  const known = judged.get(world) ?? new WeakMap<Material, Due>();
  judged.set(world, known);
  const due = known.get(material) ?? judge(world, material);
  known.set(material, due);
  return due;
}

function judge({ topology, now }: World, material: Material): Due {
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
    const known = [material.authority?.certificate, ...material.retiring];
    if (!requests && !known.includes(pair.chain[0])) return 'the present one is from another authority';
    return dueForRenewal(pair.certificate, { names, renewBeforeMs, now, extraAllowed: requests });
  }

  function whyMissing({ key }: { readonly key: string }): string {
    if (material.spare.has(key)) return `for the key in ${key}, which has none`;
    const damaged = material.damaged.get(key);
    if (damaged === undefined) return 'there is none yet';
    return `no key can be read from ${key}, which stays as ${keepAside(key, damaged).kept}`;
  }
}

/** The material if none of it is to be made, otherwise undefined. */
export function completeMaterial(world: World, material: Material): CompleteMaterial | undefined {
  const shared = sharedMaterial(world, material);
  if (shared === undefined || dueCertificates(world, material).nodes.size > 0) return undefined;
  return { ...shared, nodes: material.nodes, trust: material.trust };
}

/** The pairs that all nodes share, unless one of them is to be made. */
export function sharedMaterial(
  world: World,
  material: Material,
): { authority: Authority; primary: Pair } | undefined {
  const due = dueCertificates(world, material);
  const { authority, primary } = material;
  if (authority === undefined || primary === undefined) return undefined;
  return due.authority !== undefined || due.primary !== undefined ? undefined : { authority, primary };
}

/** What one node runs with, unless some of it is to be made. What is due for other nodes does not count. */
export function nodeMaterial(
  world: World,
  material: Material,
  { host }: { readonly host: Host },
): NodeMaterial | undefined {
  const shared = sharedMaterial(world, material);
  const own = material.nodes.get(host.name);
  if (shared === undefined || own === undefined) return undefined;
  if (dueCertificates(world, material).nodes.has(host.name)) return undefined;
  const { trust } = material;
  const roots = [shared.authority.certificate, ...shared.authority.chain, ...trust.values()];
  return { ...shared, own, trust, roots: [...new Set(roots)].join('') };
}
