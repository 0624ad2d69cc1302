import { describe, expect, it } from 'vitest';
import { readBatch } from '../../src/input/batch.ts';
import { readPlaybook } from '../../src/input/playbook.ts';

describe('a batch', () => {
  it.each([
    ['1', { hosts: 1 }],
    [' 12 ', { hosts: 12 }],
    ['25%', { percent: 25 }],
    ['100%', { percent: 100 }],
  ])('reads %j', (text, batch) => {
    expect(readBatch(text)).toEqual(batch);
  });

  it.each(['', '0', '0%', '101%', '-1', '1.5', 'two', '2 %', '12345'])('is not %j', (text) => {
    expect(readBatch(text)).toBeUndefined();
  });
});

describe('the batch of a play', () => {
  const play = (batch: string, order = 'waves') =>
    `name: n\nplays:\n  - name: p\n    hosts: gateway\n    in: ${order}\n    batch: ${batch}\n    steps: [stop-server]\n`;
  const refusalOf = (text: string) => {
    try {
      readPlaybook('own.yaml', text);
      return 'none';
    } catch (error) {
      return String(error);
    }
  };

  it('is a number or a share', () => {
    expect(readPlaybook('own.yaml', play('2')).plays[0]?.batch).toEqual({ hosts: 2 });
    expect(readPlaybook('own.yaml', play('25%')).plays[0]?.batch).toEqual({ percent: 25 });
  });

  it('is refused with its place where it is neither, or where there are no waves', () => {
    expect(refusalOf(play('many'))).toMatch(
      /own\.yaml:6:\d+.*a whole number from 1 on, or a share such as 25%/s,
    );
    expect(refusalOf(play('2', 'sequence'))).toMatch(/own\.yaml:6:\d+.*is for plays with in: waves/s);
  });
});
