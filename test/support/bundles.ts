import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** An archive of `support-bundle`, unpacked. */
export interface UnpackedBundle {
  /** The folder that holds it. */
  readonly folder: string;
  /** The names of its files, from its own folder on. */
  readonly files: readonly string[];
  read(file: string): string;
}

export function unpackBundle(archive: string): UnpackedBundle {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  const [name = ''] = readdirSync(folder);
  const root = join(folder, name);
  return { folder, files: filesBelow(root), read: (file) => readFileSync(join(root, file), 'utf8') };
}

/** Where one of these secrets stands in a file below a folder, by its value, in base64 or in hex: `file: name`. */
export function findSecrets(folder: string, secrets: Readonly<Record<string, string>>): string[] {
  return filesBelow(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'latin1');
    const flat = text.replaceAll(/\s/g, '');
    return Object.entries(secrets).flatMap(([name, value]) =>
      formsOf(value).some((form) => text.includes(form) || flat.includes(form)) ? [`${file}: ${name}`] : [],
    );
  });
}

/** Base64 shifts with what stands before; the characters at both ends are not its own. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const shifted = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '')
      .slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)),
  );
  return [bytes.toString('latin1'), hex, hex.toUpperCase(), ...shifted];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(folder, path))
    .sort();
}
