import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pageOf } from '../../src/report/page.ts';
import { deploymentRun, hostile, layoutWith, recordOf, stepEvents } from '../support/recorded-run.ts';

const page = pageOf(deploymentRun(2), 'failed');
const pictureOf = (text: string) => /<svg class="picture"[\s\S]*?<\/svg>/.exec(text)?.[0] ?? '';

/** The names in the picture of a page. */
const names = (text: string) =>
  [...pictureOf(text).matchAll(/class="name">([^<]*)</g)].map(([, name]) => name);

describe('the page of a run', () => {
  it('has in its picture every node, the balancer, the stores and the controller, each with its state in words', () => {
    expect(names(page).sort()).toEqual(
      [...layoutWith(2).nodes, 'lb', 'controller', 'db.example.com:3306', 'nas:/export'].sort(),
    );
    for (const words of ['failed', 'changed', '2 not begun', 'nothing to do', 'not in this run'])
      expect(pictureOf(page)).toContain(`class="note">${words}<`);
  });

  it.each([1, 8, 9, 40])(
    'has every one of %i nodes of each role in the picture, and none outside of it',
    (nodes) => {
      const [, width = 0, height = 0] =
        / viewBox="0 0 (\S+) (\S+)" width/.exec(pageOf(deploymentRun(nodes), 'failed'))?.map(Number) ?? [];
      const text = pageOf(deploymentRun(nodes), 'failed');
      expect(names(text)).toEqual(expect.arrayContaining([...layoutWith(nodes).nodes]));
      for (const [, x, y, w, h] of text.matchAll(
        /<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)" rx="5"/g,
      )) {
        expect(Number(x) + Number(w)).toBeLessThan(width);
        expect(Number(y) + Number(h)).toBeLessThan(height);
      }
    },
  );

  it('has hosts in rows where no topology is on record', () => {
    const text = pageOf(
      recordOf([
        [
          0,
          {
            type: 'run-started',
            playbook: 'Own',
            plays: [{ play: 'A', hosts: ['one', 'two'], steps: ['run-command'] }],
            hosts: ['one', 'two'],
            dryRun: true,
            time: '2026-03-04T05:06:07.089Z',
          },
        ],
        ...stepEvents({ play: 'A', host: 'one', step: 'run-command' }, 'changed', 10),
      ]),
      'ok',
    );
    expect(names(text)).toEqual(['one', 'two']);
    expect(text).toContain('>to change<');
    expect(text).toContain('Plan: 1 change to make');
  });

  it('has no markup that somebody said', () => {
    expect(page).toContain('&lt;script&gt;document.title=&#39;taken&#39;');
    expect(page).not.toContain(hostile);
    expect(page).not.toContain('<img');
    expect(page.match(/<script/g)).toHaveLength(1);
    const text = pageOf(
      recordOf(
        [
          [
            0,
            { type: 'host-failed', host: hostile, error: { cause: hostile, tail: [hostile], hint: hostile } },
          ],
        ],
        {
          command: hostile,
          operator: hostile,
          inventory: hostile,
          layout: {
            groups: [
              {
                id: hostile,
                title: hostile,
                kind: 'nodes',
                note: hostile,
                uses: [hostile],
                members: [{ name: hostile, note: hostile, host: hostile }],
              },
            ],
          },
        },
      ),
      'failed',
    );
    expect(text).not.toContain('<img');
    expect(text.match(/<script/g)).toHaveLength(1);
  });

  it('allows one script, by its sum, and nothing from anywhere', () => {
    const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(page) ?? [];
    const sum = createHash('sha256').update(script).digest('base64');
    expect(page).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;sha256-${sum}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(page).not.toMatch(/https?:\/\/|url\(|@import|<link|<iframe|\ssrc=[^x]/);
    const links = [...page.matchAll(/ href="([^"]*)"/g)].map(([, link = '']) => link);
    const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => `#${id}`));
    expect(links.length).toBeGreaterThan(40);
    expect(links.filter((link) => !ids.has(link))).toEqual([]);
  });

  it('has every step of a bar to read where no script runs', () => {
    const bars = [...page.matchAll(/<a class="bar [^"]*" id="b(\d+)" href="#s\1"/g)].map(([, id]) => id);
    const stories = [...page.matchAll(/<section class="story[^"]*" id="s(\d+)"/g)].map(([, id]) => id);
    expect(bars).toEqual(stories);
    expect(bars.length).toBeGreaterThan(15);
  });

  it('tells failures first, each with a link to its bar', () => {
    const [, link] = /<section class="failures"[\s\S]*?href="#([^"]*)">gw2 · wait-ready</.exec(page) ?? [];
    expect(page).toContain(`<a class="bar failed" id="${link}"`);
    expect(page.indexOf('class="failures"')).toBeLessThan(page.indexOf('class="picture"'));
  });

  it('tells all failures, the first ten at once', () => {
    const hosts = Array.from({ length: 14 }, (_, index) => `h${index}`);
    const text = pageOf(
      recordOf([
        [
          0,
          {
            type: 'run-started',
            playbook: 'Own',
            plays: [],
            hosts,
            dryRun: false,
            time: '2026-03-04T05:06:07.089Z',
          },
        ],
        ...hosts.map(
          (host) => [0, { type: 'host-failed', host, error: { cause: 'down', tail: [] } }] as const,
        ),
      ]),
      'failed',
    );
    const [, shown = '', folded = ''] =
      /class="failures"([\s\S]*?)<summary>4 more<\/summary>([\s\S]*?)<\/section>/.exec(text) ?? [];
    expect([shown, folded].map((part) => part.match(/<li>/g)?.length)).toEqual([10, 4]);
  });

  it('folds hosts with nothing to do, where there are many', () => {
    const idle = pageOf(deploymentRun(30, { fails: false }), 'ok');
    expect(/(\d+ more hosts with nothing to do)<\/summary>/.exec(idle)?.[1]).toBe(
      '101 more hosts with nothing to do',
    );
    expect(page.includes('hosts with nothing to do')).toBe(false);
  });

  it.each([
    ['ok', 'Done: '],
    ['interrupted', 'Interrupted'],
    ['declined', 'Not confirmed: nothing was changed'],
    ['under way', 'Under way when this page was written'],
    ['unfinished', 'Not finished: it was killed, or its machine was'],
  ] as const)('says of a run that is %s: %s', (end, words) => {
    expect(pageOf(deploymentRun(1, { fails: false }), end)).toContain(words);
  });
});

describe('the load of that time', () => {
  const record = deploymentRun(2, { fails: false });
  const tally = (requests: number, failures: Record<string, number> = {}) => ({
    requests,
    failures,
    slowestMs: 40,
  });
  const loadOf = (fromMs: number, failures: Record<string, number>) => ({
    began: new Date(record.began.getTime() + fromMs),
    seconds: 6,
    roles: [
      {
        role: 'gateway',
        ...tally(80, failures),
        bySecond: [
          { second: 0, ...tally(20) },
          { second: 4, ...tally(60, failures) },
        ],
      },
      { role: hostile, ...tally(0), bySecond: [] },
    ],
    handshakes: { made: 12, refused: 3, closed: 1, failed: 0 },
  });
  const lines = (text: string) => text.match(/<div class="row load"[\s\S]*?<\/div>/g) ?? [];
  const run = record.last.getTime() - record.began.getTime();
  const share = (ms: number) => String(Math.round((100_000 * ms) / run) / 1000);

  it('has a row for each role in the timeline, at the time it was sent, as high as there was most', () => {
    const text = pageOf(record, 'ok', loadOf(1000, {}));
    const [gateway = ''] = lines(text);
    expect(lines(text)).toHaveLength(2);
    expect(gateway).toContain(`M${share(1000)} 100V67H${share(2000)}V100Z`);
    expect(gateway).toContain(`M${share(5000)} 100V0H${share(6000)}V100Z`);
    expect(text).not.toContain('class="lost"');
    expect(text).toContain('no request failed: 80 in 6.0 s');
    expect(text).toContain('12 made, 0 failed, 3 refused');
    expect(text).not.toContain(hostile);
  });

  it('marks every second in which a request failed, with the causes', () => {
    const text = pageOf(record, 'ok', loadOf(1000, { ECONNRESET: 1, '502': 3 }));
    const [gateway = ''] = lines(text);
    expect(gateway.match(/class="lost"/g)).toHaveLength(1);
    expect(gateway).toContain(`style="left:${share(5000)}%" title="0:05: 3 × 502, 1 × ECONNRESET"`);
    expect(text).toContain('4 requests failed: 80 in 6.0 s');
    expect(text).toContain('<td>3 × 502, 1 × ECONNRESET</td>');
  });

  it('leaves out of the timeline what was sent before the run, and not out of the sum', () => {
    const text = pageOf(record, 'ok', loadOf(-2500, {}));
    expect(lines(text)[0]).not.toContain('V67');
    expect(lines(text)[0]).toContain(`M${share(1500)} 100V0H${share(2500)}`);
    expect(text).toContain('no request failed: 80');
  });

  it('is no part of the page where nobody saw any', () => {
    expect(lines(page)).toEqual([]);
    expect(page).not.toContain('load-title');
  });
});
