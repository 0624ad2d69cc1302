import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tenNodeNames } from '../lab/ten.ts';
import { type BusyLoops, startBusyLoops } from '../support/busy.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { changesIn, failuresIn, runJson } from '../support/tool.ts';

let busy: BusyLoops;
beforeEach(() => {
  busy = startBusyLoops(4);
});
afterEach(() => busy.stop());

/** Races show now and then: so often in a row must a first deployment pass. */
const rounds = Number(process.env.SOAK_ROUNDS ?? 20);

describe.each(Array.from({ length: rounds }, (_, index) => index + 1))(
  'ten nodes on a machine that is busy with something else, for the %ith time',
  () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await createPairs('busy', '10.91.0');
    });
    afterAll(() => cluster?.close());

    it('are deployed at the first try', async () => {
      const deployed = await runJson('deploy', cluster.inventory);
      expect(failuresIn(deployed)).toEqual([]);
      expect(deployed.code).toBe(0);
    });

    it('are left alone by a second one', async () => {
      const again = await runJson('deploy', cluster.inventory);
      expect(failuresIn(again)).toEqual([]);
      expect([again.code, changesIn(again)]).toEqual([0, []]);
    });

    it('have every link up', async () => {
      const broken = await Promise.all(tenNodeNames.map((name) => cluster.brokenLinks(name)));
      expect(broken.flat()).toEqual([]);
    });
  },
);
