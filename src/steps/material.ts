import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { OwnCertificate } from '../apim/cluster-settings.ts';
import { type Bearer, bearers, formerAliases, pkiFiles, trustFiles, trustPrefix } from '../apim/keystores.ts';
import type { Topology } from '../apim/topology.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed, UsageError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { decryptVault, isVault } from '../input/vault.ts';
import { BundleError, type Chain, orderChain, splitPem } from '../pki/bundle.ts';
import { dueForRenewal } from '../pki/certificate.ts';
import { KeystoreError } from '../pki/jks.ts';
import { readKeystore } from '../pki/key-entry.ts';
import { type Command, sh } from '../shell/command.ts';
import { decodeBytes } from '../shell/files.ts';
import type { World } from './define.ts';

/** A certificate, its private key, and what leads from it to its root; all PEM. */
export interface Pair extends Chain {
  readonly key: string;
}

/** An authority. Its key may be elsewhere, or lost: then it vouches for what it signed, and signs no more. */
export interface Authority extends Chain {
  readonly key: string | undefined;
}

/** What is in the pki folder beside the inventory, or was brought. Keys are readable: decrypted, if they were encrypted. */
export interface Material {
  readonly authority: Authority | undefined;
  /** Certificates of an authority before it whose key is lost. They are in `trust`, too. */
  readonly former: readonly string[];
  readonly primary: Pair | undefined;
  /** By the name of the host: of nodes and balancers. */
  readonly nodes: ReadonlyMap<string, Pair>;
  /** Keys and signing requests that are there, PEM, by the name of the host. */
  readonly requests: ReadonlyMap<
    string,
    { readonly key: string | undefined; readonly request: string | undefined }
  >;
  /** More certificates to trust, PEM, by the alias of each. */
  readonly trust: ReadonlyMap<string, string>;
  /** Files of the pki folder that are there and are of no use: no pair, or damaged. */
  readonly unsound: readonly string[];
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
  const former = splitPem(found.texts.get(files.formerAuthority) ?? '');
  const trust = new Map([
    ...trustFrom(trustFiles(topology), found.texts),
    ...former.map((each, index) => [`${formerAliases}${index + 1}`, each] as const),
  ]);
  const authority =
    pairFrom(found, certificates.authority, files.authority, [...trust.values()]) ??
    withoutKey(found, certificates.authority, files.authority);
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
    requests.set(bearer.host.name, {
      key: key === undefined ? undefined : openKey(place.key, key, world),
      request: found.texts.get(place.request),
    });
  }
  const primary = pairFrom(found, certificates.primary, files.primary, issuers);
  const sound = [
    ...(authority === undefined ? [] : [files.authority]),
    ...(primary === undefined ? [] : [files.primary]),
    ...bearers(topology).flatMap((bearer) => (nodes.has(bearer.host.name) ? [files.node(bearer)] : [])),
  ].flatMap(({ certificate, key }) => [certificate, key]);
  const ours = [files.authority, files.primary, ...bearers(topology).map((bearer) => files.node(bearer))];
  return {
    authority,
    former,
    primary,
    nodes,
    requests,
    trust,
    unsound: ours
      .flatMap(({ certificate, key }) => [certificate, key])
      .filter((file) => found.texts.has(file) && !sound.includes(file)),
  };
}

/** An authority of which only the certificate is there. */
function withoutKey(
  { texts }: Found,
  own: OwnCertificate | undefined,
  place: { readonly certificate: string; readonly key: string },
): Authority | undefined {
  const [certificate, ...chain] = splitPem(texts.get(place.certificate) ?? '');
  if (own !== undefined || certificate === undefined || texts.has(place.key)) return undefined;
  return { certificate, chain, key: undefined };
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

/** Why the certificate of each has to be made, by host name; the authority and the primary under their own names. */
export function dueCertificates(
  { topology, now }: World,
  material: Material,
): { authority?: string; primary?: string; nodes: ReadonlyMap<string, string> } {
  const { renewBeforeMs, requests } = topology.settings.certificates;
  const authority = material.authority === undefined ? 'there is none yet' : undefined;
  const primary = material.primary === undefined ? 'there is none yet' : undefined;
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
    const root = pair?.chain[0];
    const isOurs = root !== undefined && [material.authority?.certificate, ...material.former].includes(root);
    if (pair === undefined || (authority !== undefined && !requests && !isOurs)) return 'there is none yet';
    if (!requests && !isOurs) return 'the present one is from another authority';
    return dueForRenewal(pair.certificate, { names, renewBeforeMs, now, extraAllowed: requests });
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

function allFiles(topology: Topology): string[] {
  const files = pkiFiles(topology);
  const { authority, primary } = topology.settings.certificates;
  const all = bearers(topology);
  const pairs = [files.authority, files.primary, ...all.map((bearer) => files.node(bearer))];
  const brought = [authority, primary, ...all.map(({ own }) => own)].flatMap((own) =>
    own?.certificate === undefined || own.key === undefined ? [] : [own.certificate, own.key],
  );
  return [
    ...new Set([
      ...pairs.flatMap(({ certificate, key, request }) => [certificate, key, request]),
      ...brought,
      files.formerAuthority,
      ...trustFiles(topology),
    ]),
  ];
}

function keystorePaths(topology: Topology): string[] {
  const { authority, primary } = topology.settings.certificates;
  const all = [authority, primary, ...bearers(topology).map(({ own }) => own)];
  return [...new Set(all.flatMap((own) => own?.keystore ?? []))];
}

/** The certificates in each file, under an alias that tells the file. */
function trustFrom(
  files: readonly string[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const file of files) {
    const found = splitPem(texts.get(file) ?? '');
    if (found.length === 0)
      throw new StepFailed({
        cause: `${file} is ${texts.has(file) ? 'no PEM file with a certificate in it' : 'not on this machine'}`,
        hint: 'correct apim.trust, or the ca that names it, in the inventory',
      });
    const name = basename(file)
      .replace(/\.\w+$/, '')
      .toLowerCase();
    for (const certificate of found) {
      let alias = `${trustPrefix}${name}`;
      for (let n = 2; all.has(alias); n++) alias = `${trustPrefix}${name}-${n}`;
      all.set(alias, certificate);
    }
  }
  return all;
}

const separator = '==== ';

function printAll(paths: readonly string[]): Command {
  return sh`for f in ${paths}; do if test -f "$f"; then printf '%s%s\\n' ${separator} "$f"; cat "$f"; echo; fi; done`;
}

function readAll(stdout: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const part of stdout.split(`\n${separator}`)) {
    const text = part.startsWith(separator) ? part.slice(separator.length) : part;
    const end = text.indexOf('\n');
    if (end > 0) texts.set(text.slice(0, end), `${text.slice(end + 1).trim()}\n`);
  }
  return texts;
}

function openKey(path: string, text: string, { vaultPassword }: World): string {
  if (!isVault(text)) return text;
  if (vaultPassword === undefined)
    throw new StepFailed({
      cause: `${path} is encrypted with the vault password, which was not given`,
      hint: 'add --vault-password-file FILE or --ask-vault-password',
    });
  try {
    return decryptVault(text, vaultPassword);
  } catch (error) {
    throw new UsageError(
      `${path}: ${(error as Error).message}; give the password that it was encrypted with by --vault-password-file or --ask-vault-password`,
    );
  }
}
