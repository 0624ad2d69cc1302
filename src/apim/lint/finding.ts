import type { Issue } from '../../errors.ts';

/** Something that a careful person would ask about before the first connection. */
export interface Finding extends Issue {
  readonly code: string;
  /** An error ends every command; a warning only `validate --strict`. */
  readonly severity: 'error' | 'warning';
  /** What goes wrong if it stays, with the guide’s reason in short. */
  readonly why: string;
  readonly fix: string;
}
