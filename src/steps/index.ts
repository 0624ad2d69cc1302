import type { AnyStep } from '../engine/step.ts';
import { awaitTurn } from './await-turn.ts';
import { checkHost } from './check-host.ts';
import { checkKeystores } from './check-keystores.ts';
import { checkSharedDirectories } from './check-shared-directories.ts';
import { copyFile } from './copy-file.ts';
import { createDatabases } from './create-databases.ts';
import type { World } from './define.ts';
import { drainNode } from './drain-node.ts';
import { drainNodes } from './drain-nodes.ts';
import { fetchPack } from './fetch-pack.ts';
import { finishRestart } from './finish-restart.ts';
import { finishRotation } from './finish-rotation.ts';
import { finishSigningKey } from './finish-signing-key.ts';
import { hardenHost } from './harden-host.ts';
import { installBalancer } from './install-balancer.ts';
import { installFiles } from './install-files.ts';
import { installJdbcDriver } from './install-jdbc-driver.ts';
import { installKeystores } from './install-keystores.ts';
import { installPack } from './install-pack.ts';
import { installService } from './install-service.ts';
import { issueCertificates } from './issue-certificates.ts';
import { makeNextAuthority } from './make-next-authority.ts';
import { makeNextSigningKey } from './make-next-signing-key.ts';
import { mapHosts } from './map-hosts.ts';
import { markSharedDirectories } from './mark-shared-directories.ts';
import { optimizeProfileStep } from './optimize-profile.ts';
import { owingRestart } from './owing-restart.ts';
import { inOwnHome } from './own-home.ts';
import { replaceCertificates } from './replace-certificates.ts';
import { runCommand } from './run-command.ts';
import { shareDirectories } from './share-directories.ts';
import { startServerStep } from './start-server.ts';
import { stopServerStep } from './stop-server.ts';
import { switchSigningKey } from './switch-signing-key.ts';
import { undrainNode } from './undrain-node.ts';
import { verifyHandshakes } from './verify-handshakes.ts';
import { waitDrained } from './wait-drained.ts';
import { waitForPort } from './wait-for-port.ts';
import { waitReady } from './wait-ready.ts';
import { withdrawAuthority } from './withdraw-authority.ts';
import { withdrawSigningKey } from './withdraw-signing-key.ts';
import { writeConfig } from './write-config.ts';

const all: readonly AnyStep<World>[] = [
  checkHost,
  inOwnHome(checkKeystores),
  fetchPack,
  awaitTurn,
  installPack,
  inOwnHome(optimizeProfileStep),
  inOwnHome(shareDirectories),
  inOwnHome(markSharedDirectories),
  inOwnHome(checkSharedDirectories),
  issueCertificates,
  // A truststore is no reason by itself: it is merged, and may lose only what is trusted in another way.
  inOwnHome(owingRestart('certificates', installKeystores, ({ summary }) => summary.startsWith('write '))),
  inOwnHome(createDatabases),
  inOwnHome(owingRestart('driver', installJdbcDriver)),
  inOwnHome(owingRestart('files', installFiles)),
  inOwnHome(owingRestart('configuration', writeConfig)),
  mapHosts,
  inOwnHome(hardenHost),
  inOwnHome(owingRestart('options', installService)),
  installBalancer,
  drainNodes,
  inOwnHome(drainNode),
  inOwnHome(waitDrained),
  inOwnHome(startServerStep),
  inOwnHome(stopServerStep),
  inOwnHome(waitReady),
  inOwnHome(undrainNode),
  finishRestart,
  makeNextAuthority,
  replaceCertificates,
  inOwnHome(verifyHandshakes),
  withdrawAuthority,
  finishRotation,
  makeNextSigningKey,
  switchSigningKey,
  withdrawSigningKey,
  finishSigningKey,
  runCommand,
  copyFile,
  waitForPort,
];

/** Every step that a playbook can name. */
export const register: ReadonlyMap<string, AnyStep<World>> = new Map(all.map((each) => [each.name, each]));
