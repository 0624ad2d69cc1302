/** The names that an Ansible host range stands for: `gw[01:03]`, `gw[1:9:2]`, `db-[a:c]`. Undefined if it makes no sense. */
export function expandRange(pattern: string): string[] | undefined {
  const at = /^([^[\]]*)\[([^[\]:]*):([^[\]:]*)(?::(\d+))?\](.*)$/.exec(pattern);
  if (at === null) return /[[\]]/.test(pattern) ? undefined : [pattern];
  const [, before = '', from = '', to = '', step = '1', after = ''] = at;
  const middle =
    /^\d*$/.test(from) && /^\d+$/.test(to)
      ? numbers(from === '' ? '0' : from, to, Number(step))
      : letters(from, to, Number(step));
  const rest = expandRange(after);
  if (middle === undefined || rest === undefined) return undefined;
  return middle.flatMap((each) => rest.map((end) => `${before}${each}${end}`));
}

function numbers(from: string, to: string, step: number): string[] | undefined {
  const [first, last] = [Number(from), Number(to)];
  if (last < first || step < 1 || last - first > 10_000) return undefined;
  const width = from.startsWith('0') && from.length > 1 ? from.length : 0;
  const found: string[] = [];
  for (let n = first; n <= last; n += step) found.push(String(n).padStart(width, '0'));
  return found;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function letters(from: string, to: string, step: number): string[] | undefined {
  const [first, last] = [alphabet.indexOf(from), alphabet.indexOf(to)];
  if (from.length !== 1 || to.length !== 1 || first < 0 || last < first || step < 1) return undefined;
  return [...alphabet].filter((_, index) => index >= first && index <= last && (index - first) % step === 0);
}
