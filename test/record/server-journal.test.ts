import { describe, expect, it } from 'vitest';
import { controller } from '../../src/engine/controller.ts';
import { journalOf, readLines } from '../../src/record/server-journal.ts';
import { fakeHost } from '../support/fake-connection.ts';

const now = () => new Date('2026-03-04T05:06:07.089Z');
const entry = {
  play: 'Start',
  host: 'gw1',
  step: 'start-server',
  what: 'start it',
  result: 'begun',
} as const;

describe('the journal of a server', () => {
  it('says who did what, from where, when, and what came of it', () => {
    const text = journalOf('ann@desk, process 1', now)(fakeHost('gw1'), {
      ...entry,
      result: 'failed',
      why: 'it died',
    })?.text;
    const line = /'(\{.*\})'/.exec(text ?? '')?.[1] ?? '';
    expect(JSON.parse(line)).toEqual({
      ...entry,
      time: '2026-03-04T05:06:07.089Z',
      by: 'ann@desk, process 1',
      result: 'failed',
      why: 'it died',
    });
  });

  it('is tidied by the first line of a run', () => {
    const journal = journalOf('ann', now);
    const tidies = (name: string) => journal(fakeHost(name), entry)?.text.includes('journal.1');
    expect(['gw1', 'gw1', 'gw2', 'gw1'].map(tidies)).toEqual([true, false, true, false]);
  });

  it('is not kept on this machine, which has the record', () => {
    expect(journalOf('ann', now)(controller, entry)).toBeUndefined();
  });

  it('is read line by line; what is cut off is counted', () => {
    const line = JSON.stringify({ ...entry, time: '2026-03-04T05:06:07.089Z', by: 'ann' });
    expect(readLines(`${line}\n{"time":"20\n[]\n${line}\n`)).toEqual({
      lines: [JSON.parse(line), JSON.parse(line)],
      damaged: 2,
    });
    expect(readLines('')).toEqual({ lines: [], damaged: 0 });
  });
});
