import { installBalancer } from '../../src/steps/install-balancer.ts';
import { bareBalancer, soundBalancer, behindNginx as topology } from '../support/balancer-facts.ts';
import type { StepCase } from '../support/step-cases.ts';

const facts = bareBalancer;
const sound = await soundBalancer(['gw2']);
const folder = '/etc/apim-orchestrate/balancer';
const certificate = `install the certificate of the load balancer in ${folder}`;
const write = [
  /^run \(root\) mkdir -p/,
  /^put \(root\) .*nginx\.conf\.candidate 644 /,
  /^run \(root\) [\s\S]*nginx -q -t -c/,
  /^run \(root\) mv -fT/,
];
const starts = [/^run \(root\)/, /^wait for nginx to answer at lb: port/, /^put \(root\) .*loaded 644/];

export const step = installBalancer;

export const cases: readonly StepCase[] = [
  { when: 'the balancer is somebody else’s', topology, at: 'lb', facts: undefined, plans: {} },
  {
    when: 'nothing is there, and no certificate either',
    topology,
    at: 'lb',
    facts,
    plans: {
      [certificate]: ['after issue-certificates'],
      [`write ${folder}/nginx.conf`]: write,
      'start nginx': ['after issue-certificates'],
    },
  },
  { when: 'all is as wanted, also which nodes are drained', topology, at: 'lb', facts: sound, plans: {} },
  {
    when: 'it does not run',
    topology,
    at: 'lb',
    facts: { ...sound, running: false },
    plans: { 'start nginx': starts },
  },
  {
    when: 'its certificate was made anew',
    topology,
    at: 'lb',
    facts: { ...sound, certificate: 'older', loaded: 'older' },
    plans: {
      [certificate]: [/^run/, 'put (root) /etc/apim-orchestrate/balancer/site.pem 600 (certificate and key)'],
      'reload nginx': [
        /nginx -q -t -c .*\/nginx\.conf$/,
        'run (root) touch /run/apim-balancer/closing',
        'wait for clients to keep no connection that a reload would close: connections of clients',
        /kill -s HUP/,
        'run (root) rm -f /run/apim-balancer/closing',
        /^wait/,
        /^put/,
      ],
    },
  },
  {
    when: 'the other program balanced here before',
    topology,
    at: 'lb',
    facts: { ...facts, otherRunning: true },
    plans: {
      [certificate]: ['after issue-certificates'],
      [`write ${folder}/nginx.conf`]: write,
      'stop haproxy, which balanced here before': [/^run \(root\)/],
      'start nginx': ['after issue-certificates'],
    },
  },
  {
    when: 'the program is not installed',
    topology,
    at: 'lb',
    facts: { ...facts, program: '' },
    refuses: /nginx is not installed at lb[\s\S]*apt-get install nginx/,
  },
];
