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
    ['under way', 'Under way when this page was written'],
    ['unfinished', 'Not finished: it was killed, or its machine was'],
  ] as const)('says of a run that is %s: %s', (end, words) => {
    expect(pageOf(deploymentRun(1, { fails: false }), end)).toContain(words);
  });
});
