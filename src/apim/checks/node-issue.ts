import type { Issue } from '../../errors.ts';
import type { Node } from '../cluster/topology.ts';

/** An issue at a setting of a node, such as `admin.password`, wherever it was written. */
export function nodeIssue(node: Node, setting: string, message: string): Issue {
  return { ...node.host.position(['apim', ...setting.split('.')]), path: `apim.${setting}`, message };
}
