import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { shippedStores } from './stores.ts';

const here = import.meta.dirname;

/** Applications of all profiles, as files or folders; the optimizer keeps some of them. */
const webapps = [
  'client-registration#v0.17.war',
  'authenticationendpoint',
  'accountrecoveryendpoint',
  'oauth2.war',
  'api#identity#consent-mgt#v1.0.war',
  'api#identity#recovery#v0.9.war',
  'api#identity#user#v1.0.war',
  'api#identity#oauth2#dcr#v1.1.war',
  'api#identity#oauth2#v1.0.war',
  'keymanager-operations.war',
  'api#am#publisher.war',
  'api#am#admin#v1.war',
  'api#am#store.war',
  'internal#data#v1.war',
  'am#sample#pizzashack#v1.war',
  'api#am#gateway.war',
];

const profiles = ['api-key-manager', 'traffic-manager', 'api-publisher', 'api-devportal', 'gateway-worker'];

/** Those that the optimizer swaps for the ones of a profile. */
const templates = [
  'registry',
  'registry_TM',
  ...['', '_KM', '_TM', '_Publisher', '_Devportal'].map((word) => `axis2/axis2${word}`),
  ...['', '_KM', '_Publisher', '_Devportal'].map((word) => `axis2/tenant-axis2${word}`),
];

const folders = [
  'repository/components/lib',
  'repository/components/dropins',
  'repository/components/patches',
  'repository/components/plugins',
  'repository/deployment/server/executionplans',
  'repository/deployment/server/eventpublishers',
  'repository/deployment/server/eventreceivers',
  'repository/deployment/server/eventstreams',
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
  await put('bin/wso2carbon-version.txt', 'WSO2 Carbon Framework v4.6.0\n');
  for (const name of templates)
    await put(
      `repository/resources/conf/templates/repository/conf/${name}.xml.j2`,
      `<conf name="${name}"/>\n`,
    );
  const synapse = 'repository/deployment/server/synapse-configs/default';
  await put(`${synapse}/synapse.xml`, '<definitions/>\n');
  for (const name of ['WebSocket', 'SecureWebSocket'])
    await put(`${synapse}/inbound-endpoints/${name}InboundEndpoint.xml`, '<inboundEndpoint/>\n');
  await put(`${synapse}/api/_TokenAPI_.xml`, '<api/>\n');
  for (const app of webapps) {
    if (app.endsWith('.war')) await put(`repository/deployment/server/webapps/${app}`, 'stand-in\n');
    else await put(`repository/deployment/server/webapps/${app}/index.html`, 'stand-in\n');
  }
  for (const portal of ['admin', 'publisher', 'devportal'])
    await put(`repository/deployment/server/jaggeryapps/${portal}/jaggery.conf`, '{}\n');
  // What the portals are built with lies beside them, and no optimizer takes it away.
  for (const name of ['lerna.json', 'package.json'])
    await put(`repository/deployment/server/jaggeryapps/${name}`, '{}\n');
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
