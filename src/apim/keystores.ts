import { securityFolder } from './paths.ts';
import { isAddress, type Node, type Topology } from './topology.ts';

/** The stores of a node, in its security folder. */
export const storeNames = { primary: 'primary.jks', tls: 'tls.jks', trust: 'client-truststore.jks' } as const;

/** The aliases of the keys in them. */
export const aliases = { primary: 'primary', tls: 'tls' } as const;

/** The password of the stores as shipped, and the alias of the shipped key, whose private half the whole world has. */
export const shippedPassword = 'wso2carbon';

/** Where the stores of a node are to be. */
export function keystoreFiles(node: Node) {
  const folder = securityFolder(node);
  return {
    primary: `${folder}/${storeNames.primary}`,
    tls: `${folder}/${storeNames.tls}`,
    trust: `${folder}/${storeNames.trust}`,
    aliases,
  };
}

/** The shipped keystore, for CN=localhost. */
export function shippedStore(node: Node): string {
  return `${securityFolder(node)}/wso2carbon.jks`;
}

/** The files beside the inventory, as absolute paths. */
export function pkiFiles({ settings }: Topology) {
  const { directory } = settings.certificates;
  const pair = (name: string) => ({
    certificate: `${directory}/${name}.pem`,
    key: `${directory}/${name}.key`,
  });
  return {
    directory,
    authority: pair('ca'),
    primary: pair('primary'),
    node: (node: Node) => pair(`nodes/${node.host.name}`),
  };
}

/** The names that the certificate of a node bears: what the others call it, and its address. */
export function certificateNames(node: Node): string[] {
  return [...new Set([node.hostname, ...(isAddress(node.address) ? [node.address] : [])])];
}

/** What a node trusts besides what it was shipped with. Certificates are PEM. */
export function trustedAliases(
  topology: Topology,
  node: Node,
  certificates: { authority: string; primary: string; node(host: string): string },
): { alias: string; certificate: string }[] {
  return [
    { alias: 'apim-orchestrate-ca', certificate: certificates.authority },
    ...topology.nodes.map((each) => ({
      alias: `${each.role}-${each.host.name}`,
      certificate: certificates.node(each.host.name),
    })),
    // The certificate of the key that signs tokens: the guide, step 6.5, point 5.
    ...(node.role === 'gateway'
      ? [{ alias: 'gateway_certificate_alias', certificate: certificates.primary }]
      : []),
  ];
}
