import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { stalePages, stepGuides } from '../scripts/docs.ts';
import { buildTopology } from '../src/apim/build.ts';
import { databaseSchema } from '../src/apim/settings/database.ts';
import { settingsSchema } from '../src/apim/settings/schema.ts';
import { knownGroups } from '../src/cli/session.ts';
import { createRenderer } from '../src/display/index.ts';
import type { Event } from '../src/engine/event.ts';
import { schedule } from '../src/engine/schedule.ts';
import { type Playbook, readPlaybook } from '../src/input/playbook.ts';
import type { World } from '../src/steps/define.ts';
import { register } from '../src/steps/index.ts';
import { misplaced } from '../src/steps/places.ts';
import { inventoryFrom, inventoryText } from './support/topologies.ts';

it('has fresh generated pages (npm run docs writes them)', () => {
  expect(stalePages()).toEqual([]);
});

describe('the page of topologies', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../docs/topologies.md'), 'utf8');
  const snippets = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

  it('has a snippet for most of its sections', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(12);
  });

  it.each(snippets)('has snippets that an inventory can hold: %s', (text) => {
    for (const name of ['SHARED', 'OLD', 'X']) vi.stubEnv(name, 'obviously-fake-word');
    // What is indented by six stands under `apim`, the rest under `all`.
    const [settings = ''] = text.split(/^ {2}children:/m);
    const apim: unknown = parse(settings) ?? {};
    const checked = settingsSchema
      .partial()
      .extend({ database: databaseSchema.partial() })
      .partial()
      .safeParse(apim);
    const wrong = checked.success
      ? []
      : checked.error.issues.filter(({ message }) => !/received undefined|is missing/.test(message));
    expect(wrong).toEqual([]);
    vi.unstubAllEnvs();
  });
});

describe('the page of playbooks', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../docs/playbooks.md'), 'utf8');
  const snippets = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

  it('has playbooks, whole and in parts', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(2);
  });

  it.each(snippets)('has plays that can be read, of steps that there are: %s', (text) => {
    const whole = text.startsWith('name:') ? text : `name: Part\nplays:\n${text}`;
    const { plays } = readPlaybook('page.yaml', whole);
    for (const { steps } of plays)
      for (const { step, params } of steps) expect(register.get(step)?.params.parse(params)).toBeDefined();
  });
});

/** Schedules a playbook for pairs of gateways behind a balancer; throws if that would be refused. */
async function accept(playbook: Playbook): Promise<readonly { readonly hosts: readonly unknown[] }[]> {
  const at = (address: string) => ({ ansible_host: address, apim: { hostname: `${address}.example.com` } });
  const inventory = await inventoryFrom(
    inventoryText({
      apim: { load_balancer: { software: 'nginx', gateway: { https: 'https://gw.example.com' } } },
      groups: {
        key_manager: { km: at('10.0.0.1') },
        traffic_manager: { tm: at('10.0.0.2') },
        publisher: { pub: at('10.0.0.3') },
        devportal: { dev: at('10.0.0.4') },
        gateway: { gw1: at('10.0.0.5'), gw2: at('10.0.0.6') },
        load_balancer: { lb: at('10.0.0.7') },
      },
    }),
  );
  const topology = buildTopology(inventory, '/srv/apim');
  return schedule<World>(playbook, register, {
    inventory,
    known: knownGroups,
    misplaced: (step, hosts) => misplaced(step, hosts, topology),
  });
}

describe('the page of steps', () => {
  it('tells of every step, and of none that there is not', () => {
    expect(Object.keys(stepGuides()).sort()).toEqual([...register.keys()].sort());
  });

  it.each(Object.entries(stepGuides()))('shows %s in a play that would be accepted', async (step, guide) => {
    const playbook = readPlaybook('page.yaml', `name: Part\nplays:\n${guide.example}`);
    const named = playbook.plays.flatMap(({ steps, condition }) => [
      ...steps.map((call) => call.step),
      ...(condition === undefined ? [] : [condition.step.step]),
    ]);
    expect(named).toContain(step);
    for (const { hosts } of await accept(playbook)) expect(hosts).not.toEqual([]);
  });

  it('would see a play that is refused', async () => {
    const misplacedStep = 'name: Part\nplays: [{ name: A, hosts: gateway, steps: [issue-certificates] }]';
    await expect(accept(readPlaybook('page.yaml', misplacedStep))).rejects.toThrow(/belongs at/);
  });
});

describe('playbooks of one’s own', () => {
  const folder = resolve(import.meta.dirname, '../docs/playbooks');
  const page = readFileSync(resolve(folder, '../playbooks.md'), 'utf8');
  const files = readdirSync(folder);

  it('are three', () => {
    expect(files.sort()).toEqual(['health-sweep.yaml', 'hotfix.yaml', 'maintenance.yaml']);
  });

  it.each(files)('stand on the page as they are in the folder, with a link: %s', (file) => {
    expect(page).toContain(`\`\`\`yaml\n${readFileSync(resolve(folder, file), 'utf8')}\`\`\``);
    expect(page).toContain(`](playbooks/${file})`);
  });

  it.each(files)('would be accepted: %s', async (file) => {
    const playbook = readPlaybook(file, readFileSync(resolve(folder, file), 'utf8'));
    for (const { hosts } of await accept(playbook)) expect(hosts).not.toEqual([]);
  });
});

describe('the page of events', () => {
  const read = (path: string) => readFileSync(resolve(import.meta.dirname, '..', path), 'utf8');
  const page = read('docs/events.md');
  const trace = [...page.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, lines = '']) =>
    lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event),
  );

  it('has every type of event in its table, and no other', () => {
    const types = [...read('src/engine/event.ts').matchAll(/type: '([a-z-]+)'/g)].map(([, type]) => type);
    const told = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, type]) => type);
    expect(told.sort()).toEqual(types.sort());
  });

  it('shows the lines that are drawn from the events that it shows', () => {
    let text = '';
    const { emit } = createRenderer({
      output: 'lines',
      stdout: { write: (chunk) => (text += chunk) },
      color: false,
      verbose: 0,
      diff: true,
      command: 'apim-orchestrate run hotfix.yaml inventory.yaml',
      clock: () => 0,
      now: () => new Date('2026-03-04T05:06:07.089Z'),
    });
    for (const event of trace) emit(event);
    expect(trace.length).toBeGreaterThan(15);
    // The events on the page have no time of their own.
    const timeless = (shown: string) => shown.replaceAll(/^\d\d:\d\d:\d\d {2}/gm, '');
    expect(timeless(page)).toContain(`\`\`\`\n${timeless(text)}\`\`\``);
    expect(page).toMatch(/^\d\d:\d\d:\d\d {2}Roll a hotfix out: gw$/m);
  });
});

describe('the pictures of README.md', () => {
  const root = resolve(import.meta.dirname, '..');
  const readme = readFileSync(resolve(root, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/(?:src|srcset)="(docs\/pictures\/[^"]+)"/g)].map(
    ([, path = '']) => path,
  );

  it('are all that there are', () => {
    const there = readdirSync(resolve(root, 'docs/pictures')).map((name) => `docs/pictures/${name}`);
    expect(named.sort()).toEqual(there.sort());
  });

  it('have the terminal as text, with nothing of the machine that made it', () => {
    const text = readFileSync(resolve(root, 'docs/pictures/terminal.svg'), 'utf8');
    expect(text).toContain('waits for its turn after');
    expect(text).not.toMatch(/\/tmp|\/home|\/root|<script/);
  });
});
