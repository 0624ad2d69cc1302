import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type JksEntry, readJks, writeJks } from '../../src/pki/jks.ts';

const run = promisify(execFile);
const word = 'wso2carbon';

/** A certificate for CN=localhost whose key is in another product, for everybody to take. */
export const analyticsCertificate = join(import.meta.dirname, 'analytics.pem');

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
  await trust('apim_analytics3.0.0', analyticsCertificate);
  for (const [alias, , store] of makers) {
    await trust(alias, `${alias}.der`);
    await rm(join(folder, `${alias}.der`));
    if (store.endsWith('.tmp')) await rm(join(folder, store));
  }
  await fillUp(join(folder, 'client-truststore.jks'));
}

/** The aliases under which the certificate of the shipped key stands in the product's truststore, besides its own. */
const otherAliases = [
  'gateway_certificate_alias',
  'mzyxmmfkogywmwi0zwnmndcxngywymm4zta3mwi2ndazzgqzngm0zgrlnjjkodfkzdriotfkmwfhmzu2zgvlng_rs256',
];
/** How many entries the product's truststore has. */
const count = 91;

/** As many entries as the product has. Further authorities are one certificate under many names: keytool takes half a second for each. */
async function fillUp(file: string): Promise<void> {
  const entries = readJks(await readFile(file), word);
  const named = (alias: string, to: string): JksEntry => {
    const found = entries.find((entry) => entry.alias === alias);
    if (found === undefined) throw new Error(`no ${alias} in the truststore`);
    return { ...found, alias: to };
  };
  const others = otherAliases.map((alias) => named(word, alias));
  const more = Array.from({ length: count - entries.length - others.length }, (_, index) =>
    named('public-ca-one', `public-ca-${index + 3}`),
  );
  await writeFile(file, writeJks([...entries, ...others, ...more], word));
}
