import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';

/**
 * Adds lines to a known_hosts file, as ssh does: at its end, in one piece, so that whoever adds to it at the same time
 * loses nothing. The file and its folder are made where they are missing. Throws `UsageError` if it cannot be written.
 */
export function learnHosts(file: string, lines: readonly string[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const gap = /[^\n]$/.test(textIn(file)) ? '\n' : '';
    appendFileSync(file, `${gap}${lines.join('\n')}\n`, { mode: 0o600, flush: true });
  } catch (error) {
    throw new UsageError(
      `${file} cannot be written: ${(error as Error).message}; let the user who runs this tool write it, or name another by ansible_ssh_common_args: -o UserKnownHostsFile=FILE`,
    );
  }
}

function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
