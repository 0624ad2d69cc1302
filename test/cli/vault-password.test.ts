import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { vaultFrom } from '../../src/cli/vault-password.ts';
import { askScript } from '../../src/cli/vault-script.ts';
import type { VaultOptions } from '../../src/cli/vault-sources.ts';
import { UsageError } from '../../src/errors.ts';
import { readAnsibleConfig } from '../../src/input/ansible-config.ts';
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

/** What is found in an environment, and the notes on the way. */
async function found(options: VaultOptions, environment: NodeJS.ProcessEnv = {}) {
  const notes: string[] = [];
  const config = readAnsibleConfig({ HOME: folder, ...environment }, folder, join(folder, 'none.cfg'));
  const vault = await vaultFrom(options, config, (text) => notes.push(text));
  const shown = vault?.all.map(({ id, password }) => `${id} ${password.reveal()}`);
  return { vault, shown, notes };
}

const given = async (name: string) =>
  (await found({ vaultPasswordFile: [name] })).vault?.all[0]?.password.reveal();

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

  it('may be named by the environment, beside those that are given', async () => {
    const environment = { ANSIBLE_VAULT_PASSWORD_FILE: file('of-environment', 'fake-first') };
    expect((await found({}, environment)).shown).toEqual(['default fake-first']);
    const vaultPasswordFile = [file('of-option', 'fake-second'), file('of-other', 'fake-third')];
    expect((await found({ vaultPasswordFile }, environment)).shown).toEqual([
      'default fake-second',
      'default fake-third',
      'default fake-first',
    ]);
    expect((await found({})).vault).toBeUndefined();
    expect((await found({}, { ANSIBLE_VAULT_PASSWORD_FILE: '' })).vault).toBeUndefined();
  });

  it('may be encrypted itself, with a password before it', async () => {
    const vaulted = file('inner', encryptVault('fake-inner\n', new Secret('fake-outer')));
    const vaultPasswordFile = [file('outer', 'fake-outer'), vaulted];
    expect((await found({ vaultPasswordFile })).shown).toEqual(['default fake-outer', 'default fake-inner']);
    await expect(found({ vaultPasswordFile: [file('another', 'fake-another'), vaulted] })).rejects.toThrow(
      `the vault password file ${vaulted} is encrypted itself, and cannot be opened: the vault password (id default) does not open this`,
    );
  });

  it('is found from the home, and by variables', async () => {
    file('in-home', 'fake-home');
    for (const name of ['~/in-home', '$HOME/in-home', '${HOME}/in-home', 'in-home'])
      expect(await given(name)).toBe('fake-home');
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
    const both = { vaultPasswordFile: [file('one', 'fake-one')], askVaultPassword: true };
    await expect(found(both)).rejects.toThrow('give --vault-password-file or --ask-vault-password, not both');
  });
});

describe('vault ids', () => {
  const ids = (...vaultId: string[]) => found({ vaultId });

  it('name passwords, in the order in which they are given; without a name the id is the default one', async () => {
    const [dev, prod, bare] = [file('dev', 'fake-dev'), file('prod', 'fake-prod'), file('bare', 'fake-bare')];
    const vaultPasswordFile = [file('last', 'fake-last')];
    const { shown } = await found({
      vaultId: [`dev@${dev}`, `prod@${prod}`, bare, `@${bare}`],
      vaultPasswordFile,
    });
    expect(shown).toEqual(['dev fake-dev', 'prod fake-prod', 'default fake-bare', 'default fake-last']);
    expect((await ids('dev@~/dev')).shown).toEqual(['dev fake-dev']);
    expect((await ids('dev@dev', 'dev@dev')).shown).toEqual(['dev fake-dev']);
  });

  it('are told to client scripts, where somebody said them', async () => {
    const client = script('ids-client.sh', 'echo "fake for $*"');
    expect((await ids(`prod@${client}`)).shown).toEqual(['prod fake for --vault-id prod']);
    expect((await ids(client)).shown).toEqual(['default fake for ']);
  });

  it('that nothing can be made of are refused', async () => {
    await expect(ids('prod@')).rejects.toThrow('"prod@" names no source; write NAME@FILE or NAME@prompt');
    for (const name of ['a;b', 'a b', 'größe'])
      await expect(ids(`${name}@dev`)).rejects.toThrow(`"${name}" is no vault id`);
    await expect(ids('')).rejects.toThrow('names no source');
    await expect(ids('prod@no-such-file')).rejects.toThrow(`${join(folder, 'no-such-file')} cannot be read`);
    await expect(ids('prompt')).rejects.toThrow('there is no terminal to ask for the vault password on');
  });

  it('may be set, and need not all be there then', async () => {
    file('set-dev', 'fake-dev');
    const environment = { ANSIBLE_VAULT_IDENTITY_LIST: 'gone@~/gone, dev@set-dev' };
    const { shown, notes } = await found({ vaultId: [`prod@${file('prod', 'fake-prod')}`] }, environment);
    expect(shown).toEqual(['dev fake-dev', 'prod fake-prod']);
    expect(notes).toEqual([
      expect.stringContaining(
        `without the vault password of the id gone: the vault password file ${folder}/gone cannot`,
      ),
    ]);
    await expect(found({}, { ANSIBLE_VAULT_IDENTITY_LIST: 'gone@~/gone' })).rejects.toThrow('cannot be read');
  });

  it('may come from ansible.cfg, where paths of files start at its folder', async () => {
    const inside = join(folder, 'configured');
    mkdirSync(inside);
    writeFileSync(join(inside, 'secret'), 'fake-secret');
    writeFileSync(
      join(inside, 'ansible.cfg'),
      '[defaults]\nvault_password_file = secret ; here\nvault_identity = main\nvault_id_match = yes\n',
    );
    const { shown, vault } = await found({}, { ANSIBLE_CONFIG: inside });
    expect(shown).toEqual(['main fake-secret']);
    expect(vault?.onlyMatching).toBe(true);
  });

  it('decide what is encrypted with: the default one, the first, or the one that is set', async () => {
    const vaultId = [`dev@${file('dev', 'fake-dev')}`, `prod@${file('prod', 'fake-prod')}`];
    const encrypting = async (options: VaultOptions, environment: NodeJS.ProcessEnv = {}) => {
      const chosen = (await found(options, environment)).vault?.encrypting;
      return chosen !== undefined && 'id' in chosen ? chosen.id : chosen?.missing;
    };
    expect(await encrypting({ vaultId })).toBe('dev');
    expect(await encrypting({ vaultId, vaultPasswordFile: [file('bare', 'fake-bare')] })).toBe('default');
    expect(await encrypting({ vaultId }, { ANSIBLE_VAULT_ENCRYPT_IDENTITY: 'prod' })).toBe('prod');
    expect(await encrypting({ vaultId }, { ANSIBLE_VAULT_ENCRYPT_IDENTITY: 'qa' })).toBe(
      'the vault password of the id qa, which encrypts what is written, is not here; there is: dev, prod',
    );
    expect(await encrypting({ vaultId }, { ANSIBLE_VAULT_IDENTITY_LIST: 'first@gone' })).toContain(
      'the vault password of the id first, which encrypts',
    );
  });
});

describe('a script that does not end', () => {
  it('is ended at its deadline, and told as what was waited for', async () => {
    const pid = join(folder, 'pid');
    const path = script('waiting', `echo $$ > ${pid}; exec sleep 100`);
    await expect(askScript(path, undefined, 1_000)).rejects.toThrow(
      `the vault password script ${path} did not end within 1 s, and was ended`,
    );
    expect(existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`)).toBe(false);
  });

  it('is ended by force if it does not listen', async () => {
    const pid = join(folder, 'deaf-pid');
    const path = script('deaf', `trap '' TERM; echo $$ > ${pid}; while :; do sleep 0.1; done`);
    await expect(askScript(path, undefined, 1_000)).rejects.toThrow('did not end within 1 s');
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
