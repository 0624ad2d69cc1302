import type { Issue } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import type { Node, Topology } from '../cluster/topology.ts';
import { interpreted, isTree } from '../config/overrides.ts';

/** A value of the inventory that ends up in deployment.toml, and the way to it under `apim`. */
interface Landing {
  readonly node: Node;
  readonly path: readonly string[];
  readonly value: string | Secret;
}

/** Values that the product would make something else of, wherever they end up, and secrets that no vault can hold. */
export function brokenValues(topology: Topology): Issue[] {
  const { secureVault, certificates } = topology.settings;
  return [
    ...[...settled(topology), ...own(topology).filter(({ value }) => value instanceof Secret)].flatMap(
      (landing) => {
        const message = complaint(landing, secureVault);
        return message === undefined ? [] : [issueAt(landing, message)];
      },
    ),
    ...brokenParameters(topology),
    // How much a key of somebody’s own can hold is known only once it has been read.
    ...(certificates.primary === undefined ? longSecrets(topology, 2048) : []),
  ];
}

/** Db2 knows no way to write a semicolon into a property of its URL. */
function brokenParameters(topology: Topology): Issue[] {
  if (topology.settings.database.type !== 'db2') return [];
  return settled(topology)
    .filter(
      ({ path, value }) =>
        path.slice(0, 2).join('.') === 'database.parameters' && String(value).includes(';'),
    )
    .map((landing) => issueAt(landing, 'must not hold a semicolon: in a URL for Db2 it ends the property'));
}

/** Secrets that are too long to be encrypted with a key of so many bits (OAEP with SHA-1 takes 42 bytes of it). */
export function longSecrets(topology: Topology, bits: number): Issue[] {
  if (!topology.settings.secureVault) return [];
  const most = bits / 8 - 42;
  return [...settled(topology), ...own(topology)].flatMap((landing) => {
    const size = landing.value instanceof Secret ? Buffer.byteLength(landing.value.reveal()) : 0;
    if (size <= most) return [];
    return [
      issueAt(
        landing,
        `is ${size} bytes long, but secure_vault can encrypt ${most} at most: give a shorter one, or do without secure_vault`,
      ),
    ];
  });
}

function complaint({ path, value }: Landing, secureVault: boolean): string | undefined {
  const secret = value instanceof Secret;
  const text = secret ? value.reveal() : value;
  // The administrator has a rule that minds all of it.
  if (path[0] === 'admin') return undefined;
  // These are the product’s own words, as they are: a reference may be meant.
  const asItIs = path[0]?.startsWith('deployment_toml') === true || path[1] === 'properties';
  if (/\$\w*\{/.test(text) && !asItIs)
    return 'must not hold ${ or $word{: the product would take it for a placeholder';
  if (interpreted.test(text) && !(secret && secureVault))
    return 'must not hold {{ or {%: the templates of the product would interpret it';
  if (path[1] === 'properties' && /<|&(?!#?\w+;)/.test(text))
    return 'must have &amp; for & and &lt; for <: the product puts it into XML as it stands';
  if (secret && /\p{Cc}/u.test(text)) return 'must not hold a line break or another control character';
  return undefined;
}

function issueAt({ node, path }: Landing, message: string): Issue {
  return { ...node.host.position(['apim', ...path]), path: `apim.${path.join('.')}`, message };
}

/** What the settings of the cluster put there; neither files here, nor whoever creates databases. */
function settled({ settings, nodes }: Topology): Landing[] {
  const [node] = nodes;
  if (node === undefined) return [];
  const { keystore, truststore, database, analytics, keyManager } = settings;
  const { ca: _own, ...elsewhere } = keyManager ?? {};
  const { ca: _theirs, ...events } = analytics ?? {};
  const { apim, shared, host, parameters, properties } = database;
  const one = ({ administrator: _creator, ...rest }: typeof apim) => rest;
  return values(node, [], {
    admin: settings.admin,
    keystore,
    // One mistake is one issue.
    ...(truststore === keystore ? {} : { truststore }),
    database: { host, parameters, properties, apim: one(apim), shared: one(shared) },
    environments: settings.environments,
    key_manager: elsewhere,
    analytics: events,
    jwt: settings.jwt ?? {},
    cors: settings.cors ?? {},
    hardening: settings.hardening ?? {},
  });
}

/** What somebody’s own content puts there. */
function own({ nodes }: Topology): Landing[] {
  return nodes.flatMap((node) => [
    ...values(node, ['deployment_toml'], node.deploymentToml),
    ...values(node, ['deployment_toml_append'], node.deploymentTomlAppend),
  ]);
}

function values(node: Node, path: readonly string[], value: unknown): Landing[] {
  if (typeof value === 'string' || value instanceof Secret) return [{ node, path, value }];
  if (!isTree(value) && !Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => values(node, [...path, key], inner));
}
