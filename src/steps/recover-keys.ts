import { X509Certificate } from 'node:crypto';
import { balancerFiles } from '../apim/balancer/model.ts';
import { authorityAlias, formerAliases, keystoreFiles, pkiFiles } from '../apim/keystores.ts';
import { nodeOf, type Topology } from '../apim/topology.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { createAuthority } from '../pki/authority.ts';
import { splitPem } from '../pki/bundle.ts';
import { describe } from '../pki/certificate.ts';
import { KeystoreError, readJks } from '../pki/jks.ts';
import { type KeyEntry, readKeystore } from '../pki/key-entry.ts';
import { as } from '../shell/command.ts';
import { decodeBytes, readBytes, readText } from '../shell/files.ts';
import { softwareOf } from './balancer.ts';
import type { World } from './define.ts';
import type { Material } from './material.ts';

/** What one server gave back of the folder pki. */
export interface Recovered {
  readonly host: string;
  readonly primary: KeyEntry | undefined;
  readonly own: KeyEntry | undefined;
  /** The authority that its truststore knows, PEM. */
  readonly authority: string | undefined;
  /** Authorities before it that are still trusted, PEM. */
  readonly former: readonly string[];
}

/** A file of the folder pki as it is to be; keys are PEM, in the clear. */
export interface RecoveredFile {
  readonly path: string;
  readonly content: string;
  readonly isKey: boolean;
}

/** Reads the keys of a node from its keystores, by the passwords of the inventory. Throws `StepFailed`. */
export async function recoverNode(
  topology: Topology,
  host: Host,
  { there }: Pick<Asks, 'there'>,
): Promise<Recovered> {
  const node = nodeOf(topology, host);
  const files = keystoreFiles(topology, node);
  const { keystore, truststore } = topology.settings;
  const [primary, tls, trust] = await Promise.all(
    [files.primary, files.tls, files.trust].map((path) => there(as(node.user, readBytes(path)))),
  );
  const open = <T>(
    path: string,
    stdout: string | undefined,
    read: (bytes: Uint8Array) => T,
  ): T | undefined => {
    const bytes = decodeBytes(stdout ?? '');
    try {
      return bytes === undefined ? undefined : read(bytes);
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      throw new StepFailed({
        cause: `${path} at ${host.name} cannot be opened: ${error.message}`,
        hint: 'give the passwords that this cluster was deployed with, in keystore.password and truststore.password',
      });
    }
  };
  const password = keystore.password.reveal();
  const trusted =
    open(files.trust, trust?.stdout, (bytes) =>
      readJks(bytes, truststore.password.reveal()).flatMap((entry) =>
        entry.type === 'trusted'
          ? [{ alias: entry.alias, certificate: new X509Certificate(entry.certificate).toString() }]
          : [],
      ),
    ) ?? [];
  return {
    host: host.name,
    primary: open(files.primary, primary?.stdout, (bytes) => readKeystore(bytes, password)),
    own: open(files.tls, tls?.stdout, (bytes) => readKeystore(bytes, password)),
    authority: trusted.find(({ alias }) => alias === authorityAlias)?.certificate,
    former: trusted
      .filter(({ alias }) => alias.startsWith(formerAliases))
      .map(({ certificate }) => certificate),
  };
}

/** Reads the key of a balancer, which lies in the clear, for root only. */
export async function recoverBalancer(
  topology: Topology,
  host: Host,
  { there }: Pick<Asks, 'there'>,
): Promise<Recovered> {
  const software = softwareOf(topology);
  const nothing = { host: host.name, primary: undefined, own: undefined, authority: undefined, former: [] };
  if (software === undefined) return nothing;
  const { stdout } = await there(as('root', readText(balancerFiles(software).certificate)));
  const [key] = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/.exec(stdout) ?? [];
  const certificates = splitPem(stdout);
  return key === undefined || certificates.length === 0
    ? nothing
    : { ...nothing, own: { key: `${key}\n`, certificates } };
}

/**
 * The files of the folder pki, from what servers gave back. Throws `StepFailed` if there is no shared key, or if servers
 * disagree on it or on their authority.
 */
export function recoveredFiles(topology: Topology, found: readonly Recovered[]): RecoveredFile[] {
  const files = pkiFiles(topology);
  const { certificates } = topology.settings;
  const primary = agreed('shared key', found, ({ primary: each }) => each?.certificates[0]);
  const authority = agreed('authority', found, (each) => each.authority);
  const entry = found.find((each) => each.primary?.certificates[0] === primary)?.primary;
  if (entry === undefined)
    throw new StepFailed({
      cause: `no server holds a shared key: ${found.map(({ host }) => host).join(', ')}`,
      hint: 'is this the inventory of that cluster, with its directory and homes? If nothing was deployed yet, there is nothing to recover: deploy',
    });
  const former = [...new Set(found.flatMap((each) => each.former))];
  const roots = [authority, ...former];
  const pair = (place: { certificate: string; key: string }, { key, certificates: chain }: KeyEntry) => [
    { path: place.key, content: key, isKey: true },
    {
      path: place.certificate,
      content: chain.filter((each) => !roots.includes(each)).join(''),
      isKey: false,
    },
  ];
  const brought = new Set(
    [...topology.nodes, ...topology.balancers].flatMap(({ host, certificate }) =>
      certificate === undefined ? [] : [host.name],
    ),
  );
  return [
    ...[...topology.nodes, ...topology.balancers].flatMap((bearer) => {
      const own = found.find(({ host }) => host === bearer.host.name)?.own;
      return own === undefined || brought.has(bearer.host.name) ? [] : pair(files.node(bearer), own);
    }),
    ...(certificates.primary === undefined ? pair(files.primary, entry) : []),
    ...(authority === undefined || certificates.authority !== undefined
      ? []
      : [{ path: files.authority.certificate, content: authority, isKey: false }]),
    ...(former.length === 0 ? [] : [{ path: files.formerAuthority, content: former.join(''), isKey: false }]),
  ];
}

/**
 * A next authority beside one whose key is lost. The old one stays trusted as long as certificates of it are in use. In
 * this order, a run that dies between two files leaves what the next one can go on from.
 */
export async function nextAuthority(
  { topology, now }: World,
  { authority, former }: Material,
): Promise<RecoveredFile[]> {
  const files = pkiFiles(topology);
  const { organization, authorityDays } = topology.settings.certificates;
  if (authority === undefined)
    throw new StepFailed({
      cause: `there is no authority in ${files.directory} to make a next one beside`,
      hint: 'deploy makes one where no server has certificates yet; otherwise recover first, without --new-authority',
    });
  if (authority.key !== undefined)
    throw new StepFailed({
      cause: `${files.authority.key} is there, so no next authority is needed`,
      hint: 'an authority that works is replaced by a rotation, not by this',
    });
  const made = await createAuthority({ organization, days: authorityDays, now });
  const kept = [...former.filter((each) => each !== authority.certificate), authority.certificate];
  return [
    { path: files.formerAuthority, content: kept.join(''), isKey: false },
    { path: files.authority.key, content: made.key, isKey: true },
    { path: files.authority.certificate, content: made.certificate, isKey: false },
  ];
}

function agreed(
  what: string,
  found: readonly Recovered[],
  of: (each: Recovered) => string | undefined,
): string | undefined {
  const [first, ...others] = found.filter((each) => of(each) !== undefined);
  const other = others.find((each) => first !== undefined && of(each) !== of(first));
  if (first === undefined || other === undefined) return first === undefined ? undefined : of(first);
  const shown = (each: Recovered) =>
    `${each.host} (SHA-256 ${describe(of(each) ?? '').fingerprint.slice(0, 16)}…)`;
  throw new StepFailed({
    cause: `the servers do not hold the same ${what}: ${shown(first)}, ${shown(other)}`,
    hint: 'find out which of them is of this cluster, and recover with --limit to those that agree',
  });
}
