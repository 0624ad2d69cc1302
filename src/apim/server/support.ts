import { as, type Command, script, sh } from '../../shell/command.ts';
import { marks, packCache } from '../cluster/paths.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { findServer } from './commands.ts';

/** Prints what is known of the process of a server: its numbers, limits and command line, a word a line; nothing if it does not run. */
export function describeProcess(node: Node): Command {
  return as(
    node.user,
    script(
      sh`set -- $(sh -c ${findServer(node)}); test -n "$1" || exit 0`,
      'ps -o pid,user,lstart,etime,time,pcpu,rss,vsz,nlwp,stat -p "$1"',
      `printf '\\n== open files: '; ls "/proc/$1/fd" 2>/dev/null | wc -l`,
      `printf '\\n== limits\\n'; cat "/proc/$1/limits" 2>/dev/null`,
      `printf '\\n== command line\\n'; tr '\\0' '\\n' < "/proc/$1/cmdline"; true`,
    ),
  );
}

/** The seconds that a server has to tell of its threads. */
const dumpSeconds = 30;

/**
 * Prints the threads of a server, by the tools of the very Java that runs it. It alters nothing of the server, which opens a socket of
 * its own for the question. Ends with 3 if no server runs, and with another code and a reason if it does not tell.
 */
export function dumpThreads(node: Node): Command {
  const timeout = `timeout -k 5 ${dumpSeconds}`;
  return as(
    node.user,
    script(
      sh`set -- $(sh -c ${findServer(node)}); test -n "$1" || exit 3`,
      'java=$(readlink "/proc/$1/exe"); bin=${java%/*}; end=',
      'for folder in "$bin" "${bin%/jre/bin}/bin"; do',
      `  if test -x "$folder/jcmd"; then ${timeout} "$folder/jcmd" "$1" Thread.print -l </dev/null; end=$?; break; fi`,
      `  if test -x "$folder/jstack"; then ${timeout} "$folder/jstack" -l "$1" </dev/null; end=$?; break; fi`,
      'done',
      'if test -z "$end"; then echo "neither jcmd nor jstack is in $bin: that is no JDK" >&2; exit 4; fi',
      `if test "$end" -eq 124 || test "$end" -eq 137; then echo "it did not answer within ${dumpSeconds} s" >&2; fi; exit "$end"`,
    ),
  );
}

/** Prints the SHA-256 of what is installed: the archive, patches, libraries and bundles of somebody's own. */
export function sumInstalled(topology: Topology, node: Node): Command {
  const components = `${node.home}/repository/components`;
  const { folder } = packCache(node, topology);
  return as(
    node.user,
    script(
      `say() { printf '%s== %s\\n' "$gap" "$1"; gap='\n'; }; gap=`,
      sh`say 'archive that the home was unpacked from'; cat ${marks(node).pack} 2>/dev/null`,
      sh`say archives; timeout 20 find ${folder} -maxdepth 1 -name '*.zip' -exec sha256sum {} + 2>/dev/null`,
      `for name in patches lib dropins; do say "$name"`,
      sh`  cd ${components} 2>/dev/null && timeout 30 find "$name" -type f -exec sha256sum {} + 2>/dev/null; test $? -ne 124 || echo 'not all: it took too long'`,
      'done; true',
    ),
  );
}
