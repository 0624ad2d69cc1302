import { pkiFiles } from '../apim/cluster/keystores.ts';
import { keptName } from '../certificates/folder.ts';
import type { Material } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { toReplace } from '../certificates/rotation.ts';
import { type Change, later, put, run } from '../engine/plan.ts';
import { RunRefused } from '../errors.ts';
import { describe, uniqueCertificates } from '../pki/certificate.ts';
import { sh } from '../shell/command.ts';
import { keepBeside } from '../shell/files.ts';
import { type Behind, whoIsBehind, wordsOf } from './behind.ts';
import { nothing, step, type World } from './define.ts';

/**
 * Begins to replace certificates. Where there is a next authority that all nodes run with, it issues from now on, and what
 * the one before has issued is replaced; otherwise all certificates of nodes and balancers. What is to be replaced is
 * noted in the pki folder, and `issue-certificates` makes it, in this run or in any later one.
 */
export const replaceCertificates = step({
  name: 'replace-certificates',
  summary:
    'Begin to replace the certificates of nodes and balancers; where there is a next authority that all trust, it issues from now on.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    const goesOn = material.outgoing.length > 0 && material.next === undefined;
    return { material, behind: goesOn ? [] : await whoIsBehind(world, asks) };
  },

  plan({ world }, { material, behind }) {
    const files = pkiFiles(world.topology);
    const { next, outgoing, misnamed } = material;
    const all = toReplace(world, material);
    const names = all.map(({ host }) => host);
    const begin: Change = {
      summary: `replace the certificates of ${listed(names)}; each node gets its own, is restarted and taken back`,
      actions: [put(files.outgoing, all.map(({ certificate }) => certificate).join(''), 0o644)],
    };
    if (next !== undefined) {
      const summary = 'have the next authority issue from now on; the one before it stays trusted';
      if (behind.length > 0)
        return [
          later(`${summary}, once all trust it (not yet: ${wordsOf(behind).join('; ')})`, 'wait-ready'),
        ];
      return [promotion(world, material, summary), ...(all.length === 0 ? [] : [begin])];
    }
    const tidy = misnamed ? [renaming(world)] : [];
    if (outgoing.length > 0 || all.length === 0) return tidy;
    if (material.retiring.length === 0) refuseBehind(behind, material);
    return [...tidy, begin];
  },
});

/** Nothing begins while a node is away, or does not run yet with what came before. */
export function refuseBehind(behind: readonly Behind[], { authority, primary }: Material): void {
  if (authority === undefined || primary === undefined)
    throw new RunRefused({
      cause: 'there are no certificates yet that could be replaced',
      hint: 'apim-orchestrate deploy INVENTORY makes them',
    });
  if (behind.length === 0) return;
  throw new RunRefused({
    cause: 'not every node runs with what there is, so no rotation is begun',
    tail: wordsOf(behind),
    hint: 'apim-orchestrate deploy INVENTORY brings them there; apim-orchestrate status INVENTORY tells how each is doing',
  });
}

/**
 * The moment at which the present authority is among those that issue no more, the next one issues (`certificates/read.ts`).
 * That its files take the names of the other comes after. Its old key stays beside until it is withdrawn.
 */
function promotion(world: World, { authority, retiring }: Material, summary: string): Change {
  const files = pkiFiles(world.topology);
  const before = authority?.certificate ?? '';
  const kept = keptName(files.authority.key, describe(before).fingerprint);
  const { actions } = renaming(world);
  return {
    summary,
    actions: [
      ...(authority?.key === undefined
        ? []
        : [run(keepBeside(files.authority.key, kept), { shown: `keep ${kept}` })]),
      put(files.retiring, uniqueCertificates([...retiring, before]).join(''), 0o644),
      ...actions,
    ],
  };
}

/** The next authority is whole under its own name until it is whole under the other. */
function renaming({ topology }: World): Change {
  const { authority, next } = pkiFiles(topology);
  const renamed = [
    [next.key, authority.key],
    [next.certificate, authority.certificate],
  ].map(
    ([from = '', to = '']) => sh`cp -p ${from} ${to}.new && sync ${to}.new && mv -f ${to}.new ${to}`.text,
  );
  const command = {
    text: `${renamed.join(' && ')} && ${sh`rm -f ${next.key} && rm -f ${next.certificate}`.text}`,
  };
  return {
    summary: `give the files of the authority that issues their names in ${topology.settings.certificates.directory}`,
    actions: [run(command, { shown: `rename ${next.certificate} and its key` })],
  };
}

/** Names, or so many of them as anybody reads. */
function listed(names: readonly string[]): string {
  return names.length <= 12
    ? names.join(', ')
    : `${names.slice(0, 10).join(', ')} and ${names.length - 10} others`;
}
