import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  fingerprint,
  hostKeyAlgorithms,
  keyType,
  knownHost,
  knownLine,
  rsaBits,
} from '../../src/connection/known-hosts.ts';

const directory = mkdtempSync(join(tmpdir(), 'known-hosts-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** An SSH key blob: its type as a string with its length ahead, then anything. */
function key(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(body)]);
}

const ours = key('ssh-ed25519', 'ours');
const other = key('ssh-ed25519', 'other');
const rsa = key('ssh-rsa', 'ours');
const line = (hosts: string, blob: Buffer) => `${hosts} ${keyType(blob)} ${blob.toString('base64')}`;

function hashed(name: string): string {
  const salt = Buffer.from('a salt of twenty byt');
  const mac = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${mac}`;
}

let files = 0;
function written(...lines: string[]): string {
  files += 1;
  const file = join(directory, `file-${files}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

describe('a host key', () => {
  const cases: [what: string, lines: string[], port: number, kind: string][] = [
    ['named plainly is the one we know', [line('km', ours)], 22, 'match'],
    [
      'after a line without the type of its key is unknown',
      [`km ${ours.toString('base64')} by hand`],
      22,
      'unknown',
    ],
    [
      'after a line whose key is of another type is unknown',
      [`km ssh-rsa ${other.toString('base64')}`],
      22,
      'unknown',
    ],
    ['after a line that is hashed in no known way is unknown', [line('|2,km', other)], 22, 'unknown'],
    ['named in another case is the one we know', [line('KM', ours)], 22, 'match'],
    ['named in a list is the one we know', [line('gw,km,10.0.0.1', ours)], 22, 'match'],
    ['named by a hash is the one we know', [line(hashed('km'), ours)], 22, 'match'],
    ['named by a wildcard is the one we know', [line('k?', ours)], 22, 'match'],
    ['named with its port is the one we know', [line('[km]:2222', ours)], 2222, 'match'],
    ['hashed with its port is the one we know', [line(hashed('[km]:2222'), ours)], 2222, 'match'],
    ['known at the usual port will do at another one, as with ssh', [line('km', ours)], 2222, 'match'],
    ['that differs at the usual port says nothing of another one', [line('km', other)], 2222, 'unknown'],
    [
      'that has changed at its port is not saved by another',
      [line('[km]:2222', other), line('km', ours)],
      2222,
      'changed',
    ],
    ['known by another type alone is unknown', [line('km', rsa)], 22, 'unknown'],
    ['of a server taken out of a wildcard is unknown', [line('*,!km', ours)], 22, 'unknown'],
    ['of a server in no line is unknown', ['# a comment', '', 'nonsense', line('gw', ours)], 22, 'unknown'],
    ['that differs from the known one has changed', [line('km', other)], 22, 'changed'],
    ['beside another known one is still known', [line('km', other), line('km', ours)], 22, 'match'],
    [
      'that is revoked is refused, known or not',
      [line('km', ours), `@revoked ${line('*', ours)}`],
      22,
      'revoked',
    ],
    ['of a server known by an authority is unknown', [`@cert-authority ${line('*', other)}`], 22, 'unknown'],
  ];
  it.each(cases)('%s', (_what, lines, port, kind) => {
    expect(knownHost([written(...lines)], 'km', port).judge(ours).kind).toBe(kind);
  });

  it('is looked for in every file, and one that is not there says nothing', () => {
    const list = [join(directory, 'none'), written(line('gw', other)), written(line('km', ours))];
    expect(knownHost(list, 'km', 22).judge(ours)).toEqual({ kind: 'match' });
  });

  it('that changed is told with file and line of the known one', () => {
    const file = written('# ours', line('km', other));
    expect(knownHost([file], 'km', 22).judge(ours)).toEqual({
      ...{ kind: 'changed', known: `${file}:2`, file, name: 'km' },
    });
  });

  it('is known only by an authority when no plain line names its server', () => {
    const authority = `@cert-authority ${line('*', other)}`;
    expect(knownHost([written(authority)], 'km', 22).byAuthority).toBe(true);
    expect(knownHost([written(authority, line('km', ours))], 'km', 22).byAuthority).toBe(false);
  });

  it.each([1024, 2048, 3072])('of RSA has as many bits as it was made with: %d', (bits) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
    const number = (text: string) => {
      const bytes = Buffer.concat([Buffer.of(0), Buffer.from(text, 'base64url')]);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const blob = Buffer.concat([key('ssh-rsa', ''), number(e), number(n)]);
    expect(rsaBits(blob)).toBe(bits);
    expect(rsaBits(ours)).toBeUndefined();
  });

  it('has the fingerprint that OpenSSH shows: no padding', () => {
    expect(fingerprint(ours)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});

describe('a line that says who has a key', () => {
  it.each([false, true])('is understood as it was meant, hashed or not: %s', (hashed) => {
    const file = written(knownLine('km', ours, hashed), knownLine('[gw]:2222', ours, hashed));
    expect(knownHost([file], 'km', 22).judge(ours).kind).toBe('match');
    expect(knownHost([file], 'gw', 2222).judge(ours).kind).toBe('match');
    expect(readFileSync(file, 'utf8').includes('km')).toBe(!hashed);
  });
});

describe('the algorithms to offer', () => {
  it('begin with the known types, so that a known server does not look changed', () => {
    expect(hostKeyAlgorithms(['ecdsa-sha2-nistp256'])[0]).toBe('ecdsa-sha2-nistp256');
  });

  it('are asked for in the order of ssh, whatever the order in a file', () => {
    expect(hostKeyAlgorithms(['ssh-rsa', 'ssh-ed25519'])).toEqual([
      ...['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'],
      ...['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
    ]);
  });

  it('are those that may be used, where that is said', () => {
    expect(hostKeyAlgorithms(['ssh-rsa'], ['ssh-ed25519', 'ssh-rsa'])).toEqual(['ssh-rsa', 'ssh-ed25519']);
  });

  it('sign with SHA-2 where an RSA key is known', () => {
    const offered = hostKeyAlgorithms(['ssh-rsa']);
    expect(offered.slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(offered).not.toContain('ssh-rsa');
  });

  it('name each once, and hold all where nothing is known', () => {
    expect(new Set(hostKeyAlgorithms([])).size).toBe(6);
    expect(hostKeyAlgorithms(['ssh-ed25519'])).toHaveLength(6);
  });
});
