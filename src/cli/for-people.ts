import type { OutputKind } from '../display/index.ts';

/** Whether people read what a run says. What programs read is events, or a report, and nothing else. */
export function isForPeople({ output }: { readonly output: OutputKind }): boolean {
  return output !== 'json' && output !== 'junit';
}
