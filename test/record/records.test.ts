import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/engine/event.ts';
import { UsageError } from '../../src/errors.ts';
import { recordFolder, startRecord } from '../../src/record/recorder.ts';
import { changesOf, endOf, readRecord, recordId, recordIds } from '../../src/record/records.ts';

const header = {
  inventory: 'inventory.yaml',
  command: 'apim-orchestrate deploy inventory.yaml',
  operator: 'ann@desk',
  machine: 'desk',
  pid: 4711,
};
const at = { play: 'Start', host: 'gw1', step: 'wait-ready' };
const started: Event = {
  type: 'run-started',
  playbook: 'Deploy',
  plays: [],
  hosts: ['gw1'],
  dryRun: false,
  time: '2026-03-04T05:06:07.089Z',
};
const finished: Event = {
  type: 'run-finished',
  outcome: 'failed',
  changed: 3,
  failed: ['gw1'],
  tallies: [],
  ms: 1,
  dryRun: false,
};
const changed = (changes: number): Event => ({
  type: 'step-finished',
  ...at,
  outcome: 'changed',
  changes,
  ms: 1,
});
const waiting = (why: string): Event => ({ type: 'waiting', ...at, what: 'its port', why, ms: 1 });

let base: string;
let folder: string;
let time: number;
const record = (what = 'deploy') => startRecord(folder, what, header, () => new Date(time));
const file = (id: string) => join(folder, `${id}.jsonl`);
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'record-'));
  folder = recordFolder(base);
  time = Date.parse('2026-03-04T05:06:07.089Z');
});
afterEach(() => rmSync(base, { recursive: true }));

describe('the record of a run', () => {
  it('holds who did what, and every event with its time', () => {
    const { id, emit, close } = record();
    emit(started);
    time += 2_000;
    emit(changed(2));
    emit(finished);
    close();
    expect(id).toBe('20260304T050607Z-deploy');
    const found = readRecord(folder, id);
    expect(found).toMatchObject({ ...header, id, began: new Date('2026-03-04T05:06:07.089Z') });
    expect(found.last).toEqual(new Date('2026-03-04T05:06:09.089Z'));
    expect(found.events.map(({ event }) => event)).toEqual([started, changed(2), finished]);
    expect(found.events.map((each) => each.time.getSeconds())).toEqual([7, 9, 9]);
    expect(endOf(found, () => true)).toBe('failed');
    expect(changesOf(found)).toBe(2);
  });

  it('is for the user alone who ran it', () => {
    const { id } = record();
    expect(statSync(file(id)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('holds at every moment what has happened so far, for a run that is killed', () => {
    const { id, emit } = record();
    emit(started);
    emit(changed(1));
    const cut = readFileSync(file(id), 'utf8');
    // Killed in the middle of a line.
    appendFileSync(file(id), '{"time":"2026-03-0');
    const found = readRecord(folder, id);
    expect(found.events).toHaveLength(2);
    expect(endOf(found, () => false)).toBe('unfinished');
    expect(endOf(found, () => true)).toBe('under way');
    expect(changesOf(found)).toBe(1);
    expect(cut.endsWith('\n')).toBe(true);
  });

  it('is one of its own, also of a run that began in the same second', () => {
    expect([record(), record(), record('stop')].map(({ id }) => id)).toEqual([
      '20260304T050607Z-deploy',
      '20260304T050607Z-deploy-2',
      '20260304T050607Z-stop',
    ]);
    expect(recordIds(folder)).toHaveLength(3);
  });

  it('tells what is waited for once, and again when it changes or some time has passed', () => {
    const { id, emit } = record();
    emit(waiting('refused'));
    emit(waiting('refused'));
    time += 9_000;
    emit(waiting('refused'));
    time += 1_000;
    emit(waiting('refused'));
    emit(waiting('answered 503'));
    const told = readRecord(folder, id).events.map(({ time: when, event }) => [
      when.getTime() - Date.parse(started.time),
      'why' in event ? event.why : '',
    ]);
    expect(told).toEqual([
      [0, 'refused'],
      [10_000, 'refused'],
      [10_000, 'answered 503'],
    ]);
  });

  it('tells the end of a transfer, whenever it comes', () => {
    const { id, emit } = record();
    for (const done of [1, 2, 3]) emit({ type: 'progress', ...at, done, total: 3, rate: 0, ms: 1 });
    const told = readRecord(folder, id).events.map(({ event }) => ('done' in event ? event.done : 0));
    expect(told).toEqual([1, 3]);
  });

  it('takes nothing after it was closed', () => {
    const { id, emit, close } = record();
    close();
    emit(started);
    close();
    expect(readRecord(folder, id).events).toEqual([]);
  });
});

describe('a run on record', () => {
  const told = (wanted: string) => {
    try {
      return recordId(folder, wanted);
    } catch (error) {
      if (error instanceof UsageError) return error.message.replaceAll(folder, 'runs');
      throw error;
    }
  };

  it('is found by its name, by how that begins, or as the last', () => {
    expect(told('last')).toBe('no run is on record in runs');
    record('stop');
    record('start');
    time += 1_000;
    record();
    expect(told('last')).toBe('20260304T050608Z-deploy');
    expect(told('20260304T050607Z-sto')).toBe('20260304T050607Z-stop');
    expect(told('20260304T050608Z-deploy')).toBe('20260304T050608Z-deploy');
    expect(told('20260304T050607Z')).toBe(
      '2 runs on record begin with "20260304T050607Z": 20260304T050607Z-start, 20260304T050607Z-stop',
    );
    expect(told('2025')).toBe(
      'no run on record in runs begins with "2025"; the last is 20260304T050608Z-deploy',
    );
  });

  it('that is none is refused, with the place', () => {
    const { id } = record();
    writeFileSync(file(id), '{"time":"2026-03-04T05:06:07.089Z","type":"run-started"}\n');
    expect(() => readRecord(folder, id)).toThrow('is no record of a run');
    writeFileSync(file(id), 'text\n');
    expect(() => readRecord(folder, id)).toThrow(`${file(id)}:1: this is no line of a record`);
    expect(() => readRecord(folder, 'other')).toThrow('other.jsonl cannot be read');
  });
});
