import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bearers } from '../../src/apim/cluster/keystores.ts';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import type { Material, Pair } from '../../src/certificates/material.ts';
import { authorityBits, createAuthority, issue, keyBits } from '../../src/pki/authority.ts';
import { describe, toDer, toPkcs8 } from '../../src/pki/certificate.ts';
import { writeJks } from '../../src/pki/jks.ts';
import { keptKey } from './kept-keys.ts';
import { caseTime } from './step-cases.ts';
import { fiveHosts } from './topologies.ts';

/** What a pki folder holds before anything is made. */
export const noMaterial: Material = {
  authority: undefined,
  primary: undefined,
  signing: { own: undefined, next: undefined, retiring: undefined, withdrawn: false, misnamed: false },
  nodes: new Map(),
  requests: new Map(),
  trust: new Map(),
  next: undefined,
  misnamed: false,
  retiring: [],
  outgoing: [],
  spare: new Map(),
  damaged: new Map(),
};

type Folder = Material & { readonly authority: Pair; readonly primary: Pair };

/** A pki folder with everything in it, made by the same functions as in a deployment; only its keys are kept ones. */
export async function materialFor(topology: Topology, hosts: readonly string[]): Promise<Folder> {
  const now = caseTime;
  const key = await keptKey(authorityBits);
  const made = await createAuthority({ organization: 'API Manager', days: 3650, now, key });
  const authority = { ...made, chain: [] };
  const pair = async (commonName: string, names: readonly string[], usage: 'tls' | 'signing') => ({
    ...(await issue({ authority, commonName, names, days: 825, now, usage, key: await keptKey(keyBits) })),
    chain: [authority.certificate],
  });
  const nodes = new Map<string, Pair>();
  for (const { host, hostname, names } of bearers(topology))
    if (hosts.includes(host.name)) nodes.set(host.name, await pair(hostname, names, 'tls'));
  const primary = await pair('API Manager API Manager', [], 'signing');
  return { ...noMaterial, authority, primary, nodes };
}

const topology = await fiveHosts();
/** The pki folder of the five hosts. Signing takes its time, so it is made once. */
export const material = await materialFor(topology, ['km', 'tm', 'pub', 'dev', 'gw']);
/** What another deployment of them made, at another machine: for the Key Manager and the gateway. */
export const otherMaterial = await materialFor(topology, ['km', 'gw']);

/** A keystore as it is installed at a node. */
export function keystoreOf({ key, certificate, chain }: Pair, alias: string, password: string): Buffer {
  const all = [certificate, ...chain].map(toDer);
  const { notBefore } = describe(certificate);
  return writeJks([{ type: 'key', alias, pkcs8: toPkcs8(key), chain: all, date: notBefore }], password);
}

/** Writes a pki folder as it stands in a deployment. */
export function writeFolder(folder: string, { authority, primary, nodes }: Folder): void {
  mkdirSync(join(folder, 'nodes'), { recursive: true });
  const pairs: [string, Pair][] = [
    ['ca', authority],
    ['primary', primary],
    ...[...nodes].map(([name, pair]): [string, Pair] => [`nodes/${name}`, pair]),
  ];
  for (const [name, { key, certificate }] of pairs) {
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
    writeFileSync(join(folder, `${name}.pem`), certificate);
  }
}
