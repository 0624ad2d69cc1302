import { expect, it } from 'vitest';
import { readHandshakes } from './handshakes.ts';

const began = 1_000_000;

it('adds up what the servers tell of their handshakes, by node and by second', () => {
  const refused = {
    at: began + 1100,
    what: 'refused',
    url: 'ssl://tm1:9711',
    why: 'ConnectException: refused',
  };
  const failed = { at: began + 2000, what: 'failed', url: 'https://km', why: 'SSLHandshakeException: PKIX' };
  const report = readHandshakes(
    new Map<string, string | Error>([
      [
        'gw1',
        `${JSON.stringify({ at: began + 900, made: 4, slowest: 12, bad: [] })}\n${JSON.stringify({ at: began + 2100, made: 2, slowest: 7, bad: [refused, failed] })}\n`,
      ],
      ['km1', ''],
      ['tm1', new Error('the host is off')],
    ]),
    began,
  );
  expect(report).toMatchObject({ made: 6, refused: 1, closed: 0, failed: 1, slowestMs: 12 });
  expect(report.nodes).toEqual({
    gw1: { made: 6, refused: 1, closed: 0, failed: 1 },
    km1: { made: 0, refused: 0, closed: 0, failed: 0 },
  });
  expect(report.seconds).toEqual({
    0: { made: 4, refused: 0, closed: 0, failed: 0 },
    1: { made: 0, refused: 1, closed: 0, failed: 0 },
    2: { made: 2, refused: 0, closed: 0, failed: 1 },
  });
  expect(report.untold).toEqual({ tm1: 'the host is off' });
  expect(report.troubles.map(({ node, second, what }) => [node, second, what])).toEqual([
    ['gw1', 1, 'refused'],
    ['gw1', 2, 'failed'],
  ]);
});

it('passes over the half line of a server that was killed', () => {
  const whole = JSON.stringify({ at: began, made: 3, slowest: 1, bad: [] });
  expect(readHandshakes(new Map([['gw1', `${whole}\n${whole.slice(0, 20)}`]]), began).made).toBe(3);
});
