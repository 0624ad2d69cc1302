import { Secret } from '../../secret.ts';
import { type Command, script, sh } from '../../shell/command.ts';
import { ownNote } from './accounts.ts';
import type { DatabaseNeed } from './databases.ts';
import { around, restoredNote, restoringMarker } from './restores.ts';
import { loadingMarker } from './words.ts';

/** A program of a database server's own, as it was found somewhere. */
export interface DatabaseProgram {
  readonly name: string;
  /** Whose it is: those of MySQL and MariaDB are told apart by what they call themselves. */
  readonly make: 'mysql' | 'mariadb' | 'postgresql';
  readonly version: readonly number[];
}

/** What databases of a type are dumped and loaded with. */
type DumpType = 'mysql' | 'mariadb' | 'postgresql';

const programs: Readonly<Record<'dump' | 'load', Readonly<Record<DumpType, readonly string[]>>>> = {
  dump: {
    mysql: ['mysqldump', 'mariadb-dump'],
    mariadb: ['mariadb-dump', 'mysqldump'],
    postgresql: ['pg_dump'],
  },
  load: { mysql: ['mysql', 'mariadb'], mariadb: ['mariadb', 'mysql'], postgresql: ['psql'] },
};

/** The programs that dump databases of a type, or load what was dumped: the first that fits is the best. */
export function programsFor(use: 'dump' | 'load', type: DumpType): readonly string[] {
  return programs[use][type];
}

/** Prints the version of each of these programs that is there, after its name. */
export function findPrograms(names: readonly string[]): Command {
  return sh`for p in ${names}; do if command -v "$p" >/dev/null 2>&1; then printf '%s\t%s\n' "$p" "$("$p" --version 2>/dev/null | head -n 1)"; fi; done`;
}

/** What `findPrograms` printed. */
export function readPrograms(stdout: string): DatabaseProgram[] {
  return [...stdout.matchAll(/^(\S+)\t(.*)$/gm)].map(([, name = '', said = '']) => ({
    name,
    make: name.startsWith('p') ? 'postgresql' : /mariadb/i.test(said) ? 'mariadb' : 'mysql',
    version: versionIn(said),
  }));
}

/** Of `Distrib 10.11.18-MariaDB`, `Ver 8.0.36`, `15.18`: a version of its server, which is not always the first number. */
function versionIn(said: string): number[] {
  const [, found = ''] =
    /(?:Distrib|from) (\d+(?:\.\d+)*)/.exec(said) ?? /\s(\d+(?:\.\d+)+)/.exec(said) ?? [];
  return found === '' ? [] : found.split('.').map(Number);
}

/** Which of two programs is the better one for a type: that of the server's own make, and of those the newer. */
export function betterFor(type: DumpType, one: DatabaseProgram, other: DatabaseProgram): number {
  const fits = ({ make }: DatabaseProgram) => (make === type ? 0 : 1);
  if (fits(one) !== fits(other)) return fits(one) - fits(other);
  for (let at = 0; at < Math.max(one.version.length, other.version.length); at++) {
    const difference = (other.version[at] ?? 0) - (one.version[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Tables of ours are about one database of one server: they do not travel. */
const ourTables = [ownNote, loadingMarker, restoringMarker, restoredNote];

/** Dumps a database as its own user, in one consistent state. `authority` is the text of the PEM file that vouches for its server. */
export function dumpDatabase(
  { asUser, name }: DatabaseNeed,
  program: DatabaseProgram,
  authority: string,
): { readonly command: Command; readonly stdin: Secret; readonly ends: string } {
  const stdin = credentials(asUser, program, authority);
  if (program.make === 'postgresql')
    return {
      command: script(
        takeCredentials,
        sh`exec ${program.name} ${serverWords(asUser)} --no-owner --no-privileges --lock-wait-timeout=60s ${ourTables.map((table) => `--exclude-table=${table}`)}`,
      ),
      stdin,
      ends: '-- PostgreSQL database dump complete',
    };
  return {
    command: script(
      takeCredentials,
      sh`exec ${program.name} --defaults-file=/dev/fd/3 ${ourTables.map((table) => `--ignore-table=${name}.${table}`)} ${name}`,
    ),
    stdin,
    ends: '-- Dump completed',
  };
}

/** Loads what was dumped. Comes to its end only with what goes after the dump: a stream that breaks off leaves the marker. */
export function loadDatabase(
  { asUser, name }: DatabaseNeed,
  program: DatabaseProgram,
  authority: string,
): { readonly command: Command; readonly before: Secret; readonly after: string } {
  const { before, after } = around(asUser.type, name);
  const who = credentials(asUser, program, authority);
  const first = Secret.document(`${who.reveal()}${before}`, who.face);
  if (program.make === 'postgresql')
    return {
      command: script(
        takeCredentials,
        sh`exec ${program.name} -X -q -v ON_ERROR_STOP=1 ${serverWords(asUser)} -o /dev/null -f -`,
      ),
      before: first,
      after,
    };
  // After the lock, dumps of MariaDB begin with a line that programs of MySQL, and older ones of its own, take for a mistake.
  return {
    command: script(
      takeCredentials,
      sh`LC_ALL=C sed ${'1,2{/^\\/\\*M!999999/d;}'} | ${program.name} --defaults-file=/dev/fd/3 ${name}`,
    ),
    before: first,
    after,
  };
}

/** Who asks, and who vouches for the server, come first on stdin. They lie in files that nobody finds any more before the program starts. */
const takeCredentials = [
  'umask 077',
  'held=$(mktemp -d) || exit 1',
  `trap 'rm -rf "$held"' EXIT`,
  `trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM`,
  `take() { while IFS= read -r line && test "$line" != '[end]'; do printf '%s\\n' "$line" || return 1; done; }`,
  'take >"$held/who" && take >"$held/ca" || exit 1',
  'exec 3<"$held/who" 4<"$held/ca" || exit 1',
  'rm -rf "$held"; trap - EXIT HUP INT TERM',
  'known=/dev/null; for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do if test -r "$file"; then known=$file; break; fi; done; exec 5<"$known" || exit 1',
  // What the login has set for itself does not count.
  'export MYSQL_TEST_LOGIN_FILE=/nonexistent PGPASSFILE=/dev/fd/3 PGCONNECT_TIMEOUT=15',
].join('\n');

type Access = DatabaseNeed['asUser'];

function credentials(access: Access, program: DatabaseProgram, authority: string): Secret {
  const text = (password: string) =>
    [
      ...(program.make === 'postgresql' ? [passLine(password)] : optionLines(access, program, password)),
      '[end]',
      ...(authority === '' ? [] : [authority.trimEnd()]),
      '[end]',
      '',
    ].join('\n');
  return Secret.document(text(access.password.reveal()), text('(secret)'));
}

function passLine(password: string): string {
  return `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}`;
}

function serverWords({ host, port, name, username, tls }: Access): string[] {
  const mode = tls === undefined ? 'disable' : tls.verified ? 'verify-full' : 'require';
  const root = tls?.verified === true ? [`sslrootcert='${tls.caFile === undefined ? systemCa : ownCa}'`] : [];
  const word = (value: string) => `'${value.replaceAll(/[\\']/g, '\\$&')}'`;
  const parts = [
    `host=${word(host)}`,
    `port=${port}`,
    `dbname=${word(name)}`,
    `user=${word(username)}`,
    `sslmode=${mode}`,
    ...root,
  ];
  return ['--no-password', `--dbname=${parts.join(' ')}`];
}

const ownCa = '/dev/fd/4';
const systemCa = '/dev/fd/5';

/** An option file, which takes values in quotes with backslashes as in C. */
function optionLines(access: Access, { make }: DatabaseProgram, password: string): string[] {
  const { host, port, username, tls } = access;
  const word = (value: string) => `"${value.replaceAll(/[\\"]/g, '\\$&')}"`;
  const ca = `ssl-ca=${tls?.caFile === undefined ? systemCa : ownCa}`;
  const secured =
    make === 'mysql'
      ? tls === undefined
        ? ['ssl-mode=DISABLED', 'get-server-public-key']
        : tls.verified
          ? ['ssl-mode=VERIFY_IDENTITY', ca]
          : ['ssl-mode=REQUIRED']
      : tls === undefined
        ? ['skip-ssl']
        : tls.verified
          ? ['ssl', 'ssl-verify-server-cert', ca]
          : ['ssl', 'skip-ssl-verify-server-cert'];
  return [
    '[client]',
    `user=${word(username)}`,
    `password=${word(password)}`,
    `host=${word(host)}`,
    `port=${port}`,
    'protocol=tcp',
    ...secured,
    '[mysqldump]',
    'single-transaction',
    'quick',
    'hex-blob',
    'no-tablespaces',
    'routines',
    'triggers',
    'events',
    'default-character-set=utf8mb4',
    'max-allowed-packet=1G',
    ...(make === 'mysql' ? ['loose-column-statistics=0', 'set-gtid-purged=OFF'] : []),
    '[mysql]',
    'default-character-set=utf8mb4',
    'max-allowed-packet=1G',
  ];
}
