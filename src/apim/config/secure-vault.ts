import { Secret } from '../../secret.ts';
import { aliases, internalStore } from '../cluster/keystores.ts';
import { securityFolder } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';
import { readToml, textsIn } from './read-toml.ts';
import type { TomlTable, TomlValue } from './toml.ts';

/** What opens the vault at every start: the password of the internal keystore, for the run user’s eyes only. */
export function startPasswordFile({ home }: Node): string {
  return `${home}/password-persist`;
}

/** The file that switches the vault on; the product’s cipher tool writes it. */
export function secretConfFile({ home }: Node): string {
  return `${home}/repository/conf/security/secret-conf.properties`;
}

/** How secrets become ciphertext, and how a ciphertext that is there already is recognised. */
export interface Sealer {
  encrypt(text: string): string;
  /** Whether a ciphertext holds just this text. */
  holds(ciphertext: string, text: string): boolean;
  /** Ciphertexts that are there already, by alias: they are random, so one that holds the right text is kept. */
  readonly existing: ReadonlyMap<string, string>;
}

/**
 * Secrets of a gateway that stay as they are. The endpoint for secure web sockets (8099) and the sender to `wss://` take
 * their passwords as text, from defaults that refer to these three, and ask no vault: sealed, neither would work.
 */
const plainAtGateways: ReadonlySet<string> = new Set([
  'keystore.tls.password',
  'keystore.tls.key_password',
  'truststore.password',
]);

/** Whether a secret of a node, such as `truststore.password`, has to stay as it is although there is a vault. */
export function staysPlain({ role }: Pick<Node, 'role'>, path: string): boolean {
  return role === 'gateway' && plainAtGateways.has(path);
}

/**
 * Tables whose secrets have become references, and the table `[secrets]` with their ciphertexts at the very end:
 * https://apim.docs.wso2.com/en/3.2.0/install-and-setup/setup/security/logins-and-passwords/working-with-encrypted-passwords/
 */
export function sealTables(
  tables: readonly TomlTable[],
  sealer: Sealer,
  node: Pick<Node, 'role'>,
): TomlTable[] {
  const sealed = new Map<string, Secret>();
  const seal = (alias: string, secret: Secret): string => {
    const text = secret.reveal();
    const before = sealer.existing.get(alias);
    const ciphertext = before !== undefined && sealer.holds(before, text) ? before : sealer.encrypt(text);
    sealed.set(alias, new Secret(ciphertext));
    return `$secret{${alias}}`;
  };
  const all = tables.map((table, index) => ({
    ...table,
    keys: table.keys.map(([key, value]): readonly [string, TomlValue] => {
      if (!(value instanceof Secret) || staysPlain(node, `${table.name}.${key}`)) return [key, value];
      const twins = tables.slice(0, index).filter(({ name }) => name === table.name).length;
      return [key, seal(aliasOf(`${table.name}${twins === 0 ? '' : `_${twins + 1}`}.${key}`), value)];
    }),
  }));
  return sealed.size === 0 ? all : [...all, { name: 'secrets', keys: [...sealed] }];
}

function aliasOf(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]+/g, '_').toLowerCase();
}

/** The ciphertexts in a deployment.toml, by alias; none in one that cannot be read. */
export function ciphertexts(toml: string): Map<string, string> {
  const read = readToml(toml);
  const texts = read.ok ? textsIn(read.document) : [];
  return new Map(
    texts.flatMap(([path, text]) =>
      path.startsWith('secrets.') ? [[path.slice('secrets.'.length), text]] : [],
    ),
  );
}

/** As the cipher tool writes it: which keystore opens the secrets, and who asks for its password. */
export function secretConf(node: Node, signer?: string): string {
  const handler = 'org.wso2.carbon.securevault.DefaultSecretCallbackHandler';
  return [
    '# Written by apim-orchestrate; changes made here are lost at its next run.',
    'secVault.enabled=true',
    'carbon.secretProvider=org.wso2.securevault.secret.handler.SecretManagerSecretCallbackHandler',
    'secretRepositories=file',
    'secretRepositories.file.provider=org.wso2.securevault.secret.repository.FileBaseSecretRepositoryProvider',
    'secretRepositories.file.location=repository/conf/security/cipher-text.properties',
    'secretRepositories.file.algorithm=RSA/ECB/OAEPwithSHA1andMGF1Padding',
    `keystore.identity.location=${securityFolder(node)}/${internalStore(signer)}`,
    'keystore.identity.type=JKS',
    `keystore.identity.alias=${aliases.primary}`,
    'keystore.identity.store.password=identity.store.password',
    `keystore.identity.store.secretProvider=${handler}`,
    'keystore.identity.key.password=identity.key.password',
    `keystore.identity.key.secretProvider=${handler}`,
    '',
  ].join('\n');
}
