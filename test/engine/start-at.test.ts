import { describe, expect, it } from 'vitest';
import { startingAt } from '../../src/engine/start-at.ts';
import { fakeHost } from '../support/fake-connection.ts';
import { play, writeFile } from '../support/plays.ts';

const a = fakeHost('a');
const plays = [
  play('one', [a], [writeFile('/x'), writeFile('/y')]),
  play('two', [a], [writeFile('/y'), writeFile('/z')]),
  play('three', [a], [writeFile('/w')]),
];

const shown = (name: string) =>
  startingAt(plays, name).map((each) => [each.name, each.calls.map(({ step }) => step.name)]);

describe('a run that starts at a step', () => {
  it('leaves out what comes before the first of that name', () => {
    expect(shown('write-y')).toEqual([
      ['one', ['write-y']],
      ['two', ['write-y', 'write-z']],
      ['three', ['write-w']],
    ]);
    expect(shown('write-z')).toEqual([
      ['two', ['write-z']],
      ['three', ['write-w']],
    ]);
  });

  it('waits for those plays only that are left', () => {
    const [one, two, three] = plays;
    if (one === undefined || two === undefined || three === undefined) throw new Error('there are three');
    const waiting = { ...three, calls: three.calls.map((call) => ({ ...call, after: [0, 1] })) };
    const left = startingAt([one, two, waiting], 'write-z');
    expect(left[1]?.calls[0]?.after).toEqual([0]);
    expect(startingAt([one, two, waiting], 'write-w')[0]?.calls[0]).not.toHaveProperty('after');
  });

  it('is refused where there is no such step, with the nearest', () => {
    expect(() => startingAt(plays, 'write-zz')).toThrow(
      'there is no step "write-zz" in this run; did you mean "write-z"?',
    );
    expect(() => startingAt(plays, 'nothing-like-it')).toThrow(
      '; there are: write-x, write-y, write-z, write-w',
    );
  });
});
