import { describe, expect, it } from 'vitest';
import { restartNodes } from '../../src/cli/restart.ts';

describe('a restart by force', () => {
  const restart = (more: object) =>
    restartNodes('there/is/none.yaml', { output: 'json', force: true, ...more });

  it('is refused before anything is read where no servers are named', async () => {
    await expect(restart({ role: 'gateway' })).rejects.toMatchObject({
      exitCode: 64,
      message:
        '--force restarts also what nobody stands in for, so it needs --limit: say which servers, such as --limit gw1',
    });
  });

  it('is refused where only what is needed is to be done', async () => {
    await expect(restart({ limit: 'gw1', onlyIfNeeded: true })).rejects.toMatchObject({
      exitCode: 64,
      message: '--force restarts whether it is needed or not; leave out --only-if-needed',
    });
  });
});
