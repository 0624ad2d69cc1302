import { basename, dirname } from 'node:path';
import { marks } from '../apim/cluster/paths.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { extraFiles, localFiles, tracesOf, wantedSum } from '../apim/server/extra-files.ts';
import { type Action, type Change, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as, sh } from '../shell/command.ts';
import { checksums, readChecksums, readNote } from '../shell/files.ts';
import { nodeStep, nothing } from './define.ts';
import { type Fetch, fetch, readAuthority } from './fetch.ts';
import { inHome } from './home.ts';

/** Puts somebody's own bundles, libraries and web applications into a home, and takes away what is no longer asked for. */
export const installFiles = nodeStep({
  name: 'install-files',
  summary: 'Put files of your own into the home: bundles, libraries, web applications.',
  params: nothing,

  async inspect({ node, world }, { here, there }) {
    const files = extraFiles(node);
    const mine = localFiles(node);
    const at = (question: Parameters<typeof there>[0]) => there(inHome(world.topology, node, question));
    const [local, found, noted, ...authorities] = await Promise.all([
      mine.length === 0 ? undefined : here(checksums(mine)),
      files.length === 0 ? undefined : at(checksums(files.map(({ inside }) => `${node.home}/${inside}`))),
      at(readNote(marks(node).files)),
      ...files.map(({ download }) => readAuthority(here, download)),
    ]);
    return {
      local: readChecksums(local?.stdout ?? ''),
      found: readChecksums(found?.stdout ?? ''),
      authorities,
      noted: (noted.stdout ?? '').split('\n').filter((line) => line !== ''),
    };
  },

  plan({ node }, { local, found, noted, authorities }) {
    const files = extraFiles(node);
    const lacking = files.find((file) => wantedSum(file, local) === undefined);
    if (lacking !== undefined)
      throw new StepFailed({
        cause: `there is no file ${lacking.from} on this machine`,
        hint: 'correct apim.files in the inventory',
      });
    const other = files.find(
      ({ from, sha256 }) => from !== undefined && sha256 !== undefined && local.get(from) !== sha256,
    );
    if (other !== undefined)
      throw new StepFailed({
        cause: `${other.from} has SHA-256 ${local.get(other.from ?? '')}, the inventory says ${other.sha256}`,
        hint: 'correct apim.files in the inventory, or fetch the file again',
      });
    const wanted = files.map(({ inside }) => inside);
    const gone = noted.filter((inside) => !wanted.includes(inside));
    const note = put(
      marks(node).files,
      `${[...new Set([...wanted, ...gone])].join('\n')}\n`,
      0o644,
      node.user,
    );
    const changes: Change[] = files
      .map((file, index) => ({ ...file, authority: authorities[index] ?? '' }))
      .filter((file) => wantedSum(file, local) !== found.get(`${node.home}/${file.inside}`))
      .map(({ from, download, sha256 = '', key, inside, authority }) => ({
        summary: `install ${inside}`,
        actions: [
          // Noted first: what a run that dies has put there is known to the next.
          note,
          run(
            as(
              node.user,
              sh`mkdir -p ${dirname(`${node.home}/${inside}`)} && rm -f ${tracesOf(node, inside).slice(1)}`,
            ),
            {
              shown: `make room for ${inside}`,
            },
          ),
          ...(download === undefined
            ? [put(`${node.home}/${inside}`, { file: from ?? '' }, 0o644, node.user)]
            : downloadInto(node, inside, { download, key, sha256, authority })),
        ],
      }));
    if (gone.length > 0)
      changes.push({
        summary: `remove ${gone.join(', ')}, no longer in the inventory`,
        actions: [
          run(as(node.user, sh`rm -rf ${gone.flatMap((inside) => tracesOf(node, inside))}`), {
            shown: `remove ${gone.join(', ')}`,
          }),
          put(marks(node).files, wanted.map((inside) => `${inside}\n`).join(''), 0o644, node.user),
        ],
      });
    return changes;
  },
});

/** A running server takes up what comes into some of its folders: what is not whole yet is kept among our notes. */
function downloadInto(node: Node, inside: string, file: Omit<Fetch, 'path' | 'user'>): Action[] {
  const target = `${node.home}/${inside}`;
  const path = `${marks(node).folder}/${file.sha256.slice(0, 16)}-${basename(inside)}`;
  const part = `${dirname(target)}/.${basename(target)}.part`;
  return [
    fetch({ ...file, path, user: node.user }),
    run(
      as(
        node.user,
        sh`cp ${path} ${part} && { sync ${part} 2>/dev/null || sync; } && mv -f ${part} ${target} && rm -f ${path}`,
      ),
      { shown: `put ${inside} in place` },
    ),
  ];
}
