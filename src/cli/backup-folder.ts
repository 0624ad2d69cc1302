import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { backupFiles, type Manifest, readManifest, type SavedFile } from '../apim/cluster/backup.ts';
import { KnownError, UsageError } from '../errors.ts';

/** A backup is damaged, or none: nothing of it may be used. */
class DamagedBackup extends KnownError {
  readonly exitCode = 1;
}

/** Reads a backup and all of its files, and compares them with what it says of itself. Throws where anything is amiss. */
export async function openBackup(folder: string): Promise<{ folder: string; manifest: Manifest }> {
  const root = resolve(folder);
  const at = (path: string) => join(root, path);
  if (!existsSync(at(backupFiles.manifest)))
    throw new UsageError(
      existsSync(root)
        ? `${root} is no backup: it has no ${backupFiles.manifest}; one that is being made, or broke off, is none`
        : `there is no folder ${root}`,
    );
  const text = textOf(at(backupFiles.manifest));
  const seal = existsSync(at(backupFiles.seal)) ? textOf(at(backupFiles.seal)) : '';
  const sum = createHash('sha256').update(text).digest('hex');
  if (!seal.startsWith(`${sum} `))
    throw damaged(root, [
      `${backupFiles.manifest} is not what was written: ${backupFiles.seal} says ${seal.split(' ')[0] || 'nothing'}, it has ${sum}`,
    ]);
  const manifest = readManifest(text);
  if (manifest === undefined)
    throw new UsageError(`${at(backupFiles.manifest)} is of another version of this tool, which wrote it so`);
  const problems = await Promise.all(manifest.files.map((file) => problemOf(root, file)));
  const known = new Set(manifest.files.map(({ path }) => path));
  const strangers = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !known.has(path) && path !== backupFiles.manifest && path !== backupFiles.seal)
    .map((path) => `${path}: is not of this backup`);
  const all = [...problems.flatMap((each) => each ?? []), ...strangers];
  if (all.length > 0) throw damaged(root, all);
  return { folder: root, manifest };
}

function damaged(folder: string, problems: readonly string[]): DamagedBackup {
  return new DamagedBackup(
    [
      `the backup ${folder} is damaged; no server was asked, and nothing was written`,
      ...problems.map((each) => `  | ${each}`),
      '  → take another copy of it, or another backup',
    ].join('\n'),
  );
}

async function problemOf(root: string, { path, size, sha256 }: SavedFile): Promise<string | undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(createReadStream(join(root, path)), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        hash.update(chunk);
      }
    });
  } catch (error) {
    return `${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : (error as Error).message}`;
  }
  const sum = hash.digest('hex');
  if (sum === sha256) return undefined;
  return `${path}: ${bytes === size ? '' : `has ${bytes} bytes instead of ${size}, and `}SHA-256 ${sum} instead of ${sha256}`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
