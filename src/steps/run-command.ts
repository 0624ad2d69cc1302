import { z } from 'zod';
import { run } from '../engine/plan.ts';
import { waitingTime } from '../input/decode.ts';
import { as, type Command } from '../shell/command.ts';
import { generalStep } from './define.ts';

/** For people's own playbooks: a command, unless another one says that its work is done. */
export const runCommand = generalStep({
  name: 'run-command',
  summary: 'Run a shell command, unless another one succeeds (which must be so once it has run).',
  at: 'any',
  params: z.strictObject({
    command: z.string().min(1).describe('what to run, for sh'),
    unless: z.string().min(1).describe('exits with 0 when there is nothing to do'),
    user: z.string().optional().describe('who runs both, over sudo; default: the login'),
    timeout: waitingTime().optional().describe('how long it may take; default: 2m'),
  }),

  async inspect({ params }, { there }) {
    const { code } = await there(byUser(params.unless, params.user));
    return { done: code === 0 };
  },

  plan({ params }, { done }) {
    if (done) return [];
    const action = run(
      byUser(params.command, params.user),
      params.timeout === undefined ? {} : { timeoutMs: params.timeout },
    );
    return [{ summary: `run ${params.command.split('\n')[0]}`, actions: [action] }];
  },
});

function byUser(text: string, user: string | undefined): Command {
  return user === undefined ? { text } : as(user, { text });
}
