import { urlHost } from '../apim/cluster/entries.ts';
import { sharedKinds, sharersOf } from '../apim/cluster/shared.ts';
import { nodesOf, softwareOf, type Topology } from '../apim/cluster/topology.ts';
import { balancerModel } from '../apim/config/balancer-model.ts';
import { balancerGroup, roles } from '../apim/release/roles.ts';
import { controllerName } from '../engine/controller.ts';
import type { Layout, LayoutGroup } from '../record/layout.ts';
import { storeSteps } from '../steps/stores.ts';

/** A deployment as the page of a run draws it. */
export function layoutOf(topology: Topology): Layout {
  const stores = [databaseOf(topology), sharedStorageOf(topology)].flatMap((store) => store ?? []);
  return {
    groups: [
      {
        id: controllerName,
        title: 'Controller',
        kind: 'controller',
        members: [{ name: controllerName, note: 'where this was run', host: controllerName }],
        uses: [],
      },
      ...frontOf(topology),
      ...nodeGroups(
        topology,
        stores.map(({ id }) => id),
      ),
      ...stores,
    ],
  };
}

function frontOf(topology: Topology): LayoutGroup[] {
  const { settings, balancers } = topology;
  if (settings.loadBalancer === undefined) return [];
  const behind = new Set(
    balancerModel(topology).upstreams.flatMap(({ nodes }) => nodes.map(({ name }) => name)),
  );
  return [
    {
      id: balancerGroup,
      title: 'Load balancer',
      kind: 'front',
      note: softwareOf(topology) ?? 'external',
      members:
        balancers.length === 0
          ? [{ name: settings.loadBalancer.address ?? 'external', note: 'not ours' }]
          : balancers.map(({ host, hostname }) => ({ name: host.name, note: hostname, host: host.name })),
      uses: roles
        .filter(({ role }) => nodesOf(topology, role).some(({ host }) => behind.has(host.name)))
        .map(({ group }) => group),
    },
  ];
}

function nodeGroups(topology: Topology, stores: readonly string[]): LayoutGroup[] {
  const { keyManager } = topology.settings;
  return roles.flatMap(({ role, group, title }): LayoutGroup[] => {
    const nodes = nodesOf(topology, role);
    const sharing = sharedKinds.some(
      (kind) => topology.settings.sharedDirectories[kind] !== undefined && sharersOf(kind).includes(role),
    );
    const common = { id: group, title, kind: 'nodes' as const };
    if (nodes.length > 0)
      return [
        {
          ...common,
          members: nodes.map(({ host, hostname }) => ({ name: host.name, note: hostname, host: host.name })),
          uses: stores.filter((store) => store !== sharedStorage || sharing),
        },
      ];
    if (role !== 'key-manager' || keyManager === undefined) return [];
    return [
      {
        ...common,
        note: keyManager.type,
        members: [{ name: urlHost(keyManager.url), note: 'not ours' }],
        uses: [],
      },
    ];
  });
}

function databaseOf({ settings: { database } }: Topology): LayoutGroup {
  const servers = new Map<string, string[]>();
  for (const { name, host, port } of [database.apim, database.shared]) {
    const server = `${host ?? database.host}:${port ?? database.port}`;
    servers.set(server, [...(servers.get(server) ?? []), name]);
  }
  return {
    id: 'database',
    title: 'Database',
    kind: 'store',
    note: database.type,
    members: [...servers].map(([name, holds]) => ({
      name,
      note: holds.join(', '),
      steps: storeSteps.database,
    })),
    uses: [],
  };
}

const sharedStorage = 'shared-storage';

function sharedStorageOf({ settings: { sharedDirectories } }: Topology): LayoutGroup | undefined {
  const sources = new Map<string, string[]>();
  const types = new Set<string>();
  for (const kind of sharedKinds) {
    const shared = sharedDirectories[kind];
    if (shared === undefined) continue;
    types.add(shared.type);
    sources.set(shared.source, [...(sources.get(shared.source) ?? []), kind]);
  }
  if (sources.size === 0) return undefined;
  return {
    id: sharedStorage,
    title: 'Shared storage',
    kind: 'store',
    note: [...types].join(', '),
    members: [...sources].map(([name, holds]) => ({
      name,
      note: holds.join(', '),
      steps: storeSteps.sharedStorage,
    })),
    uses: [],
  };
}
