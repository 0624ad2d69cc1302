import { createHash } from 'node:crypto';
import { nginxConfig } from '../../src/apim/balancer/nginx.ts';
import { balancerModel } from '../../src/apim/config/balancer-model.ts';
import type { BalancerFacts } from '../../src/steps/balancer.ts';
import { materialFor, noMaterial } from './material.ts';
import { tenHosts } from './topologies.ts';

/** Ten nodes behind nginx at the host `lb`. */
export const behindNginx = await tenHosts();

/** A host with the program on it, and nothing else of ours. */
export const bareBalancer: BalancerFacts = {
  program: '/usr/sbin/nginx',
  config: '',
  certificate: '',
  authority: '',
  drained: [],
  resting: [],
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
  const material = await materialFor(behindNginx, ['lb']);
  const own = material.nodes.get('lb');
  if (own === undefined) throw new Error('the balancer has no certificate');
  const bundle = [own.certificate, ...own.chain, own.key].join('');
  const roots = material.authority.certificate;
  const config = nginxConfig(balancerModel(behindNginx, [...drained, ...resting]));
  return {
    ...bareBalancer,
    material,
    config,
    drained,
    resting,
    certificate: sum(bundle),
    authority: sum(roots),
    loaded: sum([config, bundle, roots].join('\n')),
    running: true,
  };
}

function sum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
