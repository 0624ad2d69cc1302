/** How many of a group may be away at a time: a number, or a share of the group. */
export type Batch = { readonly hosts: number } | { readonly percent: number };

/** What is wanted of a text that says a batch. */
export const batchForm = 'a whole number from 1 on, or a share such as 25%';

/** Reads `2` or `25%`; undefined if it is neither. */
export function readBatch(text: string): Batch | undefined {
  const [, digits, share] = /^(\d{1,4})(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (digits === undefined || value < 1) return undefined;
  if (share === '') return { hosts: value };
  return value > 100 ? undefined : { percent: value };
}
