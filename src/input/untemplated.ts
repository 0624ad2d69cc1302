import { Secret } from '../secret.ts';

/** A text that stands under `!unsafe`: whatever it holds, nothing in it is filled in. */
export class Untemplated {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The same value with plain text in place of what is untemplated: for files in which nothing is filled in. */
export function plain(value: unknown): unknown {
  if (value instanceof Untemplated) return value.text;
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** Keys and values; not what is one value, though it is an object to the machine. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isWhole(value);
}

/** A secret, or a text that is not to be filled in. */
export function isWhole(value: unknown): boolean {
  return value instanceof Secret || value instanceof Untemplated;
}
