import { accessSync, constants, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { encryptVault, isVault, vaultIdOf } from '../input/vault.ts';
import { decryptBytes, type VaultSecret, type VaultSecrets } from '../input/vault-secrets.ts';
import { exitCodes } from './exit-codes.ts';
import { page } from './pager.ts';
import { editPrivately, privateFolder } from './private-edit.ts';
import { askSecret } from './prompt.ts';
import { replaceFile } from './replace-file.ts';
import {
  type EncryptOptions,
  newSecret,
  nextSecret,
  openingSecrets,
  type RekeyOptions,
} from './vault-secrets-for.ts';
import type { VaultOptions } from './vault-sources.ts';

/** In place of a file: stdin, and what comes of it goes to stdout. */
const standard = '-';

/** Encrypts files as they stand. */
export async function encryptFiles(files: readonly string[], options: EncryptOptions): Promise<number> {
  const plain = files.map((file) => ({ file, content: readFile(file) }));
  for (const { file, content } of plain)
    if (isVault(content.toString('latin1')))
      throw new UsageError(`${file} is encrypted already; vault rekey gives it another password`);
  const { id, password } = await newSecret(options);
  for (const { file, content } of plain)
    put(file, encryptVault(content, password, id), `encrypted, id ${id}`);
  return exitCodes.ok;
}

/** Encrypts one text, from stdin or typed, for a value of an inventory. */
export async function encryptString(options: EncryptOptions & { readonly name?: string }): Promise<number> {
  const typed = process.stdin.isTTY;
  const content = typed ? Buffer.from(await typedTwice()) : readFile(standard);
  if (content.length === 0) throw new UsageError('there is no text to encrypt on stdin');
  if (!typed && content.at(-1) === 0x0a)
    process.stderr.write(
      'the text ends in a line end, which is encrypted as part of it; printf %s TEXT, in place of echo, leaves it out\n',
    );
  const { id, password } = await newSecret(options);
  const lines = encryptVault(content, password, id).trimEnd().split('\n');
  const { name } = options;
  const key = name === undefined ? '' : /^[A-Za-z_][\w.-]*$/.test(name) ? name : JSON.stringify(name);
  const head = `${key === '' ? '' : `${key}: `}!vault |`;
  process.stdout.write([head, ...lines.map((line) => `${' '.repeat(10)}${line}`), ''].join('\n'));
  return exitCodes.ok;
}

async function typedTwice(): Promise<string> {
  const text = await askSecret('Text to encrypt: ');
  if ((await askSecret('The text again: ')) !== text)
    throw new UsageError('the two texts that were typed differ');
  return text;
}

/** Decrypts files as they stand; then only their owner may read them. */
export async function decryptFiles(files: readonly string[], options: VaultOptions): Promise<number> {
  for (const { file, content, by } of await opened(files, options))
    put(file, content, `decrypted, id ${by.id}`, 0o700);
  return exitCodes.ok;
}

/** Shows what is in files. */
export async function viewFiles(files: readonly string[], options: VaultOptions): Promise<number> {
  for (const { content } of await opened(files, options)) await page(content);
  return exitCodes.ok;
}

/** Gives files another password; none is altered if one does not open. */
export async function rekeyFiles(files: readonly string[], options: RekeyOptions): Promise<number> {
  const found = await opened(files, options);
  const { id, password } = await nextSecret(options);
  for (const { file, content } of found)
    put(file, encryptVault(content, password, id), `encrypted anew, id ${id}`);
  return exitCodes.ok;
}

/** Has files edited, one after another; each is encrypted as it was. */
export async function editFiles(files: readonly string[], options: VaultOptions): Promise<number> {
  if (files.includes(standard)) throw new UsageError('vault edit needs a file');
  for (const file of files) readVault(file);
  const vault = await openingSecrets(options);
  for (const name of files) {
    // Only now: the one before may have been open for hours.
    const { file, text } = readVault(name);
    const { content, by } = openOne(file, text, vault);
    refuseUnwritable(file);
    const edited = await editPrivately(file, content);
    if (edited.equals(content)) process.stdout.write(`${file}: as it was\n`);
    else saveEdited(file, text, encryptVault(edited, by.password, vaultIdOf(text)));
  }
  return exitCodes.ok;
}

/** What somebody typed is never lost: where it cannot be written, it stays elsewhere, encrypted. */
function saveEdited(file: string, before: string, vaulted: string): void {
  try {
    if (readFile(file).toString('latin1') !== before)
      throw new UsageError(`${file} was altered by somebody else meanwhile`);
    put(file, vaulted, 'encrypted as before');
  } catch (error) {
    const kept = join(privateFolder({}), basename(file));
    writeFileSync(kept, vaulted, { mode: 0o600 });
    throw new UsageError(`${(error as Error).message}; what was edited is in ${kept}, encrypted`);
  }
}

function refuseUnwritable(file: string): void {
  try {
    accessSync(dirname(realpathSync(file)), constants.W_OK);
  } catch (error) {
    throw new UsageError(`${file} could not be written afterwards: ${(error as Error).message}`);
  }
}

interface Opened {
  readonly file: string;
  /** As it stands in the file. */
  readonly text: string;
  readonly content: Buffer;
  readonly by: VaultSecret;
}

async function opened(files: readonly string[], options: VaultOptions): Promise<Opened[]> {
  const read = files.map(readVault);
  const vault = await openingSecrets(options);
  return read.map(({ file, text }) => ({ file, text, ...openOne(file, text, vault) }));
}

function readVault(file: string): Pick<Opened, 'file' | 'text'> {
  const text = readFile(file).toString('latin1');
  if (isVault(text)) return { file, text };
  throw new UsageError(
    `${file} is not encrypted${/!vault\b/.test(text) ? ' as a whole; vault encrypt-string makes the single values in it' : ''}`,
  );
}

function openOne(file: string, text: string, vault: VaultSecrets): { content: Buffer; by: VaultSecret } {
  try {
    return decryptBytes(text, vault);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

function readFile(file: string): Buffer {
  try {
    if (file === standard) return readFileSync(0);
    if (!statSync(file).isFile()) throw new Error('it is no file');
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file === standard ? 'stdin' : file} cannot be read: ${(error as Error).message}`);
  }
}

function put(file: string, content: string | Uint8Array, done: string, mayRead?: number): void {
  if (file === standard) process.stdout.write(content);
  else {
    replaceFile(file, content, mayRead);
    process.stdout.write(`${file}: ${done}\n`);
  }
}
