import type { Host } from '../../input/inventory.ts';
import { type Command, sh } from '../../shell/command.ts';
import { roles } from '../release/roles.ts';
import type { OwnCertificate } from '../settings/cluster-settings.ts';
import { balancedUrls, frontNames, urlHost } from './entries.ts';
import { securityFolder } from './paths.ts';
import { truststoreFile } from './shared.ts';
import { isAddress, type Node, type Topology } from './topology.ts';

/** The stores of a node, in its security folder. */
export const storeNames = {
  primary: 'primary.jks',
  /** There once another pair than the shared one signs tokens. */
  internal: 'internal.jks',
  tls: 'tls.jks',
  trust: 'client-truststore.jks',
} as const;

/** The aliases of the keys in them. */
export const aliases = { primary: 'primary', tls: 'tls' } as const;

/** Which store holds what opens all that the product has stored, by the alias of the pair that signs in place of it. */
export function internalStore(signer: string | undefined): string {
  return signer === undefined ? storeNames.primary : storeNames.internal;
}

/** The password of the stores as shipped. */
export const shippedPassword = 'wso2carbon';

/** Where the stores of a node are to be. */
export function keystoreFiles(topology: Topology, node: Node) {
  const folder = securityFolder(node);
  return {
    primary: `${folder}/${storeNames.primary}`,
    internal: `${folder}/${storeNames.internal}`,
    tls: `${folder}/${storeNames.tls}`,
    trust: truststoreFile(topology, node),
    aliases,
  };
}

/** The shipped keystore, for CN=localhost, with the key that the whole world has. */
export function shippedStore(node: Node): string {
  return `${securityFolder(node)}/wso2carbon.jks`;
}

/**
 * Copies the keystores of one home into another that has no such file: their keys may be nowhere else, and the old home
 * does not stay for ever.
 */
export function carryKeystores(from: Node, home: string): Command {
  const source = securityFolder(from);
  const target = securityFolder({ home });
  return sh`for file in ${source}/*.jks ${source}/*.p12 ${source}/*.kept-*; do if test -f "$file" && ! test -e ${target}/"$(basename "$file")"; then mkdir -p ${target}; cp -a "$file" ${target}/; fi; done`;
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
    /** An authority that all are to trust before it issues anything. */
    next: pair('ca-next'),
    /** What the product stores is encrypted with it, for ever; until another one does, it signs tokens as well. */
    primary: pair('primary'),
    /** Signs tokens in place of the shared one. */
    signing: pair('signing'),
    /** Is published and trusted, and signs nothing yet. */
    nextSigning: pair('signing-next'),
    /** Signs no more, and is published and trusted still. */
    retiringSigning: pair('signing-retiring'),
    /** The certificate of the retiring one once it is to be published and trusted no more. */
    withdrawnSigning: `${directory}/signing-withdrawn.pem`,
    /** Certificates of authorities that issue no more, and are trusted still. */
    retiring: `${directory}/ca-retiring.pem`,
    /** Certificates of nodes and balancers that a rotation replaces. It is there for as long as the rotation is under way. */
    outgoing: `${directory}/outgoing.pem`,
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

/** What earlier versions called the authority that issues, whichever it was. */
const formerAuthority = 'apim-orchestrate-ca';

/** What earlier versions called authorities that issue no more. */
const formerRetiring = `${trustPrefix}retiring-`;

/**
 * The alias of an authority of ours, by its SHA-256 in hex: the same while it is the next one, while it issues, and once
 * it issues no more.
 */
export function authorityAlias(fingerprint: string): string {
  return `${formerAuthority}-${fingerprint.slice(0, 8)}`;
}

/** Whether an alias is of an authority of ours, now or as earlier versions had it. */
export function isAuthorityAlias(alias: string): boolean {
  return (
    alias === formerAuthority || /^apim-orchestrate-ca-[0-9a-f]{8}$/.test(alias) || isRetiringAlias(alias)
  );
}

/** Whether an alias is of an authority that issues no more, as earlier versions had it. */
function isRetiringAlias(alias: string): boolean {
  return alias.startsWith(formerRetiring);
}

const signingPrefix = 'apim-orchestrate-signing-';

/**
 * The alias of a pair that signs tokens in place of the shared one, by its SHA-256 in hex: the same in keystores, in
 * truststores, and in the API keys that it signs, for a gateway looks for the certificate of an API key in its truststore
 * by the `kid` in it (`ApiKeyAuthenticator` of carbon-apimgt).
 */
export function signingAlias(fingerprint: string): string {
  return `${signingPrefix}${fingerprint.slice(0, 8)}`;
}

/** Whether an alias is of a pair that signs or signed tokens in place of the shared one. */
export function isSigningAlias(alias: string): boolean {
  return alias.startsWith(signingPrefix);
}

/** The alias by which gateways know the shared pair as one that signs tokens: the guide, step 6.5, point 5. */
export const sharedSigner = 'gateway_certificate_alias';

/** Whether an alias is of the certificate of one node. Earlier versions put those of all nodes into every truststore. */
export function isNodeAlias(alias: string): boolean {
  return roles.some(({ role }) => alias.startsWith(`${role}-`));
}

/** PEM files here with certificates that every node is to trust, each once. */
export function trustFiles({ settings }: Topology): string[] {
  const { trust, loadBalancer, keyManager, analytics, database } = settings;
  const files = [...trust, loadBalancer?.ca, keyManager?.ca, analytics?.ca, database.ca];
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** What a node trusts besides what it was shipped with. Certificates are PEM. */
export function trustedAliases(
  topology: Topology,
  node: Node,
  certificates: {
    /** Authorities of ours, and what `trustFiles` bring, by the alias of each. */
    readonly trust: ReadonlyMap<string, string>;
    /** Of the pairs that sign tokens, did, or will, by the alias at gateways. */
    readonly signers: ReadonlyMap<string, string>;
    /** Of nodes whom none of these vouches for, by the name of the host. */
    readonly unvouched: ReadonlyMap<string, string>;
  },
): { alias: string; certificate: string }[] {
  const { trust, signers, unvouched } = certificates;
  return [
    ...[...trust].map(([alias, certificate]) => ({ alias, certificate })),
    ...topology.nodes.flatMap(({ role, host }) => {
      const certificate = unvouched.get(host.name);
      return certificate === undefined ? [] : [{ alias: `${role}-${host.name}`, certificate }];
    }),
    ...(node.role === 'gateway' ? [...signers].map(([alias, certificate]) => ({ alias, certificate })) : []),
  ];
}
