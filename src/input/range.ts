/** So many hosts one entry may stand for: more than anybody has. */
const mostNames = 100_000;

/** The names of a range; or what is wrong with it. */
interface Expanded {
  readonly names: readonly string[];
  readonly wrong?: string;
}

/** The names that an Ansible host range stands for: `gw[01:03]`, `gw[1:9:2]`, `db-[a:c]`. */
export function expandRange(pattern: string): Expanded {
  const parts: (readonly string[])[] = [];
  let rest = pattern;
  for (;;) {
    const at = /^([^[\]]*)\[([^[\]]*)\](.*)$/.exec(rest);
    if (at === null) break;
    const [, before = '', bounds = '', after = ''] = at;
    const middle = valuesOf(bounds);
    if (typeof middle === 'string') return { names: [], wrong: middle };
    parts.push([before], middle);
    rest = after;
  }
  if (/[[\]]/.test(rest)) return { names: [], wrong: 'a bracket is without its other half' };
  if (parts.reduce((count, part) => count * part.length, 1) > mostNames) return { names: [], wrong: tooMany };
  let names = [''];
  for (const part of [...parts, [rest]]) names = names.flatMap((start) => part.map((end) => start + end));
  return { names };
}

const tooMany = `it stands for more than ${mostNames} hosts`;
const forms = 'write gw[1:3], gw[01:03] or gw[a:c]';

function valuesOf(bounds: string): readonly string[] | string {
  const [, from = '', to = '', step = '1'] = /^([^:]*):([^:]+)(?::(\d+))?$/.exec(bounds) ?? [];
  if (to === '' || Number(step) < 1) return forms;
  const first = from === '' ? '0' : from;
  return /^\d+$/.test(first) && /^\d+$/.test(to)
    ? numbers(first, to, Number(step))
    : letters(first, to, Number(step));
}

function numbers(from: string, to: string, step: number): readonly string[] | string {
  const [first, last] = [Number(from), Number(to)];
  const isFilled = from.startsWith('0') && from.length > 1;
  if (isFilled && from.length !== to.length) return `both ends need as many digits, such as [01:10]`;
  if (last < first) return 'it ends before it begins';
  if ((last - first) / step >= mostNames) return tooMany;
  const found: string[] = [];
  for (let n = first; n <= last; n += step) found.push(String(n).padStart(isFilled ? from.length : 0, '0'));
  return found;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function letters(from: string, to: string, step: number): readonly string[] | string {
  const [first, last] = [alphabet.indexOf(from), alphabet.indexOf(to)];
  if (from.length !== 1 || to.length !== 1 || first < 0 || last < 0) return forms;
  if (last < first) return 'it ends before it begins';
  return [...alphabet].filter((_, index) => index >= first && index <= last && (index - first) % step === 0);
}
