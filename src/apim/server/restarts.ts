import { as, type Command, sh } from '../../shell/command.ts';
import { marks } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';
import type { RunsWith } from './fingerprint.ts';

/** What a server was started with, part by part: what is no secret as it is, everything else as a checksum. */
export type Parts = Readonly<Record<string, string>>;

/** The parts that steps install. */
export type InstalledPart = 'options' | 'configuration' | 'certificates' | 'driver' | 'files';

/** What a server runs with, in parts that people know. */
export function partsOf(
  what: RunsWith,
  { java, memory, options }: { readonly java: string; readonly memory: string; readonly options: string },
  sum: (text: string) => string,
): Parts {
  return {
    archive: what.pack.slice(0, 12),
    profile: what.profile,
    Java: java,
    memory,
    options: sum(options),
    configuration: sum(what.config),
    certificates: sum(what.certificates.join('\n')),
    driver: sum(what.driver),
    files: sum(what.files.join('\n')),
  };
}

/** Parts that are told as they are, not only by name. */
const told = new Set(['archive', 'profile', 'Java', 'memory']);

/** The note of what a server is started with: its fingerprint, then its parts. */
export function runningNote(fingerprint: string, parts: Parts): string {
  return [fingerprint, ...Object.entries(parts).map(([name, value]) => `${name}=${value}`)].join('\n');
}

/** What a note says; older ones have no parts. */
export interface RunningNote {
  readonly fingerprint: string;
  readonly parts: Parts;
  /** Parts that were installed anew since. */
  readonly owed: readonly string[];
}

const owes = 'owed';

export function readRunningNote(text: string): RunningNote {
  const [fingerprint = '', ...lines] = text.trim().split('\n');
  const pairs = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf('=');
    return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  const owed = pairs.flatMap(([name, part]) => (name === owes ? [part] : []));
  return {
    fingerprint,
    parts: Object.fromEntries(pairs.filter(([name]) => name !== owes)),
    owed: [...new Set(owed)],
  };
}

/**
 * Notes that a part of what a server runs with is about to be installed anew. The fingerprint says what the server should
 * have been started with; if that was not installed yet when somebody else restarted it, only this tells.
 */
export function oweRestart(node: Node, part: InstalledPart): Command {
  const { running } = marks(node);
  return as(
    node.user,
    sh`if test -s ${running}; then { cat ${running}; echo ${`${owes}=${part}`}; } > ${running}.new && mv -f ${running}.new ${running}; fi`,
  );
}

/** How what a server runs with differs from what it should, a few words for each part; empty if nobody noted parts. */
export function differences({ parts: before, owed }: RunningNote, now: Parts): string[] {
  if (Object.keys(before).length === 0) return [...owed];
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names.filter((name) => before[name] !== now[name] || owed.includes(name));
  if (changed.length === 0) return ['how the server is run'];
  return changed.map((name) => {
    const [old, next] = [before[name], now[name]];
    return told.has(name) && old !== undefined && next !== undefined && old !== next
      ? `${name} ${old} → ${next}`
      : name;
  });
}

/** Removes the notes of a node that say it was restarted by a rolling restart, and when. */
export function forgetRestart(node: Node): Command {
  return as(node.user, sh`rm -f ${marks(node).restarted}`);
}
