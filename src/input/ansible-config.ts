import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { InputError, UsageError } from '../errors.ts';
import { type ConfigValue, type ConfigValues, readConfigFile } from './config-file.ts';
import { textOf } from './text.ts';

/** What a person has set for all of Ansible: in the environment, and in the one `ansible.cfg` that counts. */
export interface AnsibleConfig {
  readonly environment: NodeJS.ProcessEnv;
  /** The folder that relative paths start from, unless they stand in the file. */
  readonly folder: string;
  /** The file that counts, if there is one. */
  readonly file?: string;
  readonly values: ConfigValues;
  /** What a person should know about where it was looked for. */
  readonly notes: readonly string[];
}

/** A setting, by its variable in the environment and its place in the file. */
export interface SettingName {
  readonly variable: string;
  readonly section: string;
  readonly key: string;
}

/** A setting that somebody made. */
export interface Setting {
  readonly text: string;
  /** For messages. */
  readonly from: string;
  /** Where it stands, if it stands in the file. */
  readonly written?: ConfigValue;
}

/**
 * Finds `ansible.cfg` as Ansible does: `ANSIBLE_CONFIG`, the folder we are in unless everybody may write there, the home, `/etc/ansible`;
 * the first that can be read. Throws `InputError`, `UsageError`.
 */
export function readAnsibleConfig(
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
  system = '/etc/ansible/ansible.cfg',
): AnsibleConfig {
  const named = environment.ANSIBLE_CONFIG;
  const here = join(folder, 'ansible.cfg');
  const isOpen = ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o002) !== 0;
  const candidates = [
    ...(named === undefined ? [] : [fileOrIn(expandPath(named, { environment, base: folder }))]),
    ...(isOpen ? [] : [here]),
    join(homeOf(environment), '.ansible.cfg'),
    system,
  ];
  const file = candidates.find(isReadable);
  const notes =
    isOpen && existsSync(here) && (named === undefined || file !== candidates[0])
      ? [`${here} is not read, as Ansible does not: everybody may write into its folder`]
      : [];
  if (file === undefined) return { environment, folder, values: new Map(), notes };
  if (!['.cfg', '.ini'].includes(extname(file)))
    throw new UsageError(`${file} is no configuration of Ansible: its name has to end in .cfg or .ini`);
  const { text, issues } = textOf(file, bytesOf(file));
  if (issues.length > 0) throw new InputError(issues);
  return { environment, folder, file, values: readConfigFile(file, text), notes };
}

/** A setting that is made and not empty; the environment comes before the file. */
export function settingOf(
  { environment, values, file }: AnsibleConfig,
  { variable, section, key }: SettingName,
): Setting | undefined {
  const said = environment[variable];
  if (said !== undefined) return said === '' ? undefined : { text: unquoted(said), from: variable };
  const written = values.get(section)?.get(key);
  if (written === undefined || written.text === '') return undefined;
  return { text: unquoted(written.text), from: `${key} in ${file}`, written };
}

/** The texts of a setting that is a list. */
export function listOf({ text }: Setting): string[] {
  return text
    .split(',')
    .map((each) => unquoted(each.trim()))
    .filter((each) => each !== '');
}

/** Whether a setting says yes. */
export function saysYes(setting: Setting | undefined): boolean {
  return ['y', 'yes', 'on', '1', 'true', 't', '1.0'].includes(setting?.text.toLowerCase() ?? '');
}

/** The path that a setting is: from the folder of the file that it stands in. */
export function pathOf({ environment, folder }: AnsibleConfig, { text, written }: Setting): string {
  const base = written === undefined ? folder : dirname(resolve(written.position.file));
  return expandPath(text.replaceAll('{{CWD}}', folder), { environment, base });
}

/** A path with `~`, `$NAME` and `${NAME}` filled in; what is not set stays as it is written. */
export function expandPath(
  path: string,
  { environment, base }: { readonly environment: NodeJS.ProcessEnv; readonly base: string },
): string {
  const filled = path.replace(/\$(\w+|\{[^}]*\})/g, (whole, name: string) => {
    return environment[name.replace(/^\{|\}$/g, '')] ?? whole;
  });
  const home = homeOf(environment);
  const from = filled === '~' ? home : filled.startsWith('~/') ? join(home, filled.slice(2)) : filled;
  return isAbsolute(from) ? resolve(from) : resolve(base, from);
}

function homeOf(environment: NodeJS.ProcessEnv): string {
  return environment.HOME === undefined || environment.HOME === '' ? homedir() : environment.HOME;
}

function fileOrIn(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, 'ansible.cfg') : path;
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function unquoted(text: string): string {
  return /^(["']).*(?<!\\)\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}
