import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { marks, pidFile } from '../../../src/apim/cluster/paths.ts';
import type { Node } from '../../../src/apim/cluster/topology.ts';
import { carbonLogTail, noteLog, startedLine } from '../../../src/apim/server/carbon-log.ts';
import {
  findServer,
  isRunning,
  isStopped,
  optimizeProfile,
  readServer,
  readVersion,
  startServer,
  stopServer,
  systemdUnit,
  unitName,
  uptime,
  versionOf,
} from '../../../src/apim/server/commands.ts';
import type { Command } from '../../../src/shell/command.ts';
import { fiveNodes, nodeNamed } from '../../support/deployments.ts';

const topology = fiveNodes();
const gateway = nodeNamed(topology, 'gw');
let home: string;
let node: Node;

beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'server-')), 'gateway');
  for (const folder of ['bin', 'repository/logs', '.apim-orchestrate'])
    mkdirSync(join(home, folder), { recursive: true });
  node = { ...gateway, home };
});

afterEach(() => rmSync(join(home, '..'), { recursive: true }));

const sh = ({ text }: Command, env: Record<string, string> = {}) =>
  spawnSync('/bin/sh', ['-c', text], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });

const write = (path: string, text: string) => writeFileSync(join(home, path), text);

describe('every command that touches a home', () => {
  it('is run by the user of the node', () => {
    const commands = [
      findServer(node),
      isRunning(node),
      isStopped(node),
      noteLog(node),
      startServer(topology, node, '/jdk'),
      stopServer(node),
      optimizeProfile(node),
      startedLine(node),
      carbonLogTail(node, 5),
      versionOf(node),
    ];
    expect(commands.map(({ user }) => user)).toEqual(commands.map(() => 'wso2'));
  });
});

describe('startServer', () => {
  const tell =
    '#!/bin/sh\n{ echo "$@"; echo "$JAVA_HOME"; echo "$JVM_MEM_OPTS"; echo "$JAVA_OPTS"; echo "home: $CARBON_HOME"; } > told\n';

  it('gives the script its profile and surroundings, and no CARBON_HOME', () => {
    write('bin/wso2server.sh', tell);
    const own = { ...node, jvmOptions: ['-Da=b', '-Dc=d'], memory: { initial: '1g', maximum: '2g' } };
    expect(sh(startServer(topology, own, '/jdk'), { CARBON_HOME: '/elsewhere' }).status).toBe(0);
    expect(readFileSync(join(home, 'told'), 'utf8').split('\n')).toEqual([
      'start -Dprofile=gateway-worker',
      '/jdk',
      '-Xms1g -Xmx2g',
      '-Da=b -Dc=d',
      'home: ',
      '',
    ]);
  });

  it('takes a stale pid file away, so that the script does not believe in it', () => {
    write('bin/wso2server.sh', 'test -e wso2carbon.pid && echo yes > told || echo no > told\n');
    writeFileSync(pidFile(node), `${process.pid}\n\0\0`);
    expect(sh(startServer(topology, node, '/jdk')).status).toBe(0);
    expect(readFileSync(join(home, 'told'), 'utf8')).toBe('no\n');
  });

  it('lets the server make files that only its user can read', () => {
    write('bin/wso2server.sh', 'umask > told\n');
    expect(sh(startServer(topology, node, '/jdk')).status).toBe(0);
    expect(readFileSync(join(home, 'told'), 'utf8')).toBe('0077\n');
  });

  it('shows what the script said if it fails', () => {
    write('bin/wso2server.sh', 'echo "JAVA_HOME is wrong"; exit 1\n');
    const { status, stderr } = sh(startServer(topology, node, '/jdk'));
    expect([status, stderr]).toEqual([1, 'JAVA_HOME is wrong\n']);
  });
});

describe('a server that does not run', () => {
  it('is not found, is stopped, and stopping it is no mistake', () => {
    expect(readServer(sh(findServer(node)).stdout)).toBeUndefined();
    expect(sh(isRunning(node)).status).toBe(1);
    expect(sh(isStopped(node)).status).toBe(0);
    expect(sh(stopServer(node)).status).toBe(0);
  });
});

describe('readServer', () => {
  it('reads pid and start', () => {
    expect(readServer('4711 123456\n')).toEqual({ pid: 4711, startedAt: '123456' });
  });

  it.each(['', '\n', '4711', '4711 \n', 'x y'])('reads nothing from %j', (stdout) => {
    expect(readServer(stdout)).toBeUndefined();
  });
});

describe('optimizeProfile', () => {
  const profile = () => readFileSync(marks(node).profile, 'utf8');
  const replacing =
    'cd "$(dirname "$0")/../repository/conf"; mv deployment.toml deployment.toml.backup; echo template > deployment.toml';

  it('notes the profile when the last line says that it is done', () => {
    mkdirSync(join(home, 'repository/conf'));
    write('repository/conf/deployment.toml', 'shipped');
    write('bin/profileSetup.sh', `echo "$@"; ${replacing}; echo "Finished the optimizations"; echo\n`);
    expect(sh(optimizeProfile(node)).status).toBe(0);
    expect(profile()).toBe('gateway-worker\n');
    expect(sh({ text: `test -e ${marks(node).optimizing}` }).status).toBe(1);
  });

  it('lets the script go back to where it was called, though the run user may not enter the login’s folder', () => {
    mkdirSync(join(home, 'repository/conf'));
    write('repository/conf/deployment.toml', 'shipped');
    write(
      'bin/profileSetup.sh',
      `back=$(pwd); ${replacing}; echo "Finished the optimizations"; test "$back" = ${home} || echo "cd: can't cd to $back"\n`,
    );
    const { status, stderr } = sh(optimizeProfile(node));
    expect([status, stderr]).toEqual([0, '']);
    expect(profile()).toBe('gateway-worker\n');
  });

  it('fails when the script says that it has finished, and has not put the configuration of the profile in place', () => {
    write('bin/profileSetup.sh', 'echo "Finished the optimizations"\n');
    const { status, stderr } = sh(optimizeProfile(node));
    expect(status).toBe(1);
    expect(stderr).toContain('repository/conf/deployment.toml is not there');
    expect(profile).toThrow();
  });

  it.each([
    ['echo "Profile is not specified properly, please try again"; exit', 'Profile is not specified properly'],
    ['echo "Finished the optimizations"; echo "rm: cannot remove"', 'rm: cannot remove'],
    ['exit 0', 'did not finish'],
  ])(
    'fails although the script %j exits with 0, and leaves its note of a home past mending',
    (text, said) => {
      write('bin/profileSetup.sh', text);
      const { status, stderr } = sh(optimizeProfile(node));
      expect(status).toBe(1);
      expect(stderr).toContain(said);
      expect(profile).toThrow();
      expect(sh({ text: `test -e ${marks(node).optimizing}` }).status).toBe(0);
    },
  );
});

describe('what is shown of a server', () => {
  it('is its version, in whatever words', () => {
    write('bin/version.txt', 'WSO2 API Manager v3.2.0\n');
    expect(readVersion(sh(versionOf(node)).stdout)).toBe('3.2.0');
    expect(readVersion('')).toBe('');
  });

  it('is for how long its process has run', () => {
    expect(Number(sh(uptime(process.pid)).stdout.trim())).toBeGreaterThanOrEqual(0);
    expect(sh(uptime(4_194_305)).stdout).toBe('');
  });
});

describe('systemdUnit', () => {
  it('runs the script in the foreground, as the user of the node', () => {
    const own = { ...gateway, jvmOptions: ['-Dx=100%'] };
    expect(systemdUnit(topology, own, '/usr/lib/jvm/x')).toBe(`[Unit]
Description=WSO2 API Manager, Gateway
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User=wso2
UMask=0077
WorkingDirectory=/opt/wso2/gateway
Environment="JAVA_HOME=/usr/lib/jvm/x"
Environment="JVM_MEM_OPTS=-Xms256m -Xmx1024m"
Environment="JAVA_OPTS=-Dx=100%%"
UnsetEnvironment=CARBON_HOME
ExecStart=/bin/sh -c '. "$$0"; exit "$\${status:-0}"' /opt/wso2/gateway/bin/wso2server.sh -Dprofile=gateway-worker
Restart=on-failure
RestartSec=5
SuccessExitStatus=143
TimeoutStopSec=120
LimitNOFILE=65535
StandardOutput=null
StandardError=journal

[Install]
WantedBy=multi-user.target
`);
  });

  it('ends as the server ended, though the script itself always ends with 0', () => {
    write(
      'bin/wso2server.sh',
      'PRG=$0\nstatus=121\nwhile [ "$status" = 121 ]; do sh -c "echo $PRG $* > told; exit 137"; status=$?; done\n',
    );
    expect(sh({ text: `cd ${home} && sh ${home}/bin/wso2server.sh` }).status).toBe(0);
    const start =
      /^ExecStart=(.*)$/m.exec(systemdUnit(topology, node, '/jdk'))?.[1]?.replaceAll('$$', '$') ?? '';
    expect(sh({ text: `cd ${home} && ${start}` }).status).toBe(137);
    expect(readFileSync(join(home, 'told'), 'utf8')).toBe(
      `${home}/bin/wso2server.sh -Dprofile=gateway-worker\n`,
    );
  });

  it('is named for the folder of the node, whatever its offset', () => {
    expect(unitName(gateway)).toBe('apim-gateway.service');
    expect(unitName({ ...gateway, offset: 4 })).toBe('apim-gateway.service');
    expect(unitName({ ...gateway, home: '/data/gw-2' })).toBe('apim-gw-2.service');
  });
});
