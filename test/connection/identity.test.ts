import { describe, expect, it } from 'vitest';
import { identityFor, shellThatBegins, sudoRefusal } from '../../src/connection/identity.ts';
import type { Login } from '../../src/input/inventory.ts';
import { Secret } from '../../src/secret.ts';

const login: Extract<Login, { kind: 'ssh' }> = {
  kind: 'ssh',
  address: '10.0.0.11',
  port: 22,
  user: 'deploy',
  become: true,
  knownHosts: [],
};

describe('a command', () => {
  it('of the login needs nothing but a shell', () => {
    expect(identityFor(login, 'deploy', 'deploy').wrap('id')).toBe('exec sh -c id');
  });

  it('of another user goes through sudo, which must not ask', () => {
    expect(identityFor(login, 'deploy', 'wso2').wrap('id')).toBe('exec sudo -n -u wso2 -- sh -c id');
  });

  it('keeps the sudo password out of its arguments', () => {
    const becomePassword = new Secret('open-sesame-42');
    const identity = identityFor({ ...login, becomePassword }, 'deploy', 'wso2');
    expect(identity.wrap('id')).not.toContain('open-sesame-42');
    expect(identity.preamble.startsWith('open-sesame-42\n')).toBe(true);
  });

  it('of another user needs no sudo where we are root', () => {
    const line = identityFor(login, 'root', 'wso2').wrap('id');
    expect(line).toContain('runuser -u wso2');
    expect(line).toContain('su -s /bin/sh wso2');
    expect(line).not.toContain('sudo');
  });

  it('of another user is refused by name of the key where the inventory does not allow it', () => {
    expect(() => identityFor({ ...login, become: false }, 'deploy', 'wso2')).toThrow('ansible_become: true');
  });
});

describe('a shell', () => {
  it('begins with what is to be done first, where the environment is kept', () => {
    for (const identity of [identityFor(login, 'deploy', 'deploy'), identityFor(login, 'root', 'wso2')])
      expect(shellThatBegins(identity, 'id -un\n')).toMatch(/apim_first=.*'id -un'/);
  });

  it('reads what is to be done first where sudo would log it', () => {
    expect(shellThatBegins(identityFor(login, 'deploy', 'wso2'), 'id -un\n')).toBeUndefined();
  });
});

describe('what sudo says', () => {
  const refusals: [said: string, hint: string][] = [
    ['sudo: a password is required', 'ansible_become_password'],
    ['Sorry, try again.', 'correct ansible_become_password'],
    ['deploy is not in the sudoers file.', 'deploy ALL=(ALL) NOPASSWD: ALL'],
  ];
  it.each(refusals)('%s: is told with its cure', (said, hint) => {
    expect(sudoRefusal(`${said}\n`, 'deploy@10.0.0.11', 'wso2')?.hint).toContain(hint);
  });

  it('is told apart from what commands say', () => {
    expect(sudoRefusal('cat: x: no such file\n', 'deploy@10.0.0.11', 'wso2')).toBeUndefined();
  });
});
