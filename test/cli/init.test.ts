import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import { lintTopology } from '../../src/apim/checks/lint/topology-lint.ts';
import { type Answers, balancers, databases, serversOf, topologies } from '../../src/cli/init/answers.ts';
import { inventoryText, secretFiles } from '../../src/cli/init/inventory-text.ts';
import { loadInventory } from '../../src/input/load-inventory.ts';
import { startOnTerminal } from '../support/on-terminal.ts';
import { program, runProgram } from '../support/program.ts';

let folder: string;

const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'));
  for (const name of ['wso2am-3.2.0.zip', 'mysql-connector-j-8.4.0.jar'])
    writeFileSync(path(name), 'it is here');
});
afterEach(() => rmSync(folder, { recursive: true }));

const all = topologies.flatMap((topology) =>
  (topology === 'pairs' ? balancers : (['nginx'] as const)).flatMap((balancer) =>
    databases.flatMap((database) =>
      ['names', 'addresses'].flatMap((kind) =>
        (['mysql', 'mariadb', 'postgresql'].includes(database) ? ['', 'root'] : ['']).map(
          (administrator) => ({ topology, balancer, database, kind, administrator }),
        ),
      ),
    ),
  ),
);

describe('an inventory that was written', () => {
  it.each(all)(
    'is sound, and nothing in it is doubtful: $topology $balancer $database $kind $administrator',
    async ({ topology, balancer, database, kind, administrator }) => {
      const hosts = serversOf({ topology }).map(({ name }, index) =>
        kind === 'names' ? `${name}.prod.example.com` : `10.0.0.${11 + index}`,
      );
      const answers: Answers = {
        ...{ topology, balancer, database, hosts, administrator },
        ...{ shared: 'nas.example.com:/apim', domain: 'prod.example.com', user: 'wso2' },
        ...{ pack: './wso2am-3.2.0.zip', databaseHost: 'db.example.com', driver: './driver of it.jar' },
      };
      rmSync(path('secrets'), { recursive: true, force: true });
      const text = inventoryText(answers, undefined).replaceAll(
        /file:(secrets\/[\w-]+)/g,
        (_, name: string) => `A7fake${name.replace(/\W/g, '')}`,
      );
      writeFileSync(path('inventory.yaml'), text);
      const inventory = await loadInventory(path('inventory.yaml'));
      const found = lintTopology(buildTopology(inventory, folder));
      // Only its owner knows who vouches for it.
      const known = balancer === 'external' ? ['trust-missing'] : [];
      expect(found.map(({ code }) => code)).toEqual(known);
    },
  );
});

describe('init', () => {
  const run = (...words: readonly string[]) => runProgram(['init', ...words], { cwd: folder });

  it('writes one that validates, with passwords that only their owner reads', () => {
    const written = run('--yes', '--topology', 'five', '--user', 'wso2');
    expect(written).toMatchObject({ code: 0, stderr: '' });
    const text = readFileSync(path('inventory.yaml'), 'utf8');
    expect(text).toMatch(/sha256: "[0-9a-f]{64}"\n/);
    const { administrator: _none, ...made } = secretFiles;
    for (const file of Object.values(made)) {
      expect(statSync(path(file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(path(file), 'utf8')).toMatch(/^[A-Za-z\d]{20,}\n$/);
    }
    expect(runProgram(['validate', 'inventory.yaml', '--strict'], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: 'nothing to complain about\n',
    });
    // Neither is written over.
    const password = readFileSync(path('secrets/admin'), 'utf8');
    expect(run('--yes')).toMatchObject({
      code: 64,
      stderr: 'there is inventory.yaml already, and nothing is written over it\n',
    });
    expect(run('other.yaml', '--yes').code).toBe(0);
    expect(readFileSync(path('inventory.yaml'), 'utf8')).toBe(text);
    expect(readFileSync(path('secrets/admin'), 'utf8')).toBe(password);
  }, 30_000);

  it('without a terminal needs --yes, and says what of what is given cannot be', () => {
    expect(run()).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('there is no terminal to ask on'),
    });
    expect(run('--yes', '--hosts', 'a,b').stderr).toBe(
      '--hosts has 2, and 5 are wanted: km, tm, pub, dev, gw\n',
    );
    expect(run('--yes', '--topology', 'six').stderr).toBe('"six" is none of one, five, pairs\n');
    expect(run('--yes', '--topology', 'one', '--hosts', 'a b').stderr).toBe(
      '"a b" is no name and no address of a server\n',
    );
    expect(run('--yes', '--hosts', 'a.x,b.x,c.x,d.x,10.0.0.1').stderr).toMatch(
      /^names and addresses are mixed/,
    );
    expect(run('no/such/inventory.yaml', '--yes').stderr).toMatch(/^there is no folder .*no\/such\n$/);
  }, 30_000);

  it('asks on a terminal, and Ctrl-C leaves nothing behind', async () => {
    const start = () => startOnTerminal([...program, 'init'], { columns: 120, rows: 30, cwd: folder });
    const broken = start();
    await broken.seen((text) => text.includes('[five]'));
    broken.type('\u0003');
    expect(await broken.ended).toBe(130);
    expect(() => statSync(path('inventory.yaml'))).toThrow('ENOENT');
    expect(() => statSync(path('secrets'))).toThrow('ENOENT');
    const asked = start();
    for (const [seen, typed] of [
      ['[five]', 'six'],
      ['"six" is none of', 'one'],
      ['the server?', '10 0'],
      ['"10 0" is no name', '10.0.0.20'],
      ['domain', ''],
      ['by ssh?', 'wso2'],
      ['archive?', ''],
      ['Which database?', ''],
      ['Its server?', ''],
      ['driver?', ''],
      ['create databases', 'root'],
      ['Password of root', 'fake-root-word'],
    ] as const) {
      await asked.seen((text) => text.includes(seen));
      asked.type(`${typed}\r`);
    }
    expect(await asked.ended).toBe(0);
    const shown = asked.terminal.all();
    expect(shown).toContain('[five] six\n"six" is none of');
    expect(shown).toContain(
      'the server? [apim.example.com] 10 0\n"10 0" is no name and no address of a server\n',
    );
    expect(shown).toContain('Password of root:\ninventory.yaml is written');
    expect(readFileSync(path('secrets/db-administrator'), 'utf8')).toBe('fake-root-word\n');
    expect(runProgram(['validate', 'inventory.yaml'], { cwd: folder }).stdout).toBe(
      'nothing to complain about\n',
    );
  }, 60_000);
});
