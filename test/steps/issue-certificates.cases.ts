import { issueCertificates } from '../../src/steps/issue-certificates.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const at = { topology, at: 'controller' };
const { authority, nodes } = material;
const pki = '/srv/apim/pki';
const folder = `run mkdir -p -m 700 ${pki} ${pki}/nodes`;
const issued = (name: string, why: string) =>
  `issue a certificate for ${name} as ${name}.example.com, localhost, ${addressOf(name)} (${why})`;
const pair = (name: string) => [
  folder,
  `put ${pki}/${name}.key 600 (made then)`,
  `put ${pki}/${name}.pem 644 (made then)`,
];
const without = (name: string) => new Map([...nodes].filter(([host]) => host !== name));
const keyless = { ...authority, key: undefined, keyless: `${pki}/ca.key is not there` };
const gwKey = `${pki}/nodes/gw.key`;
const requests = await topologyOf({ apim: { certificates: { requests: true } } });

function addressOf(name: string): string {
  return topology.nodes.find(({ host }) => host.name === name)?.address ?? '';
}

export const step = issueCertificates;

export const cases: readonly StepCase[] = [
  { ...at, when: 'all is there', facts: material, plans: {}, company: {} },
  {
    ...at,
    when: 'nothing is there',
    facts: noMaterial,
    plans: {
      [`create the certificate authority in ${pki} (there is none yet)`]: pair('ca'),
      'issue the key pair that all nodes share (there is none yet)': pair('primary'),
      ...Object.fromEntries(
        ['km', 'tm', 'pub', 'dev', 'gw'].map((name) => [
          issued(name, 'there is none yet'),
          pair(`nodes/${name}`),
        ]),
      ),
    },
  },
  {
    ...at,
    when: 'nothing is there, and nobody has looked at the nodes that are left out',
    hosts: ['gw'],
    facts: noMaterial,
    refuses:
      /\/srv\/apim\/pki lacks what all nodes share, and this run leaves out km, tm, pub, dev, whose keystores may hold it/,
  },
  {
    ...at,
    when: 'only what one node has is missing, in a run that leaves others out',
    hosts: ['gw'],
    facts: { ...material, nodes: without('gw') },
    plans: { [issued('gw', 'there is none yet')]: pair('nodes/gw') },
  },
  {
    ...at,
    when: 'a key has lost its certificate: it gets another, and is not written over',
    facts: { ...material, nodes: without('gw'), spare: new Map([[gwKey, nodes.get('gw')?.key ?? '']]) },
    plans: {
      [issued('gw', `for the key in ${gwKey}, which has none`)]: [
        folder,
        `put ${pki}/nodes/gw.pem 644 (made then)`,
      ],
    },
  },
  {
    ...at,
    when: 'the authority has lost its certificate: its key gets another, and so do all that it has issued',
    facts: {
      ...material,
      authority: undefined,
      nodes: new Map(),
      spare: new Map([[`${pki}/ca.key`, authority.key]]),
    },
    plans: {
      [`create the certificate authority in ${pki} (for the key in ${pki}/ca.key, which has none)`]: [
        folder,
        `put ${pki}/ca.pem 644 (made then)`,
      ],
      ...Object.fromEntries(
        ['km', 'tm', 'pub', 'dev', 'gw'].map((name) => [
          issued(name, 'there is none yet'),
          pair(`nodes/${name}`),
        ]),
      ),
    },
  },
  {
    ...at,
    when: 'a key cannot be read: it stays beside the one that takes its place',
    facts: { ...material, nodes: without('gw'), damaged: new Map([[gwKey, 'half a key\n']]) },
    plans: {
      [issued('gw', `no key can be read from ${gwKey}, which stays as ${gwKey}.kept-930894ea`)]: [
        folder,
        /^run set -e; if ! test -e \S*gw\.key\.kept-930894ea; then umask 077; ln /,
        `put ${gwKey} 600 (made then)`,
        `put ${pki}/nodes/gw.pem 644 (made then)`,
      ],
    },
  },
  {
    ...at,
    when: 'the key of the authority is not here, and nothing is due',
    facts: { ...material, authority: keyless },
    plans: {},
  },
  {
    ...at,
    when: 'the key of the authority is not here, and certificates are due',
    facts: { ...material, authority: keyless, primary: undefined, nodes: without('gw') },
    refuses:
      /^certificates are to be issued and the key of the authority is not here: \/srv\/apim\/pki\/ca\.key is not there\n {2}\| for the key that all nodes share \(there is none yet\)\n {2}\| for gw \(there is none yet\)\n.*pki recover INVENTORY --new-authority$/,
  },
  {
    ...at,
    when: 'nodes have certificates of an authority that issues no more: those are as good as ever',
    facts: {
      ...material,
      authority: otherMaterial.authority,
      retiring: [authority.certificate],
    },
    plans: {},
  },
  {
    when: 'requests are asked for where a key cannot be read',
    topology: requests,
    at: 'controller',
    facts: {
      ...material,
      nodes: without('gw'),
      requests: new Map([['gw', { key: undefined, request: undefined }]]),
      damaged: new Map([[gwKey, 'half a key\n']]),
    },
    plans: {
      [`write a signing request for gw as gw.example.com, ${addressOf('gw')}`]: [
        folder,
        /^run .*gw\.key\.kept-/,
        `put ${gwKey} 600 (made then)`,
        `put ${pki}/nodes/gw.csr 644 (made then)`,
      ],
    },
    company: { alone: 'a person has to sign requests before anything can go on' },
  },
];
