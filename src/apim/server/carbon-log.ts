import { as, type Command, script, sh } from '../../shell/command.ts';
import { carbonLog, carbonLogFolder, marks } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';

/** Remembers which file the log is and how long it is, so that what a start writes to it can be told apart. */
export function noteLog(node: Node): Command {
  return as(
    node.user,
    sh`{ stat -c '%i %s' ${carbonLog(node)} 2>/dev/null || echo 0 0; } > ${marks(node).logSize}`,
  );
}

/**
 * Exits with 0 once the log has the started line of the present start. The product rolls its log every day and at 10 MB:
 * then the file at this name is another one, or shorter, or has one beside it that was written to since the start. Such
 * a log counts from its first line; and if it does not reach back to the beginning of a start, the line may be gone, and
 * what the server answers has to decide.
 */
export function startedLine(node: Node): Command {
  const log = carbonLog(node);
  const note = marks(node).logSize;
  return as(
    node.user,
    script(
      sh`read -r inode from 2>/dev/null < ${note}`,
      // A note of the size alone is one of an earlier version.
      'if test -z "$from"; then from=${inode:-0}; inode=0; fi',
      sh`now=$(stat -c '%i %s' ${log} 2>/dev/null || echo 0 0); rolled=`,
      'if test "$inode" != 0 && test "${now% *}" != "$inode"; then rolled=yes; fi',
      'if test "${now#* }" -lt "$from"; then rolled=yes; fi',
      sh`if test -n "$(find ${`${node.home}/${carbonLogFolder}`} -maxdepth 1 -name 'wso2carbon[.-]*[0-9]*' -newer ${note} 2>/dev/null)"; then rolled=yes; fi`,
      'if test -n "$rolled"; then from=0',
      sh`  grep -q 'Starting WSO2 Carbon' ${log} 2>/dev/null || exit 0`,
      'fi',
      sh`tail -c +$((from + 1)) ${log} 2>/dev/null | grep -q 'WSO2 Carbon started in' || { echo "not there yet" >&2; exit 1; }`,
    ),
  );
}

/** Prints the last lines of the server's log. */
export function carbonLogTail(node: Node, lines: number): Command {
  return as(node.user, sh`tail -n ${lines} ${carbonLog(node)} 2>/dev/null || echo "there is no log yet"`);
}
