import { bearers, pkiFiles } from '../apim/cluster/keystores.ts';
import { keptName } from '../certificates/folder.ts';
import { dueCertificates } from '../certificates/judge.ts';
import { readMaterial } from '../certificates/read.ts';
import { stillVouchedFor } from '../certificates/rotation.ts';
import { later, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { describe } from '../pki/certificate.ts';
import { sh } from '../shell/command.ts';
import { whoIsBehind, wordsOf } from './behind.ts';
import { nothing, step } from './define.ts';

/** Withdraws authorities that issue no more, once nothing that they issued is shown by anybody. */
export const withdrawAuthority = step({
  name: 'withdraw-authority',
  summary:
    'Withdraw authorities that issue no more, and remove their keys, once every node and balancer runs with a certificate of the present one.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    return { material, behind: material.retiring.length === 0 ? [] : await whoIsBehind(world, asks) };
  },

  plan({ world }, { material, behind }) {
    const { retiring } = material;
    if (retiring.length === 0) return [];
    const files = pkiFiles(world.topology);
    const which = retiring.map(
      (each) => `“${describe(each).subject}”, SHA-256 ${describe(each).fingerprint.slice(0, 8)}…`,
    );
    const summary = `trust ${which.join(' and ')} no more, and remove what is left of its key`;
    if (material.next !== undefined) return [later(summary, 'replace-certificates')];
    const due = dueCertificates(world, material).nodes;
    if (due.size > 0) return [later(summary, 'issue-certificates')];
    const still = stillVouchedFor(material);
    const brought = bearers(world.topology)
      .filter(({ host, own }) => own !== undefined && still.includes(host.name))
      .map(({ host }) => host.name);
    if (still.length > brought.length) return [later(summary, 'replace-certificates')];
    if (brought.length > 0)
      throw new StepFailed({
        cause: `${brought.join(', ')} still show certificates of the authority that is to be withdrawn`,
        hint: 'replace those that were brought by others, deploy, and run the same command again',
      });
    if (behind.length > 0)
      return [
        later(`${summary}, once all run with theirs (not yet: ${wordsOf(behind).join('; ')})`, 'wait-ready'),
      ];
    const keys = retiring.map((each) => keptName(files.authority.key, describe(each).fingerprint));
    return [
      {
        summary,
        actions: [
          run(sh`rm -f ${[files.retiring, ...keys]}`, {
            shown: `remove ${files.retiring} and the key of before`,
          }),
        ],
      },
    ];
  },
});
