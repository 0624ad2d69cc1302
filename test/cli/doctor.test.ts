import { describe, expect, it } from 'vitest';
import { doctorReport, type Examination } from '../../src/cli/doctor.ts';
import { describeLogin } from '../../src/cli/examine-host.ts';
import { Secret } from '../../src/secret.ts';

const fit: Examination = {
  host: 'gw1',
  login: 'wso2@10.0.0.1:22',
  parts: [
    { name: 'name', verdict: 'ok', said: '10.0.0.1 is an address' },
    { name: 'sshd', verdict: 'ok', said: 'answers at port 22' },
  ],
};
const unfit: Examination = {
  host: 'gw2',
  login: 'wso2@10.0.0.2:22',
  parts: [
    { name: 'name', verdict: 'ok', said: '10.0.0.2 is an address' },
    { name: 'as root', verdict: 'doubt', said: 'a password is required', cure: 'set one' },
    { name: 'disk', verdict: 'wrong', said: 'only 1 MB is free', cure: 'free some' },
  ],
};

describe('what doctor shows', () => {
  it('folds what is well, and marks what is not, with what to do', () => {
    expect(doctorReport([fit, unfit], false).text()).toBe(
      [
        'gw1  wso2@10.0.0.1:22',
        '  ✓ name, sshd',
        '',
        'gw2  wso2@10.0.0.2:22',
        '  ✓ name',
        '  ? as root: a password is required',
        '    → set one',
        '  ✗ disk: only 1 MB is free',
        '    → free some',
        '',
        '1 of 2 hosts is not fit: gw2; mend what is marked ✗, and try again',
      ].join('\n'),
    );
  });

  it('tells what was found everywhere, if asked to', () => {
    expect(doctorReport([fit], true).text()).toBe(
      'gw1  wso2@10.0.0.1:22\n  ✓ name: 10.0.0.1 is an address\n  ✓ sshd: answers at port 22\n\nthe host is fit',
    );
  });

  it('has a case for each part in a pipeline; a doubt does not fail', () => {
    const [, suite] = doctorReport([fit, unfit], false).suites();
    expect(suite?.cases.map(({ name, failure }) => [name, failure?.message])).toEqual([
      ['name', undefined],
      ['as root', undefined],
      ['disk', 'only 1 MB is free'],
    ]);
  });
});

describe('a login, in words', () => {
  const login = {
    kind: 'ssh' as const,
    ...{ address: '10.0.0.1', port: 2222, user: 'wso2', become: false, knownHosts: ['/home/me/known'] },
  };

  it('says by what it is proven, and shows no secret', () => {
    expect(describeLogin(login)).toBe(
      'wso2@10.0.0.1:2222, by what ~/.ssh and ssh-agent have, acts as nobody else, known by /home/me/known',
    );
    const secrets = { password: new Secret('fake-login-pw'), becomePassword: new Secret('fake-become-pw') };
    expect(describeLogin({ ...login, ...secrets, keyFile: '/home/me/key', become: true })).toBe(
      'wso2@10.0.0.1:2222, by the key /home/me/key and a password, acts as others by sudo, with a password, known by /home/me/known',
    );
    const through = { ...login, user: 'me', address: 'bastion', port: 22 };
    expect(describeLogin({ ...login, keyFiles: ['/home/me/a', '/home/me/b'], way: { jump: through } })).toBe(
      'wso2@10.0.0.1:2222, through me@bastion, by the key /home/me/a or /home/me/b, acts as nobody else, known by /home/me/known',
    );
    expect(describeLogin({ kind: 'local' })).toBe('the machine that this runs on');
  });
});
