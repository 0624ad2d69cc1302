import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { vaultPasswordFrom } from '../../src/cli/vault-password.ts';
import { askScript } from '../../src/cli/vault-script.ts';
import { UsageError } from '../../src/errors.ts';
import { decryptVault, encryptVault } from '../../src/input/vault.ts';
import { Secret } from '../../src/secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'vault-password-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function script(name: string, lines: string): string {
  return file(name, `#!/bin/sh\n${lines}\n`, 0o700);
}

const given = async (vaultPasswordFile: string) =>
  (await vaultPasswordFrom({ vaultPasswordFile }, {}))?.reveal();

describe('a vault password file', () => {
  it('that is not executable holds the password, without the white space around it', async () => {
    expect(await given(file('plain', ' \t fake pass word \r\n\n'))).toBe('fake pass word');
  });

  it('that is executable is run, and gives the password without the line ends around it', async () => {
    expect(await given(script('program.sh', `printf '\\n  fake pass word \\r\\n\\n'`))).toBe(
      '  fake pass word ',
    );
  });

  it('that is a client script is asked for the password called default', async () => {
    expect(await given(script('our-client.sh', 'echo "fake for $*"'))).toBe('fake for --vault-id default');
    expect(await given(script('our-client', 'echo "fake for $*"'))).toBe('fake for --vault-id default');
    expect(await given(script('our-clients', 'echo "fake for $#"'))).toBe('fake for 0');
  });

  it('may be named by the environment, unless another is given', async () => {
    const environment = { ANSIBLE_VAULT_PASSWORD_FILE: file('of-environment', 'fake-first') };
    expect((await vaultPasswordFrom({}, environment))?.reveal()).toBe('fake-first');
    const vaultPasswordFile = file('of-option', 'fake-second');
    expect((await vaultPasswordFrom({ vaultPasswordFile }, environment))?.reveal()).toBe('fake-second');
    expect(await vaultPasswordFrom({}, {})).toBeUndefined();
    expect(await vaultPasswordFrom({}, { ANSIBLE_VAULT_PASSWORD_FILE: '' })).toBeUndefined();
  });

  const refused: [what: string, path: () => string, said: string][] = [
    ['is empty', () => file('empty', ''), 'gives an empty password'],
    ['is white space', () => file('blank', ' \n\t\n'), 'gives an empty password'],
    ['prints nothing', () => script('silent', 'true'), 'gives an empty password'],
    ['prints white space', () => script('blank.sh', 'echo "  "'), 'gives an empty password'],
    ['fails', () => script('failing', 'echo fake-half; exit 3'), 'exited with 3'],
    ['does not know its password', () => script('no-client', 'exit 2'), 'it has no password called default'],
    ['is no program', () => file('text', 'fake-password\n', 0o700), 'is no program: chmod -x it'],
    ['lacks its interpreter', () => file('stray', '#!/no/such/program\n', 0o700), 'cannot be run: spawn'],
    [
      'is a vault itself',
      () => file('vaulted', encryptVault('fake-inner', new Secret('fake-outer'))),
      'gives a vault itself',
    ],
    ['is no text', () => file('binary', Uint8Array.of(0xff, 0xfe, 0x80)), 'gives what is no text in UTF-8'],
    ['is a folder', () => folder, 'cannot be read: EISDIR'],
    ['is not there', () => join(folder, 'none'), 'cannot be read: ENOENT'],
    ['talks without end', () => script('endless', 'yes'), 'prints more than a password'],
  ];
  it.each(refused)('that %s is refused, by its name', async (_what, path, said) => {
    const name = path();
    const error = await given(name).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).exitCode).toBe(64);
    expect((error as UsageError).message).toContain(name);
    expect((error as UsageError).message).toContain(said);
    expect((error as UsageError).message).not.toContain('fake-');
  });

  it('without a name is refused', async () => {
    await expect(given('')).rejects.toThrow('--vault-password-file is followed by no file');
  });

  it('is not given together with a question', async () => {
    const both = { vaultPasswordFile: file('one', 'fake-one'), askVaultPassword: true };
    await expect(vaultPasswordFrom(both, {})).rejects.toThrow(
      'give --vault-password-file or --ask-vault-password, not both',
    );
  });
});

describe('a script that does not end', () => {
  it('is ended at its deadline, and told as what was waited for', async () => {
    const pid = join(folder, 'pid');
    const path = script('waiting', `echo $$ > ${pid}; exec sleep 100`);
    await expect(askScript(path, 1_000)).rejects.toThrow(
      `the vault password script ${path} did not end within 1 s, and was ended`,
    );
    expect(existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`)).toBe(false);
  });

  it('is ended by force if it does not listen', async () => {
    const pid = join(folder, 'deaf-pid');
    const path = script('deaf', `trap '' TERM; echo $$ > ${pid}; while :; do sleep 0.1; done`);
    await expect(askScript(path, 1_000)).rejects.toThrow('did not end within 1 s');
    await vi.waitFor(() => expect(existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`)).toBe(false));
  });
});

describe('an empty password', () => {
  it.each(['', ' ', '\n'])('%j opens and closes nothing', (password) => {
    expect(() => encryptVault('text', new Secret(password))).toThrow('opens and closes nothing');
    const vaulted = encryptVault('text', new Secret('fake-password'));
    expect(() => decryptVault(vaulted, new Secret(password))).toThrow('opens and closes nothing');
  });
});
