import { balancerFiles } from '../apim/balancer/model.ts';
import {
  bearers,
  isAuthorityAlias,
  isNodeAlias,
  isSigningAlias,
  keystoreFiles,
  pkiFiles,
  shippedPassword,
  trustFiles,
  trustPrefix,
} from '../apim/cluster/keystores.ts';
import { nodeOf, portOf, softwareOf, type Topology } from '../apim/cluster/topology.ts';
import { balancerModel } from '../apim/config/balancer-model.ts';
import { listKeystores, readListing } from '../apim/server/found-keystores.ts';
import type { OwnCertificate } from '../apim/settings/cluster-settings.ts';
import type { Asks } from '../engine/step.ts';
import type { Host } from '../input/inventory.ts';
import { openCertificate, splitPem, toDer } from '../pki/certificate.ts';
import { type StoreEntry, storeEntries } from '../pki/key-entry.ts';
import { as, type Command } from '../shell/command.ts';
import { decodeBytes, exists, patient, readBytes } from '../shell/files.ts';
import { keystorePaths, printCertificates, readAll } from './folder.ts';
import type { Scope } from './material.ts';

/** What a certificate is at a place for. */
export type CertificateUse =
  | 'authority'
  | 'next authority'
  | 'former authority'
  | 'shared key'
  | 'signing key'
  | 'TLS key'
  | 'chain'
  | 'trusted'
  | 'being replaced'
  | 'left over';

/** A certificate where it stands. */
export interface SeenCertificate {
  readonly der: Uint8Array;
  /** Undefined in a file of PEM, which has none. */
  readonly alias: string | undefined;
  readonly use: CertificateUse;
  /** Whose key it is of, by host; undefined if it is of none, or of one that all share. */
  readonly bearer?: string;
  /** Whether something of ours ends with it. */
  readonly matters: boolean;
  /** Whether it came with the product, or somebody added it at the server. */
  readonly foreign?: true;
}

/** A keystore, a truststore or a file of certificates, as it was found. */
export interface SeenStore {
  readonly host: string;
  readonly path: string;
  /** Whether the server at this host trusts what is in it. */
  readonly trusts: boolean;
  readonly certificates: readonly SeenCertificate[];
  /** Why it cannot be opened, or not whole, in words for people. */
  readonly closed: string | undefined;
}

/** Which certificate a server shows at a port of its, or why that cannot be told. */
type Shown =
  | { readonly port: number; readonly fingerprint: string }
  | { readonly port: number; readonly why: string };

/** All that one host holds. */
export interface SeenHost {
  readonly host: string;
  readonly stores: readonly SeenStore[];
  /** Undefined where there is no server to ask. */
  readonly shows: Shown | undefined;
}

/** The name of the machine we run on, to people. */
export const thisMachine = 'this machine';

/**
 * Looks at the pki folder and at what the inventory brings. Private keys stay where they are, unless they are in a keystore
 * with their certificates.
 */
export async function storesHere(
  { topology }: Pick<Scope, 'topology'>,
  { here }: Pick<Asks, 'here'>,
): Promise<SeenHost> {
  const files = pkiFiles(topology);
  const wanted = wantedFiles(topology);
  const keystores = broughtKeystores(topology);
  const paths = keystorePaths(topology);
  const [printed, ...read] = await Promise.all([
    here(printCertificates(files.directory, [...wanted.keys()])),
    ...paths.map((path) => here(readBytes(path))),
  ]);
  const texts = readAll(printed.stdout);
  const fromPem = (path: string, what: WantedFile): SeenStore => {
    const found = splitPem(texts.get(path) ?? '');
    const closed = texts.has(path) ? 'there is no certificate in it' : 'it is not on this machine';
    return {
      ...{ host: thisMachine, path, trusts: false },
      certificates: found.map((pem, index) => seen(toDer(pem), undefined, index, what)),
      closed: found.length > 0 ? undefined : closed,
    };
  };
  const known = [...wanted].filter(([path, { brought }]) => brought || texts.has(path));
  const others = [...texts.keys()].filter((path) => !wanted.has(path));
  const leftOver: WantedFile = { use: 'left over', brought: false, bundle: true, matters: false };
  return {
    host: thisMachine,
    shows: undefined,
    stores: [
      ...known.map(([path, what]) => fromPem(path, what)),
      ...others.map((path) => fromPem(path, leftOver)),
      ...keystores.map(({ path, own, what }): SeenStore => {
        const bytes = decodeBytes(read[paths.indexOf(path)]?.stdout ?? '');
        return bytes === undefined
          ? {
              ...{ host: thisMachine, path, trusts: false, certificates: [] },
              closed: 'it is not on this machine, or may not be read',
            }
          : opened(
              thisMachine,
              path,
              bytes,
              [own.password?.reveal() ?? ''],
              ({ alias, isKey, certificates }) => {
                const isMeant = own.alias === undefined || own.alias.toLowerCase() === alias.toLowerCase();
                return isKey
                  ? certificates.map((der, index) => seen(der, alias, index, isMeant ? what : leftOver))
                  : certificates.map((der): SeenCertificate => ({ der, alias, use: 'chain', matters: true }));
              },
            );
      }),
    ],
  };
}

interface WantedFile {
  readonly use: CertificateUse;
  readonly bearer?: string;
  /** Whether the inventory names it, so that it must be there. */
  readonly brought: boolean;
  /** Whether all in it are equals; otherwise the first has a key, and the others lead from it to its root. */
  readonly bundle: boolean;
  readonly matters: boolean;
}

function seen(der: Uint8Array, alias: string | undefined, index: number, what: WantedFile): SeenCertificate {
  const { use, bearer, bundle, matters } = what;
  if (index > 0 && !bundle) return { der, alias, use: 'chain', matters };
  return { der, alias, use, matters, ...(bearer === undefined ? {} : { bearer }) };
}

/** Every file of PEM that means something, by its path. */
function wantedFiles(topology: Topology): Map<string, WantedFile> {
  const files = pkiFiles(topology);
  const { authority, primary } = topology.settings.certificates;
  const all = new Map<string, WantedFile>();
  const bundle = (path: string, use: CertificateUse, matters: boolean, brought = false) =>
    all.set(path, { use, brought, bundle: true, matters });
  const pair = (own: OwnCertificate | undefined, path: string, use: CertificateUse, bearer?: string) => {
    const what = { use, bundle: false, matters: true, ...(bearer === undefined ? {} : { bearer }) };
    if (own === undefined) all.set(path, { ...what, brought: false });
    else if (own.certificate !== undefined) all.set(own.certificate, { ...what, brought: true });
  };
  for (const path of trustFiles(topology)) bundle(path, 'trusted', true, true);
  pair(authority, files.authority.certificate, 'authority');
  pair(undefined, files.next.certificate, 'next authority');
  pair(primary, files.primary.certificate, 'shared key');
  for (const signing of [files.signing, files.nextSigning, files.retiringSigning])
    pair(undefined, signing.certificate, 'signing key');
  bundle(files.withdrawnSigning, 'being replaced', false);
  for (const bearer of bearers(topology))
    pair(bearer.own, files.node(bearer).certificate, 'TLS key', bearer.host.name);
  bundle(files.retiring, 'former authority', true);
  bundle(files.outgoing, 'being replaced', false);
  return all;
}

function broughtKeystores(topology: Topology) {
  const { authority, primary } = topology.settings.certificates;
  const all: (readonly [OwnCertificate | undefined, CertificateUse, string?])[] = [
    [authority, 'authority'],
    [primary, 'shared key'],
    ...bearers(topology).map(({ own, host }) => [own, 'TLS key', host.name] as const),
  ];
  return all.flatMap(([own, use, bearer]) => {
    if (own?.keystore === undefined) return [];
    const what = { use, brought: true, bundle: false, matters: true };
    return [{ path: own.keystore, own, what: bearer === undefined ? what : { ...what, bearer } }];
  });
}

function opened(
  host: string,
  path: string,
  bytes: Uint8Array,
  passwords: readonly string[],
  read: (entry: StoreEntry) => readonly SeenCertificate[],
  trusts = false,
): SeenStore {
  const { entries, closed } = storeEntries(bytes, passwords);
  return { host, path, trusts, certificates: entries.flatMap(read), closed };
}

/**
 * Looks at the keystores of a node, at its truststore, and at what its server shows. All that has a fixed name is asked for
 * at once; a keystore of another name that `deployment.toml` uses takes one trip more. `roots` is what the server is
 * verified by.
 */
export async function storesOfNode(
  { topology }: Pick<Scope, 'topology'>,
  host: Host,
  { there, probe }: Pick<Asks, 'there' | 'probe'>,
  roots: Promise<string>,
): Promise<SeenHost> {
  const node = nodeOf(topology, host);
  const places = keystoreFiles(topology, node);
  const ours = [places.primary, places.internal, places.tls];
  const ask = (question: Command) => there(as(node.user, question));
  const port = portOf(node, 'servletHttps');
  const [listed, trust, trustThere, shows, ...read] = await Promise.all([
    there(listKeystores(node)),
    ask(patient.readBytes(places.trust)),
    ask(exists(places.trust)),
    shownAt(probe, { host: '127.0.0.1', port, name: node.hostname }, roots),
    ...ours.map((path) => ask(readBytes(path))),
  ]);
  const known = new Map(ours.map((path, index) => [path, decodeBytes(read[index]?.stdout ?? '')]));
  const keys = readListing(node, listed.stdout).map(async ({ path, tls, sum }): Promise<SeenStore> => {
    const bytes =
      sum === undefined ? undefined : (known.get(path) ?? decodeBytes((await ask(readBytes(path))).stdout));
    if (bytes === undefined) return unread(path);
    const passwords = [topology.settings.keystore.password.reveal()];
    return opened(host.name, path, bytes, passwords, ({ alias, isKey, certificates }) =>
      certificates.map((der, index): SeenCertificate => {
        const isOwn = isKey && index === 0;
        const key = tls ? 'TLS key' : isSigningAlias(alias) ? 'signing key' : 'shared key';
        const use = isOwn ? key : isKey ? 'chain' : 'trusted';
        return { der, alias, use, matters: true, ...(isOwn && tls ? { bearer: host.name } : {}) };
      }),
    );
  });
  const unread = (path: string, trusts = false): SeenStore => ({
    ...{ host: host.name, path, trusts, certificates: [] },
    closed: `${node.user} may not read it`,
  });
  const trusted = decodeBytes(trust.stdout);
  const passwords = [topology.settings.truststore.password.reveal(), shippedPassword];
  const truststore =
    trusted === undefined
      ? trustThere.code === 0
        ? [unread(places.trust, true)]
        : []
      : [opened(host.name, places.trust, trusted, passwords, trustedIn, true)];
  return { host: host.name, stores: [...(await Promise.all(keys)), ...truststore], shows };
}

/** What is ours is told by its alias, or is found elsewhere as well; the rest came with the product, or was added there. */
function trustedIn({ alias, certificates }: StoreEntry): SeenCertificate[] {
  const matters = isAuthorityAlias(alias) || alias.startsWith(trustPrefix);
  const foreign = matters || isNodeAlias(alias) || isSigningAlias(alias) ? {} : ({ foreign: true } as const);
  return certificates.map((der) => ({ der, alias, use: 'trusted', matters, ...foreign }));
}

/** Looks at what a balancer shows its clients and verifies nodes by; the key beside it stays there. */
export async function storesOfBalancer(
  { topology }: Pick<Scope, 'topology'>,
  host: Host,
  { there, probe }: Pick<Asks, 'there' | 'probe'>,
  roots: Promise<string>,
): Promise<SeenHost> {
  const software = softwareOf(topology);
  if (software === undefined) return { host: host.name, stores: [], shows: undefined };
  const files = balancerFiles(software);
  const site = balancerModel(topology).listeners.find(({ tls, sites }) => tls && sites.length > 0);
  const [printed, shows] = await Promise.all([
    there(as('root', printCertificates(files.folder, []))),
    site === undefined
      ? undefined
      : shownAt(probe, { host: '127.0.0.1', port: site.port, name: site.sites[0]?.hostname ?? '' }, roots),
  ]);
  const texts = readAll(printed.stdout);
  const store = (path: string, trusts: boolean): SeenStore[] => {
    if (!texts.has(path)) return [];
    const found = splitPem(texts.get(path) ?? '');
    const certificates = found.map(
      (pem, index): SeenCertificate => ({
        der: toDer(pem),
        alias: undefined,
        use: trusts ? 'trusted' : index === 0 ? 'TLS key' : 'chain',
        matters: true,
        ...(trusts || index > 0 ? {} : { bearer: host.name }),
      }),
    );
    const closed = found.length > 0 ? undefined : 'there is no certificate in it';
    return [{ host: host.name, path, trusts, certificates, closed }];
  };
  return {
    host: host.name,
    stores: [...store(files.certificate, false), ...store(files.authority, true)],
    shows,
  };
}

async function shownAt(
  probe: Asks['probe'],
  { host, port, name }: { readonly host: string; readonly port: number; readonly name: string },
  roots: Promise<string>,
): Promise<Shown> {
  const answer = await probe({ host, port, tls: { name, ca: await roots } });
  if (!answer.ok) return { port, why: answer.why };
  return { port, fingerprint: answer.certificate?.fingerprint ?? '' };
}

/** What servers of this cluster are verified by, as far as it is here, PEM. */
export function rootsIn({ stores }: SeenHost): string {
  const verifies: readonly CertificateUse[] = [
    'authority',
    'next authority',
    'former authority',
    'trusted',
    'chain',
  ];
  const all = stores.flatMap(({ certificates }) => certificates.filter(({ use }) => verifies.includes(use)));
  return [...new Set(all.map(({ der }) => openCertificate(der)?.x509.toString() ?? ''))].join('');
}
