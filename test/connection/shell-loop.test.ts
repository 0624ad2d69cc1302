import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createShellLoop } from '../../src/connection/shell-loop.ts';
import { StepFailed } from '../../src/errors.ts';
import { sh } from '../../src/shell/command.ts';

describe('a shell that ends by itself', () => {
  const ended = (late: (stderr: PassThrough) => void) => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const channel = { stdin, stdout, stderr, exited: Promise.resolve(1), destroy: () => undefined };
    const explain = (code: number | undefined, said: string) =>
      said.includes('sudo') ? new StepFailed({ cause: said.trim() }) : `its shell ended with ${code}`;
    late(stderr);
    stdout.end();
    return createShellLoop({ start: async () => channel, explain }, 'gw').ask(sh`true`, 60_000);
  };

  it('is told by what it said at last, also if that comes after its exit code', async () => {
    const refused = ended((stderr) => void setTimeout(() => stderr.end('sudo: not for you\n'), 50));
    await expect(refused).rejects.toThrow('sudo: not for you');
  });

  it('is told by its code if it said nothing', async () => {
    await expect(ended((stderr) => stderr.end())).rejects.toThrow('gw: its shell ended with 1');
  });

  it('is told by its code if something holds its stderr', async () => {
    await expect(ended(() => undefined)).rejects.toThrow('gw: its shell ended with 1');
  });
});
