import type { Issue } from '../../../errors.ts';
import type { Node } from '../../cluster/topology.ts';
import { nodeIssue } from '../node-issue.ts';

/** Something that a careful person would ask about before the first connection. */
export interface Finding extends Issue {
  readonly code: string;
  /** An error ends every command; a warning only `validate --strict`. */
  readonly severity: 'error' | 'warning';
  /** What goes wrong if it stays, with the guide’s reason in short. */
  readonly why: string;
  readonly fix: string;
}

type Told = Pick<Finding, 'code' | 'why' | 'fix'> & { readonly severity?: Finding['severity'] };

/** A finding at a setting of a node; a warning, unless it is told to be more. */
export function finding(node: Node, setting: string, message: string, told: Told): Finding {
  return { severity: 'warning', ...nodeIssue(node, setting, message), ...told };
}
