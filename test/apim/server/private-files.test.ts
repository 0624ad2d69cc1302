import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/apim/cluster/topology.ts';
import {
  closeHomes,
  openPaths,
  ownPaths,
  pathsText,
  privatePaths,
  readPaths,
} from '../../../src/apim/server/private-files.ts';
import { fiveNodes, nodeNamed } from '../../support/deployments.ts';
import { nodeFor, tenHosts } from '../../support/topologies.ts';

const five = fiveNodes();
const secure =
  'repository/deployment/server/synapse-configs/default/inbound-endpoints/SecureWebSocketInboundEndpoint.xml';
let folder: string;
let node: Node;

/** A home as an earlier version left it, and the one before it: their servers wrote by the umask 022. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-'));
  node = { ...nodeNamed(five, 'gw'), home: join(folder, 'gateway') };
  for (const home of [node.home, `${node.home}.previous`])
    for (const name of ['repository/conf/user-mgt.xml', 'repository/conf/identity/identity.xml', secure]) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), 'a password');
      chmodSync(join(home, name), 0o644);
    }
  for (const home of [node.home, `${node.home}.previous`]) chmodSync(home, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

const sh = (text: string) => spawnSync('/bin/sh', ['-c', text], { encoding: 'utf8' });
const open = () => readPaths(sh(openPaths(node, ownPaths(five, node)).text).stdout);
const mode = (path: string) => statSync(join(folder, path)).mode & 0o777;

describe('what others can read of a node', () => {
  it('is its home, the one before it, and the files that its server makes', () => {
    expect(open()).toEqual([
      node.home,
      `${node.home}.previous`,
      `${node.home}/repository/conf/user-mgt.xml`,
      `${node.home}/repository/conf/identity/identity.xml`,
      `${node.home}/${secure}`,
    ]);
    expect(pathsText(open())).toBe(`${node.home} and 4 more`);
  });

  it('is nothing once they are closed, also where nothing else stands in the way', () => {
    expect(sh(closeHomes(node).text).status).toBe(0);
    expect(open()).toEqual([]);
    expect(mode('gateway')).toBe(0o700);
    expect(mode('gateway.previous')).toBe(0o700);
    expect(mode('gateway.previous/repository/conf/user-mgt.xml')).toBe(0o600);
    chmodSync(node.home, 0o750);
    expect(open()).toEqual([]);
  });

  it('is nothing of a home that is not there yet, or has none before it', () => {
    rmSync(`${node.home}.previous`, { recursive: true });
    expect(sh(closeHomes(node).text).status).toBe(0);
    expect(existsSync(`${node.home}.previous`)).toBe(false);
    rmSync(node.home, { recursive: true });
    expect(open()).toEqual([]);
  });

  it('is read and closed as the user of the node', () => {
    expect([openPaths(node, []).user, closeHomes(node).user]).toEqual(['wso2', 'wso2']);
  });
});

describe('what is shared', () => {
  it('is left alone by a deployment, and told by an audit', async () => {
    const ten = await tenHosts();
    const gateway = nodeFor(ten, 'gateway');
    expect(privatePaths(gateway)).toContain(`${gateway.home}/${secure}`);
    expect(ownPaths(ten, gateway).join('\n')).not.toMatch(/synapse-configs|truststore|\/shared\//);
    const target = join(folder, 'shared');
    mkdirSync(target);
    writeFileSync(join(target, 'file'), '');
    chmodSync(join(target, 'file'), 0o644);
    rmSync(join(node.home, 'repository/deployment/server/synapse-configs'), { recursive: true });
    symlinkSync(target, join(node.home, 'repository/deployment/server/synapse-configs'));
    expect(sh(closeHomes(node).text).status).toBe(0);
    expect(mode('shared/file')).toBe(0o644);
  });
});
