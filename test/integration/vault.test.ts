import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startOnTerminal } from '../support/on-terminal.ts';

const program = resolve(import.meta.dirname, '../../dist/cli/main.js');
const root = mkdtempSync(join(tmpdir(), 'vault-commands-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder: string;

/** Contents of every kind; the last one is as long as a block of the cipher. */
const contents: Readonly<Record<string, Buffer>> = {
  'plain.yml': Buffer.from('password: fake-inner\n'),
  'umlaut.yml': Buffer.from('grüße: "日本 \u{1f511}"\r\n'),
  'empty.yml': Buffer.alloc(0),
  'bytes.bin': Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 7) % 256)),
  'block.txt': Buffer.from('0123456789abcdef'),
};
const names = Object.keys(contents);

beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
  for (const id of ['dev', 'prod', 'next']) writeFileSync(join(folder, `.${id}`), `fake-${id}-word\n`);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function run(command: string, words: readonly string[], input = '', more: NodeJS.ProcessEnv = {}): Ended {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', ...more },
    input,
  });
  return { code: status, stdout, stderr: stderr.toString() };
}

const ours = (words: readonly string[], input = '', more: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, [program, 'vault', ...words], input, more);
const theirs = (words: readonly string[], input = '') => run('ansible-vault', words, input);

function sound(ended: Ended): Buffer {
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
  return ended.stdout;
}

const read = (name: string) => readFileSync(join(folder, name));
const first = (name: string) => read(name).toString('latin1').split('\n')[0];
const all = () => Object.fromEntries(names.map((name) => [name, read(name)]));
const dev = ['--vault-id', 'dev@.dev'];
const prod = ['--vault-id', 'prod@~/.prod'];

describe('files', () => {
  it('that are encrypted here are read by ansible-vault, with every kind of content and id', () => {
    sound(ours(['encrypt', ...names, ...dev, ...prod, '--encrypt-vault-id', 'prod']));
    for (const name of names) expect(first(name)).toBe('$ANSIBLE_VAULT;1.2;AES256;prod');
    sound(theirs(['decrypt', ...names, ...dev, ...prod]));
    expect(all()).toEqual(contents);
    sound(ours(['encrypt', ...names, '--vault-pass-file', '.dev']));
    for (const name of names) expect(first(name)).toBe('$ANSIBLE_VAULT;1.1;AES256');
    sound(theirs(['decrypt', ...names, '--vault-password-file', '.dev']));
    expect(all()).toEqual(contents);
  });

  it('that ansible-vault encrypts are read here, with every kind of content and id', () => {
    sound(theirs(['encrypt', ...names, ...prod]));
    const said = sound(ours(['decrypt', ...names, ...dev, ...prod])).toString();
    expect(said).toBe(names.map((name) => `${name}: decrypted, id prod\n`).join(''));
    expect(all()).toEqual(contents);
    sound(theirs(['encrypt', ...names, '--vault-password-file', '.dev']));
    const shown = sound(ours(['view', 'plain.yml', 'umlaut.yml', ...dev]));
    expect(shown).toEqual(Buffer.concat([contents['plain.yml'] as Buffer, contents['umlaut.yml'] as Buffer]));
  });

  it('keep their mode; one that was decrypted is for its owner alone', () => {
    chmodSync(join(folder, 'plain.yml'), 0o644);
    sound(ours(['encrypt', 'plain.yml', ...dev]));
    expect(statSync(join(folder, 'plain.yml')).mode & 0o777).toBe(0o644);
    sound(ours(['decrypt', 'plain.yml', ...dev]));
    expect(statSync(join(folder, 'plain.yml')).mode & 0o777).toBe(0o600);
  });

  it('are given another password, which ansible-vault knows; and back', () => {
    sound(theirs(['encrypt', ...names, ...dev]));
    sound(ours(['rekey', ...names, ...dev, '--new-vault-id', 'next@.next']));
    expect(first('plain.yml')).toBe('$ANSIBLE_VAULT;1.2;AES256;next');
    sound(theirs(['rekey', ...names, '--vault-id', 'next@.next', '--new-vault-password-file', '.prod']));
    expect(first('plain.yml')).toBe('$ANSIBLE_VAULT;1.1;AES256');
    sound(ours(['decrypt', ...names, '--vault-password-file', '.prod']));
    expect(all()).toEqual(contents);
  });

  it('go from stdin to stdout as -', () => {
    const vaulted = sound(ours(['encrypt', '-', ...prod], 'a text\n')).toString();
    expect(vaulted).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/);
    expect(sound(theirs(['decrypt', ...prod, '--output', '-'], vaulted)).toString()).toBe('a text\n');
    expect(sound(ours(['decrypt', '-', ...prod], vaulted)).toString()).toBe('a text\n');
  });
});

describe('a text', () => {
  it('becomes a value that is the one of ansible-vault, byte by byte but for the salt', () => {
    for (const words of [['--name', 'db_password', ...dev], dev]) {
      const [own, other] = [
        sound(ours(['encrypt-string', ...words], 'fake-inner')).toString(),
        sound(
          theirs(
            ['encrypt_string', ...words.map((word) => (word === '--name' ? '--stdin-name' : word)), '-'],
            'fake-inner',
          ),
        ).toString(),
      ];
      const shape = (text: string) => text.trimEnd().replace(/^( *)[0-9a-f]+$/gm, '$1hex');
      expect(shape(own)).toBe(shape(other));
    }
  });

  it('is read by Ansible in an inventory, and from there by us', () => {
    const text = 'fake "inner" # grüße\n second';
    const value = sound(ours(['encrypt-string', '-n', 'secret', ...prod], text)).toString();
    writeFileSync(
      join(folder, 'inventory.yaml'),
      `all:\n  hosts:\n    gw:\n      ${value.replaceAll('\n', '\n      ').trimEnd()}\n`,
    );
    const seen = run('ansible', [
      'gw',
      '-i',
      'inventory.yaml',
      '-m',
      'debug',
      '-a',
      'var=secret',
      ...prod,
      '-c',
      'local',
    ]);
    expect(JSON.parse(seen.stdout.toString().replace(/^.*?=> /s, ''))).toEqual({ secret: text });
    const { code } = run(process.execPath, [program, 'validate', 'inventory.yaml', ...dev]);
    expect(code).toBe(64);
  });

  it('with a line end is told, one without anything is refused, and none is an argument', () => {
    const told = ours(['encrypt-string', ...dev], 'fake-inner\n');
    expect(told.code).toBe(0);
    expect(told.stderr).toContain('the text ends in a line end, which is encrypted as part of it');
    expect(ours(['encrypt-string', ...dev], '')).toMatchObject({
      code: 64,
      stderr: 'there is no text to encrypt on stdin\n',
    });
    expect(ours(['encrypt-string', 'fake-inner', ...dev]).code).toBe(64);
  });

  it('has a name that YAML reads again, whatever it is', () => {
    for (const name of ['a b', 'a: b', '"', 'yes', '1']) {
      const value = sound(ours(['encrypt-string', '--name', name, ...dev], 'fake')).toString();
      expect(Object.keys(parse(value, { logLevel: 'silent' }) as object)).toEqual([name]);
    }
  });
});

/** An editor that does what the lines say with the file `$1`. */
function editor(lines: string): NodeJS.ProcessEnv {
  const path = join(folder, 'editor');
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o700);
  return { EDITOR: path };
}

describe('an edit', () => {
  it('is encrypted as it was, in place; without a change nothing is written', () => {
    sound(theirs(['encrypt', 'plain.yml', ...dev]));
    const before = read('plain.yml');
    expect(sound(ours(['edit', 'plain.yml', ...dev], '', editor(':'))).toString()).toBe(
      'plain.yml: as it was\n',
    );
    expect(read('plain.yml')).toEqual(before);
    sound(ours(['edit', 'plain.yml', ...prod, ...dev], '', editor('echo more: fake >> "$1"')));
    expect(first('plain.yml')).toBe('$ANSIBLE_VAULT;1.2;AES256;dev');
    expect(sound(theirs(['view', 'plain.yml', ...dev])).toString()).toBe(
      'password: fake-inner\nmore: fake\n',
    );
  });

  it('that fails leaves the file', () => {
    sound(ours(['encrypt', 'plain.yml', ...dev]));
    const before = read('plain.yml');
    const ended = ours(['edit', 'plain.yml', ...dev], '', editor('echo more >> "$1"; exit 1'));
    expect([ended.code, ended.stderr]).toEqual([
      64,
      `the editor ${folder}/editor exited with 1; plain.yml is as it was\n`,
    ]);
    expect(read('plain.yml')).toEqual(before);
  });

  it('of a file that somebody else alters meanwhile is kept beside, encrypted', () => {
    sound(ours(['encrypt', 'plain.yml', ...dev]));
    const lines = `echo more: fake >> "$1"; echo theirs > ${folder}/plain.yml`;
    const ended = ours(['edit', 'plain.yml', ...dev], '', editor(lines));
    expect(ended.code).toBe(64);
    const [, kept = ''] =
      /^plain\.yml was altered by somebody else meanwhile; what was edited is in (\S+), encrypted$/m.exec(
        ended.stderr,
      ) ?? [];
    expect(read('plain.yml').toString()).toBe('theirs\n');
    expect(sound(theirs(['view', kept, ...dev])).toString()).toBe('password: fake-inner\nmore: fake\n');
    rmSync(dirname(kept), { recursive: true });
  });
});

describe('what is refused', () => {
  it.each([
    ['encrypt', 'vaulted', 'vaulted is encrypted already; vault rekey gives it another password'],
    ['decrypt', 'plain.yml', 'plain.yml is not encrypted'],
    ['view', 'no-such-file', 'no-such-file cannot be read: ENOENT'],
    ['edit', '.', '. cannot be read: it is no file'],
    [
      'rekey',
      'mixed',
      'mixed is not encrypted as a whole; vault encrypt-string makes the single values in it',
    ],
    ['decrypt', 'damaged', 'damaged: this vaulted text is damaged'],
    [
      'view',
      'other',
      'other: the vault password (id dev) does not open this; it is encrypted with the id prod',
    ],
  ])('is to %s %s, by its name, and nothing is altered', (command, name, said) => {
    sound(ours(['encrypt', 'plain.yml', ...dev]));
    writeFileSync(join(folder, 'vaulted'), read('plain.yml'));
    writeFileSync(join(folder, 'damaged'), read('plain.yml').subarray(0, 300));
    writeFileSync(join(folder, 'plain.yml'), 'plain\n');
    writeFileSync(join(folder, 'mixed'), 'a: !vault |\n  $ANSIBLE_VAULT\n');
    writeFileSync(join(folder, 'other'), sound(ours(['encrypt', '-', ...prod], 'x')));
    const good = Buffer.from(read('vaulted'));
    const before = Object.fromEntries(readdirSync(folder).map((each) => [each, read(each)]));
    const files = command === 'encrypt' ? ['plain.yml', name] : ['vaulted', name];
    const ended = ours([command, ...files, ...dev], '', editor('false'));
    rmSync(join(folder, 'editor'));
    expect(ended).toMatchObject({ code: 64 });
    expect(ended.stderr.split('\n')[0]).toContain(said);
    expect(Object.fromEntries(readdirSync(folder).map((each) => [each, read(each)]))).toEqual(before);
    expect(read('vaulted')).toEqual(good);
  });

  it('is to encrypt with one of several passwords, unless it is said which', () => {
    expect(ours(['encrypt', 'plain.yml', ...dev, ...prod])).toMatchObject({
      code: 64,
      stderr:
        'several vault passwords are given (ids dev, prod): say by --encrypt-vault-id which one encrypts\n',
    });
    expect(ours(['encrypt', 'plain.yml', ...dev, '--encrypt-vault-id', 'qa']).stderr).toContain(
      'the vault password of the id qa, which encrypts what is written, is not here; there is: dev',
    );
  });

  it('is to ask for a password where there is no terminal', () => {
    for (const words of [
      [],
      ['-J'],
      ['--ask-vault-pass'],
      ['--ask-vault-password'],
      ['--vault-id', 'prompt'],
    ])
      expect(ours(['encrypt', 'plain.yml', ...words]).stderr).toContain('use --vault-password-file');
    sound(ours(['encrypt', 'plain.yml', ...dev]));
    expect(ours(['rekey', 'plain.yml', ...dev]).stderr).toContain('use --new-vault-password-file');
  });
});

describe('passwords of the configuration', () => {
  it('are those that ansible-vault takes', () => {
    writeFileSync(
      join(folder, 'ansible.cfg'),
      '[defaults]\nvault_identity_list = dev@.dev , prod@~/.prod\nvault_encrypt_identity = prod\n',
    );
    sound(ours(['encrypt', 'plain.yml']));
    expect(first('plain.yml')).toBe('$ANSIBLE_VAULT;1.2;AES256;prod');
    sound(theirs(['decrypt', 'plain.yml']));
    sound(theirs(['encrypt', 'plain.yml']));
    expect(first('plain.yml')).toBe('$ANSIBLE_VAULT;1.2;AES256;prod');
    expect(sound(ours(['view', 'plain.yml']))).toEqual(contents['plain.yml']);
  });

  it('come from client scripts, which are told the id as ansible-vault tells it', () => {
    const client = join(folder, 'our-client.sh');
    writeFileSync(client, '#!/bin/sh\necho "fake $*"\n');
    chmodSync(client, 0o700);
    for (const words of [
      ['--vault-id', `dev@${client}`],
      ['--vault-id', client],
      ['--vault-password-file', client],
    ]) {
      sound(ours(['encrypt', 'plain.yml', ...words]));
      sound(theirs(['decrypt', 'plain.yml', ...words]));
    }
    expect(all()).toEqual(contents);
  });
});

describe('on a terminal', () => {
  it('a new password is asked for twice, and nothing of it is shown', async () => {
    const words = [process.execPath, program, 'vault', 'encrypt', 'plain.yml'];
    const typing = startOnTerminal(words, { columns: 100, rows: 20, cwd: folder });
    await typing.seen((text) => text.includes('New vault password:'));
    typing.type('fake-dev-word\r');
    await typing.seen((text) => text.includes('The vault password again:'));
    typing.type('fake-dev-word\r');
    expect(await typing.ended).toBe(0);
    expect(typing.terminal.all()).not.toContain('fake-dev-word');
    expect(sound(theirs(['view', 'plain.yml', '--vault-password-file', '.dev']))).toEqual(
      contents['plain.yml'],
    );
  });

  it('passwords are asked for by their ids, and what is shown goes through the pager', async () => {
    sound(ours(['encrypt', 'plain.yml', ...prod]));
    const words = [
      program,
      'vault',
      'view',
      'plain.yml',
      '--vault-id',
      'dev@prompt',
      '--vault-id',
      'prod@prompt',
    ];
    const typing = startOnTerminal(['env', 'PAGER=sed s/^/paged:/', process.execPath, ...words], {
      ...{ columns: 100, rows: 20, cwd: folder },
    });
    await typing.seen((text) => text.includes('Vault password (dev):'));
    typing.type('fake-dev-word\r');
    await typing.seen((text) => text.includes('Vault password (prod):'));
    typing.type('fake-prod-word\r');
    expect(await typing.ended).toBe(0);
    expect(typing.terminal.all()).toContain('paged:password: fake-inner');
  });

  it('two that differ are refused', async () => {
    const words = [process.execPath, program, 'vault', 'encrypt', 'plain.yml', '-J'];
    const typing = startOnTerminal(words, { columns: 100, rows: 20, cwd: folder });
    await typing.seen((text) => text.includes('New vault password:'));
    typing.type('fake-dev-word\r');
    await typing.seen((text) => text.includes('again:'));
    typing.type('fake-other\r');
    expect(await typing.ended).toBe(64);
    expect(read('plain.yml')).toEqual(contents['plain.yml']);
  });
});

describe('secrets', () => {
  it('are neither in the arguments nor in the environment of what we start', () => {
    sound(ours(['encrypt', 'plain.yml', ...dev]));
    const seen = join(folder, 'seen');
    const lines = `tr '\\0' '\\n' < /proc/$PPID/cmdline > ${seen}; env >> ${seen}; echo "$@" >> ${seen}`;
    sound(ours(['edit', 'plain.yml', ...dev], '', editor(lines)));
    expect(readFileSync(seen, 'utf8')).not.toMatch(/fake-/);
  });
});
