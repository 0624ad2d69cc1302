import { type Node, portNumbers, serverOf, type Topology } from '../apim/cluster/topology.ts';
import { findServer, readServer } from '../apim/server/commands.ts';
import type { Asks } from '../engine/step.ts';
import { as, sh } from '../shell/command.ts';
import { freeSpace } from '../shell/files.ts';
import { findJava, readJava } from '../shell/java.ts';
import { listeningPorts, readListening } from '../shell/process.ts';
import type { World } from './define.ts';

/** What the vendor supports: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/install/installation-prerequisites/ */
const javaVersions = [8, 11];
/** What the start script takes without a word; others it only warns of, and goes on. */
const scriptTakes = (version: number) => version >= 7 && version <= 11;
const neededMegabytes = 1024;
const clockSkewSeconds = 60;
const tools = ['unzip', 'sha256sum', 'base64', 'awk', 'find', 'flock', 'setsid'];

/** What a server is that a node is to live on. */
export interface Fitness {
  readonly java: { readonly home: string; readonly version: number } | undefined;
  readonly missingTools: readonly string[];
  readonly freeMegabytes: number;
  /** How far its clock is ahead of ours. */
  readonly skewSeconds: number;
  readonly hasUser: boolean;
  /** Whether the node's own server runs. */
  readonly running: boolean;
  readonly listening: readonly number[];
  /** Names of nodes that it cannot resolve. */
  readonly unresolved: readonly string[];
}

/** All that is looked at, in the order in which it is told. */
export const fitnessParts = ['java', 'tools', 'disk', 'clock', 'user', 'ports', 'names'] as const;

/** Something that has to be mended first, and how. */
export interface Unfit {
  readonly part: (typeof fitnessParts)[number];
  readonly problem: string;
  readonly cure: string;
}

/** Looks whether a server can become a node at all. */
export async function lookAtFitness(
  node: Node,
  { topology }: World,
  { there, here }: Asks,
): Promise<Fitness> {
  const names = topology.settings.mapHosts ? [] : topology.nodes.map((peer) => peer.hostname);
  const [java, missing, free, theirs, ours, user, server, ports, unresolved] = await Promise.all([
    there(findJava(node.java.home)),
    there(sh`for t in ${tools}; do command -v "$t" >/dev/null 2>&1 || echo "$t"; done`),
    there(freeSpace(node.directory)),
    there(sh`date +%s`),
    here(sh`date +%s`),
    there(sh`id -u ${node.user} 2>/dev/null || true`),
    // Whoever does not exist cannot be asked: then there is no server of theirs, either.
    there(as(node.user, findServer(node))).catch(() => ({ stdout: '' })),
    there(listeningPorts()),
    there(sh`for n in ${names}; do getent hosts "$n" >/dev/null || echo "$n"; done`),
  ]);
  return {
    java: readJava(java),
    missingTools: words(missing.stdout),
    freeMegabytes: Math.floor(Number(free.stdout.trim()) / 1024),
    skewSeconds: Number(theirs.stdout.trim()) - Number(ours.stdout.trim()),
    hasUser: user.stdout.trim() !== '',
    running: readServer(server.stdout) !== undefined,
    listening: readListening(ports.stdout),
    unresolved: words(unresolved.stdout),
  };
}

/** Everything that is wrong at once, in the order of `fitnessParts`. */
export function whatIsUnfit(node: Node, topology: Topology, facts: Fitness): Unfit[] {
  return [
    ...javaProblems(node, facts.java),
    ...facts.missingTools.map(
      (tool): Unfit => ({
        part: 'tools',
        problem: `${tool} is not installed`,
        cure: `install it (Debian: apt-get install ${packageOf(tool)})`,
      }),
    ),
    ...diskProblems(node, facts),
    ...clockProblems(facts),
    ...(facts.hasUser
      ? []
      : [
          {
            part: 'user' as const,
            problem: `the user ${node.user} does not exist`,
            cure: `useradd --create-home ${node.user}`,
          },
        ]),
    ...(facts.running ? [] : portProblems(topology, node, facts.listening)),
    ...facts.unresolved.map(
      (name): Unfit => ({
        part: 'names',
        problem: `it cannot resolve ${name}`,
        cure: 'add it to DNS, or set map_hosts: true in the inventory',
      }),
    ),
  ];
}

function javaProblems(node: Node, java: Fitness['java']): Unfit[] {
  const part = 'java';
  const where = node.java.home ?? 'its PATH';
  if (java === undefined)
    return [
      {
        part,
        problem: `there is no Java in ${where}`,
        cure: 'install JDK 11, or set java.home in the inventory',
      },
    ];
  if ([...javaVersions, ...node.java.accept].includes(java.version)) return [];
  return [
    {
      part,
      problem: `Java ${java.version} in ${java.home} is not supported by the vendor, who names 8 and 11 (the start script ${scriptTakes(java.version) ? 'would take it without a word' : 'only warns of it, and goes on'})`,
      cure: `install JDK 11, or accept it with java: { accept: [${java.version}] }`,
    },
  ];
}

function diskProblems(node: Node, { running, freeMegabytes }: Fitness): Unfit[] {
  if (running || freeMegabytes >= neededMegabytes) return [];
  return [
    {
      part: 'disk',
      problem: `only ${freeMegabytes} MB are free for ${node.directory}`,
      cure: `free at least ${neededMegabytes} MB`,
    },
  ];
}

function clockProblems({ skewSeconds }: Fitness): Unfit[] {
  if (Math.abs(skewSeconds) <= clockSkewSeconds) return [];
  return [
    {
      part: 'clock',
      problem: `its clock is ${skewSeconds} s off ours`,
      cure: 'set it (tokens and certificates depend on it)',
    },
  ];
}

/** Ports of other nodes on the same server are theirs, running or not. */
function portProblems(topology: Topology, node: Node, listening: readonly number[]): Unfit[] {
  const taken = portNumbers(node).filter((port) => listening.includes(port));
  if (taken.length === 0) return [];
  const others = topology.nodes
    .filter((other) => other !== node && serverOf(other) === serverOf(node))
    .flatMap(portNumbers);
  return taken
    .filter((port) => !others.includes(port))
    .map((port) => ({
      part: 'ports',
      problem: `port ${port} is taken by another program`,
      cure: `stop that, or set another offset for ${node.host.name}`,
    }));
}

function words(stdout: string): string[] {
  return stdout.split(/\s+/).filter((word) => word !== '');
}

function packageOf(tool: string): string {
  const packages: Record<string, string> = {
    flock: 'util-linux',
    setsid: 'util-linux',
    awk: 'mawk',
    find: 'findutils',
  };
  return packages[tool] ?? (tool === 'unzip' ? 'unzip' : 'coreutils');
}
