import type { Issue } from '../../errors.ts';
import { sharedKinds } from '../cluster/shared.ts';
import type { Topology } from '../cluster/topology.ts';
import { nodeIssue } from './node-issue.ts';

/** What is wrong with how directories are shared. */
export function brokenSharing({ settings, nodes }: Topology): Issue[] {
  const [node] = nodes;
  if (node === undefined) return [];
  const wanted = sharedKinds.flatMap((kind) => {
    const shared = settings.sharedDirectories[kind];
    return shared === undefined ? [] : [{ kind, ...shared, folder: shared.folder ?? kind }];
  });
  return wanted.flatMap((one, index) => {
    const before = wanted.slice(0, index).filter(({ source }) => source === one.source);
    const setting = `shared_directories.${one.kind}`;
    const issues: Issue[] = [];
    const other = before.find(({ type, options }) => type !== one.type || options !== one.options);
    if (other !== undefined)
      issues.push(
        nodeIssue(
          node,
          setting,
          `${one.source} is mounted once a server, but ${other.kind} has another type or other options for it: make them alike`,
        ),
      );
    const same = before.find(({ folder }) => folder === one.folder);
    if (same !== undefined)
      issues.push(
        nodeIssue(
          node,
          `${setting}.folder`,
          `${one.folder} in ${one.source} is already the folder of ${same.kind}`,
        ),
      );
    if (one.type === 'bind' && !one.source.startsWith('/'))
      issues.push(
        nodeIssue(node, `${setting}.source`, `must be a folder of the server for bind, not "${one.source}"`),
      );
    if (/(^|,)(password|pass|pwd)=/i.test(one.options))
      issues.push(
        nodeIssue(
          node,
          `${setting}.options`,
          'holds a password, which everybody on the server could read in fstab: name a file by credentials=',
        ),
      );
    return issues;
  });
}
