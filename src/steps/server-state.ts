import { createHash } from 'node:crypto';
import { marks } from '../apim/cluster/paths.ts';
import { type Node, nodeOf, type Topology } from '../apim/cluster/topology.ts';
import { deploymentContent } from '../apim/config/deployment-toml.ts';
import { distrusted } from '../apim/release/public-certificates.ts';
import { profileOf } from '../apim/release/roles.ts';
import { findServer, readServer, systemdUnit } from '../apim/server/commands.ts';
import { extraFiles, localFiles, wantedSum } from '../apim/server/extra-files.ts';
import { runningFingerprint } from '../apim/server/fingerprint.ts';
import { readiness } from '../apim/server/health.ts';
import type { NodeMaterial } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { nodeMaterial } from '../certificates/views.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { describe } from '../pki/certificate.ts';
import { as } from '../shell/command.ts';
import { checksum, checksums, readChecksums, readText } from '../shell/files.ts';
import { findJava, readJava } from '../shell/java.ts';
import { listeningPorts, readListening } from '../shell/process.ts';
import { hasSystemd } from '../shell/service.ts';
import type { World } from './define.ts';

/** How a server stands, and what it should run with. */
export interface ServerState {
  readonly process: { readonly pid: number; readonly startedAt: string } | undefined;
  /** The fingerprint noted when it was last started. */
  readonly running: string;
  /** The note of when it was last found ready: fingerprint, pid and start of the process. */
  readonly ready: string;
  /** Of all it should run with; undefined while certificates are still to be made. */
  readonly wanted: string | undefined;
  readonly listening: readonly number[];
  readonly systemd: boolean;
  readonly javaHome: string | undefined;
  readonly material: NodeMaterial | undefined;
}

/** Looks at the server of a node: its process, its notes, its ports. */
export async function inspectServer(
  { host, world }: Pick<Spot<World, unknown>, 'host' | 'world'>,
  { here, once, there }: Asks,
): Promise<ServerState> {
  const { topology } = world;
  const node = nodeOf(topology, host);
  const { driver } = topology.settings.database;
  const extra = extraFiles(node);
  const local = localFiles(node);
  const [found, running, ready, ports, systemd, java, material, driverSum, extraSums] = await Promise.all([
    there(findServer(node)),
    there(as(node.user, readText(marks(node).running))),
    there(as(node.user, readText(marks(node).ready))),
    there(listeningPorts()),
    there(hasSystemd()),
    there(findJava(node.java.home)),
    once(readMaterial, world),
    driver.path === undefined ? undefined : here(checksum(driver.path)),
    local.length === 0 ? undefined : here(checksums(local)),
  ]);
  const sums = readChecksums(extraSums?.stdout ?? '');
  const javaHome = readJava(java)?.home;
  const complete = nodeMaterial(world, material, node);
  return {
    process: readServer(found.stdout),
    running: running.stdout.trim(),
    ready: ready.stdout.trim(),
    listening: readListening(ports.stdout),
    systemd: usesSystemd(node, systemd.stdout.trim() === 'yes'),
    javaHome,
    material: complete,
    wanted:
      complete === undefined
        ? undefined
        : fingerprint(world, node, complete, {
            javaHome: javaHome ?? '',
            driver: driverSum?.stdout.trim() ?? driver.sha256 ?? '',
            files: extra.map((file) => `${file.inside} ${wantedSum(file, sums)}`),
          }),
  };
}

/** Whether systemd is to run the server: as the inventory says, or wherever there is one. */
export function usesSystemd(node: Node, present: boolean): boolean {
  return node.service === 'systemd' || (node.service === 'auto' && present);
}

/** Why the server has to be started or started again; undefined if it runs with what it should. */
export function startDue({ process, running, wanted }: ServerState): 'start' | 'restart' | undefined {
  if (process === undefined) return 'start';
  return wanted === undefined || running !== wanted ? 'restart' : undefined;
}

/** The note that a server which became ready leaves. */
function readyNote({ process, wanted }: ServerState): string {
  return `${wanted} ${process?.pid} ${process?.startedAt}`;
}

/** Whether the process that runs is the one that was found ready, and still has all its ports. */
export function isReady(node: Node, state: ServerState): boolean {
  if (startDue(state) !== undefined || state.ready !== readyNote(state)) return false;
  return readiness(node).every(({ port }) => state.listening.includes(port));
}

function fingerprint(
  { topology }: World,
  node: Node,
  { authority, primary, own, trust }: NodeMaterial,
  { javaHome, driver, files }: { javaHome: string; driver: string; files: readonly string[] },
): string {
  const trusted = [...[authority, primary, own].map((pair) => pair.certificate), ...trust.values()];
  // What a server shall not trust any more counts from its next start.
  const certificates = [
    ...trusted.map((certificate) => describe(certificate).fingerprint),
    ...distrusted(topology.settings.certificates.distrust).map((each) => `not ${each}`),
  ];
  return runningFingerprint({
    pack: topology.settings.pack.sha256,
    profile: profileOf(node.role),
    config: configSum(topology, node),
    certificates,
    driver,
    files,
    unit: systemdUnit(topology, node, javaHome),
  });
}

/** Of what the configuration says, not of its ciphertexts, which are random. */
function configSum(topology: Topology, node: Node): string {
  const text = deploymentContent(topology, node);
  return createHash('sha256')
    .update(topology.settings.secureVault ? `sealed\n${text}` : text)
    .digest('hex');
}
