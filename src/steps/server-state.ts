import { createHash } from 'node:crypto';
import { aliases } from '../apim/cluster/keystores.ts';
import { marks } from '../apim/cluster/paths.ts';
import { type Node, nodeOf, type Topology } from '../apim/cluster/topology.ts';
import { deploymentContent } from '../apim/config/deployment-toml.ts';
import { distrusted } from '../apim/release/public-certificates.ts';
import { profileOf } from '../apim/release/roles.ts';
import { findServer, javaOptions, memoryOptions, readServer, systemdUnit } from '../apim/server/commands.ts';
import { extraFiles, localFiles, wantedSum } from '../apim/server/extra-files.ts';
import { type RunsWith, runningFingerprint } from '../apim/server/fingerprint.ts';
import { readiness } from '../apim/server/health.ts';
import { differences, type Parts, partsOf, readRunningNote, runningNote } from '../apim/server/restarts.ts';
import type { Material, NodeMaterial } from '../certificates/material.ts';
import { perMaterial } from '../certificates/per-material.ts';
import { readMaterial } from '../certificates/read.ts';
import { nodeMaterial } from '../certificates/views.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { describe } from '../pki/certificate.ts';
import { as } from '../shell/command.ts';
import { checksum, checksums, readChecksums, readNote } from '../shell/files.ts';
import { findJava, readJava } from '../shell/java.ts';
import { listeningPorts, readListening } from '../shell/process.ts';
import { hasSystemd } from '../shell/service.ts';
import type { World } from './define.ts';

/** How a server stands, and what it should run with. */
export interface ServerState {
  readonly process: { readonly pid: number; readonly startedAt: string } | undefined;
  /** The fingerprint noted when it was last started. */
  readonly running: string;
  /** What of that differs from what it should run with, in words; empty where that was not noted. */
  readonly differs: readonly string[];
  /** Parts of it that were installed anew since it was started, whatever the fingerprint says. */
  readonly owed: readonly string[];
  /** When a rolling restart that is not over yet started it again; empty if none did. */
  readonly restarted: string;
  /** Whether an external balancer was told to send nothing new to it. */
  readonly resting: boolean;
  /** The note of when it was last found ready: fingerprint, pid and start of the process. */
  readonly ready: string;
  /** The same note of when the load balancers of ours were last seen to answer for it. */
  readonly answered: string;
  /** Of all it should run with; undefined while certificates are still to be made. */
  readonly wanted: string | undefined;
  /** What is noted when it is started: what it should run with, in parts. */
  readonly note: string;
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
  const [
    found,
    running,
    ready,
    answered,
    restarted,
    resting,
    ports,
    systemd,
    java,
    material,
    driverSum,
    extraSums,
  ] = await Promise.all([
    there(findServer(node)),
    there(as(node.user, readNote(marks(node).running))),
    there(as(node.user, readNote(marks(node).ready))),
    there(as(node.user, readNote(marks(node).answered))),
    there(as(node.user, readNote(marks(node).restarted))),
    there(as(node.user, readNote(marks(node).resting))),
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
  const before = readRunningNote(running.stdout);
  const what =
    complete === undefined
      ? undefined
      : runsWith(world, node, material, complete, {
          javaHome: javaHome ?? '',
          driver: driverSum?.stdout.trim() ?? driver.sha256 ?? '',
          files: extra.map((file) => `${file.inside} ${wantedSum(file, sums)}`),
        });
  return {
    process: readServer(found.stdout),
    running: before.fingerprint,
    differs: what === undefined ? [] : differences(before, what.parts),
    owed: before.owed,
    restarted: restarted.stdout.trim(),
    resting: resting.stdout.trim() !== '',
    ready: ready.stdout.trim(),
    answered: answered.stdout.trim(),
    listening: readListening(ports.stdout),
    systemd: usesSystemd(node, systemd.stdout.trim() === 'yes'),
    javaHome,
    material: complete,
    wanted: what?.fingerprint,
    note: what === undefined ? '' : runningNote(what.fingerprint, what.parts),
  };
}

/** Whether systemd is to run the server: as the inventory says, or wherever there is one. */
export function usesSystemd(node: Node, present: boolean): boolean {
  return node.service === 'systemd' || (node.service === 'auto' && present);
}

/**
 * Whether the server has to be started, or started again; undefined if it runs with what it should. Where a restart was
 * `requested`, one is due until it was made.
 */
export function startDue(
  { process, running, wanted, owed, restarted }: ServerState,
  requested = false,
): 'start' | 'restart' | undefined {
  if (process === undefined) return 'start';
  if (wanted === undefined || running !== wanted || owed.length > 0) return 'restart';
  return requested && restarted === '' ? 'restart' : undefined;
}

/** Whether the process that runs was found ready, with whatever it runs with, and still has all its ports. */
export function isServing(node: Node, { process, ready, running, listening }: ServerState): boolean {
  if (process === undefined || ready !== `${running} ${process.pid} ${process.startedAt}`) return false;
  return readiness(node).every(({ port }) => listening.includes(port));
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

interface Wanted {
  readonly fingerprint: string;
  readonly parts: Parts;
}

/** What was found at the server and on this machine of what it should run with. */
interface FoundParts {
  readonly javaHome: string;
  readonly driver: string;
  readonly files: readonly string[];
}

const wantedBy = perMaterial<Wanted>();

/** What a server should run with, as one word and in parts. Half a dozen steps look at every server, and each asks. */
function runsWith(
  { topology }: World,
  node: Node,
  material: Material,
  complete: NodeMaterial,
  found: FoundParts,
): Wanted {
  const of = [node.host.name, found.javaHome, found.driver, ...found.files].join('\n');
  return wantedBy(topology, material, of, () => wantedOf(topology, node, complete, found));
}

function wantedOf(
  topology: Topology,
  node: Node,
  { authority, primary, signers, own, trust }: NodeMaterial,
  { javaHome, driver, files }: FoundParts,
): Wanted {
  const trusted = [...[authority, primary, own].map((pair) => pair.certificate), ...trust.values()];
  const apart = signers.filter(({ pair }) => pair !== primary);
  const published = apart.length < signers.length;
  // What a server shall not trust any more counts from its next start.
  const certificates = [
    ...trusted.map((certificate) => describe(certificate).fingerprint),
    ...apart.map(({ pair }) => `signs ${describe(pair.certificate).fingerprint}`),
    ...(published ? [] : [`not ${describe(primary.certificate).fingerprint}`]),
    ...distrusted(topology.settings.certificates.distrust).map((each) => `not ${each}`),
  ];
  const what: RunsWith = {
    pack: topology.settings.pack.sha256,
    profile: profileOf(node.role),
    config: configSum(topology, node, signers),
    certificates,
    driver,
    files,
    unit: systemdUnit(topology, node, javaHome),
  };
  const options = { java: javaHome, memory: memoryOptions(node), options: javaOptions(topology, node) };
  return {
    fingerprint: runningFingerprint(what),
    parts: partsOf(what, options, (text) => sha256(text).slice(0, 12)),
  };
}

/** Of what the configuration says, not of its ciphertexts, which are random. */
function configSum(topology: Topology, node: Node, signers: NodeMaterial['signers']): string {
  const [signer] = signers;
  const text = deploymentContent(
    topology,
    node,
    signer?.alias === aliases.primary ? undefined : signer?.alias,
  );
  return sha256(topology.settings.secureVault ? `sealed\n${text}` : text);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
