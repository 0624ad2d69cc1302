import { drainNode } from '../../src/steps/drain-node.ts';
import {
  behindHaproxy,
  soundBalancer,
  soundHaproxy,
  behindNginx as topology,
} from '../support/balancer-facts.ts';
import { oldServer, readyServer } from '../support/server-facts.ts';
import type { StepCase } from '../support/step-cases.ts';
import { behindHooks, fiveHosts, nodeFor, withThirdGateway } from '../support/topologies.ts';

const old = oldServer(nodeFor(topology, 'gateway'));
const sound = readyServer(nodeFor(topology, 'gateway'));
const facts = { state: old, balancers: [await soundBalancer([])], missing: [] };
const at = { topology, at: 'gw1' };
const threeGateways = await withThirdGateway();
/** nginx is not reloaded for it: it looks into the folder at every request. */
const drained = {
  'drain gw1 at lb': [
    /^at lb: run \(root\) mkdir -p \/etc\/apim-orchestrate\/balancer && chmod 755/,
    /^at lb: run \(root\) .*touch \/etc\/apim-orchestrate\/balancer\/resting\/gw1 /,
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
    plans: drained,
  },
  {
    when: 'its twin rests as well, of three',
    topology: threeGateways,
    at: 'gw1',
    facts: { ...facts, balancers: [await soundBalancer([], ['gw2'])] },
    plans: {
      'write /etc/apim-orchestrate/balancer/nginx.conf at lb': [
        /^at lb/,
        /upstream gateway_https_without_1_without_2 \{/,
        /^at lb/,
        /^at lb/,
      ],
      'reload nginx at lb': [
        /nginx -q -t -c .*\/nginx\.conf$/,
        /closing$/,
        /^at lb: wait/,
        /kill -s HUP/,
        /closing$/,
        /^at lb: wait/,
        /^at lb: put/,
      ],
      'send nothing new to gw1 at lb': drained['drain gw1 at lb'],
    },
  },
  {
    when: 'the balancer is HAProxy',
    topology: behindHaproxy,
    at: 'gw1',
    facts: { ...facts, balancers: [await soundHaproxy([])] },
    plans: {
      'drain gw1 at lb': [
        ...drained['drain gw1 at lb'],
        /^at lb: run/,
        /^at lb: put \(root\) .*haproxy\.cfg\.candidate .*server gw1 gw1\.example\.com:8243 [^\\]* disabled/,
        /^at lb: run/,
        /^at lb: run/,
        /^at lb: run \(root\) .*set server gateway_https\/gw1 state maint;.*set server gateway_management\/gw1 state maint/s,
        /^at lb: put \(root\) .*loaded/,
      ],
    },
  },
  {
    when: 'the balancer has to be brought into order besides',
    ...at,
    facts: { ...facts, balancers: [{ ...(await soundBalancer([])), config: 'what somebody wrote' }] },
    plans: {
      'write /etc/apim-orchestrate/balancer/nginx.conf at lb': [/^at lb/, /^at lb/, /^at lb/, /^at lb/],
      'send nothing new to gw1 at lb': drained['drain gw1 at lb'],
    },
  },
  {
    when: 'nobody else serves',
    ...at,
    facts: { ...facts, missing: ['gw2 does not run'] },
    refuses: /the last Gateway that serves: gw2 does not run[\s\S]*see to the others first/,
  },
  {
    when: 'nobody else serves, and it is restarted by force',
    ...at,
    params: { forced: true },
    facts: { ...facts, missing: ['gw2 does not run'] },
    plans: {},
  },
  {
    when: 'it is restarted by force, after a run that broke off had restarted it',
    ...at,
    params: { forced: true },
    facts: { ...facts, state: { ...sound, restarted: '2026-03-01T11:00:00.000Z' } },
    plans: drained,
  },
  {
    when: 'it was restarted by force',
    ...at,
    params: { forced: true },
    facts: { ...facts, state: { ...sound, restarted: '2026-03-01T12:00:00.000Z' } },
    plans: {},
  },
  {
    when: 'an external balancer has hooks, and it is restarted by force',
    topology: await behindHooks(),
    at: 'gw1',
    params: { forced: true },
    facts: { ...facts, balancers: [] },
    plans: {},
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
