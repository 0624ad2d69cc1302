import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { marks } from '../../../src/apim/cluster/paths.ts';
import {
  differences,
  oweRestart,
  partsOf,
  readRunningNote,
  runningNote,
} from '../../../src/apim/server/restarts.ts';
import { fiveHosts, nodeFor } from '../../support/topologies.ts';

const what = {
  pack: 'a'.repeat(64),
  profile: 'gateway-worker',
  config: 'c',
  certificates: ['d', 'e'],
  driver: 'f',
  files: ['h'],
  unit: 'u',
};
const how = { java: '/opt/java-11', memory: '-Xms256m -Xmx1024m', options: '-Dsecret=fake-option-word' };
const sum = (text: string) => `sum of ${text.length}`;
const parts = partsOf(what, how, sum);

describe('what a server was started with', () => {
  it('is noted in parts, and read back', () => {
    const note = runningNote('print', parts);
    expect(readRunningNote(`${note}\n`)).toEqual({ fingerprint: 'print', parts, owed: [] });
  });

  it('is noted without what might be secret', () => {
    expect(runningNote('print', parts)).not.toContain('fake-option-word');
  });

  it('has no parts in a note that is only a fingerprint, or none at all', () => {
    expect(readRunningNote('print\n')).toEqual({ fingerprint: 'print', parts: {}, owed: [] });
    expect(readRunningNote('')).toEqual({ fingerprint: '', parts: {}, owed: [] });
  });
});

describe('how that differs from what it should run with', () => {
  const changed = (change: Partial<typeof what>, run: Partial<typeof how> = {}) =>
    differences(
      { fingerprint: 'print', parts, owed: [] },
      partsOf({ ...what, ...change }, { ...how, ...run }, sum),
    );

  it('is told as it is where it is no secret', () => {
    expect(changed({}, { memory: '-Xms256m -Xmx2048m' })).toEqual([
      'memory -Xms256m -Xmx1024m → -Xms256m -Xmx2048m',
    ]);
    expect(changed({ pack: 'b'.repeat(64) })).toEqual([`archive ${'a'.repeat(12)} → ${'b'.repeat(12)}`]);
    expect(changed({}, { java: '/opt/java-17' })).toEqual(['Java /opt/java-11 → /opt/java-17']);
  });

  it('is told by its name otherwise', () => {
    expect(changed({ config: 'changed' })).toEqual(['configuration']);
    expect(changed({ certificates: ['d'] })).toEqual(['certificates']);
    expect(changed({ driver: 'other' })).toEqual(['driver']);
    expect(changed({ files: ['more', 'files'] })).toEqual(['files']);
    expect(changed({}, { options: '-Dnone' })).toEqual(['options']);
  });

  it('is all of it', () => {
    expect(changed({ config: 'changed', driver: 'other' })).toEqual(['configuration', 'driver']);
  });

  it('is the way it is run where no part of it changed', () => {
    expect(changed({ unit: 'another' })).toEqual(['how the server is run']);
  });

  it('is not known where nobody noted parts', () => {
    expect(differences({ fingerprint: 'print', parts: {}, owed: [] }, parts)).toEqual([]);
  });

  it('is what was installed since, though the server was noted to run with it', () => {
    const note = { fingerprint: 'print', parts, owed: ['configuration'] };
    expect(differences(note, parts)).toEqual(['configuration']);
    expect(differences({ ...note, parts: {} }, parts)).toEqual(['configuration']);
  });
});

describe('that a server owes a restart', () => {
  it('is added to its note, and only where there is one', async () => {
    const home = mkdtempSync(join(tmpdir(), 'owed-'));
    const node = { ...nodeFor(await fiveHosts(), 'gateway'), home };
    const { running, folder } = marks(node);
    const owe = (part: 'configuration' | 'files') => execFileSync('sh', ['-c', oweRestart(node, part).text]);
    try {
      mkdirSync(folder);
      owe('configuration');
      expect(existsSync(running)).toBe(false);
      writeFileSync(running, `${runningNote('print', parts)}\n`);
      for (const part of ['configuration', 'files', 'configuration'] as const) owe(part);
      const note = readRunningNote(readFileSync(running, 'utf8'));
      expect(note).toEqual({ fingerprint: 'print', parts, owed: ['configuration', 'files'] });
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
