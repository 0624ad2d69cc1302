import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carryKeystores } from '../../../src/apim/cluster/keystores.ts';
import { deploymentTomlPath, securityFolder } from '../../../src/apim/cluster/paths.ts';
import { type ListedFile, listKeystores, readListing } from '../../../src/apim/server/found-keystores.ts';
import { sha256 } from '../../../src/pki/sum.ts';
import { fiveHosts, nodeFor } from '../../support/topologies.ts';

const shells = ['/usr/bin/dash', '/usr/bin/bash'].filter((shell) => existsSync(shell));
const sample = nodeFor(await fiveHosts(), 'gateway');
let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'found-'));
});
afterEach(() => rmSync(base, { recursive: true }));

const node = (name = 'home') => ({ ...sample, home: join(base, name) });
function put(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}
const run = (text: string, shell = '/bin/sh') => execFileSync(shell, ['-c', text], { encoding: 'utf8' });
const told = (files: readonly ListedFile[]) =>
  Object.fromEntries(
    files.map(({ path, tls, sum }) => [
      path.slice(securityFolder(node()).length + 1),
      `${tls ? 'tls' : 'primary'}: ${sum}`,
    ]),
  );

describe.each(shells)('the keystores of a node, in %s', (shell) => {
  const found = () => told(readListing(node(), run(listKeystores(node()).text, shell)));

  it('are none where no home is', () => {
    expect(found()).toEqual({});
  });

  it('are those where ours stand, and those that deployment.toml names', () => {
    const security = securityFolder(node());
    for (const name of ['primary.jks', 'tls.jks', 'company.jks', 'front end.jks', 'unnamed.jks'])
      put(join(security, name), `bytes of ${name}`);
    put(
      deploymentTomlPath(node()),
      [
        '[server]\nfile_name = "unnamed.jks"',
        '[keystore.primary]\nfile_name = "company.jks"\n',
        '  [keystore.tls]\n  file_name="front end.jks" # ours',
        '[keystore.internal]\nfile_name = "../../../../etc/passwd"\n',
        '[truststore]\nfile_name = "client-truststore.jks"\n',
      ].join('\n'),
    );
    expect(found()).toEqual({
      'primary.jks': `primary: ${sha256('bytes of primary.jks')}`,
      'tls.jks': `tls: ${sha256('bytes of tls.jks')}`,
      'company.jks': `primary: ${sha256('bytes of company.jks')}`,
      'front end.jks': `tls: ${sha256('bytes of front end.jks')}`,
    });
  });

  it('count as what they sign and encrypt for, where one is for everything', () => {
    put(join(securityFolder(node()), 'one.jks'), 'one');
    put(
      deploymentTomlPath(node()),
      '[keystore.tls]\nfile_name = "one.jks"\n[keystore.primary]\nfile_name = "one.jks"\n',
    );
    expect(found()).toEqual({ 'one.jks': `primary: ${sha256('one')}` });
  });
});

it('a keystore that may not be read is told without its checksum', () => {
  const home = node();
  const path = `${securityFolder(home)}/tls.jks`;
  expect(readListing(home, '[keystore.tls] - tls.jks\n')).toEqual([{ path, tls: true, sum: undefined }]);
});

it('a new archive gets every keystore that it does not come with, as it was', () => {
  const old = securityFolder(node());
  const fresh = securityFolder(node('fresh'));
  for (const name of [
    'primary.jks',
    'tls.jks',
    'company.p12',
    'tls.jks.kept-1a2b3c4d',
    'wso2carbon.jks',
    'notes.txt',
  ])
    put(join(old, name), `old ${name}`);
  put(join(fresh, 'wso2carbon.jks'), 'fresh wso2carbon.jks');
  const carry = () => run(carryKeystores(node(), node('fresh').home).text);
  carry();
  carry();
  const kept = Object.fromEntries(
    readdirSync(fresh).map((name) => [name, readFileSync(join(fresh, name), 'utf8')]),
  );
  expect(kept).toEqual({
    'primary.jks': 'old primary.jks',
    'tls.jks': 'old tls.jks',
    'company.p12': 'old company.p12',
    'tls.jks.kept-1a2b3c4d': 'old tls.jks.kept-1a2b3c4d',
    'wso2carbon.jks': 'fresh wso2carbon.jks',
  });
  expect(statSync(join(fresh, 'primary.jks')).mode & 0o777).toBe(0o600);
});
