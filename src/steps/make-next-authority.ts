import { pkiFiles } from '../apim/cluster/keystores.ts';
import { keyContent } from '../certificates/folder.ts';
import { readMaterial } from '../certificates/read.ts';
import { rotationPhase } from '../certificates/rotation.ts';
import { put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { type CertificatePair, createAuthority } from '../pki/authority.ts';
import { sh } from '../shell/command.ts';
import { whoIsBehind } from './behind.ts';
import { nothing, step } from './define.ts';
import { refuseBehind } from './replace-certificates.ts';

/** Makes an authority that all nodes are to trust before it issues anything. */
export const makeNextAuthority = step({
  name: 'make-next-authority',
  summary:
    'Make the next certificate authority beside the present one, for all nodes to trust before it issues anything.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    const material = await asks.once(readMaterial, world);
    // Whoever carries a rotation on has looked before, and need not wait for all nodes.
    return {
      material,
      behind: rotationPhase(world, material) === 'none' ? await whoIsBehind(world, asks) : [],
    };
  },

  plan({ world }, { material, behind }) {
    const { topology, now } = world;
    const { authority: brought, requests, organization, authorityDays } = topology.settings.certificates;
    if (rotationPhase(world, material) !== 'none') return [];
    if (brought !== undefined || requests)
      throw new StepFailed({
        cause: `the authority of this cluster is elsewhere, so the next one is not made here`,
        hint: 'name the certificate of the next one in apim.trust beside the present one, and deploy: all nodes trust both then; replace what it is to issue, and deploy; take the one before out of apim.trust in the end',
      });
    refuseBehind(behind, material);
    const files = pkiFiles(topology);
    let made: Promise<CertificatePair> | undefined;
    const make = () => {
      made ??= createAuthority({
        organization,
        days: authorityDays,
        now,
        ...keyOf(material.spare.get(files.next.key)),
      });
      return made;
    };
    return [
      {
        summary: `make the next certificate authority in ${files.directory}; it issues nothing before all nodes trust it`,
        actions: [
          run(sh`mkdir -p -m 700 ${files.directory}`),
          put(files.next.key, async () => keyContent(world, (await make()).key), 0o600),
          put(files.next.certificate, async () => (await make()).certificate, 0o644),
        ],
      },
    ];
  },
});

/** A key that a run has left which died before there was a certificate. */
function keyOf(key: string | undefined): { key?: string } {
  return key === undefined ? {} : { key };
}
