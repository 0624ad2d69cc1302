import { posix } from 'node:path';
import { type Command, script, sh } from './command.ts';

/** What a file on its way is, beside its place. */
export interface PutScript {
  readonly path: string;
  readonly bytes: number;
  readonly mode: number;
  /** No two writers have the same. */
  readonly tag: string;
}

/**
 * Writes what comes on stdin: beside, whole, flushed, renamed. A stream that breaks off leaves the wrong length, and the target
 * as it was. Whoever is told of that may have gone, and that must not end the shell before it has tidied up. What a server left
 * that went down in the middle goes with the next writing; nothing is on its way for an hour.
 */
export function putScript({ path, bytes, mode, tag }: PutScript): Command {
  const folder = posix.dirname(path);
  const parts = posix.join(folder, `.${posix.basename(path)}.part-`);
  const bits = mode.toString(8).padStart(4, '0');
  return script(
    "trap '' PIPE",
    sh`test -d ${folder} || { echo "there is no folder "${folder} >&2; exit 1; }`,
    sh`if test -d ${path}; then echo ${path}" is a folder, where a file is to be" >&2; exit 1; fi`,
    sh`for old in ${parts}*; do test ! -f "$old" || find "$old" -mmin +60 -exec rm -f {} + 2>/dev/null; done`,
    sh`part=${parts}${tag}`,
    `trap 'rm -f "$part"' EXIT`,
    `trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM`,
    'umask 077; cat > "$part" || exit 1',
    sh`test "$(wc -c < "$part")" -eq ${bytes} || { echo "the upload broke off" >&2; exit 1; }`,
    sh`chmod ${bits} "$part" && { sync "$part" 2>/dev/null || sync; } && mv -f "$part" ${path} || exit 1`,
  );
}
