import { describe, expect, it } from 'vitest';
import { installPack } from '../../src/steps/install-pack.ts';
import { fiveNodes, nodeNamed } from '../support/deployments.ts';

const topology = fiveNodes();
const { host, home } = nodeNamed(topology, 'gw');
const world = { topology, now: new Date(0), baseDirectory: '/', hosts: new Set([host.name]) };
const installed = {
  pack: topology.settings.pack.sha256,
  broken: false,
  present: true,
  cached: true,
  writable: true,
  running: true,
  open: [] as string[],
};
const planned = (facts: Partial<typeof installed>) =>
  installPack.plan({ host, world, params: {} }, { ...installed, ...facts }).map(({ summary }) => summary);

describe('a home with the wanted archive', () => {
  it('is left alone when nobody else can read it', () => {
    expect(planned({})).toEqual([]);
  });

  it('is closed when others can, its server running or not', () => {
    expect(planned({ open: [home] })).toEqual([`keep other users of the server out of ${home}`]);
    expect(planned({ running: false, open: [home, `${home}.previous`, `${home}/x`] })).toEqual([
      `keep other users of the server out of ${home} and 2 more`,
    ]);
  });
});

describe('a home that is replaced', () => {
  it('needs no closing besides: the new one is never open, and the old one is closed as it goes', () => {
    const [change, ...more] = installPack.plan(
      { host, world, params: {} },
      { ...installed, pack: 'another', open: [home] },
    );
    expect(more).toEqual([]);
    expect(change?.summary).toBe(`replace API Manager 3.2.0 in ${home}`);
  });
});
