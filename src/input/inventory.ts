import type { Secret } from '../secret.ts';

/** Where in a file a value stands. `line` and `column` start at 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** How we get into a server. */
export type Login =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'ssh';
      readonly address: string;
      readonly port: number;
      readonly user: string;
      /** Private key files, absolute paths; without one, the agent and the usual files are tried. */
      readonly keyFile?: string;
      readonly password?: Secret;
      /** Whether other users may be had through sudo. */
      readonly become: boolean;
      readonly becomePassword?: Secret;
      /** known_hosts files, absolute paths. */
      readonly knownHosts: readonly string[];
      /** How long connecting may take; without it, as long as is usual. */
      readonly timeoutMs?: number;
    };

/** One entry of the inventory. Two entries may share an address; no two share a name. */
export interface Host {
  readonly name: string;
  /** Every group it is in, the nearest first; without `all`. */
  readonly groups: readonly string[];
  readonly login: Login;
  readonly vars: Readonly<Record<string, unknown>>;
  /** Where the variable at `path` (such as `['apim', 'offset']`) was written; the nearest that was. */
  position(path: readonly (string | number)[]): Position;
}

/** One inventory of those that are read together. */
export interface InventorySource {
  /** The folder that it is, or that it stands in: absolute. `group_vars/` and `host_vars/` are read there. */
  readonly folder: string;
  readonly files: readonly string[];
}

/** What `inventory.yaml` and its neighbours say. */
export interface Inventory {
  /** A file or a folder; the first, where there are several. */
  readonly file: string;
  /** At least one: that of `file` first. What belongs to an inventory, such as keys and records, lies in the folder of the first. */
  readonly sources: readonly InventorySource[];
  readonly hosts: readonly Host[];
  /** Names of the members of each group, of nested ones, of `all` and of `ungrouped`, too; in Ansible's order. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}
