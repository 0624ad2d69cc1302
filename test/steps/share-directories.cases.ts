import { fstabFile, mergeFstab, sharedDirectories } from '../../src/apim/cluster/shared.ts';
import { nodeOf } from '../../src/apim/cluster/topology.ts';
import { shareDirectories } from '../../src/steps/share-directories.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, tenHosts } from '../support/topologies.ts';

const topology = await tenHosts();
const gateway = topology.nodes.find(({ host }) => host.name === 'gw1');
if (gateway === undefined) throw new Error('the sample has no gw1');
const node = nodeOf(topology, gateway.host);
const point = '/opt/wso2/shared/nas-example-com-apim';
const mounts = `nas.example.com:/apim ${point} nfs4 rw,relatime 0 0\n`;
const fstab = mergeFstab('', topology, node);
const links = sharedDirectories(topology, node).map(({ target }) => target);
const [artifacts = '', truststore = ''] = sharedDirectories(topology, node).map(
  ({ path, target }) => `keep ${path} in ${target}`,
);
const linked = [
  /^run \(root\) mountpoint -q .*chown wso2 /,
  /^run \(wso2\) set -e; tries=0/,
  /^run \(wso2\) set -e[\s\S]*ln -sT /,
];

export const step = shareDirectories;

export const cases: readonly StepCase[] = [
  { when: 'nothing is shared', topology: await fiveHosts(), at: 'gw', facts: undefined, plans: {} },
  {
    when: 'nothing is mounted yet',
    topology,
    at: 'gw1',
    facts: { fstab: '', mounts: '', links: ['own', 'own'] },
    plans: {
      [`mount shared file systems by ${fstabFile}`]: [`put (root) /etc/fstab 644 ${JSON.stringify(fstab)}`],
      [`mount nas.example.com:/apim at ${point}`]: [/^run \(root\) set -e[\s\S]*timeout 100 mount/],
      [artifacts]: linked,
      [truststore]: linked,
    },
    proves: [/^run \(wso2\) mountpoint -q .*synapse_configs\.gw1/, /^run \(wso2\) .*truststore\.gw1/],
  },
  { when: 'all is shared', topology, at: 'gw1', facts: { fstab, mounts, links }, plans: {} },
  {
    when: 'the server was started again without its mount',
    topology,
    at: 'gw1',
    facts: { fstab, mounts: '', links },
    plans: {
      [`mount nas.example.com:/apim at ${point}`]: [/^run \(root\)/],
      [artifacts]: linked,
      [truststore]: linked,
    },
  },
  {
    when: 'one directory of two is linked',
    topology,
    at: 'gw1',
    facts: { fstab, mounts, links: [links[0], 'own'] },
    plans: { [truststore]: linked },
  },
  {
    when: 'something else is mounted there',
    topology,
    at: 'gw1',
    facts: { fstab, mounts: mounts.replace('nas.', 'old.'), links },
    refuses: /has old\.example\.com:\/apim \(nfs4\) mounted on it, not nas\.example\.com:\/apim[\s\S]*umount/,
  },
];
