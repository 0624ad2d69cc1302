import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import {
  balancerUnit,
  balancerUnitFile,
  keepNone,
  lastErrors,
  noneKept,
  reloadBalancer,
  startBalancer,
  stopBalancer,
  switchConfig,
  testConfig,
} from '../apim/balancer/commands.ts';
import { haproxyConfig } from '../apim/balancer/haproxy.ts';
import { steerHaproxy } from '../apim/balancer/haproxy-socket.ts';
import { type BalancerModel, type BalancerSoftware, balancerFiles, isAway } from '../apim/balancer/model.ts';
import { keptSeconds, nginxConfig } from '../apim/balancer/nginx.ts';
import { type Balancer, balancerOf, softwareOf } from '../apim/cluster/topology.ts';
import { type Away, balancerModel } from '../apim/config/balancer-model.ts';
import type { NodeMaterial } from '../certificates/material.ts';
import { nodeMaterial } from '../certificates/views.ts';
import { type Action, at, type Change, later, put, run, wait } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import { Secret } from '../secret.ts';
import { as, sh } from '../shell/command.ts';
import { enableUnit, startUnit, unitPath } from '../shell/service.ts';
import { balancerProbes } from './balancer-probes.ts';
import { type BalancerFacts, otherThan } from './balancer-state.ts';
import type { World } from './define.ts';

/** What is to be done for a balancer to run as the topology says, with these nodes away. */
export function planBalancer(world: World, host: Host, facts: BalancerFacts, away: Away): Change[] {
  const software = softwareOf(world.topology);
  const balancer = balancerOf(world.topology, host);
  if (software === undefined || balancer === undefined) return [];
  if (facts.program === '')
    throw new StepFailed({
      cause: `${software} is not installed at ${host.name}`,
      hint: `install it there (Debian: apt-get install ${software}; Red Hat: dnf install ${software}), without starting it, and run the same command again`,
    });
  const own = nodeMaterial(world, facts.material, balancer);
  const model = balancerModel(world.topology, away);
  return changes(
    software,
    balancer,
    { model, before: balancerModel(world.topology, facts) },
    own,
    facts,
    away,
  );
}

/**
 * What is to be done, from the host of a node, for a balancer to send to other nodes than it does. Where that is all that
 * is to be done there it is one change.
 */
export function planAway(
  world: World,
  { host }: Balancer,
  facts: BalancerFacts,
  away: Away,
  summary: string,
): Change[] {
  const inOrder = planBalancer(world, host, facts, facts).length === 0;
  const all = planBalancer(world, host, facts, away);
  const there = all.map((change) => ({ ...change, actions: at(host, change.actions) }));
  if (all.length === 0) return [];
  if (inOrder) return [{ summary, actions: there.flatMap(({ actions }) => actions) }];
  return there.map((change) => ({ ...change, summary: `${change.summary} at ${host.name}` }));
}

function changes(
  software: BalancerSoftware,
  balancer: Balancer,
  { model, before }: { readonly model: BalancerModel; readonly before: BalancerModel },
  own: NodeMaterial | undefined,
  facts: BalancerFacts,
  { drained, resting }: Away,
): Change[] {
  const files = balancerFiles(software);
  const write = software === 'nginx' ? nginxConfig : haproxyConfig;
  const config = write(model);
  const authority = own?.roots ?? '';
  const sumOf = (text: string) =>
    own === undefined ? undefined : sha256([text, bundleOf(own), authority].join('\n'));
  const loaded = sumOf(config);
  const all: Change[] = [];
  const secrets = own === undefined ? [] : certificateFiles(software, own, facts);
  // Workers of nginx look into it.
  const open = [dirname(files.folder), files.folder];
  const makeFolder = run(as('root', sh`mkdir -p ${files.folder} && chmod 755 ${open}`), {
    shown: `make ${files.folder}`,
  });
  const install = `install the certificate of the load balancer in ${files.folder}`;
  if (own === undefined) all.push(later(install, 'issue-certificates'));
  else if (secrets.length > 0) all.push({ summary: install, actions: [makeFolder, ...secrets] });
  // Who goes is noted before it is done, and who comes back after: so a run that dies between leaves something to do.
  const last: Change[] = [];
  if (facts.drained.join() !== drained.join()) {
    const summary = drained.length === 0 ? 'take every node back' : `drain ${drained.join(', ')}`;
    const lines = drained.map((name) => `${name}\n`).join('');
    const more = facts.drained.every((name) => drained.includes(name));
    (more ? all : last).push({ summary, actions: [makeFolder, put(files.drained, lines, 0o644, 'root')] });
  }
  // What is only a note to HAProxy is to nginx the thing itself, which takes a configuration that knows who is left.
  const [going, coming] = software === 'nginx' ? [last, all] : [all, last];
  const wanted = software === 'nginx' ? [...new Set([...drained, ...resting])].sort() : resting;
  const goes = wanted.filter((name) => !facts.noted.includes(name));
  if (goes.length > 0)
    going.push({
      summary: `send nothing new to ${goes.join(', ')}`,
      actions: [makeFolder, rest(files, goes)],
    });
  const comes = facts.noted.filter((name) => !wanted.includes(name));
  if (comes.length > 0)
    coming.push({ summary: `send to ${comes.join(', ')} again`, actions: [wake(files, comes)] });
  if (facts.config !== config)
    all.push({
      summary: `write ${files.config}`,
      diff: { before: facts.config, after: config },
      actions: [
        makeFolder,
        put(files.candidate, config, 0o644, 'root'),
        test(software, facts, files.candidate),
        run(switchConfig(software), { shown: `switch ${files.config}` }),
      ],
    });
  if (facts.otherRunning)
    all.push({
      summary: `stop ${otherThan(software)}, which balanced here before`,
      actions: [run(stopBalancer(otherThan(software)), { shown: `stop ${otherThan(software)}` })],
    });
  const unit = balancerUnitFile(software, facts.program);
  if (facts.unit !== undefined && (facts.unit.text !== unit || !facts.unit.enabled))
    all.push({
      summary: `install the service ${balancerUnit}`,
      diff: { before: facts.unit.text, after: unit },
      actions: [
        put(unitPath(balancerUnit), unit, 0o644, 'root'),
        run(as('root', enableUnit(balancerUnit)), { shown: `systemctl enable ${balancerUnit}` }),
      ],
    });
  const again = facts.running ? `reload ${software}` : `start ${software}`;
  const moved = differing(before, model);
  // Only who gets requests has changed, and HAProxy can be told so while it runs.
  const steers =
    software === 'haproxy' && facts.running && !facts.otherRunning && facts.loaded === sumOf(write(before));
  if (loaded === undefined) all.push(later(again, 'issue-certificates'));
  else if (steers && moved.length > 0)
    all.push({
      summary: 'tell haproxy to whom it sends',
      actions: [
        run(steerHaproxy(moved), { shown: 'tell haproxy to whom it sends' }),
        put(files.loaded, `${loaded}\n`, 0o644, 'root'),
      ],
    });
  else if (!facts.running || facts.loaded !== loaded)
    all.push({
      summary: again,
      actions: [
        ...(facts.running ? reload(software, model, facts) : [start(software, facts)]),
        wait({
          what: `${software} to answer at ${balancer.host.name}`,
          until: balancerProbes(model, authority).map((probe) => ({
            what: `port ${probe.port}${probe.tls === undefined ? '' : ` as ${probe.tls.name}`}`,
            probe,
          })),
          timeoutMs: 20_000,
          tail: lastErrors(software),
          hint: 'does another program hold the port there? See: ss -ltnp',
        }),
        put(files.loaded, `${loaded}\n`, 0o644, 'root'),
      ],
    });
  return [...all, ...last];
}

/** A program that is told to reload what it refuses goes on with the old, and says so to nobody: so it is asked before. */
function test(software: BalancerSoftware, { program }: BalancerFacts, file: string): Action {
  return run(testConfig(software, program, file), {
    shown: `test the configuration with ${software}`,
    hint: 'the balancer goes on with the configuration it has; mend what is said above, and run the same command again',
  });
}

/**
 * A reload of nginx closes the idle connections of clients, and loses a request that is just being sent on one; so before it
 * there are to be none: each is closed with its next answer, or once it was idle for long enough.
 */
function reload(software: BalancerSoftware, { listeners }: BalancerModel, facts: BalancerFacts): Action[] {
  const { config, closing } = balancerFiles(software);
  const again = run(reloadBalancer(software), { shown: `reload ${software}` });
  const tested = test(software, facts, config);
  if (software !== 'nginx' || !facts.config.includes(closing)) return [tested, again];
  return [
    tested,
    run(keepNone(true), { shown: 'have nginx close the connection of a client with its next answer' }),
    wait({
      what: 'clients to keep no connection that a reload would close',
      until: [{ what: 'connections of clients', command: noneKept(listeners.map(({ port }) => port)) }],
      timeoutMs: (keptSeconds + 1) * 1_000,
      patient: 'quietly',
    }),
    again,
    run(keepNone(false), { shown: 'have nginx keep connections of clients again' }),
  ];
}

/** The servers to which one model sends and the other does not. */
function differing(
  before: BalancerModel,
  model: BalancerModel,
): { backend: string; name: string; away: boolean }[] {
  return model.upstreams.flatMap(({ name: backend, nodes }) =>
    nodes.flatMap((node) => {
      const old = before.upstreams
        .find((upstream) => upstream.name === backend)
        ?.nodes.find(({ name }) => name === node.name);
      const away = isAway(node);
      return old === undefined || isAway(old) === away ? [] : [{ backend, name: node.name, away }];
    }),
  );
}

type Files = ReturnType<typeof balancerFiles>;

function rest({ resting }: Files, names: readonly string[]): Action {
  const paths = names.map((name) => `${resting}/${name}`);
  return run(as('root', sh`mkdir -p ${resting} && chmod 755 ${resting} && touch ${paths} && sync ${paths}`), {
    shown: `note in ${resting} who gets nothing new`,
  });
}

function wake({ resting }: Files, names: readonly string[]): Action {
  return run(as('root', sh`rm -f ${names.map((name) => `${resting}/${name}`)}`), {
    shown: `note in ${resting} who gets requests again`,
  });
}

/** Certificate and key in one file, as both programs take it. */
function bundleOf({ own }: NodeMaterial): string {
  return [own.certificate, ...own.chain, own.key].join('');
}

function certificateFiles(software: BalancerSoftware, own: NodeMaterial, facts: BalancerFacts): Action[] {
  const files = balancerFiles(software);
  const one = (path: string, content: string, face: string, found: string): Action[] =>
    found === sha256(content) ? [] : [put(path, Secret.document(content, face), 0o600, 'root')];
  return [
    ...one(files.certificate, bundleOf(own), '(certificate and key)', facts.certificate),
    ...one(files.authority, own.roots, '(certificate)', facts.authority),
  ];
}

function start(software: BalancerSoftware, { program, unit }: BalancerFacts): Action {
  const hint = `does another program, such as the distribution’s own ${software}, hold a port there? See: ss -ltnp`;
  return unit === undefined
    ? run(startBalancer(software, program), { shown: `start ${software}`, hint })
    : run(as('root', startUnit(balancerUnit)), { shown: `systemctl start ${balancerUnit}`, hint });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
