const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How a time is written: `10m`, `90s`, `1h30m` or `30d`. */
export const durationForm = /^(\d+(ms|s|m|h|d))+$/;

/** Reads such a time, in milliseconds; undefined if it is none. */
export function readDuration(text: string): number | undefined {
  if (!durationForm.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, n, unit = 's']) => sum + Number(n) * (units[unit] ?? 0),
    0,
  );
}

/** The longest wait that can be asked for, in milliseconds: 24 days. */
export const longestWaitMs = 24 * 86_400_000;
