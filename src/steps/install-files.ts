import { dirname } from 'node:path';
import { extraFiles, tracesOf } from '../apim/extra-files.ts';
import { marks } from '../apim/paths.ts';
import { nodeOf } from '../apim/topology.ts';
import { type Change, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as, sh } from '../shell/command.ts';
import { checksums, readChecksums, readText } from '../shell/files.ts';
import { nothing, step } from './define.ts';
import { inHome } from './home.ts';

/** Puts somebody's own bundles, libraries and web applications into a home, and takes away what is no longer asked for. */
export const installFiles = step({
  name: 'install-files',
  summary: 'Put files of your own into the home: bundles, libraries, web applications.',
  at: 'node',
  params: nothing,

  async inspect({ host, world }, { here, there }) {
    const node = nodeOf(world.topology, host);
    const files = extraFiles(node);
    const at = (question: Parameters<typeof there>[0]) => there(inHome(world.topology, node, question));
    const [local, found, noted] = await Promise.all([
      files.length === 0 ? undefined : here(checksums(files.map(({ from }) => from))),
      files.length === 0 ? undefined : at(checksums(files.map(({ inside }) => `${node.home}/${inside}`))),
      at(readText(marks(node).files)),
    ]);
    return {
      local: readChecksums(local?.stdout ?? ''),
      found: readChecksums(found?.stdout ?? ''),
      noted: (noted.stdout ?? '').split('\n').filter((line) => line !== ''),
    };
  },

  plan({ host, world }, { local, found, noted }) {
    const node = nodeOf(world.topology, host);
    const files = extraFiles(node);
    const lacking = files.find(({ from }) => !local.has(from));
    if (lacking !== undefined)
      throw new StepFailed({
        cause: `there is no file ${lacking.from} on this machine`,
        hint: 'correct apim.files in the inventory',
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
      .filter(({ from, inside }) => local.get(from) !== found.get(`${node.home}/${inside}`))
      .map(({ from, inside }) => ({
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
          put(`${node.home}/${inside}`, { file: from }, 0o644, node.user),
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
