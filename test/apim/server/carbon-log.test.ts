import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carbonLog, marks } from '../../../src/apim/cluster/paths.ts';
import type { Node } from '../../../src/apim/cluster/topology.ts';
import { carbonLogTail, noteLog, startedLine } from '../../../src/apim/server/carbon-log.ts';
import type { Command } from '../../../src/shell/command.ts';
import { fiveNodes, nodeNamed } from '../../support/deployments.ts';

let node: Node;
let log: string;

beforeEach(() => {
  node = { ...nodeNamed(fiveNodes(), 'gw'), home: join(mkdtempSync(join(tmpdir(), 'log-')), 'gateway') };
  log = carbonLog(node);
  for (const folder of ['repository/logs', '.apim-orchestrate'])
    mkdirSync(join(node.home, folder), { recursive: true });
});
afterEach(() => rmSync(join(node.home, '..'), { recursive: true }));

const sh = ({ text }: Command) => spawnSync('/bin/sh', ['-c', text], { encoding: 'utf8' });
const holds = () => sh(startedLine(node)).status === 0;
const started = 'INFO {StartupFinalizerServiceComponent} - WSO2 Carbon started in 76 sec\n';
const begun = 'INFO {CarbonCoreActivator} - Starting WSO2 Carbon...\n';
const beside = (name: string) => join(log, '..', name);
/** Another log, last written to at some time: now, and the file system would not tell it from the note. */
const write = (name: string, text: string, at: 'long before' | 'later') => {
  const seconds = at === 'later' ? Date.now() / 1000 + 60 : 1;
  writeFileSync(beside(name), text);
  utimesSync(beside(name), seconds, seconds);
};

describe('the started line', () => {
  it('does not hold for a line from before the start', () => {
    writeFileSync(log, begun + started);
    sh(noteLog(node));
    expect(holds()).toBe(false);
    appendFileSync(log, begun);
    expect(holds()).toBe(false);
    appendFileSync(log, started);
    expect(holds()).toBe(true);
  });

  it('holds for the first start of all, before which there was no log', () => {
    sh(noteLog(node));
    expect(holds()).toBe(false);
    writeFileSync(log, begun);
    expect(holds()).toBe(false);
    appendFileSync(log, started);
    expect(holds()).toBe(true);
  });

  it('is waited for in a log that was rolled when the server began to start', () => {
    writeFileSync(log, `${'x'.repeat(500)}\n${started}`);
    sh(noteLog(node));
    renameSync(log, beside('wso2carbon-11-25-2026.log'));
    writeFileSync(log, begun);
    expect(holds()).toBe(false);
    appendFileSync(log, started);
    expect(holds()).toBe(true);
  });

  it('is not looked for in a note of an earlier version alone, which is of the size', () => {
    writeFileSync(log, started);
    writeFileSync(marks(node).logSize, `${started.length}\n`);
    expect(holds()).toBe(false);
    appendFileSync(log, started);
    expect(holds()).toBe(true);
  });

  it('does not count other logs beside it as rolled ones', () => {
    writeFileSync(log, started);
    sh(noteLog(node));
    for (const name of ['wso2carbon-trace-messages.log', 'audit.log']) write(name, 'x', 'later');
    write('wso2carbon-11-20-2026.log', started, 'long before');
    expect(holds()).toBe(false);
  });
});

describe('a log that no longer reaches back to the start leaves it to what the server answers', () => {
  const later = 'INFO {Something} - later\n';

  it.each<[string, () => void]>([
    [
      'rolled at midnight',
      () => {
        renameSync(log, beside('wso2carbon-11-25-2026.log'));
        writeFileSync(log, later);
      },
    ],
    [
      'rolled at 10 MB under the same name, and longer than before since',
      () => {
        renameSync(log, beside('wso2carbon-11-26-2026.log'));
        writeFileSync(log, later.repeat(100));
      },
    ],
    ['copied and emptied in place', () => truncateSync(log)],
    [
      'copied, emptied in place, and longer than before since',
      () => {
        write('wso2carbon.log.1', started, 'later');
        truncateSync(log);
        appendFileSync(log, later.repeat(100));
      },
    ],
  ])('%s', (_, roll) => {
    writeFileSync(log, started);
    sh(noteLog(node));
    appendFileSync(log, begun + started);
    roll();
    expect(holds()).toBe(true);
  });

  it('also after the very first start', () => {
    sh(noteLog(node));
    write('wso2carbon-11-25-2026.log', begun + started, 'later');
    writeFileSync(log, later);
    expect(holds()).toBe(true);
  });
});

describe('what is shown of a log', () => {
  it('is the end of its log, if there is one', () => {
    expect(sh(carbonLogTail(node, 2)).stdout).toBe('there is no log yet\n');
    writeFileSync(log, 'a\nb\nc\n');
    expect(sh(carbonLogTail(node, 2)).stdout).toBe('b\nc\n');
  });
});
