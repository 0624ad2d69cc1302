/** What became of a step, of a host, or of something that is none. */
export type State =
  | 'failed'
  | 'under-way'
  | 'broken-off'
  | 'changed'
  | 'not-begun'
  | 'unchanged'
  /** It was no part of the run. */
  | 'outside';

/** All of them, in the order in which one hides the next where many become one. */
export const states: readonly State[] = [
  'failed',
  'under-way',
  'broken-off',
  'changed',
  'not-begun',
  'unchanged',
  'outside',
];

/** What many come to. */
export function foremost(all: readonly State[]): State {
  return states.find((state) => all.includes(state)) ?? 'outside';
}

/** A state in words. */
export function stateWords(state: State, dryRun: boolean): string {
  if (state === 'changed' && dryRun) return 'to change';
  return words[state];
}

const words: Readonly<Record<State, string>> = {
  failed: 'failed',
  'under-way': 'under way',
  'broken-off': 'broken off',
  changed: 'changed',
  'not-begun': 'not begun',
  unchanged: 'nothing to do',
  outside: 'not in this run',
};
