import { type AuditFacts, type AuditFinding, auditNode } from '../apim/checks/audit.ts';
import { keystoreFiles, shippedStore } from '../apim/cluster/keystores.ts';
import { deploymentTomlPath, marks } from '../apim/cluster/paths.ts';
import { nodeOf } from '../apim/cluster/topology.ts';
import { javaSecurityFile, refusesOldTls, scriptFlags } from '../apim/config/hardening.ts';
import { findServer, readServer } from '../apim/server/commands.ts';
import { openPaths, privatePaths, readPaths, secretFiles } from '../apim/server/private-files.ts';
import { readMaterial } from '../certificates/read.ts';
import { nodeMaterial } from '../certificates/views.ts';
import type { Asks, Spot } from '../engine/step.ts';
import { describe } from '../pki/certificate.ts';
import { KeystoreError, readJks } from '../pki/jks.ts';
import { as, sh } from '../shell/command.ts';
import { decodeBytes, patient, readNote, readText } from '../shell/files.ts';
import { disabledTls } from '../shell/java.ts';
import { listeningPorts, readListening } from '../shell/process.ts';
import type { World } from './define.ts';

/** Reads at a node all that production should not have, and tells what it found. */
export async function auditAt(
  { host, world }: Pick<Spot<World, unknown>, 'host' | 'world'>,
  { there, once }: Asks,
): Promise<AuditFinding[]> {
  const { topology } = world;
  const node = nodeOf(topology, host);
  const stores = keystoreFiles(topology, node);
  const asUser = (question: Parameters<typeof there>[0]) => there(as(node.user, question));
  const secrets = secretFiles(topology, node);
  const flags = scriptFlags.map(([shipped]) => shipped);
  const [files, open, shipped, trust, config, ports, server, script, java, noted, material] =
    await Promise.all([
      asUser(sh`stat -L -c '%a %U %n' ${secrets} 2>/dev/null || true`),
      there(openPaths(node, privatePaths(node))),
      asUser(sh`if test -e ${shippedStore(node)}; then echo yes; fi`),
      asUser(patient.readBytes(stores.trust)),
      asUser(readText(deploymentTomlPath(node))),
      there(listeningPorts()),
      there(findServer(node)),
      asUser(
        sh`for flag in ${flags}; do grep -qF -- "$flag" ${node.home}/bin/wso2server.sh && echo "$flag"; done; true`,
      ),
      node.role === 'traffic-manager'
        ? asUser(disabledTls(node.java.home, javaSecurityFile(node)))
        : undefined,
      asUser(readNote(marks(node).shipped)),
      once(readMaterial, world),
    ]);
  const pid = readServer(server.stdout)?.pid;
  const running =
    pid === undefined
      ? undefined
      : await asUser(sh`ps -o user= -p ${pid}; awk '/^Max open files/ {print $4}' /proc/${pid}/limits`);
  const [runner, openFiles] = running?.stdout.trim().split(/\s+/) ?? [];
  const own = nodeMaterial(world, material, node)?.own.certificate;
  const facts: AuditFacts = {
    files: [...files.stdout.matchAll(/^(\d+) (\S+) (.+)$/gm)].map(([, mode = '', owner = '', path = '']) => ({
      path,
      mode,
      owner,
    })),
    open: readPaths(open.stdout),
    shippedKeystore: shipped.stdout.trim() === 'yes',
    trusted: trustedIn(decodeBytes(trust.stdout), topology.settings.truststore.password.reveal()),
    config: config.stdout,
    runner,
    openFiles: openFiles === undefined || openFiles === 'unlimited' ? undefined : Number(openFiles),
    listening: readListening(ports.stdout),
    certificateEnds: own === undefined ? undefined : describe(own).notAfter,
    javaRefusesOldTls: java === undefined ? undefined : refusesOldTls(java.stdout.trim()),
    unsafeFlags: script.stdout.split('\n').filter((line) => line !== ''),
  };
  const { defaultPasswords, secureVault, certificates } = topology.settings;
  const distrust = [...certificates.distrust, ...noted.stdout.split('\n')];
  const { user, role, offset } = node;
  return auditNode(facts, { user, role, offset, now: world.now, defaultPasswords, secureVault, distrust });
}

function trustedIn(bytes: Uint8Array | undefined, password: string): AuditFacts['trusted'] {
  if (bytes === undefined) return undefined;
  try {
    return readJks(bytes, password).flatMap((entry) =>
      entry.type === 'trusted'
        ? [{ alias: entry.alias, fingerprint: describe(entry.certificate).fingerprint }]
        : [],
    );
  } catch (error) {
    if (error instanceof KeystoreError) return undefined;
    throw error;
  }
}
