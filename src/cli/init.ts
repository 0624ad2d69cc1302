import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../errors.ts';
import { absolute } from '../input/decode.ts';
import { exitCodes } from './exit-codes.ts';
import {
  type Answers,
  balancers,
  databases,
  domainOf,
  hostIn,
  serversOf,
  topologies,
} from './init/answers.ts';
import { inventoryText, secretFiles } from './init/inventory-text.ts';
import { ask, askSecret, isTerminal } from './prompt.ts';

/** Answers that were given before, as texts; `yes` takes the usual ones for all others. */
export type InitOptions = { readonly [Key in Exclude<keyof Answers, 'hosts'>]?: string } & {
  readonly hosts?: string;
  readonly yes?: boolean;
};

/** Asks what has to be known, and writes an inventory with the files of its passwords. Nothing that is there is written over. */
export async function writeInventory(file: string, options: InitOptions): Promise<number> {
  const path = resolve(file);
  if (existsSync(path)) throw new UsageError(`there is ${file} already, and nothing is written over it`);
  if (!existsSync(dirname(path))) throw new UsageError(`there is no folder ${dirname(path)}`);
  if (options.yes !== true && !isTerminal())
    throw new UsageError(
      'there is no terminal to ask on; give what is asked by options, and --yes for the rest',
    );
  const { answers, password } = await answersFor(options);
  const here = (named: string) => (named.startsWith('~/') ? absolute(named) : resolve(dirname(path), named));
  const pack = here(answers.pack);
  const sha256 = existsSync(pack) ? await checksumOf(pack) : undefined;
  const made = writeSecrets(dirname(path), password);
  writeFileSync(path, inventoryText(answers, sha256), { flag: 'wx' });
  const left = [pack, here(answers.driver)].filter((each) => !existsSync(each));
  const lines = [
    `${file} is written${made.length === 0 ? '' : `, and passwords in ${made.join(', ')}: keep them, and keep them out of version control`}`,
    ...(answers.administrator === ''
      ? [
          `the users apim and shared of the database get their passwords from you, or theirs go into ${secretFiles.apim} and ${secretFiles.shared}`,
        ]
      : []),
    ...(answers.administrator === '' || existsSync(join(dirname(path), secretFiles.administrator))
      ? []
      : [
          `still to write: ${secretFiles.administrator}, with the password of ${answers.administrator} (chmod 600)`,
        ]),
    ...left.map((each) => `still to come: ${each}`),
    ...(sha256 === undefined ? ['still to fill in: pack.sha256'] : []),
    `next: apim-orchestrate validate ${file}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.ok;
}

async function answersFor(
  options: InitOptions,
): Promise<{ readonly answers: Answers; readonly password: string | undefined }> {
  const silent = options.yes === true;
  const oneOf = async <Choice extends string>(
    given: string | undefined,
    question: string,
    choices: readonly Choice[],
    usual: Choice,
  ): Promise<Choice> => {
    for (let answer = given; ; answer = undefined) {
      const found = answer ?? (silent ? usual : await ask(`${question} (${choices.join(', ')}) [${usual}] `));
      const choice = choices.find((each) => each === (found.trim() === '' ? usual : found.trim()));
      if (choice !== undefined) return choice;
      const told = `${JSON.stringify(found.trim())} is none of ${choices.join(', ')}`;
      if (answer !== undefined) throw new UsageError(told);
      process.stderr.write(`${told}\n`);
    }
  };
  const anything = async (given: string | undefined, question: string, usual: string): Promise<string> => {
    if (given !== undefined || silent) return given ?? usual;
    const found = (await ask(`${question} [${usual === '' ? 'none' : usual}] `)).trim();
    return found === '' ? usual : found;
  };

  const topology = await oneOf(
    options.topology,
    'All on one server, five servers, or pairs behind a load balancer?',
    topologies,
    'five',
  );
  const balancer =
    topology === 'pairs'
      ? await oneOf(options.balancer, 'Which load balancer?', balancers, 'nginx')
      : 'nginx';
  const servers = serversOf({ topology });
  const hosts = await hostsFor(options, servers, anything);
  if (new Set(hosts.map((host) => isIP(host) > 0)).size > 1)
    throw new UsageError(
      `names and addresses are mixed: ${hosts.join(', ')}; give all servers by the one or by the other`,
    );
  const domain = await anything(options.domain, 'The domain of names that have none yet?', domainOf(hosts));
  const shared =
    topology === 'pairs'
      ? await anything(options.shared, 'Where do pairs share files, as server:/folder?', '')
      : '';
  const user = await anything(options.user, 'Who enters the servers by ssh?', userInfo().username);
  const pack = await anything(options.pack, 'Where is the archive?', './wso2am-3.2.0.zip');
  const database = await oneOf(options.database, 'Which database?', databases, 'mysql');
  const databaseHost =
    options.databaseHost === undefined
      ? await host(() => anything(undefined, 'Its server?', `db.${domain}`))
      : hostIn(options.databaseHost);
  const driver = await anything(options.driver, 'Where is its JDBC driver?', driverOf[database]);
  const isMade = ['mysql', 'mariadb', 'postgresql'].includes(database);
  const administrator = isMade
    ? await anything(options.administrator, 'Who may create databases there, if they are not there?', '')
    : '';
  const password =
    administrator === '' || silent || !isTerminal() ? undefined : await passwordOf(administrator);
  return {
    answers: {
      ...{
        topology,
        balancer,
        hosts,
        domain,
        shared,
        user,
        pack,
        database,
        databaseHost,
        driver,
        administrator,
      },
    },
    password,
  };
}

/** Asks until there is one: without it nothing could be created. */
async function passwordOf(name: string): Promise<string> {
  for (;;) {
    const password = await askSecret(`Password of ${name}: `);
    if (password !== '') return password;
  }
}

const driverOf: Readonly<Record<Answers['database'], string>> = {
  mysql: './mysql-connector-j-8.4.0.jar',
  mariadb: './mariadb-java-client.jar',
  postgresql: './postgresql-42.7.4.jar',
  mssql: './mssql-jdbc.jar',
  oracle: './ojdbc8.jar',
  db2: './db2jcc4.jar',
};

/** Asks again where the answer cannot be a server: nobody wants to begin anew because of a slip. */
async function host(asked: () => Promise<string>): Promise<string> {
  for (;;) {
    try {
      return hostIn(await asked());
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      process.stderr.write(`${error.message}\n`);
    }
  }
}

async function hostsFor(
  { hosts: given, domain }: InitOptions,
  servers: ReturnType<typeof serversOf>,
  anything: (given: undefined, question: string, usual: string) => Promise<string>,
): Promise<string[]> {
  if (given !== undefined) {
    const hosts = given.split(',').map((host) => hostIn(host.trim()));
    if (hosts.length === servers.length) return hosts;
    throw new UsageError(
      `--hosts has ${hosts.length}, and ${servers.length} are wanted: ${servers.map(({ name }) => name).join(', ')}`,
    );
  }
  const hosts: string[] = [];
  for (const { name, what } of servers) {
    const usual = `${name}.${domain ?? domainOf(hosts)}`;
    hosts.push(await host(() => anything(undefined, `Name or address, ${what}?`, usual)));
  }
  return hosts;
}

/** Passwords that nobody has to think of, each in a file that only its owner reads; those that are there stay. */
function writeSecrets(folder: string, administrator: string | undefined): string[] {
  const wanted = Object.entries(secretFiles).flatMap(([what, file]) => {
    const value = what === 'administrator' ? administrator : newPassword();
    return value === undefined || existsSync(join(folder, file)) ? [] : [{ file, value }];
  });
  for (const { file, value } of wanted) {
    mkdirSync(join(folder, dirname(file)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, file), `${value}\n`, { mode: 0o600, flag: 'wx' });
  }
  return wanted.map(({ file }) => file);
}

/** Letters and digits: whatever it goes through takes it as it is. */
function newPassword(): string {
  const rest = randomBytes(48)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 22);
  return `A7${rest}`;
}

async function checksumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
