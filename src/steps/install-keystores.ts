import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { keystoreFiles, shippedStore } from '../apim/cluster/keystores.ts';
import { marks } from '../apim/cluster/paths.ts';
import { truststoreWriter } from '../apim/cluster/shared.ts';
import { type Node, nodeOf } from '../apim/cluster/topology.ts';
import type { FoundFile } from '../apim/server/found-keystores.ts';
import { type Change, put, run } from '../engine/plan.ts';
import { describe, toDer, toPkcs8 } from '../pki/certificate.ts';
import { writeJks } from '../pki/jks.ts';
import { as, sh } from '../shell/command.ts';
import { decodeBytes, keepBeside, readBytes, readText, remove } from '../shell/files.ts';
import { nothing, step, type World } from './define.ts';
import { type FoundKeystore, isOnlyCopy, openFound, refuseForeign } from './found-keystores.ts';
import { inHome } from './home.ts';
import {
  completeMaterial,
  type Material,
  nodeMaterial,
  type Pair,
  readMaterial,
  sharedMaterial,
} from './material.ts';
import { keptName } from './pki-folder.ts';
import { fingerprintsIn, merge, noteShipped, putTrust, readTrust } from './truststore.ts';

/** Gives a node its own key, the key all share, and trust in the others; takes the shipped ones away. */
export const installKeystores = step({
  name: 'install-keystores',
  summary:
    'Install the keystores of a node, and merge our certificates into its truststore; one that nodes share is written by the first of them.',
  at: 'node',
  params: nothing,

  async inspect({ host, world }, { once, there }) {
    const node = nodeOf(world.topology, host);
    const files = keystoreFiles(world.topology, node);
    const at = (question: Parameters<typeof there>[0]) => there(inHome(world.topology, node, question));
    const [tls, primary, trust, shipped, noted, material] = await Promise.all([
      at(readBytes(files.tls)),
      at(readBytes(files.primary)),
      readTrust(world, node, at),
      at(readBytes(shippedStore(node))),
      at(readText(marks(node).shipped)),
      once(readMaterial, world),
    ]);
    return {
      tls: decodeBytes(tls.stdout),
      primary: decodeBytes(primary.stdout),
      trust,
      shipped: decodeBytes(shipped.stdout),
      noted: noted.stdout.split('\n').filter((line) => line !== ''),
      material,
    };
  },

  plan({ host, world }, { tls, primary, trust, shipped, noted, material }) {
    const node = nodeOf(world.topology, host);
    const files = keystoreFiles(world.topology, node);
    const stores = wantedStores(world, node, material);
    const complete = completeMaterial(world, material);
    const present = [
      { path: files.primary, tls: false, bytes: primary, wanted: stores.primary },
      { path: files.tls, tls: true, bytes: tls, wanted: stores.tls },
    ];
    const there = present.filter(({ bytes }) => bytes !== undefined);
    // Whoever comes by another playbook may not have looked before the certificates were made.
    refuseForeign(world, node, material, there);
    const changes: Change[] = present.flatMap(({ wanted, ...found }) =>
      storeChange(world, node, material, found, wanted),
    );
    // The play ends for all before a server starts, so what one of them has written is there for the others.
    const writes = truststoreWriter(world.topology, node, world.hosts) === node;
    const merged =
      !writes || complete === undefined || trust === undefined
        ? undefined
        : merge(world, node, complete, trust, [...noted, ...fingerprintsIn(shipped)]);
    if (writes && (merged === undefined || merged.changed))
      changes.push({
        summary: `trust the cluster’s certificates in ${files.trust}`,
        actions:
          merged === undefined || trust === undefined
            ? [missing]
            : putTrust(world, node, trust, merged.bytes),
      });
    if (shipped !== undefined || trust === undefined)
      changes.push({
        summary: `remove the shipped keystore ${shippedStore(node)}`,
        actions: [
          ...noteShipped(node, noted, fingerprintsIn(shipped)),
          run(as(node.user, remove(shippedStore(node)))),
        ],
      });
    return changes;
  },
});

/** What is there stays beside if its key is in no file here: whoever writes over it may destroy the only copy. */
function storeChange(
  { topology }: World,
  node: Node,
  material: Material,
  found: FoundFile,
  wanted: Uint8Array | undefined,
): Change[] {
  const { path, bytes } = found;
  if (wanted === undefined) return [{ summary: `write ${path}`, actions: [missing] }];
  if (bytes !== undefined && sha256(bytes) === sha256(wanted)) return [];
  const write = put(path, wanted, 0o600, node.user);
  const store = openFound(found, topology.settings.keystore.password.reveal());
  if (bytes === undefined || !isOnlyCopy(store, material))
    return [{ summary: `write ${path}`, actions: [write] }];
  const kept = keptName(path, nameOf(store, bytes));
  const why = store.certificates === undefined ? `which cannot be opened` : `whose key is nowhere else`;
  return [
    {
      summary: `write ${path}; the one there, ${why}, stays as ${basename(kept)}`,
      actions: [run(as(node.user, keepBeside(path, kept)), { shown: `keep ${kept}` }), write],
    },
  ];
}

function nameOf({ certificates }: FoundKeystore, bytes: Uint8Array): string {
  const [certificate] = certificates ?? [];
  return certificate === undefined ? sha256(bytes) : describe(certificate).fingerprint;
}

/** Planned before there are certificates or a truststore; by the time it is done, the plan is made anew. */
const missing = run(sh`echo "the certificates or the shipped truststore are not there yet" >&2; exit 1`, {
  hint: 'run install-pack and issue-certificates first, as playbooks/deploy.yaml does',
});

/** The stores as they are to be; undefined where a certificate is still to be made. */
function wantedStores(world: World, node: Node, material: Material): { tls?: Buffer; primary?: Buffer } {
  const { aliases } = keystoreFiles(world.topology, node);
  const password = world.topology.settings.keystore.password.reveal();
  const store = (alias: string, { certificate, key, chain }: Pair) =>
    writeJks(
      [
        {
          type: 'key',
          alias,
          pkcs8: toPkcs8(key),
          chain: [certificate, ...chain].map(toDer),
          date: describe(certificate).notBefore,
        },
      ],
      password,
    );
  const shared = sharedMaterial(world, material);
  if (shared === undefined) return {};
  const primary = store(aliases.primary, shared.primary);
  const own = nodeMaterial(world, material, node)?.own;
  return own === undefined ? { primary } : { primary, tls: store(aliases.tls, own) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
