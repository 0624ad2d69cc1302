import { describe, expect, it } from 'vitest';
import {
  hardenedOptions,
  javaSecurityText,
  limitsText,
  refusesOldTls,
  sysctlText,
  transports,
} from '../../../src/apim/config/hardening.ts';
import { startServer, systemdUnit } from '../../../src/apim/server/commands.ts';
import { fiveHosts, nodeFor, topologyOf } from '../../support/topologies.ts';

const hardened = await topologyOf({
  apim: { hardening: { protocols: ['TLSv1.2', 'TLSv1.3'] }, jvm_options: ['-Dmine=1'] },
});

describe('hardening', () => {
  it('is left alone unless it is asked for', async () => {
    const five = await fiveHosts();
    expect(transports(five, nodeFor(five, 'gateway'))).toEqual([]);
    for (const node of five.nodes) expect(hardenedOptions(five, node)).toEqual([]);
  });

  it.each([
    ['publisher', ['transport.https.sslHostConfig.properties']],
    ['traffic-manager', ['transport.https.sslHostConfig.properties', 'broker.transport.amqp.ssl_connection']],
    [
      'gateway',
      [
        'transport.https.sslHostConfig.properties',
        'transport.passthru_https.listener.parameters',
        'transport.passthru_https.sender.parameters',
        'apim.wss',
      ],
    ],
  ] as const)('tells every listener of a %s which TLS to speak', (role, names) => {
    const tables = transports(hardened, nodeFor(hardened, role));
    expect(tables.map(({ name }) => name)).toEqual(names);
    expect(tables.flatMap(({ keys }) => keys.map(([, value]) => value))).toEqual(
      names.map(() => 'TLSv1.2,TLSv1.3'),
    );
  });

  it('adds options for Java, and lets somebody’s own come last', () => {
    const node = nodeFor(hardened, 'gateway');
    const options =
      '-Djdk.tls.ephemeralDHKeySize=2048 -Djdk.tls.rejectClientInitiatedRenegotiation=true -Dmine=1';
    expect(systemdUnit(hardened, node, '/jdk')).toContain(`Environment="JAVA_OPTS=${options}"`);
    expect(startServer(hardened, node, '/jdk').text).toContain(options);
  });

  it('has Java itself refuse old TLS at a Traffic Manager, whose receiver takes no versions', () => {
    const file = '/opt/wso2/traffic-manager/repository/conf/security/java-tls.properties';
    const option = `-Djava.security.properties=${file}`;
    expect(systemdUnit(hardened, nodeFor(hardened, 'traffic-manager'), '/jdk')).toContain(
      `${option} -Dmine=1"`,
    );
    expect(systemdUnit(hardened, nodeFor(hardened, 'gateway'), '/jdk')).not.toContain('java.security');
  });

  it('takes nothing from what Java refuses of its own accord', () => {
    expect(javaSecurityText('SSLv3, RC4, TLSv1')).toMatch(
      /^jdk\.tls\.disabledAlgorithms=SSLv3, RC4, TLSv1, TLSv1\.1$/m,
    );
    expect(javaSecurityText('SSLv3, TLSv1, TLSv1.1, ECDH')).not.toContain('disabledAlgorithms');
    expect(refusesOldTls('SSLv3, TLSv1.1')).toBe(false);
  });

  it('raises the limits of each run user once', () => {
    expect(limitsText(['wso2', 'wso2', 'apim']).match(/hard nofile/g)).toHaveLength(2);
  });

  it('leaves out what would harm', () => {
    expect(sysctlText).not.toMatch(/tcp_tw_recycle|file-max/);
    const [, from] = /ip_local_port_range = (\d+)/.exec(sysctlText) ?? [];
    // No outgoing connection may take the port of a listener, offsets included.
    expect(Number(from)).toBeGreaterThan(11_111 + 100);
  });
});

describe('the optimizer at every start', () => {
  it('leaves our configuration alone', async () => {
    const starting = await topologyOf({ apim: { optimize: 'starting' } });
    const node = nodeFor(starting, 'gateway');
    const words = '-Dprofile=gateway-worker --optimize --skipConfigOptimization';
    expect(systemdUnit(starting, node, '/jdk')).toContain(`bin/wso2server.sh ${words}\n`);
    expect(startServer(starting, node, '/jdk').text.replaceAll("'", '')).toContain(`start ${words}`);
  });
});
