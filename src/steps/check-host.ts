import { type Node, portNumbers, serverOf, type Topology } from '../apim/cluster/topology.ts';
import { findServer, readServer } from '../apim/server/commands.ts';
import { StepFailed } from '../errors.ts';
import { as, sh } from '../shell/command.ts';
import { freeSpace } from '../shell/files.ts';
import { findJava, readJava } from '../shell/java.ts';
import { listeningPorts, readListening } from '../shell/process.ts';
import { nodeStep, nothing } from './define.ts';

/** What the vendor supports: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/install/installation-prerequisites/ */
const javaVersions = [8, 11];
/** What the start script takes without a word; others it only warns of, and goes on. */
const scriptTakes = (version: number) => version >= 7 && version <= 11;
const neededMegabytes = 1024;
const clockSkewSeconds = 60;
const tools = ['unzip', 'sha256sum', 'base64', 'awk', 'find', 'flock', 'setsid'];

/** Whether a server can become a node at all. Finds everything that is wrong at once; changes nothing. */
export const checkHost = nodeStep({
  name: 'check-host',
  summary: 'Check Java, tools, disk, clock, ports, names and the user before anything is changed.',
  params: nothing,

  async inspect({ node, world }, { there, here }) {
    const { topology } = world;
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
  },

  plan({ node, world }, facts) {
    const problems = [
      ...javaProblems(node, facts.java),
      ...facts.missingTools.map(
        (tool) => `${tool} is not installed → install it (Debian: apt-get install ${packageOf(tool)})`,
      ),
      ...diskProblems(node, facts),
      ...(Math.abs(facts.skewSeconds) > clockSkewSeconds
        ? [`its clock is ${facts.skewSeconds} s off ours → set it (tokens and certificates depend on it)`]
        : []),
      ...(facts.hasUser ? [] : [`the user ${node.user} does not exist → useradd --create-home ${node.user}`]),
      ...(facts.running ? [] : portProblems(world.topology, node, facts.listening)),
      ...facts.unresolved.map(
        (name) => `it cannot resolve ${name} → add it to DNS, or set map_hosts: true in the inventory`,
      ),
    ];
    if (problems.length === 0) return [];
    throw new StepFailed({
      cause: `this server is not fit yet (${problems.length} ${problems.length === 1 ? 'problem' : 'problems'})`,
      tail: problems,
      hint: 'mend these and run the same command again; nothing has been changed here',
    });
  },
});

function javaProblems(node: Node, java: { home: string; version: number } | undefined): string[] {
  const where = node.java.home ?? 'its PATH';
  if (java === undefined)
    return [`there is no Java in ${where} → install JDK 11, or set java.home in the inventory`];
  if ([...javaVersions, ...node.java.accept].includes(java.version)) return [];
  return [
    `Java ${java.version} in ${java.home} is not supported by the vendor, who names 8 and 11 (the start script ${scriptTakes(java.version) ? 'would take it without a word' : 'only warns of it, and goes on'}) → install JDK 11, or accept it with java: { accept: [${java.version}] }`,
  ];
}

function diskProblems(node: Node, facts: { running: boolean; freeMegabytes: number }): string[] {
  if (facts.running || facts.freeMegabytes >= neededMegabytes) return [];
  return [
    `only ${facts.freeMegabytes} MB are free for ${node.directory} → free at least ${neededMegabytes} MB`,
  ];
}

/** Ports of other nodes on the same server are theirs, running or not. */
function portProblems(topology: Topology, node: Node, listening: readonly number[]): string[] {
  const taken = portNumbers(node).filter((port) => listening.includes(port));
  if (taken.length === 0) return [];
  const others = topology.nodes
    .filter((other) => other !== node && serverOf(other) === serverOf(node))
    .flatMap(portNumbers);
  return taken
    .filter((port) => !others.includes(port))
    .map(
      (port) =>
        `port ${port} is taken by another program → stop that, or set another offset for ${node.host.name}`,
    );
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
