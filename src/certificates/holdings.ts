import { balancerFiles } from '../apim/balancer/model.ts';
import { aliases, isAuthorityAlias, isSigningAlias, keystoreFiles } from '../apim/cluster/keystores.ts';
import { nodeOf, softwareOf, type Topology } from '../apim/cluster/topology.ts';
import { listKeystores } from '../apim/server/found-keystores.ts';
import type { Asks } from '../engine/step.ts';
import type { Host } from '../input/inventory.ts';
import { belongTogether, isIssuedBy, splitPem, toPem } from '../pki/certificate.ts';
import { type JksEntry, KeystoreError, readJks } from '../pki/jks.ts';
import { type KeyEntry, readKeystore, storeEntries } from '../pki/key-entry.ts';
import { as } from '../shell/command.ts';
import { decodeBytes, patient, readText } from '../shell/files.ts';
import { fetchKeystores } from './keystores-at.ts';
import type { Scope } from './material.ts';

/** What a server holds of keys and of trust, read with the passwords of the inventory. */
export interface Holding {
  readonly host: string;
  readonly primary: KeyEntry | undefined;
  readonly own: KeyEntry | undefined;
  /** The pairs that sign tokens in place of the shared one, did, or will, if there are any. */
  readonly signing?: {
    readonly pairs: readonly KeyEntry[];
    /** Whether one of them signs by now. */
    readonly apart: boolean;
    /** Whether what the shared one has signed is valid. */
    readonly shared: boolean;
  };
  /** Of the authority of ours that it trusts and that vouches for it, or that is the only one; PEM. */
  readonly authority: string | undefined;
  /** Of the others of ours that it trusts: they issue no more, or nothing yet. */
  readonly retiring: readonly string[];
  /** What is there and cannot be read, in words for people. */
  readonly closed: readonly string[];
}

/** Reads the keystores of a node. They travel over the connection and stay in memory. */
export async function holdingOfNode(
  { topology }: Pick<Scope, 'topology'>,
  host: Host,
  { there }: Pick<Asks, 'there'>,
): Promise<Holding> {
  const node = nodeOf(topology, host);
  const places = keystoreFiles(topology, node);
  const [listed, trust] = await Promise.all([
    there(listKeystores(node)),
    there(as(node.user, patient.readBytes(places.trust))),
  ]);
  const closed: string[] = [];
  const stores = await fetchKeystores(node, listed.stdout, there);
  const open = <T>(path: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      closed.push(`${path}: ${error.message}`);
      return undefined;
    }
  };
  const keyIn = (path: string, alias?: string) => {
    const found = stores.find((each) => each.path === path);
    if (found === undefined) return undefined;
    const { bytes } = found;
    return open(path, () => {
      if (bytes === undefined) throw new KeystoreError(`${node.user} may not read it`);
      const entry = readKeystore(bytes, topology.settings.keystore.password.reveal(), alias);
      if (belongTogether(entry.certificates[0] ?? '', entry.key)) return entry;
      throw new KeystoreError('its certificate is not of its key');
    });
  };
  const trusted = decodeBytes(trust.stdout);
  const own = keyIn(places.tls);
  const entries = trusted === undefined ? [] : (open(places.trust, () => opened(topology, trusted)) ?? []);
  const bytes = stores.find(({ path }) => path === places.primary)?.bytes;
  const keys =
    bytes === undefined
      ? []
      : storeEntries(bytes, [topology.settings.keystore.password.reveal()]).entries.filter(
          ({ isKey }) => isKey,
        );
  const signing = keys.filter(({ alias }) => isSigningAlias(alias));
  const internal = signing.length === 0 ? undefined : keyIn(places.internal);
  const shared = keys.length > signing.length;
  return {
    host: host.name,
    primary:
      signing.length === 0
        ? keyIn(places.primary)
        : (internal ?? (shared ? keyIn(places.primary, aliases.primary) : undefined)),
    ...(signing.length === 0
      ? {}
      : {
          signing: {
            pairs: signing.flatMap(({ alias }) => keyIn(places.primary, alias) ?? []),
            apart: internal !== undefined,
            shared,
          },
        }),
    own,
    ...authoritiesIn(entries, own),
    closed,
  };
}

function opened({ settings }: Topology, trust: Uint8Array): JksEntry[] {
  return readJks(trust, settings.truststore.password.reveal());
}

function authoritiesIn(
  entries: readonly JksEntry[],
  own: KeyEntry | undefined,
): Pick<Holding, 'authority' | 'retiring'> {
  const all = entries.flatMap((entry) =>
    entry.type === 'trusted' && isAuthorityAlias(entry.alias) ? [toPem(entry.certificate)] : [],
  );
  const shown = own?.certificates[0];
  const issuer = shown === undefined ? undefined : all.find((each) => isIssuedBy(shown, each));
  const authority = issuer ?? (all.length === 1 ? all[0] : undefined);
  return { authority, retiring: all.filter((each) => each !== authority) };
}

/** Reads what a balancer shows its clients: a file of certificates and their key. */
export async function holdingOfBalancer(
  { topology }: Pick<Scope, 'topology'>,
  host: Host,
  { there }: Pick<Asks, 'there'>,
): Promise<Holding> {
  const none = { host: host.name, primary: undefined, authority: undefined, retiring: [], closed: [] };
  const software = softwareOf(topology);
  if (software === undefined) return { ...none, own: undefined };
  const { stdout } = await there(as('root', readText(balancerFiles(software).certificate)));
  const key = /-----BEGIN (?:\w+ )?PRIVATE KEY-----[\s\S]*?-----END (?:\w+ )?PRIVATE KEY-----/.exec(stdout);
  return {
    ...none,
    own: key === null ? undefined : { key: `${key[0]}\n`, certificates: splitPem(stdout) },
  };
}
