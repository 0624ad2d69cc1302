import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildTopology } from '../../src/apim/build.ts';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import type { Output } from '../../src/connection/connection.ts';
import { controller } from '../../src/engine/controller.ts';
import type { Place } from '../../src/engine/plan.ts';
import type { Asks, AsksThere } from '../../src/engine/step.ts';
import { StepFailed } from '../../src/errors.ts';
import type { Command } from '../../src/shell/command.ts';
import type { World } from '../../src/steps/define.ts';
import { caseTime } from './step-cases.ts';
import { type Deployment, inventoryFrom, inventoryText } from './topologies.ts';

/**
 * Servers to look at, all of them a folder of this machine: homes are below it, and what is asked of files is answered by
 * a real shell. What only a whole machine has, such as processes, ports and files of the system, is said beforehand, by
 * the very question that the product asks. Nothing is altered: whoever stands here only looks.
 */
export interface Ground {
  readonly folder: string;
  readonly topology: Topology;
  readonly world: World;
  /** Who can be asked; any other does not exist. */
  readonly users: Set<string>;
  /** Puts a file below the folder, or at an absolute path that is below it. */
  write(path: string, content: string | Uint8Array, mode?: number): string;
  /** What is printed for a question; at a host of this name, or at all. */
  say(question: Command, stdout: string, host?: string): void;
  /** The ways to look from a host; what no shell tells is given. */
  from(host: string, more?: Partial<Pick<AsksThere, 'sql' | 'probe'>>): Asks;
  /** Where a step is. */
  at<Params>(
    host: string,
    params: Params,
  ): { readonly host: World['topology']['nodes'][number]['host']; world: World; params: Params };
  remove(): void;
}

export async function createGround({ apim, groups }: Deployment = {}): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'ground-'));
  const deployment = { apim: { directory: join(folder, 'opt'), ...apim } };
  const text = inventoryText(groups === undefined ? deployment : { ...deployment, groups });
  const topology = buildTopology(await inventoryFrom(text), folder);
  const hosts = [...topology.nodes, ...topology.balancers].map(({ host }) => host);
  const world: World = {
    topology,
    now: caseTime,
    baseDirectory: folder,
    hosts: new Set(hosts.map(({ name }) => name)),
  };
  const users = new Set(['wso2', 'root']);
  const said = new Map<string, string>();
  const key = ({ text: question, user }: Command, host: string) => `${host} ${user ?? ''} ${question}`;

  const there = (host: string, more: Partial<AsksThere>): AsksThere => ({
    async there(question) {
      const { user } = question;
      if (user !== undefined && !users.has(user)) throw new StepFailed({ cause: `there is no user ${user}` });
      const stdout = said.get(key(question, host)) ?? said.get(key(question, ''));
      return stdout === undefined ? inShell(question, folder) : { code: 0, stdout, stderr: '' };
    },
    read: async () => undefined,
    sql: more.sql ?? (async () => ({ ok: false, code: 'none', why: 'there is no database server' })),
    probe: more.probe ?? (async () => ({ ok: false, why: 'connection refused' })),
  });

  return {
    folder,
    topology,
    world,
    users,
    write(path, content, mode = 0o644) {
      const file = path.startsWith(folder) ? path : join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode });
      return file;
    },
    say: (question, stdout, host = '') => void said.set(key(question, host), stdout),
    from(host, more = {}) {
      const asks: Asks = {
        ...there(host, more),
        here: there(controller.name, more).there,
        at: (place: Place) => there('sharedFiles' in place ? host : place.name, more),
        once: (question, about) => question(asks, about),
      };
      return asks;
    },
    at(name, params) {
      const host = [...hosts, controller].find((each) => each.name === name);
      if (host === undefined) throw new Error(`the topology has no host ${name}`);
      return { host, world, params };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Programs that a test puts into `bin` of the folder go before those of this machine. */
function inShell({ text }: Command, folder: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    const child = spawn('/bin/sh', ['-c', text], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      printed.stdout += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      printed.stderr += part;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 128, ...printed }));
  });
}
