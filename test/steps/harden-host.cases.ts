import { limitsFile, limitsText, sysctlFile, sysctlText } from '../../src/apim/hardening.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await topologyOf({ apim: { hardening: { limits: true, sysctl: true } } });
const hardened = { limits: limitsText(['wso2']), sysctl: sysctlText, strict: true };
const limits = `raise limits in ${limitsFile}`;
const sysctl = `tune the network in ${sysctlFile}`;
const strict = 'have /opt/wso2/gateway/bin/wso2server.sh verify host names';

export const cases: readonly StepCase[] = [
  { when: 'hardening is not asked for', topology: await fiveHosts(), at: 'gw', facts: undefined, plans: {} },
  {
    when: 'nothing is hardened',
    topology,
    at: 'gw',
    facts: { limits: '', sysctl: '', strict: false },
    plans: {
      [limits]: [`put (root) ${limitsFile} 644 ${JSON.stringify(hardened.limits)}`],
      [sysctl]: [
        `put (root) ${sysctlFile} 644 ${JSON.stringify(sysctlText)}`,
        /^run \(root\) sysctl -q -e -p .*90-apim-orchestrate\.conf/,
      ],
      [strict]: [/^run \(wso2\) sed -i .*hostnameVerifier=AllowAll.*hostnameVerifier=Strict/],
    },
  },
  { when: 'all is hardened', topology, at: 'gw', facts: hardened, plans: {} },
  {
    when: 'the archive was replaced since',
    topology,
    at: 'gw',
    facts: { ...hardened, strict: false },
    plans: { [strict]: [/^run \(wso2\) sed -i /] },
  },
  {
    when: 'limits are there for somebody else',
    topology,
    at: 'gw',
    facts: { ...hardened, limits: limitsText(['other']) },
    plans: { [limits]: [/^put \(root\)/] },
  },
  {
    when: 'only the options of Java are asked for',
    topology: await topologyOf({ apim: { hardening: {} } }),
    at: 'gw',
    facts: { limits: '', sysctl: '', strict: true },
    plans: {},
  },
];
