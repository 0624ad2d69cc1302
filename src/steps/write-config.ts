import { deploymentToml } from '../apim/deployment-toml.ts';
import { deploymentTomlPath } from '../apim/paths.ts';
import { maskToml } from '../apim/toml.ts';
import { nodeOf } from '../apim/topology.ts';
import { put } from '../engine/plan.ts';
import { readText } from '../shell/files.ts';
import { nothing, step } from './define.ts';
import { inHome } from './home.ts';

/** Writes the one file that configures a node. What was there before the first time is kept by the optimizer. */
export const writeConfig = step({
  name: 'write-config',
  summary: 'Write deployment.toml for the role of the node.',
  params: nothing,

  async inspect({ host, world }, { there }) {
    const node = nodeOf(world.topology, host);
    const { stdout } = await there(inHome(world.topology, node, readText(deploymentTomlPath(node))));
    return { text: stdout };
  },

  plan({ host, world }, { text }) {
    const node = nodeOf(world.topology, host);
    const wanted = deploymentToml(world.topology, node);
    if (text === wanted.reveal()) return [];
    const path = deploymentTomlPath(node);
    const before = maskToml(text);
    const onlySecrets = before === wanted.face;
    return [
      {
        summary: `write ${path}${onlySecrets ? ' (a secret changed)' : ''}`,
        ...(onlySecrets ? {} : { diff: { before, after: wanted.face } }),
        actions: [put(path, wanted, 0o600, node.user)],
      },
    ];
  },
});
