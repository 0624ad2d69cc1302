import { withdrawSigningKey } from '../../src/steps/withdraw-signing-key.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
const at = { topology, at: 'controller' };
const own = otherMaterial.primary;
const signing = { ...noMaterial.signing, own, retiring: material.primary };

export const step = withdrawSigningKey;

export const cases: readonly StepCase[] = [
  { ...at, when: 'there is none', facts: { material, behind: [] }, plans: {} },
  {
    ...at,
    when: 'all run with the present one',
    facts: { material: { ...material, signing }, behind: [] },
    plans: {
      'publish and trust no more the key that signed tokens before': [/^put .*\/signing-withdrawn\.pem 644 /],
    },
  },
  {
    ...at,
    when: 'one does not',
    facts: { material: { ...material, signing }, behind: [{ host: 'km', why: 'does not run' }] },
    refuses: /^not every node runs with what there is/,
  },
  {
    ...at,
    when: 'it is withdrawn',
    facts: { material: { ...material, signing: { ...signing, withdrawn: true } }, behind: [] },
    plans: {},
  },
];
