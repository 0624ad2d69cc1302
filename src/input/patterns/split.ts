import { addressIn } from './address.ts';
import { Mistake } from './mistake.ts';

/** One part of a pattern, and how many characters stand before it. */
export interface Part {
  readonly text: string;
  readonly at: number;
}

/**
 * The parts of a pattern, as Ansible tells them apart: by commas if there is one; otherwise by colons and blanks that
 * stand outside of brackets, unless the whole is one address. Throws `Mistake` for a bracket without its other half,
 * which Ansible leaves out in silence.
 */
export function splitPattern(pattern: string): readonly Part[] {
  if (pattern.includes(',')) return byCommas(pattern);
  // Most are a plain name: nothing in it separates, whatever it is.
  if (/^[^\s:[\]]+$/.test(pattern) || addressIn(pattern) !== undefined) return [{ text: pattern, at: 0 }];
  const parts = [...pattern.matchAll(/(?:[^\s:[\]]|\[[^\]]*\])+/g)].map(
    (found): Part => ({ text: found[0].trim(), at: found.index }),
  );
  const covered = (at: number) => parts.some((part) => part.at <= at && at < part.at + part.text.length);
  for (const { 0: bracket, index } of pattern.matchAll(/[[\]]/g)) {
    if (!covered(index))
      throw new Mistake(index, bracket === '[' ? 'this [ is not closed' : 'this ] closes nothing');
  }
  return parts;
}

function byCommas(pattern: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const text of pattern.split(',')) {
    const blanks = text.length - text.trimStart().length;
    if (text.trim() !== '') parts.push({ text: text.trim(), at: at + blanks });
    at += text.length + 1;
  }
  return parts;
}
