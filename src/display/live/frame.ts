import { count, showSeconds } from '../words.ts';
import { cutMiddle, padded, widthOf } from './cells.ts';
import { cutLine, type Line, lineWidth, type Piece } from './pieces.ts';
import { type LiveRow, rowsOf } from './rows.ts';
import { type LiveRun, stepsOf, underWay } from './state.ts';
import { bar, transfersLine } from './transfer.ts';

/** How much fits a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Longer names are cut, so that there is room for what is true of them. */
const widestName = 24;

/** All that is in sight of a run at a moment: never longer or wider than the terminal, with a row of it left free. */
export function frameOf(run: LiveRun, now: number, { columns, rows }: Size): Line[] {
  // At the last column terminals differ in whether the next line begins.
  const width = Math.max(1, columns - 1);
  const height = Math.max(1, rows - 1);
  const all = rowsOf(run, now);
  const head = headOf(run, all, now, width);
  const foot = footOf(all, now);
  const room = height - head.length - 1 - (foot.length === 0 ? 0 : foot.length + 1);
  const roomy = room >= 3;
  const names = Math.max(0, ...all.map(({ host }) => widthOf(host.name)));
  const name = Math.min(names, widestName, Math.max(4, Math.floor(width * 0.3)));
  const hosts = folded(all, Math.max(0, roomy ? room : height - 1)).map((row) =>
    'host' in row ? hostLine(row, name, width) : row.line,
  );
  const lines = roomy
    ? [...head, [], ...hosts, ...(foot.length === 0 ? [] : [[], ...foot])]
    : [...head.slice(0, 1), ...hosts];
  return lines.slice(0, height).map((line) => cutLine(line, width));
}

function headOf(run: LiveRun, all: readonly LiveRow[], now: number, width: number): Line[] {
  const time = showSeconds(now - run.began);
  const title = titleOf(run, all);
  const room = width - widthOf(time) - 2;
  const shown = cutLine(title, room);
  const gap = ' '.repeat(Math.max(2, width - lineWidth(shown) - widthOf(time)));
  const { done, all: steps } = stepsOf(run);
  const share = steps === 0 ? 0 : done / steps;
  const changes = all.reduce((sum, { host }) => sum + host.changes, 0);
  const failed = all.filter(({ host }) => host.failure !== undefined).length;
  return [
    [...shown, { text: `${gap}${time}` }],
    [
      { text: `${bar(share, width < 70 ? 10 : 20)} ` },
      { text: `${Math.floor(share * 100)} %, ${done} of ${count(steps, 'step')}` },
      ...(changes === 0 ? [] : [{ text: `, ${count(changes, 'change')}` }]),
      ...(failed === 0 ? [] : [{ text: `, ${failed} failed`, look: 'red' } as const]),
      ...(run.ending === undefined ? [] : [{ text: ', ending', look: 'yellow' } as const]),
    ],
  ];
}

/** Which play it is, and which of how many. */
function titleOf(run: LiveRun, all: readonly LiveRow[]): Piece[] {
  const last = run.plays.findLast(({ begun }) => begun);
  if (last === undefined) {
    const there = all.filter(({ host }) => host.connected).length;
    return [{ text: `Connecting: ${there} of ${count(all.length, 'host')}`, look: 'bold' }];
  }
  const under = underWay(run);
  const plays = under.length === 0 ? [last] : under;
  const numbers = `play${plays.length === 1 ? '' : 's'} ${plays.map(({ number }) => number).join(' and ')}`;
  return [
    { text: plays.map((play) => play.name).join(' + '), look: 'bold' },
    { text: ` (${numbers} of ${run.plays.length})` },
  ];
}

function footOf(all: readonly LiveRow[], now: number): Line[] {
  const transfers = all.flatMap(({ host }) =>
    [...host.works.values()].flatMap(({ transfer }) => transfer ?? []),
  );
  const line = transfersLine(transfers, now);
  return line === undefined ? [] : [line];
}

const marks: Readonly<Record<LiveRow['kind'], Piece>> = {
  failed: { text: '✗', look: 'red' },
  done: { text: '✓', look: 'green' },
  working: { text: '>', look: 'yellow' },
  waiting: { text: '·', look: 'dim' },
};

function hostLine({ kind, host, text }: LiveRow, name: number, width: number): Line {
  const shown = padded(cutMiddle(host.name, name), name);
  const line = text(width - name - 4);
  const look = kind === 'failed' ? 'red' : kind === 'waiting' ? 'dim' : undefined;
  return [
    marks[kind],
    { text: ` ${shown}  `, look: 'cyan' },
    ...(look === undefined ? line : line.map((piece) => ({ ...piece, look }) as const)),
  ];
}

type Shown = LiveRow | { readonly line: Line };

/**
 * As many rows as there is room for. What fails is in sight before all else, then what is at work, longest first, then who
 * comes next, then who was done last; the others become a line that tells how many they are.
 */
function folded(all: readonly LiveRow[], room: number): Shown[] {
  if (all.length <= room) return [...all];
  const of = (kind: LiveRow['kind']) => all.filter((row) => row.kind === kind);
  const kinds = { failed: of('failed'), working: of('working'), waiting: of('waiting'), done: of('done') };
  // Each kind that is there has a line for its count.
  let left = room - Object.values(kinds).filter((rows) => rows.length > 0).length;
  const keep = (rows: readonly LiveRow[], last = false): readonly LiveRow[] => {
    // One row alone is as long as its count.
    const number = rows.length <= Math.max(0, left) + 1 ? rows.length : Math.max(0, left);
    left -= rows.length <= number ? number - Math.min(1, rows.length) : number;
    return last ? rows.slice(rows.length - number) : rows.slice(0, number);
  };
  const failed = keep(kinds.failed);
  const working = keep(kinds.working);
  // Who comes next, before those who have done their part and wait for another play.
  const waiting = keep([...kinds.waiting].sort((one, other) => (other.order[0] ?? 0) - (one.order[0] ?? 0)));
  const done = keep(kinds.done, true);
  const seen = new Set([...failed, ...working, ...waiting, ...done]);
  const rest = (
    rows: readonly LiveRow[],
    kind: LiveRow['kind'],
    words: (number: number) => string,
  ): Shown[] => {
    const hidden = rows.filter((row) => !seen.has(row)).length;
    if (hidden === 0) return [];
    const look = kind === 'done' ? 'green' : kind === 'failed' ? 'red' : 'dim';
    return [{ line: [marks[kind], { text: ` ${words(hidden)}`, look }] }];
  };
  const more = (rows: readonly LiveRow[]) => (rows.length === 0 ? '' : ' more');
  return [
    ...rest(kinds.done, 'done', (number) => `${count(number, 'host')}${more(done)} done`),
    ...all.filter((row) => seen.has(row) && (row.kind === 'done' || row.kind === 'failed')),
    ...rest(kinds.failed, 'failed', (number) => `${count(number, 'host')}${more(failed)} failed`),
    ...working,
    ...rest(kinds.working, 'working', (number) => `${count(number, 'host')}${more(working)} at work`),
    ...waiting,
    ...rest(kinds.waiting, 'waiting', (number) => `${count(number, 'host')}${more(waiting)} waiting`),
  ];
}
