import { hostname, userInfo } from 'node:os';
import { buildTopology } from '../apim/build.ts';
import type { Finding } from '../apim/checks/lint/finding.ts';
import { lintTopology } from '../apim/checks/lint/topology-lint.ts';
import { balancerGroup, roles } from '../apim/release/roles.ts';
import { withEffectiveLogins } from '../connection/effective-logins.ts';
import { type ConnectionPool, createPool } from '../connection/pool.ts';
import type { Limit } from '../engine/schedule.ts';
import { InputError, UsageError } from '../errors.ts';
import { readAnsibleConfig } from '../input/ansible-config.ts';
import type { Host, Inventory } from '../input/inventory.ts';
import { inventoryFolder } from '../input/inventory-paths.ts';
import { loadInventory } from '../input/load-inventory.ts';
import { loginSettings, settingsNotHonoured } from '../input/login-settings.ts';
import { selectHosts } from '../input/pattern.ts';
import type { VarSource } from '../input/vars.ts';
import type { VaultSecrets } from '../input/vault-secrets.ts';
import type { Surroundings, World } from '../steps/define.ts';
import { asker } from './asker.ts';
import { type ExtraVarsOptions, extraVars } from './extra-vars.ts';
import { refuseWrongPassword } from './locked-keys.ts';
import { type LoginOptions, withLoginOptions } from './login-options.ts';
import { outputLost } from './lost-output.ts';
import { vaultFrom } from './vault-password.ts';
import type { VaultOptions } from './vault-sources.ts';

/** The options that every command with an inventory has. */
export interface CommonOptions extends ExtraVarsOptions, LoginOptions, VaultOptions {
  readonly limit?: string;
  /** More inventories, added to the one that the command names. */
  readonly inventory?: readonly string[];
  /** So many connections are opened at a time. */
  readonly forks?: number;
}

/** What every command works with: any inventory, checked, and a way to its hosts. */
export interface HostSession {
  readonly inventory: Inventory;
  /** The hosts that `--limit` leaves; all of them without it. */
  readonly hosts: readonly Host[];
  /** What `--limit` said, if it was given. */
  readonly limit?: Limit;
  readonly surroundings: Surroundings;
  readonly pool: ConnectionPool;
  /** Fires at the first Ctrl-C: end after the action under way. */
  readonly stop: AbortSignal;
  /** Fires at the second: end the action under way as well. */
  readonly abort: AbortSignal;
  /** What another run is told about us while we hold the lock. */
  readonly holder: string;
}

/** The same for commands that are about a deployment. */
export interface Session extends HostSession {
  readonly world: World;
}

/** Groups that the product knows: no mistake in a pattern, even if an inventory lacks them. */
export const knownGroups: readonly string[] = [...roles.map((role) => role.group), balancerGroup];

/** Who works here, and on which machine. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}

/**
 * Reads what was written, and opens the house, for a command that alters servers (`acts`) or one that only looks. Nothing
 * is connected to yet. Throws `InputError`, `UsageError`.
 */
export async function openHosts(
  inventoryFile: string,
  options: CommonOptions,
  command: string,
  acts = true,
): Promise<HostSession> {
  const { vault, loginSettings, extra } = await settingsOf(options);
  const written = await loadInventory(inventoryFile, {
    loginSettings,
    extra,
    ...(options.inventory === undefined ? {} : { more: options.inventory }),
    ...(vault === undefined ? {} : { vault }),
  });
  const { stop, abort } = interrupts(acts);
  const inventory = { ...written, hosts: await withEffectiveLogins(written.hosts, { stop }) };
  const baseDirectory = inventoryFolder(inventoryFile);
  const now = new Date();
  const { limit: pattern } = options;
  const hosts = pattern === undefined ? inventory.hosts : chosenHosts(inventory, pattern, '--limit');
  const names = new Set(hosts.map((host) => host.name));
  const who = `${operator()}, process ${process.pid}`;
  return {
    inventory,
    hosts,
    ...(pattern === undefined ? {} : { limit: { pattern, hosts: names } }),
    surroundings: {
      now,
      baseDirectory,
      hosts: names,
      operator: `${who}, ${command}`,
      ...(vault === undefined ? {} : { vault }),
    },
    pool: poolOf(options, stop),
    stop,
    abort,
    holder: `${who}, since ${now.toISOString()}, ${command}`,
  };
}

/** What is said beside inventories, for all of them. */
interface Settings {
  readonly vault: VaultSecrets | undefined;
  readonly loginSettings: VarSource;
  readonly extra: readonly VarSource[];
}

const settings = new WeakMap<CommonOptions, Promise<Settings>>();

/** Read and asked for once, however many inventories are opened. */
function settingsOf(options: CommonOptions): Promise<Settings> {
  const found = settings.get(options) ?? readSettings(options);
  settings.set(options, found);
  return found;
}

async function readSettings(options: CommonOptions): Promise<Settings> {
  const config = readAnsibleConfig();
  const note = (text: string) => void process.stderr.write(`${text}\n`);
  for (const text of [...config.notes, ...settingsNotHonoured(config)]) note(text);
  const vault = await vaultFrom(options, config, note);
  const extra = extraVars(options, vault);
  return { vault, loginSettings: await withLoginOptions(options, loginSettings(config)), extra };
}

/** A pool with nothing open, as options want it. */
export function poolOf({ forks }: CommonOptions, stop: AbortSignal): ConnectionPool {
  const tell = (text: string) => void process.stderr.write(`${text}\n`);
  const ask = asker(stop);
  return createPool({
    ...{ stop, tell },
    ...(ask === undefined ? {} : { ask }),
    ...(forks === undefined ? {} : { forks }),
  });
}

/** The same with the deployment that the inventory describes. Throws `InputError` if it describes none that can work. */
export async function openSession(
  inventoryFile: string,
  options: CommonOptions,
  command: string,
  { lint = true, acts = true }: { readonly lint?: boolean; readonly acts?: boolean } = {},
): Promise<Session> {
  const session = await openHosts(inventoryFile, options, command, acts);
  return { ...session, world: deploymentOf(session, lint) };
}

/** What steps of the product know. Throws `InputError` with all that is wrong in what the inventory describes. */
export function deploymentOf({ inventory, surroundings }: HostSession, lint = true): World {
  const topology = buildTopology(inventory, surroundings.baseDirectory);
  refuseWrongPassword(topology, surroundings.vault);
  if (lint) refuseErrors(lintTopology(topology));
  return { ...surroundings, topology };
}

/** Whether an inventory has anything of a deployment, sound or not. */
export function describesDeployment({ hosts }: Inventory): boolean {
  return hosts.some(
    ({ vars, groups }) => 'apim' in vars || groups.some((group) => knownGroups.includes(group)),
  );
}

/** The hosts of a pattern from the command line; what is right in it and stands for nobody is told. */
export function chosenHosts(inventory: Inventory, pattern: string, what: string): readonly Host[] {
  const note = (text: string) => process.stderr.write(`${text}\n`);
  return selectHosts(inventory, pattern, { known: knownGroups, what, note });
}

/** What `--limit` leaves of the hosts that a command is for. Throws `UsageError` if that is nobody. */
export function withinLimit({ limit }: HostSession, hosts: readonly Host[], what: string): readonly Host[] {
  const left = hosts.filter(({ name }) => limit?.hosts.has(name) ?? true);
  if (left.length > 0) return left;
  throw new UsageError(
    `--limit ${JSON.stringify(limit?.pattern ?? '')} leaves none of ${what}: ${hosts.map(({ name }) => name).join(', ')}`,
  );
}

/** Doubts are for `validate`; what cannot work ends every command before anything is touched. */
function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new InputError(
      errors.map(({ message, why, fix, ...issue }) => ({ ...issue, message: `${message}: ${why} → ${fix}` })),
    );
}

/** The first Ctrl-C lets the action under way finish, which is said where there can be one; the second ends it, too. */
function interrupts(acts: boolean): { stop: AbortSignal; abort: AbortSignal } {
  const stop = new AbortController();
  const abort = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) abort.abort();
    else {
      if (acts) process.stderr.write('\nending after the action under way; once more to end that, too\n');
      stop.abort();
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // The terminal was closed. Whoever does not want to be ended by that uses nohup, which takes the terminal away.
  if (process.stdout.isTTY) process.on('SIGHUP', () => stop.abort());
  if (outputLost.aborted) stop.abort();
  outputLost.addEventListener('abort', () => stop.abort());
  return { stop: stop.signal, abort: abort.signal };
}
