import { as, type Command, script, sh } from '../../shell/command.ts';
import { keystoreFiles } from '../cluster/keystores.ts';
import { deploymentTomlPath, previousHome } from '../cluster/paths.ts';
import { sharedDirectories } from '../cluster/shared.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { startPasswordFile } from '../config/secure-vault.ts';

/**
 * Files that the product makes of deployment.toml at its start, with the passwords in it as they are. Those of a server
 * with another umask can be read by everybody, and a file that is there keeps its mode.
 */
const generated = [
  'repository/conf/user-mgt.xml',
  'repository/conf/datasources/master-datasources.xml',
  'repository/conf/carbon.xml',
  'repository/conf/api-manager.xml',
  'repository/conf/broker.xml',
  'repository/conf/jndi.properties',
  'repository/conf/jndi2.properties',
  'repository/conf/axis2/axis2.xml',
  'repository/conf/data-bridge/data-bridge-config.xml',
  'repository/conf/identity/identity.xml',
  'repository/conf/tomcat/catalina-server.xml',
  'repository/resources/security/listenerprofiles.xml',
  'repository/resources/security/sslprofiles.xml',
];
const secureWebSocket =
  'repository/deployment/server/synapse-configs/default/inbound-endpoints/SecureWebSocketInboundEndpoint.xml';

/** Where such files are. */
const folders = [
  'repository/conf',
  'repository/resources/security',
  'repository/deployment/server/synapse-configs',
];

/** Files with secrets in them that are written for a node, each at its place. */
export function secretFiles(topology: Topology, node: Node): string[] {
  const { primary, internal, tls, trust } = keystoreFiles(topology, node);
  return [deploymentTomlPath(node), primary, internal, tls, trust, startPasswordFile(node)];
}

/** The folders of a node that nobody else may enter, and the files that its server makes for itself. */
export function privatePaths(node: Node): string[] {
  const inside = [...generated, secureWebSocket].map((path) => `${node.home}/${path}`);
  return [node.home, previousHome(node), ...inside];
}

/** The same without what lies on a shared file system, whose modes may be beyond the reach of a server. */
export function ownPaths(topology: Topology, node: Node): string[] {
  const shared = sharedDirectories(topology, node).map(({ path, target }) => [path, target]);
  const outside = (path: string) =>
    !shared.flat().some((each) => path === each || path.startsWith(`${each}/`));
  return [...privatePaths(node), ...secretFiles(topology, node)].filter(outside);
}

/** Prints those of these paths that others than their owner can get at: folders that let them in, files of any mode but his. */
export function openPaths(node: Node, paths: readonly string[]): Command {
  return as(
    node.user,
    sh`cd / && find -H ${paths} -maxdepth 0 '(' -type d -perm /007 -o -type f -perm /077 ')' -print 2>/dev/null || true`,
  );
}

/** What `openPaths` printed. */
export function readPaths(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line !== '');
}

/** For people: the first of these paths, and how many more there are. */
export function pathsText(paths: readonly string[]): string {
  const [first = '', ...more] = paths;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/**
 * Keeps everybody but its owner out of a home, and out of each file in it that may hold a password, wherever the home
 * goes. What links lead to stays as it is. A server that runs may take a file away meanwhile, so what counts is found by
 * looking again. (`find` must stand where it may be: the folder of the login may be closed to the user of the node.)
 */
export function closeHome(home: string): Command {
  return sh`chmod go-rwx ${home} && ( cd ${home} && for folder in ${folders}; do if test -d "$folder"; then find "$folder" -type f -perm /077 -exec chmod go-rwx {} + || true; fi; done )`;
}

/** The same for the home of a node and for the installation before it. */
export function closeHomes(node: Node): Command {
  const previous = previousHome(node);
  return as(
    node.user,
    script(
      'set -e',
      closeHome(node.home),
      sh`if ! test -d ${previous}; then exit 0; fi`,
      closeHome(previous),
    ),
  );
}
