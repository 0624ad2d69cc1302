import { login } from './database.ts';
import { storePassword } from './keystores.ts';

/** The profiles, with the port offsets of the guide. */
const offsets = {
  'api-key-manager': 0,
  'api-publisher': 1,
  'api-devportal': 2,
  'traffic-manager': 3,
  'gateway-worker': 4,
} as const;

export type Profile = keyof typeof offsets;

/** In the order in which they start. */
export const profiles: readonly Profile[] = [
  'api-key-manager',
  'traffic-manager',
  'api-publisher',
  'api-devportal',
  'gateway-worker',
];

/** Where the servers of a test listen: their ports are shifted by `base` and the offset of their profile. */
export interface Place {
  readonly base: number;
  readonly databasePort: number;
}

/** A port of a profile, by its number without any offset. */
export function portOf({ base }: Place, profile: Profile, port: number): number {
  return port + base + offsets[profile];
}

/** A sound deployment.toml for a profile on loopback, among servers of all profiles. */
export function configuration(profile: Profile, place: Place): string {
  const url = (scheme: string, peer: Profile, port: number, path = '') =>
    `"${scheme}://127.0.0.1:${portOf(place, peer, port)}${path}"`;
  const trafficManager = (port: number, scheme = 'tcp') => `[${url(scheme, 'traffic-manager', port)}]`;
  const refs = 'username = "$ref{super_admin.username}"\npassword = "$ref{super_admin.password}"';
  const keyManager = `[apim.key_manager]
service_url = ${url('https', 'api-key-manager', 9443, '/services/')}
${refs}`;
  const throttling = `[apim.throttling]
service_url = ${url('https', 'traffic-manager', 9443, '/services/')}
throttle_decision_endpoints = ${trafficManager(5672)}
${refs}

[[apim.throttling.url_group]]
traffic_manager_urls = ${trafficManager(9611)}
traffic_manager_auth_urls = ${trafficManager(9711, 'ssl')}`;
  const eventHub = `[apim.event_hub]
service_url = ${url('https', 'traffic-manager', 9443)}
${refs}
event_listening_endpoints = ${trafficManager(5672)}

[[apim.event_hub.publish.url_group]]
urls = ${trafficManager(9611)}
auth_urls = ${trafficManager(9711, 'ssl')}`;
  const admin = 'username = "${admin.username}"\npassword = "${admin.password}"';
  const listener = `[[event_listener]]
id = "token_revocation"

[event_listener.properties]
notification_endpoint = ${url('https', 'traffic-manager', 9443, '/internal/data/v1/notify')}
${admin}
'header.X-WSO2-KEY-MANAGER' = "default"`;
  const signUp = '[[event_handler]]\nname = "userPostSelfRegistration"\nsubscriptions = ["POST_ADD_USER"]';
  const environment = `[[apim.gateway.environment]]
name = "Production and Sandbox"
${admin}
service_url = ${url('https', 'gateway-worker', 9443, '/services/')}
http_endpoint = ${url('http', 'gateway-worker', 8280)}
https_endpoint = ${url('https', 'gateway-worker', 8243)}
ws_endpoint = ${url('ws', 'gateway-worker', 9099)}
wss_endpoint = ${url('wss', 'gateway-worker', 8099)}`;
  const portal = `[apim.devportal]\nurl = ${url('https', 'api-devportal', 9443, '/devportal')}`;
  const revoke = `[apim.oauth_config]\nrevoke_endpoint = ${url('https', 'api-key-manager', 9443, '/oauth2/revoke')}`;
  const own: Readonly<Record<Profile, readonly string[]>> = {
    'api-key-manager': [throttling, eventHub, listener, signUp],
    'traffic-manager': [keyManager],
    'api-publisher': [keyManager, throttling, eventHub, environment, portal],
    'api-devportal': [keyManager, throttling, eventHub, environment, revoke, signUp],
    'gateway-worker': [keyManager, throttling, eventHub],
  };
  return `${[common(profile, place), ...own[profile]].join('\n\n')}\n`;
}

function common(profile: Profile, place: Place): string {
  const xml = login.password.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const database = (name: string) => `[database.${name}]
url = "jdbc:mariadb://127.0.0.1:${place.databasePort}/${name}"
driver = "org.mariadb.jdbc.Driver"
username = "${login.user}"
password = "${xml}"`;
  const store = (table: string, file: string, alias: string) => `[keystore.${table}]
file_name = "${file}"
type = "JKS"
password = "${storePassword}"
alias = "${alias}"
key_password = "${storePassword}"`;
  return [
    `[server]
hostname = "127.0.0.1"
node_ip = "127.0.0.1"
server_role = "${profile}"
offset = ${place.base + offsets[profile]}`,
    '[user_store]\ntype = "database_unique_id"',
    '[super_admin]\nusername = "admin"\npassword = "admin-word"\ncreate_admin_account = true',
    ...(profile === 'gateway-worker' ? [] : [database('apim_db')]),
    database('shared_db'),
    store('primary', 'primary.jks', 'primary'),
    store('tls', 'tls.jks', 'tls'),
    `[truststore]\nfile_name = "client-truststore.jks"\ntype = "JKS"\npassword = "${storePassword}"`,
  ].join('\n\n');
}
