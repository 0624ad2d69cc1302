import type { Topology } from '../../cluster/topology.ts';
import { deploymentTables } from '../../config/deployment-toml.ts';
import type { TomlTable } from '../../config/toml.ts';
import { factsOf } from '../../release/roles.ts';
import { type Finding, finding } from './finding.ts';
import { unreadKeys } from './unread-keys.ts';
import { valueAt } from './value-at.ts';

/** What somebody’s own content of deployment.toml does that is seldom meant. */
export function lintOverrides(topology: Topology): Finding[] {
  return [
    ...mixedUserStores(topology),
    ...overriddenRoles(topology),
    ...unreadKeys(topology),
    ...droppedElements(topology),
  ];
}

/** The guide’s samples have both types on one schema; the one without identifiers cannot add users to that of 3.2.0. */
function mixedUserStores({ nodes }: Topology): Finding[] {
  return nodes.flatMap((node) => {
    const type = valueAt(node.deploymentToml, ['user_store', 'type']);
    if (type === undefined || type === 'database_unique_id') return [];
    if (
      nodes.every((each) => valueAt(each.deploymentToml, ['user_store', 'type']) === type) &&
      type !== 'database'
    )
      return [];
    return [
      finding(
        node,
        'deployment_toml.user_store.type',
        `makes ${node.host.name} use the user store type ${JSON.stringify(type)}`,
        {
          code: 'user-store-mixed',
          severity: 'error',
          why: 'all nodes keep their users in one schema: another type cannot add users to that of 3.2.0, or sees none',
          fix: 'leave the type alone (database_unique_id), or set the same directory service for all nodes',
        },
      ),
    ];
  });
}

function overriddenRoles({ nodes }: Topology): Finding[] {
  return nodes.flatMap((node) => {
    const role = valueAt(node.deploymentToml, ['server', 'server_role']);
    const right = factsOf(node.role).profile;
    if (role === undefined || role === right) return [];
    return [
      finding(
        node,
        'deployment_toml.server.server_role',
        `is ${JSON.stringify(role)}, but ${node.host.name} is a ${factsOf(node.role).title}`,
        {
          code: 'role-name',
          severity: 'error',
          why: `the product derives the settings of a role from this name; it knows ${right}, and takes any other for none (the guide’s sample says api-store, which it does not know)`,
          fix: `leave it out, or say ${right}`,
        },
      ),
    ];
  });
}

/** What is lost with an element of ours; of any other it is enough that the node does without. */
const losses: Readonly<Record<string, string>> = {
  token_revocation: 'nobody would tell the gateways of a token that is revoked: it stays good until it ends',
  userPostSelfRegistration: 'who signs up would get no role to log in with',
};

/** A list is overridden as a whole: elements of ours that have a name and are not in it are gone. */
function droppedElements(topology: Topology): Finding[] {
  return topology.nodes.flatMap((node) => {
    if (Object.keys(node.deploymentToml).length === 0) return [];
    const ours = deploymentTables(topology, { ...node, deploymentToml: {}, deploymentTomlAppend: {} });
    const lists = new Set(ours.filter(({ many }) => many === true).map(({ name }) => name));
    return [...lists].flatMap((list) => {
      const own = valueAt(node.deploymentToml, list.split('.'));
      if (!Array.isArray(own)) return [];
      const kept = own.map((element) => valueAt(element, ['id']) ?? valueAt(element, ['name']));
      const dropped = ours.filter(({ name }) => name === list).flatMap(nameIn);
      const lost = dropped.filter((name) => !kept.includes(name));
      if (lost.length === 0) return [];
      return [
        finding(
          node,
          `deployment_toml.${list}`,
          `takes the place of all that ${node.host.name} would have there, and lacks ${lost.join(', ')}`,
          {
            code: 'override-drops',
            why:
              lost.flatMap((name) => losses[name] ?? []).join('; ') ||
              'this node would not know of it any more',
            fix: 'move it to deployment_toml_append, which adds to a list, or write what it lacks as well',
          },
        ),
      ];
    });
  });
}

function nameIn({ keys }: TomlTable): string[] {
  const values = new Map(keys);
  const name = values.get('id') ?? values.get('name');
  return typeof name === 'string' ? [name] : [];
}
