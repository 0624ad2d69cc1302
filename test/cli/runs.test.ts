import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let folder: string;
let inventory: string;
let playbook: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'));
  inventory = join(folder, 'inventory.yaml');
  playbook = join(folder, 'own.yaml');
  writeFileSync(inventory, 'all:\n  hosts:\n    far: { ansible_host: 192.0.2.1 }\n');
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const path = (name: string) => join(folder, name);

/** A playbook for this machine, with a command for each file that is to be there after it. */
function playbookOf(commands: Readonly<Record<string, string>>): void {
  const steps = Object.entries(commands).map(
    ([file, command]) =>
      `      - run-command: { unless: ${JSON.stringify(`test -e ${path(file)}`)}, command: ${JSON.stringify(command)} }\n`,
  );
  writeFileSync(
    playbook,
    `name: Own\nplays:\n  - name: Here\n    hosts: controller\n    steps:\n${steps.join('')}`,
  );
}

function start(...words: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...words], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: folder, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
  return { child, ended };
}
const run = (...words: readonly string[]) => start(...words).ended;

async function there(file: string): Promise<void> {
  while (!existsSync(file)) await new Promise((resolved) => setTimeout(resolved, 50));
}

describe('runs', () => {
  it('tells of none where there was none, and of an inventory that is not there', async () => {
    expect((await run('runs', inventory)).stdout).toBe(
      `no run of inventory.yaml is on record in ${path('runs')}\n`,
    );
    expect(await run('runs', join(folder, 'other.yaml'))).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('there is no inventory') as string,
    });
  }, 30_000);

  it('lists what was done, and tells it again; a plan does nothing, so it is none', async () => {
    playbookOf({ made: `touch ${path('made')}` });
    expect((await run('run', playbook, inventory, '--dry-run')).code).toBe(2);
    expect((await run('run', playbook, inventory)).code).toBe(0);
    playbookOf({ never: 'echo "this cannot be" >&2; exit 3' });
    expect((await run('run', playbook, inventory)).code).toBe(1);
    const { stdout } = await run('runs', inventory);
    const [heading, first, second, ...more] = stdout.trim().split('\n');
    expect(heading).toMatch(/^run +by +took +changes +end$/);
    expect(first).toMatch(/^\d{8}T\d{6}Z-run +\S+@\S+ +\S+ s +1 +ok$/);
    expect(second).toMatch(/^\d{8}T\d{6}Z-run(-2)? +\S+@\S+ +\S+ s +0 +failed at controller$/);
    expect(more).toEqual([]);
    const [id = ''] = first?.split(' ') ?? [];
    const shown = await run('runs', 'show', id, inventory);
    expect(shown.stdout).toContain(`apim-orchestrate run ${playbook} ${inventory}\nby `);
    expect(shown.stdout).toMatch(/^\d\d:\d\d:\d\d {2}controller {2}run-command {2}~ /m);
    expect((await run('runs', 'show', 'last', inventory)).stdout).toContain('this cannot be');
    const listed = JSON.parse((await run('runs', inventory, '--output', 'json')).stdout) as object[];
    expect(listed).toMatchObject([
      { id, end: 'ok', changes: 1 },
      { end: 'failed', failed: ['controller'] },
    ]);
  }, 60_000);

  it('tells of a run that was killed how far it came', async () => {
    playbookOf({ made: `touch ${path('made')}`, never: `touch ${path('next')}; sleep 60` });
    const { child, ended } = start('run', playbook, inventory);
    await there(path('next'));
    expect((await run('runs', inventory)).stdout).toMatch(/ under way$/m);
    child.kill('SIGKILL');
    await ended;
    expect((await run('runs', inventory)).stdout).toMatch(/ 1 +unfinished$/m);
    const { stdout } = await run('runs', 'show', 'last', inventory);
    expect(stdout).toMatch(/\nIt was not finished: nothing is on record after 20\S+Z\.\n$/);
  }, 60_000);

  it('has nothing of a run that was asked to leave no record', async () => {
    playbookOf({ made: `touch ${path('made')}` });
    expect((await run('run', playbook, inventory, '--no-record')).code).toBe(0);
    expect(readdirSync(folder)).not.toContain('runs');
  }, 30_000);

  it('keeps nobody from a run that cannot be written down, and says so', async () => {
    playbookOf({ made: `touch ${path('made')}` });
    writeFileSync(path('runs'), '');
    chmodSync(path('runs'), 0o400);
    const { code, stderr } = await run('run', playbook, inventory);
    expect(code).toBe(0);
    expect(stderr).toContain('what this run does is not on record: ');
    expect(existsSync(path('made'))).toBe(true);
  }, 30_000);
});
