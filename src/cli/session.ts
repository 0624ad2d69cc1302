import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Finding } from '../apim/lint/finding.ts';
import { lintTopology } from '../apim/lint/topology-lint.ts';
import { buildTopology } from '../apim/topology.ts';
import { type ConnectionPool, createPool } from '../connection/pool.ts';
import { InputError, UsageError } from '../errors.ts';
import type { Host, Inventory } from '../input/inventory.ts';
import { loadInventory } from '../input/load-inventory.ts';
import { selectHosts } from '../input/pattern.ts';
import { Secret } from '../secret.ts';
import type { World } from '../steps/define.ts';
import { askSecret } from './prompt.ts';

/** The options that every command with an inventory has. */
export interface CommonOptions {
  readonly limit?: string;
  readonly vaultPasswordFile?: string;
  readonly askVaultPassword?: boolean;
}

/** Everything a command works with: what was written, checked, and a way to the servers. */
export interface Session {
  readonly inventory: Inventory;
  readonly world: World;
  /** The hosts that `--limit` leaves, in the order written. */
  readonly hosts: readonly Host[];
  readonly pool: ConnectionPool;
  /** Fires at the first Ctrl-C: end after the action under way. */
  readonly stop: AbortSignal;
  /** Fires at the second: end the action under way as well. */
  readonly abort: AbortSignal;
  /** What another run is told about us while we hold the lock. */
  readonly holder: string;
}

/** Reads what was written, and opens the house. Nothing is connected to yet. Throws `InputError`, `UsageError`. */
export async function openSession(
  inventoryFile: string,
  options: CommonOptions,
  command: string,
  { lint = true }: { readonly lint?: boolean } = {},
): Promise<Session> {
  const vaultPassword = await vaultPasswordFrom(options);
  const inventory = await loadInventory(inventoryFile, vaultPassword === undefined ? {} : { vaultPassword });
  const baseDirectory = dirname(resolve(inventoryFile));
  const topology = buildTopology(inventory, baseDirectory);
  if (lint) refuseErrors(lintTopology(topology));
  const now = new Date();
  const hosts = options.limit === undefined ? inventory.hosts : selectHosts(inventory, options.limit);
  const { stop, abort } = interrupts();
  const who = `${userInfo().username}@${hostname()}, process ${process.pid}`;
  return {
    inventory,
    hosts,
    world: {
      topology,
      now,
      baseDirectory,
      hosts: new Set(hosts.map((host) => host.name)),
      operator: `${who}, ${command}`,
      ...(vaultPassword === undefined ? {} : { vaultPassword }),
    },
    pool: createPool(),
    stop,
    abort,
    holder: `${who}, since ${now.toISOString()}, ${command}`,
  };
}

/** Doubts are for `validate`; what cannot work ends every command before anything is touched. */
function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new InputError(
      errors.map(({ message, why, fix, ...issue }) => ({ ...issue, message: `${message}: ${why} → ${fix}` })),
    );
}

async function vaultPasswordFrom(options: CommonOptions): Promise<Secret | undefined> {
  const file = options.vaultPasswordFile ?? process.env.ANSIBLE_VAULT_PASSWORD_FILE;
  if (options.askVaultPassword === true) return askSecret('Vault password: ');
  if (file === undefined) return undefined;
  try {
    return new Secret(readFileSync(file, 'utf8').trim());
  } catch (error) {
    throw new UsageError(`the vault password file ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The first Ctrl-C lets the action under way finish; the second ends it, too. */
function interrupts(): { stop: AbortSignal; abort: AbortSignal } {
  const stop = new AbortController();
  const abort = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) abort.abort();
    else {
      process.stderr.write('\nending after the action under way; once more to end that, too\n');
      stop.abort();
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { stop: stop.signal, abort: abort.signal };
}
