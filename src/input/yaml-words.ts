/** What Ansible makes of a plain scalar, by version 1.1 of YAML: a value, or a word for one that JSON has not. */
type Meaning = { readonly value: string | number | boolean | null } | { readonly word: string };

/**
 * What Ansible reads where a value stands without quotes, if that is something else than what was read here by version 1.2:
 * `yes`, `0644`, `1_000`, `10:30`, `1e3`, `2020-01-01`. In words for people.
 */
export function otherToAnsible(written: string, ours: unknown): string | undefined {
  const theirs = meaningOf(written);
  if ('word' in theirs) return theirs.word;
  if (theirs.value === ours || Object.is(theirs.value, ours)) return undefined;
  return typeof theirs.value === 'string' ? `the text ${JSON.stringify(theirs.value)}` : String(theirs.value);
}

const yes = /^(?:yes|true|on)$/i;
const word = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const nothing = /^(?:~|null|Null|NULL|)$/;
const whole =
  /^([-+]?)(?:0b([01_]+)|0([0-7_]+)|0x([0-9a-fA-F_]+)|(0|[1-9][0-9_]*)|([1-9][0-9_]*(?::[0-5]?[0-9])+))$/;
const fraction =
  /^([-+]?)(?:((?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?)|([0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*))$/;
const noNumber = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const date =
  /^[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/;

function meaningOf(written: string): Meaning {
  if (word.test(written)) return { value: yes.test(written) };
  if (nothing.test(written)) return { value: null };
  if (date.test(written)) return { word: 'a date' };
  if (noNumber.test(written)) return { value: special(written) };
  const text = written.replaceAll('_', '');
  const integer = whole.exec(written);
  if (integer !== null) {
    const [, sign = '', binary, octal, hex, , sixty] = integer;
    const bare = text.slice(sign.length);
    const found =
      binary !== undefined || hex !== undefined
        ? Number(bare)
        : octal !== undefined
          ? Number.parseInt(bare, 8)
          : sixty !== undefined
            ? sixties(bare)
            : Number(bare);
    return { value: signed(sign, found) };
  }
  const broken = fraction.exec(written);
  // A point with a sign before it and no digit is none to PyYAML.
  if (broken === null || /^[-+]\./.test(written)) return { value: written };
  const [, sign = '', , sixty] = broken;
  const bare = text.slice(sign.length);
  return { value: signed(sign, sixty === undefined ? Number(bare) : sixties(bare)) };
}

function special(written: string): number {
  if (/nan/i.test(written)) return Number.NaN;
  return written.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function sixties(text: string): number {
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function signed(sign: string, value: number): number {
  return sign === '-' && value !== 0 ? -value : value;
}
