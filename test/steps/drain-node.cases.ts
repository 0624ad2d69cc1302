import { portNumbers } from '../../src/apim/cluster/topology.ts';
import { drainNode } from '../../src/steps/drain-node.ts';
import { soundBalancer, behindNginx as topology } from '../support/balancer-facts.ts';
import type { StepCase } from '../support/step-cases.ts';
import { behindHooks, fiveHosts, nodeFor } from '../support/topologies.ts';

/** A server that runs, serves, and is to be started again. */
const old = {
  process: { pid: 7, startedAt: '1234' },
  running: 'an-old-print',
  differs: ['configuration'],
  restarted: '',
  resting: false,
  note: 'a-print',
  wanted: 'a-print',
  ready: 'an-old-print 7 1234',
  listening: portNumbers(nodeFor(topology, 'gateway')),
  systemd: false,
  javaHome: '/opt/java',
  material: undefined,
};
const sound = { ...old, running: 'a-print', ready: 'a-print 7 1234' };
const facts = { state: old, balancers: [await soundBalancer([])], missing: [] };
const at = { topology, at: 'gw1' };
const drained = {
  'drain gw1 at lb': [
    /^at lb: run \(root\) mkdir/,
    'at lb: put (root) /etc/apim-orchestrate/balancer/resting 644 "gw1\\n"',
    /^at lb: run \(root\) mkdir/,
    /^at lb: put \(root\) .*nginx\.conf\.candidate .*server gw1\.example\.com:8243[^;]* down; # gw1/,
    /^at lb: run \(root\) .*nginx -q -t -c/s,
    /^at lb: run \(root\) mv -fT/,
    /^at lb: run \(root\) .*kill -s HUP/s,
    /^at lb: wait for nginx to answer/,
    /^at lb: put \(root\) .*loaded/,
  ],
};

export const step = drainNode;

export const cases: readonly StepCase[] = [
  { when: 'it runs with what is installed', ...at, facts: { ...facts, state: sound }, plans: {} },
  { when: 'it does not run', ...at, facts: { ...facts, state: { ...old, process: undefined } }, plans: {} },
  { when: 'it is to be restarted', ...at, facts, plans: drained },
  {
    when: 'a restart was requested',
    ...at,
    params: { requested: true },
    facts: { ...facts, state: sound },
    plans: drained,
  },
  {
    when: 'the restart that was requested was made',
    ...at,
    params: { requested: true },
    facts: { ...facts, state: { ...sound, restarted: '2026-03-01T11:00:00Z' } },
    plans: {},
  },
  {
    when: 'it is drained for its restart already',
    ...at,
    facts: { ...facts, balancers: [await soundBalancer([], ['gw1'])] },
    plans: {},
  },
  {
    when: 'somebody drained it by hand',
    ...at,
    facts: { ...facts, balancers: [await soundBalancer(['gw1'])] },
    plans: {},
  },
  {
    when: 'others are drained, by hand and for their restart',
    ...at,
    facts: { ...facts, balancers: [await soundBalancer(['pub1'], ['dev1'])] },
    plans: {
      'drain gw1 at lb': [
        /./,
        'at lb: put (root) /etc/apim-orchestrate/balancer/resting 644 "dev1\\ngw1\\n"',
        ...drained['drain gw1 at lb'].slice(2),
      ],
    },
  },
  {
    when: 'the balancer has to be brought into order besides',
    ...at,
    facts: { ...facts, balancers: [{ ...(await soundBalancer([])), config: 'what somebody wrote' }] },
    plans: {
      'note that gw1 rests at lb': [/^at lb: run/, /^at lb: put .*resting/],
      'write /etc/apim-orchestrate/balancer/nginx.conf at lb': [/^at lb/, /^at lb/, /^at lb/, /^at lb/],
      'reload nginx at lb': [/^at lb/, /^at lb/, /^at lb/],
    },
  },
  {
    when: 'nobody else serves',
    ...at,
    facts: { ...facts, missing: ['gw2 does not run'] },
    refuses: /the last Gateway that serves: gw2 does not run[\s\S]*see to the others first/,
  },
  {
    when: 'it has no twin',
    topology: await fiveHosts(),
    at: 'gw',
    facts: { ...facts, balancers: [] },
    plans: {},
  },
  {
    when: 'an external balancer has hooks',
    topology: await behindHooks(),
    at: 'gw1',
    facts: { ...facts, balancers: [] },
    plans: {
      'drain gw1 at the external load balancer': [
        /^at controller: run cd \/srv\/apim && \.\/balancer away gw1 \S+$/,
        /^put \(wso2\) \S+resting 644 /,
      ],
    },
  },
  {
    when: 'an external balancer was told already',
    topology: await behindHooks(),
    at: 'gw1',
    facts: { state: { ...old, resting: true }, balancers: [], missing: [] },
    plans: {},
  },
];
