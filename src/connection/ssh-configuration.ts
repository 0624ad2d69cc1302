import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { isHarmless } from '../input/ssh-options.ts';

/** The files that `ssh` reads of itself. */
export interface SshConfigurationFiles {
  readonly user: string;
  readonly system: string;
}

/** Where `ssh` has its files. It goes by the account, not by `HOME`. */
export function usualConfiguration(): SshConfigurationFiles {
  return { user: resolve(userInfo().homedir, '.ssh/config'), system: '/etc/ssh/ssh_config' };
}

/** The first file that says something of how servers are entered; undefined if there is none. */
export function configurationThatMatters({ user, system }: SshConfigurationFiles): string | undefined {
  return [user, system].find((file) => matters(file, dirname(file), new Set()));
}

/** A file that cannot be read matters: `ssh` is to say what that means. */
function matters(file: string, directory: string, seen: Set<string>): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
  return text.split('\n').some((line) => {
    const [, keyword = '', rest = ''] = /^\s*"?([A-Za-z0-9]+)"?[\s=]*(.*?)\s*$/.exec(line) ?? [];
    const name = keyword.toLowerCase();
    if (line.trim() === '' || line.trim().startsWith('#')) return false;
    if (name === 'include') return included(rest, directory).some((each) => matters(each, directory, seen));
    return !(name === 'host' || name === 'match' || name === 'hashknownhosts' || isHarmless(name));
  });
}

/** The files that a line includes. What cannot be told is taken for a file that matters. */
function included(text: string, directory: string): string[] {
  return text.split(/\s+/).flatMap((pattern) => {
    const path = pattern.replace(/^"(.*)"$/, '$1');
    if (/["%$\\{[]/.test(path)) return ['/'];
    const whole = path.startsWith('~/')
      ? resolve(userInfo().homedir, path.slice(2))
      : resolve(directory, path);
    return /[*?]/.test(whole) ? filesLike(whole) : [whole];
  });
}

function filesLike(pattern: string): string[] {
  const folder = dirname(pattern);
  if (/[*?]/.test(folder)) return ['/'];
  const source = basename(pattern)
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    const names = readdirSync(folder).filter((name) => new RegExp(`^${source}$`).test(name));
    return names.map((name) => join(folder, name));
  } catch {
    return [];
  }
}
