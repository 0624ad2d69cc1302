import { z } from 'zod';
import { keystoreFiles } from '../apim/cluster/keystores.ts';
import { sharedDirectories, sharersOf, truststoreWriter } from '../apim/cluster/shared.ts';
import type { Node } from '../apim/cluster/topology.ts';
import { type Action, wait } from '../engine/plan.ts';
import { waitingTime } from '../input/decode.ts';
import { as, sh } from '../shell/command.ts';
import { checksum, patient } from '../shell/files.ts';
import { nodeStep, type World } from './define.ts';
import { awaitTokens } from './shared-tokens.ts';

/** What one node wrote, every other must read: only so is it known that a directory is really shared. */
export const checkSharedDirectories = nodeStep({
  name: 'check-shared-directories',
  summary: 'Check that what one node writes into a shared directory is read by the others.',
  params: z.strictObject({
    timeout: waitingTime()
      .prefault('90s')
      .describe('how long a file may take to be seen; NFS may need a minute'),
  }),

  async inspect({ node, world }, { at }) {
    const writer = truststoreWriter(world.topology, node, world.hosts);
    if (writer === node) return { written: undefined };
    const { trust } = keystoreFiles(world.topology, writer);
    const { stdout } = await at(writer.host).there(as(writer.user, patient.checksum(trust)));
    return { written: { by: writer.host.name, sum: stdout.trim() } };
  },

  plan() {
    return [];
  },

  verify({ node, world, params }, { written }) {
    const seen = sharedDirectories(world.topology, node).flatMap((shared) => {
      const others = world.topology.nodes.filter(
        (each) =>
          each !== node && sharersOf(shared.kind).includes(each.role) && world.hosts.has(each.host.name),
      );
      return others.length === 0 ? [] : [awaitTokens(world, node, shared, others, params.timeout)];
    });
    return written === undefined ? seen : [...seen, awaitTrust(world, node, written, params.timeout)];
  },
});

/** One node writes the truststore that several share; every other has to see that very file before its server starts. */
function awaitTrust(
  { topology }: World,
  node: Node,
  { by, sum }: { readonly by: string; readonly sum: string },
  timeoutMs: number,
): Action {
  const { trust } = keystoreFiles(topology, node);
  return wait({
    what: `the truststore that ${by} has written`,
    until: [
      {
        what: `${trust} as it is at ${by}`,
        command: as(
          node.user,
          sh`test "$(sh -c ${checksum(trust)})" = ${sum} || { echo "another file is there" >&2; exit 1; }`,
        ),
      },
    ],
    timeoutMs,
    hint: `compare at both: sha256sum ${trust}; then run the same command again`,
  });
}
