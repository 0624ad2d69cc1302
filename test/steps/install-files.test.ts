import { describe, expect, it } from 'vitest';
import type { World } from '../../src/steps/define.ts';
import { installFiles } from '../../src/steps/install-files.ts';
import { nodeFor, topologyOf } from '../support/topologies.ts';

type Facts = Parameters<typeof installFiles.plan>[1];

const sum = 'a'.repeat(64);
const login = { username: 'ci', password: 'fake-download-password', ca: 'ca.pem' };
const topology = await topologyOf({
  apim: {
    files: [
      { from: './handler.jar', sha256: 'b'.repeat(64), to: 'dropins' },
      { url: 'https://files.example.com/app.war?sig=fake-signature', sha256: sum, ...login, to: 'webapps' },
    ],
  },
});
const [jar, war] = [
  'repository/components/dropins/handler.jar',
  'repository/deployment/server/webapps/app.war',
];
const home = '/opt/wso2/gateway';
const ca = '-----BEGIN CERTIFICATE-----';

const local = new Map([['/srv/apim/handler.jar', 'b'.repeat(64)]]);
const there: Facts = {
  local,
  found: new Map([
    [`${home}/${jar}`, 'b'.repeat(64)],
    [`${home}/${war}`, sum],
  ]),
  noted: [jar, war],
  authorities: ['', ca],
};

function planned(facts: Partial<Facts>) {
  const { host } = nodeFor(topology, 'gateway');
  const world: World = { topology, now: new Date(), baseDirectory: '/srv/apim', hosts: new Set([host.name]) };
  return installFiles.plan({ host, world, params: {} }, { ...there, ...facts });
}

describe('install-files', () => {
  it.each<[string, Partial<Facts>, string[]]>([
    ['as wanted', {}, []],
    ['nothing there', { found: new Map(), noted: [] }, [`install ${jar}`, `install ${war}`]],
    [
      'another web application there',
      { found: new Map([...there.found, [`${home}/${war}`, 'c']]) },
      [`install ${war}`],
    ],
    [
      'one too many',
      { noted: [jar, war, 'lib/old.jar'] },
      ['remove lib/old.jar, no longer in the inventory'],
    ],
  ])('with %s', (_, facts, summaries) =>
    expect(planned(facts).map(({ summary }) => summary)).toEqual(summaries),
  );

  it('has the server download what has an address, beside our notes, and shows nobody how', () => {
    const [change] = planned({ found: new Map([[`${home}/${jar}`, 'b'.repeat(64)]]) });
    const runs = (change?.actions ?? []).flatMap((action) => (action.kind === 'run' ? [action] : []));
    expect(runs.map(({ shown }) => shown)).toEqual([
      `make room for ${war}`,
      'download https://files.example.com/app.war?…',
      `put ${war} in place`,
    ]);
    expect(runs[1]?.command.text).toContain(`path=${home}/.apim-orchestrate/aaaaaaaaaaaaaaaa-app.war;`);
    expect(JSON.stringify(change)).not.toContain('fake-');
    expect(runs[1]?.stdin).toMatchObject({ face: 'where the file is, and who asks for it' });
  });

  it('says which certificate and which file are not on this machine, or another than they should be', () => {
    expect(() => planned({ found: new Map(), authorities: ['', ''] })).toThrow(
      'there is no certificate (PEM) in /srv/apim/ca.pem on this machine',
    );
    expect(() => planned({ local: new Map() })).toThrow('there is no file /srv/apim/handler.jar');
    expect(() => planned({ local: new Map([['/srv/apim/handler.jar', 'c']]) })).toThrow(
      `/srv/apim/handler.jar has SHA-256 c, the inventory says ${'b'.repeat(64)}`,
    );
  });
});
