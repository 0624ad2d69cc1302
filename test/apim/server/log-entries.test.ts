import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carbonLog } from '../../../src/apim/cluster/paths.ts';
import type { Node } from '../../../src/apim/cluster/topology.ts';
import { type LogPart, readEntries, readLog, timeOf } from '../../../src/apim/server/log-entries.ts';
import { fiveNodes, nodeNamed } from '../../support/deployments.ts';

let base: string;
let node: Node;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'entries-'));
  node = { ...nodeNamed(fiveNodes(), 'gw'), home: join(base, 'gateway') };
  mkdirSync(dirname(carbonLog(node)), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true }));

const line = (time: string, text: string) =>
  `TID: [-1234] [] [${time}]  INFO {org.wso2.carbon.core.Some} - ${text}`;
const zone = 'Etc/GMT-2';
const read = (part: LogPart) => {
  const { stdout } = spawnSync('/bin/sh', ['-c', readLog(node, part).text], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TZ: zone },
  });
  return readEntries(stdout);
};
/** How the product writes a time, in the zone of the server. */
const written = (msAgo: number) =>
  new Date(Date.now() - msAgo + 2 * 3_600_000).toISOString().replace('T', ' ').replace('.', ',').slice(0, -1);

describe('a part of a log', () => {
  it('is its last lines, each entry with the lines that belong to it', () => {
    writeFileSync(
      carbonLog(node),
      [
        line('2026-03-04 05:06:06,000', 'before'),
        line('2026-03-04 05:06:07,089', 'it failed'),
        'java.lang.Exception: no',
        '\tat some.Place(Place.java:1)',
        line('2026-03-04 05:06:08,000', 'and then'),
        '',
      ].join('\n'),
    );
    const { entries, length } = read({ lines: 4 });
    expect(entries.map(({ at, lines }) => [new Date(at).toISOString(), lines.length])).toEqual([
      ['2026-03-04T03:06:07.089Z', 3],
      ['2026-03-04T03:06:08.000Z', 1],
    ]);
    expect(length).toBe(
      spawnSync('wc', ['-c', carbonLog(node)], { encoding: 'utf8' })
        .stdout.split(' ')
        .map(Number)[0],
    );
  });

  it('is what was written since, by the clock of the server', () => {
    writeFileSync(
      carbonLog(node),
      `${line(written(700_000), 'old')}\n\tat old\n${line(written(500_000), 'new')}\n\tat new\n`,
    );
    expect(read({ seconds: 600 }).entries.map(({ lines }) => lines.length)).toEqual([2]);
    expect(read({ seconds: 600 }).entries[0]?.lines[1]).toBe('\tat new');
    expect(read({ seconds: 800 }).entries).toHaveLength(2);
    expect(read({ seconds: 10 }).entries).toEqual([]);
  });

  it('is empty where there is no log yet', () => {
    rmSync(carbonLog(node), { force: true });
    expect(read({ lines: 10 })).toEqual({ zone: '+0200', length: 0, entries: [] });
  });

  it('that begins in the middle of an entry has those lines first', () => {
    const { entries } = readEntries(`+0000\n99\n\tat some\n${line('2026-03-04 05:06:07,089', 'next')}\n`);
    expect(entries.map(({ at }) => at)).toEqual([0, Date.parse('2026-03-04T05:06:07.089Z')]);
  });
});

describe('the time of a line', () => {
  it('is that of the zone of its server', () => {
    const text = line('2026-03-04 05:06:07,089', 'x');
    expect(timeOf(text, '+0530')).toBe(Date.parse('2026-03-03T23:36:07.089Z'));
    expect(timeOf(text, '-0300')).toBe(Date.parse('2026-03-04T08:06:07.089Z'));
    expect(timeOf('\tat some.Place', '+0000')).toBeUndefined();
    expect(timeOf(line('2026-13-44 05:06:07,089', 'x'), '+0000')).toBeUndefined();
  });
});
