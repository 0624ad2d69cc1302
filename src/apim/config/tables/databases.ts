import type { Node, Topology } from '../../cluster/topology.ts';
import { connectionKeys, type Which } from '../../database/urls.ts';
import { type TomlTable, table } from '../toml.ts';
import { escapeXml } from '../xml.ts';

const poolPrefix = 'pool_options.';

/** The tables that tell a node of its databases. A gateway uses the shared one only. */
export function databases({ settings }: Topology, { role }: Node): TomlTable[] {
  const { database } = settings;
  const { pool } = database;
  const properties = Object.entries(database.properties);
  const isOption = (key: string) => key.startsWith(poolPrefix);
  const one = (which: Which) => {
    const { username, password } = database[which];
    return table(`database.${which}_db`, {
      ...connectionKeys(database, which),
      username,
      // What the vault gives back does not go through XML.
      password: settings.secureVault ? password : escapeXml(password),
      ...Object.fromEntries(properties.filter(([key]) => !isOption(key))),
    });
  };
  // In snake case only those of the shared database would be understood.
  const options = (which: Which) =>
    table(`database.${which}_db.pool_options`, {
      maxActive: pool.max_active,
      maxWait: pool.max_wait,
      minIdle: pool.min_idle,
      testOnBorrow: pool.test_on_borrow,
      validationInterval: pool.validation_interval,
      ...Object.fromEntries(
        properties.flatMap(([key, value]) => (isOption(key) ? [[key.slice(poolPrefix.length), value]] : [])),
      ),
    });
  const wanted: readonly Which[] = role === 'gateway' ? ['shared'] : ['apim', 'shared'];
  return wanted.flatMap((which) => [one(which), options(which)].filter(({ keys }) => keys.length > 0));
}

/** Keys of those tables that are ours to write. */
export const databaseKeys = [
  'type',
  'hostname',
  'port',
  'name',
  'url',
  'driver',
  'validationQuery',
  'username',
  'password',
] as const;
