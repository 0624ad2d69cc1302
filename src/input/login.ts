import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Issue } from '../errors.ts';
import { names, refusalOf } from './ansible-variables.ts';
import { decode } from './decode.ts';
import type { Login, Position, SshQuestion } from './inventory.ts';
import { secret } from './secrets.ts';
import { readSshArguments, type SshArguments } from './ssh-arguments.ts';
import { optionOf, sshLogin } from './ssh-login.ts';
import type { SshOption } from './ssh-options.ts';

const text = z.string().min(1);
const yes = z
  .union([z.boolean(), z.enum(['yes', 'no', 'true', 'false'])])
  .transform((value) => value === true || value === 'yes' || value === 'true');
const wholeNumber = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]);
const portNumber = wholeNumber.pipe(z.int().min(1).max(65_535));
const seconds = wholeNumber.pipe(z.int().min(1).max(9_999));
const connections = ['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'local'] as const;

const schema = z.object({
  ansible_connection: z
    .string()
    .transform((name) => name.replace(/^ansible\.builtin\./, ''))
    .pipe(z.enum(connections))
    .optional(),
  ...each(names.address, text.optional()),
  ...each(names.port, portNumber.optional()),
  ...each(names.user, text.optional()),
  ...each(names.keyFile, text.optional()),
  ...each(names.password, secret().optional()),
  ...each(names.timeout, seconds.optional()),
  ansible_become: yes.optional(),
  ...each(names.becomePassword, secret().optional()),
  ...each(names.arguments, z.string().optional()),
});

type Vars = Readonly<Record<string, unknown>>;
type PositionOf = (path: readonly (string | number)[]) => Position;

/** How to get into a server, from Ansible's variables. Mistakes, and whatever is not honoured, are added to `issues`. */
export function loginFrom(
  name: string,
  vars: Vars,
  position: PositionOf,
  baseDirectory: string,
  issues: Issue[],
): Login {
  for (const [key, value] of Object.entries(vars)) {
    const refusal = key.startsWith('ansible_') ? refusalOf(key, value) : undefined;
    if (refusal !== undefined) issues.push({ ...position([key]), path: key, message: refusal });
  }
  const own = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (vars[key] === undefined ? [] : [[key, vars[key]]])),
  );
  const decoded = decode(schema, own, { position, baseDirectory, path: [] });
  if (decoded.value === undefined) {
    issues.push(...decoded.issues);
    return { kind: 'local' };
  }
  const found = decoded.value;
  if (found.ansible_connection === 'local') return { kind: 'local' };
  const password = last(found, names.password);
  const becomePassword = last(found, names.becomePassword);
  const key = last(found, names.keyFile);
  const said = names.arguments.map((variable) => {
    const read = readSshArguments(found[variable] ?? '');
    for (const message of read.refusals) issues.push({ ...position([variable]), path: variable, message });
    return { variable, ...read };
  });
  const keyFile = key === undefined ? undefined : expand(key, baseDirectory);
  const toSsh = inOrderOfAnsible(said, [
    ...optionIf('Port', last(found, names.port)),
    ...optionIf('IdentityFile', keyFile),
    ...optionIf('User', last(found, names.user)),
    ...optionIf('ConnectTimeout', last(found, names.timeout)),
  ]);
  const { login, refusals } = sshLogin(
    { host: last(found, names.address) ?? name, directory: baseDirectory, ...toSsh },
    { options: toSsh.options, answered: false },
    {
      become: found.ansible_become ?? false,
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(password === undefined ? {} : { password }),
      ...(becomePassword === undefined ? {} : { becomePassword }),
    },
  );
  const where = said.find(({ words }) => words.length > 0)?.variable ?? 'ansible_host';
  for (const message of refusals) issues.push({ ...position([where]), path: where, message });
  return login;
}

/** What Ansible gives to `ssh`: the variables stand behind `ansible_ssh_args`, and before other arguments. */
function inOrderOfAnsible(
  [args, ...more]: readonly SshArguments[],
  own: readonly SshOption[],
): Pick<SshQuestion, 'words' | 'options' | 'configuration'> {
  const all = [...(args === undefined ? [] : [args]), ...more];
  const configuration = all.findLast((each) => each.configuration !== undefined)?.configuration;
  return {
    words: [
      ...(args?.words ?? []),
      ...own.flatMap(({ keyword, text }) => ['-o', `${keyword}="${text}"`]),
      ...more.flatMap(({ words }) => words),
    ],
    options: [...(args?.options ?? []), ...own, ...more.flatMap(({ options }) => options)],
    ...(configuration === undefined ? {} : { configuration }),
  };
}

function optionIf(keyword: string, value: string | number | undefined): SshOption[] {
  return value === undefined ? [] : [optionOf(keyword, String(value))];
}

/** The variable that names the key of a host: where to mend it. */
export function keyFileVariable(vars: Vars): string {
  return names.keyFile.findLast((name) => vars[name] !== undefined) ?? 'ansible_ssh_private_key_file';
}

function each<Name extends string, T>(all: readonly Name[], type: T): Record<Name, T> {
  return Object.fromEntries(all.map((name) => [name, type])) as Record<Name, T>;
}

/** Of several names for one thing the last counts, as in Ansible. */
function last<Found extends object, Name extends keyof Found>(
  found: Found,
  all: readonly Name[],
): Found[Name] | undefined {
  const name = all.findLast((variable) => found[variable] !== undefined);
  return name === undefined ? undefined : found[name];
}

function expand(path: string, baseDirectory: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(baseDirectory, path);
}
