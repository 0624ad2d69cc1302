import type { Dialect } from './sql-script.ts';
import { mysqlText, postgresqlText, wordsOf } from './words.ts';

/** The note that stands in a database for as long as a dump is loaded into it. */
export const restoringMarker = 'apim_orchestrate_restoring';

/** What that note is called once all of the dump is there. */
export const restoredNote = 'apim_orchestrate_restored';

/** Which backup is loaded, and by whom. */
export interface Restore {
  readonly backup: string;
  readonly who: string;
}

/** Puts the marker there, in place of any note before. */
export function markRestore(dialect: Dialect, { backup, who }: Restore): string {
  const quoted = dialect === 'mysql' ? mysqlText : postgresqlText;
  // In ASCII, because the database of MySQL has latin1.
  const text = (value: string) => quoted(value.replaceAll(/[^ -~]/g, '?').slice(0, 250));
  return [
    `DROP TABLE IF EXISTS ${restoringMarker}`,
    `DROP TABLE IF EXISTS ${restoredNote}`,
    `CREATE TABLE ${restoringMarker} (id INT NOT NULL PRIMARY KEY, backup VARCHAR(250), who VARCHAR(250))`,
    `INSERT INTO ${restoringMarker} (id, backup, who) VALUES (1, ${text(backup)}, ${text(who)})`,
  ].join('; ');
}

/** Asks which backup a note speaks of. */
export function restoreQuestion(note: string): string {
  return `SELECT backup, who FROM ${note}`;
}

/**
 * What goes around a dump: first the lock of the load, which whoever was killed may still hold for a moment; and in the end the
 * marker becomes the note, in the same go as the last of the rows.
 */
export function around(
  dialect: Dialect,
  database: string,
): { readonly before: string; readonly after: string } {
  const words = wordsOf[dialect];
  if (dialect === 'mysql')
    return {
      // Two rows where there may be one: a mistake that ends the load if the lock is not ours within a minute.
      before: `SELECT CASE WHEN ${words.awaitLock(database)} = 1 THEN 1 ELSE (SELECT 1 UNION SELECT 2) END;\n`,
      after: `\nRENAME TABLE ${restoringMarker} TO ${restoredNote};\n`,
    };
  return {
    before: `SET lock_timeout = '60s';\nSELECT ${words.awaitLock(database)};\nSET lock_timeout = 0;\nBEGIN;\n`,
    after: `\nRESET search_path;\nALTER TABLE ${restoringMarker} RENAME TO ${restoredNote};\nCOMMIT;\n`,
  };
}
