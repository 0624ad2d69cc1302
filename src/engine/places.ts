import { probe } from '../connection/ask-probe.ts';
import { query } from '../connection/ask-sql.ts';
import type { Connection } from '../connection/connection.ts';
import type { Host, Login } from '../input/inventory.ts';
import { machineOf } from '../input/machine.ts';
import { controller } from './controller.ts';
import type { Place } from './plan.ts';
import type { Asks, AsksThere, Question } from './step.ts';

/** Who can be connected to: one connection a login, however many hosts stand behind it. */
export interface Pool {
  connect(login: Login): Promise<Connection>;
}

/**
 * What was looked at, and how often each place has been altered since the run began. Facts are good for as long
 * as no place they were taken from has been altered.
 */
export interface Ledger {
  version(place: string): number;
  altered(place: string): void;
}

/**
 * The name of a place. It is that of a server, not of an entry of the inventory: two entries can stand for the same machine.
 */
export function placeOf(place: Place): string {
  if ('sharedFiles' in place) return `files ${place.sharedFiles}`;
  return machineOf(place.login);
}

export function createLedger(): Ledger {
  const versions = new Map<string, number>();
  return {
    version: (place) => versions.get(place) ?? 0,
    altered: (place) => versions.set(place, (versions.get(place) ?? 0) + 1),
  };
}

/** How to look, on behalf of whichever host. */
export interface Looker {
  /** The ways to look from a host. `seen` hears of each place that is looked at, and of its version at that moment. */
  from(host: Host, connection: Connection, seen?: Seen): Asks;
}

type Seen = (place: string, version: number) => void;

/** An answer that is the same for all hosts, and the state of the places it was taken from. */
interface Shared {
  readonly answer: Promise<unknown>;
  readonly versions: Map<string, number>;
}

/** Makes the ways to look for one run. Answers to `once` are dealt to all who ask, until a place they come from is altered. */
export function createLooker(connect: (host: Host) => Promise<Connection>, ledger: Ledger): Looker {
  const shared = new Map<unknown, WeakMap<object, Shared>>();

  /** To look through a connection, on behalf of those who then know the state of these places. */
  const through = (open: () => Promise<Connection> | Connection, places: readonly string[], seen: Seen) => {
    const ask = async <Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> => {
      for (const place of places) seen(place, ledger.version(place));
      // What is open already is asked in this very tick.
      const opened = open();
      return question(opened instanceof Promise ? await opened : opened);
    };
    return {
      there: (command) => ask((connection) => connection.ask(command)),
      read: (path, user) => ask((connection) => connection.read(path, user)),
      sql: (database, text) => ask((connection) => query(connection, database, text)),
      probe: (question) => ask((connection) => probe(connection, question)),
    } satisfies AsksThere;
  };
  const atHost = (host: Host, seen: Seen) => through(() => connect(host), [placeOf(host)], seen);

  const ask = <About extends object>(question: Question<About, unknown>, about: About): Shared => {
    const known = shared.get(question) ?? new WeakMap<object, Shared>();
    shared.set(question, known);
    const earlier = known.get(about);
    if (earlier !== undefined && isFresh(earlier.versions, ledger)) return earlier;
    const versions = new Map<string, number>();
    const seen: Seen = (place, version) => note(versions, place, version);
    const at = (place: Place) => {
      if ('sharedFiles' in place)
        throw new TypeError('what hosts share is looked at by one of them, not once');
      return atHost(place, seen);
    };
    const answer = question({ here: atHost(controller, seen).there, at }, about);
    const made = { answer, versions };
    known.set(about, made);
    return made;
  };

  return {
    from(host, connection, seen = () => undefined) {
      return {
        ...through(() => connection, [placeOf(host)], seen),
        here: atHost(controller, seen).there,
        at: (place) =>
          'sharedFiles' in place
            ? through(() => connection, [placeOf(host), placeOf(place)], seen)
            : atHost(place, seen),
        async once(question, about) {
          const { answer, versions } = ask(question, about);
          const tell = () => {
            for (const [place, version] of versions) seen(place, version);
          };
          // What is known by now, for whoever does not wait; and what the question came to look at later.
          tell();
          const found = await answer;
          tell();
          return found as never;
        },
      };
    },
  };
}

/** The first look at a place counts: whatever was altered since may have been missed. */
export function note(versions: Map<string, number>, place: string, version: number): void {
  if (!versions.has(place)) versions.set(place, version);
}

/** Whether nothing has been altered since at any of these places. */
export function isFresh(versions: ReadonlyMap<string, number>, ledger: Ledger): boolean {
  return [...versions].every(([place, version]) => ledger.version(place) === version);
}
