import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/failures.md'), 'utf8');
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n');

/** What is said, by the tables with four columns: what is between backquotes, in parts around `…`. */
const said = page
  .split('\n')
  .map((line) => line.split(' | '))
  .filter(({ length }) => length === 4)
  .flatMap(([, says = '']) => [...says.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
  .filter((text) => text.includes(' '));

describe('the page of failures', () => {
  it('says much', () => {
    expect(said.length).toBeGreaterThan(25);
  });

  it.each(said)('says what the tool says: %s', (text) => {
    for (const part of text.split('…').map((each) => each.trim()))
      expect({ part, said: source.includes(part) }).toEqual({ part, said: true });
  });
});
