import { describe } from '../../src/pki/certificate.ts';
import { withdrawAuthority } from '../../src/steps/withdraw-authority.ts';
import { material, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const pki = '/srv/apim/pki';
const at = { topology, at: 'controller' };
const before = otherMaterial.authority.certificate;
const print = describe(before).fingerprint.slice(0, 8);
const subject = `“O=API Manager, CN=API Manager API Manager authority”`;
const summary = `trust ${subject}, SHA-256 ${print}… no more, and remove what is left of its key`;
const retiring = { ...material, retiring: [before] };
const byBoth = { ...retiring, nodes: new Map([...material.nodes, ['gw', otherMaterial.nodes.get('gw')]]) };
const brought = await topologyOf({
  groups: {
    ...Object.fromEntries(
      topology.nodes.map(({ role, host, address }) => [
        role.replace('-', '_'),
        {
          [host.name]: {
            ansible_host: address,
            apim: {
              hostname: `${host.name}.example.com`,
              ...(host.name === 'gw' ? { certificate: { certificate: 'gw.pem', key: 'gw.key' } } : {}),
            },
          },
        },
      ]),
    ),
  },
});

export const step = withdrawAuthority;

export const cases: readonly StepCase[] = [
  { ...at, when: 'there is one authority', facts: { material, behind: [] }, plans: {} },
  {
    ...at,
    when: 'nothing is left of the one before',
    facts: { material: retiring, behind: [] },
    plans: { [summary]: [`run rm -f ${pki}/ca-retiring.pem ${pki}/ca.key.kept-${print}`] },
  },
  {
    ...at,
    when: 'a node does not run yet with its own',
    facts: { material: retiring, behind: [{ host: 'gw', why: 'does not run' }] },
    plans: { [`${summary}, once all run with theirs (not yet: gw does not run)`]: ['after wait-ready'] },
  },
  {
    ...at,
    when: 'certificates are still to be made',
    facts: { material: { ...retiring, nodes: new Map() }, behind: [] },
    plans: { [summary]: ['after issue-certificates'] },
  },
  {
    ...at,
    when: 'nobody has begun to replace what it issued',
    facts: { material: byBoth, behind: [] },
    plans: { [summary]: ['after replace-certificates'] },
  },
  {
    ...at,
    when: 'the next one issues nothing yet',
    facts: { material: { ...retiring, next: otherMaterial.authority }, behind: [] },
    plans: { [summary]: ['after replace-certificates'] },
  },
  {
    when: 'a certificate that it issued was brought',
    at: 'controller',
    topology: brought,
    facts: { material: byBoth, behind: [] },
    refuses: /^gw still show certificates of the authority that is to be withdrawn/,
  },
];
