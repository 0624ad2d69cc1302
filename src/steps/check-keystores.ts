import { nodeOf } from '../apim/cluster/topology.ts';
import { refuseForeign } from '../certificates/found-keystores.ts';
import { keystoresAt } from '../certificates/keystores-at.ts';
import { sh } from '../shell/command.ts';
import { nothing, step } from './define.ts';

/** Whether the keystores of a node are of the pki folder of this machine. Runs before anything is issued. */
export const checkKeystores = step({
  name: 'check-keystores',
  summary:
    'Check that the keystores of a node were made from the pki folder of this machine, before anything is issued.',
  at: 'node',
  params: nothing,

  async inspect({ host, world }, { there, once }) {
    const node = nodeOf(world.topology, host);
    // Whoever does not exist cannot be asked: then nothing of theirs is there, either.
    const user = there(sh`id -u ${node.user} 2>/dev/null || true`);
    const ask: typeof there = async (question) => {
      try {
        return await there(question);
      } catch (error) {
        if ((await user).stdout.trim() !== '') throw error;
        return { code: 0, stdout: '', stderr: '' };
      }
    };
    return keystoresAt(world, node, ask, { once });
  },

  plan({ host, world }, { stores, material }) {
    refuseForeign(world, nodeOf(world.topology, host), material, stores);
    return [];
  },
});
