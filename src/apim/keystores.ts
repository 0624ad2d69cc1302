import type { Host } from '../input/inventory.ts';
import type { OwnCertificate } from './cluster-settings.ts';
import { balancedUrls, frontNames, urlHost } from './entries.ts';
import { securityFolder } from './paths.ts';
import { truststoreFile } from './shared.ts';
import { isAddress, type Node, type Topology } from './topology.ts';

/** The stores of a node, in its security folder. */
export const storeNames = { primary: 'primary.jks', tls: 'tls.jks', trust: 'client-truststore.jks' } as const;

/** The aliases of the keys in them. */
export const aliases = { primary: 'primary', tls: 'tls' } as const;

/** The password of the stores as shipped. */
export const shippedPassword = 'wso2carbon';

/**
 * Certificates in the shipped truststore whose private keys the whole world has, by their SHA-256 in hex: of API Manager
 * 3.2.0, where it stands under three aliases, and of Analytics 3.0.0. The gateway takes the alias for the signature of an
 * API key from the key itself (`ApiKeyAuthenticator`), so under any alias whoever has one of these could sign API keys.
 */
export const publicCertificates: readonly string[] = [
  '3612ad8f01b4ecf4714f0bc8e071b6403dd34c4dde62d81dd4b91d1aa356dee6',
  '8ace6db1dfa6246fd6d7328049090623f05934ad7165f2f22a44612ba7340b28',
];

/** Where the stores of a node are to be. */
export function keystoreFiles(topology: Topology, node: Node) {
  const folder = securityFolder(node);
  return {
    primary: `${folder}/${storeNames.primary}`,
    tls: `${folder}/${storeNames.tls}`,
    trust: truststoreFile(topology, node),
    aliases,
  };
}

/** The shipped keystore, for CN=localhost, with the key that the whole world has. */
export function shippedStore(node: Node): string {
  return `${securityFolder(node)}/wso2carbon.jks`;
}

/** The files beside the inventory, as absolute paths. */
export function pkiFiles({ settings }: Topology) {
  const { directory } = settings.certificates;
  const pair = (name: string) => ({
    certificate: `${directory}/${name}.pem`,
    key: `${directory}/${name}.key`,
    /** What an authority elsewhere is asked to sign. */
    request: `${directory}/${name}.csr`,
  });
  return {
    directory,
    authority: pair('ca'),
    /** An authority whose key is lost, PEM: still trusted, because certificates of it are in use. */
    formerAuthority: `${directory}/ca-former.pem`,
    primary: pair('primary'),
    /** Of a node or a balancer, by its host. */
    node: ({ host }: { readonly host: Host }) => pair(`nodes/${host.name}`),
  };
}

/** Somebody who needs a certificate: a node, or a host with the balancer. */
export interface Bearer {
  readonly host: Host;
  /** Its common name. */
  readonly hostname: string;
  /** All names and addresses that it bears. */
  readonly names: readonly string[];
  /** Its certificate, if it is brought. */
  readonly own: OwnCertificate | undefined;
}

/** All who need a certificate: the nodes, then the balancers. */
export function bearers(topology: Topology): Bearer[] {
  return [
    ...topology.nodes.map((node) => bearerOf(topology, node)),
    ...topology.balancers.map(({ host, hostname, address, certificate }) => ({
      host,
      own: certificate,
      hostname,
      names: unique(hostname, ...balancedUrls(topology).map(urlHost), ...addresses(address)),
    })),
  ];
}

/** What the portals call their own server when somebody logs in; no setting of the product changes it. */
export const loopbackName = 'localhost';

/**
 * A node as a bearer: what the others call it, the names of the balancer before it, what it calls itself, and its
 * address. An authority elsewhere is not asked for a name that means every machine, unless names are verified.
 */
export function bearerOf(topology: Topology, node: Node): Bearer {
  const { host, hostname, address, certificate } = node;
  const { certificates, hardening } = topology.settings;
  const madeHere = certificate === undefined && !certificates.requests;
  const verifiesNames = hardening?.jvm === true;
  return {
    host,
    hostname,
    own: certificate,
    names: unique(
      hostname,
      ...frontNames(topology, node),
      ...(madeHere || verifiesNames ? [loopbackName] : []),
      ...addresses(address),
    ),
  };
}

function unique(...names: readonly string[]): string[] {
  return [...new Set(names)];
}

function addresses(address: string): string[] {
  return isAddress(address) ? [address] : [];
}

/** Aliases of certificates that somebody else vouches with begin with it; those no longer asked for are taken away. */
export const trustPrefix = 'apim-orchestrate-trust-';

/** PEM files here with certificates that every node is to trust, each once. */
export function trustFiles({ settings }: Topology): string[] {
  const { trust, loadBalancer, keyManager, analytics, database } = settings;
  const files = [...trust, loadBalancer?.ca, keyManager?.ca, analytics?.ca, database.ca];
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** The alias of our authority in every truststore. */
export const authorityAlias = 'apim-orchestrate-ca';

/** What the aliases of authorities before it begin with. */
export const formerAliases = `${trustPrefix}former-authority-`;

/** What a node trusts besides what it was shipped with. Certificates are PEM. */
export function trustedAliases(
  topology: Topology,
  node: Node,
  certificates: {
    authority: string;
    primary: string;
    node(host: string): string;
    /** Of `trustFiles`, by the alias of each. */
    more: ReadonlyMap<string, string>;
  },
): { alias: string; certificate: string }[] {
  return [
    { alias: authorityAlias, certificate: certificates.authority },
    ...topology.nodes.map((each) => ({
      alias: `${each.role}-${each.host.name}`,
      certificate: certificates.node(each.host.name),
    })),
    ...[...certificates.more].map(([alias, certificate]) => ({ alias, certificate })),
    // The certificate of the key that signs tokens: the guide, step 6.5, point 5.
    ...(node.role === 'gateway'
      ? [{ alias: 'gateway_certificate_alias', certificate: certificates.primary }]
      : []),
  ];
}
