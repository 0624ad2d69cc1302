import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { marks } from '../../src/apim/cluster/paths.ts';
import { findServer, uptime } from '../../src/apim/server/commands.ts';
import { keptLinks } from '../../src/apim/server/links.ts';
import type { Probe } from '../../src/connection/probe.ts';
import { findJava } from '../../src/shell/java.ts';
import { listeningPorts } from '../../src/shell/process.ts';
import { nodeStatus } from '../../src/steps/node-status.ts';
import { inspectServer } from '../../src/steps/server-state.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { material, writeFolder } from '../support/material.ts';
import { nodeFor } from '../support/topologies.ts';

let ground: Ground;
const node = () => nodeFor(ground.topology, 'key-manager');
const site = () => ground.at('km', {});
beforeEach(async () => {
  ground = await createGround();
  writeFolder(`${ground.folder}/pki`, material);
  ground.write(`${node().home}/bin/version.txt`, 'WSO2 API Manager v3.2.0\n');
  ground.write(marks(node()).pack, 'x');
  ground.say(findServer(node()), '7 1234\n');
  ground.say(listeningPorts(), '');
  ground.say(findJava(undefined), '/opt/jdk\nversion "11.0.2"\n');
  ground.say(uptime(7), '  90\n');
  const { wanted } = await inspectServer(site(), ground.from('km'));
  ground.write(marks(node()).running, `${wanted}\n`);
});
afterEach(() => ground.remove());

const status = (probe: (probe: Probe) => boolean = () => true) =>
  nodeStatus(
    site(),
    ground.from('km', {
      probe: async (asked) => (probe(asked) ? { ok: true } : { ok: false, why: 'no answer' }),
    }),
  );

describe('the status of a node', () => {
  it('is ready if all answers that its role is for', async () => {
    const asked: Probe[] = [];
    expect(await status((probe) => asked.push(probe) > 0)).toEqual({
      host: 'km',
      role: 'key-manager',
      version: '3.2.0',
      pid: 7,
      uptimeSeconds: 90,
      ready: true,
      notes: [],
      certificateEnds: expect.stringMatching(/^2028-06-03T/),
    });
    const tls = { name: 'km.example.com', ca: material.authority.certificate };
    expect(asked.map(({ port, tls: with_ }) => [port, with_])).toEqual([
      [9443, tls],
      [9443, tls],
    ]);
  });

  it('tells what does not answer, and why', async () => {
    expect(await status(({ http }) => http?.path === '/services/Version')).toMatchObject({
      ready: false,
      notes: ['https://km.example.com:9443/carbon/admin/login.jsp: no answer'],
    });
  });

  it('of a gateway tells of the link to a peer that it should keep', async () => {
    const gateway = nodeFor(ground.topology, 'gateway');
    const [link] = keptLinks(ground.topology, gateway);
    const notes = async () => {
      const found = await nodeStatus(
        ground.at('gw', {}),
        ground.from('gw', { probe: async () => ({ ok: true }) }),
      );
      return found.notes.filter((note) => note.includes('link'));
    };
    ground.say(findServer(gateway), '7 1234\n');
    expect(await notes()).toEqual([
      'its link to a Traffic Manager, at tm.example.com:5672: its process is not there',
    ]);
    ground.say(link?.command ?? { text: '' }, '');
    expect(await notes()).toEqual([]);
  });

  it('owes a restart if something else is installed than what runs', async () => {
    ground.write(marks(node()).running, 'older\n');
    expect(await status()).toMatchObject({ ready: true, notes: ['owes a restart'] });
  });

  it('is told of a server that does not run, without asking it', async () => {
    ground.say(findServer(node()), '');
    const asked: Probe[] = [];
    expect(await status((probe) => asked.push(probe) > 0)).toEqual({
      host: 'km',
      role: 'key-manager',
      version: '3.2.0',
      pid: undefined,
      uptimeSeconds: undefined,
      ready: false,
      notes: ['not running'],
      certificateEnds: expect.stringMatching(/^2028-06-03T/),
    });
    expect(asked).toEqual([]);
  });

  it('is not ready if somebody else installed it, and owes nothing then', async () => {
    ground.remove();
    ground.write(`${node().home}/bin/version.txt`, 'WSO2 API Manager v3.2.0\n');
    expect(await status()).toMatchObject({
      ready: false,
      notes: ['was not installed by this tool'],
      certificateEnds: undefined,
    });
  });

  it.each(['', 'soon\n'])('has no uptime that cannot be read: %j', async (printed) => {
    ground.say(uptime(7), printed);
    expect(await status()).toMatchObject({ uptimeSeconds: undefined });
  });
});
