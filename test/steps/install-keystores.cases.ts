import { trustedAliases } from '../../src/apim/keystores.ts';
import { nodeOf } from '../../src/apim/topology.ts';
import { describe, toDer } from '../../src/pki/certificate.ts';
import { mergeTrust, writeJks } from '../../src/pki/jks.ts';
import { installKeystores } from '../../src/steps/install-keystores.ts';
import { material, noMaterial, otherMaterial as other, storeOf, topology } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { tenHosts, topologyOf } from '../support/topologies.ts';

const node = nodeOf(topology, topology.nodes.find(({ host }) => host.name === 'gw')?.host as never);
const password = topology.settings.truststore.password.reveal();
const shipped =
  other.primary === undefined ? Buffer.alloc(0) : storeOf(topology, 'gw', 'primary', other.primary);

function pair(of: typeof material, which: 'primary' | 'gw') {
  const found = which === 'primary' ? of.primary : of.nodes.get('gw');
  if (found === undefined) throw new Error(`no ${which}`);
  return found;
}

const stores = {
  primary: storeOf(topology, 'gw', 'primary', pair(material, 'primary')),
  tls: storeOf(topology, 'gw', 'tls', pair(material, 'gw')),
};
const wanted = trustedAliases(topology, node, {
  authority: material.authority?.certificate ?? '',
  primary: pair(material, 'primary').certificate,
  node: (name) => material.nodes.get(name)?.certificate ?? '',
  more: new Map(),
}).map(({ alias, certificate }) => ({ alias, certificate: toDer(certificate) }));
const date = new Date(0);
const entry = (alias: string, certificate: string) => ({
  type: 'trusted' as const,
  alias,
  date,
  certificate: toDer(certificate),
});
const fresh = writeJks([entry('public-ca', pair(other, 'gw').certificate)], 'wso2carbon');
const trust = mergeTrust(fresh, { now: password, shipped: 'wso2carbon' }, wanted, () => false).bytes;
/** As an earlier version left it: the shipped certificate under an alias that nobody looked for. */
const leftOver = mergeTrust(
  trust,
  { now: password, shipped: password },
  [{ alias: 'some-key_rs256', certificate: toDer(pair(other, 'primary').certificate) }],
  () => false,
).bytes;

const folder = '/opt/wso2/gateway/repository/resources/security';
const facts = { ...stores, trust, shipped: undefined, material };
const trusting = `trust the cluster’s certificates in ${folder}/client-truststore.jks`;
const at = { topology, at: 'gw' };
const put = (name: string) => [new RegExp(`^put \\(wso2\\) ${folder}/${name} 600 `)];
const own = await topologyOf({
  apim: { certificates: { primary: { certificate: 'own.pem', key: 'own.key' } } },
});
const ten = await tenHosts();
const point = '/opt/wso2/shared/nas-example-com-apim/truststore/client-truststore.jks';

export const step = installKeystores;

export const cases: readonly StepCase[] = [
  {
    when: 'there is nothing but what was shipped',
    ...at,
    facts: { ...facts, primary: undefined, tls: undefined, trust: fresh, shipped },
    plans: {
      [`write ${folder}/primary.jks`]: put('primary.jks'),
      [`write ${folder}/tls.jks`]: put('tls.jks'),
      [trusting]: put('client-truststore.jks'),
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/^run \(wso2\) rm -f .*wso2carbon\.jks/],
    },
  },
  { when: 'all is as wanted', ...at, facts, plans: {} },
  {
    when: 'a run died before the shipped keystore was removed',
    ...at,
    facts: { ...facts, shipped },
    plans: { [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/^run \(wso2\) rm -f/] },
  },
  {
    when: 'the certificate of the shipped key is trusted under another alias',
    ...at,
    facts: { ...facts, trust: leftOver, shipped },
    plans: {
      [trusting]: put('client-truststore.jks'),
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/^run/],
    },
  },
  {
    when: 'nothing is there yet, and no certificates either',
    ...at,
    facts: { primary: undefined, tls: undefined, trust: undefined, shipped: undefined, material: noMaterial },
    plans: {
      [`write ${folder}/primary.jks`]: [/not there yet/],
      [`write ${folder}/tls.jks`]: [/not there yet/],
      [trusting]: [/not there yet/],
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/^run/],
    },
  },
  {
    when: 'its certificate was made anew',
    ...at,
    facts: { ...facts, tls: storeOf(topology, 'gw', 'tls', pair(material, 'primary')) },
    plans: { [`write ${folder}/tls.jks`]: put('tls.jks') },
  },
  {
    when: 'a shared key that is nowhere else gives way to a brought one',
    topology: own,
    at: 'gw',
    facts: { ...facts, primary: storeOf(topology, 'gw', 'primary', pair(other, 'primary')) },
    plans: {
      [`write ${folder}/primary.jks; the present one, whose key is nowhere else, is kept as ${folder}/kept/primary-${mark()}.jks`]:
        [/^run \(wso2\) umask 077; mkdir -p .*cp .*primary\.jks.*mv -nT/, ...put('primary.jks')],
    },
  },
  {
    when: 'the first of two gateways shares its truststore',
    topology: ten,
    at: 'gw1',
    facts: { ...facts, trust: undefined, material: noMaterial },
    plans: {
      [`write ${folder}/primary.jks; the present one, whose key is nowhere else, is kept as ${folder}/kept/primary-${mark(pair(material, 'primary').certificate)}.jks`]:
        [/./, /./],
      [`write ${folder}/tls.jks; the present one, whose key is nowhere else, is kept as ${folder}/kept/tls-${mark(pair(material, 'gw').certificate)}.jks`]:
        [/./, /./],
      [`trust the cluster’s certificates in ${point}`]: [/not there yet/],
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/./],
    },
  },
  {
    when: 'the second of two gateways shares its truststore: the first writes it',
    topology: ten,
    at: 'gw2',
    facts: { ...facts, primary: undefined, tls: undefined, trust: fresh, material: noMaterial },
    plans: { [`write ${folder}/primary.jks`]: [/./], [`write ${folder}/tls.jks`]: [/./] },
  },
  {
    when: 'the second of two gateways is in the run alone',
    topology: ten,
    at: 'gw2',
    hosts: ['gw2'],
    facts: { ...facts, primary: undefined, tls: undefined, trust: fresh, material: noMaterial },
    plans: {
      [`write ${folder}/primary.jks`]: [/./],
      [`write ${folder}/tls.jks`]: [/./],
      [`trust the cluster’s certificates in ${point}`]: [/./],
    },
  },
  {
    when: 'the truststore has another password',
    ...at,
    facts: { ...facts, trust: writeJks([], 'changed-by-hand') },
    refuses: /cannot be opened: the password is wrong.*/,
  },
];

function mark(certificate = pair(other, 'primary').certificate): string {
  return describe(certificate).fingerprint.slice(0, 8);
}
