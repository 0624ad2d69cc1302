import { describe, expect, it } from 'vitest';
import {
  bearerOf,
  bearers,
  keystoreFiles,
  pkiFiles,
  shippedStore,
  trustedAliases,
} from '../../../src/apim/cluster/keystores.ts';
import {
  deploymentTomlPath,
  driverFile,
  dropinName,
  marks,
  packCache,
} from '../../../src/apim/cluster/paths.ts';
import { portNumbers } from '../../../src/apim/cluster/topology.ts';
import { roles } from '../../../src/apim/release/roles.ts';
import { runningFingerprint } from '../../../src/apim/server/fingerprint.ts';
import { readiness } from '../../../src/apim/server/health.ts';
import type { OwnCertificate } from '../../../src/apim/settings/cluster-settings.ts';
import {
  fiveHosts,
  nodeFor,
  oneHost,
  onPostgresql,
  tenHosts,
  topologyOf,
  type Values,
} from '../../support/topologies.ts';

const five = await fiveHosts();
const one = await oneHost();
const gateway = nodeFor(five, 'gateway');

describe('paths', () => {
  it('lie inside the home of the node', () => {
    expect(deploymentTomlPath(gateway)).toBe('/opt/wso2/gateway/repository/conf/deployment.toml');
    expect(shippedStore(gateway)).toBe('/opt/wso2/gateway/repository/resources/security/wso2carbon.jks');
    for (const mark of Object.values(marks(gateway)))
      expect(mark.startsWith('/opt/wso2/gateway/.apim-orchestrate')).toBe(true);
  });

  it('keep archives by their checksum, beside the homes', () => {
    expect(packCache(gateway, five).archive).toBe(`/opt/wso2/.packs/${'0'.repeat(64)}.zip`);
  });

  it('name the driver as the file or the URL does', async () => {
    const lib = '/opt/wso2/gateway/repository/components/lib';
    expect(driverFile(five, gateway)).toBe(`${lib}/mysql-connector-j-8.4.0.jar`);
    expect(driverFile(await onPostgresql(), gateway)).toBe(`${lib}/postgresql-42.7.4.jar`);
  });

  it('know what the product makes of a driver', () => {
    expect(dropinName('mysql-connector-j-8.4.0.jar')).toBe('mysql_connector_j_8.4.0_1.0.0.jar');
  });
});

describe('keystores', () => {
  it('bear the name of a node, what its portals call it, and its address', () => {
    expect(bearerOf(five, gateway).names).toEqual(['gw.example.com', 'localhost', '10.0.0.15']);
    expect(bearerOf(five, { ...gateway, address: 'gw.example.com' }).names).toEqual([
      'gw.example.com',
      'localhost',
    ]);
  });

  it('must be good for localhost, if somebody else makes them, only where names are verified', async () => {
    const own: OwnCertificate = { certificate: '/gw.pem', key: '/gw.key' };
    const names = async (apim: Values, certificate?: OwnCertificate) => {
      const topology = await topologyOf({ apim });
      return bearerOf(topology, { ...nodeFor(topology, 'gateway'), certificate }).names;
    };
    const requests = { certificates: { requests: true } };
    expect(await names({}, own)).not.toContain('localhost');
    expect(await names(requests)).not.toContain('localhost');
    expect(await names({ hardening: { jvm: false } }, own)).not.toContain('localhost');
    expect(await names({ hardening: {} }, own)).toContain('localhost');
    expect(await names({ hardening: {}, ...requests })).toContain('localhost');
  });

  it('of a balancer are for its addresses alone', async () => {
    const [lb] = bearers(await tenHosts({ hardening: {} })).slice(-1);
    expect(lb?.host.name).toBe('lb');
    expect(lb?.names).not.toContain('localhost');
  });

  it('are kept apart: one key for all, one for the node', () => {
    const { primary, tls, aliases } = keystoreFiles(five, gateway);
    expect(primary).not.toBe(tls);
    expect(aliases).toEqual({ primary: 'primary', tls: 'tls' });
    expect(pkiFiles(five).node(gateway)).toEqual({
      certificate: '/srv/apim/pki/nodes/gw.pem',
      key: '/srv/apim/pki/nodes/gw.key',
      request: '/srv/apim/pki/nodes/gw.csr',
    });
    expect(pkiFiles(five).authority.key).toBe('/srv/apim/pki/ca.key');
  });

  it('trust authorities, nodes that none vouches for, and on a gateway who signs tokens', () => {
    const certificates = {
      trust: new Map([['apim-orchestrate-ca-0a1b2c3d', 'CA']]),
      signers: new Map([['gateway_certificate_alias', 'P']]),
      unvouched: new Map([['tm', 'of tm']]),
    };
    const trusted = trustedAliases(five, gateway, certificates);
    expect(trusted.map(({ alias }) => alias)).toEqual([
      'apim-orchestrate-ca-0a1b2c3d',
      'traffic-manager-tm',
      'gateway_certificate_alias',
    ]);
    expect(trusted.at(-1)?.certificate).toBe('P');
    expect(trusted[1]?.certificate).toBe('of tm');
    const aliases = trustedAliases(five, nodeFor(five, 'publisher'), certificates).map(({ alias }) => alias);
    expect(aliases).not.toContain('gateway_certificate_alias');
  });
});

describe('readiness', () => {
  it.each(roles.map(({ role }) => role))(
    'asks a %s for its version first, over TLS, at its own port',
    (role) => {
      const node = nodeFor(one, role);
      const [first] = readiness(node);
      expect(first).toMatchObject({
        port: 9443 + node.offset,
        tls: true,
        http: { path: '/services/Version' },
      });
    },
  );

  it.each(roles.map(({ role }) => role))('asks a %s only where it listens', (role) => {
    const node = nodeFor(one, role);
    for (const { port } of readiness(node)) expect(portNumbers(node)).toContain(port);
  });

  it('asks each role for what it is there for', () => {
    const asked = (role: (typeof roles)[number]['role']) =>
      readiness(nodeFor(one, role)).map(({ port, http }) => `${port}${http?.path ?? ''}`);
    expect(asked('traffic-manager')).toEqual(
      expect.arrayContaining(['5675', '9614', '9714', '9446/internal/data/v1/keymanagers']),
    );
    expect(asked('publisher')).toContain('9444/publisher/');
    expect(asked('devportal')).toContain('9445/devportal/');
    expect(asked('gateway')).toEqual(expect.arrayContaining(['8247', '8284']));
  });
});

describe('runningFingerprint', () => {
  const what = {
    pack: 'a',
    profile: 'b',
    config: 'c',
    certificates: ['d', 'e'],
    driver: 'f',
    files: ['h'],
    unit: 'g',
  };

  it('is the same for the same, and another for anything else', () => {
    const all = [
      what,
      { ...what, pack: 'x' },
      { ...what, profile: 'x' },
      { ...what, config: 'x' },
      { ...what, certificates: ['d', 'x'] },
      { ...what, certificates: ['e', 'd'] },
      { ...what, driver: 'x' },
      { ...what, files: [] },
      { ...what, unit: 'x' },
    ].map(runningFingerprint);
    expect(new Set(all).size).toBe(all.length);
    expect(runningFingerprint({ ...what })).toBe(all[0]);
    expect(all[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});
