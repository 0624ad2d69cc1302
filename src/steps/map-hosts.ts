import { hostsFile, mergeHosts } from '../apim/cluster/hosts-file.ts';
import { put } from '../engine/plan.ts';
import { readText } from '../shell/files.ts';
import { nothing, step } from './define.ts';

/** Tells a server the addresses of all nodes, in a marked block; the rest of the file stays as it is. */
export const mapHosts = step({
  name: 'map-hosts',
  summary: 'Write the names of all nodes into /etc/hosts, where the inventory asks for it.',
  at: 'host',
  params: nothing,

  async inspect({ world }, { there }) {
    if (!world.topology.settings.mapHosts) return { text: undefined };
    const { stdout } = await there(readText(hostsFile));
    return { text: stdout };
  },

  plan({ world }, { text }) {
    if (text === undefined) return [];
    const wanted = mergeHosts(text, world.topology);
    if (wanted === text) return [];
    return [
      {
        summary: `map the names of the nodes in ${hostsFile}`,
        diff: { before: text, after: wanted },
        actions: [put(hostsFile, wanted, 0o644, 'root')],
      },
    ];
  },
});
