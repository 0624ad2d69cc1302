import { basename } from 'node:path';
import { keystoreFiles } from '../apim/cluster/keystores.ts';
import type { Node } from '../apim/cluster/topology.ts';
import type { FoundFile } from '../apim/server/found-keystores.ts';
import { keptName } from '../certificates/folder.ts';
import { type FoundKeystore, isOnlyCopy, openFound, refuseForeign } from '../certificates/found-keystores.ts';
import { keystoresAt, wantedStores } from '../certificates/keystores-at.ts';
import type { Material } from '../certificates/material.ts';
import { type Change, later, put, run } from '../engine/plan.ts';
import { describe } from '../pki/certificate.ts';
import { sha256 } from '../pki/sum.ts';
import { as, type Command, sh } from '../shell/command.ts';
import { keepBeside } from '../shell/files.ts';
import { nodeStep, nothing, type World } from './define.ts';
import { inHome } from './home.ts';
import { shippedChanges, trustAt, trustChanges } from './truststore.ts';

/** Gives a node its own key, the key all share, and trust in the others; takes the shipped ones away. */
export const installKeystores = nodeStep({
  name: 'install-keystores',
  summary:
    'Install the keystores of a node, and merge our certificates into its truststore; one that nodes share is written by the first of them.',
  params: nothing,

  async inspect({ node, world }, { once, there }) {
    const at = (question: Command) => there(inHome(world.topology, node, question));
    const [keys, trust, home] = await Promise.all([
      // In the words in which `check-keystores` asks, so that the answer serves both.
      keystoresAt(world, node, there, { once }),
      trustAt(world, node, at, { once }),
      at(sh`echo wanted`),
    ]);
    // What is in a home that is to be replaced counts as missing.
    return { ...keys, stores: home.stdout.trim() === '' ? [] : keys.stores, trust };
  },

  plan({ node, world }, { stores, trust, material }) {
    const files = keystoreFiles(world.topology, node);
    const wanted = wantedStores(world, node, material);
    // Whoever comes by another playbook may not have looked before the certificates were made.
    refuseForeign(world, node, material, stores);
    const ours = [
      // What opens all that is stored has a place of its own before the shared pair leaves the other one.
      ...(wanted.internal === undefined
        ? []
        : [{ path: files.internal, tls: false, wanted: wanted.internal }]),
      { path: files.primary, tls: false, wanted: wanted.primary },
      { path: files.tls, tls: true, wanted: wanted.tls },
    ];
    return [
      ...ours.flatMap(({ path, tls, wanted: bytes }) => {
        const found = stores.find((each) => each.path === path);
        return storeChange(world, node, material, { path, tls, bytes: found?.bytes }, bytes);
      }),
      ...trustChanges(world, node, material, trust),
      ...shippedChanges(node, trust),
    ];
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
  if (wanted === undefined) return [later(`write ${path}`, 'issue-certificates')];
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
