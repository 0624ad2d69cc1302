import { securityFolder } from '../../src/apim/cluster/paths.ts';
import { checkKeystores } from '../../src/steps/check-keystores.ts';
import { keystoreOf, noMaterial, otherMaterial as ours, material as theirs } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const folder = securityFolder(nodeFor(topology, 'gateway'));
const password = 'fake-keystore-password';
const own = theirs.nodes.get('gw') ?? theirs.primary;
const primary = { path: `${folder}/primary.jks`, tls: false };
const tls = { path: `${folder}/tls.jks`, tls: true };
const found = {
  primary: { ...primary, bytes: keystoreOf(theirs.primary, 'primary', password) },
  tls: { ...tls, bytes: keystoreOf(own, 'tls', password) },
};
const both = [found.primary, found.tls];
const at = { topology, at: 'gw' };
const brought = await topologyOf({
  apim: { certificates: { primary: { keystore: 'old.jks', password: 'fake-old-word' } } },
});

export const step = checkKeystores;

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'nothing is there, and nothing is here',
    facts: { stores: [], material: noMaterial },
    plans: {},
  },
  {
    ...at,
    when: 'what is there was made from what is here',
    facts: { stores: both, material: theirs },
    plans: {},
  },
  {
    ...at,
    when: 'only the password has changed since',
    facts: {
      stores: [{ ...primary, bytes: keystoreOf(theirs.primary, 'primary', 'fake-earlier-password') }],
      material: theirs,
    },
    plans: {},
  },
  {
    ...at,
    when: 'the folder is not here',
    facts: { stores: both, material: noMaterial },
    refuses:
      /^gw holds keys that \/srv\/apim\/pki does not have\n {2}\| .*primary\.jks: the key that all nodes share, “O=API Manager, CN=API Manager API Manager” from “.* authority”, until 2028-06-03, SHA-256 [0-9a-f]{64}\n {2}\| .*tls\.jks: the key for TLS, .*\n {2}\| primary\.key and ca\.pem are not in \/srv\/apim\/pki\n.*could not be read any more; nothing was made or changed\n.*bring the folder of this cluster to \/srv\/apim\/pki, or .*pki recover INVENTORY; if nobody needs them any more, move .* away there$/,
  },
  {
    ...at,
    when: 'the folder is of another cluster',
    facts: { stores: both, material: ours },
    refuses: /primary\.pem is another: /,
  },
  {
    ...at,
    when: 'the folder is not here, and the keystore has another password',
    facts: {
      stores: [{ ...primary, bytes: keystoreOf(theirs.primary, 'primary', 'fake-earlier-password') }],
      material: noMaterial,
    },
    refuses: /it does not open with the password of the inventory \(the password is wrong/,
  },
  {
    ...at,
    when: 'the folder is not here, and what stands there is no keystore that can be read',
    facts: {
      stores: [{ ...primary, bytes: Buffer.from('not a keystore at all, but a text') }],
      material: noMaterial,
    },
    refuses: /primary\.jks: the key that all nodes share; it does not open/,
  },
  {
    ...at,
    when: 'the run user may not read it',
    facts: { stores: [{ ...primary, bytes: undefined }], material: noMaterial },
    refuses: /the run user may not read it/,
  },
  {
    ...at,
    when: 'the certificate of the shared key was lost here, and its key was not',
    facts: {
      stores: both,
      material: {
        ...theirs,
        primary: undefined,
        spare: new Map([['/srv/apim/pki/primary.key', theirs.primary.key]]),
      },
    },
    plans: {},
  },
  {
    ...at,
    when: 'the key that all nodes share can no longer be read here',
    facts: {
      stores: both,
      material: { ...theirs, primary: undefined, damaged: new Map([['/srv/apim/pki/primary.key', 'x']]) },
    },
    refuses: /no key can be read from \/srv\/apim\/pki\/primary\.key/,
  },
  {
    ...at,
    when: 'the authority was lost here, with the keys of the nodes',
    facts: { stores: both, material: { ...theirs, authority: undefined, nodes: new Map() } },
    refuses: /tls\.jks: the key for TLS.*\n.*\n.*the nodes would not know one another/,
  },
  {
    ...at,
    when: 'the node has an earlier certificate of an authority that issues no more',
    facts: {
      stores: both,
      material: { ...ours, primary: theirs.primary, retiring: [theirs.authority.certificate] },
    },
    plans: {},
  },
  {
    ...at,
    when: 'a run died after it had made another authority, which the shared key vouches for',
    facts: { stores: both, material: { ...ours, primary: theirs.primary } },
    plans: {},
  },
  {
    when: 'the inventory brings the shared key: then it is meant to be another',
    topology: brought,
    at: 'gw',
    facts: { stores: [found.primary], material: { ...noMaterial, primary: ours.primary } },
    plans: {},
  },
  {
    ...at,
    when: 'a deployment.toml of somebody else names a keystore of its own',
    facts: {
      stores: [{ ...primary, path: `${folder}/company.jks`, bytes: found.primary.bytes }],
      material: noMaterial,
    },
    refuses: /company\.jks: the key that all nodes share/,
  },
];
