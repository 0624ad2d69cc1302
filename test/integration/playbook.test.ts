import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPack } from '../standin/build.ts';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { changesIn, failuresIn, runTool } from '../support/tool.ts';

let cluster: Cluster;
let server: Server;
const asked: (string | undefined)[] = [];

const playbook = `
name: Our own
plays:
  - name: Prepare
    hosts: [gateway, key_manager]
    in: sequence
    steps:
      - check-host
      - install-pack
      - copy-file: { from: motd.txt, to: /opt/wso2/motd, mode: "0640" }
      - run-command:
          command: mkdir -p /opt/wso2/made
          unless: test -d /opt/wso2/made
      - wait-for-port: { port: 22, timeout: 5s }
`;

beforeAll(async () => {
  cluster = await createCluster('book', '10.87.0');
  const pack = await buildPack();
  server = createServer((request, response) => {
    asked.push(request.headers.range);
    createReadStream(pack.path).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, '10.87.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await cluster.edit(
    /path: \S+wso2am-3\.2\.0\.zip/,
    `url: http://10.87.0.1:${address.port}/wso2am-3.2.0.zip`,
  );
  await writeFile(join(cluster.folder, 'motd.txt'), 'hello\n');
  await writeFile(join(cluster.folder, 'own.yaml'), playbook);
});
afterAll(async () => {
  server.close();
  await cluster.close();
});

const run = (...words: string[]) =>
  runTool('run', join(cluster.folder, 'own.yaml'), cluster.inventory, '--output', 'json', ...words);

describe('a playbook of one’s own, with an archive that servers download', () => {
  it('is planned, done as planned, and done only once', async () => {
    const planned = await run('--dry-run');
    expect(planned.code).toBe(2);
    const done = await run();
    expect(failuresIn(done)).toEqual([]);
    expect(changesIn(done)).toEqual(changesIn(planned));
    expect(changesIn(done)).toHaveLength(6);
    expect(asked).toHaveLength(2);
    const again = await run();
    expect(changesIn(again)).toEqual([]);
    const { stdout } = await cluster.lab.exec('gw', ['stat', '-c', '%a %U', '/opt/wso2/motd']);
    expect(stdout.trim()).toBe('640 wso2');
  });

  it('works only on the hosts that --limit leaves', async () => {
    await writeFile(join(cluster.folder, 'motd.txt'), 'hello again\n');
    const limited = await run('--limit', 'all:!gw');
    expect(changesIn(limited).map((change) => change.split(' ')[0])).toEqual(['km']);
  });

  it('is refused with file, line and column when a step or a setting is not known', async () => {
    const text = await readFile(join(cluster.folder, 'own.yaml'), 'utf8');
    await writeFile(
      join(cluster.folder, 'wrong.yaml'),
      text.replace('- check-host', '- chek-host').replace('mode:', 'mod:'),
    );
    const { code, stderr } = await runTool('run', join(cluster.folder, 'wrong.yaml'), cluster.inventory);
    expect(code).toBe(64);
    expect(stderr).toMatch(/wrong\.yaml:8:9: chek-host: no such step/);
    expect(stderr).toMatch(/wrong\.yaml:10:\d+: copy-file/);
  });
});
