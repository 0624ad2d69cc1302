import { pkiFiles, storeNames } from '../apim/cluster/keystores.ts';
import type { Node, Topology } from '../apim/cluster/topology.ts';
import { deploymentTables } from '../apim/config/deployment-toml.ts';
import { keyContent } from '../certificates/folder.ts';
import type { Material } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { rotationPhase } from '../certificates/rotation.ts';
import { signingPhase } from '../certificates/signing.ts';
import { put, run } from '../engine/plan.ts';
import { RunRefused } from '../errors.ts';
import { type CertificatePair, generateKey, issue, keyBits } from '../pki/authority.ts';
import { sh } from '../shell/command.ts';
import { whoIsBehind } from './behind.ts';
import { nothing, step, type World } from './define.ts';
import { refuseBehind } from './replace-certificates.ts';

/** Makes a pair that all nodes publish and trust before it signs anything. */
export const makeNextSigningKey = step({
  name: 'make-next-signing-key',
  summary:
    'Make the next key that signs tokens beside the present one, for all nodes to publish and trust before it signs anything.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    return { material, behind: signingPhase(material) === 'none' ? await whoIsBehind(world, asks) : [] };
  },

  plan({ world }, { material, behind }) {
    if (signingPhase(material) !== 'none') return [];
    refuseSigning(world, material);
    refuseBehind(behind, material);
    const { topology, now } = world;
    const { organization, primaryDays } = topology.settings.certificates;
    const { certificate, key } = material.authority ?? {};
    if (certificate === undefined || key === undefined) return [];
    const { directory, nextSigning } = pkiFiles(topology);
    let made: Promise<CertificatePair> | undefined;
    const make = () => {
      made ??= (async () =>
        issue({
          authority: { certificate, key },
          commonName: `${organization} API Manager`,
          names: [],
          days: primaryDays,
          now,
          usage: 'signing',
          // A run may have died before there was a certificate.
          key: material.spare.get(nextSigning.key) ?? (await generateKey(keyBits)),
        }))();
      return made;
    };
    return [
      {
        summary: `make the next key that signs tokens in ${directory}; it signs nothing before all nodes publish and trust it`,
        actions: [
          run(sh`mkdir -p -m 700 ${directory}`),
          put(nextSigning.key, async () => keyContent(world, (await make()).key), 0o600),
          put(nextSigning.certificate, async () => (await make()).certificate, 0o644),
        ],
      },
    ];
  },
});

/** Refuses where the key that signs tokens cannot be replaced here, and says why. */
export function refuseSigning(world: World, material: Material): void {
  const { topology } = world;
  const { primary } = topology.settings.certificates;
  if (primary !== undefined)
    throw new RunRefused({
      cause:
        'the key that all nodes share was brought (certificates.primary), so the next one is not made here',
      hint: 'leave certificates.primary as it is: with another key in its place, what the product has stored could not be read any more',
    });
  if (rotationPhase(world, material) !== 'none')
    throw new RunRefused({
      cause: 'a rotation of certificates is under way, and two at a time are not carried on',
      hint: 'apim-orchestrate rotate-certs INVENTORY ends it; then run the same command again',
    });
  const others = topology.nodes.filter((node) => !obeys(topology, node));
  if (others.length > 0)
    throw new RunRefused({
      cause: `deployment_toml says for ${others.map(({ host }) => host.name).join(', ')} which keystore or alias is used, so another key could not be told to sign`,
      hint: 'take keystore and apim.devportal.api_key_alias out of deployment_toml, deploy, and run the same command again',
    });
  if (material.authority?.keyless !== undefined)
    throw new RunRefused({
      cause: `no certificate can be issued: ${material.authority.keyless}`,
      hint: 'bring that key back; or have a next authority made: apim-orchestrate pki recover INVENTORY --new-authority',
    });
}

/** Whether a node would sign with the key that it is told to, whatever the inventory adds to its configuration. */
function obeys(topology: Topology, node: Node): boolean {
  const signer = 'next';
  const tables = deploymentTables(topology, node, signer);
  const entryOf = (table: string, name: string) =>
    tables.findLast((each) => each.name === table)?.keys.find(([key]) => key === name)?.[1];
  return (
    entryOf('keystore.primary', 'file_name') === storeNames.primary &&
    entryOf('keystore.primary', 'alias') === signer &&
    entryOf('keystore.internal', 'file_name') === storeNames.internal &&
    entryOf('keystore', 'userstore_password_encryption') === 'InternalKeystore' &&
    (node.role !== 'devportal' || entryOf('apim.devportal', 'api_key_alias') === signer)
  );
}
