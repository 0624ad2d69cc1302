import { afterEach, beforeEach, expect, it } from 'vitest';
import { marks } from '../../src/apim/cluster/paths.ts';
import { type Node, portNumbers } from '../../src/apim/cluster/topology.ts';
import { findServer } from '../../src/apim/server/commands.ts';
import { findJava } from '../../src/shell/java.ts';
import { listeningPorts } from '../../src/shell/process.ts';
import { hasSystemd } from '../../src/shell/service.ts';
import { whoIsBehind } from '../../src/steps/behind.ts';
import { inspectServer } from '../../src/steps/server-state.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { material, writeFolder } from '../support/material.ts';

let ground: Ground;
const nodes = () => ground.topology.nodes;
const nodeAt = (name: string) => nodes().find(({ host }) => host.name === name) as Node;
const behind = (now = ground.world.now) => whoIsBehind({ ...ground.world, now }, ground.from('km'));

/** Five nodes that run with what they should, each found ready. */
beforeEach(async () => {
  ground = await createGround();
  writeFolder(`${ground.folder}/pki`, material);
  ground.write('mysql-connector-j-8.4.0.jar', 'driver');
  ground.say(hasSystemd(), '');
  ground.say(findJava(undefined), '/opt/jdk\nversion "11.0.2"\n');
  for (const node of nodes()) {
    const ports = portNumbers(node).map((port) => `${port.toString(16).padStart(4, '0').toUpperCase()}\n`);
    ground.say(findServer(node), '7 1234\n', node.host.name);
    ground.say(listeningPorts(), ports.join(''), node.host.name);
    const { note, wanted } = await inspectServer(
      { host: node.host, world: ground.world },
      ground.from(node.host.name),
    );
    ground.write(marks(node).running, `${note}\n`);
    for (const mark of [marks(node).ready, marks(node).answered]) ground.write(mark, `${wanted} 7 1234\n`);
  }
});
afterEach(() => ground.remove());

it('nobody is behind who runs with what there is', async () => {
  expect(await behind()).toEqual([]);
});

it('whoever does not run is, and whoever was not found ready, or runs with something older', async () => {
  ground.say(findServer(nodeAt('tm')), '', 'tm');
  ground.write(marks(nodeAt('pub')).ready, 'another 7 1234\n');
  ground.write(marks(nodeAt('gw')).running, 'older\nmemory=-Xmx1m\n');
  expect(await behind()).toEqual([
    { host: 'tm', why: 'does not run' },
    { host: 'pub', why: 'was not found ready' },
    { host: 'gw', why: expect.stringMatching(/^runs with something older \(.*memory -Xmx1m → /) },
  ]);
});

it('whose certificate is due, or has ended, is not: that is what a rotation is for', async () => {
  const afterAll = new Date('2040-01-01T00:00:00Z');
  expect(await behind(afterAll)).toEqual([]);
  ground.say(findServer(nodeAt('tm')), '', 'tm');
  ground.write(marks(nodeAt('dev')).ready, '');
  expect(await behind(afterAll)).toEqual([
    { host: 'tm', why: 'does not run' },
    { host: 'dev', why: 'was not found ready' },
  ]);
});
