import { makeNextSigningKey } from '../../src/steps/make-next-signing-key.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const pki = '/srv/apim/pki';
const at = { topology, at: 'controller' };
const brought = await topologyOf({
  apim: { certificates: { primary: { certificate: 'own.pem', key: 'own.key' } } },
});
const aliased = await topologyOf({ apim: { deployment_toml: { keystore: { primary: { alias: 'ours' } } } } });
const next = otherMaterial.primary;
const { signing } = noMaterial;

export const step = makeNextSigningKey;

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'all run with what there is',
    facts: { material, behind: [] },
    plans: {
      [`make the next key that signs tokens in ${pki}; it signs nothing before all nodes publish and trust it`]:
        [
          `run mkdir -p -m 700 ${pki}`,
          `put ${pki}/signing-next.key 600 (made then)`,
          `put ${pki}/signing-next.pem 644 (made then)`,
        ],
    },
  },
  {
    ...at,
    when: 'one does not',
    facts: { material, behind: [{ host: 'gw', why: 'does not run' }] },
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
    facts: { material: { ...material, signing: { ...signing, next } }, behind: [] },
    plans: {},
  },
  {
    ...at,
    when: 'the one before is published still',
    facts: {
      material: { ...material, signing: { ...signing, own: next, retiring: material.primary } },
      behind: [],
    },
    plans: {},
  },
  {
    ...at,
    when: 'certificates are being replaced',
    facts: { material: { ...material, outgoing: [next.certificate] }, behind: [] },
    refuses: /^a rotation of certificates is under way/,
  },
  {
    ...at,
    when: 'the key of the authority is not here',
    facts: {
      material: {
        ...material,
        authority: { ...material.authority, key: undefined, keyless: 'pki/ca.key is not there' },
      },
      behind: [],
    },
    refuses: /^no certificate can be issued: pki\/ca\.key is not there/,
  },
  {
    when: 'the shared key was brought',
    at: 'controller',
    topology: brought,
    facts: { material, behind: [] },
    refuses: /^the key that all nodes share was brought.*what the product has stored could not be read/s,
  },
  {
    when: 'the inventory says which key is used',
    at: 'controller',
    topology: aliased,
    facts: { material, behind: [] },
    refuses: /^deployment_toml says for km, tm, pub, dev, gw which keystore or alias is used/,
  },
];
