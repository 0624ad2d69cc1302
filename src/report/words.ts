import type { HostStory } from './model.ts';
import { stateWords } from './state.ts';

/** The time of day, the same wherever the page is read. */
export function showMoment(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long after the beginning: `0:07`, `12:30`, `1:02:03`. */
export function showElapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** How a host fared, in a few words: `changed · 3 not begun`. */
export function hostWords({ state, notBegun, counts }: HostStory, dryRun: boolean): string {
  const left = notBegun.length;
  const done = counts.changed + counts.unchanged + counts.failed;
  if (state === 'not-begun') return done === 0 ? 'not begun' : `${left} not begun`;
  return `${stateWords(state, dryRun)}${left === 0 ? '' : ` · ${left} not begun`}`;
}

/** The distance of the lines of time, such that there are few of them. */
export function tickOf(ms: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
  const found = steps.find((step) => ms / (step * 1000) <= 10);
  return (found ?? Math.ceil(ms / 864_000_000) * 86_400) * 1000;
}
