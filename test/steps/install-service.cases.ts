import { systemdUnit } from '../../src/apim/server/commands.ts';
import { installService } from '../../src/steps/install-service.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor } from '../support/topologies.ts';

const topology = await fiveHosts();
const javaHome = '/opt/java';
const text = systemdUnit(topology, nodeFor(topology, 'gateway'), javaHome);
const at = { topology, at: 'gw' };
const installed = {
  'install the service apim-gateway.service': [
    `put (root) /etc/systemd/system/apim-gateway.service 644 ${JSON.stringify(text)}`,
    'run (root) systemctl daemon-reload && systemctl enable -q apim-gateway.service',
  ],
};

export const step = installService;

export const cases: readonly StepCase[] = [
  {
    when: 'there is no systemd',
    ...at,
    facts: { systemd: false, text: '', enabled: false, javaHome },
    plans: {},
  },
  {
    when: 'there is no unit yet',
    ...at,
    facts: { systemd: true, text: '', enabled: false, javaHome },
    plans: installed,
  },
  { when: 'all is as wanted', ...at, facts: { systemd: true, text, enabled: true, javaHome }, plans: {} },
  {
    when: 'it was switched off at boot',
    ...at,
    facts: { systemd: true, text, enabled: false, javaHome },
    plans: installed,
  },
  {
    when: 'Java is elsewhere now',
    ...at,
    facts: { systemd: true, text: text.replaceAll(javaHome, '/opt/older'), enabled: true, javaHome },
    plans: installed,
  },
];
