import { basename } from 'node:path';
import { type Bearer, bearers, pkiFiles, trustFiles, trustPrefix } from '../apim/keystores.ts';
import type { Topology } from '../apim/topology.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { decryptVault, isVault } from '../input/vault.ts';
import { belongTogether, dueForRenewal } from '../pki/certificate.ts';
import { type Command, sh } from '../shell/command.ts';
import type { World } from './define.ts';

/** A certificate and its private key, both PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What is in the pki folder beside the inventory. Keys are readable: decrypted, if they were encrypted. */
export interface Material {
  readonly authority: Pair | undefined;
  readonly primary: Pair | undefined;
  /** By the name of the host: of nodes and balancers. */
  readonly nodes: ReadonlyMap<string, Pair>;
  /** More certificates to trust, PEM, by the alias of each. */
  readonly trust: ReadonlyMap<string, string>;
}

/** The material when nothing of it is missing or due. */
export interface CompleteMaterial {
  readonly authority: Pair;
  readonly primary: Pair;
  readonly nodes: ReadonlyMap<string, Pair>;
  readonly trust: ReadonlyMap<string, string>;
}

/** The material of one node, or of one balancer. */
export interface NodeMaterial {
  readonly authority: Pair;
  readonly primary: Pair;
  readonly own: Pair;
  readonly trust: ReadonlyMap<string, string>;
}

/** Reads the pki folder, in one question. */
export async function readMaterial(here: Asks['here'], world: World): Promise<Material> {
  const { topology } = world;
  const files = pkiFiles(topology);
  const { stdout } = await here(printAll(allFiles(topology)));
  const texts = readAll(stdout);
  const pair = ({ certificate, key }: Pair): Pair | undefined => {
    const found = { certificate: texts.get(certificate), key: texts.get(key) };
    if (found.certificate === undefined || found.key === undefined) return undefined;
    const opened = { certificate: found.certificate, key: openKey(key, found.key, world) };
    // Key and certificate are two files: a run that died between them leaves two that do not belong together.
    return belongTogether(opened.certificate, opened.key) ? opened : undefined;
  };
  const nodes = new Map<string, Pair>();
  for (const bearer of bearers(topology)) {
    const found = pair(files.node(bearer));
    if (found !== undefined) nodes.set(bearer.host.name, found);
  }
  return {
    authority: pair(files.authority),
    primary: pair(files.primary),
    nodes,
    trust: trustFrom(trustFiles(topology), texts),
  };
}

/** Why the certificate of each has to be made, by host name; the authority and the primary under their own names. */
export function dueCertificates(
  { topology, now }: World,
  material: Material,
): { authority?: string; primary?: string; nodes: ReadonlyMap<string, string> } {
  const { renewBeforeMs } = topology.settings.certificates;
  const authority = material.authority === undefined ? 'there is none yet' : undefined;
  const primary = material.primary === undefined || authority !== undefined ? 'there is none yet' : undefined;
  const nodes = new Map<string, string>();
  for (const bearer of bearers(topology)) {
    const reason = dueAt(bearer, material);
    if (reason !== undefined) nodes.set(bearer.host.name, reason);
  }
  return {
    nodes,
    ...(authority === undefined ? {} : { authority }),
    ...(primary === undefined ? {} : { primary }),
  };

  function dueAt({ host, names }: Bearer, { nodes: pairs }: Material): string | undefined {
    const pair = pairs.get(host.name);
    if (pair === undefined || authority !== undefined) return 'there is none yet';
    return dueForRenewal(pair.certificate, { names, renewBeforeMs, now });
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
): { authority: Pair; primary: Pair } | undefined {
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
  return dueCertificates(world, material).nodes.has(host.name)
    ? undefined
    : { ...shared, own, trust: material.trust };
}

function allFiles(topology: Topology): string[] {
  const files = pkiFiles(topology);
  const pairs = [files.authority, files.primary, ...bearers(topology).map((bearer) => files.node(bearer))];
  return [...pairs.flatMap(({ certificate, key }) => [certificate, key]), ...trustFiles(topology)];
}

/** The certificates in each file, under an alias that tells the file. */
function trustFrom(
  files: readonly string[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const file of files) {
    const found = texts.get(file)?.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
    if (found === undefined || found === null)
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
      all.set(alias, `${certificate}\n`);
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
  return decryptVault(text, vaultPassword);
}
