import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withEffectiveLogins } from '../../src/connection/effective-logins.ts';
import { configurationThatMatters } from '../../src/connection/ssh-configuration.ts';
import { InputError } from '../../src/errors.ts';
import type { Host, SshLogin } from '../../src/input/inventory.ts';
import { loginFrom } from '../../src/input/login.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'effective-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const nowhere = { user: '/nowhere/config', system: '/nowhere/ssh_config' };

function write(name: string, ...lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

function hostOf(name: string, vars: Readonly<Record<string, unknown>>): Host {
  const position = () => ({ file: 'inventory.yaml', line: 3, column: 7 });
  const issues: never[] = [];
  const login = loginFrom(name, vars, position, folder, issues);
  expect(issues).toEqual([]);
  return { name, groups: [], vars, position, login };
}

async function effective(
  name: string,
  vars: Readonly<Record<string, unknown>>,
  files = nowhere,
): Promise<SshLogin> {
  const [host] = await withEffectiveLogins([hostOf(name, vars)], { files });
  if (host?.login.kind !== 'ssh') throw new TypeError('it is local');
  return host.login;
}

/** The effective login with a configuration of these lines, which `-F` names. */
function configured(name: string, lines: readonly string[], vars: Readonly<Record<string, unknown>> = {}) {
  return effective(name, { ansible_ssh_args: `-F ${write('config', ...lines)}`, ...vars });
}

describe('what arguments say', () => {
  const cases: Readonly<Record<string, unknown>>[] = [
    {},
    { ansible_host: '10.0.0.1', ansible_port: 2222, ansible_user: 'wso2', ansible_timeout: 5 },
    {
      ansible_ssh_private_key_file: '~/.ssh/key',
      ansible_ssh_common_args: '-o IdentityFile="~/.ssh/%r@%h:%p"',
    },
    { ansible_ssh_common_args: '-p 2222 -o Port=3 -l root -o User=other' },
    { ansible_ssh_args: '-p 2222', ansible_port: 22, ansible_ssh_extra_args: '-o Port=99' },
    { ansible_ssh_common_args: '-o UserKnownHostsFile=~/.ssh/kh_%h_%n -o "GlobalKnownHostsFile /a /b"' },
    { ansible_ssh_common_args: '-o Hostname=%h.example.com -o HostKeyAlias=alias' },
    { ansible_ssh_common_args: '-o "HostName 10.0.0.9" -o CheckHostIP=yes -o "User = \'x\'"' },
    { ansible_ssh_common_args: '-J a,bob@b:2200' },
    { ansible_ssh_common_args: '-o ProxyJump=none' },
    { ansible_ssh_common_args: `-o ProxyCommand="nc -X 5 %h %p"` },
    { ansible_ssh_common_args: '-o ProxyCommand=none -o ConnectTimeout=none' },
    { ansible_ssh_common_args: '-4 -b 127.0.0.1 -C -q' },
    { ansible_ssh_common_args: '-o IdentityAgent=~/agent.sock -o IdentitiesOnly=yes -o BatchMode=yes' },
    { ansible_ssh_common_args: '-o IdentityAgent=none -o IdentityFile=none' },
    { ansible_ssh_common_args: '-o StrictHostKeyChecking=accept-new -o NumberOfPasswordPrompts=1' },
    { ansible_ssh_common_args: '-o PreferredAuthentications=password,publickey' },
    { ansible_ssh_common_args: '-o PasswordAuthentication=no -o KbdInteractiveAuthentication=no' },
    { ansible_ssh_common_args: '-o PubkeyAuthentication=false -o AddressFamily=inet6' },
  ];
  it.each(cases)('is read as ssh reads it: %j', async (vars) => {
    const read = hostOf('km', vars).login as SshLogin;
    // -F makes sure that it is asked, and that nothing else is in the answer.
    const { asked: _asked, ...told } = await effective('km', {
      ...vars,
      ansible_ssh_args: `-F ${write('empty', 'Host other', '  User other')} ${String(vars.ansible_ssh_args ?? '')}`,
    });
    const { asked, ...own } = read;
    expect(asked?.host).toBe(vars.ansible_host ?? 'km');
    const files = (login: Partial<SshLogin>) =>
      login.keyFiles?.filter((file) => !/_sk$|id_xmss$|id_dsa$/.test(file));
    const jumps = JSON.stringify(own.way)?.replace(/"asked":.*?"directory":"[^"]*"/g, '');
    expect({ ...own, keyFiles: files(own), way: undefined }).toEqual({
      ...told,
      keyFiles: files(told),
      way: undefined,
    });
    if (own.way !== undefined && 'command' in own.way) expect(told.way).toEqual(own.way);
    else expect(jumps === undefined).toBe(told.way === undefined);
  });
});

describe('a configuration of ssh', () => {
  it('says how a server is entered where the inventory does not', async () => {
    const lines = [
      ...['Host gw*', '  HostName 10.1.1.1', '  Port 2200'],
      ...['  IdentityFile ~/.ssh/%r@%h', '  IdentityFile /k', '  IdentitiesOnly yes', '  HostKeyAlias gw'],
      ...['  UserKnownHostsFile /a /b/%h', '  ConnectTimeout 7', '  IdentityAgent ~/agent'],
      ...['Match host 10.1.1.1', '  User matched'],
    ];
    expect(await configured('gw1', [...lines, 'Host *', '  User nobody'])).toMatchObject({
      ...{ address: '10.1.1.1', port: 2200, user: 'matched', hostKeyAlias: 'gw', timeoutMs: 7_000 },
      keyFiles: [join(userInfo().homedir, '.ssh/matched@10.1.1.1'), '/k'],
      ...{ identitiesOnly: true, agent: join(userInfo().homedir, 'agent') },
      knownHosts: ['/a', '/b/10.1.1.1', '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    });
    const vars = { ansible_user: 'me', ansible_port: 22, ansible_ssh_private_key_file: '/mine' };
    expect(await configured('gw1', lines, vars)).toMatchObject({
      ...{ address: '10.1.1.1', port: 22, user: 'me', keyFile: '/mine', timeoutMs: 7_000 },
      keyFiles: [join(userInfo().homedir, '.ssh/me@10.1.1.1'), '/k'],
    });
    expect(await configured('km', lines)).toMatchObject({ address: 'km', port: 22 });
  });

  it('is followed from jump host to jump host', async () => {
    const login = await configured('gw1', [
      ...['Host gw1', '  ProxyJump b', 'Host b', '  HostName 10.2.2.2', '  ProxyJump alice@a:2200'],
      ...['Host a', '  HostName 10.3.3.3', '  User nobody', '  IdentityFile /a'],
    ]);
    expect(login.way).toMatchObject({
      jump: {
        address: '10.2.2.2',
        way: { jump: { address: '10.3.3.3', port: 2200, user: 'alice', keyFiles: ['/a'] } },
      },
    });
  });

  it('that sends in a circle is refused', async () => {
    const circle = ['Host a', '  ProxyJump b', 'Host b', '  ProxyJump a'];
    await expect(configured('a', circle)).rejects.toThrow('its jump hosts go round in a circle');
  });

  it.each([
    [['Host *', '  StrictHostKeyChecking no'], 'stricthostkeychecking=false is refused'],
    [['Host *', '  UserKnownHostsFile /dev/null'], 'then no server is known'],
    [['Host *', '  RemoteCommand tmux'], 'remotecommand is not supported'],
    [['Host *', '  CertificateFile /c'], 'certificates of users are not supported'],
    [['Host *', '  PermitLocalCommand yes'], 'no LocalCommand is run'],
    [['Host *', '  PKCS11Provider /lib/x.so'], 'through ssh-agent only'],
    [['Host *', '  Ciphers 3des-cbc', '  MACs umac-64@openssh.com'], 'macs names none that is supported'],
    [['Host *', '  Nonsense yes'], 'Bad configuration option: nonsense'],
  ])('that cannot be honoured is refused at the host: %j', async (lines, said) => {
    const refused = configured('gw1', lines);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(`inventory.yaml:3:7: gw1: `);
    await expect(refused).rejects.toThrow(said);
  });

  it('as systems have it changes nothing', async () => {
    const lines = ['Host *', '  SendEnv LANG LC_*', '  HashKnownHosts yes', '  GSSAPIAuthentication yes'];
    const { asked: _asked, keyFiles: _keyFiles, ...login } = await configured('km', lines);
    const { asked: _question, keyFiles: _files, ...own } = hostOf('km', {}).login as SshLogin;
    expect(login).toEqual(own);
  });

  it('as Red Hat has it is followed: algorithms, and how large RSA keys have to be', async () => {
    const policy = [
      'Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-gcm@openssh.com,aes128-ctr',
      'MACs hmac-sha2-256-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-512-etm@openssh.com',
      'GSSAPIKexAlgorithms gss-curve25519-sha256-,gss-nistp256-sha256-',
      'KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group16-sha512',
      'PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-256,rsa-sha2-512',
      'HostbasedAcceptedAlgorithms ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-256',
      'CASignatureAlgorithms ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-256',
      'RequiredRSASize 2048',
    ];
    write('openssh.config', ...policy);
    const login = await configured('km', [
      'Match final all',
      `  Include ${join(folder, 'openssh.config')}`,
      ...['  GSSAPIAuthentication yes', '  ForwardX11Trusted yes', '  SendEnv LANG LC_CTYPE'],
    ]);
    expect(login.rsaBits).toBe(2048);
    expect(login.algorithms?.cipher?.[0]).toBe('aes256-gcm@openssh.com');
  });

  it('may name algorithms, and those that are known here are used', async () => {
    const { algorithms } = await configured('km', [
      ...['KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256', 'HostKeyAlgorithms +ssh-rsa'],
    ]);
    expect(algorithms?.kex).toEqual(['curve25519-sha256']);
    expect(algorithms?.serverHostKey?.at(-1)).toBe('ssh-rsa');
    expect(algorithms).not.toHaveProperty('cipher');
  });
});

describe('ssh', () => {
  it('is asked once for entries that are entered alike, and not at all where no configuration says anything', async () => {
    const log = join(folder, 'log');
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/ssh'), `#!/bin/sh\necho x >> ${log}\nexec /usr/bin/ssh "$@"\n`, {
      mode: 0o755,
    });
    vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH ?? ''}`);
    const plain = Array.from({ length: 3 }, (_, at) => hostOf(`gw${at}`, { ansible_user: 'me' }));
    await withEffectiveLogins(plain, { files: nowhere });
    expect(() => readLog(log)).toThrow('ENOENT');
    const vars = { ansible_host: '10.0.0.1', ansible_ssh_args: `-F ${write('config', 'Port 3')}` };
    const hosts = [...Array.from({ length: 3 }, (_, at) => hostOf(`gw${at}`, vars)), hostOf('km', {})];
    const found = await withEffectiveLogins(hosts, { files: nowhere });
    expect(found.map(({ login }) => login.kind === 'ssh' && login.port)).toEqual([3, 3, 3, 22]);
    // The second is about no server: what this ssh says of itself.
    expect(readLog(log)).toBe('x\nx\n');
  });

  it('that is not on this machine is missed only where a configuration has to be read', async () => {
    vi.stubEnv('PATH', join(folder, 'empty'));
    expect(await effective('km', { ansible_ssh_common_args: '-J jump -p 3' })).toMatchObject({ port: 3 });
    const user = write('config', 'Host km', '  Port 3');
    await expect(effective('km', {}, { ...nowhere, user })).rejects.toThrow(
      `${user} says how servers are entered, and the program ssh, which knows how to read that, is not on this machine`,
    );
    await expect(effective('km', { ansible_ssh_args: '-o Ciphers=+aes128-cbc' })).rejects.toThrow(
      '-o Ciphers says how servers are entered',
    );
  });
});

describe('a file of ssh', () => {
  const matters = (...lines: string[]) =>
    configurationThatMatters({ ...nowhere, user: write('config', ...lines) }) !== undefined;

  it.each([
    [['', '# a comment', 'Host *', '    SendEnv LANG LC_*', '    HashKnownHosts yes'], false],
    [['Include /nowhere/*.conf', 'Host *', 'GSSAPIAuthentication yes', 'ForwardAgent=yes'], false],
    [['Host gw', '  User wso2'], true],
    [['ProxyJump=bastion'], true],
    [['Match exec "true"', '  ServerAliveInterval 5'], false],
    [['Include %d/x'], true],
  ])('%j matters: %s', (lines, said) => {
    expect(matters(...lines)).toBe(said);
  });

  it('matters by what it includes', () => {
    mkdirSync(join(folder, 'config.d'));
    write('config.d/one.conf', 'ServerAliveInterval 5');
    expect(matters('Include config.d/*.conf')).toBe(false);
    write('config.d/two.conf', 'Host gw', 'Port 3');
    expect(matters('Include config.d/*.conf')).toBe(true);
    expect(matters('Include config.d/one.conf config.d/t?o.conf')).toBe(true);
  });
});

function readLog(file: string): string {
  return readFileSync(file, 'utf8');
}
