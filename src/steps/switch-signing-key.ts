import { pkiFiles } from '../apim/cluster/keystores.ts';
import { keyContent } from '../certificates/folder.ts';
import { readMaterial } from '../certificates/read.ts';
import { signingPhase } from '../certificates/signing.ts';
import { type Change, later, put, run } from '../engine/plan.ts';
import { sh } from '../shell/command.ts';
import { whoIsBehind, wordsOf } from './behind.ts';
import { nothing, step, type World } from './define.ts';

/**
 * Has the next key sign tokens, once every node publishes and trusts it. The moment at which there is a retiring pair, the
 * next one signs (`certificates/read.ts`); that its files take the names of the one that signs comes after.
 */
export const switchSigningKey = step({
  name: 'switch-signing-key',
  summary:
    'Have the next key sign tokens, once all nodes publish and trust it; the one before stays published, and opens what is stored.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    return { material, behind: material.signing.next === undefined ? [] : await whoIsBehind(world, asks) };
  },

  plan({ world }, { material, behind }) {
    const { own, next, misnamed } = material.signing;
    const before = own ?? material.primary;
    if (misnamed) return [renaming(world)];
    const summary =
      'have the next key sign tokens from now on; the one before it stays published and trusted';
    if (signingPhase(material) === 'none') return [later(summary, 'make-next-signing-key')];
    if (next === undefined || before === undefined) return [];
    if (behind.length > 0)
      return [
        later(
          `${summary}, once all publish and trust it (not yet: ${wordsOf(behind).join('; ')})`,
          'wait-ready',
        ),
      ];
    const { retiringSigning } = pkiFiles(world.topology);
    return [
      {
        summary,
        actions: [
          put(retiringSigning.key, async () => keyContent(world, before.key), 0o600),
          put(retiringSigning.certificate, before.certificate, 0o644),
          ...renaming(world).actions,
        ],
      },
    ];
  },
});

/** The pair is whole under its own name until it is whole under the other. */
function renaming({ topology }: World): Change {
  const { directory, signing, nextSigning } = pkiFiles(topology);
  const copied = [
    [nextSigning.key, signing.key],
    [nextSigning.certificate, signing.certificate],
  ].map(
    ([from = '', to = '']) => sh`cp -p ${from} ${to}.new && sync ${to}.new && mv -f ${to}.new ${to}`.text,
  );
  // Without its certificate there is no next pair, whatever becomes of its key.
  const removed = sh`rm -f ${nextSigning.certificate} && rm -f ${nextSigning.key}`.text;
  return {
    summary: `give the files of the key that signs tokens their names in ${directory}`,
    actions: [
      run(
        { text: `${copied.join(' && ')} && ${removed}` },
        { shown: `rename ${nextSigning.certificate} and its key` },
      ),
    ],
  };
}
