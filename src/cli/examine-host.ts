import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Connection } from '../connection/connection.ts';
import { judgeShown, removal } from '../connection/host-key.ts';
import { fingerprint, keyType } from '../connection/known-hosts.ts';
import type { Asks } from '../engine/step.ts';
import { KnownError, StepFailed } from '../errors.ts';
import type { Login, SshLogin } from '../input/inventory.ts';
import { nameOfLogin } from '../input/machine.ts';
import { type ExaminedPart, ok, wrong } from '../steps/examination.ts';
import { asker } from './asker.ts';

/** How to look at a host once it is entered. */
export interface Entered {
  readonly connection: Connection;
  readonly asks: Asks;
}

/** How a host is entered: what the inventory says, and the configuration of ssh. */
export function describeLogin(login: Login): string {
  if (login.kind === 'local') return 'the machine that this runs on';
  const files = [login.keyFile, ...(login.keyFiles ?? [])].flatMap((file) => file ?? []);
  const proofs = [
    ...(files.length === 0 ? [] : [`the key ${files.join(' or ')}`]),
    ...(login.password === undefined ? [] : ['a password']),
  ];
  const sudo =
    login.becomePassword === undefined ? 'acts as others by sudo' : 'acts as others by sudo, with a password';
  return [
    `${login.user}@${login.address}:${login.port}`,
    ...wayOf(login),
    `by ${proofs.length === 0 ? 'what ~/.ssh and ssh-agent have' : proofs.join(' and ')}`,
    login.become ? sudo : 'acts as nobody else',
    `known by ${login.knownHosts[0] ?? 'no file'}`,
  ].join(', ');
}

function wayOf({ way }: SshLogin): string[] {
  if (way === undefined) return [];
  return 'command' in way ? ['through a command'] : [`through ${nameOfLogin(way.jump)}`, ...wayOf(way.jump)];
}

/** Tries whatever comes before a host is entered, as far as it goes; the last part is wrong if it did not go to the end. */
export async function examineWay(login: SshLogin, stop: AbortSignal): Promise<ExaminedPart[]> {
  const parts: ExaminedPart[] = [];
  const add = (part: ExaminedPart) => parts.push(part);
  // Behind another server, or a command, names are theirs to resolve.
  const name = login.way === undefined ? await resolved(login.address) : undefined;
  if (name !== undefined) add(name);
  if (name?.verdict === 'wrong') return parts;
  const { shownKeys } = await import('../connection/host-keys.ts');
  try {
    const keys = await shownKeys(login, { stop, ask: asker(stop) });
    add(ok('sshd', `answers at port ${login.port}`));
    add(judgeKeys(login, keys));
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    add(wrong('sshd', error.cause, error.hint ?? 'see whether the server is up'));
  }
  return parts;
}

async function resolved(address: string): Promise<ExaminedPart> {
  if (isIP(address) !== 0) return ok('name', `${address} is an address`);
  try {
    const found = await lookup(address, { all: true });
    return ok('name', found.map((each) => each.address).join(', '));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return wrong(
      'name',
      `${address} cannot be resolved here (${code})`,
      'correct ansible_host in the inventory, or add the name to DNS or /etc/hosts here',
    );
  }
}

function judgeKeys(login: SshLogin, keys: readonly Buffer[]): ExaminedPart {
  const name = 'host key';
  const verdict = judgeShown(login, keys);
  const shown = verdict === undefined ? 'none' : `${keyType(verdict.key)} ${fingerprint(verdict.key)}`;
  if (verdict?.kind === 'revoked')
    return wrong(name, `${shown} is revoked in ${verdict.known}`, 'do not connect to it');
  if (verdict?.kind === 'match') return ok(name, `${shown} is known`);
  if (verdict?.kind === 'changed')
    return wrong(
      name,
      `${shown} is not the one that stands in ${verdict.known}`,
      `somebody may be in between; if the server was set up anew, remove the old line: ${removal(verdict)}`,
    );
  if (login.acceptNew !== undefined)
    return ok(
      name,
      `${shown} is new, and is written down when it is entered (StrictHostKeyChecking=accept-new)`,
    );
  return wrong(
    name,
    `${shown} is unknown`,
    'apim-orchestrate trust-hosts INVENTORY shows all keys, and notes them after a yes',
  );
}

/** A failure to enter, as a part. Throws whatever is no failure that can be mended. */
export function notEntered(error: unknown): ExaminedPart {
  if (error instanceof StepFailed)
    return wrong('login', error.cause, error.hint ?? 'see what the server says about it in its own log');
  if (error instanceof KnownError) return wrong('login', error.message, 'mend that first');
  throw error;
}
