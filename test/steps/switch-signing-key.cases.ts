import { switchSigningKey } from '../../src/steps/switch-signing-key.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
const pki = '/srv/apim/pki';
const at = { topology, at: 'controller' };
const next = otherMaterial.primary;
const { signing } = noMaterial;
const published = { ...material, signing: { ...signing, next } };
const summary = 'have the next key sign tokens from now on; the one before it stays published and trusted';
const rename = /^run cp -p .*signing-next\.key .*rm -f .*signing-next\.pem && rm -f .*signing-next\.key$/;

export const step = switchSigningKey;

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'there is no next key',
    facts: { material, behind: [] },
    plans: { [summary]: ['after make-next-signing-key'] },
  },
  {
    ...at,
    when: 'it signs',
    facts: {
      material: { ...material, signing: { ...signing, own: next, retiring: material.primary } },
      behind: [],
    },
    plans: {},
  },
  {
    ...at,
    when: 'all publish and trust it',
    facts: { material: published, behind: [] },
    plans: {
      [summary]: [
        `put ${pki}/signing-retiring.key 600 (made then)`,
        /^put .*\/signing-retiring\.pem 644 /,
        rename,
      ],
    },
  },
  {
    ...at,
    when: 'one does not yet',
    facts: { material: published, behind: [{ host: 'gw', why: 'runs with something older' }] },
    plans: {
      [`${summary}, once all publish and trust it (not yet: gw runs with something older)`]: [
        'after wait-ready',
      ],
    },
  },
  {
    ...at,
    when: 'a run died before its files had their names',
    facts: {
      material: {
        ...material,
        signing: { ...signing, own: next, retiring: material.primary, misnamed: true },
      },
      behind: [],
    },
    plans: { [`give the files of the key that signs tokens their names in ${pki}`]: [rename] },
  },
];
