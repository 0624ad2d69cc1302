import { startServerStep } from '../../src/steps/start-server.ts';
import { readyServer } from '../support/server-facts.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor, tenHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
const runs = { ...readyServer(nodeFor(topology, 'gateway')), before: 'yes' };
const at = { topology, at: 'gw' };
const home = '/opt/wso2/gateway';
const itsProcess = `wait for the process of the server in ${home}: a Java process with this home`;
const start = [
  /^run \(wso2\) set -e\n.*rm -f \S+ready\n.*a-print > \S+running.new\n.*wso2server\.sh/s,
  itsProcess,
];
const restart = `restart the server in ${home} (it runs with something older than what is installed)`;

export const step = startServerStep;

export const cases: readonly StepCase[] = [
  { when: 'it runs with what is installed', ...at, facts: runs, plans: {}, company: {} },
  {
    when: 'it does not run',
    ...at,
    facts: { ...runs, process: undefined },
    plans: { [`start the server in ${home}`]: start },
    company: {},
  },
  {
    when: 'no server has started with the database before',
    ...at,
    facts: { ...runs, process: undefined, before: 'no' },
    plans: { [`start the server in ${home}`]: start },
    company: { makes: 'what the first server writes into the shared database' },
  },
  {
    when: 'nobody can tell whether a server has started with the database before',
    ...at,
    facts: { ...runs, process: undefined, before: 'unknown' },
    plans: { [`start the server in ${home}`]: start },
    company: {
      makes: 'what the first server writes into the shared database, if nobody did yet: that cannot be seen',
    },
  },
  {
    when: 'what it runs with was installed anew since, though it was noted to run with that',
    ...at,
    facts: { ...runs, owed: ['configuration'], differs: ['configuration'] },
    plans: {
      [`restart the server in ${home} (changed since it was started: configuration)`]: [
        /^run /,
        `wait for the server in ${home} to stop: its process to end`,
        ...start,
      ],
    },
    company: { alone: 'it runs, and the others serve while it is restarted' },
  },
  {
    when: 'it runs with something older',
    ...at,
    facts: { ...runs, running: 'another-print' },
    plans: {
      [restart]: [/^run /, `wait for the server in ${home} to stop: its process to end`, ...start],
    },
    company: { alone: 'it runs, and the others serve while it is restarted' },
  },
  {
    when: 'it is known what changed since it was started',
    ...at,
    facts: { ...runs, running: 'another-print', differs: ['memory -Xmx1g → -Xmx2g', 'configuration'] },
    plans: {
      [`restart the server in ${home} (changed since it was started: memory -Xmx1g → -Xmx2g, configuration)`]:
        [/^run /, `wait for the server in ${home} to stop: its process to end`, ...start],
    },
  },
  {
    when: 'a restart was requested',
    ...at,
    params: { requested: true },
    facts: runs,
    plans: {
      [`restart the server in ${home} (as was asked for)`]: [
        /^run /,
        `wait for the server in ${home} to stop: its process to end`,
        /^run \(wso2\) set -e\n.*2026-03-01T12:00:00\.000Z > \S+restarted\.new\n.*wso2server\.sh/s,
        itsProcess,
      ],
    },
    company: { alone: 'it runs, and the others serve while it is restarted' },
  },
  {
    when: 'the restart that was requested was made',
    ...at,
    params: { requested: true },
    facts: { ...runs, restarted: '2026-03-01T11:00:00Z' },
    plans: {},
    company: {},
  },
  ...['', '2026-03-01T11:00:00.000Z'].map((restarted) => ({
    when: `it is to be restarted by force, and was restarted before: ${restarted}`,
    ...at,
    params: { forced: true },
    facts: { ...runs, restarted },
    plans: {
      [`restart the server in ${home} (as was asked for; killed if it does not stop within 30 s)`]: [
        /^run \(wso2\) .*kill -TERM/s,
        `wait for the server in ${home} to stop: its process to end`,
        /^run \(wso2\) .*kill -KILL/s,
        `wait for the server in ${home} to stop, which was killed: its process to end`,
        /^run \(wso2\) set -e\n.*2026-03-01T12:00:00\.000Z > \S+restarted\.new\n.*wso2server\.sh/s,
        itsProcess,
      ],
    },
    company: { alone: 'it runs, and the others serve while it is restarted' },
  })),
  {
    when: 'it was restarted by force',
    ...at,
    params: { forced: true },
    facts: { ...runs, restarted: '2026-03-01T12:00:00.000Z' },
    plans: {},
    company: {},
  },
  {
    when: 'it runs with something older, behind a balancer',
    topology: await tenHosts(),
    at: 'gw1',
    facts: { ...runs, running: 'another-print' },
    plans: { [restart]: [/./, /./, /./, /./] },
    company: { alone: 'it runs, and the others serve while it is restarted', batch: true },
  },
  {
    when: 'systemd runs it',
    ...at,
    facts: { ...runs, process: undefined, systemd: true },
    plans: {
      [`start the server in ${home}`]: [
        /^run \(wso2\) set -e\n.*a-print > \S+running.new\n((?!wso2server).)*$/s,
        'run (root) systemctl reset-failed apim-gateway.service 2>/dev/null; systemctl start apim-gateway.service',
        itsProcess,
      ],
    },
  },
  {
    when: 'its certificates are still to be made',
    ...at,
    facts: { ...runs, process: undefined, wanted: undefined },
    plans: { [`start the server in ${home}`]: ['after issue-certificates'] },
  },
  {
    when: 'there is no Java to start it with',
    ...at,
    facts: { ...runs, process: undefined, javaHome: undefined, wanted: undefined },
    plans: { [`start the server in ${home}`]: ['after check-host'] },
  },
];
