import { checkKeystores } from '../../src/steps/check-keystores.ts';
import { material, noMaterial, otherMaterial as other, topology } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { topologyOf } from '../support/topologies.ts';

const held = {
  primary: [material.primary?.certificate ?? ''],
  tls: [material.nodes.get('gw')?.certificate ?? ''],
};
const at = { topology, at: 'gw' };
const ways =
  /nothing was made or written: bring the folder .* to \/srv\/apim\/pki; if it is lost, .*pki recover/;

export const step = checkKeystores;

/** This step plans nothing: what it is there for is what it refuses. */
export const cases: readonly StepCase[] = [
  {
    when: 'nothing is there, and nothing here',
    ...at,
    facts: { held: { primary: undefined, tls: undefined }, material: noMaterial },
    plans: {},
  },
  { when: 'the keys there are those here', ...at, facts: { held, material }, plans: {} },
  {
    when: 'keys are there, and none are here',
    ...at,
    facts: { held, material: noMaterial },
    refuses: /holds a shared key that is not in the folder here: .*issued by .*there is none here/,
  },
  {
    when: 'keys are there, and none are here: it tells both ways on',
    ...at,
    facts: { held, material: noMaterial },
    refuses: ways,
  },
  {
    when: 'another shared key is here',
    ...at,
    facts: { held, material: { ...material, primary: other.primary } },
    refuses: /could not be read with it/,
  },
  {
    when: 'a brought key takes the place of the one there',
    topology: await topologyOf({
      apim: { certificates: { primary: { certificate: 'own.pem', key: 'own.key' } } },
    }),
    at: 'gw',
    facts: { held, material: { ...material, primary: other.primary } },
    plans: {},
  },
  {
    when: 'only the certificate there is known to nobody here',
    ...at,
    facts: { held: { primary: undefined, tls: held.tls }, material: noMaterial },
    refuses: /a certificate of an authority that is not in the folder here/,
  },
  {
    when: 'the authority here has lost its key',
    ...at,
    facts: { held, material: { ...material, authority: { ...material.authority, key: undefined } } },
    plans: {},
  },
  {
    when: 'a store there holds no key that can be read',
    ...at,
    facts: { held: { primary: [], tls: [] }, material: noMaterial },
    plans: {},
  },
];
