import { createHash } from 'node:crypto';
import { chmodSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keystoreFiles } from '../../src/apim/cluster/keystores.ts';
import { driverFile, marks, packCache } from '../../src/apim/cluster/paths.ts';
import { fstabFile, sharedDirectories } from '../../src/apim/cluster/shared.ts';
import type { Node } from '../../src/apim/cluster/topology.ts';
import { javaSecurityFile, limitsFile, scriptFlags, sysctlFile } from '../../src/apim/config/hardening.ts';
import { findServer, systemdUnit, unitName } from '../../src/apim/server/commands.ts';
import { as } from '../../src/shell/command.ts';
import { freeSpace, patient, readText } from '../../src/shell/files.ts';
import { disabledTls, findJava } from '../../src/shell/java.ts';
import { listeningPorts } from '../../src/shell/process.ts';
import { hasSystemd, isUnitEnabled, unitPath } from '../../src/shell/service.ts';
import { checkHost } from '../../src/steps/check-host.ts';
import { checkKeystores } from '../../src/steps/check-keystores.ts';
import { checkSharedDirectories } from '../../src/steps/check-shared-directories.ts';
import { copyFile } from '../../src/steps/copy-file.ts';
import { fetchPack } from '../../src/steps/fetch-pack.ts';
import { hardenHost } from '../../src/steps/harden-host.ts';
import { installFiles } from '../../src/steps/install-files.ts';
import { installJdbcDriver } from '../../src/steps/install-jdbc-driver.ts';
import { installService } from '../../src/steps/install-service.ts';
import { mapHosts } from '../../src/steps/map-hosts.ts';
import { optimizeProfileStep } from '../../src/steps/optimize-profile.ts';
import { runCommand } from '../../src/steps/run-command.ts';
import { shareDirectories } from '../../src/steps/share-directories.ts';
import { stopServerStep } from '../../src/steps/stop-server.ts';
import { waitForPort } from '../../src/steps/wait-for-port.ts';
import { writeConfig } from '../../src/steps/write-config.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { balancer, type Deployment, nodeFor, tenEntries } from '../support/topologies.ts';

let ground: Ground;
const on = async (deployment: Deployment = {}) => {
  ground?.remove();
  ground = await createGround(deployment);
};
beforeEach(() => on());
afterEach(() => ground.remove());

const sum = (text: string) => createHash('sha256').update(text).digest('hex');
const gateway = () => nodeFor(ground.topology, 'gateway');
/** Makes the home of a node one of the wanted archive, or of another. */
const ownHome = (node: Node, pack = ground.topology.settings.pack.sha256) =>
  ground.write(marks(node).pack, `${pack}\n`);

describe('check-host', () => {
  const inspect = () => checkHost.inspect(ground.at('gw', {}), ground.from('gw'));
  const tools = ['unzip', 'sha256sum', 'base64', 'awk', 'find', 'flock', 'setsid'];

  /** A server on which all is well, and on which programs are what a test puts there. */
  function sound() {
    ground.say(findJava(undefined), '/opt/jdk\nversion "11.0.2"\n');
    ground.say(freeSpace(gateway().directory), '5242879\n');
    ground.say(findServer(gateway()), '');
    ground.say(listeningPorts(), '0016\n24E3\n');
    ground.write('bin/getent', '#!/bin/sh\ntest "$1" = hosts && test "$2" != tm.example.com\n', 0o755);
    ground.write('bin/id', '#!/bin/sh\ntest "$2" = wso2 && echo 1000\n', 0o755);
    ground.write('bin/date', '#!/bin/sh\necho 1000\n', 0o755);
    for (const tool of tools) ground.write(`bin/${tool}`, '#!/bin/sh\n', 0o755);
  }

  it('sees Java, room, the clock, the user, ports, and names that lead nowhere', async () => {
    sound();
    expect(await inspect()).toEqual({
      java: { home: '/opt/jdk', version: 11 },
      missingTools: [],
      freeMegabytes: 5119,
      skewSeconds: 0,
      hasUser: true,
      running: false,
      listening: [22, 9443],
      unresolved: ['tm.example.com'],
    });
  });

  it('sees by how much the clock of the server is ahead of ours', async () => {
    sound();
    ground.say({ text: 'date +%s' }, '1090\n', 'gw');
    expect(await inspect()).toMatchObject({ skewSeconds: 90 });
  });

  it('asks for no names that the tool itself will write into /etc/hosts', async () => {
    await on({ apim: { map_hosts: true } });
    sound();
    expect(await inspect()).toMatchObject({ unresolved: [] });
  });

  it('sees a server that runs', async () => {
    sound();
    ground.say(findServer(gateway()), '7 1234\n');
    expect(await inspect()).toMatchObject({ running: true });
  });

  it('tells of a user that does not exist, whom nothing can be asked as', async () => {
    await on({ apim: { user: 'nosuchuser' } });
    sound();
    expect(await inspect()).toMatchObject({ hasUser: false, running: false });
  });

  it('names each tool that the PATH of the server has not', async () => {
    sound();
    const bare = `PATH=${ground.folder}/bin`;
    const asks = ground.from('gw');
    const looked = await checkHost.inspect(ground.at('gw', {}), {
      ...asks,
      there: (question) =>
        asks.there(
          question.text.includes('command -v')
            ? { ...question, text: `rm ${ground.folder}/bin/f*; ${bare}; ${question.text}` }
            : question,
        ),
    });
    expect(looked).toMatchObject({ missingTools: ['find', 'flock'] });
  });
});

describe('check-keystores', () => {
  const inspect = () => checkKeystores.inspect(ground.at('gw', {}), ground.from('gw'));

  it('sees no store where the user is yet to be made', async () => {
    await on({ apim: { user: 'nosuchuser' } });
    const { stores, material } = await inspect();
    expect(stores.filter(({ bytes }: { bytes: unknown }) => bytes !== undefined)).toEqual([]);
    expect(material.authority).toBeUndefined();
  });

  it('does not take a look that failed for an empty home', async () => {
    await on({ apim: { user: 'daemon' } });
    ground.write('bin/id', '#!/bin/sh\necho 1\n', 0o755);
    await expect(inspect()).rejects.toThrow('there is no user daemon');
  });
});

describe('check-shared-directories', () => {
  const nfs = { source: 'nas.example.com:/apim' };
  const inspect = (host: string) =>
    checkSharedDirectories.inspect(ground.at(host, { timeout: 1 }), ground.from(host));
  beforeEach(() =>
    on({ apim: { load_balancer: balancer, shared_directories: { truststore: nfs } }, groups: tenEntries() }),
  );

  it('asks the node that writes the truststore of both for what is in it', async () => {
    const { trust } = keystoreFiles(ground.topology, gateway());
    ground.say(as('wso2', patient.checksum(trust)), 'abc\n', 'gw1');
    expect(await inspect('gw2')).toEqual({ written: { by: 'gw1', sum: 'abc' } });
  });

  it('waits at the other until that very file is there', async () => {
    const written = { by: 'gw1', sum: sum('a store') };
    const [wait] =
      checkSharedDirectories.verify?.(ground.at('gw2', { timeout: 7 }), { written }).slice(-1) ?? [];
    if (wait?.kind !== 'wait') throw new Error('nothing is waited for');
    const [check] = wait.until;
    if (check === undefined || !('command' in check)) throw new Error('nothing is looked at');
    const { trust } = keystoreFiles(ground.topology, gateway());
    const code = async () => (await ground.from('gw2').there(check.command)).code;
    expect(await code()).toBe(1);
    ground.write(trust, 'another store');
    expect(await code()).toBe(1);
    ground.write(trust, 'a store');
    expect(await code()).toBe(0);
    expect(wait).toMatchObject({ timeoutMs: 7, hint: expect.stringContaining(`sha256sum ${trust}`) });
  });

  it('asks nothing for the node that writes it', async () => {
    expect(await inspect('gw1')).toEqual({ written: undefined });
  });
});

describe('copy-file', () => {
  const params = (more: { user?: string } = {}) => ({
    from: 'here/file',
    to: `${ground.folder}/there`,
    mode: '0644',
    ...more,
  });
  const inspect = (more: { user?: string } = {}) =>
    copyFile.inspect(ground.at('gw', params(more)), ground.from('gw'));

  it('sees neither file where there is none', async () => {
    expect(await inspect()).toEqual({ wanted: '', found: '', mode: '' });
  });

  it('compares by checksum and permissions; a relative path starts at the inventory', async () => {
    ground.write('here/file', 'new');
    chmodSync(ground.write('there', 'old'), 0o640);
    expect(await inspect()).toEqual({ wanted: sum('new'), found: sum('old'), mode: '640' });
  });

  it('looks as the user who is to own it', async () => {
    await expect(inspect({ user: 'nosuchuser' })).rejects.toThrow('there is no user nosuchuser');
    await expect(inspect({ user: 'wso2' })).resolves.toBeDefined();
  });
});

describe('fetch-pack and install-pack', () => {
  const inspect = () => fetchPack.inspect(ground.at('gw', {}), ground.from('gw'));

  it('see a server with nothing on it', async () => {
    ground.say(findServer(gateway()), '');
    expect(await inspect()).toEqual({
      pack: '',
      broken: false,
      home: { kind: 'none' },
      cached: false,
      writable: false,
      running: false,
      open: [],
      authority: '',
      unpacked: '',
    });
  });

  it('see an archive at the server, one in the home, and one that waits to be switched to', async () => {
    await on({
      apim: { pack: { url: 'https://files.example.com/p.zip', sha256: '1'.repeat(64), ca: 'ca.pem' } },
    });
    ground.write('ca.pem', 'an authority');
    const node = gateway();
    ownHome(node, 'f'.repeat(64));
    chmodSync(node.home, 0o755);
    ground.write(marks(node).optimizing, '');
    ground.write(packCache(node, ground.topology).archive, 'zip');
    ground.write(`${node.home}.unpacking/.complete`, `${'1'.repeat(64)}\n`);
    ground.say(findServer(node), '7 1234\n');
    expect(await inspect()).toEqual({
      pack: 'f'.repeat(64),
      broken: true,
      home: { kind: 'own' },
      cached: true,
      writable: true,
      running: true,
      open: [node.home],
      authority: 'an authority',
      unpacked: '1'.repeat(64),
    });
  });

  it('see what somebody else put there', async () => {
    ground.write(`${gateway().home}/bin/version.txt`, 'WSO2 API Manager v3.2.0\n');
    expect(await inspect()).toMatchObject({
      home: { kind: 'foreign', version: 'WSO2 API Manager v3.2.0', names: ['bin'] },
    });
  });

  it('look as the user of the node', async () => {
    ground.users.delete('wso2');
    await expect(inspect()).rejects.toThrow('there is no user wso2');
  });
});

describe('harden-host', () => {
  const inspect = (host: string) => hardenHost.inspect(ground.at(host, {}), ground.from(host));

  it('looks at nothing where no hardening is asked for', async () => {
    expect(await inspect('tm')).toBeUndefined();
  });

  describe('where it is asked for', () => {
    beforeEach(async () => {
      await on({ apim: { hardening: {} } });
      ground.say(readText(limitsFile), 'limits');
      ground.say(readText(sysctlFile), 'kernel');
      ground.say(disabledTls(undefined), 'SSLv3, RC4\n');
    });
    const serverScript = (node: Node, text: string) => {
      ownHome(node);
      ground.write(`${node.home}/bin/wso2server.sh`, text);
    };

    it('sees our files, and a start script whose flags are safe', async () => {
      serverScript(gateway(), 'java "-Dhttpclient.hostnameVerifier=Strict"');
      expect(await inspect('gw')).toEqual({
        limits: 'limits',
        sysctl: 'kernel',
        strict: true,
        disabled: '',
        security: '',
      });
    });

    it.each(scriptFlags.map(([shipped]) => shipped))('sees the flag %s', async (shipped) => {
      serverScript(gateway(), `java ${shipped} x`);
      expect(await inspect('gw')).toMatchObject({ strict: false });
    });

    it('does not take a home that is yet to be installed for safe', async () => {
      expect(await inspect('gw')).toMatchObject({ strict: false });
    });

    it('sees at a Traffic Manager what Java refuses of its own accord, and what we told it', async () => {
      const node = nodeFor(ground.topology, 'traffic-manager');
      ownHome(node);
      ground.write(javaSecurityFile(node), 'ours');
      expect(await inspect('tm')).toMatchObject({ disabled: 'SSLv3, RC4', security: 'ours' });
    });
  });
});

describe('install-files', () => {
  const inspect = () => installFiles.inspect(ground.at('gw', {}), ground.from('gw'));
  const jar = 'repository/components/dropins/handler.jar';

  it('looks for no files where none are named', async () => {
    ground.write(marks(gateway()).files, 'a\n');
    expect(await inspect()).toEqual({ local: new Map(), found: new Map(), authorities: [], noted: [] });
  });

  it('sees the files here, those in the home, what was noted, and who vouches for a download', async () => {
    const url = 'https://files.example.com/app.war';
    await on({
      apim: {
        files: [
          { from: './handler.jar', to: 'dropins' },
          { url, sha256: 'a'.repeat(64), ca: 'ca.pem', to: 'webapps' },
        ],
      },
    });
    const node = gateway();
    ownHome(node);
    ground.write('handler.jar', 'new');
    ground.write('ca.pem', 'an authority');
    ground.write(`${node.home}/${jar}`, 'old');
    ground.write(marks(node).files, `${jar}\nlib/x.jar\n`);
    expect(await inspect()).toEqual({
      local: new Map([[`${ground.folder}/handler.jar`, sum('new')]]),
      found: new Map([[`${node.home}/${jar}`, sum('old')]]),
      authorities: ['', 'an authority'],
      noted: [jar, 'lib/x.jar'],
    });
  });
});

describe('install-jdbc-driver', () => {
  const inspect = () => installJdbcDriver.inspect(ground.at('gw', {}), ground.from('gw'));

  it('sees the driver here, the one in the node, and which it was', async () => {
    const node = gateway();
    ownHome(node);
    ground.write('mysql-connector-j-8.4.0.jar', 'new');
    ground.write(driverFile(ground.topology, node), 'old');
    ground.write(marks(node).driver, 'older.jar\n');
    expect(await inspect()).toEqual({
      installed: sum('old'),
      previous: 'older.jar',
      authority: '',
      wanted: sum('new'),
    });
  });

  it('counts a driver in a home of another archive as missing', async () => {
    const node = gateway();
    ownHome(node, 'f'.repeat(64));
    ground.write(driverFile(ground.topology, node), 'old');
    expect(await inspect()).toEqual({ installed: '', previous: '', authority: '', wanted: '' });
  });

  it('takes the checksum of a download from the inventory', async () => {
    const driver = { url: 'https://files.example.com/d.jar', sha256: 'a'.repeat(64), ca: 'ca.pem' };
    await on({
      apim: {
        database: {
          type: 'postgresql',
          host: 'db.example.com',
          driver,
          apim: { username: 'apim', password: 'fake-password' },
          shared: { username: 'shared', password: 'fake-password' },
        },
      },
    });
    ground.write('ca.pem', 'an authority');
    expect(await inspect()).toMatchObject({ wanted: 'a'.repeat(64), authority: 'an authority' });
  });
});

describe('install-service', () => {
  const inspect = () => installService.inspect(ground.at('gw', {}), ground.from('gw'));
  const found = (systemd: string, text: string, enabled: string, java: string) => {
    const unit = unitName(gateway());
    ground.say(hasSystemd(), systemd);
    ground.say(readText(unitPath(unit)), text);
    ground.say(isUnitEnabled(unit), enabled);
    ground.say(findJava(undefined), java);
  };

  it('sees a server without systemd', async () => {
    found('', '', '', '');
    expect(await inspect()).toEqual({ systemd: false, text: '', enabled: false, javaHome: '' });
  });

  it('sees its unit, and has nothing to do where that is as wanted', async () => {
    const unit = systemdUnit(ground.topology, gateway(), '/opt/jdk');
    found('yes\n', unit, 'enabled\n', '/opt/jdk\nversion "11.0.2"\n');
    const facts = await inspect();
    expect(facts).toEqual({ systemd: true, text: unit, enabled: true, javaHome: '/opt/jdk' });
    expect(installService.plan(ground.at('gw', {}), facts)).toEqual([]);
  });

  it('does not take a unit that is not started at boot for one that is', async () => {
    found('yes\n', 'a unit', 'disabled\n', '');
    expect(await inspect()).toMatchObject({ enabled: false });
  });
});

describe('map-hosts', () => {
  const inspect = () => mapHosts.inspect(ground.at('gw', {}), ground.from('gw'));

  it('reads /etc/hosts only where the inventory asks for it', async () => {
    ground.say(readText('/etc/hosts'), '127.0.0.1 localhost\n');
    expect(await inspect()).toEqual({ text: undefined });
    await on({ apim: { map_hosts: true } });
    ground.say(readText('/etc/hosts'), '127.0.0.1 localhost\n');
    expect(await inspect()).toEqual({ text: '127.0.0.1 localhost\n' });
  });
});

describe('optimize-profile', () => {
  const inspect = () => optimizeProfileStep.inspect(ground.at('gw', {}), ground.from('gw'));

  it('sees the profile of a home, unless that holds another archive', async () => {
    ground.write(marks(gateway()).profile, 'gateway-worker\n');
    ownHome(gateway());
    expect(await inspect()).toEqual({ profile: 'gateway-worker' });
    ownHome(gateway(), 'f'.repeat(64));
    expect(await inspect()).toEqual({ profile: '' });
  });
});

describe('run-command', () => {
  const inspect = (unless: string, user?: string) =>
    runCommand.inspect(
      ground.at('gw', { command: 'false', unless, ...(user === undefined ? {} : { user }) }),
      ground.from('gw'),
    );

  it('is done once the other command exits with 0, run by the same user', async () => {
    expect(await inspect(`test -d ${ground.folder}`)).toEqual({ done: true });
    expect(await inspect('exit 3')).toEqual({ done: false });
    await expect(inspect('true', 'nosuchuser')).rejects.toThrow('there is no user nosuchuser');
  });
});

describe('what run-command runs', () => {
  it('may take two minutes, or as long as the playbook says', () => {
    const params = { command: 'true', unless: 'false' };
    const times = (more: { timeout?: number }) =>
      runCommand
        .plan(ground.at('gw', { ...params, ...more }), { done: false })
        .flatMap(({ actions }) => actions.flatMap((each) => (each.kind === 'run' ? [each.timeoutMs] : [])));
    expect([times({}), times({ timeout: 7 })]).toEqual([[120_000], [7]]);
  });
});

describe('share-directories', () => {
  const nfs = { source: 'nas.example.com:/apim' };
  const inspect = (host: string) => shareDirectories.inspect(ground.at(host, {}), ground.from(host));

  it('looks at nothing where nothing is shared', async () => {
    expect(await inspect('gw')).toBeUndefined();
  });

  it('sees what is mounted, and of each directory whether it is a link, of the home itself, or not there', async () => {
    const shared = { synapse_configs: nfs, truststore: nfs, tenants: nfs };
    await on({ apim: { load_balancer: balancer, shared_directories: shared }, groups: tenEntries() });
    const node = ground.topology.nodes.find(({ host }) => host.name === 'gw1') as Node;
    ownHome(node);
    const [synapse, trust] = sharedDirectories(ground.topology, node);
    ground.write(join(dirname(synapse?.path ?? ''), '.here'), '');
    symlinkSync(synapse?.target ?? '', synapse?.path ?? '');
    ground.write(trust?.path ?? '', 'a store');
    ground.say(readText(fstabFile), 'fstab\n');
    ground.say(readText('/proc/mounts'), 'mounts\n');
    expect(await inspect('gw1')).toEqual({
      fstab: 'fstab\n',
      mounts: 'mounts\n',
      links: [synapse?.target, 'own', ''],
    });
  });
});

describe('stop-server', () => {
  it('sees whether the server runs', async () => {
    const inspect = () => stopServerStep.inspect(ground.at('gw', {}), ground.from('gw'));
    ground.say(findServer(gateway()), '7 1234\n');
    expect(await inspect()).toEqual({ process: { pid: 7, startedAt: '1234' } });
    ground.say(findServer(gateway()), '');
    expect(await inspect()).toEqual({ process: undefined });
  });
});

describe('wait-for-port', () => {
  it.each([true, false])('asks the port from the host itself, which is open: %s', async (open) => {
    const asked: unknown[] = [];
    const probe = async (question: unknown) => {
      asked.push(question);
      return open ? { ok: true as const } : { ok: false as const, why: 'refused' };
    };
    const site = ground.at('gw', { port: 9611, host: '127.0.0.1' });
    expect(await waitForPort.inspect(site, ground.from('gw', { probe }))).toEqual({ open });
    expect(asked).toEqual([{ host: '127.0.0.1', port: 9611 }]);
  });
});

describe('write-config', () => {
  const inspect = () => writeConfig.inspect(ground.at('gw', {}), ground.from('gw'));
  const files = (node: Node) => {
    ground.write(`${node.home}/repository/conf/deployment.toml`, '[server]\n');
    ground.write(`${node.home}/repository/conf/security/secret-conf.properties`, 'a=b\n');
    chmodSync(ground.write(`${node.home}/password-persist`, 'fake'), 0o400);
  };

  it('sees the configuration, what the vault has, and who may read the password that opens it', async () => {
    ownHome(gateway());
    files(gateway());
    expect(await inspect()).toMatchObject({
      text: '[server]\n',
      secretConf: 'a=b\n',
      startPassword: `${sum('fake')} 400`,
    });
  });

  it('counts all that as missing in a home of another archive', async () => {
    ownHome(gateway(), 'f'.repeat(64));
    files(gateway());
    expect(await inspect()).toMatchObject({ text: '', secretConf: '', startPassword: '' });
  });

  it('reads keys only where passwords are encrypted with one', async () => {
    await on({ apim: { secure_vault: true } });
    expect((await inspect()).material).toMatchObject({ authority: undefined, nodes: new Map() });
  });
});
