import { showSeconds, showSize } from '../words.ts';
import { widthOf } from './cells.ts';
import type { Line } from './pieces.ts';
import type { Work } from './state.ts';

type Transfer = NonNullable<Work['transfer']>;

/** A bar without a sign that some terminals lack. */
export function bar(share: number, cells: number): string {
  const full = Math.min(cells, Math.max(0, Math.floor(share * cells)));
  return `[${'#'.repeat(full)}${'-'.repeat(cells - full)}]`;
}

/** How fast it is and how long it takes at this rate, as of now: what stands still gets slower. */
function pace(
  { done, total, rate, ms, heard }: Transfer,
  now: number,
): { rate: number; left: number | undefined } {
  const whole = ms + Math.max(0, now - heard);
  const present = done === total || whole <= 0 ? rate : (rate * ms) / whole;
  const left = total === 0 || present < 1 ? undefined : ((total - done) / present) * 1000;
  return { rate: present, left };
}

/** A transfer with as much of what is known as there is room for. */
export function transferLine(step: string, transfer: Transfer, now: number, width: number): Line {
  const { done, total } = transfer;
  const { rate, left } = pace(transfer, now);
  const speed = rate < 1 ? [] : [`${showSize(rate)}/s`];
  if (total === 0) return [{ text: `${step}: ${[showSize(done), ...speed].join(', ')}` }];
  const percent = `${Math.floor((done / total) * 100)} %`;
  const size = `${showSize(done)} of ${showSize(total)}`;
  const time = left === undefined || done === total ? [] : [`${showSeconds(left)} left`];
  const long = bar(done / total, 20);
  const short = bar(done / total, 10);
  const forms = [
    [`${step} ${long} ${percent}`, size, ...speed, ...time],
    [`${long} ${percent}`, size, ...speed, ...time],
    [`${short} ${percent}`, ...speed, ...time],
    [percent, ...speed, ...time],
    [percent, ...time],
  ].map((parts) => parts.join(', '));
  return [{ text: forms.find((form) => widthOf(form) <= width) ?? percent }];
}

/** All that is on its way, in one line; nothing where that is no more than its row tells. */
export function transfersLine(all: readonly Transfer[], now: number): Line | undefined {
  const known = all.filter(({ total, done }) => total > 0 && done < total);
  if (known.length < 2) return undefined;
  const sum = (of: (each: Transfer) => number) => known.reduce((before, each) => before + of(each), 0);
  const [done, total] = [sum((each) => each.done), sum((each) => each.total)];
  const paces = known.map((each) => pace(each, now));
  const rate = paces.reduce((before, each) => before + each.rate, 0);
  // All are there when the last one is.
  const left = paces.every((each) => each.left !== undefined)
    ? [`${showSeconds(Math.max(...paces.map((each) => each.left ?? 0)))} left`]
    : [];
  const speed = rate < 1 ? [] : [`${showSize(rate)}/s`];
  const parts = [
    `${Math.floor((done / total) * 100)} %`,
    `${showSize(done)} of ${showSize(total)}`,
    ...speed,
    ...left,
  ];
  return [{ text: `${known.length} transfers ${bar(done / total, 20)} ${parts.join(', ')}` }];
}
