import { undrainNode } from '../../src/steps/undrain-node.ts';
import {
  behindHaproxy,
  soundBalancer,
  soundHaproxy,
  behindNginx as topology,
} from '../support/balancer-facts.ts';
import { oldServer, readyServer } from '../support/server-facts.ts';
import type { StepCase } from '../support/step-cases.ts';
import { behindHooks, behindTwoBalancers, fiveHosts, nodeFor } from '../support/topologies.ts';

const behindTwo = await behindTwoBalancers();
const ready = readyServer(nodeFor(topology, 'gateway'));
const old = oldServer(nodeFor(topology, 'gateway'));
const serving = { state: ready, balancers: [await soundBalancer([])], missing: [] };
const resting = { ...serving, balancers: [await soundBalancer([], ['gw1'])] };
const at = { topology, at: 'gw1' };
const summary = 'take gw1 back at lb';
const started = { ...serving, state: { ...ready, answered: 'a-print 6 99' } };
const stopped = { ...serving, balancers: [{ ...(await soundBalancer([])), running: false }] };

export const step = undrainNode;

export const cases: readonly StepCase[] = [
  { when: 'it was never drained', ...at, facts: serving, plans: {}, proves: [] },
  {
    when: 'it is ready again',
    ...at,
    facts: resting,
    plans: {
      [summary]: [
        /^at lb: wait for lb to reach gw1: gw1\.example\.com:8243 as gw\.example\.com, .*:8280, .*:9443 as gw-mgt/,
        'at lb: run (root) rm -f /etc/apim-orchestrate/balancer/resting/gw1',
      ],
    },
  },
  {
    when: 'it is ready again, behind HAProxy',
    topology: behindHaproxy,
    at: 'gw1',
    facts: { ...serving, balancers: [await soundHaproxy([], ['gw1'])] },
    plans: {
      [summary]: [
        /^at lb: wait for lb to reach gw1/,
        /^at lb: run/,
        /^at lb: put \(root\) .*haproxy\.cfg\.candidate/,
        /^at lb: run/,
        /^at lb: run/,
        /^at lb: run \(root\) .*set server gateway_https\/gw1 state ready;/s,
        /^at lb: put \(root\) .*loaded/,
        // Last of all: until then a run that dies has something to do.
        'at lb: run (root) rm -f /etc/apim-orchestrate/balancer/resting/gw1',
      ],
    },
  },
  {
    when: 'it is still to be restarted',
    ...at,
    facts: { ...serving, state: old },
    plans: { [summary]: ['after start-server'] },
  },
  {
    when: 'it is still to be restarted, and drained for that',
    ...at,
    facts: { ...resting, state: old },
    plans: { [summary]: ['after start-server'] },
  },
  {
    when: 'a restart was requested',
    ...at,
    params: { requested: true },
    facts: serving,
    plans: { [summary]: ['after start-server'] },
  },
  {
    when: 'it is to be restarted by force',
    ...at,
    params: { forced: true },
    facts: serving,
    plans: { [summary]: ['after start-server'] },
  },
  {
    when: 'it is to be restarted by force, and is not drained for it since nobody else serves',
    ...at,
    params: { forced: true },
    facts: { ...serving, missing: ['gw2 does not run'] },
    plans: {},
  },
  {
    when: 'it is to be restarted by force, nobody else serves, and an earlier run drained it',
    ...at,
    params: { forced: true },
    facts: { ...resting, missing: ['gw2 does not run'] },
    plans: { [summary]: ['after start-server'] },
  },
  {
    when: 'it is still to be restarted, and was drained by hand',
    ...at,
    facts: { ...serving, state: old, balancers: [await soundBalancer(['gw1'])] },
    plans: {},
  },
  {
    when: 'there are two load balancers, and it is still to be restarted',
    topology: behindTwo,
    at: 'gw1',
    facts: { ...serving, state: old, balancers: [await soundBalancer([]), await soundBalancer([])] },
    plans: {
      'take gw1 back at lb1': ['after start-server'],
      'take gw1 back at lb2': ['after start-server'],
    },
  },
  {
    when: 'there are two load balancers, it is ready again, and a run died when one had taken it back',
    topology: behindTwo,
    at: 'gw1',
    facts: {
      ...serving,
      state: { ...ready, ready: '' },
      balancers: [await soundBalancer([]), await soundBalancer([], ['gw1'])],
    },
    plans: {
      'take gw1 back at lb2': ['after wait-ready'],
    },
  },
  {
    when: 'it does not run',
    ...at,
    facts: { ...resting, state: { ...ready, process: undefined } },
    plans: { [summary]: ['after wait-ready'] },
  },
  {
    when: 'it runs and was not found ready',
    ...at,
    facts: { ...resting, state: { ...ready, ready: '' } },
    plans: { [summary]: ['after wait-ready'] },
  },
  {
    when: 'it was started, and is ready: nginx may hold it for dead, but not for web sockets',
    ...at,
    facts: started,
    plans: {},
    proves: [
      'at lb: wait for lb to answer for gw1: http://gw.example.com:80/, https://gw.example.com:443/, https://gw-mgt.example.com:443/services/Version',
      /^run \(wso2\) cp \S+ready \S+answered\.new && mv -f /,
    ],
  },
  {
    when: 'it was started, and is ready, behind HAProxy',
    topology: behindHaproxy,
    at: 'gw1',
    facts: { ...started, balancers: [await soundHaproxy([])] },
    plans: {},
    proves: [
      /^at lb: wait for lb to answer for gw1: http:.*:80\/, https:.*:443\/, https:.*\/services\/Version, https:.*:8099\/, http:.*:9099\/$/,
      /^run \(wso2\) cp /,
    ],
  },
  {
    when: 'a Publisher was started, and is ready',
    topology,
    at: 'pub1',
    facts: { ...serving, state: { ...readyServer(nodeFor(topology, 'publisher')), answered: '' } },
    plans: {},
    proves: [
      'at lb: wait for lb to answer for pub1: https://publisher.example.com:443/services/Version',
      /^run \(wso2\) cp /,
    ],
  },
  {
    when: 'it was started and somebody drained it by hand, so that nobody is sent to it',
    ...at,
    facts: { ...started, balancers: [await soundBalancer(['gw1'])] },
    plans: {},
    proves: [],
  },
  {
    when: 'nothing is there yet, on neither side',
    ...at,
    facts: { ...stopped, state: { ...ready, process: undefined } },
    plans: {},
    proves: [],
  },
  {
    when: 'it was started, and there are two load balancers',
    topology: behindTwo,
    at: 'gw1',
    facts: { ...started, balancers: [await soundBalancer([]), await soundBalancer([])] },
    plans: {},
    proves: [/^at lb1: wait for lb1 to answer for gw1/, /^at lb2: wait for lb2 to answer/, /^run/],
  },
  {
    when: 'it was started, and the load balancer does not run and has no part in this run',
    ...at,
    hosts: ['gw1', 'gw2'],
    facts: { ...stopped, state: started.state },
    plans: {},
    proves: [],
  },
  {
    when: 'it was started, and the load balancer runs and has no part in this run',
    ...at,
    hosts: ['gw1', 'gw2'],
    facts: started,
    plans: {},
    proves: [/^at lb: wait/, /^run/],
  },
  {
    when: 'it is ready, but somebody drained it by hand',
    ...at,
    facts: { ...serving, balancers: [await soundBalancer(['gw1'])] },
    plans: {},
  },
  {
    when: 'it has no twin, and is still to be restarted',
    topology: await fiveHosts(),
    at: 'gw',
    facts: { state: old, balancers: [], missing: [] },
    plans: {},
  },
  {
    when: 'an external balancer was told to send nothing new',
    topology: await behindHooks(),
    at: 'gw1',
    facts: { state: { ...ready, resting: true }, balancers: [], missing: [] },
    plans: {
      'take gw1 back at the external load balancer': [
        /^at controller: run cd \/srv\/apim && \.\/balancer back gw1 \S+$/,
        /^run \(wso2\) rm -f \S+resting$/,
      ],
    },
  },
  {
    when: 'an external balancer will be told',
    topology: await behindHooks(),
    at: 'gw1',
    facts: { state: old, balancers: [], missing: [] },
    plans: { 'take gw1 back at the external load balancer': ['after start-server'] },
  },
  {
    when: 'an external balancer sends to it',
    topology: await behindHooks(),
    at: 'gw1',
    facts: { state: ready, balancers: [], missing: [] },
    plans: {},
  },
];
