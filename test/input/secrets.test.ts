import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { decode } from '../../src/input/decode.ts';
import { secret } from '../../src/input/secrets.ts';
import { Secret } from '../../src/secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
const path = join(folder, 'password');
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

function read(value: unknown) {
  const position = () => ({ file: 'inventory.yaml', line: 1, column: 1 });
  const { value: found, issues } = decode(secret(), value, { position, baseDirectory: folder, path: [] });
  return found === undefined ? issues.map((issue) => issue.message).join() : found.reveal();
}

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

describe('a secret', () => {
  it('is the text itself, or a vaulted value', () => {
    expect(read('fake-pw')).toBe('fake-pw');
    expect(read(new Secret('fake-vaulted'))).toBe('fake-vaulted');
  });

  it.each([12345678, true, ['fake-in-list'], { a: 'fake-in-map' }, new Date(0)])(
    'is not shown where it is none: %j',
    (value) => {
      expect(read(value)).toBe(
        'must be a text (in quotes, where it looks like a number, a date or yes; in INI in both kinds of quotes), env:NAME, file:path, or a vaulted value',
      );
    },
  );

  it('comes from the environment', () => {
    vi.stubEnv('FAKE_PASSWORD', 'fake-env');
    expect(read('env:FAKE_PASSWORD')).toBe('fake-env');
  });

  it('is not taken from a file that is no UTF-8', () => {
    writeFileSync(path, Buffer.from('fake-p\xe4sswort', 'latin1'), { mode: 0o600 });
    chmodSync(path, 0o600);
    expect(read('file:password')).toMatch(/password is no UTF-8: save the file as UTF-8/);
  });

  it('comes from a file beside the inventory, without the newline at its end', () => {
    write('fake-file\n');
    expect(read('file:password')).toBe('fake-file');
    write(' fake file \r\n');
    expect(read(`file:${path}`)).toBe(' fake file ');
  });

  it('is refused where there is none', () => {
    vi.stubEnv('FAKE_PASSWORD', '');
    write('\n');
    expect(read('')).toBe('is empty');
    expect(read('env:FAKE_PASSWORD')).toBe('the environment variable FAKE_PASSWORD is not set');
    expect(read('file:password')).toBe(`${path} is empty`);
    expect(read('file:nowhere')).toContain(`${join(folder, 'nowhere')} cannot be read: ENOENT`);
  });

  it('is refused in a file that everybody can read', () => {
    write('fake-file', 0o644);
    expect(read('file:password')).toBe(`${path} can be read by everybody: chmod 600 ${path}`);
  });

  it('is refused when it is missing or no text', () => {
    expect(read(undefined)).toBe('is missing');
    expect(read(12345)).not.toContain('fake');
  });
});
