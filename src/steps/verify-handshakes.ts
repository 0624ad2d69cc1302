import { tlsPeers } from '../apim/config/tls-peers.ts';
import { readMaterial } from '../certificates/read.ts';
import { nodeMaterial } from '../certificates/views.ts';
import { wait } from '../engine/plan.ts';
import { nodeStep, nothing } from './define.ts';

/** Proves that a node trusts all that it talks to, nodes and sites of the load balancer: by handshakes from its server. */
export const verifyHandshakes = nodeStep({
  name: 'verify-handshakes',
  summary:
    'Speak TLS from a node to every node and site that it is configured to talk to, and verify what they show.',
  params: nothing,

  async inspect({ world }, { once }) {
    return once(readMaterial, world);
  },

  plan: () => [],

  verify({ node, world }, material) {
    const ca = nodeMaterial(world, material, node)?.roots;
    const peers = tlsPeers(world.topology, node);
    if (ca === undefined || peers.length === 0) return [];
    return [
      wait({
        what: `${node.host.name} to verify all that it talks to`,
        until: peers.map(({ name, port }) => ({
          what: `${name}:${port}`,
          probe: { host: name, port, tls: { name, ca } },
        })),
        timeoutMs: 30_000,
        hint: 'the certificate that is shown there is not from an authority of this cluster, or does not bear that name, or nobody answers: apim-orchestrate certs INVENTORY shows all of them',
      }),
    ];
  },
});
