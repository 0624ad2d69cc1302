import { createHash } from 'node:crypto';
import {
  keystoreFiles,
  publicCertificates,
  shippedPassword,
  shippedStore,
  trustedAliases,
  trustPrefix,
} from '../apim/keystores.ts';
import { truststoreWriter } from '../apim/shared.ts';
import { type Node, nodeOf } from '../apim/topology.ts';
import { type Change, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { describe, toDer, toPkcs8 } from '../pki/certificate.ts';
import { type JksEntry, KeystoreError, mergeTrust, writeJks } from '../pki/jks.ts';
import { as, sh } from '../shell/command.ts';
import { decodeBytes, readBytes, remove } from '../shell/files.ts';
import { nothing, step, type World } from './define.ts';
import { chainIn, isHere, isRenewed, keepStore, keptPath } from './held-keys.ts';
import { inHome } from './home.ts';
import {
  type CompleteMaterial,
  completeMaterial,
  type Material,
  nodeMaterial,
  type Pair,
  readMaterial,
  sharedMaterial,
} from './material.ts';

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
    const [tls, primary, trust, shipped, material] = await Promise.all([
      at(readBytes(files.tls)),
      at(readBytes(files.primary)),
      at(readBytes(files.trust)),
      at(readBytes(shippedStore(node))),
      once(readMaterial, world),
    ]);
    return {
      tls: decodeBytes(tls.stdout),
      primary: decodeBytes(primary.stdout),
      trust: decodeBytes(trust.stdout),
      shipped: decodeBytes(shipped.stdout),
      material,
    };
  },

  plan({ host, world }, { tls, primary, trust, shipped, material }) {
    const node = nodeOf(world.topology, host);
    const files = keystoreFiles(world.topology, node);
    const stores = wantedStores(world, node, material);
    const complete = completeMaterial(world, material);
    const changes: Change[] = [];
    const store = (path: string, content: Uint8Array | undefined, found: Uint8Array | undefined) => {
      if (content !== undefined && found !== undefined && Buffer.from(found).equals(content)) return;
      const chain = chainIn(found);
      const safe = isHere(chain, material) || (path === files.tls && isRenewed(chain, material));
      const kept = safe ? undefined : keptPath(node, path, chain);
      changes.push({
        summary: `write ${path}${kept === undefined ? '' : `; the present one, whose key is nowhere else, is kept as ${kept}`}`,
        actions: [
          ...(kept === undefined ? [] : [keepStore(node, path, chain)]),
          content === undefined ? missing : put(path, content, 0o600, node.user),
        ],
      });
    };
    store(files.primary, stores.primary, primary);
    store(files.tls, stores.tls, tls);
    const writes = truststoreWriter(world.topology, node, world.hosts) === node;
    const merged =
      !writes || complete === undefined || trust === undefined
        ? undefined
        : merge(world, node, complete, { trust, shipped });
    if (writes && (merged === undefined || merged.changed))
      changes.push({
        summary: `trust the cluster’s certificates in ${files.trust}`,
        actions: [merged === undefined ? missing : put(files.trust, merged.bytes, 0o600, node.user)],
      });
    if (shipped !== undefined || trust === undefined)
      changes.push({
        summary: `remove the shipped keystore ${shippedStore(node)}`,
        actions: [run(as(node.user, remove(shippedStore(node))))],
      });
    return changes;
  },
});

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

function merge(
  world: World,
  node: Node,
  material: CompleteMaterial,
  { trust, shipped }: { readonly trust: Uint8Array; readonly shipped: Uint8Array | undefined },
) {
  const { topology } = world;
  const certificates = {
    authority: material.authority.certificate,
    primary: material.primary.certificate,
    node: (name: string) => material.nodes.get(name)?.certificate ?? '',
    more: material.trust,
  };
  const wanted = trustedAliases(topology, node, certificates).map(({ alias, certificate }) => ({
    alias,
    certificate: toDer(certificate),
  }));
  const passwords = { now: topology.settings.truststore.password.reveal(), shipped: shippedPassword };
  try {
    return mergeTrust(trust, passwords, wanted, unwantedEntries(shipped));
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    throw new StepFailed({
      cause: `${keystoreFiles(world.topology, node).trust} cannot be opened: ${error.message}`,
      hint: 'it has neither the password of the inventory nor the one it was shipped with: change it there with keytool -storepasswd, or set truststore.password back',
    });
  }
}

/**
 * What was trusted because an earlier inventory said so; and, under whatever alias, certificates whose private keys the
 * whole world has: those that are known, and that of the keystore that came with the archive.
 */
function unwantedEntries(shipped: Uint8Array | undefined): (entry: JksEntry) => boolean {
  const keys = (chainIn(shipped) ?? []).map((certificate) => describe(certificate).fingerprint);
  const known = new Set([...publicCertificates, ...keys]);
  return (entry) =>
    entry.alias.startsWith(trustPrefix) || (entry.type === 'trusted' && known.has(sha256(entry.certificate)));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
