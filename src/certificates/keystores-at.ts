import { keystoreFiles } from '../apim/cluster/keystores.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { type FoundFile, listKeystores, readListing } from '../apim/server/found-keystores.ts';
import type { Asks } from '../engine/step.ts';
import { describe, toDer, toPkcs8 } from '../pki/certificate.ts';
import { writeJks } from '../pki/jks.ts';
import { sha256 } from '../pki/sum.ts';
import { as } from '../shell/command.ts';
import { decodeBytes, readBytes } from '../shell/files.ts';
import type { Material, Pair, Scope } from './material.ts';
import { perMaterial } from './per-material.ts';
import { readMaterial } from './read.ts';
import { nodeMaterial, sharedMaterial, signerApart, signersOf } from './views.ts';

/** What was found of keys at a node, and what is here to compare it with. */
export interface FoundKeys {
  readonly stores: readonly FoundFile[];
  readonly material: Material;
}

/** Looks at the keystores of a node by `ask`, which has the last word on where and as whom. */
export async function keystoresAt(
  scope: Scope,
  node: Node,
  ask: Asks['there'],
  { once }: Pick<Asks, 'once'>,
): Promise<FoundKeys> {
  const [listed, material] = await Promise.all([ask(listKeystores(node)), once(readMaterial, scope)]);
  const { primary, internal, tls } = wantedStores(scope, node, material);
  const known = [primary, internal, tls].filter((each) => each !== undefined);
  return { stores: await fetchKeystores(node, listed.stdout, ask, known), material };
}

/** Reads the keystores that `listKeystores` printed. One that is known by its checksum need not travel. */
export async function fetchKeystores(
  node: Node,
  listed: string,
  ask: Asks['there'],
  known: readonly Uint8Array[] = [],
): Promise<FoundFile[]> {
  const bySum = new Map(known.map((bytes) => [sha256(bytes), bytes]));
  return Promise.all(
    readListing(node, listed).map(async ({ path, tls, sum }) => {
      if (sum === undefined) return { path, tls, bytes: undefined };
      const bytes = bySum.get(sum) ?? decodeBytes((await ask(as(node.user, readBytes(path)))).stdout);
      return { path, tls, bytes };
    }),
  );
}

interface WantedStores {
  readonly tls?: Buffer;
  readonly primary?: Buffer;
  /** What opens all that the product has stored, where another pair than the shared one signs. */
  readonly internal?: Buffer;
}

const made = perMaterial<Buffer>();

/** The stores of a node as they are to be; undefined where a certificate is still to be made. */
export function wantedStores(scope: Scope, node: Node, material: Material): WantedStores {
  const { topology } = scope;
  const { aliases } = keystoreFiles(topology, node);
  const password = topology.settings.keystore.password.reveal();
  const shared = sharedMaterial(scope, material);
  if (shared === undefined) return {};
  const primary = made(topology, material, '', () => store(signersOf(material, shared.primary), password));
  const encrypts = [{ pair: shared.primary, alias: aliases.primary }];
  const common = {
    primary,
    ...(signerApart(material) === undefined
      ? {}
      : { internal: made(topology, material, ' internal', () => store(encrypts, password)) }),
  };
  const own = nodeMaterial(scope, material, node)?.own;
  if (own === undefined) return common;
  return {
    ...common,
    tls: made(topology, material, node.host.name, () => store([{ pair: own, alias: aliases.tls }], password)),
  };
}

function store(
  entries: readonly { readonly pair: Pair; readonly alias: string }[],
  password: string,
): Buffer {
  const keys = entries.map(({ alias, pair: { certificate, key, chain } }) => ({
    type: 'key' as const,
    alias,
    pkcs8: toPkcs8(key),
    chain: [certificate, ...chain].map(toDer),
    date: describe(certificate).notBefore,
  }));
  return writeJks(keys, password);
}
