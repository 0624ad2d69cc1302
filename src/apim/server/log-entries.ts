import { as, type Command, script, sh } from '../../shell/command.ts';
import { carbonLog } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';

/** One entry of a server's log: its line, and those that follow it without a time of their own, such as a stack. */
export interface LogEntry {
  /** When it was written, in milliseconds since 1970; that of the entry before where it has none. */
  readonly at: number;
  readonly lines: readonly string[];
}

/** What of a log is wanted: its last lines, or what was written in the last so many seconds. */
export type LogPart = { readonly lines: number } | { readonly seconds: number };

/** However much was asked for, no more than this many bytes of it travel. */
const largest = 8 * 1024 * 1024;

/** The time before an entry, for `awk`. */
export const stamp =
  '\\[[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9],[0-9][0-9][0-9]\\]';

/** Prints the time zone of the server, how long its log is, and a part of it. */
export function readLog(node: Node, part: LogPart): Command {
  const chosen =
    'lines' in part
      ? sh`tail -n ${part.lines}`
      : sh`awk -v from="$(date -d "@$(($(date +%s) - ${part.seconds}))" '+%Y-%m-%d %H:%M:%S')" ${`{ if (match($0, /${stamp}/)) on = substr($0, RSTART + 1, 19) >= from } on`}`;
  return as(
    node.user,
    script(
      sh`log=${carbonLog(node)}; date +%z; test -r "$log" || { echo 0; exit 0; }`,
      'size=$(stat -c %s "$log"); printf "%s\\n" "$size"',
      `head -c "$size" "$log" | ${sh`tail -c ${largest}`.text} | ${chosen.text}`,
    ),
  );
}

/** Prints what a server writes to its log from a place on, for as long as it is let, also after the log was rolled. */
export function followLog(node: Node, from: number): Command {
  return as(node.user, sh`exec tail -c +${from + 1} -F ${carbonLog(node)} 2>/dev/null`);
}

/** What `readLog` printed. Times in the log are those of the server’s own zone. */
export function readEntries(text: string): {
  readonly zone: string;
  readonly length: number;
  readonly entries: readonly LogEntry[];
} {
  const [zone = '', length = '', ...lines] = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const entries: { at: number; lines: string[] }[] = [];
  for (const line of lines) {
    const at = timeOf(line, zone);
    const last = entries.at(-1);
    if (at === undefined && last !== undefined) last.lines.push(line);
    else entries.push({ at: at ?? 0, lines: [line] });
  }
  return { zone, length: Number(length) || 0, entries };
}

/** When a line was written, in milliseconds since 1970; undefined if it has no time. */
export function timeOf(line: string, zone: string): number | undefined {
  const [, day, time, ms] = /\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3})\]/.exec(line) ?? [];
  if (day === undefined) return undefined;
  const offset = /^([+-]\d\d)(\d\d)$/.exec(zone);
  const at = Date.parse(`${day}T${time}.${ms}${offset === null ? 'Z' : `${offset[1]}:${offset[2]}`}`);
  return Number.isNaN(at) ? undefined : at;
}
