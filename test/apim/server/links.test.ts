import { describe, expect, it } from 'vitest';
import { keptLinks } from '../../../src/apim/server/links.ts';
import { fiveHosts, nodeFor, oneHost, tenHosts, topologyOf } from '../../support/topologies.ts';

const of = async (topology: Awaited<ReturnType<typeof fiveHosts>>, role: Parameters<typeof nodeFor>[1]) =>
  keptLinks(topology, nodeFor(topology, role));
const withOverride = (throttling: object) =>
  topologyOf({ apim: { deployment_toml: { apim: { throttling } } } });

describe('the links that a ready server has', () => {
  it('are those of a gateway to the broker of a Traffic Manager, with its offset', async () => {
    const one = await of(await fiveHosts(), 'gateway');
    expect(one.map(({ what }) => what)).toEqual(['its link to a Traffic Manager, at tm.example.com:5672']);
    expect(one[0]?.command.user).toBe('wso2');
    expect(one[0]?.command.text).toContain('wanted=1628');
    const moved = await of(await oneHost(), 'gateway');
    expect(moved.map(({ what }) => what)).toEqual(['its link to a Traffic Manager, at tm.example.com:5675']);
  });

  it('lead to any of the Traffic Managers, for a gateway turns to the next when one goes', async () => {
    const topology = await tenHosts();
    expect((await of(topology, 'gateway')).map(({ what }) => what)).toEqual([
      'its link to a Traffic Manager, at tm1.example.com:5672 or tm2.example.com:5672',
    ]);
  });

  it.each(['key-manager', 'traffic-manager', 'publisher', 'devportal'] as const)(
    'are none of a %s',
    async (role) => {
      expect(await of(await fiveHosts(), role)).toEqual([]);
    },
  );

  it('are those that somebody wrote instead', async () => {
    const found = await of(
      await withOverride({ throttle_decision_endpoints: ['tcp://other.example.com:5700'] }),
      'gateway',
    );
    expect(found.map(({ what }) => what)).toEqual([
      'its link to a Traffic Manager, at other.example.com:5700',
      'its link to a Traffic Manager, at tm.example.com:5672',
    ]);
  });

  it('are not waited for where only the server knows them, or where it was told to keep none', async () => {
    const unknown = await of(
      await withOverride({ throttle_decision_endpoints: ['tcp://$' + '{carbon.local.ip}:5672'] }),
      'gateway',
    );
    expect(unknown.map(({ what }) => what)).toEqual([
      'its link to a Traffic Manager, at tm.example.com:5672',
    ]);
    expect(await of(await withOverride({ enable_decision_connection: false }), 'gateway')).toEqual([]);
  });
});
