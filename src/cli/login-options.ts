import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Position } from '../input/inventory.ts';
import type { VarSource } from '../input/vars.ts';
import { Secret } from '../secret.ts';
import { askSecret } from './prompt.ts';

/** How servers are entered whose inventory does not say it. */
export interface LoginOptions {
  readonly user?: string;
  /** The same at a command whose `--user` is something else. */
  readonly remoteUser?: string;
  readonly askPass?: boolean;
  readonly askBecomePass?: boolean;
  readonly privateKey?: string;
  /** In milliseconds. */
  readonly connectTimeout?: number;
}

/**
 * What the command line says of logins, over what `ansible.cfg` says of them: variables that count where a host has none, as in
 * Ansible. Passwords are asked for now. Throws `UsageError` where there is no terminal for that, `Interrupted` at Ctrl-C.
 */
export async function withLoginOptions(
  { user, remoteUser, askPass, askBecomePass, privateKey, connectTimeout }: LoginOptions,
  settings: VarSource,
): Promise<VarSource> {
  const name = remoteUser ?? user;
  const said: [variable: string, option: string, value: unknown][] = [];
  if (name !== undefined) said.push(['ansible_user', '--user', name]);
  if (privateKey !== undefined)
    said.push(['ansible_private_key_file', '--private-key', fromHere(privateKey)]);
  if (connectTimeout !== undefined)
    said.push(['ansible_timeout', '--connect-timeout', connectTimeout / 1000]);
  if (askPass === true) {
    const typed = await typedSecret('SSH password: ', '--ask-pass', 'ansible_password');
    said.push(['ansible_password', '--ask-pass', typed]);
  }
  if (askBecomePass === true) {
    const typed = await typedSecret('sudo password: ', '--ask-become-pass', 'ansible_become_password');
    said.push(['ansible_become_password', '--ask-become-pass', typed]);
  }
  const options = new Map(said.map(([variable, option]) => [variable, option]));
  return {
    values: {
      ...settings.values,
      ...Object.fromEntries(said.map(([variable, , value]) => [variable, value])),
    },
    position: (path): Position => {
      const option = options.get(String(path[0]));
      return option === undefined ? settings.position(path) : { file: option, line: 1, column: 1 };
    },
  };
}

/** A path of the command line begins where that was typed, not beside the inventory. */
function fromHere(path: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(path);
}

async function typedSecret(question: string, option: string, instead: string): Promise<Secret> {
  if (!process.stdin.isTTY)
    throw new UsageError(
      `there is no terminal for ${option} to ask on; say ${instead} in the inventory, such as env:NAME or an Ansible Vault value`,
    );
  const typed = await askSecret(question);
  if (typed === '') throw new UsageError(`what was typed for ${option} is empty`);
  return new Secret(typed);
}
