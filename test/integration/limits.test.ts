import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTool, type ToolResult } from '../support/tool.ts';
import { balancer, fiveEntries, inventoryText, tenEntries } from '../support/topologies.ts';

// The hosts of the deployments do not exist: whoever connected would fail with exit code 1, and not with 64.
const folder = mkdtempSync(join(tmpdir(), 'limits-'));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

function run(...words: string[]): Promise<ToolResult> {
  return startTool(words, { HOME: folder }).ended;
}

const general = '      - run-command: { command: "true", unless: "true" }';
const playbook = (hosts: string, ...steps: string[]) =>
  `name: Our own\nplays:\n  - name: Play\n    hosts: ${hosts}\n    steps:\n${steps.join('\n')}\n`;

beforeAll(() => {
  const database = { database: { db1: { ansible_host: '10.255.255.30' } } };
  writeFileSync(file('five.yaml'), inventoryText({ groups: { ...fiveEntries(), ...database } }));
  writeFileSync(
    file('ten.yaml'),
    inventoryText({
      apim: {
        load_balancer: balancer,
        shared_directories: { executionplans: { source: 'nas.example.com:/apim' } },
      },
      groups: tenEntries(),
    }),
  );
  writeFileSync(
    file('plain.yaml'),
    'all: { vars: { ansible_connection: local }, hosts: { one: , two: }, children: { web: { hosts: { one: } } } }',
  );
  writeFileSync(file('gateways.yaml'), playbook('gateway', '      - stop-server'));
  writeFileSync(file('typo.yaml'), playbook('gatewya', '      - stop-server'));
  writeFileSync(file('everywhere.yaml'), playbook('all', general, '      - write-config'));
  writeFileSync(file('authority.yaml'), playbook('publisher', '      - issue-certificates'));
  writeFileSync(
    file('general.yaml'),
    playbook(
      '"all:!two"',
      `      - copy-file: { from: plain.yaml, to: ${file('copied')} }`,
      `      - run-command: { command: touch ${file('made')}, unless: test -e ${file('made')} }`,
    ),
  );
});

describe('a command that is left without a host', () => {
  it.each([
    [
      'run, for a group that nobody knows',
      ['run', 'typo.yaml', 'five.yaml'],
      /typo\.yaml:4:12: hosts: "gatewya": no host and no group is called "gatewya"; did you mean "gateway"\?/,
    ],
    [
      'run, limited to others',
      ['run', 'gateways.yaml', 'five.yaml', '--limit', 'km'],
      /^--limit "km" leaves none of the hosts that "Our own" is for: gw$/m,
    ],
    [
      'deploy, limited to no component',
      ['deploy', 'five.yaml', '--limit', 'db1'],
      /^--limit "db1" leaves none of the hosts/m,
    ],
    [
      'exec, limited to others',
      ['exec', 'five.yaml', 'gw', '--limit', 'km', '--', 'true'],
      /^--limit "km" leaves none of the hosts that "gw" names: gw$/m,
    ],
    [
      'drain, without the balancer',
      ['drain', 'ten.yaml', 'gw1', '--limit', 'gw1'],
      /^--limit "gw1" leaves none of the hosts that "Drain nodes" is for: lb$/m,
    ],
    [
      'undrain, without the balancer',
      ['undrain', 'ten.yaml', 'gw1', '--limit', 'gw1'],
      /"Take nodes back" is for: lb$/m,
    ],
    [
      'status',
      ['status', 'five.yaml', '--limit', 'db1'],
      /^--limit "db1" leaves none of the nodes and load balancers: /m,
    ],
    [
      'status --audit',
      ['status', '--audit', 'five.yaml', '--limit', 'db1'],
      /^--limit "db1" leaves none of the nodes: /m,
    ],
    ['render', ['render', 'five.yaml', '--limit', 'db1', '--out', 'rendered'], /leaves none of the nodes: /m],
  ])('%s: says why, exit code 64', async (_what, words, message) => {
    const paths = words.map((word) => (/\.yaml$|^rendered$/.test(word) ? file(word) : word));
    const { code, stdout, stderr } = await run(...paths);
    expect(stderr).toMatch(message);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(existsSync(file('rendered'))).toBe(false);
  });

  it.each([
    ['', 'names nothing'],
    ['gateway:!gw22', 'at character 10: no host and no group is called "gw22"'],
    ['~gw(', 'at character 4: no regular expression of Python'],
    ['gateway[7]', 'at character 8: [7] takes nothing'],
    ['@nowhere.txt', 'there is no file nowhere.txt'],
    ['[2001:db8::1]', 'an IPv6 address stands without brackets'],
  ])('every command refuses --limit "%s"', async (limit, message) => {
    const commands = [
      ['plan', file('five.yaml')],
      ['validate', file('five.yaml')],
      ['exec', file('five.yaml'), 'gw'],
    ];
    for (const [name = '', ...words] of commands) {
      const { code, stderr } = await run(
        name,
        '--limit',
        limit,
        ...words,
        ...(name === 'exec' ? ['--', 'true'] : []),
      );
      expect(stderr).toContain(`--limit ${JSON.stringify(limit)}`);
      expect(stderr).toContain(message);
      expect(code).toBe(64);
    }
  });

  it('a part that is right and stands for nobody is told, and no more', async () => {
    const { code, stdout, stderr } = await run(
      'exec',
      file('plain.yaml'),
      'one,load_balancer',
      '--',
      'echo',
      'hi',
    );
    expect(stdout).toBe('one | hi\n');
    expect(stderr).toBe('the pattern "one,load_balancer": load_balancer has no hosts\n');
    expect(code).toBe(0);
  });
});

describe('a step where it does not belong', () => {
  it('is refused before any connection, at its place', async () => {
    const everywhere = await run('run', file('everywhere.yaml'), file('five.yaml'));
    expect(everywhere.stderr).toMatch(
      /everywhere\.yaml:7:9: write-config: belongs at components of API Manager, not at db1$/m,
    );
    expect(everywhere.code).toBe(64);
    const authority = await run('run', file('authority.yaml'), file('five.yaml'));
    expect(authority.stderr).toMatch(
      /authority\.yaml:6:9: issue-certificates: belongs at the machine that this runs on \(hosts: controller\), not at pub$/m,
    );
    expect(authority.code).toBe(64);
  });

  it('needs a deployment, if it is of the product', async () => {
    const { code, stderr } = await run('run', file('everywhere.yaml'), file('plain.yaml'));
    expect(stderr).toMatch(
      /everywhere\.yaml:7:9: write-config: needs a deployment, and this inventory describes none: it has no apim section/,
    );
    expect(code).toBe(64);
  });
});

describe('an inventory without a deployment', () => {
  it('is good enough for exec, also at the machine that this runs on', async () => {
    const all = await run('exec', file('plain.yaml'), 'all', '--', 'echo', 'hi');
    expect(all.stdout.split('\n').sort()).toEqual(['', 'one | hi', 'two | hi']);
    expect(all.code).toBe(0);
    expect((await run('exec', file('plain.yaml'), 'localhost', '--', 'echo', 'hi')).stdout).toBe(
      'localhost | hi\n',
    );
  });

  it('is good enough for playbooks of general steps, which do nothing the second time', async () => {
    const first = await run('run', file('general.yaml'), file('plain.yaml'), '--output', 'json');
    expect(first.events.at(-1)).toMatchObject({ type: 'run-finished', outcome: 'ok', changed: 2 });
    expect(readFileSync(file('copied'), 'utf8')).toBe(readFileSync(file('plain.yaml'), 'utf8'));
    const again = await run('run', file('general.yaml'), file('plain.yaml'), '--output', 'json');
    expect(again.events.at(-1)).toMatchObject({ type: 'run-finished', outcome: 'ok', changed: 0 });
    expect([first.code, again.code]).toEqual([0, 0]);
  });
});
