import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balancerFiles } from '../../src/apim/balancer/model.ts';
import { carbonLog, deploymentTomlPath, marks } from '../../src/apim/cluster/paths.ts';
import { deploymentToml } from '../../src/apim/config/deployment-toml.ts';
import { describeProcess, dumpThreads } from '../../src/apim/server/support.ts';
import { ConnectionFailed, StepFailed } from '../../src/errors.ts';
import { readJournal } from '../../src/shell/journal.ts';
import { describeMachine, timeThere } from '../../src/shell/machine.ts';
import { balancerSupport } from '../../src/steps/balancer-support.ts';
import { nodeSupport } from '../../src/steps/node-support.ts';
import { attempt, clockText, type Findings, type KeepHow } from '../../src/steps/support-findings.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { balancer, nodeFor, tenEntries } from '../support/topologies.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const wanted = { seconds: 3600, bytesOfLog: 100, bytesOfLogs: 150 };

/** Keeps in memory what was found. */
function findings() {
  const kept = new Map<string, { text: string; how: KeepHow }>();
  const missed: string[] = [];
  const into: Findings = {
    keep: (name, text, how = {}) => void kept.set(name, { text, how }),
    miss: (what, why, failed = false) => void missed.push(`${failed ? '! ' : ''}${what}: ${why}`),
  };
  return { kept, missed, into };
}

let ground: Ground;
beforeEach(async () => {
  ground = await createGround({
    groups: tenEntries(),
    apim: { load_balancer: balancer },
  });
  ground.say(timeThere(), `${now / 1000 + 2}.5\n`);
  ground.say(describeMachine(), '== system\n');
  ground.say(readJournal(), '');
});
afterEach(() => ground.remove());

async function gather(prepare: (node: ReturnType<typeof nodeFor>) => void = () => undefined) {
  const node = nodeFor(ground.topology, 'gateway');
  ground.say(describeProcess(node), '');
  prepare(node);
  const found = findings();
  await nodeSupport(ground.at('gw1', {}), ground.from('gw1'), wanted, () => now, found.into);
  return found;
}

describe('what is gathered at a node', () => {
  it('that has nothing is told as missing, and is no failure', async () => {
    const { kept, missed } = await gather();
    expect([...kept.keys()].sort()).toEqual(['clock.txt', 'installed.txt', 'machine.txt', 'versions.txt']);
    expect(missed.sort()).toEqual([
      'deployment.toml: it is not there',
      'journal.jsonl: nothing was changed there in that time',
      'logs: none was written to in that time',
      'notes.txt: nothing of ours is installed there',
      'process.txt: the server does not run',
      'service.txt: systemd does not run there',
      'threads.txt: the server does not run',
    ]);
    expect(kept.get('clock.txt')?.text).toBe(
      'its clock is 2.500 s ahead of that of the controller (known to 0.000 s)\n',
    );
  });

  it('is its configuration, with the lines that are ours told apart', async () => {
    const { kept } = await gather((node) => {
      const text = `${deploymentToml(ground.topology, node).reveal()}\n[custom]\ntoken = "x"\n`;
      ground.write(deploymentTomlPath(node), text);
      ground.write(marks(node).profile, 'gateway-worker\n');
    });
    const { text = '', how } = kept.get('deployment.toml') ?? {};
    const lines = text.split('\n');
    const others = lines.filter((line) => how?.plain?.has(line) !== true);
    expect(others).toContain('token = "x"');
    expect(others.filter((line) => !/password|token|custom/.test(line))).toEqual([]);
    expect(kept.get('notes.txt')?.text).toBe('== profile\ngateway-worker\n\n');
  });

  it('are its logs, as far as there is room', async () => {
    const { kept, missed } = await gather((node) => {
      const log = carbonLog(node);
      ground.write(log, `${'a line\n'.repeat(30)}`);
      ground.write(log.replace('wso2carbon.log', 'wso2carbon-x.log'), `${'b\n'.repeat(30)}`);
      ground.write(log.replace('wso2carbon.log', 'wso2-apigw-errors.log'), `${'c\n'.repeat(30)}`);
    });
    const logs = [...kept].filter(([name]) => name.startsWith('logs/'));
    const bytes = logs.reduce((sum, [, { text }]) => sum + text.length, 0);
    expect(bytes).toBeLessThanOrEqual(150);
    expect(kept.get('logs/wso2carbon.log')?.how.left ?? 0).toBeGreaterThan(0);
    expect(logs.length + missed.filter((line) => line.startsWith('logs/')).length).toBe(3);
  });

  it('is of the journal what was done in that time', async () => {
    const line = (time: string) => `{"time":"${time}","by":"ann"}`;
    ground.say(readJournal(), `${line('2026-03-01T10:59:59Z')}\n${line('2026-03-01T11:00:01Z')}\ndamaged\n`);
    expect((await gather()).kept.get('journal.jsonl')?.text).toBe(
      `${line('2026-03-01T11:00:01Z')}\ndamaged\n`,
    );
  });

  it('are threads, if the server tells', async () => {
    const threads = await gather((node) => ground.say(dumpThreads(node), 'Full thread dump\n'));
    expect(threads.kept.get('threads.txt')?.text).toBe('Full thread dump\n');
  });
});

describe('what is gathered at a load balancer', () => {
  it('is its configuration, its state and its logs, and not its key', async () => {
    const { config } = balancerFiles('nginx');
    const found = findings();
    await balancerSupport(ground.at('lb', {}), ground.from('lb'), wanted, () => now, found.into);
    expect(found.missed).toContain(`${config.slice(config.lastIndexOf('/') + 1)}: it is not there`);
    expect(JSON.parse(found.kept.get('balancer.json')?.text ?? '')).toMatchObject({
      software: 'nginx',
      drained: [],
    });
  });
});

describe('what fails', () => {
  it('is missing, and the rest goes on', async () => {
    const { missed, into } = findings();
    await attempt(into, 'a.txt', async () => {
      throw new StepFailed({ cause: 'it did not answer', hint: 'look' });
    });
    expect(missed).toEqual(['! a.txt: it did not answer']);
  });

  it('ends the work where the host is gone, or nobody knows why', async () => {
    const { missed, into } = findings();
    for (const error of [new ConnectionFailed({ cause: 'it went away' }), new TypeError('a fault')])
      await expect(attempt(into, 'a.txt', () => Promise.reject(error))).rejects.toBe(error);
    expect(missed).toEqual([]);
  });
});

it.each([
  [5, 10, 'its clock goes as that of the controller (known to 0.010 s)\n'],
  [1500, 10, 'its clock is 1.500 s ahead of that of the controller (known to 0.010 s)\n'],
  [-61_000, 250, 'its clock is 61.000 s behind that of the controller (known to 0.250 s)\n'],
])('a clock that is %d ms off, known to %d ms, is told in words', (difference, uncertain, text) => {
  expect(clockText(difference, uncertain)).toBe(text);
});
