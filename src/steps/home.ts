import { marks } from '../apim/cluster/paths.ts';
import type { Node, Topology } from '../apim/cluster/topology.ts';
import { as, type Command, group } from '../shell/command.ts';
import { hasLine } from '../shell/files.ts';

/**
 * A question about what is inside a node's home. If the home holds another archive than the wanted one, it will be
 * replaced, so whatever is in it counts as missing: the command is not run and prints nothing.
 */
export function inHome(topology: Topology, node: Node, question: Command): Command {
  const wanted = hasLine(marks(node).pack, topology.settings.pack.sha256);
  return as(node.user, { text: `if ${wanted.text}; then ${group(question)}; fi` });
}
