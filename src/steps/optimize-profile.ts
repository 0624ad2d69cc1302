import { marks } from '../apim/cluster/paths.ts';
import { profileOf } from '../apim/release/roles.ts';
import { optimizeProfile } from '../apim/server/commands.ts';
import { run } from '../engine/plan.ts';
import { readNote } from '../shell/files.ts';
import { nodeStep, nothing } from './define.ts';
import { inHome } from './home.ts';

/** Runs the vendor's optimizer, once in the life of a home: it deletes files and cannot be undone. */
export const optimizeProfileStep = nodeStep({
  name: 'optimize-profile',
  summary:
    'Reduce the installation to the profile of its component. Runs once, before our configuration, unless the inventory has it run at every start.',
  params: nothing,

  async inspect({ node, world }, { there }) {
    const { stdout } = await there(inHome(world.topology, node, readNote(marks(node).profile)));
    return { profile: stdout.trim() };
  },

  plan({ node, world }, { profile }) {
    if (world.topology.settings.optimize === 'starting') return [];
    const wanted = profileOf(node.role);
    if (profile === wanted) return [];
    return [
      {
        summary: `optimize ${node.home} for the profile ${wanted}`,
        actions: [
          run(optimizeProfile(node), {
            shown: `profileSetup.sh -Dprofile=${wanted}`,
            hint: 'run the same command again: the home is unpacked anew first',
          }),
        ],
      },
    ];
  },
});
