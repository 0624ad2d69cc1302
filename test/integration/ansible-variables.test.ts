import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../src/input/ansible-variables.ts';

/** The plugins by which Ansible enters a server here. */
const plugins = [
  ['connection', 'ssh'],
  ['connection', 'paramiko_ssh'],
  ['connection', 'local'],
  ['become', 'sudo'],
  ['shell', 'sh'],
] as const;

interface Documentation {
  readonly doc: {
    readonly options?: Readonly<Record<string, { readonly vars?: readonly { readonly name: string }[] }>>;
  };
}

/** Every variable that the real program reads for one of its plugins. */
function variablesOf(kind: string, name: string): string[] {
  const said = execFileSync('ansible-doc', ['-t', kind, '-j', name], { encoding: 'utf8' });
  const [plugin] = Object.values(JSON.parse(said) as Record<string, Documentation>);
  return Object.values(plugin?.doc.options ?? {})
    .flatMap(({ vars = [] }) => vars.map((each) => each.name))
    .filter((each) => each.startsWith('ansible_'));
}

describe('a variable by which Ansible enters a server', () => {
  const names = [...new Set(plugins.flatMap(([kind, name]) => variablesOf(kind, name)))].sort();

  it('is one of many', () => {
    expect(names.length).toBeGreaterThan(50);
  });

  it.each(names)('is known by its name here, so that it is honoured or refused: %s', (name) => {
    // What is known means something, or says why not; anything else would be taken for a slip of the pen.
    expect(refusalOf(name, 'whatever') ?? '').not.toContain('no such variable');
  });
});
