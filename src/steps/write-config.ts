import { createHash } from 'node:crypto';
import { deploymentTomlPath } from '../apim/cluster/paths.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { deploymentToml } from '../apim/config/deployment-toml.ts';
import {
  ciphertexts,
  type Sealer,
  secretConf,
  secretConfFile,
  startPasswordFile,
} from '../apim/config/secure-vault.ts';
import { maskToml } from '../apim/config/toml.ts';
import type { Material, Pair } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { sharedMaterial, signerApart } from '../certificates/views.ts';
import { type Change, later, put, run } from '../engine/plan.ts';
import { decryptOaep, encryptOaep } from '../pki/oaep.ts';
import { as, sh } from '../shell/command.ts';
import { checksum, readText } from '../shell/files.ts';
import { nodeStep, nothing, type World } from './define.ts';
import { inHome } from './home.ts';

/** Writes the one file that configures a node. What was there before the first time is kept by the optimizer. */
export const writeConfig = nodeStep({
  name: 'write-config',
  summary: 'Write deployment.toml for the role of the node, with its passwords encrypted if asked for.',
  params: nothing,

  async inspect({ node, world }, { once, there }) {
    const at = (question: Parameters<typeof there>[0]) => there(inHome(world.topology, node, question));
    const [text, conf, password, mode, material] = await Promise.all([
      at(readText(deploymentTomlPath(node))),
      at(readText(secretConfFile(node))),
      at(checksum(startPasswordFile(node))),
      at(sh`stat -c %a ${startPasswordFile(node)} 2>/dev/null || true`),
      once(readMaterial, world),
    ]);
    return {
      text: text.stdout,
      secretConf: conf.stdout,
      startPassword: `${password.stdout.trim()} ${mode.stdout.trim()}`.trim(),
      material,
    };
  },

  plan({ node, world }, { text, secretConf: conf, startPassword, material }) {
    const signer = signerApart(material);
    return [
      ...vaultChanges(world, node, conf, startPassword, signer),
      ...configChanges(world, node, text, material, signer),
    ];
  },
});

function configChanges(
  world: World,
  node: Node,
  text: string,
  material: Material,
  signer: string | undefined,
): Change[] {
  const path = deploymentTomlPath(node);
  const sealed = world.topology.settings.secureVault;
  const primary = sealed ? sharedMaterial(world, material)?.primary : undefined;
  if (sealed && primary === undefined) return [later(`write ${path}`, 'issue-certificates')];
  const wanted = deploymentToml(
    world.topology,
    node,
    primary === undefined ? undefined : sealerFor(primary, text),
    signer,
  );
  if (text === wanted.reveal()) return [];
  const before = maskToml(text);
  const onlySecrets = before === wanted.face;
  return [
    {
      summary: `write ${path}${onlySecrets ? ' (a secret changed)' : ''}`,
      ...(onlySecrets ? {} : { diff: { before, after: wanted.face } }),
      actions: [put(path, wanted, 0o600, node.user)],
    },
  ];
}

/** Ciphertext is random: one that holds the right text already stays, so that a second run changes nothing. */
function sealerFor(primary: Pair, existing: string): Sealer {
  return {
    existing: ciphertexts(existing),
    encrypt: (plain) => encryptOaep(primary.certificate, plain),
    holds: (ciphertext, plain) => decryptOaep(primary.key, ciphertext) === plain,
  };
}

/** What the vault needs besides the ciphertexts; all of it goes when the vault is not wanted any more. */
function vaultChanges(
  { topology }: World,
  node: Node,
  conf: string,
  startPassword: string,
  signer: string | undefined,
): Change[] {
  const { secureVault, keystore } = topology.settings;
  const password = startPasswordFile(node);
  const confFile = secretConfFile(node);
  if (!secureVault) {
    // A start password is ours, and of use to us, only together with a configuration of ours.
    if (!conf.startsWith('# Written by apim-orchestrate')) return [];
    return [
      {
        summary: 'switch the secure vault off',
        actions: [run(as(node.user, sh`rm -f ${password} ${confFile}`), { shown: `remove ${password}` })],
      },
    ];
  }
  const wanted = secretConf(node, signer);
  const sum = createHash('sha256').update(keystore.password.reveal()).digest('hex');
  return [
    ...(conf === wanted
      ? []
      : [
          {
            summary: `write ${confFile}`,
            diff: { before: conf, after: wanted },
            actions: [
              run(as(node.user, sh`mkdir -p ${confFile.slice(0, confFile.lastIndexOf('/'))}`)),
              put(confFile, wanted, 0o600, node.user),
            ],
          },
        ]),
    ...(startPassword === `${sum} 400`
      ? []
      : [
          {
            summary: `keep the password that opens the vault in ${password}, for ${node.user} only`,
            actions: [put(password, keystore.password, 0o400, node.user)],
          },
        ]),
  ];
}
