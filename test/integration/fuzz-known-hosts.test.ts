import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { knownHost } from '../../src/connection/known-hosts.ts';
import { samples, shortest } from '../support/fuzz.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-known-hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'known_hosts');

/** A key of its own for each line, in the form of an ED25519 key. */
function keyOf(line: number): Buffer {
  const type = Buffer.from('ssh-ed25519');
  const key = Buffer.alloc(4 + type.length + 4 + 32);
  key.writeUInt32BE(type.length, 0);
  type.copy(key, 4);
  key.writeUInt32BE(32, 4 + type.length);
  key.writeUInt32BE(line + 1, 8 + type.length);
  return key;
}

const address = fc.constantFrom('a', 'ab', 'gw1', 'GW1', 'gw1.a', '10.0.0.1', 'fe80::1', 'a-b');
const port = fc.constantFrom(22, 22, 2222, 1);
const named = fc.tuple(address, port).map(([host, at]) => (at === 22 ? host : `[${host}]:${at}`));
const pattern = fc.oneof(
  { weight: 3, arbitrary: named },
  fc.string({ unit: fc.constantFrom(...'ab1gGwW.*?[]:2-!\\|'), maxLength: 6 }),
  named.map((name) => `!${name}`),
  named.map((name) => name.replace(/\d+/, '*')),
);
const hashed = fc.tuple(named, fc.uint8Array({ minLength: 20, maxLength: 20 })).map(([name, salt]) => {
  const mac = createHmac('sha1', salt).update(name.toLowerCase()).digest('base64');
  return `|1|${Buffer.from(salt).toString('base64')}|${mac}`;
});
const field = fc.oneof(
  { weight: 5, arbitrary: fc.array(pattern, { minLength: 1, maxLength: 4 }).map((all) => all.join(',')) },
  hashed,
  fc.constantFrom('|1|', '|1||', '|1|YQ==|YQ==', '|2|a|b', '*', ',', '#', '#a'),
);
const space = fc.constantFrom(' ', ' ', '\t', '  ', ' \t ');
const marker = fc.constantFrom('', '', '', '', '@revoked', '@cert-authority', '@other', '@');
const line = fc.record({
  before: fc.constantFrom('', '', '', ' ', '\t'),
  marker,
  field,
  gap: space,
  after: fc.constantFrom('', '', ' a comment', '\r', ' '),
  broken: fc.constantFrom('', '', '', '', '', 'type', 'key', 'all'),
});
const cases = fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 12 }), address, port });

function textOf(lines: readonly (typeof line extends fc.Arbitrary<infer Each> ? Each : never)[]): string {
  return lines
    .map((each, index) => {
      const key = each.broken === 'key' ? '' : `${each.gap}${keyOf(index).toString('base64')}`;
      const type = each.broken === 'type' ? '' : `${each.gap}ssh-ed25519`;
      // OpenSSH wants a blank after a mark: after a tab it passes the line over, and a key that is revoked would count.
      const head = `${each.before}${each.marker}${each.marker === '' ? '' : ' '}${each.field}`;
      return each.broken === 'all' ? head : `${head}${type}${key}${each.after}`;
    })
    .map((each) => `${each}\n`)
    .join('');
}

/** What `ssh-keygen -F` finds: lines, with what marks them. With `-l` it reads the keys as well, as `ssh` does. */
function referee(name: string): Map<number, string> {
  const words = ['-l', '-F', name, '-f', file];
  const { stdout, status, stderr } = spawnSync('ssh-keygen', words, { encoding: 'utf8' });
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return new Map(
    [...stdout.matchAll(/^# Host .* found: line (\d+) ?(\w*)/gm)].map(([, at, mark = '']) => [
      Number(at) - 1,
      mark.trim(),
    ]),
  );
}

describe('known_hosts', () => {
  it('has for a server the lines that ssh-keygen finds', () => {
    const { all, from } = samples(cases, 120);
    const wrong = all.flatMap(({ lines, address: host, port: at }) => {
      const text = textOf(lines);
      writeFileSync(file, text);
      const name = at === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${at}`;
      const found = referee(name);
      // As ssh does: what is known of the address alone will do at every port.
      const beside = at === 22 ? new Map<number, string>() : referee(host.toLowerCase());
      const known = knownHost([file], host, at);
      const plain = [...found.values()].some((mark) => mark === '');
      const expected = lines.map((_, index) => {
        if (found.get(index) === 'REVOKED' || beside.get(index) === 'REVOKED') return 'revoked';
        if (found.get(index) === '') return 'match';
        if (plain) return 'changed';
        return beside.get(index) === '' ? 'match' : 'unknown';
      });
      const judged = lines.map((_, index) => known.judge(keyOf(index)).kind);
      return JSON.stringify(judged) === JSON.stringify(expected) ? [] : [{ text, name, judged, expected }];
    });
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
  });
});
