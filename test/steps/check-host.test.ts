import { describe, expect, it } from 'vitest';
import { StepFailed } from '../../src/errors.ts';
import { checkHost } from '../../src/steps/check-host.ts';
import { fiveNodes, nodeNamed } from '../support/deployments.ts';

const fit = {
  missingTools: [],
  freeMegabytes: 5000,
  skewSeconds: 0,
  hasUser: true,
  running: false,
  listening: [],
  unresolved: [],
};

/** What is wrong with a server that has this Java, as people read it. */
function problems(
  version: number,
  accept: readonly number[] = [],
  missingTools: string[] = [],
): readonly string[] {
  const topology = fiveNodes({ java: { accept } });
  const { host } = nodeNamed(topology, 'km');
  const world = { topology, now: new Date(0), baseDirectory: '/', hosts: new Set([host.name]) };
  try {
    const java = { home: '/opt/jdk', version };
    expect(checkHost.plan({ host, world, params: {} }, { ...fit, missingTools, java })).toEqual([]);
    return [];
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return error.tail;
  }
}

describe('a server', () => {
  it('is not fit while another program has a port of the node, whatever nodes of other servers have', () => {
    const topology = fiveNodes();
    const { host } = nodeNamed(topology, 'km');
    const world = { topology, now: new Date(0), baseDirectory: '/', hosts: new Set([host.name]) };
    const facts = { ...fit, java: { home: '/opt/jdk', version: 11 }, listening: [9443] };
    expect(() => checkHost.plan({ host, world, params: {} }, facts)).toThrow(
      'port 9443 is taken by another program → stop that, or set another offset for km',
    );
    expect(checkHost.plan({ host, world, params: {} }, { ...facts, running: true })).toEqual([]);
  });

  it.each([8, 11])('is fit with Java %i, which the vendor supports', (version) => {
    expect(problems(version)).toEqual([]);
  });

  it('needs what looks for files that others can read', () => {
    expect(problems(11, [], ['find'])).toEqual([
      'find is not installed → install it (Debian: apt-get install findutils)',
    ]);
  });

  it.each([
    [9, 'would take it without a word'],
    [10, 'would take it without a word'],
    [17, 'only warns of it, and goes on'],
    [21, 'only warns of it, and goes on'],
  ])('is refused with Java %i, which the vendor does not: its start script %s', (version, script) => {
    expect(problems(version)).toEqual([
      `Java ${version} in /opt/jdk is not supported by the vendor, who names 8 and 11 (the start script ${script}) → install JDK 11, or accept it with java: { accept: [${version}] }`,
    ]);
    expect(problems(version, [version])).toEqual([]);
  });
});
