import { createHash } from 'node:crypto';
import { keystoreFiles, shippedPassword, shippedStore, trustedAliases } from '../apim/keystores.ts';
import { type Node, nodeOf } from '../apim/topology.ts';
import { type Change, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { describe, toDer, toPkcs8 } from '../pki/certificate.ts';
import { mergeTrust, writeJks } from '../pki/jks.ts';
import { as, sh } from '../shell/command.ts';
import { checksum, decodeBytes, readBytes, remove } from '../shell/files.ts';
import { nothing, step, type World } from './define.ts';
import { inHome } from './home.ts';
import { type CompleteMaterial, completeMaterial, type Pair, readMaterial } from './material.ts';

/** Gives a node its own key, the key all share, and trust in the others; takes the shipped ones away. */
export const installKeystores = step({
  name: 'install-keystores',
  summary: 'Install the keystores of a node, and merge our certificates into its truststore.',
  params: nothing,

  async inspect({ host, world }, { here, there }) {
    const node = nodeOf(world.topology, host);
    const files = keystoreFiles(node);
    const at = (question: Parameters<typeof there>[0]) => there(inHome(world.topology, node, question));
    const [tls, primary, trust, shipped, material] = await Promise.all([
      at(checksum(files.tls)),
      at(checksum(files.primary)),
      at(readBytes(files.trust)),
      at(sh`if test -e ${shippedStore(node)}; then echo yes; fi`),
      readMaterial(here, world),
    ]);
    return {
      tls: tls.stdout.trim(),
      primary: primary.stdout.trim(),
      trust: decodeBytes(trust.stdout),
      shipped: shipped.stdout.trim() === 'yes',
      material: completeMaterial(world, material),
    };
  },

  plan({ host, world }, { tls, primary, trust, shipped, material }) {
    const node = nodeOf(world.topology, host);
    const files = keystoreFiles(node);
    const stores = material === undefined ? undefined : wantedStores(world, node, material);
    const changes: Change[] = [];
    const store = (path: string, content: Uint8Array | undefined, found: string) => {
      if (content !== undefined && found === sha256(content)) return;
      changes.push({
        summary: `write ${path}`,
        actions: [content === undefined ? missing : put(path, content, 0o600, node.user)],
      });
    };
    store(files.primary, stores?.primary, primary);
    store(files.tls, stores?.tls, tls);
    const merged =
      material === undefined || trust === undefined ? undefined : merge(world, node, material, trust);
    if (merged === undefined || merged.changed)
      changes.push({
        summary: `trust the cluster’s certificates in ${files.trust}`,
        actions: [merged === undefined ? missing : put(files.trust, merged.bytes, 0o600, node.user)],
      });
    if (shipped || trust === undefined)
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

function wantedStores({ topology }: World, node: Node, material: CompleteMaterial) {
  const own = material.nodes.get(node.host.name);
  if (own === undefined) throw new StepFailed({ cause: `there is no certificate for ${node.host.name}` });
  const password = topology.settings.keystore.password.reveal();
  const authority = toDer(material.authority.certificate);
  const store = (alias: string, { certificate, key }: Pair) =>
    writeJks(
      [
        {
          type: 'key',
          alias,
          pkcs8: toPkcs8(key),
          chain: [toDer(certificate), authority],
          date: describe(certificate).notBefore,
        },
      ],
      password,
    );
  const { aliases } = keystoreFiles(node);
  return { tls: store(aliases.tls, own), primary: store(aliases.primary, material.primary) };
}

function merge({ topology }: World, node: Node, material: CompleteMaterial, trust: Uint8Array) {
  const certificates = {
    authority: material.authority.certificate,
    primary: material.primary.certificate,
    node: (name: string) => material.nodes.get(name)?.certificate ?? '',
  };
  const wanted = trustedAliases(topology, node, certificates).map(({ alias, certificate }) => ({
    alias,
    certificate: toDer(certificate),
  }));
  const passwords = { now: topology.settings.truststore.password.reveal(), shipped: shippedPassword };
  return mergeTrust(trust, passwords, wanted, (entry) => entry.alias === shippedPassword);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
