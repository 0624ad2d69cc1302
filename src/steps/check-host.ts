import { StepFailed } from '../errors.ts';
import { nodeStep, nothing } from './define.ts';
import { lookAtFitness, whatIsUnfit } from './fitness.ts';

/** Whether a server can become a node at all. Finds everything that is wrong at once; changes nothing. */
export const checkHost = nodeStep({
  name: 'check-host',
  summary: 'Check Java, tools, disk, clock, ports, names and the user before anything is changed.',
  params: nothing,

  inspect: ({ node, world }, asks) => lookAtFitness(node, world, asks),

  plan({ node, world }, facts) {
    const problems = whatIsUnfit(node, world.topology, facts);
    if (problems.length === 0) return [];
    throw new StepFailed({
      cause: `this server is not fit yet (${problems.length} ${problems.length === 1 ? 'problem' : 'problems'})`,
      tail: problems.map(({ problem, cure }) => `${problem} → ${cure}`),
      hint: 'mend these and run the same command again; nothing has been changed here',
    });
  },
});
