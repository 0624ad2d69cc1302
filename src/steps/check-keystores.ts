import { nodeOf } from '../apim/cluster/topology.ts';
import { printKeystores, readKeystores } from '../apim/server/found-keystores.ts';
import { sh } from '../shell/command.ts';
import { nothing, step } from './define.ts';
import { refuseForeign } from './found-keystores.ts';
import { readMaterial } from './material.ts';

/** Whether the keystores of a node are of the pki folder of this machine. Runs before anything is issued. */
export const checkKeystores = step({
  name: 'check-keystores',
  summary:
    'Check that the keystores of a node were made from the pki folder of this machine, before anything is issued.',
  at: 'node',
  params: nothing,

  async inspect({ host, world }, { there, once }) {
    const node = nodeOf(world.topology, host);
    const [user, printed, material] = await Promise.all([
      there(sh`id -u ${node.user} 2>/dev/null || true`),
      there(printKeystores(node)).then(
        ({ stdout }) => stdout,
        (error: Error) => error,
      ),
      once(readMaterial, world),
    ]);
    // Whoever does not exist cannot be asked: then nothing of theirs is there, either.
    const nobody = user.stdout.trim() === '';
    if (printed instanceof Error && !nobody) throw printed;
    return { stores: printed instanceof Error ? [] : readKeystores(node, printed), material };
  },

  plan({ host, world }, { stores, material }) {
    refuseForeign(world, nodeOf(world.topology, host), material, stores);
    return [];
  },
});
