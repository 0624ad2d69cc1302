import { finishSigningKey } from '../../src/steps/finish-signing-key.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
const pki = '/srv/apim/pki';
const at = { topology, at: 'controller' };
const published = { ...noMaterial.signing, own: otherMaterial.primary, retiring: material.primary };
const withdrawn = { ...material, signing: { ...published, withdrawn: true } };
const summary = `remove ${pki}/signing-retiring.pem and its key`;

export const step = finishSigningKey;

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'the key before is published still',
    facts: { material: { ...material, signing: published }, behind: [] },
    plans: {},
  },
  {
    ...at,
    when: 'nobody holds it any more',
    facts: { material: withdrawn, behind: [] },
    plans: {
      [summary]: [
        `run rm -f ${pki}/signing-retiring.pem && rm -f ${pki}/signing-retiring.key && rm -f ${pki}/signing-withdrawn.pem`,
      ],
    },
  },
  {
    ...at,
    when: 'somebody does',
    facts: { material: withdrawn, behind: [{ host: 'km', why: 'does not run' }] },
    plans: { [`${summary}, once nobody publishes it (not yet: km does not run)`]: ['after wait-ready'] },
  },
];
