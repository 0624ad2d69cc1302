import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { buildTopology } from '../../src/apim/build.ts';
import { settingsSchema } from '../../src/apim/settings/schema.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';

const root = resolve(import.meta.dirname, '../..');
const passwords = ['APIM_ADMIN', 'APIM_KEYSTORE', 'APIM_TRUSTSTORE', 'DB_ROOT', 'APIM_DB', 'SHARED_DB'];

interface Schema {
  properties?: Record<string, Schema>;
}

function keysOf(schema: Schema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    `${prefix}${key}`,
    ...keysOf(inner, `${prefix}${key}.`),
  ]);
}

function has(value: unknown, path: string): boolean {
  let found = value;
  for (const part of path.split('.')) {
    if (typeof found !== 'object' || found === null || !(part in found)) return false;
    found = (found as Record<string, unknown>)[part];
  }
  return true;
}

afterEach(() => vi.unstubAllEnvs());

describe('inventory.example.yaml', () => {
  it('describes a sound deployment', async () => {
    for (const name of passwords) vi.stubEnv(`${name}_PASSWORD`, 'obviously-fake');
    const inventory = await loadInventory(resolve(root, 'inventory.example.yaml'));
    const topology = buildTopology(inventory, root);
    expect(topology.nodes.map((node) => node.role)).toEqual([
      'key-manager',
      'traffic-manager',
      'publisher',
      'devportal',
      'gateway',
    ]);
  });

  it('shows every key of the schema', async () => {
    for (const name of passwords) vi.stubEnv(`${name}_PASSWORD`, 'obviously-fake');
    const inventory = await loadInventory(resolve(root, 'inventory.example.yaml'));
    const apim = inventory.hosts[0]?.vars.apim;
    const text = readFileSync(resolve(root, 'inventory.example.yaml'), 'utf8');
    const keys = keysOf(z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }) as Schema);
    // What cannot stand beside the rest is shown in a comment: as a line, or within the line it replaces.
    const comments = [...text.matchAll(/#(.*)$/gm)].map(([, comment = '']) => comment).join('\n');
    const inComment = (key: string) => new RegExp(`(^|[\\s{,])${key.split('.').at(-1)}:`, 'm').test(comments);
    const missing = keys.filter((key) => !has(apim, key) && !inComment(key));
    expect(missing).toEqual([]);
  });
});
