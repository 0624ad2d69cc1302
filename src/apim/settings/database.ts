import { z } from 'zod';
import { duration, filePath, hostName, port } from '../../input/decode.ts';
import { secret } from '../../input/secrets.ts';
import { account, fileOrUrl, one, plainName } from './common.ts';
import { notWhole, whole } from './download.ts';

const scalar = () => z.union([z.string(), z.number(), z.boolean()]);
const administrator = () => account('somebody who may create databases and users').optional();

const ownDatabase = (name: string) =>
  z
    .strictObject({
      name: plainName().default(name).describe('The name of the database; for Oracle, its SID or service.'),
      username: plainName().describe('The user by whom the product uses it.'),
      password: secret().describe('The password of that user.'),
      host: hostName().optional().describe('Its server, if it has one of its own.'),
      port: port().optional().describe('The port of that server.'),
      administrator: administrator().describe('By whom it is created, if not by the common administrator.'),
      url: z
        .string()
        .regex(/^jdbc:[^\s"<>]+$/, 'must be a JDBC URL, not {found}')
        .optional()
        .describe('The JDBC URL, for odd cases; host and port are then only for checks.'),
    })
    .describe(`The database ${name}.`);

/** The kinds of database servers that the product runs on. */
export const databaseTypes = ['mysql', 'mariadb', 'postgresql', 'mssql', 'oracle', 'db2'] as const;

/** The ports that they listen on unless told otherwise. */
export const usualPorts: Readonly<Record<(typeof databaseTypes)[number], number>> = {
  mysql: 3306,
  mariadb: 3306,
  postgresql: 5432,
  mssql: 1433,
  oracle: 1521,
  db2: 50_000,
};

/** The database server and the two databases of the product. */
export const databaseSchema = z
  .strictObject({
    type: z.enum(databaseTypes).describe('What kind of database server it is.'),
    host: hostName().describe('Its address, as seen from the nodes.'),
    port: port().optional().describe('Its port. Default: the usual one of its type.'),
    driver: z
      .strictObject({
        ...fileOrUrl,
        sha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256: 64 hexadecimal digits')
          .transform((text) => text.toLowerCase())
          .optional()
          .describe('Its SHA-256; needed with `url`.'),
        class: z
          .string()
          .regex(/^[\w.$]+$/, 'must be the name of a Java class')
          .optional()
          .describe('The class of the driver. Default: by the type; for mysql `com.mysql.cj.jdbc.Driver`.'),
      })
      .refine(one, 'needs either path or url')
      .refine(whole, notWhole)
      .refine((driver) => driver.url === undefined || driver.sha256 !== undefined, 'needs sha256 with url')
      .describe('The JDBC driver.'),
    administrator: administrator().describe(
      'By whom databases and users are created, with MySQL, MariaDB and PostgreSQL. Without it they must be there.',
    ),
    adopt: z
      .boolean()
      .default(false)
      .describe(
        'Whether a user or a database that is there and was not made by this tool may be changed: the password of the user, its rights on the database.',
      ),
    any_version: z
      .boolean()
      .default(false)
      .describe(
        'Whether tables are made at a server that is older than those that the vendor names: MySQL 5.7, MariaDB 10.2, PostgreSQL 10.',
      ),
    tls: z
      .enum(['off', 'required', 'verified'])
      .default('off')
      .describe('Whether connections to it are encrypted, and its certificate verified.'),
    ca: filePath()
      .optional()
      .describe(
        'The certificate of the authority that vouches for it: a PEM file here; every node trusts it.',
      ),
    parameters: z
      .record(z.string().regex(/^\w+$/, 'must be the name of a parameter'), scalar())
      .default({})
      .describe('More parameters of the JDBC URL.'),
    pool: z
      .strictObject({
        max_active: z
          .int()
          .min(1)
          .optional()
          .describe('The most connections at once; the product’s default is 50.'),
        max_wait: duration().optional().describe('How long to wait for one; the product’s default is 60s.'),
        min_idle: z.int().min(0).optional().describe('How many are kept open.'),
        test_on_borrow: z.boolean().optional().describe('Whether each is tried before it is used.'),
        validation_interval: duration().optional().describe('How often one is tried at most.'),
      })
      .default({})
      .describe('The pools of connections that every node has, one a database.'),
    properties: z
      .record(
        z.string().regex(/^(pool_options\.)?\w+$/, 'must be the name of a key, or pool_options.name'),
        scalar(),
      )
      .default({})
      .describe('More keys of the tables `[database.apim_db]` and `[database.shared_db]`, as they are.'),
    apim: ownDatabase('apim_db'),
    shared: ownDatabase('shared_db'),
  })
  .describe('The database server and the two databases of the product.');
