import { balancerUnit } from '../apim/balancer/commands.ts';
import { balancerFiles } from '../apim/balancer/model.ts';
import { softwareOf } from '../apim/cluster/topology.ts';
import { listFiles } from '../apim/server/log-files.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { as } from '../shell/command.ts';
import { describeUnit } from '../shell/machine.ts';
import { lookAtBalancer } from './balancer-state.ts';
import type { World } from './define.ts';
import {
  attempt,
  type Findings,
  keepAnswer,
  keepLogs,
  machineSupport,
  type Wanted,
} from './support-findings.ts';

/** The same as `nodeSupport`, at a load balancer. The file with its key is not read. */
export async function balancerSupport(
  { host, world }: Pick<Spot<World, unknown>, 'host' | 'world'>,
  asks: Asks,
  wanted: Wanted,
  clock: () => number,
  findings: Findings,
): Promise<void> {
  const software = softwareOf(world.topology);
  if (software === undefined) throw new TypeError(`${host.name} is no balancer`);
  const { config: path, logFolder } = balancerFiles(software);
  await machineSupport(asks, wanted, clock, findings);
  await Promise.all([
    attempt(findings, 'balancer', async () => {
      const { config, ...state } = await lookAtBalancer(software, asks);
      const name = path.slice(path.lastIndexOf('/') + 1);
      if (config === '') findings.miss(name, 'it is not there');
      else findings.keep(name, config);
      findings.keep('balancer.json', `${JSON.stringify({ software, ...state }, undefined, 2)}\n`);
    }),
    keepAnswer(findings, asks, 'service.txt', describeUnit(balancerUnit), 'systemd does not run there'),
  ]);
  const list = as('root', listFiles(logFolder, ['*.log', '*.log.*'], wanted.seconds));
  await keepLogs(asks, 'root', list, wanted, findings);
}
