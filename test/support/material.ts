import { bearers, keystoreFiles } from '../../src/apim/keystores.ts';
import { nodeOf, type Topology } from '../../src/apim/topology.ts';
import { createAuthority, issue } from '../../src/pki/authority.ts';
import { describe, toDer, toPkcs8 } from '../../src/pki/certificate.ts';
import { writeJks } from '../../src/pki/jks.ts';
import type { Material, Pair } from '../../src/steps/material.ts';
import { caseTime } from './step-cases.ts';
import { fiveHosts } from './topologies.ts';

/** Everything that a folder pki can hold for a topology, or for some of its hosts, made for it. */
export async function materialFor(topology: Topology, only?: readonly string[]): Promise<Material> {
  const all = bearers(topology).filter(({ host }) => only?.includes(host.name) ?? true);
  const authority = await createAuthority({ organization: 'Cases', days: 3650, now: caseTime });
  const made = async (
    commonName: string,
    names: readonly string[],
    usage: 'tls' | 'signing',
  ): Promise<Pair> => ({
    ...(await issue({ authority, commonName, names, days: 825, now: caseTime, usage })),
    chain: [authority.certificate],
  });
  const [primary, ...own] = await Promise.all([
    made('Cases API Manager', [], 'signing'),
    ...all.map(({ hostname, names }) => made(hostname, names, 'tls')),
  ]);
  return {
    authority: { ...authority, chain: [] },
    former: [],
    primary,
    nodes: new Map(
      all.flatMap(({ host }, index) => {
        const pair = own[index];
        return pair === undefined ? [] : [[host.name, pair] as const];
      }),
    ),
    requests: new Map(),
    trust: new Map(),
    unsound: [],
  };
}

/** A folder pki with nothing in it. */
export const noMaterial: Material = {
  authority: undefined,
  former: [],
  primary: undefined,
  nodes: new Map(),
  requests: new Map(),
  trust: new Map(),
  unsound: [],
};

/** A keystore with one key, as a node holds it. */
export function storeOf(topology: Topology, name: string, which: 'primary' | 'tls', pair: Pair): Buffer {
  const host = topology.nodes.find((each) => each.host.name === name)?.host;
  if (host === undefined) throw new Error(`no node ${name}`);
  const alias = keystoreFiles(topology, nodeOf(topology, host)).aliases[which];
  const chain = [pair.certificate, ...pair.chain].map(toDer);
  const date = describe(pair.certificate).notBefore;
  const password = topology.settings.keystore.password.reveal();
  return writeJks([{ type: 'key', alias, pkcs8: toPkcs8(pair.key), chain, date }], password);
}

/** Five hosts, what is in their folder pki, and what is in that of somebody else: made once, for keys take their time. */
export const topology = await fiveHosts();
export const material = await materialFor(topology);
export const otherMaterial = await materialFor(topology, ['gw']);
