import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../src/errors.ts';
import type { Login } from '../../src/input/inventory.ts';
import { loginFrom } from '../../src/input/login.ts';

const position = () => ({ file: 'inventory.yaml', line: 3, column: 7 });

function read(vars: Readonly<Record<string, unknown>>): { login: Login; issues: Issue[] } {
  const issues: Issue[] = [];
  return { login: loginFrom('km', vars, position, '/base', issues), issues };
}

function refusals(vars: Readonly<Record<string, unknown>>): string[] {
  return read(vars).issues.map(({ path, message }) => `${path}: ${message}`);
}

/** The login of variables that have nothing wrong. */
function login(vars: Readonly<Record<string, unknown>>): Extract<Login, { kind: 'ssh' }> {
  const { login: found, issues } = read(vars);
  expect(issues).toEqual([]);
  if (found.kind !== 'ssh') throw new TypeError('it is local');
  return found;
}

describe('of several names for one thing', () => {
  it('the older one counts, as in Ansible', () => {
    expect(
      login({
        ansible_host: '10.0.0.1',
        ansible_ssh_host: '10.0.0.2',
        ansible_port: 1,
        ansible_ssh_port: '2',
        ansible_user: 'a',
        ansible_ssh_user: 'b',
        ansible_private_key_file: '/a',
        ansible_ssh_private_key_file: '/b',
        ansible_timeout: 5,
        ansible_ssh_timeout: '70',
      }),
    ).toMatchObject({ address: '10.0.0.2', port: 2, user: 'b', keyFile: '/b', timeoutMs: 70_000 });
  });

  it('each does by itself', () => {
    expect(
      login({
        ansible_ssh_host: '10.0.0.2',
        ansible_ssh_port: 2,
        ansible_ssh_user: 'b',
        ansible_private_key_file: 'a',
        ansible_timeout: 5,
      }),
    ).toMatchObject({ address: '10.0.0.2', port: 2, user: 'b', keyFile: '/base/a', timeoutMs: 5_000 });
  });

  it('the last password counts', () => {
    const found = login({
      ansible_password: 'fake-first',
      ansible_ssh_pass: 'fake-second',
      ansible_ssh_password: 'fake-third',
      ansible_become_password: 'fake-fourth',
      ansible_become_pass: 'fake-fifth',
      ansible_sudo_pass: 'fake-sixth',
    });
    expect(found.password?.reveal()).toBe('fake-third');
    expect(found.becomePassword?.reveal()).toBe('fake-sixth');
  });
});

describe('a variable that is not honoured', () => {
  const cases: [name: string, value: unknown, said: string][] = [
    ['ansible_become_method', 'su', 'other users are had through sudo only'],
    ['ansible_become_user', 'wso2', 'say who runs the servers by apim.user'],
    ['ansible_sudo_user', 'wso2', 'say who runs the servers by apim.user'],
    ['ansible_become_exe', '/opt/sudo', 'sudo is found in the PATH'],
    ['ansible_become_flags', '-i', 'sudo is always asked in the same way'],
    ['ansible_shell_type', 'fish', 'all commands are for sh'],
    ['ansible_shell_executable', '/bin/bash', 'all commands are run by sh'],
    ['ansible_ssh_executable', '/opt/wrapper', 'the program ssh is not used'],
    ['ansible_host_key_checking', false, 'a server whose key is not known could be anybody'],
    ['ansible_ssh_host_key_checking', 'no', 'a server whose key is not known could be anybody'],
    ['ansible_ssh_pkcs11_provider', '/usr/lib/opensc.so', 'ssh-agent'],
    ['ansible_sftp_extra_args', '-J jump', 'files travel over the connection'],
    ['ansible_paramiko_host', '10.0.0.9', 'say it by ansible_host'],
    ['ansible_connection', 'docker', 'must be "ssh"'],
    ['ansible_prot', 22, 'no such variable of Ansible is known here; did you mean "ansible_port"?'],
    ['ansible_ssh_private_keyfile', 'x', 'did you mean "ansible_ssh_private_key_file"?'],
    ['ansible_os_family', 'Debian', 'one of your own needs a name that does not begin with ansible_'],
  ];
  it.each(cases)('is refused by name: %s', (name, value, said) => {
    const found = refusals({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(`${name}: `)).toBe(true);
    expect(found[0]).toContain(said);
  });
});

describe('a variable may stand there', () => {
  it.each<[string, unknown]>([
    ['ansible_become_method', 'sudo'],
    ['ansible_become_method', 'ansible.builtin.sudo'],
    ['ansible_become_user', 'root'],
    ['ansible_become_exe', 'sudo'],
    ['ansible_become_flags', '-H -S -n'],
    ['ansible_become_flags', ''],
    ['ansible_shell_type', 'sh'],
    ['ansible_shell_executable', '/bin/sh'],
    ['ansible_ssh_executable', 'ssh'],
    ['ansible_host_key_checking', true],
    ['ansible_connection', 'ansible.builtin.ssh'],
    ['ansible_scp_extra_args', '-O'],
  ])('if it says what is done anyway: %s %j', (name, value) => {
    expect(refusals({ [name]: value })).toEqual([]);
  });

  it.each([
    ...['ansible_python_interpreter', 'ansible_perl_interpreter', 'ansible_remote_tmp', 'ansible_pipelining'],
    ...['ansible_ssh_transfer_method', 'ansible_ssh_use_tty', 'ansible_group_priority', 'ansible_winrm_port'],
  ])('if it changes nothing in how a server is entered: %s', (name) => {
    expect(refusals({ [name]: 'x' })).toEqual([]);
  });
});

const argumentNames = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'];

describe('arguments of ssh', () => {
  it.each([
    ['-oUserKnownHostsFile=a', ['/base/a']],
    ['-o UserKnownHostsFile=~/a', [join(homedir(), 'a')]],
    ['-o "userknownhostsfile /a"', ['/a']],
    [`-o 'UserKnownHostsFile = "/a b" /c'`, ['/a b', '/c']],
    ['-o UserKnownHostsFile="/a b"', ['/a', '/base/b']],
    ['-o UserKnownHostsFile=/a -o UserKnownHostsFile=/b', ['/a']],
    ['-CqoUserKnownHostsFile=/a', ['/a']],
    ['-o UserKnownHostsFile=/%n/%h/%p/%r/%%', ['/km/km/22/me/%'.replace('me', userInfo().username)]],
    ['', [join(homedir(), '.ssh/known_hosts'), join(homedir(), '.ssh/known_hosts2')]],
  ])('say where keys of servers are known from, as ssh reads it: %s', (text, files) => {
    for (const name of argumentNames)
      expect(login({ [name]: text }).knownHosts).toEqual([
        ...files,
        '/etc/ssh/ssh_known_hosts',
        '/etc/ssh/ssh_known_hosts2',
      ]);
  });

  it('are read in the order in which Ansible gives them, and the first counts', () => {
    const found = login({
      ansible_ssh_extra_args: '-o UserKnownHostsFile=/c -o GlobalKnownHostsFile=/d -o ConnectTimeout=40',
      ansible_ssh_common_args: '-o UserKnownHostsFile=/b',
      ansible_ssh_args: '-o UserKnownHostsFile=/a -o ControlMaster=auto -o ControlPersist=60s -C',
    });
    expect(found).toMatchObject({ knownHosts: ['/a', '/d'], timeoutMs: 40_000 });
  });

  it('may say what changes nothing in how servers are entered', () => {
    expect(
      refusals({
        ansible_ssh_args:
          '-C -A -X -t -o ForwardAgent=yes -o ServerAliveInterval=30 -o GSSAPIAuthentication=yes -o SendEnv=LANG -o LocalForward="1 a:2"',
      }),
    ).toEqual([]);
  });

  it('stand where Ansible has them, around what the variables say', () => {
    const found = login({
      ansible_port: 2222,
      ansible_user: 'wso2',
      ansible_ssh_private_key_file: '/k',
      ansible_timeout: 7,
      ansible_ssh_args: '-C',
      ansible_ssh_common_args: '-o User=other -o Port=1 -i /other',
      ansible_ssh_extra_args: '-6',
    });
    expect(found).toMatchObject({ port: 2222, user: 'wso2', keyFile: '/k', keyFiles: ['/other'], family: 6 });
    expect(found.asked).toMatchObject({
      host: 'km',
      words: [
        ...['-C', '-o', 'Port="2222"', '-o', 'IdentityFile="/k"', '-o', 'User="wso2"'],
        ...['-o', 'ConnectTimeout="7"', '-o', 'User=other', '-o', 'Port=1', '-i', '/other', '-6'],
      ],
    });
    expect(login({ ansible_user: 'wso2', ansible_ssh_args: '-l root -p 1' })).toMatchObject({
      port: 1,
      user: 'root',
    });
  });

  it('name jump hosts, each with the way to it', () => {
    const found = login({ ansible_ssh_common_args: '-J a,bob@[::1]:2200,ssh://c:2' });
    expect(found.way).toMatchObject({
      jump: {
        ...{ address: 'c', port: 2, become: false },
        way: { jump: { address: '::1', port: 2200, user: 'bob', way: { jump: { address: 'a', port: 22 } } } },
      },
    });
    expect(login({ ansible_ssh_args: '-J none' }).way).toBeUndefined();
  });

  it('name a command that connects, with what it is to be told filled in', () => {
    const text = `-o ProxyCommand="ssh -W %h:%p -q %r@jump '%%'"`;
    expect(login({ ansible_user: 'me', ansible_ssh_common_args: text }).way).toEqual({
      command: "ssh -W km:22 -q me@jump '%'",
    });
  });

  it('say who is let in, and by what', () => {
    expect(
      login({
        ansible_ssh_common_args:
          '-o IdentitiesOnly=yes -o IdentityAgent=none -o PreferredAuthentications=password,hostbased,publickey -o PubkeyAuthentication=no -o BatchMode=yes -o HostKeyAlias=z -o StrictHostKeyChecking=accept-new -o BindAddress=10.0.0.9',
      }),
    ).toMatchObject({
      ...{ identitiesOnly: true, agent: 'none', methods: ['password'], prompts: 0, hostKeyAlias: 'z' },
      ...{ acceptNew: { file: join(homedir(), '.ssh/known_hosts'), hashed: false }, from: '10.0.0.9' },
    });
  });

  const refused: [text: string, said: string][] = [
    ['-W %h:%p', '-W is not supported'],
    ['-o StrictHostKeyChecking=no', 'StrictHostKeyChecking=no is refused: a server whose key is not known'],
    ['-o StrictHostKeyChecking=off', 'StrictHostKeyChecking=off is refused'],
    ['-o UserKnownHostsFile=/dev/null', 'then no server is known'],
    ['-o "UserKnownHostsFile none /dev/null"', 'then no server is known'],
    ['-o UserKnownHostsFile=~/.ssh/%Z', 'something in it that begins with % or $ is not filled in'],
    ['-o ConnectTimeout=soon', 'ConnectTimeout must be a number of seconds'],
    ['-p ssh', 'Port must be a number'],
    ['-o AddressFamily=ipv4', 'AddressFamily must be any, inet or inet6'],
    ['-o PreferredAuthentications=hostbased', 'PreferredAuthentications=hostbased leaves nothing'],
    ['-o PubkeyAuthentication=no -o PreferredAuthentications=publickey', 'leave nothing to prove by'],
    ['-J -oProxyCommand=x', 'ProxyJump: a jump host is [user@]host[:port]'],
    ['-o CertificateFile=fake-jump-pw', 'certificates of users are not supported'],
    ['-o KnownHostsCommand=fake-jump-pw', 'keys of servers are read from files alone'],
    ['-o RevokedHostKeys=x', 'lists of revoked keys are not read'],
    ['-o PKCS11Provider=x', 'through ssh-agent only'],
    ['-o RemoteCommand=tmux', 'ssh itself runs no other command beside it'],
    ['-o PermitLocalCommand=yes', 'no LocalCommand is run'],
    ['-o ProxyUseFdpass=yes', 'no socket is taken over'],
    ['-o BindInterface=eth0', 'no interface can be bound to'],
    ['-o RequiredRSASize=many', 'RequiredRSASize must be a number of bits'],
    ['-o Nonsense=fake-jump-pw', 'Nonsense is not supported; take it out'],
    ['-N', '-N is not supported; take it out'],
    ['-o', '-o is not followed by its value'],
    ['-o =', '-o is not followed by Keyword=value'],
    ['-o Port', '-o Port is not followed by its value'],
    ['jump', 'a word in it is no option of ssh'],
    [`-o 'X`, 'a quotation mark in it is not closed'],
  ];
  it.each(refused)('such as %s are refused by name', (text, said) => {
    for (const name of argumentNames) {
      const found = refusals({ [name]: text });
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(`${name}: `);
      expect(found[0]).toContain(said);
      expect(found[0]).not.toContain('fake-jump-pw');
    }
  });
});
