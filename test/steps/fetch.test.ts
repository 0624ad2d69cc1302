import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { sh } from '../../src/shell/command.ts';
import { fetch, readAuthority } from '../../src/steps/fetch.ts';

const sha256 = 'a'.repeat(64);
const url = 'https://files.example.com/p.zip';
const secret = (text: string) => Secret.document(text, '(secret)');
const wanted = { download: { url }, key: 'pack', sha256, path: '/opt/p.zip', user: 'wso2', authority: '' };
const runOf = (more: Partial<Parameters<typeof fetch>[0]> = {}) => {
  const action = fetch({ ...wanted, ...more });
  if (action.kind !== 'run') throw new Error('it is not run');
  return action;
};
const fed = (more: Partial<Parameters<typeof fetch>[0]> = {}) => {
  const { stdin } = runOf(more);
  return stdin instanceof Secret ? stdin.reveal() : String(stdin);
};

describe('a download', () => {
  it('is made by the server, as the user of the node, and may take an hour', () => {
    expect(runOf()).toMatchObject({
      command: { user: 'wso2' },
      shown: `download ${url}`,
      timeoutMs: 3_600_000,
    });
  });

  it('tells how far it is', () => {
    expect(runOf().progress?.('downloaded 5 of 10')).toEqual({ done: 5, total: 10 });
    expect(runOf().progress?.('anything else')).toBeUndefined();
  });

  it('says what its failure means, if that is known', () => {
    const explain = (stderr: string) => runOf().explain?.({ code: 1, stdout: '', stderr });
    expect(explain(`download\tstatus 404\t${url}\tnot found`)?.cause).toContain('404');
    expect(explain('sh: something else')).toBeUndefined();
  });

  it('hands on by stdin who asks and through which proxy, and what vouches for the server', () => {
    const login = { url, username: 'ci', password: secret('fake-password') };
    expect(fed({ download: login })).toContain(Buffer.from('ci:fake-password').toString('base64'));
    const proxy = {
      url,
      proxy: 'http://proxy.example.com:3128',
      proxy_username: 'ann',
      proxy_password: secret('fake-proxy-password'),
    };
    for (const part of ['proxy.example.com:3128', 'ann', 'fake-proxy-password'])
      expect(fed({ download: proxy })).toContain(part);
    expect(fed()).not.toContain('proxy.example.com');
    expect(runOf({ download: proxy }).command.text).not.toContain('fake-');
    const authority = '-----BEGIN CERTIFICATE-----\nabc\n';
    expect(fed({ download: { url, ca: '/ca.pem' }, authority })).toContain('abc');
    expect(fed({ download: { url, headers: { 'X-Token': secret('fake-token') } } })).toContain('fake-token');
  });

  it('reads what vouches for its server only where a file is named', async () => {
    const asked: string[] = [];
    const here = async ({ text }: { text: string }) => {
      asked.push(text);
      return { code: 0, stdout: 'an authority', stderr: '' };
    };
    expect(await readAuthority(here, undefined)).toBe('');
    expect(await readAuthority(here, { url })).toBe('');
    expect(asked).toEqual([]);
    expect(await readAuthority(here, { url, ca: '/ca.pem' })).toBe('an authority');
    expect(asked).toEqual([expect.stringContaining(sh`${'/ca.pem'}`.text)]);
  });
});
