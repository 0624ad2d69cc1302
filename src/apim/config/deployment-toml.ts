import type { Secret } from '../../secret.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import type { Role } from '../release/roles.ts';
import { appendTables } from './appends.ts';
import { transports } from './hardening.ts';
import { mergeTables } from './overrides.ts';
import { type Sealer, sealTables } from './secure-vault.ts';
import { databases } from './tables/databases.ts';
import { environments, environmentsToPublish } from './tables/environments.ts';
import { analytics, cacheInvalidation, cors, jwt, oauth } from './tables/features.ts';
import {
  apiKeys,
  devportal,
  duplication,
  eventHub,
  keyManager,
  throttling,
  throttlingWithPolicies,
  tokenRevocation,
} from './tables/peers.ts';
import { keystores, management, server, servletTransports, superAdmin, userStore } from './tables/server.ts';
import { signUp } from './tables/users.ts';
import { mask as maskedValue, type TomlTable, writeToml } from './toml.ts';

type Maker = (topology: Topology, node: Node, signer?: string) => readonly TomlTable[];

const common: readonly Maker[] = [
  server,
  userStore,
  superAdmin,
  databases,
  keystores,
  management,
  servletTransports,
  transports,
];

/** Which role has which tables, in the order in which they are written: parents before children. */
const tables: Readonly<Record<Role, readonly Maker[]>> = {
  'key-manager': [throttling, eventHub, oauth, cacheInvalidation, tokenRevocation, signUp],
  'traffic-manager': [keyManager, duplication],
  publisher: [
    keyManager,
    throttlingWithPolicies,
    eventHub,
    environmentsToPublish,
    devportal,
    oauth,
    cacheInvalidation,
    analytics,
  ],
  devportal: [
    apiKeys,
    keyManager,
    throttling,
    eventHub,
    oauth,
    environments,
    cacheInvalidation,
    analytics,
    signUp,
  ],
  gateway: [keyManager, throttlingWithPolicies, eventHub, jwt, cors, analytics],
};

/**
 * The tables of a node’s deployment.toml: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/distributed-deployment/deploying-wso2-api-m-in-a-distributed-setup/
 * with what the inventory adds to them. Every URL has the port of its target as a number: the guide’s
 * `${mgt.transport.https.port}` is the port of the node that reads it.
 * `signer` is the alias of the pair that signs tokens, where it is not the one that all nodes share.
 */
export function deploymentTables(topology: Topology, node: Node, signer?: string): TomlTable[] {
  const ours = [...common, ...tables[node.role]].flatMap((make) => make(topology, node, signer));
  return appendTables(mergeTables(ours, node.deploymentToml), node.deploymentTomlAppend);
}

/**
 * The deployment.toml of a node, just as it is put there: with its passwords as they are, or sealed if the inventory asks
 * for it. Without a key to seal with, placeholders stand where ciphertexts would.
 */
export function deploymentToml(
  topology: Topology,
  node: Node,
  sealer: Sealer = placeholders,
  signer?: string,
): Secret {
  const tables = deploymentTables(topology, node, signer);
  return writeToml(
    deploymentHeading,
    topology.settings.secureVault ? sealTables(tables, sealer, node) : tables,
  );
}

/** What the deployment.toml of a node says, sealed or not: ciphertexts are random, so they tell nothing. */
export function deploymentContent(topology: Topology, node: Node, signer?: string): string {
  return writeToml(deploymentHeading, deploymentTables(topology, node, signer)).reveal();
}

/** Lines of the deployment.toml of a node that are ours, with no secret on them, whatever people add to it or change in it. */
export function plainLines(topology: Topology, node: Node): Set<string> {
  const { face } = deploymentToml(topology, { ...node, deploymentToml: {}, deploymentTomlAppend: {} });
  return new Set(face.split('\n').filter((line) => !line.includes(maskedValue)));
}

const placeholders: Sealer = { existing: new Map(), encrypt: () => '(ciphertext)', holds: () => false };

/** The first line of every deployment.toml of ours. */
const deploymentHeading = '# Written by apim-orchestrate; changes made here are lost at its next run.\n';
