import { pkiFiles } from '../apim/cluster/keystores.ts';
import { readMaterial } from '../certificates/read.ts';
import { signingPhase } from '../certificates/signing.ts';
import { put } from '../engine/plan.ts';
import { whoIsBehind } from './behind.ts';
import { nothing, step } from './define.ts';
import { refuseBehind } from './replace-certificates.ts';

/** Withdraws the key that signed tokens before: what it has signed is valid no more. It opens what is stored as ever. */
export const withdrawSigningKey = step({
  name: 'withdraw-signing-key',
  summary:
    'Publish and trust no more the key that signed tokens before; what it has signed is valid no more.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    return { material, behind: signingPhase(material) === 'signs' ? await whoIsBehind(world, asks) : [] };
  },

  plan({ world }, { material, behind }) {
    const { retiring } = material.signing;
    if (signingPhase(material) !== 'signs' || retiring === undefined) return [];
    refuseBehind(behind, material);
    return [
      {
        summary: 'publish and trust no more the key that signed tokens before',
        actions: [put(pkiFiles(world.topology).withdrawnSigning, retiring.certificate, 0o644)],
      },
    ];
  },
});
