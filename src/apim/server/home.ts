import type { Failure } from '../../errors.ts';
import { as, type Command, script, sh } from '../../shell/command.ts';
import { marks } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';
import { findServer } from './commands.ts';

/** What stands where a node is to be: nothing (or an empty folder), what this tool put there, or something else. */
export type Home = { readonly kind: 'none' } | { readonly kind: 'own' } | Foreign;

/** Something at a home that was not put there by this tool. */
export interface Foreign {
  readonly kind: 'foreign';
  /** What it calls itself; empty if it does not. */
  readonly version: string;
  /** Who owns it. */
  readonly owner: string;
  /** Some of what is in it; empty if the run user may not look. */
  readonly names: readonly string[];
  /** The server that runs in it, if there is one. */
  readonly server: { readonly pid: string; readonly user: string; readonly since: string } | undefined;
}

/**
 * Looks at what stands at a home. Ours is told by the folder of our notes: it comes with the home by one rename, so
 * there is no moment at which a home of ours lacks it.
 */
export function lookAtHome(node: Node): Command {
  return as(
    node.user,
    script(
      sh`home=${node.home}`,
      sh`if test ! -e "$home"; then echo none; elif test -d ${marks(node).folder}; then echo own`,
      'elif test -d "$home" && test -r "$home" && test -z "$(ls -A "$home" 2>/dev/null)"; then echo none; else',
      'echo foreign; printf \'owner %s\\n\' "$(stat -L -c %U "$home")"',
      `printf 'version %s\\n' "$(cat "$home"/bin/version.txt "$home"/bin/wso2carbon-version.txt 2>/dev/null | grep . | head -n 1)"`,
      `ls -A "$home" 2>/dev/null | head -n 5 | sed 's/^/name /'`,
      sh`set -- $(sh -c ${findServer(node)})`,
      `if test -n "$1"; then printf 'server %s %s %s\\n' "$1" "$(stat -c %U "/proc/$1")" "$(LC_ALL=C ps -o lstart= -p "$1")"; fi`,
      'fi; true',
    ),
  );
}

/** What `lookAtHome` printed. */
export function readHome(stdout: string): Home {
  const [kind, ...lines] = stdout.split('\n');
  if (kind === 'own') return { kind };
  if (kind !== 'foreign') return { kind: 'none' };
  const all = (word: string) =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1).trim()] : []));
  const [pid, user, ...since] = (all('server')[0] ?? '').split(/\s+/);
  return {
    kind,
    version: all('version')[0] ?? '',
    owner: all('owner')[0] ?? '',
    names: all('name'),
    server: pid === undefined || user === undefined ? undefined : { pid, user, since: since.join(' ') },
  };
}

/** Why nothing is done at a node whose home is somebody else’s. */
export function refuseForeign(node: Node, foreign: Foreign): Failure {
  const { version, owner, names, server } = foreign;
  const what =
    version !== ''
      ? `${version}, which this tool did not install`
      : names.length > 0
        ? `files that this tool did not put there (${names.join(', ')})`
        : `something that this tool did not put there and ${node.user} may not look into`;
  const runs =
    server === undefined
      ? 'no server runs in it'
      : `its server runs since ${server.since} (process ${server.pid}, of ${server.user})`;
  return {
    cause: `${node.home} holds ${what}; it belongs to ${owner}; ${runs}`,
    hint: `leave it alone, with another apim.home for ${node.host.name}; or have it stopped and replaced, and kept beside, with apim.replace_foreign: true there`,
  };
}
