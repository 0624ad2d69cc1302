import { pkiFiles } from '../apim/cluster/keystores.ts';
import { dueCertificates } from '../certificates/judge.ts';
import { readMaterial } from '../certificates/read.ts';
import { later, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { sh } from '../shell/command.ts';
import { whoIsBehind, wordsOf } from './behind.ts';
import { nothing, step } from './define.ts';

/** Ends a rotation: the next one replaces all certificates again. One that broke off before is carried on. */
export const finishRotation = step({
  name: 'finish-rotation',
  summary: 'Note that a rotation is over, once every node and balancer runs with its new certificate.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    return { material, behind: material.outgoing.length === 0 ? [] : await whoIsBehind(world, asks) };
  },

  plan({ world }, { material, behind }) {
    if (material.outgoing.length === 0) return [];
    const { outgoing } = pkiFiles(world.topology);
    const summary = 'note that the rotation is over';
    if (material.retiring.length > 0 || material.next !== undefined)
      throw new StepFailed({
        cause: 'an authority is being replaced, and the one before is still to be withdrawn',
        hint: 'apim-orchestrate rotate-certs --authority INVENTORY goes on with that',
      });
    if (dueCertificates(world, material).nodes.size > 0) return [later(summary, 'issue-certificates')];
    if (behind.length > 0)
      return [
        later(`${summary}, once all run with theirs (not yet: ${wordsOf(behind).join('; ')})`, 'wait-ready'),
      ];
    return [{ summary, actions: [run(sh`rm -f ${outgoing}`, { shown: `remove ${outgoing}` })] }];
  },
});
