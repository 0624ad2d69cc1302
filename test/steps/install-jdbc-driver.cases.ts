import { installJdbcDriver } from '../../src/steps/install-jdbc-driver.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, onPostgresql, topologyOf } from '../support/topologies.ts';

const [topology, downloading] = [await fiveHosts(), await onPostgresql()];
const sum = 'a'.repeat(64);
const named = await topologyOf({
  apim: {
    database: {
      type: 'mysql',
      host: 'db.example.com',
      driver: { path: './mysql.jar', sha256: sum },
      apim: { username: 'apim', password: 'fake-password' },
      shared: { username: 'shared', password: 'fake-password' },
    },
  },
});
const home = '/opt/wso2/gateway';
const name = 'mysql-connector-j-8.4.0.jar';
const lib = `${home}/repository/components/lib`;
const copy = `${home}/repository/components/dropins`;
const at = { topology, at: 'gw' };
const there = { installed: sum, previous: name, wanted: sum, authority: '' };
const note = `put (wso2) ${home}/.apim-orchestrate/driver 644 "${name}\\n"`;
const driver = `put (wso2) ${lib}/${name} 644 (file /srv/apim/${name})`;
const ownCopy = `${copy}/mysql_connector_j_8.4.0_1.0.0.jar`;

export const step = installJdbcDriver;

export const cases: readonly StepCase[] = [
  { when: 'it is there', ...at, facts: there, plans: {} },
  {
    when: 'there is none; a copy that the product made of one goes, too',
    ...at,
    facts: { ...there, installed: '', previous: '' },
    plans: { [`install the JDBC driver ${name}`]: [driver, `run (wso2) rm -f ${ownCopy}`, note] },
  },
  {
    when: 'another is there under its name',
    ...at,
    facts: { ...there, installed: 'older' },
    plans: { [`install the JDBC driver ${name}`]: [driver, `run (wso2) rm -f ${ownCopy}`, note] },
  },
  {
    when: 'it takes the place of an older one',
    ...at,
    facts: { ...there, previous: 'old-1.jar' },
    plans: {
      [`install the JDBC driver ${name}`]: [
        driver,
        `run (wso2) rm -f ${lib}/old-1.jar ${copy}/old_1_1.0.0.jar ${ownCopy}`,
        note,
      ],
    },
  },
  {
    when: 'servers download it',
    topology: downloading,
    at: 'gw',
    facts: { ...there, installed: '', previous: '' },
    plans: {
      'install the JDBC driver postgresql-42.7.4.jar': [
        /^run \(wso2\) [\s\S]*postgresql-42\.7\.4\.jar/,
        /^run \(wso2\) rm -f/,
        /^put \(wso2\) .*driver 644 "postgresql-42\.7\.4\.jar\\n"$/,
      ],
    },
  },
  {
    when: 'it is not on this machine',
    ...at,
    facts: { ...there, wanted: '' },
    refuses:
      /the JDBC driver \/srv\/apim\/mysql-connector-j-8\.4\.0\.jar is not on this machine[\s\S]*correct database\.driver\.path/,
  },
  {
    when: 'it is not the one that the inventory names',
    topology: named,
    at: 'gw',
    facts: { ...there, wanted: 'b'.repeat(64) },
    refuses: /has SHA-256 b{64}, the inventory says a{64}[\s\S]*correct database\.driver in the inventory/,
  },
  {
    when: 'it is the one that the inventory names',
    topology: named,
    at: 'gw',
    facts: { ...there, previous: 'mysql.jar' },
    plans: {},
  },
];
