import { homedir, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Issue } from '../errors.ts';
import { decode } from './decode.ts';
import type { Login, Place } from './inventory.ts';
import { secret } from './secrets.ts';

const text = z.string().min(1);
const yes = z
  .union([z.boolean(), z.enum(['yes', 'no', 'true', 'false'])])
  .transform((value) => value === true || value === 'yes' || value === 'true');
const portNumber = z
  .union([z.int(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.int().min(1).max(65_535));

const schema = z.object({
  ansible_connection: z.enum(['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'local']).optional(),
  ansible_host: text.optional(),
  ansible_port: portNumber.optional(),
  ansible_user: text.optional(),
  ansible_ssh_user: text.optional(),
  ansible_ssh_private_key_file: text.optional(),
  ansible_password: secret().optional(),
  ansible_ssh_pass: secret().optional(),
  ansible_become: yes.optional(),
  ansible_become_password: secret().optional(),
  ansible_become_pass: secret().optional(),
  ansible_ssh_common_args: z.string().optional(),
  ansible_ssh_extra_args: z.string().optional(),
});

/** How to get into a server, from Ansible's variables. Mistakes are added to `issues`. */
export function loginFrom(
  name: string,
  vars: Readonly<Record<string, unknown>>,
  place: (path: readonly (string | number)[]) => Place,
  baseDirectory: string,
  issues: Issue[],
): Login {
  const own = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (vars[key] === undefined ? [] : [[key, vars[key]]])),
  );
  const decoded = decode(schema, own, { place, baseDirectory, path: [] });
  if (decoded.value === undefined) {
    issues.push(...decoded.issues);
    return { kind: 'local' };
  }
  const found = decoded.value;
  if (found.ansible_connection === 'local') return { kind: 'local' };
  const password = found.ansible_password ?? found.ansible_ssh_pass;
  const becomePassword = found.ansible_become_password ?? found.ansible_become_pass;
  const key = found.ansible_ssh_private_key_file;
  return {
    kind: 'ssh',
    address: found.ansible_host ?? name,
    port: found.ansible_port ?? 22,
    user: found.ansible_user ?? found.ansible_ssh_user ?? userInfo().username,
    become: found.ansible_become ?? false,
    knownHosts: knownHostsFrom(
      `${found.ansible_ssh_common_args ?? ''} ${found.ansible_ssh_extra_args ?? ''}`,
      baseDirectory,
    ),
    ...(key === undefined ? {} : { keyFile: expand(key, baseDirectory) }),
    ...(password === undefined ? {} : { password }),
    ...(becomePassword === undefined ? {} : { becomePassword }),
  };
}

function knownHostsFrom(args: string, baseDirectory: string): string[] {
  const [, quoted, bare] = /UserKnownHostsFile=(?:"([^"]*)"|(\S+))/.exec(args) ?? [];
  const files = (quoted ?? bare ?? '')
    .replaceAll(/["']/g, '')
    .split(/\s+/)
    .filter((file) => file !== '');
  if (files.length > 0) return files.map((file) => expand(file, baseDirectory));
  return [resolve(homedir(), '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'];
}

function expand(path: string, baseDirectory: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(baseDirectory, path);
}
