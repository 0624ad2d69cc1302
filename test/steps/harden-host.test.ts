import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/engine/plan.ts';
import { hardenHost } from '../../src/steps/harden-host.ts';
import { nodeFor, topologyOf } from '../support/topologies.ts';

const topology = await topologyOf({ apim: { hardening: {} } });
const node = nodeFor(topology, 'traffic-manager');
const world = { topology, now: new Date(0), baseDirectory: '/', hosts: new Set([node.host.name]) };
const done = { limits: '', sysctl: '', strict: true, disabled: '', security: '' };
const plan = (facts: Partial<typeof done>): Change[] => [
  ...hardenHost.plan({ host: node.host, world, params: {} }, { ...done, ...facts }),
];
const heading = '# Written by apim-orchestrate; changes made here are lost at its next run.\n';

describe('harden-host', () => {
  it('has Java refuse old TLS where it does not of its own accord', () => {
    const [change, ...more] = plan({ disabled: 'SSLv3, RC4' });
    expect(change?.summary).toBe(
      `have Java refuse TLS before 1.2, in ${node.home}/repository/conf/security/java-tls.properties`,
    );
    expect(change?.diff?.after).toBe(`${heading}jdk.tls.disabledAlgorithms=SSLv3, RC4, TLSv1, TLSv1.1\n`);
    expect(more).toEqual([]);
  });

  it.each([
    [
      'it does so already',
      { disabled: 'SSLv3', security: `${heading}jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1\n` },
    ],
    ['Java refuses it of its own accord', { disabled: 'SSLv3, TLSv1, TLSv1.1', security: heading }],
    ['nothing is known of Java, or Java need not be told', {}],
  ])('changes nothing where %s', (_what, facts) => {
    expect(plan(facts)).toEqual([]);
  });

  it('leaves Java’s own list alone once that is long enough', () => {
    const [change] = plan({
      disabled: 'TLSv1, TLSv1.1, ECDH',
      security: `${heading}jdk.tls.disabledAlgorithms=TLSv1, TLSv1.1\n`,
    });
    expect(change?.diff?.after).toBe(heading);
  });
});
