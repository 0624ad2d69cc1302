import { makeNextAuthority } from '../../src/steps/make-next-authority.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const pki = '/srv/apim/pki';
const at = { topology, at: 'controller' };
const behind = [{ host: 'gw', why: 'does not run' }];
const requests = await topologyOf({ apim: { certificates: { requests: true } } });

export const step = makeNextAuthority;

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'all run with what there is',
    facts: { material, behind: [] },
    plans: {
      [`make the next certificate authority in ${pki}; it issues nothing before all nodes trust it`]: [
        `run mkdir -p -m 700 ${pki}`,
        `put ${pki}/ca-next.key 600 (made then)`,
        `put ${pki}/ca-next.pem 644 (made then)`,
      ],
    },
  },
  {
    ...at,
    when: 'one does not',
    facts: { material, behind },
    refuses: /^not every node runs with what there is, so no rotation is begun\n {2}\| gw does not run\n/,
  },
  {
    ...at,
    when: 'nothing was made yet',
    facts: { material: noMaterial, behind: [] },
    refuses: /^there are no certificates yet that could be replaced/,
  },
  {
    ...at,
    when: 'the next one is there',
    facts: { material: { ...material, next: otherMaterial.authority }, behind },
    plans: {},
  },
  {
    ...at,
    when: 'the one before is still to be withdrawn',
    facts: {
      material: { ...material, retiring: [otherMaterial.authority.certificate] },
      behind: [],
    },
    plans: {},
  },
  {
    ...at,
    when: 'certificates are being replaced',
    facts: { material: { ...material, outgoing: [otherMaterial.primary.certificate] }, behind: [] },
    plans: {},
  },
  {
    when: 'somebody elsewhere signs',
    at: 'controller',
    topology: requests,
    facts: { material, behind: [] },
    refuses:
      /the authority of this cluster is elsewhere.*name the certificate of the next one in apim\.trust/s,
  },
];
