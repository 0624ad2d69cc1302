import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { stalePages } from '../scripts/docs.ts';
import { databaseSchema } from '../src/apim/settings/database.ts';
import { settingsSchema } from '../src/apim/settings/schema.ts';
import { readPlaybook } from '../src/input/playbook.ts';
import { register } from '../src/steps/index.ts';

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
