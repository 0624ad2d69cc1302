import type { Secret } from '../secret.ts';
import type { SshOption } from './ssh-options.ts';

/** Where in a file a value stands. `line` and `column` start at 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** How we get into a server. */
export type Login = { readonly kind: 'local' } | SshLogin;

/** How we get into a server by SSH: what the inventory says, and what the configuration of `ssh` adds to it. */
export interface SshLogin {
  readonly kind: 'ssh';
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The private key that the inventory names, an absolute path: it has to be there, and it is tried first. */
  readonly keyFile?: string;
  /** Other private keys, absolute paths: those that are there are tried. Without it, the usual ones. */
  readonly keyFiles?: readonly string[];
  /** Whether keys of ssh-agent are tried only if they are among the files. */
  readonly identitiesOnly?: boolean;
  /** The socket of ssh-agent, or `none`; without it, the one that the environment names. */
  readonly agent?: string;
  readonly password?: Secret;
  /** How to prove who we are, in this order; without it, in ours. */
  readonly methods?: readonly string[];
  /** How often people may be asked the same; 0 if they may not. Without it, three times. */
  readonly prompts?: number;
  /** Whether other users may be had through sudo. */
  readonly become: boolean;
  readonly becomePassword?: Secret;
  /** known_hosts files, absolute paths. */
  readonly knownHosts: readonly string[];
  /** The name by which the server stands in them, if that is not its address. */
  readonly hostKeyAlias?: string;
  /** Where the key of a server is written down that is seen for the first time; without it, such a server is refused. */
  readonly acceptNew?: { readonly file: string; readonly hashed: boolean };
  /** RSA keys of servers that have fewer bits are refused. */
  readonly rsaBits?: number;
  /** How long connecting may take; without it, as long as is usual. */
  readonly timeoutMs?: number;
  /** How its address is reached, if not directly: through another server, or through a command of this machine. */
  readonly way?: { readonly jump: SshLogin } | { readonly command: string };
  readonly family?: 4 | 6;
  /** The address of this machine to connect from. */
  readonly from?: string;
  /** Algorithms that may be used, by what they are for; without one, ours. */
  readonly algorithms?: SshAlgorithms;
  /** What `ssh` would be asked to learn all this. */
  readonly asked?: SshQuestion;
}

/** Algorithms, each list with the preferred ones first. */
export interface SshAlgorithms {
  readonly cipher?: readonly string[];
  readonly hmac?: readonly string[];
  readonly kex?: readonly string[];
  readonly serverHostKey?: readonly string[];
  /** With which keys of ours sign. */
  readonly publicKey?: readonly string[];
}

/** What `ssh` is told of a server: its arguments, and where it stands. */
export interface SshQuestion {
  /** The name that it is given, as in `ssh NAME`. */
  readonly host: string;
  /** All other arguments. */
  readonly words: readonly string[];
  /** The same arguments as options. */
  readonly options: readonly SshOption[];
  /** The configuration file that they name. */
  readonly configuration?: string;
  /** Where relative paths begin. */
  readonly directory: string;
}

/** One entry of the inventory. Two entries may share an address; no two share a name. */
export interface Host {
  readonly name: string;
  /** Every group it is in, the nearest first; without `all`. */
  readonly groups: readonly string[];
  readonly login: Login;
  readonly vars: Readonly<Record<string, unknown>>;
  /** Where the variable at `path` (such as `['apim', 'offset']`) was written; the nearest that was. */
  position(path: readonly (string | number)[]): Position;
  /** The value of a variable as it was written, where it stands without quotes in YAML. */
  written?(path: readonly (string | number)[]): string | undefined;
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
