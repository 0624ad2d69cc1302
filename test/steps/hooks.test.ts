import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openLocal } from '../../src/connection/local.ts';
import { apply } from '../../src/engine/apply.ts';
import { controllerName } from '../../src/engine/controller.ts';
import type { Change } from '../../src/engine/plan.ts';
import { StepFailed } from '../../src/errors.ts';
import { drainNode } from '../../src/steps/drain-node.ts';
import { undrainNode } from '../../src/steps/undrain-node.ts';
import { oldServer, readyServer } from '../support/server-facts.ts';
import { caseTime } from '../support/step-cases.ts';
import { balancer, nodeFor, tenEntries, topologyOf } from '../support/topologies.ts';

const folder = join(mkdtempSync(join(tmpdir(), 'hooks-')), 'it’s a $folder');
mkdirSync(folder);
const connection = openLocal();
afterAll(async () => {
  await connection.close();
  rmSync(join(folder, '..'), { recursive: true });
});

const { load_balancer: _, ...groups } = tenEntries();
const hooks = {
  drain: ['./balancer', 'away', '$(touch made)'],
  undrain: ['./balancer', 'back', "it's"],
  timeout: '2s',
};
const topology = await topologyOf({
  apim: { load_balancer: { ...balancer, software: 'external', hooks } },
  groups,
});
const gateway = nodeFor(topology, 'gateway');
const spot = {
  host: gateway.host,
  world: { topology, now: caseTime, baseDirectory: folder, hosts: new Set(['gw1', 'gw2']) },
  params: { requested: false, forced: false },
};
const drains = () =>
  drainNode.plan(spot, { state: oldServer(gateway), balancers: [], missing: [] }) as Change[];
const takesBack = () =>
  undrainNode.plan(spot, {
    state: { ...readyServer(gateway), resting: true },
    balancers: [],
    missing: [],
  }) as Change[];

/** Does on this machine what is to be done here. */
async function run(changes: readonly Change[]): Promise<void> {
  const actions = changes.flatMap((change) => change.actions);
  const ours = actions.filter(({ at }) => at !== undefined && 'name' in at && at.name === controllerName);
  expect(ours).toHaveLength(1);
  const never = new AbortController().signal;
  const idle = () => undefined;
  for (const action of ours)
    await apply(action, {
      connection,
      abort: never,
      stop: never,
      output: idle,
      tell: idle,
      progress: idle,
      waiting: idle,
    });
}

/** The command of somebody’s own. */
function hook(text: string): void {
  writeFileSync(join(folder, 'balancer'), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, 'balancer'), 0o755);
}
const said = () => readFileSync(join(folder, 'said'), 'utf8');

describe('the hooks of an external load balancer', () => {
  beforeEach(() => hook(`printf '%s|' "$@" > said; pwd -P >> said`));

  it('run in the folder of the inventory, word by word, with the name and the address of the node', async () => {
    await run(drains());
    expect(said()).toBe(`away|$(touch made)|gw1|10.0.1.15|${folder}\n`);
    expect(existsSync(join(folder, 'made'))).toBe(false);
    await run(takesBack());
    expect(said()).toBe(`back|it's|gw1|10.0.1.15|${folder}\n`);
  });

  it('that fail end the step, with what they said and how to try them', async () => {
    hook('echo "no such pool" >&2; exit 3');
    const failure = await run(drains()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StepFailed);
    expect(failure).toMatchObject({
      cause: 'the drain hook of the load balancer, for gw1 exited with 3',
      tail: ['no such pool'],
      hint: expect.stringMatching(
        /apim\.load_balancer\.hooks\.drain of the inventory; try it by hand: \.\/balancer away/,
      ),
    });
  });

  it('that are not there end the step', async () => {
    rmSync(join(folder, 'balancer'));
    await expect(run(drains())).rejects.toThrow('exited with 127');
  });

  it('that do not end are ended when their time is up', async () => {
    hook('sleep 60');
    await expect(run(drains())).rejects.toThrow(/2 s/);
  });
});
