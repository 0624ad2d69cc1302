import { probe } from '../connection/ask-probe.ts';
import { query } from '../connection/ask-sql.ts';
import type { Connection } from '../connection/connection.ts';
import type { Host, Login } from '../input/inventory.ts';
import type { Asks } from './step.ts';

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

/** A place is a server, not an entry of the inventory: two entries can stand for the same machine. */
export function placeOf(login: Login): string {
  return login.kind === 'local' ? 'local' : `${login.address}:${login.port}`;
}

export function createLedger(): Ledger {
  const versions = new Map<string, number>();
  return {
    version: (place) => versions.get(place) ?? 0,
    altered: (place) => versions.set(place, (versions.get(place) ?? 0) + 1),
  };
}

/** The ways to look from a host, and a record of the places that were looked at. */
export function asksAt(
  host: Host,
  connection: Connection,
  local: () => Promise<Connection>,
  seen: (place: string) => void,
): Asks {
  const there = placeOf(host.login);
  return {
    there(command) {
      seen(there);
      return connection.ask(command);
    },
    async here(command) {
      seen('local');
      return (await local()).ask(command);
    },
    sql(database, text) {
      seen(there);
      return query(connection, database, text);
    },
    probe(question) {
      seen(there);
      return probe(connection, question);
    },
  };
}
