import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { deploymentTables } from '../../../src/apim/config/deployment-toml.ts';
import { ciphertexts, sealTables, secretConf } from '../../../src/apim/config/secure-vault.ts';
import { writeToml } from '../../../src/apim/config/toml.ts';
import { fiveHosts, nodeFor } from '../../support/topologies.ts';

const five = await fiveHosts();
const gateway = nodeFor(five, 'gateway');
const keyManager = nodeFor(five, 'key-manager');
const tables = deploymentTables(five, keyManager);

/** A cipher that anybody can read, but that is never the same twice. */
let count = 0;
const encrypt = (text: string) => `${Buffer.from(text).toString('base64')}:${count++}`;
const holds = (ciphertext: string, text: string) =>
  ciphertext.split(':')[0] === Buffer.from(text).toString('base64');
const sealed = (existing: ReadonlyMap<string, string> = new Map()) =>
  writeToml('', sealTables(tables, { encrypt, holds, existing }, keyManager)).reveal();

describe('a sealed deployment.toml', () => {
  it('has references where there were passwords, and their ciphertexts at the very end', () => {
    const text = sealed();
    const document = parse(text) as Record<string, Record<string, unknown>>;
    expect(text).not.toMatch(/fake-/);
    expect(document.super_admin?.password).toBe('$secret{super_admin_password}');
    expect(Object.keys(document).at(-1)).toBe('secrets');
    expect(Object.keys(document.secrets ?? {})).toEqual([
      'super_admin_password',
      'database_apim_db_password',
      'database_shared_db_password',
      'keystore_primary_password',
      'keystore_primary_key_password',
      'keystore_internal_password',
      'keystore_internal_key_password',
      'keystore_tls_password',
      'keystore_tls_key_password',
      'truststore_password',
    ]);
  });

  it('keeps a ciphertext that holds the right password, so that a second run changes nothing', () => {
    const first = sealed();
    expect(sealed()).not.toBe(first);
    expect(sealed(ciphertexts(first))).toBe(first);
  });

  it('is read as anybody may have written it, and as empty if it cannot be read', () => {
    const text =
      '[a]\nb = 1\n[secrets] # by hand\n\'x.y\' = \'one\' # and so on\n  z="""two"""\n[c]\nd = "no"\n';
    expect([...ciphertexts(text)]).toEqual([
      ['x.y', 'one'],
      ['z', 'two'],
    ]);
    expect([...ciphertexts(`${text}[c]\n`)]).toEqual([]);
  });

  it('has a new ciphertext for a password that changed, and for that alone', () => {
    const first = ciphertexts(sealed());
    const stale = new Map(first).set('truststore_password', encrypt('an older word'));
    const second = ciphertexts(sealed(stale));
    expect([...second].filter(([alias, text]) => stale.get(alias) !== text).map(([alias]) => alias)).toEqual([
      'truststore_password',
    ]);
  });

  it('is as it was where there is no password', () => {
    const plain = tables.filter(({ name }) => name === 'server');
    expect(sealTables(plain, { encrypt, holds, existing: new Map() }, keyManager)).toEqual(plain);
  });

  it('leaves those of a gateway plain that its secure web sockets take as text, and no others', () => {
    const sealer = { encrypt, holds, existing: new Map() };
    const text = writeToml('', sealTables(deploymentTables(five, gateway), sealer, gateway)).reveal();
    const plain = text.split('\n').filter((line) => /^\w*password = "fake-/.test(line));
    const document = parse(text) as { keystore?: { tls?: object; primary?: object }; truststore?: object };
    expect(document.keystore?.tls).toMatchObject({
      password: 'fake-keystore-password',
      key_password: 'fake-keystore-password',
    });
    expect(document.truststore).toMatchObject({ password: 'fake-truststore-password' });
    expect(plain).toHaveLength(3);
    expect([...ciphertexts(text).keys()]).toContain('keystore_primary_password');
  });
});

describe('what opens the vault', () => {
  it('is the keystore that all nodes share', () => {
    expect(secretConf(gateway)).toContain(
      'keystore.identity.location=/opt/wso2/gateway/repository/resources/security/primary.jks\n',
    );
    expect(secretConf(gateway)).toContain('keystore.identity.alias=primary\n');
    expect(secretConf(gateway)).toContain('secVault.enabled=true\n');
  });
});
