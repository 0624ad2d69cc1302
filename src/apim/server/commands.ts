import { as, type Command, script, sh } from '../../shell/command.ts';
import { findJavaProcess } from '../../shell/process.ts';
import { deploymentTomlPath, marks, pidFile } from '../cluster/paths.ts';
import { mountsOf, sharedDirectories } from '../cluster/shared.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { hardenedOptions } from '../config/hardening.ts';
import { factsOf, profileOf } from '../release/roles.ts';

/** Prints the pid and the start of the server's process (field 22 of its stat), or nothing if it does not run. */
export function findServer(node: Node): Command {
  return as(node.user, findJavaProcess(`-Dcarbon.home=${node.home}`, pidFile(node)));
}

/** What `findServer` printed. */
export function readServer(stdout: string): { pid: number; startedAt: string } | undefined {
  const [pid, startedAt] = stdout.trim().split(' ');
  if (pid === undefined || startedAt === undefined || !/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), startedAt };
}

/** Exits with 0 while the server runs. */
export function isRunning(node: Node): Command {
  return as(node.user, sh`test -n "$(sh -c ${findServer(node)})"`);
}

/** Exits with 0 when the server does not run. */
export function isStopped(node: Node): Command {
  return as(node.user, sh`test -z "$(sh -c ${findServer(node)})" || { echo "it still runs" >&2; exit 1; }`);
}

/**
 * Starts the server by its own script, which returns at once; what it says is shown only if it fails. What the server
 * writes is for its user only: it makes files with plain passwords in them. An inherited
 * CARBON_HOME would start another home, so there is none. An old pid file goes first: if its number belongs to another
 * process by now, as after a reboot, the script would take that for the server and do nothing.
 */
export function startServer(topology: Topology, node: Node, javaHome: string): Command {
  const { startOutput } = marks(node);
  const variables = [
    `JAVA_HOME=${javaHome}`,
    `JVM_MEM_OPTS=${memoryOptions(node)}`,
    `JAVA_OPTS=${javaOptions(topology, node)}`,
  ];
  return as(
    node.user,
    script(
      sh`if test -n "$(sh -c ${findServer(node)})"; then exit 0; fi`,
      ...sharedThere(topology, node),
      sh`cd ${node.home} && rm -f ${pidFile(node)} && umask 077 || exit 1`,
      sh`env -u CARBON_HOME ${variables} setsid sh ${node.home}/bin/wso2server.sh start ${serverOptions(topology, node)} </dev/null >${startOutput} 2>&1 || { cat ${startOutput} >&2; exit 1; }`,
    ),
  );
}

/** Asks the server's process to end. It finishes the requests in flight, so it may live on for a while. */
export function stopServer(node: Node): Command {
  return as(node.user, sh`set -- $(sh -c ${findServer(node)}); if test -n "$1"; then kill -TERM "$1"; fi`);
}

/** Ends the server's process at once, if there still is one: whatever it is at is lost. */
export function killServer(node: Node): Command {
  return as(node.user, sh`set -- $(sh -c ${findServer(node)}); if test -n "$1"; then kill -KILL "$1"; fi`);
}

/**
 * Runs the vendor's optimizer, and notes the profile. It always exits with 0: success is told by its last good line, and
 * by the configuration that it put in the place of another. In the end it goes back to where it was called, which is
 * the home, because the run user may not enter the folder of the login. A note stands meanwhile, because a home in which
 * it broke off is past mending.
 */
export function optimizeProfile(node: Node): Command {
  const { optimizing, profile } = marks(node);
  const wanted = profileOf(node.role);
  const config = deploymentTomlPath(node);
  return as(
    node.user,
    script(
      sh`cd ${node.home} && : > ${optimizing} || exit 1`,
      sh`said=$(env -u CARBON_HOME sh ${node.home}/bin/profileSetup.sh -Dprofile=${wanted} </dev/null 2>&1)`,
      `printf '%s\\n' "$said"`,
      `last=$(printf '%s\\n' "$said" | sed '/^[[:space:]]*$/d' | tail -n 1)`,
      `case $last in *'Finished the optimizations'*) ;; *) echo "the optimizer did not finish; it ended with: $last" >&2; exit 1 ;; esac`,
      sh`for made in ${config} ${config}.backup; do test -s "$made" || { echo "the optimizer says that it has finished, but $made is not there" >&2; exit 1; }; done`,
      sh`printf '%s\\n' ${wanted} > ${profile}.new && mv -f ${profile}.new ${profile} && rm -f ${optimizing}`,
    ),
  );
}

/** Lines that end a script with an error unless all that the node shares is really shared: it would write past it. */
function sharedThere(topology: Topology, node: Node): Command[] {
  return sharedDirectories(topology, node).map(
    ({ mount, path, target }) =>
      sh`mountpoint -q ${mount.point} && test "$(readlink ${path})" = ${target} || { echo ${path}" is not on the shared file system "${mount.source}", mounted at "${mount.point} >&2; exit 1; }`,
  );
}

/** Prints what the installation calls itself. */
export function versionOf(node: Node): Command {
  return as(node.user, sh`cat ${node.home}/bin/version.txt 2>/dev/null || true`);
}

/** The version in what `versionOf` printed; empty if there was none. */
export function readVersion(stdout: string): string {
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? '';
}

/** Prints for how many seconds a process has run. */
export function uptime(pid: number): Command {
  return sh`ps -o etimes= -p ${pid} 2>/dev/null || true`;
}

/** The systemd unit of a node: named for its folder, which nothing but a new deployment changes. */
export function unitName({ home }: Node): string {
  return `apim-${home.slice(home.lastIndexOf('/') + 1)}.service`;
}

/**
 * The unit file: the script in the foreground, so that systemd sees the server itself. The script ends with 0 whatever
 * the JVM ended with, which it keeps in `status`: read from there, a crash is told from a stop (143, for TERM).
 */
export function systemdUnit(topology: Topology, node: Node, javaHome: string): string {
  const shared = sharedDirectories(topology, node);
  const points = mountsOf(topology, node).map(({ point }) => point);
  return [
    '[Unit]',
    `Description=WSO2 API Manager, ${factsOf(node.role).title}`,
    'After=network-online.target',
    'Wants=network-online.target',
    ...(points.length === 0 ? [] : [`RequiresMountsFor=${points.join(' ')}`]),
    '',
    '[Service]',
    'Type=exec',
    `User=${node.user}`,
    // The server makes files of its own with the passwords of deployment.toml in them.
    'UMask=0077',
    `WorkingDirectory=${node.home}`,
    `Environment="JAVA_HOME=${javaHome}"`,
    `Environment="JVM_MEM_OPTS=${memoryOptions(node)}"`,
    `Environment="JAVA_OPTS=${javaOptions(topology, node).replaceAll('%', '%%')}"`,
    'UnsetEnvironment=CARBON_HOME',
    ...shared.map(
      ({ mount, path, target }) =>
        `ExecStartPre=/bin/sh -c 'mountpoint -q "$$0" && test "$$(readlink "$$1")" = "$$2" || { echo "$$1 is not on a shared file system, mounted at $$0" >&2; exit 1; }' ${mount.point} ${path} ${target}`,
    ),
    `ExecStart=/bin/sh -c '. "$$0"; exit "$\${status:-0}"' ${node.home}/bin/wso2server.sh ${serverOptions(topology, node).join(' ')}`,
    'Restart=on-failure',
    'RestartSec=5',
    'SuccessExitStatus=143',
    `TimeoutStopSec=${Math.ceil(node.stopTimeoutMs / 1000)}`,
    'LimitNOFILE=65535',
    'StandardOutput=null',
    'StandardError=journal',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/**
 * What the start script is told. Optimizing at every start must leave the configuration alone: otherwise the script
 * would put the shipped template in the place of our deployment.toml.
 */
function serverOptions({ settings }: Topology, node: Node): string[] {
  const profile = `-Dprofile=${profileOf(node.role)}`;
  return settings.optimize === 'starting' ? [profile, '--optimize', '--skipConfigOptimization'] : [profile];
}

/** The options of the JVM, but for memory. Somebody's own come last, so that they win. */
export function javaOptions(topology: Topology, node: Node): string {
  return [...hardenedOptions(topology, node), ...node.jvmOptions].join(' ');
}

/** Memory as the JVM is told. */
export function memoryOptions({ memory }: Node): string {
  return `-Xms${memory.initial} -Xmx${memory.maximum}`;
}
