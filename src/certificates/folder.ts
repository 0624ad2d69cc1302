import { basename } from 'node:path';
import { bearers, pkiFiles, trustFiles, trustPrefix } from '../apim/cluster/keystores.ts';
import type { Topology } from '../apim/cluster/topology.ts';
import { StepFailed, UsageError } from '../errors.ts';
import { isVault } from '../input/vault.ts';
import { decryptText, encryptText, type VaultSecrets, vaultHint } from '../input/vault-secrets.ts';
import { splitPem } from '../pki/certificate.ts';
import { sha256 } from '../pki/sum.ts';
import { Secret } from '../secret.ts';
import { type Command, sh } from '../shell/command.ts';
import { keepBeside } from '../shell/files.ts';
import type { Scope } from './material.ts';

/** Every file of PEM that is read here: of the pki folder, brought, and to be trusted. */
export function allFiles(topology: Topology): string[] {
  const files = pkiFiles(topology);
  const { authority, primary } = topology.settings.certificates;
  const all = bearers(topology);
  const pairs = [...sharedPairs(topology), ...all.map((bearer) => files.node(bearer))];
  const brought = [authority, primary, ...all.map(({ own }) => own)].flatMap((own) =>
    own?.certificate === undefined || own.key === undefined ? [] : [own.certificate, own.key],
  );
  return [
    ...new Set([
      ...pairs.flatMap(({ certificate, key, request }) => [certificate, key, request]),
      files.retiring,
      files.outgoing,
      files.withdrawnSigning,
      ...brought,
      ...trustFiles(topology),
    ]),
  ];
}

/** The files of all pairs here that are of no single node. */
export function sharedPairs(topology: Topology) {
  const { authority, next, primary, signing, nextSigning, retiringSigning } = pkiFiles(topology);
  return [authority, next, primary, signing, nextSigning, retiringSigning];
}

/** Every keystore that is brought. */
export function keystorePaths(topology: Topology): string[] {
  const { authority, primary } = topology.settings.certificates;
  const all = [authority, primary, ...bearers(topology).map(({ own }) => own)];
  return [...new Set(all.flatMap((own) => own?.keystore ?? []))];
}

/** The certificates in each file, under an alias that tells the file. */
export function trustFrom(
  files: readonly string[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const file of files) {
    const found = splitPem(texts.get(file) ?? '');
    if (found.length === 0)
      throw new StepFailed({
        cause: `${file} is ${texts.has(file) ? 'no PEM file with a certificate in it' : 'not on this machine'}`,
        hint: 'correct apim.trust, or the ca that names it, in the inventory',
      });
    const name = basename(file)
      .replace(/\.\w+$/, '')
      .toLowerCase();
    for (const certificate of found) {
      let alias = `${trustPrefix}${name}`;
      for (let n = 2; all.has(alias); n++) alias = `${trustPrefix}${name}-${n}`;
      all.set(alias, certificate);
    }
  }
  return all;
}

const separator = '==== ';

/** Prints the files that are there, one after another. */
export function printAll(paths: readonly string[]): Command {
  return sh`for f in ${paths}; do if test -f "$f"; then printf '%s%s\\n' ${separator} "$f"; cat "$f"; echo; fi; done`;
}

/**
 * Prints the certificates in every PEM file of a folder of keys and in others, whatever else is in them: no key, and
 * nothing that has to be decrypted.
 */
export function printCertificates(directory: string, others: readonly string[]): Command {
  return sh`for f in ${directory}/*.pem ${directory}/nodes/*.pem ${others}; do if test -f "$f"; then printf '%s%s\\n' ${separator} "$f"; sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' "$f" 2>/dev/null; echo; fi; done`;
}

/** What `printAll` or `printCertificates` printed, by path. One that may not be read counts as empty. */
export function readAll(stdout: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const part of stdout.split(`\n${separator}`)) {
    const text = part.startsWith(separator) ? part.slice(separator.length) : part;
    const end = text.indexOf('\n');
    if (end > 0) texts.set(text.slice(0, end), `${text.slice(end + 1).trim()}\n`);
  }
  return texts;
}

/** A private key in the clear. */
export function openKey(path: string, text: string, { vault }: Scope): string {
  if (!isVault(text)) return text;
  if (vault === undefined)
    throw new StepFailed({
      cause: `${path} is encrypted with a vault password, and none was given`,
      hint: vaultHint,
    });
  try {
    return decryptText(text, vault);
  } catch (error) {
    throw new UsageError(
      `${path}: ${(error as Error).message}; give the password that it was encrypted with by --vault-password-file, --vault-id or --ask-vault-password`,
    );
  }
}

/** A private key as it is written here: encrypted, if there is a password to encrypt it with. */
export function keyContent({ vault }: Scope, pem: string): Secret {
  return Secret.document(vault === undefined ? pem : encrypted(pem, vault), '(private key)');
}

function encrypted(pem: string, vault: VaultSecrets): string {
  try {
    return encryptText(pem, vault);
  } catch (error) {
    throw new StepFailed({ cause: `private keys cannot be encrypted: ${(error as Error).message}` });
  }
}

/** The name under which a file stays beside the one that takes its place: it tells what is in it. */
export function keptName(path: string, fingerprint: string): string {
  return `${path}.kept-${fingerprint.slice(0, 8)}`;
}

/** Where a file here that nobody could make again stays before another takes its place, and how it gets there. */
export function keptAside(path: string, text: string): { readonly kept: string; readonly command: Command } {
  const kept = keptName(path, sha256(text));
  return { kept, command: keepBeside(path, kept) };
}
