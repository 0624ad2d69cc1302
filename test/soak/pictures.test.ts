import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadReport } from '../lab/load/report.ts';
import { tenNodeNames } from '../lab/ten.ts';
import { openChromium } from '../support/chromium.ts';
import { type Cluster, createPairs } from '../support/cluster.ts';
import { startOnTerminal } from '../support/on-terminal.ts';
import { terminalSvg } from '../support/terminal-svg.ts';
import { failuresIn, runJson, runTool } from '../support/tool.ts';
import { expectNothingLost, underLoad } from '../support/under-load.ts';

/** The pictures of README.md, of what happened here: a rolling restart of ten nodes under load. */

const pictures = join(import.meta.dirname, '../../docs/pictures');
/** Where pictures say that it happened: nobody wants to know where tests put their files. */
const shownFolder = '/srv/cluster';
const shownOperator = 'ann@laptop';

const program = join(import.meta.dirname, '../../dist/cli/main.js');
const columns = 92;

let cluster: Cluster;
let load: LoadReport;
let midway = '';
let last = '';

beforeAll(async () => {
  cluster = await createPairs('pictures', '10.108.0', {
    apim: { load_balancer: { drain_timeout: '10s' } },
  });
  expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
  load = await underLoad(cluster, async () => {
    const run = startOnTerminal([process.execPath, program, 'restart', 'inventory.yaml', '--yes'], {
      ...{ columns, rows: 40, cwd: cluster.folder },
    });
    await run.seen((text) => /pub2 +wait-ready: .*, [3-9] s of /.test(text));
    midway = terminalSvg(run.terminal, columns, 'apim-orchestrate restart inventory.yaml');
    const code = await run.ended;
    last = run.terminal.text();
    expect(code, last).toBe(0);
  });
  await mkdir(pictures, { recursive: true });
}, 600_000);

afterAll(() => cluster?.close());

describe('a rolling restart under load', () => {
  it('loses nothing, or it would be no picture to show', () => {
    expectNothingLost(load);
  });

  it('is shown on a terminal, in the middle of it and when it has ended', async () => {
    for (const name of tenNodeNames) expect(last).toContain(name);
    expect(midway).toContain('wait-ready');
    expect(midway).not.toContain(cluster.folder);
    await writeFile(join(pictures, 'terminal.svg'), midway);
  });

  it('is shown on a page, by day and by night', async () => {
    const loadFile = join(cluster.folder, 'load.json');
    const page = join(cluster.folder, 'page.html');
    await writeFile(loadFile, JSON.stringify(load));
    await showAsElsewhere(join(cluster.folder, 'runs'));
    const made = await runTool('report', 'last', cluster.inventory, '--load', loadFile, '--out', page);
    expect(made.code).toBe(0);
    const browser = await openChromium();
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        const tab = await browser.newPage({ colorScheme, viewport: { width: 1180, height: 900 } });
        await tab.goto(`file://${page}`);
        const load = await tab.locator('.load-seen').boundingBox();
        const height = Math.ceil((load?.y ?? 0) + (load?.height ?? 0) + 24);
        await tab.setViewportSize({ width: 1180, height });
        await tab.screenshot({ path: join(pictures, `page-${colorScheme}.png`), animations: 'disabled' });
        await tab.close();
      }
    } finally {
      await browser.close();
    }
  }, 120_000);
});

/** The last record, as one of somebody else at another place. */
async function showAsElsewhere(folder: string): Promise<void> {
  const last =
    (await readdir(folder))
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .at(-1) ?? '';
  const text = await readFile(join(folder, last), 'utf8');
  const { operator } = JSON.parse(text.split('\n')[0] ?? '') as { operator: string };
  await writeFile(
    join(folder, last),
    text.replaceAll(cluster.folder, shownFolder).replaceAll(operator, shownOperator),
  );
}
