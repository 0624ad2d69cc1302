import { createHash } from 'node:crypto';
import { haproxyConfig } from '../../src/apim/balancer/haproxy.ts';
import type { BalancerModel } from '../../src/apim/balancer/model.ts';
import { nginxConfig } from '../../src/apim/balancer/nginx.ts';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import { type Away, balancerModel } from '../../src/apim/config/balancer-model.ts';
import type { BalancerFacts } from '../../src/steps/balancer-state.ts';
import { materialFor, noMaterial } from './material.ts';
import { balancer, tenHosts } from './topologies.ts';

/** Ten nodes behind nginx at the host `lb`. */
export const behindNginx = await tenHosts();

/** The same behind HAProxy. */
export const behindHaproxy = await tenHosts({ load_balancer: { ...balancer, software: 'haproxy' } });

/** A host with the program on it, and nothing else of ours. */
export const bareBalancer: BalancerFacts = {
  program: '/usr/sbin/nginx',
  config: '',
  certificate: '',
  authority: '',
  drained: [],
  resting: [],
  noted: [],
  loaded: '',
  running: false,
  otherRunning: false,
  unit: undefined,
  material: noMaterial,
};

/** A balancer that runs as the topology says, with these nodes drained by people, and those by a rolling run. */
export async function soundBalancer(
  drained: readonly string[],
  resting: readonly string[] = [],
): Promise<BalancerFacts> {
  const facts = await soundWith(behindNginx, nginxConfig, { drained, resting });
  return { ...facts, noted: [...drained, ...resting] };
}

/** The same with HAProxy. */
export async function soundHaproxy(
  drained: readonly string[],
  resting: readonly string[] = [],
): Promise<BalancerFacts> {
  const facts = await soundWith(behindHaproxy, haproxyConfig, { drained, resting });
  return { ...facts, program: '/usr/sbin/haproxy' };
}

async function soundWith(
  topology: Topology,
  write: (model: BalancerModel) => string,
  { drained, resting }: Away,
): Promise<BalancerFacts> {
  const material = await materialFor(topology, ['lb']);
  const own = material.nodes.get('lb');
  if (own === undefined) throw new Error('the balancer has no certificate');
  const bundle = [own.certificate, ...own.chain, own.key].join('');
  const roots = material.authority.certificate;
  const config = write(balancerModel(topology, { drained, resting }));
  return {
    ...bareBalancer,
    material,
    config,
    drained,
    resting,
    noted: resting,
    certificate: sum(bundle),
    authority: sum(roots),
    loaded: sum([config, bundle, roots].join('\n')),
    running: true,
  };
}

function sum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
