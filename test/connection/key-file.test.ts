import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { keyFileFindings, refuseKeyFiles } from '../../src/cli/key-files.ts';
import { readKeyFile } from '../../src/connection/key-file.ts';
import { InputError } from '../../src/errors.ts';
import { fakeHost } from '../support/fake-connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'key-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

// One in some hundred Ed25519 keys that ssh2 makes is malformed: it strips zeros that the public key begins with.
const plain = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const locked = ssh2.utils.generateKeyPairSync('ecdsa', {
  bits: 256,
  passphrase: 'fake',
  cipher: 'aes256-cbc',
  rounds: 16,
});
writeFileSync(at('plain'), plain.private);
writeFileSync(at('plain.pub'), plain.public);
writeFileSync(at('locked'), locked.private);
writeFileSync(at('nonsense'), 'hello\n');
writeFileSync(at('empty'), '');
writeFileSync(
  at('locked.pem'),
  '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END RSA PRIVATE KEY-----\n',
);

describe('a private key', () => {
  it('is read', () => {
    expect(readKeyFile(at('plain'))).toMatchObject({ ok: true });
  });

  it('is read once, until it is another', () => {
    const first = readKeyFile(at('plain'));
    expect(readKeyFile(at('plain'))).toBe(first);
    writeFileSync(at('changing'), plain.public);
    expect(readKeyFile(at('changing')).ok).toBe(false);
    writeFileSync(at('changing'), plain.private);
    expect(readKeyFile(at('changing')).ok).toBe(true);
  });

  it.each([
    ['none', 'is not on this machine', 'put it there'],
    ['plain/none', 'is not on this machine', 'put it there'],
    ['', 'is a folder', 'name the file in it'],
    [
      'locked',
      'is encrypted, and there is no terminal to ask for its passphrase on',
      `ssh-add ${at('locked')}`,
    ],
    [
      'locked.pem',
      'is encrypted, and there is no terminal to ask for its passphrase on',
      `ssh-add ${at('locked.pem')}`,
    ],
    ['plain.pub', 'is a public key', `name the private one: ${at('plain')}`],
    ['nonsense', 'is no private key that can be used: unsupported key format', 'in OpenSSH or PEM form'],
    ['empty', 'is no private key that can be used: unsupported key format', 'in OpenSSH or PEM form'],
  ])('such as %j is told by name, with the cure', (name, problem, cure) => {
    const { encrypted, ...found } = { encrypted: undefined, ...readKeyFile(at(name)) };
    expect(encrypted !== undefined).toBe(name.startsWith('locked'));
    expect(found).toEqual({
      ok: false,
      missing: problem === 'is not on this machine',
      problem: `the private key ${at(name)} ${problem}`,
      cure: expect.stringContaining(cure) as string,
    });
  });
});

/** Two hundred hosts whose key is named by one line of the inventory. */
function hostsWith(keyFile: string) {
  return Array.from({ length: 200 }, (_, index) => {
    const host = fakeHost(`gw${index}`);
    if (host.login.kind === 'local') throw new TypeError('it is local');
    return { ...host, vars: { ansible_private_key_file: keyFile }, login: { ...host.login, keyFile } };
  });
}

describe('an inventory', () => {
  it('that names a key which opens nothing is refused at its place, once for all hosts', async () => {
    const refuse = refuseKeyFiles(hostsWith(at('plain.pub')), undefined);
    await expect(refuse).rejects.toThrow(InputError);
    await expect(refuse).rejects.toThrow(
      new RegExp(
        `^inventory\\.yaml:1:1: ansible_private_key_file: the private key ${at('plain.pub')} is a public key → name the private one: ${at('plain')}$`,
      ),
    );
  });

  it('is only doubtful where a key is not on this machine', () => {
    const severities = ['none', 'locked'].map((name) => keyFileFindings(hostsWith(at(name))));
    expect(severities.map((found) => found.map(({ severity }) => severity))).toEqual([
      ['warning'],
      ['warning'],
    ]);
  });

  it('with an encrypted key is refused at once where nobody can be asked, and asked about before anything else', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', undefined);
    await expect(refuseKeyFiles(hostsWith(at('locked')), undefined)).rejects.toThrow(
      /^inventory\.yaml:1:1: ansible_private_key_file: the private key \S+ is encrypted, and there is no terminal/,
    );
    const asked: string[] = [];
    const answers = ['wrong', 'wrong', 'wrong'];
    const ask = async (question: string) => {
      asked.push(question);
      return answers.shift() ?? 'fake';
    };
    writeFileSync(at('locked-too'), locked.private);
    await expect(refuseKeyFiles(hostsWith(at('locked-too')), ask)).rejects.toThrow('was not opened');
    expect(asked).toHaveLength(3);
    await refuseKeyFiles(hostsWith(at('locked')), ask);
    await refuseKeyFiles(hostsWith(at('locked')), ask);
    expect(asked).toHaveLength(4);
    vi.unstubAllEnvs();
  });

  it('with a key that opens, or without one, is sound', () => {
    expect(keyFileFindings([...hostsWith(at('plain')), fakeHost('km')])).toEqual([]);
  });
});
