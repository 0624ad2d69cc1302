import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pageOf } from '../../src/report/page.ts';
import { openChromium } from '../support/chromium.ts';
import { deploymentRun, hostile, layoutWith } from '../support/recorded-run.ts';

let folder: string;
let browser: Browser;
const opened: Page[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'page-'));
  writeFileSync(join(folder, 'page.html'), pageOf(deploymentRun(2), 'failed'));
  browser = await openChromium();
});

afterEach(async () => {
  for (const page of opened.splice(0)) await page.close();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

interface Seen {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Seen> {
  const page = await browser.newPage(options);
  opened.push(page);
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(join(folder, 'page.html')).href);
  return { page, requests, complaints };
}

const bar = (page: Page, host: string, step: string) =>
  page.locator(`.row[aria-label="${host}"] .bar[aria-label^="${host}, ${step}"]`);
const shown = (page: Page) => page.locator('#step');

/** The label of the bar that has the focus. */
const focused = (page: Page) => page.evaluate<string>('document.activeElement.getAttribute("aria-label")');

describe('the page of a run, in a browser', () => {
  it('shows every node in its picture, each within it and none over another', async () => {
    const { page } = await open();
    const cards = page.locator('.picture .card');
    const names = await page.locator('.picture .name').allTextContents();
    expect(names).toEqual(expect.arrayContaining([...layoutWith(2).nodes, 'lb', 'controller']));
    const picture = await page.locator('.picture').boundingBox();
    const boxes = await Promise.all((await cards.all()).map((card) => card.boundingBox()));
    expect(boxes).toHaveLength(names.length);
    for (const [index, box] of boxes.entries()) {
      if (box === null || picture === null) throw new Error('a card cannot be seen');
      expect(box.x).toBeGreaterThanOrEqual(picture.x);
      expect(box.x + box.width).toBeLessThanOrEqual(picture.x + picture.width);
      const over = boxes.filter(
        (other, at) =>
          other !== null &&
          at !== index &&
          Math.abs(other.x - box.x) < box.width - 1 &&
          Math.abs(other.y - box.y) < box.height - 1,
      );
      expect(over).toEqual([]);
    }
    await page.locator('.picture a', { hasText: 'km1' }).click();
    await expect.poll(() => page.locator('.of-host[open] summary b').allTextContents()).toContain('km1');
  });

  it.each(['', '.example.com', '.internal.example.com', '.internal.east.datacentre.example.com'])(
    'has names that fit their cards: km1%s',
    async (domain) => {
      const { page } = await open();
      await page.setContent(pageOf(deploymentRun(2, { domain }), 'failed'));
      const wide = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.picture .name, .picture .note:not(.end)')].filter((text) => {
        const card = text.parentElement.querySelector('.card');
        return card && text.getBoundingClientRect().right > card.getBoundingClientRect().right;
      }).map((text) => text.textContent)`,
      );
      expect(wide).toEqual([]);
    },
  );

  it('shows the step of a bar that is clicked: changes with differences, what was done, waits and output', async () => {
    const { page } = await open();
    expect(await shown(page).isVisible()).toBe(false);
    await bar(page, 'km1', 'write-config').click();
    const text = ((await shown(page).textContent()) ?? '').replaceAll(/\s+/g, ' ');
    expect(text).toContain('km1 write-config');
    expect(text).toContain('put things in order by write-config');
    expect(text).toContain('- hostname = "old.example.com"');
    expect(text).toContain('+ hostname = "new.example.com"');
    expect(text).toContain('do what write-config does');
    expect(text).toContain('its port 9443');
    expect(text).toContain('nobody listens → answered 503');
    expect(text).toContain('km1 says <script>');
    await page.keyboard.press('Escape');
    expect(await shown(page).isVisible()).toBe(false);
    expect(await focused(page)).toMatch(/^km1, write-config: changed/);
  });

  it('leads from a failure to its bar, and shows cause, last lines and what to do', async () => {
    const { page } = await open();
    await page.locator('.failures a').click();
    expect(await focused(page)).toMatch(/^gw2, wait-ready: failed/);
    const text = await shown(page).textContent();
    expect(text).toContain('gw2 did not become ready within 5 min');
    expect(text).toContain('ERROR - cannot open the keystore');
    expect(text).toContain('read the log on the server');
  });

  it('can be gone through by keys alone: one stop for Tab, arrows from bar to bar, Enter shows', async () => {
    const { page } = await open();
    await page.locator('.zoom [data-zoom=in]').focus();
    // Past the frame that scrolls and the names of hosts, to the bar that matters most.
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      if ((await focused(page))?.startsWith('gw2, wait-ready') === true) break;
    }
    expect(await focused(page)).toMatch(/^gw2, wait-ready: failed/);
    await page.keyboard.press('ArrowLeft');
    expect(await focused(page)).toMatch(/^gw2, start-server/);
    await page.keyboard.press('Home');
    expect(await focused(page)).toMatch(/^gw2, \d steps: nothing to do/);
    await page.keyboard.press('ArrowUp');
    expect(await focused(page)).toMatch(/^gw1, \d steps: nothing to do/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    expect(await shown(page).isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    expect(await shown(page).textContent()).toContain('gw2 wait-ready');
    // What is shown follows.
    await page.keyboard.press('ArrowLeft');
    expect(await shown(page).textContent()).toContain('gw2 start-server');
    expect(await page.locator('.bar[tabindex="0"]').count()).toBe(1);
  });

  it('stretches the timeline and fits it in again', async () => {
    const { page } = await open();
    const width = async () => (await bar(page, 'gw2', 'wait-ready').boundingBox())?.width ?? 0;
    const before = await width();
    await page.locator('[data-zoom=in]').click();
    expect(await width()).toBeGreaterThan(before * 1.9);
    await page.locator('[data-zoom=fit]').click();
    expect(await width()).toBeCloseTo(before, 0);
  });

  it('does nothing that a server said, and asks nobody for anything', async () => {
    const { page, requests, complaints } = await open();
    await bar(page, 'km1', 'start-server').click();
    expect(await shown(page).locator('.output').textContent()).toContain(hostile);
    expect(await page.title()).toBe('Deploy API Manager: Failed at gw2');
    expect(await page.locator('img, iframe, object, link').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(requests).toEqual([page.url()]);
    // Neither an error nor a refusal by its policy.
    expect(complaints).toEqual([]);
  });

  it('would not run a script, load a picture or ask a server, even if it had them in it', async () => {
    let asked = 0;
    const server = createServer((_, answer) => {
      asked += 1;
      answer.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const { port } = server.address() as AddressInfo;
      const { page, complaints } = await open();
      await page.evaluate(
        `(() => {
          const script = document.createElement('script');
          script.textContent = "document.title = 'taken'";
          const image = document.createElement('img');
          image.setAttribute('onerror', "document.title = 'taken'");
          image.src = 'http://127.0.0.1:${port}/a.png';
          document.body.append(script, image);
          return fetch('http://127.0.0.1:${port}/').catch(() => undefined);
        })()`,
      );
      await expect.poll(() => complaints.length).toBeGreaterThanOrEqual(4);
      expect(complaints.filter((text) => !/Content Security Policy/.test(text))).toEqual([]);
      expect(await page.title()).toBe('Deploy API Manager: Failed at gw2');
      expect(asked).toBe(0);
    } finally {
      server.close();
    }
  });

  it('is read without a script, too: a bar leads to its step', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    const link = bar(page, 'km1', 'write-config');
    const id = await link.getAttribute('href');
    expect(await page.locator('.zoom').isVisible()).toBe(false);
    await link.click();
    expect(await page.locator(id ?? '').isVisible()).toBe(true);
    expect(await page.locator(id ?? '').textContent()).toContain('put things in order by write-config');
  });

  it.each(['light', 'dark'] as const)('has colours that can be told apart: %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    await bar(page, 'km1', 'write-config').click();
    const found = await page.evaluate<{ what: string; ink: string; ground: string }[]>(inks);
    expect(found.map(({ what }) => what)).toEqual(expect.arrayContaining(['.bar.changed', '.diff .added']));
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(luminance(ground) > 0.5).toBe(colorScheme === 'light');
    const poor = found
      .map((each) => ({ ...each, contrast: contrast(each.ink, each.ground) }))
      .filter(({ what, contrast: value }) => value < (what.includes('glyph') ? 3 : 4.5));
    expect(poor).toEqual([]);
  });

  it('is whole on paper', async () => {
    const { page } = await open({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator('.story >> visible=true').count()).toBe(
      await page.locator('.hosts .story').count(),
    );
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  });
});

/** The colours of texts and shapes, each with what is behind it. */
const inks = `['h1', '.command', '.verdict', 'dt', '.failures a', '.cause', '.legend span', '.picture .title', '.picture .note',
  '.glyph.changed', '.glyph.failed', '.glyph.unchanged', '.glyph.not-begun', '.tick', '.play', '.bar.changed', '.bar.failed',
  '.bar.unchanged', '.muted', '.facts', '.hint', 'summary .group', '.diff .added', '.diff .taken', '.tail', 'footer', '.zoom button']
  .map((what) => {
    const element = document.querySelector(what);
    const style = getComputedStyle(element);
    let behind = element;
    const solid = (each) => {
      const { backgroundColor, fill } = getComputedStyle(each);
      return each.tagName === 'rect' ? fill : backgroundColor;
    };
    const box = element.closest('svg.picture') && element.parentElement.querySelector('rect');
    let ground = box ? solid(box) : solid(behind);
    while (ground === 'rgba(0, 0, 0, 0)' || ground === 'none') {
      behind = behind.parentElement;
      ground = solid(behind);
    }
    return { what, ink: element.tagName === 'text' ? style.fill : style.color, ground };
  })`;

/** As WCAG 2 has it. */
function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((value) => {
    const share = Number(value) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
