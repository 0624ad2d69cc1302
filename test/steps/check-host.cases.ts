import { portNumbers } from '../../src/apim/cluster/topology.ts';
import { checkHost } from '../../src/steps/check-host.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor, oneHost } from '../support/topologies.ts';

const topology = await fiveHosts();
const one = await oneHost();
const at = { topology, at: 'gw' };
const fit = {
  java: { home: '/opt/jdk', version: 11 },
  missingTools: [],
  freeMegabytes: 1024,
  skewSeconds: 60,
  hasUser: true,
  running: false,
  listening: [22],
  unresolved: [],
};

export const step = checkHost;

export const cases: readonly StepCase[] = [
  { when: 'all is there, just so', ...at, facts: fit, plans: {} },
  {
    when: 'all is wrong at once',
    ...at,
    facts: {
      java: undefined,
      missingTools: ['unzip', 'sha256sum', 'awk', 'flock', 'setsid'],
      freeMegabytes: 1023,
      skewSeconds: -61,
      hasUser: false,
      running: false,
      listening: [22, 8243],
      unresolved: ['km.example.com'],
    },
    refuses: new RegExp(
      [
        'this server is not fit yet \\(11 problems\\)',
        'there is no Java in its PATH → install JDK 11',
        'unzip is not installed → install it \\(Debian: apt-get install unzip\\)',
        'sha256sum .*apt-get install coreutils\\)',
        'awk .*apt-get install mawk\\)',
        'flock .*apt-get install util-linux\\)',
        'setsid .*apt-get install util-linux\\)',
        'only 1023 MB are free for /opt/wso2 → free at least 1024 MB',
        'its clock is -61 s off ours → set it',
        'the user wso2 does not exist → useradd --create-home wso2',
        'port 8243 is taken by another program → .*another offset for gw',
        'it cannot resolve km\\.example\\.com → add it to DNS, or set map_hosts: true',
        'mend these and run the same command again; nothing has been changed here',
      ].join('[\\s\\S]*'),
    ),
  },
  {
    when: 'one thing is wrong',
    ...at,
    facts: { ...fit, skewSeconds: 61 },
    refuses: /not fit yet \(1 problem\)[\s\S]*its clock is 61 s off/,
  },
  {
    when: 'its own server has its ports and what room there was',
    ...at,
    facts: { ...fit, running: true, freeMegabytes: 1, listening: portNumbers(nodeFor(topology, 'gateway')) },
    plans: {},
  },
  {
    when: 'nodes beside it have ports of theirs',
    topology: one,
    at: 'gw',
    facts: { ...fit, listening: portNumbers(nodeFor(one, 'key-manager')) },
    plans: {},
  },
  {
    when: 'another program has a port of its own, beside other nodes',
    topology: one,
    at: 'km',
    facts: { ...fit, listening: portNumbers(nodeFor(one, 'key-manager')) },
    refuses: /port 9443 is taken by another program/,
  },
];
