import { resolve } from 'node:path';
import { z } from 'zod';
import { put } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as, type Command, sh } from '../shell/command.ts';
import { checksum } from '../shell/files.ts';
import { generalStep } from './define.ts';

/** For people's own playbooks: a file from this machine, the same at every host. */
export const copyFile = generalStep({
  name: 'copy-file',
  summary: 'Copy a file from this machine to the host.',
  at: 'any',
  params: z.strictObject({
    from: z.string().min(1).describe('the file here; relative to the inventory'),
    to: z.string().startsWith('/', 'must be an absolute path').describe('where it is to be, at the host'),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'must be quoted octal digits, such as "0644"')
      .default('0644')
      .describe('permissions, as quoted octal digits'),
    user: z.string().optional().describe('who is to own it; default: the login'),
  }),

  async inspect({ world, params }, { here, there }) {
    const at = (question: Command) => there(params.user === undefined ? question : as(params.user, question));
    const [wanted, found, mode] = await Promise.all([
      here(checksum(resolve(world.baseDirectory, params.from))),
      at(checksum(params.to)),
      at(sh`stat -c %a ${params.to} 2>/dev/null || true`),
    ]);
    return { wanted: wanted.stdout.trim(), found: found.stdout.trim(), mode: mode.stdout.trim() };
  },

  plan({ world, params }, { wanted, found, mode }) {
    const file = resolve(world.baseDirectory, params.from);
    if (wanted === '')
      throw new StepFailed({ cause: `there is no file ${file}`, hint: 'correct `from` in the playbook' });
    const bits = Number.parseInt(params.mode, 8);
    if (wanted === found && Number.parseInt(mode, 8) === bits) return [];
    return [
      {
        summary: `copy ${params.from} to ${params.to}`,
        actions: [put(params.to, { file }, bits, params.user)],
      },
    ];
  },
});
