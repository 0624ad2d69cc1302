import { lastErrors } from '../apim/balancer/commands.ts';
import { marks } from '../apim/cluster/paths.ts';
import { type Node, softwareOf, type Topology } from '../apim/cluster/topology.ts';
import { twinsOf } from '../apim/cluster/twins.ts';
import { balancerModel } from '../apim/config/balancer-model.ts';
import { nodeMaterial } from '../certificates/views.ts';
import { type Action, at, type Change, later, run, wait } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as, sh } from '../shell/command.ts';
import { planAway } from './balancer.ts';
import { siteProbes, targetProbes } from './balancer-probes.ts';
import type { BalancerFacts } from './balancer-state.ts';
import { nodeStep, type World } from './define.ts';
import { hookAction, hooksOf } from './hooks.ts';
import { dueAt, inspectRest, isBalanced, type RestartParams, type RestFacts, restartParams } from './rest.ts';
import { isReady } from './server-state.ts';

/**
 * Has every balancer send to a node again that a rolling run drained, once it is ready and the balancer reaches it. A
 * balancer that saw a node down holds it for dead for some seconds, so whoever was started is waited for until clients get
 * their answers.
 */
export const undrainNode = nodeStep({
  name: 'undrain-node',
  summary:
    'Have the load balancer send again to a node that was drained for its restart, and wait until it answers for a node that was started.',
  params: restartParams,
  inspect: inspectRest,

  plan: takesBack,
  verify: answers,
});

interface RestSpot {
  readonly node: Node;
  readonly world: World;
  readonly params: RestartParams;
}

function takesBack({ node, world, params }: RestSpot, facts: RestFacts): Change[] {
  const { topology } = world;
  const { name } = node.host;
  const summaryAt = (place: string) => `take ${name} back at ${place}`;
  if (dueAt({ world, params }, facts.state) === 'restart')
    return whereItWillRest(topology, node, params, facts).map((place) =>
      later(summaryAt(place), 'start-server'),
    );
  const hooks = hooksOf(topology);
  const told = facts.state.resting ? [external] : [];
  const resting =
    hooks === undefined ? placesOf(topology, facts, (each) => each.resting.includes(name)) : told;
  if (resting.length === 0) return [];
  if (!isReady(node, facts.state)) return resting.map((place) => later(summaryAt(place), 'wait-ready'));
  if (hooks !== undefined)
    return [
      {
        summary: summaryAt(external),
        actions: [
          hookAction(world, hooks, 'undrain', node),
          run(as(node.user, sh`rm -f ${marks(node).resting}`), {
            shown: 'note that it is not drained any more',
          }),
        ],
      },
    ];
  return facts.balancers.flatMap((found, index) => takeBack(world, node, found, index));
}

/** Waits until clients are answered by way of every balancer of ours, once for each time that the server was started. */
function answers({ node, world }: RestSpot, { state, balancers }: RestFacts): Action[] {
  const { topology, hosts } = world;
  const software = softwareOf(topology);
  if (software === undefined || !isReady(node, state) || state.answered === state.ready) return [];
  const { name } = node.host;
  const waits = balancers.flatMap((found, index) => {
    const balancer = topology.balancers[index];
    const away = { drained: found.drained, resting: found.resting.filter((each) => each !== name) };
    const ca = balancer === undefined ? '' : (nodeMaterial(world, found.material, balancer)?.roots ?? '');
    const until = siteProbes(software, balancerModel(topology, away), name, ca);
    // One that has no part in the run, and does not run, answers nobody anyway.
    if (balancer === undefined || until.length === 0 || !(found.running || hosts.has(balancer.host.name)))
      return [];
    const { host } = balancer;
    if (!found.running)
      throw new StepFailed({
        cause: `${software} does not run at ${host.name}, so nobody is answered at ${until.map(({ what }) => what).join(', ')}`,
        hint: 'start it with: apim-orchestrate deploy INVENTORY',
      });
    const waiting = wait({
      what: `${host.name} to answer for ${name}`,
      until,
      timeoutMs: 60_000,
      tail: lastErrors(software),
      hint: `${name} is ready, but ${software} at ${host.name} has nobody who answers there; see: apim-orchestrate status INVENTORY; then run the same command again`,
    });
    return at(host, [waiting]);
  });
  if (waits.length === 0) return [];
  const { ready, answered } = marks(node);
  const note = run(as(node.user, sh`cp ${ready} ${answered}.new && mv -f ${answered}.new ${answered}`), {
    shown: 'note that the load balancer answers for it',
  });
  return [...waits, note];
}

const external = 'the external load balancer';

/** The names of those of our balancers that were found so. */
function placesOf(
  { balancers }: Topology,
  facts: RestFacts,
  found: (each: BalancerFacts) => boolean,
): string[] {
  return facts.balancers.flatMap((each, index) => {
    const name = balancers[index]?.host.name;
    return name === undefined || !found(each) ? [] : [name];
  });
}

/** Where a node that is still to be restarted is drained for it, or will be. */
function whereItWillRest(
  topology: Topology,
  node: Node,
  { forced }: RestartParams,
  facts: RestFacts,
): string[] {
  const { name } = node.host;
  if (twinsOf(topology, node).length === 0) return [];
  if (hooksOf(topology) !== undefined) return forced && !facts.state.resting ? [] : [external];
  if (!isBalanced(topology, node)) return [];
  const stays = forced && facts.missing.length > 0;
  return placesOf(
    topology,
    facts,
    ({ drained, resting }) => !drained.includes(name) && (!stays || resting.includes(name)),
  );
}

function takeBack(world: World, node: Node, found: BalancerFacts, index: number): Change[] {
  const { name } = node.host;
  const balancer = world.topology.balancers[index];
  if (balancer === undefined || !found.resting.includes(name)) return [];
  const away = { drained: found.drained, resting: found.resting.filter((each) => each !== name) };
  const [first, ...others] = planAway(
    world,
    balancer,
    found,
    away,
    `take ${name} back at ${balancer.host.name}`,
  );
  if (first === undefined) return [];
  const ca = nodeMaterial(world, found.material, balancer)?.roots ?? '';
  const reached = wait({
    what: `${balancer.host.name} to reach ${name}`,
    until: targetProbes(balancerModel(world.topology), name, ca).map((probe) => ({
      what: `${probe.host}:${probe.port}${probe.tls === undefined ? '' : ` as ${probe.tls.name}`}`,
      probe,
    })),
    timeoutMs: 30_000,
    hint: `the server is ready, but ${balancer.host.name} does not reach it; it stays drained until it does`,
  });
  return [{ ...first, actions: [...at(balancer.host, [reached]), ...first.actions] }, ...others];
}
