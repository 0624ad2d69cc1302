import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;

/** Applications of all profiles, as files or folders; the optimizer keeps some of them. */
const webapps = [
  'client-registration#v0.17',
  'authenticationendpoint',
  'accountrecoveryendpoint',
  'oauth2.war',
  'api#identity#consent-mgt#v1.0.war',
  'api#identity#recovery#v0.9.war',
  'api#identity#user#v1.0.war',
  'api#identity#oauth2#dcr#v1.1.war',
  'api#identity#oauth2#v1.0.war',
  'keymanager-operations.war',
  'api#am#publisher#v1.war',
  'api#am#admin#v1.war',
  'api#am#store#v1.war',
  'internal#data#v1.war',
  'am#sample#pizzashack#v1.war',
  'api#am#gateway.war',
];

const profiles = ['api-key-manager', 'traffic-manager', 'api-publisher', 'api-devportal', 'gateway-worker'];

const folders = [
  'repository/components/lib',
  'repository/components/dropins',
  'repository/components/patches',
  'repository/components/plugins',
  'repository/deployment/server/executionplans',
  'repository/deployment/server/jaggeryapps/admin',
  'repository/deployment/server/jaggeryapps/publisher',
  'repository/deployment/server/jaggeryapps/devportal',
  'repository/tenants',
  'repository/database',
  'repository/logs',
  'repository/resources/security',
  'tmp',
];

/** Lays out the folder of the product as its archive has it. The scripts get their modes, and the jar comes, later. */
export async function layOut(root: string, edition: string): Promise<void> {
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await cp(join(here, 'bin'), join(root, 'bin'), { recursive: true });
  await cp(join(here, 'dbscripts'), join(root, 'dbscripts'), { recursive: true });
  await cp(join(here, 'profiles.txt'), join(root, 'repository/resources/conf/profiles.txt'));
  await put('bin/version.txt', `WSO2 API Manager v3.2.0${edition === '' ? '' : ` (${edition})`}\n`);
  await put('repository/conf/deployment.toml', shipped('api-manager'));
  for (const profile of profiles)
    await put(`repository/resources/conf/deployment-templates/${profile}.toml`, shipped(profile));
  const templates = 'repository/resources/conf/templates/repository/conf/axis2';
  for (const name of ['axis2', ...profiles.slice(0, 4).map((profile) => `axis2_${profile}`)])
    await put(`${templates}/${name}.xml.j2`, `<axisconfig name="${name}"/>\n`);
  const synapse = 'repository/deployment/server/synapse-configs/default';
  await put(`${synapse}/synapse.xml`, '<definitions/>\n');
  await put(`${synapse}/inbound-endpoints/WebSocketInboundEndpoint.xml`, '<inboundEndpoint/>\n');
  await put(`${synapse}/api/_TokenAPI_.xml`, '<api/>\n');
  for (const app of webapps) {
    if (app.endsWith('.war')) await put(`repository/deployment/server/webapps/${app}`, 'stand-in\n');
    else await put(`repository/deployment/server/webapps/${app}/index.html`, 'stand-in\n');
  }
  for (const portal of ['admin', 'publisher', 'devportal'])
    await put(`repository/deployment/server/jaggeryapps/${portal}/jaggery.conf`, '{}\n');
  await shippedStores(join(root, 'repository/resources/security'));
}

function shipped(profile: string): string {
  return [
    '[server]',
    'hostname = "localhost"',
    `server_role = "${profile}"`,
    '',
    '[keystore.tls]',
    'file_name = "wso2carbon.jks"',
    'password = "wso2carbon"',
    '',
  ].join('\n');
}

/** A key for CN=localhost whose password everybody knows, and a truststore with it and with others. */
async function shippedStores(folder: string): Promise<void> {
  const word = ['-storepass', 'wso2carbon'];
  const keytool = (...words: string[]) => run('keytool', words, { cwd: folder });
  const pair = (alias: string, name: string, store: string) =>
    keytool(
      '-genkeypair',
      '-alias',
      alias,
      '-keyalg',
      'RSA',
      '-keysize',
      '2048',
      '-validity',
      '3650',
      '-dname',
      name,
      '-keystore',
      store,
      '-storetype',
      'JKS',
      '-keypass',
      'wso2carbon',
      ...word,
    );
  await pair('wso2carbon', 'CN=localhost, O=Stand-in', 'wso2carbon.jks');
  for (const name of ['public-ca-one', 'public-ca-two']) {
    await pair(name, `CN=${name}`, `${name}.tmp`);
    await keytool('-exportcert', '-alias', name, '-file', `${name}.der`, '-keystore', `${name}.tmp`, ...word);
  }
  await keytool(
    '-exportcert',
    '-alias',
    'wso2carbon',
    '-file',
    'wso2carbon.der',
    '-keystore',
    'wso2carbon.jks',
    ...word,
  );
  for (const name of ['public-ca-one', 'public-ca-two', 'wso2carbon'])
    await keytool(
      '-importcert',
      '-noprompt',
      '-alias',
      name,
      '-file',
      `${name}.der`,
      '-keystore',
      'client-truststore.jks',
      '-storetype',
      'JKS',
      ...word,
    );
  await run('sh', ['-c', 'rm -f *.tmp *.der'], { cwd: folder });
}
