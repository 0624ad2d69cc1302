import { finishRotation } from '../../src/steps/finish-rotation.ts';
import { material, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
const at = { topology, at: 'controller' };
const outgoing = [otherMaterial.nodes.get('gw')?.certificate ?? ''];
const rotated = { ...material, outgoing };

export const step = finishRotation;

export const cases: readonly StepCase[] = [
  { ...at, when: 'no rotation is under way', facts: { material, behind: [] }, plans: {} },
  {
    ...at,
    when: 'all run with their new certificates',
    facts: { material: rotated, behind: [] },
    plans: { 'note that the rotation is over': ['run rm -f /srv/apim/pki/outgoing.pem'] },
  },
  {
    ...at,
    when: 'one does not yet',
    facts: { material: rotated, behind: [{ host: 'gw', why: 'does not run' }] },
    plans: {
      'note that the rotation is over, once all run with theirs (not yet: gw does not run)': [
        'after wait-ready',
      ],
    },
  },
  {
    ...at,
    when: 'some are still to be replaced',
    facts: { material: { ...material, outgoing: [material.nodes.get('gw')?.certificate ?? ''] }, behind: [] },
    plans: { 'note that the rotation is over': ['after issue-certificates'] },
  },
  {
    ...at,
    when: 'the authority before is still trusted',
    facts: { material: { ...rotated, retiring: [otherMaterial.authority.certificate] }, behind: [] },
    refuses: /the one before is still to be withdrawn.*rotate-certs --authority INVENTORY/s,
  },
];
