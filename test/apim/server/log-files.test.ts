import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/apim/cluster/topology.ts';
import { listFiles, listLogs, readEnd, readFiles, readLogEnd } from '../../../src/apim/server/log-files.ts';
import type { Command } from '../../../src/shell/command.ts';
import { fiveNodes, nodeNamed } from '../../support/deployments.ts';

const shells = ['/usr/bin/dash', '/usr/bin/bash'].filter((shell) => existsSync(shell));
const hour = 3600;

let base: string;
let logs: string;
let node: Node;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "it's logs-"));
  node = { ...nodeNamed(fiveNodes(), 'gw'), home: base };
  logs = join(base, 'repository/logs');
  mkdirSync(logs, { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true }));

const run = ({ text }: Command, shell: string) =>
  spawnSync(shell, ['-c', text], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const write = (name: string, text: string, hoursAgo = 0) => {
  writeFileSync(join(logs, name), text);
  const time = Date.now() / 1000 - hoursAgo * hour;
  utimesSync(join(logs, name), time, time);
};
const stamp = (hoursAgo: number) =>
  new Date(Date.now() - hoursAgo * hour * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace('.', ',')
    .slice(0, -1);

describe.each(shells)('in %s', (shell) => {
  it('the logs of a time are listed, the last written to first, and no other file', () => {
    write('wso2carbon.log', 'abc\n');
    write('wso2carbon-11-26-2026.log', 'ab\n', 3);
    write('wso2carbon-11-20-2026.log', 'old\n', 100);
    write('http_access_.log', '', 2);
    write('wso2-apigw-errors.log', 'a\n', 1);
    write('audit.log', 'a\n');
    const found = readFiles(run(listLogs(node, 24 * hour), shell).stdout);
    expect(found.map(({ path, bytes }) => [path.slice(logs.length + 1), bytes])).toEqual([
      ['wso2carbon.log', 4],
      ['wso2-apigw-errors.log', 2],
      ['http_access_.log', 0],
      ['wso2carbon-11-26-2026.log', 3],
    ]);
  });

  it('where there is no folder there are none', () => {
    const { status, stdout, stderr } = run(listFiles(join(base, 'none'), ['*.log'], hour), shell);
    expect({ status, found: readFiles(stdout), stderr }).toEqual({ status: 0, found: [], stderr: '' });
  });

  const end = (part: { seconds: number; bytes: number }) => {
    const { status, stdout } = run(readLogEnd(join(logs, 'wso2carbon.log'), part), shell);
    return { status, ...readEnd(stdout) };
  };

  it('of a log its entries of that time are read, each with the lines below it', () => {
    const late = `TID: [${stamp(0)}] INFO later\n\tat a.B\n`;
    write('wso2carbon.log', `before all\nTID: [${stamp(3)}] INFO early\n\tat a.C\n${late}`);
    expect(end({ seconds: hour, bytes: 1000 })).toEqual({ status: 0, text: `before all\n${late}`, left: 0 });
  });

  it('what is too long loses whole lines at its beginning, and it is known how many bytes', () => {
    write('wso2carbon.log', 'one ü\ntwo\nthree\nfour\n');
    expect(end({ seconds: hour, bytes: 12 })).toEqual({ status: 0, text: 'three\nfour\n', left: 11 });
    expect(end({ seconds: hour, bytes: 11 })).toEqual({ status: 0, text: 'four\n', left: 17 });
    expect(end({ seconds: hour, bytes: 22 })).toEqual({
      status: 0,
      text: 'one ü\ntwo\nthree\nfour\n',
      left: 0,
    });
  });

  it('a log that is not there is a failure', () => {
    expect(end({ seconds: hour, bytes: 12 })).toEqual({ status: 1, text: '', left: 0 });
  });
});
