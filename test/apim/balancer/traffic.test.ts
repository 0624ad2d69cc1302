import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hasLeft, targetsOf } from '../../../src/apim/balancer/traffic.ts';
import { balancerModel } from '../../../src/apim/config/balancer-model.ts';
import { tenHosts } from '../../support/topologies.ts';

const model = balancerModel(await tenHosts());

describe('where a balancer sends requests for a node', () => {
  it('is every port of it that a site leads to, once', () => {
    expect(targetsOf(model, 'km1')).toMatchObject([{ hostname: 'km1.example.com', port: 9443 }]);
    expect(targetsOf(model, 'gw2').map(({ port }) => port)).toEqual([8243, 8280, 8099, 9099, 9443]);
  });

  it('is nowhere for a name that it does not know', () => {
    expect(targetsOf(model, 'db')).toEqual([]);
  });
});

describe('what a balancer had sent', () => {
  /** What stands in the place of the balancer is this very process, whose name `ss` tells. */
  const me = execFileSync('ps', ['-o', 'comm=', '-p', String(process.pid)], { encoding: 'utf8' }).trim();

  it('has left once no connection of it is open', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // biome-ignore lint/suspicious/noExplicitAny: any process may stand in for the two programs here
    const command = (who: string) => hasLeft(who as any, 'gw1', [{ hostname: 'localhost', port }]);
    const ask = (who: string) => spawnSync('sh', ['-c', command(who).text], { encoding: 'utf8' });
    const accepted = once(server, 'connection');
    const client = connect(port, '127.0.0.1');
    const [there] = (await accepted) as [Socket];
    expect(ask(me)).toMatchObject({ status: 1, stderr: 'connections that are still open: 1\n' });
    // Those of others do not count.
    expect(ask('nginx').status).toBe(0);
    client.destroy();
    there.destroy();
    await once(server.close(), 'close');
    expect(ask(me).status).toBe(0);
  });
});
