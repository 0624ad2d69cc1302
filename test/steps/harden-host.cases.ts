import {
  javaSecurityText,
  limitsFile,
  limitsText,
  sysctlFile,
  sysctlText,
} from '../../src/apim/config/hardening.ts';
import { hardenHost } from '../../src/steps/harden-host.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await topologyOf({ apim: { hardening: { limits: true, sysctl: true } } });
const hardened = {
  limits: limitsText(['wso2']),
  sysctl: sysctlText,
  strict: true,
  disabled: '',
  security: '',
};
const disabled = 'SSLv3, RC4';
const limits = `raise limits in ${limitsFile}`;
const sysctl = `tune the network in ${sysctlFile}`;
const strict = 'have /opt/wso2/gateway/bin/wso2server.sh verify host names';

export const step = hardenHost;

export const cases: readonly StepCase[] = [
  { when: 'hardening is not asked for', topology: await fiveHosts(), at: 'gw', facts: undefined, plans: {} },
  {
    when: 'nothing is hardened',
    topology,
    at: 'gw',
    facts: { ...hardened, limits: '', sysctl: '', strict: false },
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
    facts: { ...hardened, limits: '', sysctl: '' },
    plans: {},
  },
  {
    when: 'Java of a Traffic Manager takes old TLS',
    topology,
    at: 'tm',
    facts: { ...hardened, disabled },
    plans: {
      'have Java refuse TLS before 1.2, in /opt/wso2/traffic-manager/repository/conf/security/java-tls.properties':
        [
          'run (wso2) mkdir -p /opt/wso2/traffic-manager/repository/conf/security',
          /^put \(wso2\) .*java-tls\.properties 644 .*SSLv3, RC4, TLSv1, TLSv1\.1/,
        ],
    },
  },
  {
    when: 'Java of a Traffic Manager has been told',
    topology,
    at: 'tm',
    facts: { ...hardened, disabled, security: javaSecurityText(disabled) },
    plans: {},
  },
];
