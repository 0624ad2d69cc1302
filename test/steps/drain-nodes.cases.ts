import { drainNodes } from '../../src/steps/drain-nodes.ts';
import { soundBalancer, behindNginx as topology } from '../support/balancer-facts.ts';
import type { StepCase } from '../support/step-cases.ts';

const facts = await soundBalancer(['gw2']);
const at = { topology, at: 'lb' };
export const step = drainNodes;

export const cases: readonly StepCase[] = [
  {
    when: 'it is drained already',
    ...at,
    params: { nodes: ['gw2'] },
    facts,
    plans: {},
  },
  {
    when: 'another node is drained already',
    ...at,
    params: { nodes: ['pub1'] },
    facts,
    plans: {
      'drain gw2, pub1': [/^run/, /^put \(root\) .*drained 644 "gw2\\npub1\\n"/],
      'send nothing new to pub1': [/^run/, /^run \(root\) .*touch \S+resting\/pub1/],
    },
  },
  {
    when: 'the only drained node is taken back',
    ...at,
    params: { nodes: ['gw2'], back: true },
    facts,
    plans: {
      'send to gw2 again': [/^run \(root\) rm -f \S+resting\/gw2$/],
      'take every node back': [/^run/, /^put \(root\) .*drained 644 ""/],
    },
  },
  {
    when: 'a node that a rolling run drained is taken back by name',
    ...at,
    params: { nodes: ['gw2'], back: true },
    facts: await soundBalancer([], ['gw2']),
    plans: { 'send to gw2 again': [/^run \(root\) rm -f \S+resting\/gw2$/] },
  },
  {
    when: 'a node is taken back that a rolling run does not send to either',
    ...at,
    params: { nodes: ['gw2'], back: true },
    facts: await soundBalancer(['gw2'], ['pub1']),
    plans: {
      'send to gw2 again': [/^run \(root\) rm -f \S+resting\/gw2$/],
      'take every node back': [/^run/, /^put/],
    },
  },
  {
    when: 'an earlier version has drained it, without a file that nginx looks for',
    ...at,
    params: { nodes: ['gw2'] },
    facts: { ...facts, noted: [] },
    plans: { 'send nothing new to gw2': [/^run/, /^run \(root\) .*touch \S+resting\/gw2/] },
  },
  {
    when: 'there is no such node',
    ...at,
    params: { nodes: ['gw3'] },
    facts,
    refuses: /there is no node gw3[\s\S]*the nodes are: .*gw1/,
  },
];
