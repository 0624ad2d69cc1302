import { portNumbers } from '../../src/apim/cluster/topology.ts';
import { startServerStep } from '../../src/steps/start-server.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor } from '../support/topologies.ts';

const topology = await fiveHosts();
const process = { pid: 7, startedAt: '1234' };
const runs = {
  process,
  running: 'a-print',
  wanted: 'a-print',
  ready: 'a-print 7 1234',
  listening: portNumbers(nodeFor(topology, 'gateway')),
  systemd: false,
  javaHome: '/opt/java',
  material: undefined,
};
const at = { topology, at: 'gw' };
const home = '/opt/wso2/gateway';
const start = [
  /^run \(wso2\) rm -f .*ready/,
  `put (wso2) ${home}/.apim-orchestrate/running 644 "a-print\\n"`,
  /^run \(wso2\) /,
  /^run \(wso2\) .*wso2server\.sh/s,
  `wait for the process of the server in ${home}: a Java process with this home`,
];
const restart = `restart the server in ${home} (it runs with something older than what is installed)`;

export const step = startServerStep;

export const cases: readonly StepCase[] = [
  { when: 'it runs with what is installed', ...at, facts: runs, plans: {} },
  {
    when: 'it does not run',
    ...at,
    facts: { ...runs, process: undefined },
    plans: { [`start the server in ${home}`]: start },
  },
  {
    when: 'it runs with something older',
    ...at,
    facts: { ...runs, running: 'another-print' },
    plans: {
      [restart]: [/^run /, `wait for the server in ${home} to stop: its process to end`, ...start],
    },
  },
  {
    when: 'systemd runs it',
    ...at,
    facts: { ...runs, process: undefined, systemd: true },
    plans: {
      [`start the server in ${home}`]: [
        ...start.slice(0, 3),
        'run (root) systemctl reset-failed apim-gateway.service 2>/dev/null; systemctl start apim-gateway.service',
        ...start.slice(4),
      ],
    },
  },
  {
    when: 'its certificates are still to be made',
    ...at,
    facts: { ...runs, process: undefined, wanted: undefined },
    plans: { [`start the server in ${home}`]: [/not there yet/] },
  },
];
