import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeystore } from '../../src/pki/key-entry.ts';
import { encryptOaep } from '../../src/pki/oaep.ts';
import { type Profile, portOf } from '../standin/rig/configuration.ts';
import { createRig, type Home, type Rig } from '../standin/rig/homes.ts';
import { storePassword } from '../standin/rig/keystores.ts';
import { until } from '../standin/rig/until.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig?.close());

/** What is broken, at which profile, how, and what the log then says. */
type Row = readonly [what: string, profile: Profile, breakIt: (home: Home) => Promise<unknown>, says: string];

/** Starts a home that cannot start, in the foreground; the last line of its log. */
async function refusal(home: Home): Promise<string> {
  await home.script('wso2server.sh', [`-Dprofile=${home.profile}`]);
  expect(await home.pid()).toBeUndefined();
  return (await home.log()).trimEnd().split('\n').at(-1) ?? '';
}

function check(rows: readonly Row[]): void {
  it.each(rows)('refuses %s', async (_, profile, breakIt, says) => {
    const home = await rig.home(profile);
    await breakIt(home);
    const line = await refusal(home);
    expect(line).toMatch(/^TID: \[-1234\] \[\] \[[-\d]+ [:\d]+,\d{3}\] ERROR \{org\.wso2[\w.]+\} - /);
    expect(line).toContain('The server cannot start: ');
    expect(line).toContain(says);
    await rm(home.path, { recursive: true });
  });
}

const manager = 'api-key-manager';
const worker = 'gateway-worker';
const apps = 'repository/deployment/server/webapps';
const swap = (name: string, by: string) => (home: Home) => home.swapStore(name, by);
const edit = (from: string | RegExp, to: string) => (home: Home) => home.edit(from, to);
const inTable = (table: string, from: string, to: string) => (home: Home) =>
  home.edit(new RegExp(`(?<=\\[${table.replaceAll('.', '\\.')}\\]\\n(?:(?!\\[).*\\n)*)${from}.*`), to);

describe('a server of another profile', () => {
  check([
    [
      'a profile that is not known',
      manager,
      async (home) => {
        Object.assign(home, { profile: 'api-store' });
      },
      'the profile api-store is not known',
    ],
    [
      'the role of the guide that no rule knows',
      'api-devportal',
      edit('server_role = "api-devportal"', 'server_role = "api-store"'),
      'server_role is api-store, but the profile is api-devportal',
    ],
    [
      'an application of another profile',
      worker,
      (home) => writeFile(join(home.path, apps, 'api#am#publisher.war'), ''),
      'api#am#publisher.war does not belong to the profile gateway-worker: it was not optimized for it',
    ],
    [
      'a portal of another profile',
      worker,
      (home) => mkdir(join(home.path, 'repository/deployment/server/jaggeryapps/devportal')),
      'devportal does not belong to the profile gateway-worker',
    ],
    [
      'an application that is gone',
      'traffic-manager',
      (home) => rm(join(home.path, apps, 'internal#data#v1.war')),
      'the profile traffic-manager lacks internal#data#v*',
    ],
  ]);
});

describe('a configuration', () => {
  check([
    ['what is no TOML', manager, edit('[server]', '[server'), 'line 1: ] is expected'],
    [
      'no configuration at all',
      manager,
      (home) => rm(join(home.path, 'repository/conf/deployment.toml')),
      'there is no readable ',
    ],
    ['no node_ip', manager, edit(/node_ip.*\n/, ''), 'deployment.toml lacks server.node_ip'],
    [
      'no administrator',
      worker,
      edit('username = "admin"\n', 'username = ""\n'),
      'deployment.toml lacks super_admin.username',
    ],
    [
      'a gateway without shared_db',
      worker,
      edit('database.shared_db', 'database.unused_db'),
      'lacks database.shared_db.username',
    ],
    [
      'all but a gateway without apim_db',
      manager,
      edit('database.apim_db', 'database.unused_db'),
      'lacks database.apim_db.username',
    ],
    [
      'another kind of user store',
      manager,
      edit('database_unique_id', 'database'),
      'user_store.type must be database_unique_id',
    ],
    [
      'to let people sign up who could not log in',
      manager,
      edit('["POST_ADD_USER"]', '[]'),
      'who signs up gets no Internal/subscriber',
    ],
    [
      'an administrator that no URL can hold',
      worker,
      edit('"admin-word"', '"admin#word"'),
      'jndi.properties: the broker would see another administrator',
    ],
    [
      'an administrator that no URL can be parsed with',
      worker,
      edit('"admin-word"', '"admin[word"'),
      'jndi.properties: the URL of the broker cannot be parsed',
    ],
    [
      'an administrator that ISO 8859-1 cannot hold',
      worker,
      edit('"admin-word"', '"wörd"'),
      'jndi.properties: the broker would see another administrator',
    ],
    [
      'an administrator with two dollars',
      worker,
      edit('"admin-word"', '"a$$b"'),
      'jndi.properties: the broker would see another administrator',
    ],
    [
      'a description that breaks the XML',
      'api-publisher',
      edit('name = "Production and Sandbox"', 'name = "Production and Sandbox"\ndescription = "R&D"'),
      'api-manager.xml is not well-formed: apim.gateway.environment.description',
    ],
    [
      'a Key Manager’s account that breaks the XML',
      worker,
      inTable('apim.key_manager', 'username', 'username = "is<x>"'),
      'api-manager.xml is not well-formed: apim.key_manager.username',
    ],
    [
      'a value that the templates interpret',
      manager,
      edit('password = "admin-word"', 'password = "a{{b"'),
      'the templates interpret the value of super_admin.password',
    ],
    [
      'throttling after its groups',
      worker,
      async (home) => {
        await home.edit('[apim.throttling]\n', '[apim.moved]\n');
        await home.edit(/$/, '[apim.throttling]\nusername = "admin"\n');
      },
      '[apim.throttling] must stand before [[apim.throttling.url_group]]',
    ],
    [
      'a reference that leads nowhere',
      worker,
      edit('$ref{super_admin.username}', '$ref{admin.name}'),
      '$ref{admin.name} leads nowhere',
    ],
    [
      'a variable that is not set',
      worker,
      edit('$ref{super_admin.username}', '$env{NO_SUCH}'),
      '$env{NO_SUCH} leads nowhere',
    ],
    [
      'references in a circle',
      worker,
      edit('username = "admin"', 'username = "$ref{super_admin.username}"'),
      'leads in a circle',
    ],
    [
      'a secret that was not encrypted',
      worker,
      async (home) => {
        await home.edit('password = "admin-word"', 'password = "$secret{admin}"');
        await home.edit(/$/, '\n[secrets]\nadmin = "[admin-word]"\n');
      },
      "Secret references can't be plain text for admin",
    ],
    [
      'an offset that is no number',
      manager,
      edit(/offset = \d+/, 'offset = "two"'),
      'server.offset is no number: two',
    ],
  ]);
});

/** Seals the administrator's password for the primary key, and says how the vault is opened. */
async function seal(home: Home): Promise<void> {
  const security = join(home.path, 'repository/resources/security');
  const ciphertext = await ciphertextOf(home, 'admin-word');
  await home.edit('password = "admin-word"', 'password = "$secret{admin}"');
  await home.edit(/$/, `\n[secrets]\nadmin = "${ciphertext}"\n`);
  const conf = join(home.path, 'repository/conf/security');
  await mkdir(conf, { recursive: true });
  await writeFile(
    join(conf, 'secret-conf.properties'),
    `secVault.enabled=true\nsecretRepositories=file\nkeystore.identity.location=${security}/primary.jks\nkeystore.identity.type=JKS\nkeystore.identity.alias=primary\n`,
  );
}
/** A text, encrypted for the primary key. */
async function ciphertextOf(home: Home, text: string): Promise<string> {
  const file = join(home.path, 'repository/resources/security/primary.jks');
  return encryptOaep(readKeystore(await readFile(file), storePassword).certificates[0] ?? '', text);
}
const persist = (home: Home, text: string, mode: number) =>
  writeFile(join(home.path, 'password-persist'), text, { mode });

describe('a vault', () => {
  check([
    [
      'secrets without a word that opens them',
      worker,
      seal,
      'there is neither password-tmp nor password-persist',
    ],
    [
      'a start password that others can read',
      worker,
      async (home) => {
        await seal(home);
        await persist(home, storePassword, 0o644);
      },
      'password-persist can be read by others',
    ],
    [
      'the wrong start password',
      worker,
      async (home) => {
        await seal(home);
        await persist(home, 'another-word', 0o400);
      },
      'the vault does not open admin',
    ],
    [
      'secrets that nothing says how to open',
      worker,
      async (home) => {
        await seal(home);
        await rm(join(home.path, 'repository/conf/security'), { recursive: true });
      },
      'there are secrets, but no ',
    ],
    [
      'secrets that nothing switches on',
      worker,
      async (home) => {
        await seal(home);
        await persist(home, storePassword, 0o400);
        const conf = join(home.path, 'repository/conf/security/secret-conf.properties');
        await writeFile(conf, (await readFile(conf, 'utf8')).replace('secVault.enabled=true\n', ''));
      },
      'secret-conf.properties does not say secVault.enabled=true',
    ],
    [
      'a ciphertext that another key made',
      worker,
      async (home) => {
        await seal(home);
        await persist(home, storePassword, 0o400);
        await home.edit(/admin = ".{20}/, `admin = "${'A'.repeat(20)}`);
      },
      'the vault does not open admin',
    ],
    [
      'secrets before something else',
      worker,
      async (home) => {
        await seal(home);
        await home.edit(/$/, '\n[late]\nkey = "value"\n');
      },
      '[secrets] must stand at the very end',
    ],
  ]);
});

describe('a keystore', () => {
  const security = 'repository/resources/security';
  check([
    [
      'a file that is not there',
      manager,
      (home) => rm(join(home.path, security, 'tls.jks')),
      'KeyStore File ',
    ],
    [
      'a path for a name',
      manager,
      edit('"tls.jks"', '"../security/tls.jks"'),
      'keystore.tls: file_name must be bare',
    ],
    [
      'a wrong password',
      manager,
      inTable('truststore', 'password', 'password = "wrong!"'),
      'does not open: ',
    ],
    [
      'a wrong key password',
      manager,
      inTable('keystore.tls', 'key_password', 'key_password = "wrong!"'),
      'keystore.tls: the key_password does not open the key tls',
    ],
    [
      'a wrong alias',
      manager,
      edit('alias = "primary"', 'alias = "secondary"'),
      'keystore.primary: there is no key secondary',
    ],
    [
      'two passwords in one store',
      manager,
      async (home) => {
        await home.swapStore('primary.jks', 'two-words.jks');
        await inTable('keystore.primary', 'key_password', 'key_password = "another-word"')(home);
      },
      'keystore.primary: password and key_password must be equal',
    ],
    ['a PKCS12 store that is called JKS', manager, swap('tls.jks', 'tls.p12'), 'is not of the type JKS'],
    [
      'the shipped key, also as the internal one',
      manager,
      async (home) => {
        await shipped(home, 'wso2carbon.jks');
        await home.edit(
          /$/,
          '\n[keystore.internal]\nfile_name = "wso2carbon.jks"\npassword = "wso2carbon"\nalias = "wso2carbon"\nkey_password = "wso2carbon"\n',
        );
      },
      'keystore.internal: this is the shipped key for CN=localhost',
    ],
    [
      'the shipped certificate in the truststore',
      manager,
      async (home) => {
        await shipped(home, 'client-truststore.jks');
        await inTable('truststore', 'password', 'password = "wso2carbon"')(home);
      },
      'the truststore still holds the shipped certificate for CN=localhost (alias wso2carbon)',
    ],
    [
      'a certificate for another host',
      manager,
      swap('tls.jks', 'elsewhere.jks'),
      'is for [elsewhere.test], not for server.hostname 127.0.0.1',
    ],
    [
      'a wildcard for two labels',
      manager,
      edit('hostname = "127.0.0.1"', 'hostname = "a.b.node.test"'),
      'not for server.hostname a.b.node.test',
    ],
    [
      'a certificate whose time is over',
      manager,
      swap('tls.jks', 'expired.jks'),
      'the TLS certificate is not valid now: NotAfter',
    ],
    [
      'a certificate of no known authority',
      manager,
      swap('tls.jks', 'stranger.jks'),
      'the truststore does not trust the TLS certificate',
    ],
    [
      'a truststore without the authority',
      manager,
      swap('client-truststore.jks', 'untrusting.jks'),
      'the truststore does not trust the TLS certificate',
    ],
    [
      'a gateway that cannot check tokens',
      worker,
      swap('client-truststore.jks', 'no-signer.jks'),
      'lacks the certificate that signs tokens, as gateway_certificate_alias',
    ],
    [
      'a gateway that trusts another signer',
      worker,
      swap('primary.jks', 'other-primary.jks'),
      'lacks the certificate that signs tokens',
    ],
  ]);

  async function shipped(home: Home, name: string): Promise<void> {
    await cp(join(rig.folder, 'wso2am-3.2.0', security, name), join(home.path, security, name));
  }
});

describe('a database', () => {
  check([
    [
      'a driver that is not there',
      manager,
      (home) => rm(join(home.path, 'repository/components/lib/mariadb.jar')),
      'has the driver org.mariadb.jdbc.Driver',
    ],
    [
      'a user that may not enter',
      manager,
      edit('"apim"', '"nobody"'),
      'the database apim_db cannot be reached by jdbc:mariadb:',
    ],
    [
      'an address where there is none',
      manager,
      edit(/(?<=127.0.0.1:)\d+\/shared_db/, '1/shared_db'),
      'the database shared_db cannot be reached',
    ],
    [
      'a schema without tables',
      manager,
      edit('/apim_db"', '/empty_db"'),
      'the database apim_db lacks the table IDN_BASE_TABLE',
    ],
    [
      'a schema for another',
      worker,
      edit('/shared_db"', '/apim_db"'),
      'the database shared_db lacks the table REG_CLUSTER_LOCK',
    ],
    [
      'an ampersand as it stands',
      manager,
      edit('/apim_db"', '/apim_db?a=b&c=d"'),
      'apim_db.url holds & or < as it stands',
    ],
    [
      'a password that breaks the XML',
      manager,
      edit('a&amp;b', 'a&b'),
      '.password holds & or < as it stands',
    ],
    [
      'a type that is called otherwise',
      manager,
      edit(/url = "jdbc.*shared_db"/, 'type = "postgresql"'),
      'database.shared_db.type is postgresql',
    ],
    [
      'to begin without an administrator',
      manager,
      edit('create_admin_account = true', 'create_admin_account = false'),
      'there is no user at all',
    ],
  ]);
});

describe('a port', () => {
  it.each<[Profile, number]>([
    [manager, 9763],
    [manager, 11111],
    ['traffic-manager', 9711],
    [worker, 8099],
  ])('that is taken stops the start of %s: %i', async (profile, number) => {
    const home = await rig.home(profile);
    const port = portOf(rig.place, profile, number);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, () => resolve()));
    expect(await refusal(home)).toContain(`The server cannot start: port ${port} is taken: `);
    await new Promise((resolve) => server.close(resolve));
  });
});

// At the end, because a server that starts writes the administrator, whom the others must not find.
describe('a first start with an empty database', () => {
  it('is refused while another server makes it, and is made by the next if that one dies', async () => {
    const [first, second] = await Promise.all([rig.home(worker), rig.home(manager)]);
    await first.tell('start.seconds=600');
    await first.script('wso2server.sh', [`-Dprofile=${worker}`, 'start']);
    await until('the first start to be under way', 30_000, async () =>
      (await first.log()).includes('Making the first start') ? true : undefined,
    );
    expect(await refusal(second)).toContain('another server makes the first start with this shared_db');
    process.kill((await first.pid()) ?? 0, 'SIGKILL');
    await second.start();
    await second.stop();
  }, 60_000);
});

describe('a sound vault', () => {
  it('opens with the right word, which is deleted if it was for one start', async () => {
    const home = await rig.home(worker);
    await seal(home);
    const once = join(home.path, 'password-tmp');
    await writeFile(once, `${storePassword}\n`, { mode: 0o600 });
    await home.start();
    expect(existsSync(once)).toBe(false);
    expect(await listens(portOf(rig.place, worker, 8099))).toBe(true);
    await home.stop();
  }, 60_000);

  it('is not asked by secure web sockets: sealed, the port stays closed, and the server lives on', async () => {
    const home = await rig.home(worker);
    await seal(home);
    await persist(home, storePassword, 0o400);
    const sealed = await ciphertextOf(home, storePassword);
    for (const table of ['keystore.tls', 'truststore'])
      await inTable(table, '(?<!_)password = ', 'password = "$secret{store}"')(home);
    await home.edit(/$/, `store = "${sealed}"\n`);
    await home.start();
    expect(await listens(portOf(rig.place, worker, 8099))).toBe(false);
    expect(await home.log()).toContain('SecureWebSocketEP cannot listen');
    const { body } = await home.ask('/standin/links');
    expect(body).toContain('the truststore does not open with its password as it is written there');
    await home.stop();
  }, 60_000);
});

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
