import { describe, expect, it } from 'vitest';
import { createRecorder, type Ended } from './record.ts';
import { causes, failed, renderLoad } from './report.ts';

const began = Date.parse('2026-01-02T03:04:05.000Z');
const ok: Ended = { role: 'gateway', stream: 'api GET kept', ms: 12.4, node: '10.0.0.1' };

/** A recorder with a clock of our own, in milliseconds since the beginning. */
function recorder() {
  let ms = 0;
  const made = createRecorder(() => began + ms);
  return {
    at(moment: number) {
      ms = moment;
      return made;
    },
  };
}

describe('what a load saw', () => {
  it('is counted in all, by role, and by kind of client', () => {
    const { at } = recorder();
    at(100).ended(ok);
    at(200).ended({ ...ok, node: '10.0.0.2', ms: 30 });
    at(300).ended({ ...ok, stream: 'api POST new', cause: '502', node: '' });
    at(400).ended({ ...ok, role: 'publisher', stream: 'browser GET kept', again: true, moved: true });
    const { total, roles, seconds, began: since } = at(2000).report();
    expect({ seconds, since }).toEqual({ seconds: 2, since: '2026-01-02T03:04:05.000Z' });
    expect(total).toEqual({
      requests: 4,
      failures: { '502': 1 },
      again: 1,
      moved: 1,
      closed: 0,
      slowestMs: 30,
    });
    expect(Object.keys(roles)).toEqual(['gateway', 'publisher']);
    expect(roles.gateway).toMatchObject({ requests: 3, failures: { '502': 1 }, again: 0, slowestMs: 30 });
    expect(roles.gateway?.streams['api GET kept']).toMatchObject({
      requests: 2,
      failures: {},
      nodes: { '10.0.0.1': 1, '10.0.0.2': 1 },
    });
    expect(roles.gateway?.streams['api POST new']).toMatchObject({ requests: 1, nodes: {} });
    expect(roles.publisher).toMatchObject({ requests: 1, again: 1, moved: 1 });
  });

  it('is counted in the second in which it ended', () => {
    const { at } = recorder();
    at(999).ended(ok);
    at(1000).ended({ ...ok, ms: 700 });
    at(3999).ended({ ...ok, role: 'publisher', cause: 'ECONNRESET' });
    const { bySecond } = at(5000).report();
    expect(bySecond.map(({ second }) => second)).toEqual([0, 1, 3]);
    expect(bySecond[1]?.roles.gateway).toMatchObject({ requests: 1, slowestMs: 700 });
    expect(bySecond[2]?.roles.publisher).toMatchObject({ requests: 1, failures: { ECONNRESET: 1 } });
  });

  it('tells failures one by one, with when, who and how long', () => {
    const { at } = recorder();
    at(1500).ended({ ...ok, cause: '503', ms: 41.6 });
    expect(at(2000).report().failures).toEqual([
      {
        second: 1,
        at: '2026-01-02T03:04:06.500Z',
        role: 'gateway',
        stream: 'api GET kept',
        cause: '503',
        node: '10.0.0.1',
        ms: 42,
      },
    ]);
  });

  it('has closed sockets apart from failures', () => {
    const { at } = recorder();
    at(2500).socketClosed({ role: 'gateway', how: 'closed', openForMs: 2400, node: '10.0.0.1' });
    const report = at(3000).report();
    expect(report.total).toMatchObject({ requests: 0, failures: {}, closed: 1 });
    expect(report.bySecond[0]).toMatchObject({ second: 2, roles: { gateway: { closed: 1 } } });
    expect(report.closed).toMatchObject([{ second: 2, how: 'closed', openForMs: 2400 }]);
  });

  it('does not change any more once it is told', () => {
    const { at } = recorder();
    at(100).ended({ ...ok, cause: '502' });
    const told = at(200).report();
    at(300).ended({ ...ok, cause: '502' });
    expect(told.total.failures).toEqual({ '502': 1 });
    expect(told.roles.gateway?.streams['api GET kept']?.requests).toBe(1);
    expect(told.failures).toHaveLength(1);
  });
});

describe('for people', () => {
  it('is totals by role, and the seconds that had failures', () => {
    const { at } = recorder();
    at(500).ended(ok);
    at(1200).ended({ ...ok, cause: '502', ms: 80 });
    at(1300).ended({ ...ok, cause: '502' });
    at(1400).ended({ ...ok, cause: 'ECONNRESET' });
    at(2100).ended({ ...ok, role: 'publisher', again: true });
    at(2500).socketClosed({ role: 'gateway', how: 'ECONNRESET', openForMs: 2400, node: '10.0.0.1' });
    expect(renderLoad(at(3000).report())).toBe(
      [
        '3 s: 5 requests, 3 failures, 1 sent again, 1 sockets closed',
        '',
        'role       requests  failures  again  moved  closed  slowest',
        'gateway           4         3      0      0       1    80 ms',
        'publisher         1         0      1      0       0    12 ms',
        '',
        'second  role     requests  failures  slowest  causes',
        '     1  gateway         3         3    80 ms  2 × 502, 1 × ECONNRESET',
        '',
        'second 2: a web socket of gateway was closed: ECONNRESET, after 2.4 s, at 10.0.0.1',
        '',
      ].join('\n'),
    );
  });

  it('groups handshakes that were not made by who, with whom and why', () => {
    const { at } = recorder();
    const trouble = {
      at: '',
      node: 'gw1',
      url: 'ssl://tm1:9711',
      what: 'refused',
      why: 'ConnectException',
    } as const;
    const text = renderLoad({
      ...at(3000).report(),
      handshakes: {
        ...{ made: 20, refused: 2, closed: 0, failed: 0, slowestMs: 9, seconds: {} },
        nodes: {
          gw1: { made: 20, refused: 2, closed: 0, failed: 0 },
          km1: { made: 0, refused: 0, closed: 0, failed: 0 },
        },
        troubles: [
          { ...trouble, second: 1 },
          { ...trouble, second: 2 },
        ],
        untold: { tm2: 'the host is off' },
      },
    });
    expect(text.split('\n').slice(-5)).toEqual([
      'TLS handshakes of 2 nodes: 20 made, 2 refused, 0 closed in the midst, 0 failed; slowest 9 ms',
      '  tm2 could not be asked: the host is off',
      '  km1 made none',
      '  second 1–2: gw1 → ssl://tm1:9711 2 × refused: ConnectException',
      '',
    ]);
  });

  it('adds up failures, the most frequent cause first', () => {
    const failures = { '502': 1, ECONNRESET: 3 };
    expect(failed({ failures })).toBe(4);
    expect(causes({ failures })).toBe('3 × ECONNRESET, 1 × 502');
  });
});
