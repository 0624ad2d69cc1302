import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { composeHosts, writeCompose } from '../lab/compose/write.ts';
import { buildStandIn } from '../lab/standin.ts';
import { changesIn, failuresIn, runJson, runTool } from '../support/tool.ts';
import { type Composed, composed } from './compose.ts';
import { type Controller, makeController } from './controller.ts';
import { type Engine, leftoversOf, openEngine } from './engine.ts';

/** docker-compose.test.yml for real. What comes later stands on what came before. */

const root = resolve(import.meta.dirname, '../..');
const lan = '10.98.0';
const nodes = ['km', 'tm', 'pub', 'dev', 'gw'];
let engine: Engine | undefined;
let hosts: Composed;
let workspace: string;
let inventory: string;
let controller: Controller;

beforeAll(async () => {
  engine = await openEngine();
  workspace = await mkdtemp(join(tmpdir(), 'apim-compose-'));
  hosts = await composed(engine, workspace, lan);
});
afterAll(async () => {
  // An engine of our own takes with it what runs in it.
  if (engine !== undefined && engine.directory === undefined) await hosts?.down();
  await engine?.close();
  if (workspace !== undefined) await rm(workspace, { recursive: true, force: true });
});

/** Names of the nodes that a status calls ready. */
function readyIn(stdout: string): string[] {
  const all = JSON.parse(stdout) as { host: string; ready: boolean }[];
  return all.filter(({ ready }) => ready).map(({ host }) => host);
}

it('brings up a container for each host of the file', async () => {
  const pack = await buildStandIn();
  inventory = await writeCompose({ workspace, network: lan, pack });
  await hosts.up();
  expect(await hosts.there()).toHaveLength(composeHosts(lan).length + 1);
});

it('is deployed to', async () => {
  const deployed = await runJson('deploy', inventory);
  expect(failuresIn(deployed)).toEqual([]);
  expect(deployed.code).toBe(0);
  expect(changesIn(deployed).length).toBeGreaterThan(50);
});

it('has nothing to do for a second deployment', async () => {
  const again = await runJson('deploy', inventory);
  expect(failuresIn(again)).toEqual([]);
  expect([again.code, changesIn(again)]).toEqual([0, []]);
});

it('has every server ready, as status tells', async () => {
  const { code, stdout } = await runTool('status', inventory, '--output', 'json');
  expect([code, readyIn(stdout)]).toEqual([0, nodes]);
});

it('takes the package of npm pack into a container of its own, where it says its version', async () => {
  const { path } = await buildStandIn();
  controller = await makeController(hosts, engine?.environment ?? {}, [
    workspace,
    dirname(path),
    '/usr/share/java',
  ]);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(await controller.run('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
});

it('finds nothing to do from there', async () => {
  const { code, stdout } = await controller.run('plan', inventory);
  expect(stdout).toMatch(/nothing to do/i);
  expect(code).toBe(0);
});

it('stops from there all that was deployed from here, and deploys it again', async () => {
  // Users would notice, and nobody can be asked there.
  expect(await controller.run('stop', inventory)).toMatchObject({ code: 64 });
  expect(await controller.run('stop', inventory, '--yes')).toMatchObject({ code: 0 });
  const stopped = await runTool('status', inventory, '--output', 'json');
  expect([stopped.code, readyIn(stopped.stdout)]).toEqual([1, []]);
  expect(await controller.run('deploy', inventory)).toMatchObject({ code: 0 });
  const { code, stdout } = await controller.run('status', inventory, '--output', 'json');
  expect([code, readyIn(stdout)]).toEqual([0, nodes]);
});

it('is taken down, and leaves no container and no network', async () => {
  await hosts.down();
  expect(await hosts.there()).toEqual([]);
});

it('leaves nothing of an engine that was started for this', async ({ skip }) => {
  const directory = engine?.directory;
  if (directory === undefined) return skip('the engine was here before, and stays');
  await engine?.close();
  engine = undefined;
  expect(await leftoversOf(directory)).toEqual([]);
});
