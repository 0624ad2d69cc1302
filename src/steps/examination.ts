import { balancerReaches, nodeReaches, type Reach } from '../apim/config/reaches.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { as, sh } from '../shell/command.ts';
import type { World } from './define.ts';
import { type Fitness, fitnessParts, lookAtFitness, whatIsUnfit } from './fitness.ts';

/** One thing that was tried at a host. `doubt` keeps nothing from working that is always needed. */
export interface ExaminedPart {
  readonly name: string;
  readonly verdict: 'ok' | 'doubt' | 'wrong';
  /** What was found. */
  readonly said: string;
  /** What to do, unless all is well. */
  readonly cure?: string;
}

/** A part that is well. */
export const ok = (name: string, said: string): ExaminedPart => ({ name, verdict: 'ok', said });
/** A part that has to be mended. */
export const wrong = (name: string, said: string, cure: string): ExaminedPart => ({
  name,
  verdict: 'wrong',
  said,
  cure,
});

/** What it means that a host was entered, and by whom it can be acted there. */
export async function examineShell(
  { name, login }: Host,
  user: string,
  { there }: Asks,
  world: World | undefined,
): Promise<ExaminedPart[]> {
  const system = await there(
    sh`uname -srm; if test -r /etc/os-release; then . /etc/os-release; echo "$PRETTY_NAME"; fi`,
  );
  const parts = [
    ok('login', `as ${user}`),
    ok(
      'shell',
      system.stdout
        .split('\n')
        .filter((line) => line !== '')
        .reverse()
        .join(', '),
    ),
  ];
  const runUser = world?.topology.nodes.find(({ host }) => host.name === name)?.user;
  const become = login.kind === 'ssh' && login.become;
  const users = [
    ...(runUser === undefined || runUser === user ? [] : [{ user: runUser, needed: true }]),
    ...(become && runUser !== 'root' && user !== 'root' ? [{ user: 'root', needed: false }] : []),
  ];
  return [...parts, ...(await Promise.all(users.map((each) => actAs(there, each))))];
}

async function actAs(
  there: Asks['there'],
  { user, needed }: { readonly user: string; readonly needed: boolean },
): Promise<ExaminedPart> {
  const name = `as ${user}`;
  try {
    const { code, stdout, stderr } = await there(as(user, sh`id -un`));
    if (code === 0 && stdout.trim() === user) return ok(name, 'may act so');
    const said = stderr.trim().split('\n').at(-1) ?? '';
    return wrong(
      name,
      said === '' ? `id -un says ${stdout.trim()}` : said,
      `see whether ${user} exists there`,
    );
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const cure = error.hint ?? 'see the rules of sudo there';
    if (needed) return wrong(name, error.cause, cure);
    return {
      ...{ name, verdict: 'doubt', said: error.cause },
      cure: `${cure}; only /etc/hosts, systemd units, and a folder for the nodes are made so`,
    };
  }
}

/** What a server is to a node or a load balancer that is to live there. */
export async function examineFitness(host: Host, asks: Asks, world: World): Promise<ExaminedPart[]> {
  const { topology } = world;
  const node = topology.nodes.find((each) => each.host.name === host.name);
  if (node === undefined)
    return topology.balancers.some((each) => each.host.name === host.name)
      ? [await examineReaches(host.name, balancerReaches(topology), asks)]
      : [];
  const [facts, reaches] = await Promise.all([
    lookAtFitness(node, world, asks),
    examineReaches(host.name, nodeReaches(topology, node), asks),
  ]);
  const problems = whatIsUnfit(node, topology, facts);
  return [
    ...fitnessParts.flatMap((part): ExaminedPart[] => {
      const unfit = problems.filter((problem) => problem.part === part);
      if (unfit.length === 0) return [ok(part, found(part, facts))];
      return unfit.map(({ problem, cure }) => wrong(part, problem, cure));
    }),
    reaches,
  ];
}

function found(part: (typeof fitnessParts)[number], facts: Fitness): string {
  const said: Record<typeof part, string> = {
    java: `Java ${facts.java?.version} in ${facts.java?.home}`,
    tools: 'all are there',
    disk: `${facts.freeMegabytes} MB are free`,
    clock: facts.skewSeconds === 0 ? 'as ours' : `${facts.skewSeconds} s off ours`,
    user: 'exists',
    ports: facts.running ? 'its server has them' : 'are free',
    names: 'can all be resolved',
  };
  return said[part];
}

/** Whether firewalls let through what it has to connect to. Whatever refuses was reached. */
async function examineReaches(host: string, reaches: readonly Reach[], asks: Asks): Promise<ExaminedPart> {
  const name = 'ports of others';
  const answers = await Promise.all(
    reaches.map(async (reach) => ({
      reach,
      answer: await asks.probe({ host: reach.host, port: reach.port }),
    })),
  );
  const whyNot = answers.flatMap(({ reach, answer }) => (answer.ok ? [] : [{ reach, why: answer.why }]));
  const forbidden = whyNot.find(({ why }) => why.includes('forbids tunnels'));
  if (forbidden !== undefined)
    return wrong(
      name,
      forbidden.why,
      'set AllowTcpForwarding yes there: databases and servers are asked through such tunnels',
    );
  const refused = whyNot.filter(({ reach, why }) => why === 'connection refused' && !reach.standing);
  const closed = whyNot.filter((each) => !refused.includes(each));
  if (closed.length > 0)
    return wrong(
      name,
      byName(closed).join('; '),
      `see whether what should listen there runs, and let ${host} through to it where a firewall is in between`,
    );
  return ok(
    name,
    refused.length === 0
      ? `all ${reaches.length} answer`
      : `all ${reaches.length} are reached; nothing listens yet at ${byName(refused).join(', ')}`,
  );
}

/** Each name once, with its ports; and why, where it is more than that nothing listens. */
function byName(all: readonly { readonly reach: Reach; readonly why: string }[]): string[] {
  const groups = new Map<string, number[]>();
  for (const { reach, why } of all) {
    const { name, host, port } = reach;
    const said = why.includes(' does not answer') ? 'no answer within 10 s' : why;
    const group = `${name}${name === host ? '' : ` (${host})`} PORTS${reach.standing || said !== 'connection refused' ? `: ${said}` : ''}`;
    groups.set(group, [...(groups.get(group) ?? []), port]);
  }
  return [...groups].map(([group, ports]) => group.replace('PORTS', ports.sort((a, b) => a - b).join(', ')));
}
