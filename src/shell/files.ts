import { type Command, sh } from './command.ts';

// Looks are put to every server at every run: what the shell can do by itself starts no program there.

/** Prints the text of a file, or nothing if it is not there. */
export function readText(path: string): Command {
  return sh`test ! -e ${path} || cat ${path} 2>/dev/null || true`;
}

/**
 * Prints a note of ours, or nothing if it is not there. The shell reads it byte by byte, which for a few lines costs a
 * fifth of a program, and for a long file far more.
 */
export function readNote(path: string): Command {
  return sh`line=; if test -r ${path}; then { while IFS= read -r line; do printf '%s\n' "$line"; done; printf %s "$line"; } < ${path}; fi; true`;
}

/** Prints the SHA-256 of a file in hex, or an empty line if it is not there. */
export function checksum(path: string): Command {
  return sh`found=; test ! -r ${path} || found=$(sha256sum 2>/dev/null < ${path}); printf '%s\n' "\${found%% *}"`;
}

/** Whether the first line of a file is `text`, as a condition. */
export function hasLine(path: string, text: string): Command {
  return sh`{ line=; test -r ${path} && read -r line < ${path}; test "$line" = ${text}; }`;
}

/** Prints the SHA-256 of each file that is there, and its path. */
export function checksums(paths: readonly string[]): Command {
  return sh`sha256sum ${paths} 2>/dev/null || true`;
}

/** What `checksums` printed, by path. */
export function readChecksums(stdout: string): Map<string, string> {
  return new Map(
    [...stdout.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, sum = '', path = '']) => [path, sum]),
  );
}

/** Prints a file as base64, or nothing if it is not there. */
export function readBytes(path: string): Command {
  return sh`base64 2>/dev/null < ${path} || true`;
}

/**
 * As `checksum` and `readBytes`, for a file on a network file system: one that somebody is putting in place can be gone for
 * a moment there, so where there is a folder for it, it is looked for again.
 */
export const patient = {
  checksum: (path: string) => again(sh`sha256sum 2>/dev/null < ${path}`, path, '"${found%% *}"'),
  readBytes: (path: string) => again(sh`base64 2>/dev/null < ${path}`, path, '"$found"'),
} as const;

function again(look: Command, path: string, shown: string): Command {
  const folder = sh`test -d "$(dirname ${path})"`.text;
  return {
    text: `for try in 1 2 3 4 5; do found=$(${look.text}) && break; ${folder} || break; sleep 0.1; done; printf '%s\\n' ${shown}`,
  };
}

/** What `readBytes` printed, or undefined if there was no file. */
export function decodeBytes(stdout: string): Uint8Array | undefined {
  const text = stdout.replaceAll(/\s/g, '');
  return text === '' ? undefined : Buffer.from(text, 'base64');
}

/** Exits with 0 if there is anything at `path`. */
export function exists(path: string): Command {
  return sh`test -e ${path}`;
}

/** Makes a folder and its parents, without complaint if it is there. */
export function makeFolder(path: string): Command {
  return sh`mkdir -p ${path}`;
}

/** Makes a folder and gives it to `user`. One that is there and holds something already is somebody's: it fails. */
export function makeFolderFor(path: string, user: string): Command {
  return sh`if test -n "$(ls -A ${path} 2>/dev/null)"; then echo ${path}" is there, is not empty, and "${user}" may not write into it" >&2; exit 1; fi; mkdir -p ${path} && chown ${user} ${path} && chmod 755 ${path}`;
}

/**
 * Gives a file a second name, under which it stays when another is put in its place; only its owner may read it. There is
 * no moment without the file, and no half of it under either name.
 */
export function keepBeside(path: string, kept: string): Command {
  return sh`set -e; if ! test -e ${kept}; then umask 077; ln ${path} ${kept} 2>/dev/null || { cp ${path} ${kept}.new && mv -f ${kept}.new ${kept}; }; fi; chmod 600 ${kept}`;
}

/** Removes files that may not be there. */
export function remove(...paths: readonly string[]): Command {
  return sh`rm -f ${paths}`;
}

/** Prints `yes` if the user who asks can write into the folder, or could make it. */
export function canWriteInto(path: string): Command {
  return sh`if test -d ${path}; then test -w ${path} && echo yes; else test -w "$(dirname ${path})" && echo yes; fi; true`;
}

/** Prints how many KiB are free where `path` is or would be. */
export function freeSpace(path: string): Command {
  return sh`p=${path}; while ! test -d "$p"; do p=$(dirname "$p"); done; df -Pk "$p" | { read -r _; read -r _ _ _ free _; printf '%s\n' "$free"; }`;
}
