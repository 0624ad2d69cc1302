import type { Issue } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import type { Topology } from '../cluster/topology.ts';
import { databaseKeys } from '../config/tables/databases.ts';
import { databaseAddress, isSpoken } from '../database/urls.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { nodeIssue } from './node-issue.ts';

type Complaint = readonly [setting: string, message: string];

/** Users and passwords that the product, Java or the database would trip over. */
export function brokenAccounts({ settings, nodes }: Topology): Issue[] {
  const [node] = nodes;
  if (node === undefined) return [];
  const complaints = [...administrator(settings), ...stores(settings), ...databaseUsers(settings)];
  return complaints.map(([setting, message]) => nodeIssue(node, setting, message));
}

/** Passwords that stand in every manual. */
const knownToAll = ['admin', 'wso2carbon', 'root', 'password', 'changeme', 'wso2', 'wso2am'];

/** Passwords that the whole world knows, or that are the name of their user, unless the inventory accepts them. */
export function defaultPasswords({ settings, nodes }: Topology): Issue[] {
  const [node] = nodes;
  if (node === undefined || settings.defaultPasswords) return [];
  const { admin, database, analytics, keyManager } = settings;
  const all: [string, string, Secret | undefined][] = [
    ['admin.password', admin.username, admin.password],
    ...storePasswords(settings).map(([setting, secret]): [string, string, Secret] => [setting, '', secret]),
    ['database.apim.password', database.apim.username, database.apim.password],
    ['database.shared.password', database.shared.username, database.shared.password],
    ['analytics.account.password', analytics?.account?.username ?? '', analytics?.account?.password],
    ['key_manager.account.password', keyManager?.account?.username ?? '', keyManager?.account?.password],
  ];
  return all.flatMap(([setting, username, password]) => {
    const text = password?.reveal();
    if (text === undefined || !(knownToAll.includes(text) || text === username)) return [];
    return [
      nodeIssue(
        node,
        setting,
        'is a password that the whole world knows or guesses: give another, or say default_passwords: true for a trial',
      ),
    ];
  });
}

/**
 * They stand in the URLs of brokers, in a properties file and in XML, and the product escapes them in none. Sealed or
 * not: the URL is made of what the vault gives back.
 */
function administrator({ admin }: ClusterSettings): Complaint[] {
  const message = `must be of ASCII letters, digits and signs, but none of @ : / ' " % & < > \\ # ? { } [ ] ^ | \` and no $$ or blanks: the product puts it unescaped into a URL and into XML`;
  const found = { 'admin.password': admin.password.reveal(), 'admin.username': admin.username };
  return Object.entries(found).flatMap(([setting, text]): Complaint[] =>
    /[^\x21-\x7e]|[@:/'"%&<>\\#?{}[\]^|`]|\$\$/.test(text) ? [[setting, message]] : [],
  );
}

/** The truststore is passed over if its password is that of the keystore: one mistake is one issue. */
function storePasswords({ keystore, truststore }: ClusterSettings) {
  const own = truststore === keystore ? {} : { 'truststore.password': truststore.password };
  return Object.entries({ 'keystore.password': keystore.password, ...own });
}

function stores(settings: ClusterSettings): Complaint[] {
  return storePasswords(settings).flatMap(([setting, password]): Complaint[] => {
    const text = password.reveal();
    return [
      ...(text.length < 6
        ? [[setting, 'must be at least 6 characters long, or Java refuses the store'] as const]
        : []),
      ...(/['"&<>\\\s]/.test(text)
        ? [
            [
              setting,
              `must not hold any of ' " & < > \\ or blanks: the product puts it unescaped into XML`,
            ] as const,
          ]
        : []),
    ];
  });
}

function databaseUsers({ database }: ClusterSettings): Complaint[] {
  const { apim, shared } = database;
  const complaints: Complaint[] = [];
  const address = (which: 'apim' | 'shared') => {
    const { host, port, name } = databaseAddress(database, which);
    return `${host}:${port}/${name}`;
  };
  for (const which of ['apim', 'shared'] as const) {
    const creator = database[which].administrator ?? database.administrator;
    if (creator !== undefined && !isSpoken(database.type))
      complaints.push([
        'database.administrator',
        `cannot be used with ${database.type}: create the databases and users by hand, with dbscripts/${database.type}.sql for ${shared.name} and dbscripts/apimgt/${database.type}.sql for ${apim.name}, and take this out`,
      ]);
  }
  for (const key of Object.keys(database.properties))
    if ((databaseKeys as readonly string[]).includes(key))
      complaints.push([
        `database.properties.${key}`,
        'is written from the other keys of database: change it there',
      ]);
  if (address('apim') === address('shared'))
    complaints.push(['database.shared.name', `must be another database than that of apim, ${apim.name}`]);
  const oneServer = databaseAddress(database, 'apim').host === databaseAddress(database, 'shared').host;
  if (oneServer && apim.username === shared.username && apim.password.reveal() !== shared.password.reveal())
    complaints.push([
      'database.shared.password',
      `${shared.username} is the user of both databases, but has two passwords here`,
    ]);
  // Creating the user sets its password: that would be the administrator's own.
  for (const [key, { username }] of Object.entries({ apim, shared }))
    if (username === (database[key as 'apim' | 'shared'].administrator ?? database.administrator)?.username)
      complaints.push([
        `database.${key}.username`,
        `must be somebody else than ${username}, the administrator: give the product a user of its own`,
      ]);
  return complaints;
}
