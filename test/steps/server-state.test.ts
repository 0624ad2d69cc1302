import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { marks } from '../../src/apim/cluster/paths.ts';
import { portNumbers } from '../../src/apim/cluster/topology.ts';
import { firstStartQuestion } from '../../src/apim/database/first-start.ts';
import { findServer } from '../../src/apim/server/commands.ts';
import type { Rows } from '../../src/connection/sql.ts';
import { findJava } from '../../src/shell/java.ts';
import { listeningPorts } from '../../src/shell/process.ts';
import { hasSystemd } from '../../src/shell/service.ts';
import { inspectServer } from '../../src/steps/server-state.ts';
import { startServerStep } from '../../src/steps/start-server.ts';
import { waitReady } from '../../src/steps/wait-ready.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { material, writeFolder } from '../support/material.ts';
import { type Deployment, nodeFor } from '../support/topologies.ts';

let ground: Ground;
const node = () => nodeFor(ground.topology, 'gateway');
const look = () => inspectServer(ground.at('gw', {}), ground.from('gw'));
afterEach(() => ground.remove());

/** A gateway whose server runs, with its keys here and its driver. */
async function running(deployment: Deployment = {}, { java = '/opt/jdk', driver = 'driver' } = {}) {
  ground?.remove();
  ground = await createGround(deployment);
  writeFolder(`${ground.folder}/pki`, material);
  ground.write('mysql-connector-j-8.4.0.jar', driver);
  ground.write('own.jar', 'one');
  ground.say(findServer(node()), '7 1234\n');
  ground.say(listeningPorts(), hex(portNumbers(node())));
  ground.say(hasSystemd(), '');
  ground.say(findJava(undefined), `${java}\nversion "11.0.2"\n`);
}
const hex = (ports: readonly number[]) =>
  ports.map((port) => `${port.toString(16).padStart(4, '0').toUpperCase()}\n`).join('');

/** What it should run with; any difference in it restarts a server. */
async function wanted(deployment?: Deployment, more?: { java?: string; driver?: string }) {
  await running(deployment, more);
  return (await look()).wanted;
}
const one = { files: [{ from: './own.jar', to: 'dropins' }] };

describe('what is seen of a server', () => {
  beforeEach(() => running());

  it('is its process, its notes, its ports, and what it is started by', async () => {
    ground.write(marks(node()).running, 'a-print\n');
    ground.write(marks(node()).ready, 'a-print 7 1234\n');
    ground.write(marks(node()).answered, 'a-print 6 99\n');
    expect(await look()).toMatchObject({
      process: { pid: 7, startedAt: '1234' },
      running: 'a-print',
      ready: 'a-print 7 1234',
      answered: 'a-print 6 99',
      listening: portNumbers(node()),
      systemd: false,
      javaHome: '/opt/jdk',
      material: { own: { certificate: material.nodes.get('gw')?.certificate } },
      wanted: expect.stringMatching(/^\S{20,}$/),
    });
  });

  it('is nothing, where there is nothing', async () => {
    ground.remove();
    ground = await createGround();
    ground.say(findServer(node()), '');
    ground.say(listeningPorts(), '');
    ground.say(findJava(undefined), '');
    ground.say(hasSystemd(), 'yes\n');
    expect(await look()).toMatchObject({
      process: undefined,
      running: '',
      ready: '',
      answered: '',
      listening: [],
      systemd: true,
      javaHome: undefined,
      material: undefined,
      wanted: undefined,
    });
  });

  it('is looked at as the user of the node', async () => {
    ground.users.delete('wso2');
    await expect(look()).rejects.toThrow('there is no user wso2');
  });

  it.each([
    ['systemd', '', true],
    ['auto', '', false],
    ['auto', 'yes\n', true],
    ['script', 'yes\n', false],
  ])('is whether systemd runs it: the inventory says %s, the server has it: %j', async (service, has, is) => {
    await running({ apim: { service } });
    ground.say(hasSystemd(), has);
    expect((await look()).systemd).toBe(is);
  });
});

describe('what a server should run with', () => {
  it('stays the same as long as nothing changes', async () => {
    expect((await wanted({ apim: one }))?.replaceAll(/ground-\w+/g, '')).toBeDefined();
    const before = (await look()).wanted;
    expect((await look()).wanted).toBe(before);
  });

  it.each<[string, (change: boolean) => Promise<string | undefined>]>([
    [
      'the driver',
      (change) => again(() => ground.write('mysql-connector-j-8.4.0.jar', change ? 'x' : 'driver')),
    ],
    ['a file of somebody’s own', (change) => again(() => ground.write('own.jar', change ? 'two' : 'one'))],
    [
      'Java',
      (change) =>
        again(() =>
          ground.say(findJava(undefined), `${change ? '/opt/other' : '/opt/jdk'}\nversion "11.0.2"\n`),
        ),
    ],
    [
      'a certificate',
      (change) =>
        again(() =>
          writeFolder(`${ground.folder}/pki`, { ...material, ...(change ? { nodes: swapped } : {}) }),
        ),
    ],
  ])('changes with %s', async (_what, seenAfter) => {
    await running({ apim: one });
    const before = await seenAfter(false);
    expect(await seenAfter(true)).not.toBe(before);
    expect(await seenAfter(false)).toBe(before);
  });

  it.each<[string, Partial<Ground['topology']['settings']>]>([
    ['another archive', { pack: { path: '/p.zip', sha256: '1'.repeat(64) } } as never],
    ['passwords that are encrypted', { secureVault: true }],
  ])('changes with %s', async (_what, settings) => {
    await running();
    const before = (await look()).wanted;
    const topology = { ...ground.topology, settings: { ...ground.topology.settings, ...settings } };
    const site = ground.at('gw', {});
    const after = await inspectServer({ ...site, world: { ...site.world, topology } }, ground.from('gw'));
    expect(after.wanted).not.toBe(before);
  });

  it('changes with what nobody may trust any more', async () => {
    await running();
    const before = (await look()).wanted;
    const { settings } = ground.topology;
    const certificates = { ...settings.certificates, distrust: ['f'.repeat(64)] };
    const topology = { ...ground.topology, settings: { ...settings, certificates } };
    const site = ground.at('gw', {});
    const after = await inspectServer({ ...site, world: { ...site.world, topology } }, ground.from('gw'));
    expect(after.wanted).not.toBe(before);
  });

  const again = async (change: () => unknown) => {
    change();
    return (await look()).wanted;
  };
  const swapped = new Map(
    [...material.nodes].map(([name]) => [name, material.nodes.get('km') ?? material.primary]),
  );
});

describe('a server that was found ready', () => {
  const spot = (timeout?: number) =>
    ground.at('gw', { requested: false, forced: false, ...(timeout === undefined ? {} : { timeout }) });
  const plan = async () => waitReady.plan(spot(), await waitReady.inspect(spot(), ground.from('gw')));
  const note = async (text: (wanted: string) => string) => {
    const { wanted: print = '' } = await look();
    ground.write(marks(node()).running, `${print}\n`);
    ground.write(marks(node()).ready, `${text(print)}\n`);
  };
  beforeEach(() => running());

  it('is waited for no more, as long as its process lives with all its ports', async () => {
    await note((print) => `${print} 7 1234`);
    expect(await plan()).toEqual([]);
    ground.say(listeningPorts(), hex(portNumbers(node()).slice(1)));
    expect(await plan()).toHaveLength(1);
  });

  it.each<[string, (print: string) => string]>([
    ['another process', (print) => `${print} 8 1234`],
    ['a process before it with the same number', (print) => `${print} 7 99`],
    ['one with something else', () => 'other 7 1234'],
  ])('is waited for if the note is of %s', async (_what, text) => {
    await note(text);
    expect(await plan()).toHaveLength(1);
  });

  it('is asked in the end for TLS with our certificate under its name, and for what its role answers', async () => {
    await note(() => 'other 7 1234');
    const [change] = await plan();
    const checks = change?.actions.flatMap((action) => (action.kind === 'wait' ? action.until : [])) ?? [];
    const probes = checks.flatMap((check) => ('probe' in check ? [check.probe] : []));
    const tls = { name: 'gw.example.com', ca: expect.stringContaining(material.authority.certificate) };
    expect(probes[0]).toEqual({
      host: '127.0.0.1',
      port: 9443,
      tls,
      http: { path: '/services/Version', status: [200], body: 'WSO2 API Manager-' },
    });
    expect(probes).toContainEqual({ host: '127.0.0.1', port: 8280 });
    expect(probes).toContainEqual({ host: '127.0.0.1', port: 8243, tls });
  });

  it('is waited for as long as its inventory says, or the playbook', async () => {
    await note(() => 'other 7 1234');
    const facts = await look();
    const waits = (timeout?: number) =>
      waitReady
        .plan(spot(timeout), facts)
        .flatMap(({ actions }) => actions.flatMap((each) => (each.kind === 'wait' ? [each.timeoutMs] : [])));
    expect(new Set(waits())).toEqual(new Set([node().readyTimeoutMs]));
    expect(new Set(waits(5))).toEqual(new Set([5]));
  });
});

describe('whether a server has started with the database before', () => {
  beforeEach(() => running());
  const answered = async (rows: Rows | undefined, runs = false) => {
    ground.say(findServer(node()), runs ? '7 1234\n' : '');
    const asked: string[] = [];
    const facts = await startServerStep.inspect(
      ground.at('gw', { requested: false, forced: false }),
      ground.from('gw', {
        sql: async ({ username, name }, text) => {
          asked.push(`${username}@${name}: ${text}`);
          return rows === undefined ? { ok: false, code: '28P01', why: 'no' } : { ok: true, rows };
        },
      }),
    );
    return { asked, before: facts.before };
  };

  it.each<[string, Rows | undefined, string]>([
    ['users and paths are there', [{ users: 1, paths: true }], 'yes'],
    ['there are no paths yet', [{ users: 1, paths: 0 }], 'no'],
    ['nobody gets in', undefined, 'no'],
  ])('is asked of the shared database: %s', async (_what, rows, answer) => {
    expect(await answered(rows)).toEqual({
      asked: [`shared@shared_db: ${firstStartQuestion}`],
      before: answer,
    });
  });

  it('is not asked while the server runs', async () => {
    expect(await answered(undefined, true)).toEqual({ asked: [], before: 'yes' });
  });

  it('cannot be told where the tool cannot talk to the database server', async () => {
    ground.remove();
    ground = await createGround({
      apim: {
        database: {
          type: 'oracle',
          host: 'db.example.com',
          driver: { path: './ojdbc8.jar' },
          apim: { username: 'apim', password: 'fake-password' },
          shared: { username: 'shared', password: 'fake-password' },
        },
      },
    });
    expect(await answered([{ users: 1, paths: 1 }])).toEqual({ asked: [], before: 'unknown' });
  });
});
