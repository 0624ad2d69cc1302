import { InputError, type Issue } from '../errors.ts';
import { decode } from '../input/decode.ts';
import type { Host, Inventory } from '../input/inventory.ts';
import { Secret } from '../secret.ts';
import { brokenGroups, brokenRules } from './checks/rules.ts';
import type { Node, Topology } from './cluster/topology.ts';
import { balancerGroup, type Role, roles } from './release/roles.ts';
import { clusterSettings } from './settings/cluster-settings.ts';
import { nodeSettings, type Settings, settingsSchema } from './settings/schema.ts';

/** Builds the topology that an inventory describes. Throws `InputError` with every issue. */
export function buildTopology(inventory: Inventory, baseDirectory: string): Topology {
  const issues: Issue[] = brokenGroups(inventory);
  const decoded = inventory.hosts.flatMap((host) => {
    const role = roleOf(host, issues);
    if (role === undefined) return [];
    const result = decode(settingsSchema, host.vars.apim ?? {}, {
      position: host.position,
      baseDirectory,
      path: ['apim'],
    });
    issues.push(...result.issues);
    return result.value === undefined ? [] : [{ host, role, settings: result.value }];
  });
  const [first] = decoded;
  if (issues.length > 0 || first === undefined) throw new InputError(uniqueIssues(issues));
  issues.push(...differences(decoded));
  const nodes = decoded.flatMap(({ host, role, settings }) =>
    role === 'load-balancer' ? [] : [nodeFrom(host, role, settings)],
  );
  const balancers = decoded.flatMap(({ host, role, settings }) =>
    role === 'load-balancer' ? [{ host, ...namesOf(host, settings), certificate: settings.certificate }] : [],
  );
  const order = roles.map((role) => role.role);
  const topology: Topology = {
    settings: clusterSettings(first.settings),
    nodes: nodes.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role)),
    balancers,
  };
  issues.push(...brokenRules(topology));
  if (issues.length > 0) throw new InputError(uniqueIssues(issues));
  return topology;
}

/** What a host is, by its groups. Others, such as a database server, are no concern of the topology. */
function roleOf(host: Host, issues: Issue[]): Role | 'load-balancer' | undefined {
  const kinds = [...roles, { role: 'load-balancer', group: balancerGroup } as const];
  const found = kinds.filter((each) => host.groups.includes(each.group));
  if (found.length > 1)
    issues.push({
      ...host.position([]),
      path: host.name,
      message: `is in ${found.map((role) => role.group).join(' and ')}; give each component an entry of its own, with the same ansible_host and its own apim.offset`,
    });
  return found.length === 1 ? found[0]?.role : undefined;
}

function nodeFrom(host: Host, role: Role, settings: Settings): Node {
  const { login } = host;
  const loginUser = login.kind === 'ssh' ? login.user : 'root';
  return {
    host,
    role,
    offset: settings.offset,
    directory: settings.directory,
    home: settings.home ?? `${settings.directory}/${role}`,
    replaceForeign: settings.replace_foreign,
    ...namesOf(host, settings),
    user: settings.user ?? (loginUser === 'root' ? 'wso2carbon' : loginUser),
    service: settings.service,
    java: { home: settings.java.home, accept: settings.java.accept },
    memory: settings.memory,
    jvmOptions: settings.jvm_options,
    readyTimeoutMs: settings.ready_timeout,
    stopTimeoutMs: settings.stop_timeout,
    environment: settings.environment,
    certificate: settings.certificate,
    files: settings.files,
    deploymentToml: settings.deployment_toml,
    deploymentTomlAppend: settings.deployment_toml_append,
  };
}

function namesOf({ name, login }: Host, settings: Settings) {
  return {
    hostname: settings.hostname ?? name.toLowerCase(),
    address: settings.address ?? (login.kind === 'ssh' ? login.address : '127.0.0.1'),
  };
}

/** Settings that must be the same everywhere, and are not. */
function differences(decoded: readonly { host: Host; settings: Settings }[]): Issue[] {
  const [first, ...rest] = decoded;
  if (first === undefined) return [];
  const own: readonly string[] = nodeSettings;
  return rest.flatMap(({ host, settings }) =>
    (Object.keys(settingsSchema.shape) as (keyof Settings)[])
      .filter((key) => !own.includes(key) && comparable(settings[key]) !== comparable(first.settings[key]))
      .map((key) => ({
        ...host.position(['apim', key]),
        path: `apim.${key}`,
        message: `must be the same for all nodes, but differs between ${first.host.name} and ${host.name}`,
      })),
  );
}

function comparable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => inner) + secretsIn(value).join('\n');
}

function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** The same mistake, written once and inherited by many hosts, is one issue; so is a setting missing for all. */
function uniqueIssues(issues: readonly Issue[]): Issue[] {
  const own: readonly string[] = nodeSettings;
  const idOf = (issue: Issue) => {
    const forAll = issue.path.startsWith('apim.') && !own.includes(issue.path.split('.')[1] ?? '');
    return forAll && issue.message === 'is missing' ? issue.path : JSON.stringify(issue);
  };
  const unique = new Map<string, Issue>();
  for (const issue of issues) if (!unique.has(idOf(issue))) unique.set(idOf(issue), issue);
  return [...unique.values()];
}
