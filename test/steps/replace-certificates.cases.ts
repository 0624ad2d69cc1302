import { describe } from '../../src/pki/certificate.ts';
import { replaceCertificates } from '../../src/steps/replace-certificates.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const pki = '/srv/apim/pki';
const at = { topology, at: 'controller' };
const behind = [{ host: 'gw', why: 'was not found ready' }];
const next = otherMaterial.authority;
const outgoing = [...material.nodes.values()].map(({ certificate }) => certificate);
const begin = (names: string) =>
  `replace the certificates of ${names}; each node gets its own, is restarted and taken back`;
const noted = new RegExp(`^put ${pki}/outgoing\\.pem 644 "-----BEGIN CERTIFICATE`);
const kept = `${pki}/ca.key.kept-${describe(material.authority.certificate).fingerprint.slice(0, 8)}`;
const renamed = new RegExp(
  `^run cp -p ${pki}/ca-next\\.key ${pki}/ca\\.key\\.new && .*rm -f ${pki}/ca-next\\.pem$`,
);
const own = { certificate: 'gw.pem', key: 'gw.key' };
const brought = await topologyOf({ apim: {}, groups: fiveBringing('gw') });

function fiveBringing(name: string) {
  return Object.fromEntries(
    topology.nodes.map(({ role, host, address }) => [
      role.replace('-', '_'),
      {
        [host.name]: {
          ansible_host: address,
          apim: { hostname: `${host.name}.example.com`, ...(host.name === name ? { certificate: own } : {}) },
        },
      },
    ]),
  );
}

export const step = replaceCertificates;

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'all run with what there is',
    facts: { material, behind: [] },
    plans: { [begin('km, tm, pub, dev, gw')]: [noted] },
  },
  {
    ...at,
    when: 'one does not',
    facts: { material, behind },
    refuses: /^not every node runs with what there is.*\| gw was not found ready/s,
  },
  {
    ...at,
    when: 'nothing was made yet',
    facts: { material: noMaterial, behind: [] },
    plans: {},
  },
  {
    when: 'one brings its own: that stays',
    at: 'controller',
    topology: brought,
    facts: { material, behind: [] },
    plans: { [begin('km, tm, pub, dev')]: [noted] },
  },
  {
    ...at,
    when: 'a rotation is under way: nothing more is to be replaced',
    facts: { material: { ...material, outgoing }, behind },
    plans: {},
  },
  {
    ...at,
    when: 'there is a next authority, and not all trust it',
    facts: { material: { ...material, next }, behind },
    plans: {
      'have the next authority issue from now on; the one before it stays trusted, once all trust it (not yet: gw was not found ready)':
        ['after wait-ready'],
    },
  },
  {
    ...at,
    when: 'there is a next authority that all trust',
    facts: { material: { ...material, next }, behind: [] },
    plans: {
      'have the next authority issue from now on; the one before it stays trusted': [
        new RegExp(`^run set -e; if ! test -e ${kept}; then`),
        new RegExp(`^put ${pki}/ca-retiring\\.pem 644 "-----BEGIN CERTIFICATE`),
        renamed,
      ],
      [begin('km, tm, pub, dev, gw')]: [noted],
    },
  },
  {
    ...at,
    when: 'the key of the one before is not here',
    facts: {
      material: { ...material, authority: { ...material.authority, key: undefined }, next },
      behind: [],
    },
    plans: {
      'have the next authority issue from now on; the one before it stays trusted': [
        new RegExp(`^put ${pki}/ca-retiring\\.pem 644 "-----BEGIN CERTIFICATE`),
        renamed,
      ],
      [begin('km, tm, pub, dev, gw')]: [noted],
    },
  },
  {
    ...at,
    when: 'a run died while the files of the authority got their names: only what it has not issued is replaced',
    facts: {
      material: {
        ...material,
        authority: next,
        retiring: [material.authority.certificate],
        misnamed: true,
        nodes: new Map([...material.nodes, ['gw', otherMaterial.nodes.get('gw') ?? next]]),
      },
      behind,
    },
    plans: {
      [`give the files of the authority that issues their names in ${pki}`]: [renamed],
      [begin('km, tm, pub, dev')]: [noted],
    },
  },
];
