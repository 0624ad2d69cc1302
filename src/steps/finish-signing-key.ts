import { pkiFiles } from '../apim/cluster/keystores.ts';
import { readMaterial } from '../certificates/read.ts';
import { later, run } from '../engine/plan.ts';
import { sh } from '../shell/command.ts';
import { whoIsBehind, wordsOf } from './behind.ts';
import { nothing, step } from './define.ts';

/** Ends a rotation of the key that signs tokens, once no node holds the one before as such. */
export const finishSigningKey = step({
  name: 'finish-signing-key',
  summary: 'Remove the key that signed tokens before, once no node publishes or trusts it any more.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    return { material, behind: material.signing.withdrawn ? await whoIsBehind(world, asks) : [] };
  },

  plan({ world }, { material, behind }) {
    if (!material.signing.withdrawn) return [];
    const { retiringSigning, withdrawnSigning } = pkiFiles(world.topology);
    const summary = `remove ${retiringSigning.certificate} and its key`;
    if (behind.length > 0)
      return [
        later(`${summary}, once nobody publishes it (not yet: ${wordsOf(behind).join('; ')})`, 'wait-ready'),
      ];
    // It counts as withdrawn for as long as anything of it is there.
    const removed = [retiringSigning.certificate, retiringSigning.key, withdrawnSigning];
    return [
      {
        summary,
        actions: [
          run({ text: removed.map((file) => sh`rm -f ${file}`.text).join(' && ') }, { shown: summary }),
        ],
      },
    ];
  },
});
