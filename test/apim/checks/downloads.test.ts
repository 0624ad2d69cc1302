import { afterEach, describe, expect, it, vi } from 'vitest';
import { lintTopology } from '../../../src/apim/checks/lint/topology-lint.ts';
import { explainRefusal } from '../../../src/apim/server/download-words.ts';
import type { Download } from '../../../src/apim/settings/download.ts';
import { InputError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import type { Refusal } from '../../../src/shell/download-answers.ts';
import { topologyOf, type Values } from '../../support/topologies.ts';

const sha256 = '0'.repeat(64);
const url = 'https://files.example.com/wso2am-3.2.0.zip';

/** What is told of an archive, a driver or a file that is to be downloaded so, as `path code message`. */
async function told(apim: Values): Promise<string[]> {
  try {
    await topologyOf({ apim });
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.issues.map(({ path, code, message }) => `${path} ${code ?? 'schema'}: ${message}`);
  }
}

const ofPack = (settings: Values) => told({ pack: { url, sha256, ...settings } });

afterEach(() => vi.unstubAllEnvs());

describe('a download that the inventory asks for', () => {
  it('may say who asks, what more is sent, who vouches, and which proxy leads there', async () => {
    const all = {
      username: 'ci',
      password: 'fake-password',
      headers: { 'X-JFrog-Art-Api': 'fake-token' },
      ca: 'company.pem',
      proxy: 'http://proxy.example.com:3128',
      proxy_username: 'me',
      proxy_password: 'fake-proxy-password',
    };
    const { settings, nodes } = await topologyOf({
      apim: { pack: { url, sha256, ...all }, files: [{ url, sha256, ...all, to: 'dropins' }] },
    });
    expect(settings.pack).toMatchObject({ username: 'ci', ca: '/srv/apim/company.pem' });
    expect(nodes[0]?.files[0]?.headers?.['X-JFrog-Art-Api']?.reveal()).toBe('fake-token');
    expect(JSON.stringify(settings.pack)).not.toContain('fake-');
  });

  it.each([
    'https://ci:fake-token@files.example.com/a.zip',
    'https://fake-token@files.example.com/a.zip',
    'https://@files.example.com/a.zip',
  ])('has nobody in its address: %s', async (address) => {
    const driver = { url: address, sha256 };
    const database = {
      type: 'mysql',
      host: 'db.example.com',
      driver,
      apim: { username: 'apim', password: 'fake-a' },
      shared: { username: 'shared', password: 'fake-b' },
    };
    const issues = await told({ pack: driver, database, files: [{ ...driver, to: 'lib' }] });
    expect(new Set(issues)).toEqual(
      new Set(
        ['pack', 'database.driver', 'files.0'].map(
          (key) =>
            `apim.${key}.url exposed-secret: holds a user, a password or a token: take it out, and give ${key}.username and ${key}.password, or ${key}.headers`,
        ),
      ),
    );
    expect(issues.join()).not.toContain('fake-token');
  });

  it.each([
    ['ftp://files.example.com/a.zip', 'must be an address that begins with http:// or https://'],
    ['file:///srv/a.zip', 'must be an address that begins with http:// or https://'],
    ['files.example.com/a.zip', 'must be an address that begins with http:// or https://'],
  ])('is by http or https only: %s', async (address, message) =>
    expect(await ofPack({ url: address })).toEqual([`apim.pack.url schema: ${message}`]),
  );

  it.each<[Values, string]>([
    [
      { proxy: 'http://me:fake-secret@proxy.example.com:3128' },
      'apim.pack.proxy exposed-secret: holds a user: take it out, and give pack.proxy_username and pack.proxy_password',
    ],
    [
      { proxy: 'socks5://proxy.example.com' },
      'apim.pack.proxy schema: must be an address such as http://proxy.example.com:3128',
    ],
    [{ proxy_username: 'me' }, 'apim.pack.proxy_username download: and proxy_password need a proxy'],
    [{ username: 'a:b' }, 'apim.pack.username download: must have no colon in it: it would end there'],
    [
      { password: 'env:FAKE_LINES' },
      'apim.pack.password download: must be one line, without control characters',
    ],
    [
      { headers: { 'X-Token': 'env:FAKE_LINES' } },
      'apim.pack.headers.X-Token download: must be one line, without control characters',
    ],
    [
      { headers: { Range: 'bytes=5-' } },
      'apim.pack.headers.Range download: is not yours to set: it is part of every download',
    ],
    [
      { username: 'ci', headers: { authorization: 'Bearer fake' } },
      'apim.pack.headers.authorization download: says who asks, and so do username and password',
    ],
    [
      { url: undefined, path: 'a.zip', username: 'ci' },
      'apim.pack schema: has keys for a download, but no url',
    ],
  ])('is refused when it cannot be said: %o', async (settings, issue) => {
    vi.stubEnv('FAKE_LINES', 'fake\nlines');
    expect(await ofPack(settings)).toEqual([issue]);
  });

  it.each<[Values, string]>([
    [{ to: 'lib' }, 'needs either from or url'],
    [{ from: 'a.jar', url, sha256, to: 'lib' }, 'needs either from or url'],
    [{ url, to: 'lib' }, 'needs sha256 with url'],
    [{ from: 'a.jar', password: 'fake', to: 'lib' }, 'has keys for a download, but no url'],
  ])('of a file of one’s own is from one place, with its checksum: %o', async (file, message) =>
    expect((await told({ files: [file] }))[0]).toBe(`apim.files.0 schema: ${message}`),
  );

  it.each([
    'https://files.example.com/',
    'https://files.example.com/a%20b.jar',
    'https://files.example.com/get/?id=1',
  ])('names the file, where nothing else does: %s', async (address) => {
    const issue = 'must end with the name of the file, in letters, digits and . _ @ + -';
    const file = { url: address, sha256 };
    expect(await told({ files: [{ ...file, to: 'lib' }] })).toContain(`apim.files.0.url download: ${issue}`);
    expect(await told({ files: [{ ...file, to: 'lib/a.jar' }], pack: file })).toEqual([]);
  });

  it('is doubtful when secrets would travel in the open', async () => {
    const open = url.replace('https', 'http');
    const codes = async (pack: Values) =>
      lintTopology(await topologyOf({ apim: { pack: { sha256, ...pack } } }))
        .filter(({ code }) => code === 'plain-http-download')
        .map(({ path }) => path);
    expect(await codes({ url: open, username: 'ci', password: 'fake-password' })).toEqual(['apim.pack.url']);
    expect(await codes({ url: open })).toEqual([]);
    expect(await codes({ url, username: 'ci', password: 'fake-password' })).toEqual([]);
  });
});

describe('a download that is refused', () => {
  const plain: Download = { url: `${url}?sig=fake-signature` };
  const known: Download = { ...plain, username: 'ci', password: new Secret('fake-password') };
  const proxied: Download = { ...plain, proxy: 'http://proxy.example.com:3128' };

  it.each<[Partial<Refusal>, Download, string, string]>([
    [
      { status: 401 },
      plain,
      'wants to know who asks (401)',
      'give apim.pack.username and password, or a token',
    ],
    [{ status: 401 }, known, 'does not accept who asks (401)', 'correct apim.pack.username and password'],
    [
      { status: 403 },
      plain,
      'refuses the file to somebody whom it does not know (403)',
      'give apim.pack.username',
    ],
    [{ status: 403 }, known, 'refuses the file to who asks (403)', 'be allowed to read it there'],
    [
      { status: 404 },
      known,
      'there is no file at https://files.example.com/wso2am-3.2.0.zip?… (404)',
      'correct apim.pack.url',
    ],
    [{ status: 407 }, plain, 'wants to know who uses it (407)', 'give apim.pack.proxy, with proxy_username'],
    [
      { status: 407 },
      proxied,
      'wants to know who uses it (407)',
      'give apim.pack.proxy_username and proxy_password',
    ],
    [{ status: 503 }, plain, 'answered 503', 'run the same command again later'],
    [
      { status: 401, at: 'https://cdn.example.com/x' },
      known,
      'https://cdn.example.com/x, to which https://files.example.com/wso2am-3.2.0.zip?… sent us on, answered 401',
      'who we are is told to https://files.example.com alone',
    ],
    [
      { kind: 'page', at: 'https://login.example.com/sso' },
      plain,
      'https://login.example.com/sso, to which https://files.example.com/wso2am-3.2.0.zip?… sent us on, answered with a page of HTML instead of the file: a login page, most likely',
      'say who asks',
    ],
    [{ kind: 'redirects' }, plain, 'without end', 'the file’s own address'],
    [
      { kind: 'protocol', detail: 'ftp' },
      plain,
      'sends us on to ftp, and only http and https are followed',
      'the file’s own address',
    ],
    [{ kind: 'certificate' }, plain, 'shows a certificate that the server does not trust', 'as apim.pack.ca'],
    [{ kind: 'proxy' }, proxied, 'the proxy does not lead to', 'correct apim.pack.proxy'],
    [{ kind: 'unreachable' }, plain, 'cannot be reached from the server', 'correct apim.pack.url'],
    [{ kind: 'broken' }, plain, 'broke off, several times', 'it carries on from there'],
    [
      { kind: 'checksum', detail: 'f'.repeat(64) },
      plain,
      `has SHA-256 ${'f'.repeat(64)}, the inventory says ${sha256}`,
      'compare apim.pack.sha256',
    ],
    [{ kind: 'disk' }, plain, 'cannot be written at the server', 'free disk space'],
    [{ kind: 'busy' }, plain, 'under way at the server', 'wait for it'],
    [
      { kind: 'tool', detail: 'neither curl nor wget is installed' },
      plain,
      'neither curl nor wget is installed',
      'install curl',
    ],
  ])('is told by what came back, and what to do: %o', (refusal, download, cause, hint) => {
    const all: Refusal = { kind: 'status', status: undefined, at: url, detail: '', ...refusal };
    const failure = explainRefusal(all, download, 'pack', sha256);
    expect(failure.cause).toContain(cause);
    expect(failure.hint).toContain(hint);
    expect(`${failure.cause} ${failure.hint}`).not.toContain('fake-');
  });
});
