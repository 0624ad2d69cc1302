import { describe, expect, it } from 'vitest';
import { extraFiles, tracesOf } from '../../../src/apim/server/extra-files.ts';
import { nodeFor, topologyOf } from '../../support/topologies.ts';

const topology = await topologyOf({
  apim: {
    files: [
      { from: './handler-1.0.jar', to: 'dropins' },
      { from: './driver-2.jar', to: 'lib' },
      { from: './app.war', to: 'webapps' },
      { from: './log.properties', to: 'repository/conf/log4j2.properties' },
    ],
  },
});
const gateway = nodeFor(topology, 'gateway');

describe('files of somebody’s own', () => {
  it('go where the inventory says, in words or by a path', () => {
    expect(extraFiles(gateway).map(({ from, inside }) => `${from} ${inside}`)).toEqual([
      '/srv/apim/handler-1.0.jar repository/components/dropins/handler-1.0.jar',
      '/srv/apim/driver-2.jar repository/components/lib/driver-2.jar',
      '/srv/apim/app.war repository/deployment/server/webapps/app.war',
      '/srv/apim/log.properties repository/conf/log4j2.properties',
    ]);
  });

  it('take the bundle with them that the product makes of a library', () => {
    expect(tracesOf(gateway, 'repository/components/lib/driver-2.jar')).toEqual([
      '/opt/wso2/gateway/repository/components/lib/driver-2.jar',
      '/opt/wso2/gateway/repository/components/dropins/driver_2_1.0.0.jar',
    ]);
    expect(tracesOf(gateway, 'repository/conf/x')).toEqual(['/opt/wso2/gateway/repository/conf/x']);
  });

  it.each(['../x/y', '/etc/passwd', 'somewhere', 'a/../../b'])('never leave the home: %s', async (to) => {
    await expect(topologyOf({ apim: { files: [{ from: './x', to }] } })).rejects.toThrow(
      'must be dropins, lib, webapps, or a path inside the home',
    );
  });
});
