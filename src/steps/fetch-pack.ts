import { packCache } from '../apim/cluster/paths.ts';
import { type Node, serverOf } from '../apim/cluster/topology.ts';
import { nodeStep, nothing, type World } from './define.ts';
import { fetchArchive, inspectPack, makeFolders, packDue } from './pack-state.ts';

/** Brings the archive to the server. Nothing that serves is touched by it, so it can begin before all else is there. */
export const fetchPack = nodeStep({
  name: 'fetch-pack',
  summary:
    'Bring the archive to the server, once a server, and check it; where it is not needed, do nothing.',
  params: nothing,

  inspect: inspectPack,

  plan({ node, world }, facts) {
    const { topology } = world;
    if (packDue(world, node, facts) !== 'install' || facts.cached || !isFirst(world, node)) return [];
    return [
      {
        summary: `bring the archive of API Manager ${topology.settings.version} to ${packCache(node, topology).folder}`,
        actions: [...makeFolders(topology, node, facts), ...fetchArchive(topology, node, facts)],
      },
    ];
  },
});

/** Of the nodes of a server that keep their archive in one place, one brings it. What is missing yet, `install-pack` brings. */
function isFirst({ topology, hosts }: World, node: Node): boolean {
  const first = topology.nodes.find(
    (each) =>
      hosts.has(each.host.name) && serverOf(each) === serverOf(node) && each.directory === node.directory,
  );
  return first === node;
}
