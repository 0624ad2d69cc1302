import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The import table of the house: a room may import only the rooms named on its line. */
const table: Record<string, readonly string[]> = {
  cli: ['steps', 'certificates', 'report', 'display', 'record', 'engine', 'apim', 'connection', 'input'],
  steps: ['certificates', 'engine', 'apim', 'connection', 'input', 'pki', 'shell'],
  certificates: ['engine', 'apim', 'input', 'pki', 'shell'],
  report: ['display', 'record', 'engine'],
  display: ['engine'],
  record: ['engine', 'shell'],
  engine: ['connection', 'input', 'shell'],
  apim: ['input', 'shell'],
  connection: ['input', 'shell'],
  input: [],
  pki: [],
  shell: [],
};

/**
 * The ranks inside `apim/`, lowest first: a sub-room may import only those before it. "balancer" stands alone: its texts
 * know no product. `build.ts` sees all of them.
 */
const apimRanks = [
  'balancer',
  'release',
  'settings',
  'cluster',
  'database',
  'config',
  'server',
  'checks',
  'build.ts',
];

/** Open to every room. */
const openToAll = ['errors.ts', 'secret.ts'];

/** Where a room may take no more than types from another. */
const typesOnly: Record<string, readonly string[]> = {
  steps: ['connection'],
  certificates: ['engine'],
  report: ['record', 'engine'],
  display: ['engine'],
};

const source = resolve(import.meta.dirname, '../src');

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

interface Import {
  readonly from: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8');
  const pattern = /^(?:import|export)\s+(type\s+)?([^;]*?)from\s+'([^']+)';/gms;
  const later = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, target = '']) => ({
    from: file,
    target,
    typeOnly: false,
  }));
  const atOnce = [...text.matchAll(pattern)].map(([, type, names = '', target = '']) => ({
    from: file,
    target,
    typeOnly:
      type !== undefined ||
      names
        .replace(/[{}\s]/g, ' ')
        .split(',')
        .filter((name) => name.trim() !== '')
        .every((name) => name.trim().startsWith('type ')),
  }));
  return [...atOnce, ...later];
}

function roomOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : path;
}

/** The files that an import names, types included; what is not of this house is left out. */
function targetsOf(file: string): string[] {
  return importsOf(file)
    .filter(({ target }) => target.startsWith('.'))
    .map(({ target }) => relative(source, resolve(source, dirname(file), target)));
}

/** Files that import one another in a circle, each circle as one list. */
function circles(): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of targetsOf(file)) walk(target);
    path.pop();
    done.add(file);
  };
  for (const file of files) walk(file);
  return found;
}

/** The names of exported types, each with the files that export it. */
function exportedTypes(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of files)
    for (const [, name = ''] of readFileSync(join(source, file), 'utf8').matchAll(
      /^export (?:declare )?(?:abstract )?(?:interface|type|class|enum) (\w+)/gm,
    ))
      found.set(name, [...(found.get(name) ?? []), file]);
  return found;
}

describe('the house', () => {
  it('has one meaning for the name of a type', () => {
    expect([...exportedTypes()].filter(([, where]) => where.length > 1)).toEqual([]);
  });

  it('has no circle of imports anywhere, types included', () => {
    expect(circles()).toEqual([]);
  });

  it('has no sub-room of apim that has no rank', () => {
    const rooms = new Set(
      files.filter((file) => file.startsWith('apim/')).map((file) => file.split('/')[1] ?? ''),
    );
    expect([...rooms].filter((room) => !apimRanks.includes(room))).toEqual([]);
  });

  it.each(files.filter((file) => file.startsWith('apim/')))('%s imports only lower ranks', (file) => {
    const room = file.split('/')[1] ?? '';
    const rank = apimRanks.indexOf(room);
    const others = targetsOf(file)
      .filter((target) => target.startsWith('apim/'))
      .map((target) => target.split('/')[1] ?? '')
      .filter((other) => other !== room);
    expect(others.filter((other) => apimRanks.indexOf(other) >= rank)).toEqual([]);
  });

  it('has no room that the table does not name', () => {
    const rooms = new Set(files.filter((file) => file.includes('/')).map(roomOf));
    expect([...rooms].filter((room) => table[room] === undefined)).toEqual([]);
  });

  it.each(files)('%s imports only what its room may', (file) => {
    const room = roomOf(file);
    const wrong = importsOf(file).flatMap(({ target, typeOnly }) => {
      if (!target.startsWith('.')) return [];
      const path = relative(source, resolve(source, dirname(file), target));
      const other = roomOf(path);
      if (other === room || openToAll.includes(other)) return [];
      if (openToAll.includes(room)) return [`${room} imports ${path}`];
      if (!(table[room] ?? []).includes(other)) return [`${room} imports ${path}`];
      if (typesOnly[room]?.includes(other) && !typeOnly)
        return [`${room} imports more than types from ${path}`];
      return [];
    });
    expect(wrong).toEqual([]);
  });

  it.each(files.filter((file) => file.startsWith('apim/')))('%s is pure', (file) => {
    const text = readFileSync(join(source, file), 'utf8');
    expect(text).not.toMatch(/\basync\b|\bawait\b|node:fs|Date\.now|new Date\(\)|Math\.random|randomBytes/);
  });

  it.each(files.filter((file) => file.startsWith('engine/')))('%s knows nothing of the product', (file) => {
    const text = readFileSync(join(source, file), 'utf8');
    expect(text).not.toMatch(/wso2|keystore|gateway|carbon/i);
  });
});
