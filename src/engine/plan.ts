import type { Content, Output } from '../connection/connection.ts';
import type { Probe } from '../connection/probe.ts';
import type { Database, Rows } from '../connection/sql.ts';
import type { Failure } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import type { Secret } from '../secret.ts';
import type { Command } from '../shell/command.ts';

/** Files that several hosts share: a place that each of them reaches by a way of its own. */
interface SharedFiles {
  /** The same for all who share them: `10.0.0.5:/export`. */
  readonly sharedFiles: string;
}

/** What can be altered: it has turns, and a version that facts are good for. A server by itself, or what servers share. */
export type Place = Host | SharedFiles;

/** What must become true before a `wait` ends. */
export type Check =
  | { readonly what: string; readonly command: Command }
  | { readonly what: string; readonly probe: Probe };

/** What is said to a database server in a session: statements, separated by semicolons. */
export interface Sentence {
  readonly sql: Secret | string;
  /** What people hear of it if it fails. */
  readonly shown: string;
  /** Half a minute unless told otherwise. */
  readonly timeoutMs?: number;
  /** Said again every second until the first value of its answer is true, or 1. */
  readonly until?: {
    /** What is waited for: `another load of shared_db to end`. */
    readonly what: string;
    readonly timeoutMs: number;
    /** Questions about why it is not so yet. The first that brings a row tells it. */
    readonly why: readonly string[];
    readonly hint: string;
  };
}

/** A talk with a database server in one session: what is said, and the rows that each sentence brings. */
export type Talk = Generator<Sentence, void, Rows>;

/** One thing that is done to a server, as data. `apply.ts` is the only place that does it. */
export type Action = Deed & {
  /** Where it is done; without it, at the host of the step. What hosts share is altered through the host of the step. */
  readonly at?: Place;
};

type Deed =
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly stdin?: Secret | string;
      /** What people see of it; without it, the command itself. */
      readonly shown?: string;
      readonly timeoutMs: number;
      /** For when it fails: what to do next. */
      readonly hint?: string;
      /** Reads how far it is from a line that it prints; undefined for any other line. */
      readonly progress?: (line: string) => { readonly done: number; readonly total: number } | undefined;
      /** Says what its failure means; undefined if its code and its last words must do. */
      readonly explain?: (output: Output) => Failure | undefined;
    }
  | {
      readonly kind: 'put';
      readonly path: string;
      /** A function makes the content at the last moment, for keys. */
      readonly content: Content | (() => Promise<Content>);
      readonly mode: number;
      readonly user?: string;
    }
  | {
      /** Keeps what a command prints in a file here, packed by gzip: whole or not at all. */
      readonly kind: 'receive';
      readonly command: Command;
      readonly stdin?: Secret;
      readonly shown: string;
      /** The file on the machine we run on. */
      readonly path: string;
      readonly timeoutMs: number;
      /** Who prints nothing for so long is ended. */
      readonly silentMs: number;
      /** What stands at the end of what is whole. */
      readonly ends?: string;
      readonly hint?: string;
    }
  | {
      /** Feeds a command with what is in a file here that is packed by gzip. */
      readonly kind: 'feed';
      readonly command: Command;
      readonly shown: string;
      /** The file on the machine we run on. */
      readonly path: string;
      /** What goes before it. */
      readonly before: Secret;
      /** What goes after it, and only if all of it went. */
      readonly after: string;
      readonly timeoutMs: number;
      readonly hint?: string;
    }
  | {
      readonly kind: 'wait';
      /** What is waited for: `km-1 to be ready`. */
      readonly what: string;
      /** All at once; each is asked again until it holds. */
      readonly until: readonly Check[];
      /** What has to hold before any of `until` is asked. It spends of the same time. */
      readonly first?: readonly Check[];
      /** Milliseconds between two rounds once it takes long. At first it asks more often. */
      readonly everyMs: number;
      readonly timeoutMs: number;
      /** Prints the server's own last words when the time is up. */
      readonly tail?: Command;
      /** Exits with 0 while it is worth waiting on; with anything else the wait ends at once as failed. */
      readonly alive?: Command;
      readonly hint?: string;
      /** At the deadline the run goes on; it says what is still missing, or nothing where that is no news. */
      readonly patient?: true | 'quietly';
    }
  | {
      readonly kind: 'sql';
      readonly database: Database;
      readonly shown: string;
      /** Statements to run, one script; or the command that prints it at the server. */
      readonly script: Secret | string | Command;
      /** Error codes that mean that it was so already. */
      readonly tolerate?: readonly string[];
    }
  | {
      readonly kind: 'converse';
      readonly database: Database;
      readonly shown: string;
      /** Prints at the server what the talk is about, such as a script. */
      readonly reads?: Command;
      /**
       * Says what to do, sentence by sentence, and may decide by the rows that came back. Pure: all that it knows it
       * was told. Throws `StepFailed` for what it will not do; the session ends then, and with it all that it locked.
       */
      readonly talk: (read: string) => Talk;
    };

/** What a step will do and why, in a form that can be shown before it is done. */
export interface Change {
  /** One line in the imperative: `write /etc/hosts`. */
  readonly summary: string;
  /** Texts without secrets. */
  readonly diff?: { readonly before: string; readonly after: string };
  readonly actions: readonly Action[];
  /** What becomes of the server that clients know, where that is what is changed. */
  readonly server?: 'start' | 'restart' | 'stop';
  /** The name of a step that has to do its part before this can be done, or be known in full. */
  readonly needs?: string;
}

const day = 86_400_000;

type Optional<A, K extends keyof A> = Omit<A, K> & Partial<Pick<A, K>>;
type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

/**
 * What will be done, but cannot be yet: a step before this one has to do its part. It is planned like all else; by the
 * time it is to be done the plan is made anew. If it is the same even then, the step fails and names what it needs.
 */
export function later(summary: string, needs: string): Change {
  return { summary, actions: [], needs };
}

/** Runs a command at the server. Two minutes unless told otherwise. */
export function run(
  command: Command,
  options: Optional<Omit<Of<'run'>, 'kind' | 'command'>, 'timeoutMs'> = {},
): Action {
  return { kind: 'run', command, timeoutMs: 120_000, ...options };
}

/** Puts a file at the server, whole or not at all. */
export function put(path: string, content: Of<'put'>['content'], mode: number, user?: string): Action {
  return user === undefined
    ? { kind: 'put', path, content, mode }
    : { kind: 'put', path, content, mode, user };
}

/** Keeps what a command prints in a file here. A day at most, and ten minutes in which nothing comes, unless told otherwise. */
export function receive(options: Optional<Omit<Of<'receive'>, 'kind'>, 'timeoutMs' | 'silentMs'>): Action {
  return { kind: 'receive', timeoutMs: day, silentMs: 600_000, ...options };
}

/** Feeds a command with what is in a file here. A day at most unless told otherwise. */
export function feed(options: Optional<Omit<Of<'feed'>, 'kind'>, 'timeoutMs'>): Action {
  return { kind: 'feed', timeoutMs: day, ...options };
}

/** Waits until every check holds. Asks often at first, and every second in the end unless told otherwise. */
export function wait(options: Optional<Omit<Of<'wait'>, 'kind'>, 'everyMs'>): Action {
  return { kind: 'wait', everyMs: 1_000, ...options };
}

/** Runs statements at a database server, through the server that the step is at. */
export function sql(options: Omit<Of<'sql'>, 'kind'>): Action {
  return { kind: 'sql', ...options };
}

/** Has actions done elsewhere than at the host of their step. */
export function at(place: Place, actions: readonly Action[]): Action[] {
  return actions.map((action) => ({ ...action, at: place }));
}

/** Talks with a database server in one session, through the server that the step is at. */
export function converse(options: Omit<Of<'converse'>, 'kind'>): Action {
  return { kind: 'converse', ...options };
}
