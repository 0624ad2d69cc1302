import { refuseForeign } from '../certificates/found-keystores.ts';
import { keystoresAt } from '../certificates/keystores-at.ts';
import { sh } from '../shell/command.ts';
import { nodeStep, nothing } from './define.ts';

/** Whether the keystores of a node are of the pki folder of this machine. Runs before anything is issued. */
export const checkKeystores = nodeStep({
  name: 'check-keystores',
  summary:
    'Check that the keystores of a node were made from the pki folder of this machine, before anything is issued.',
  params: nothing,

  async inspect({ node, world }, { there, once }) {
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

  plan({ node, world }, { stores, material }) {
    refuseForeign(world, node, material, stores);
    return [];
  },
});
