import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The password of every store that is made here. */
export const storePassword = 'store-word';

/** What a signed certificate is to be like, in the words of keytool. */
interface Wish {
  readonly names: string;
  readonly since?: string;
  readonly days?: number;
  readonly type?: 'JKS' | 'PKCS12';
}

/**
 * Makes sound stores in a folder (`tls.jks`, `primary.jks`, `client-truststore.jks`), and unsound ones to put in their
 * place: `loopback.jks` (good for localhost, too), `expired.jks`, `elsewhere.jks` (another name), `stranger.jks` (of no known authority), `other-primary.jks`,
 * `two-words.jks` (another password for the key), `tls.p12`, `untrusting.jks` and `no-signer.jks` (truststores).
 */
export async function makeKeystores(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const keytool = (command: string, store: string, ...words: string[]) =>
    run('keytool', [command, '-keystore', store, '-storepass', storePassword, ...words], { cwd: folder });
  const key = (store: string, alias: string, ...words: string[]) =>
    keytool(
      '-genkeypair',
      store,
      '-alias',
      alias,
      ...['-keyalg', 'RSA', '-keysize', '2048', '-validity', '365'],
      ...(words.includes('-storetype') ? [] : ['-storetype', 'JKS']),
      ...(words.includes('-keypass') ? [] : ['-keypass', storePassword]),
      ...words,
    );
  const trust = async (store: string, ...entries: readonly (readonly [alias: string, file: string])[]) => {
    for (const [alias, file] of entries)
      await keytool('-importcert', store, '-noprompt', '-storetype', 'JKS', '-alias', alias, '-file', file);
  };
  const signed = async (store: string, { names, since, days = 365, type = 'JKS' }: Wish) => {
    const storetype = ['-storetype', type];
    await key(store, 'tls', '-dname', 'CN=a node', ...storetype);
    await keytool('-certreq', store, '-alias', 'tls', '-file', `${store}.csr`);
    const dates = ['-validity', String(days), ...(since === undefined ? [] : ['-startdate', since])];
    const request = ['-infile', `${store}.csr`, '-outfile', `${store}.pem`, '-rfc'];
    await keytool('-gencert', 'ca.jks', '-alias', 'ca', '-ext', `SAN=${names}`, ...dates, ...request);
    await keytool('-importcert', store, '-noprompt', '-alias', 'ca', '-file', 'ca.pem');
    await keytool('-importcert', store, '-noprompt', '-alias', 'tls', '-file', `${store}.pem`);
  };
  const here = 'ip:127.0.0.1,dns:*.node.test';
  await key('ca.jks', 'ca', '-dname', 'CN=an authority', '-ext', 'bc:c');
  await keytool('-exportcert', 'ca.jks', '-alias', 'ca', '-rfc', '-file', 'ca.pem');
  await Promise.all([
    signed('tls.jks', { names: here }),
    signed('loopback.jks', { names: `${here},dns:localhost` }),
    signed('tls.p12', { names: here, type: 'PKCS12' }),
    signed('expired.jks', { names: here, since: '-30d', days: 10 }),
    signed('elsewhere.jks', { names: 'dns:elsewhere.test' }),
    key('stranger.jks', 'tls', '-dname', 'CN=a node', '-ext', `SAN=${here}`),
    key('two-words.jks', 'primary', '-dname', 'CN=signer', '-keypass', 'another-word'),
    key('other-primary.jks', 'primary', '-dname', 'CN=another signer'),
    key('primary.jks', 'primary', '-dname', 'CN=signer'),
  ]);
  await keytool('-exportcert', 'primary.jks', '-alias', 'primary', '-file', 'primary.der');
  const authority = ['ca', 'ca.pem'] as const;
  const signer = ['gateway_certificate_alias', 'primary.der'] as const;
  await Promise.all([
    trust('client-truststore.jks', authority, signer),
    trust('no-signer.jks', authority),
    trust('untrusting.jks', signer),
  ]);
}
