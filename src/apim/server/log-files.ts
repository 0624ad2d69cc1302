import { as, type Command, script, sh } from '../../shell/command.ts';
import { carbonLogFolder } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';
import { stamp } from './log-entries.ts';

/** A log, as it was listed. */
export interface LogFile {
  readonly path: string;
  readonly bytes: number;
}

/** How much of a log is wanted: of the last so many seconds, and at most so many bytes. */
export interface LogEnd {
  readonly seconds: number;
  readonly bytes: number;
}

/** Lists the logs of a server that were written to in the last so many seconds, the present ones and those rolled. */
export function listLogs(node: Node, seconds: number): Command {
  const names = ['wso2carbon*', 'wso2-apigw-errors*', 'http_access*'];
  return as(node.user, listFiles(`${node.home}/${carbonLogFolder}`, names, seconds));
}

/** Lists files of a folder that have one of these names and were written to in the last so many seconds. */
export function listFiles(folder: string, names: readonly string[], seconds: number): Command {
  const any = names.flatMap((name) => ['-o', '-name', name]).slice(1);
  const minutes = Math.ceil(seconds / 60);
  return sh`if test -d ${folder}; then find ${folder} -maxdepth 1 -type f ${['(', ...any, ')', '-mmin', `-${minutes}`]} -exec stat -c '%Y %s %n' {} +; fi`;
}

/** What `listFiles` printed, the last written to first. */
export function readFiles(stdout: string): LogFile[] {
  return [...stdout.matchAll(/^(\d+) (\d+) (\/.+)$/gm)]
    .map(([, written, bytes, path = '']) => ({ path, bytes: Number(bytes), written: Number(written) }))
    .sort((one, other) => other.written - one.written || (one.path < other.path ? -1 : 1))
    .map(({ path, bytes }) => ({ path, bytes }));
}

/**
 * Prints how many bytes of a log are of that time, and the end of these. Where lines have no time in the form of the product's,
 * all of them count.
 */
export function readLogEnd(path: string, { seconds, bytes }: LogEnd): Command {
  const program = `BEGIN { on = 1 } { if (match($0, /${stamp}/)) on = substr($0, RSTART + 1, 19) >= from } on`;
  return script(
    sh`size=$(stat -c %s ${path}) && from=$(date -d "@$(($(date +%s) - ${seconds}))" '+%Y-%m-%d %H:%M:%S') || exit 1`,
    // It may grow meanwhile, and is read twice.
    sh`part() { head -c "$size" ${path} | awk -v from="$from" ${program}; }`,
    sh`part | wc -c; part | tail -c ${bytes}`,
  );
}

/** What `readLogEnd` printed: whole lines, and how many bytes of that time were left out before them. */
export function readEnd(stdout: string): { readonly text: string; readonly left: number } {
  const begin = stdout.indexOf('\n') + 1;
  const text = stdout.slice(begin);
  const left = Number(stdout.slice(0, begin)) - Buffer.byteLength(text);
  if (!(left > 0)) return { text, left: 0 };
  const whole = text.slice(text.indexOf('\n') + 1);
  return { text: whole, left: left + Buffer.byteLength(text) - Buffer.byteLength(whole) };
}
