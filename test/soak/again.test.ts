import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProcess } from '../lab/process.ts';
import { type BusyLoops, startBusyLoops } from '../support/busy.ts';

/** Tests of what goes on at the same time, again and again on a busy machine. SOAK_ROUNDS tells how often; default 3. */

const rounds = Number(process.env.SOAK_ROUNDS ?? 3);

const races = [
  {
    what: 'turns, locks, and questions that are under way when something is altered',
    project: 'unit',
    files: ['test/engine', 'test/connection', 'test/steps/create-databases.test.ts'],
  },
  { what: 'loads of one schema at the same time', project: 'lab', files: ['test/integration/loads.test.ts'] },
  {
    what: 'runs that are killed, and two at once',
    project: 'lab',
    files: ['test/integration/failures.test.ts'],
  },
];

let busy: BusyLoops;
beforeAll(() => {
  busy = startBusyLoops(4);
});
afterAll(() => busy?.stop());

describe.each(races)('$what', ({ project, files }) => {
  it.each(Array.from({ length: rounds }, (_, index) => index + 1))('hold in round %i', async () => {
    const argv = ['npx', 'vitest', 'run', '--project', project, ...files];
    const { code, stdout, stderr } = await runProcess(argv, { timeoutMs: 1_800_000 });
    expect(code, `${stdout}\n${stderr}`.slice(-8_000)).toBe(0);
  });
});
