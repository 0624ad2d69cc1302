import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const word = 'wso2carbon';

/** A certificate for CN=localhost whose key is in another product, for everybody to take. */
export const analyticsCertificate = join(import.meta.dirname, 'analytics.pem');

/** Under these aliases the certificate of the shipped key is trusted: the last is the id of its key. */
const shippedAliases = [
  'wso2carbon',
  'gateway_certificate_alias',
  'mzyxmmfkogywmwi0zwnmndcxngywymm4zta3mwi2ndazzgqzngm0zgrlnjjkodfkzdriotfkmwfhmzu2zgvlng_rs256',
];

/**
 * Makes the shipped stores: a key for CN=localhost whose password everybody knows, and a truststore with its certificate
 * under three aliases, that of another product, and others.
 */
export async function shippedStores(folder: string): Promise<void> {
  const keytool = (command: string, store: string, ...words: string[]) =>
    run('keytool', [command, '-keystore', store, '-storetype', 'JKS', '-storepass', word, ...words], {
      cwd: folder,
    });
  const makers = [
    ['wso2carbon', 'CN=localhost, O=Stand-in', 'wso2carbon.jks'],
    ['public-ca-one', 'CN=public-ca-one', 'one.tmp'],
    ['public-ca-two', 'CN=public-ca-two', 'two.tmp'],
  ] as const;
  await Promise.all(
    makers.map(async ([alias, name, store]) => {
      const key = ['-keyalg', 'RSA', '-keysize', '2048', '-validity', '3650', '-keypass', word];
      await keytool('-genkeypair', store, '-alias', alias, '-dname', name, ...key);
      await keytool('-exportcert', store, '-alias', alias, '-file', `${alias}.der`);
    }),
  );
  const trust = (alias: string, file: string) =>
    keytool('-importcert', 'client-truststore.jks', '-noprompt', '-alias', alias, '-file', file);
  for (const alias of shippedAliases) await trust(alias, 'wso2carbon.der');
  await trust('apim_analytics3.0.0', analyticsCertificate);
  for (const [alias, , store] of makers) {
    if (!shippedAliases.includes(alias)) await trust(alias, `${alias}.der`);
    await rm(join(folder, `${alias}.der`));
    if (store.endsWith('.tmp')) await rm(join(folder, store));
  }
}
