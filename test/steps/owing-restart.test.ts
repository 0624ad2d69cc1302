import { describe, expect, it } from 'vitest';
import { later, run } from '../../src/engine/plan.ts';
import { sh } from '../../src/shell/command.ts';
import { nodeStep, nothing, type World } from '../../src/steps/define.ts';
import { owingRestart } from '../../src/steps/owing-restart.ts';
import { lineOf } from '../support/step-cases.ts';
import { fiveHosts, nodeFor } from '../support/topologies.ts';

const topology = await fiveHosts();
const { host } = nodeFor(topology, 'gateway');
const world: World = { topology, now: new Date(), baseDirectory: '/', hosts: new Set([host.name]) };
const trust = { summary: 'merge', actions: [run(sh`merge`)] };
const first = { summary: 'write one', actions: [run(sh`one`)] };
const second = { summary: 'write two', actions: [run(sh`two`)] };

/** The actions of a step that plans these changes, a list a change. */
const actions = (changes: readonly (typeof first)[], counts?: (change: { summary: string }) => boolean) => {
  const inner = nodeStep({
    name: 'some-step',
    summary: 'x',
    params: nothing,
    inspect: async () => undefined,
    plan: () => changes,
  });
  return owingRestart('files', inner, counts)
    .plan({ host, world, params: {} }, undefined)
    .map((change) => change.actions.map(lineOf));
};
const note = expect.stringMatching(/^run \(wso2\) if test -s .*running; then .*owed=files/);

describe('a step that installs what a server runs with', () => {
  it('notes that the server owes a restart, before it does anything', () => {
    expect(actions([first, second])).toEqual([[note, 'run one'], ['run two']]);
  });

  it('does so before the first change that counts', () => {
    const counts = ({ summary }: { summary: string }) => summary.startsWith('write');
    expect(actions([trust, first], counts)).toEqual([['run merge'], [note, 'run one']]);
    expect(actions([trust], counts)).toEqual([['run merge']]);
  });

  it('notes nothing where there is nothing to do, or nothing yet', () => {
    expect(actions([])).toEqual([]);
    expect(actions([later('write one', 'install-pack') as typeof first])).toEqual([[]]);
  });
});
