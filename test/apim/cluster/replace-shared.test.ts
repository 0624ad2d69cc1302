import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceShared } from '../../../src/apim/cluster/shared.ts';

const run = promisify(execFile);
const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shared-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const before = Buffer.from('before\n'.repeat(20_000));
const after = Buffer.from('after\n'.repeat(20_000));

/** As a node does it: what is to be stands ready beside the target. */
async function replace(name: string, content = after): Promise<string> {
  writeFileSync(at(`store.from-${name}`), content);
  const { text } = replaceShared(at('store'), at(`store.from-${name}`), at('lock'), {
    before: sum(before),
    after: sum(content),
  });
  return run('/bin/sh', ['-c', text]).then(
    () => 'done',
    (error: { stderr: string }) => error.stderr,
  );
}

describe('a file that several nodes share', () => {
  it('is whole for everybody who looks while all of them write it, on a busy machine', async () => {
    const busy = cpus().map(() => spawn('/bin/sh', ['-c', 'while :; do :; done']));
    try {
      for (let round = 0; round < 5; round += 1) {
        writeFileSync(at('store'), before);
        let writing = true;
        const seen = new Set<string>();
        const look = async () => {
          while (writing) {
            const { stdout } = await run('base64', [at('store')]);
            seen.add(sum(Buffer.from(stdout, 'base64')));
          }
        };
        const looking = Promise.all([look(), look()]);
        const said = await Promise.all(
          ['gw1', 'gw2', 'gw3', 'gw4', 'gw5', 'gw6'].map((name) => replace(name)),
        );
        writing = false;
        await looking;
        expect(said).toEqual(said.map(() => 'done'));
        for (const each of seen) expect([sum(before), sum(after)]).toContain(each);
        expect(readFileSync(at('store'))).toEqual(after);
      }
    } finally {
      for (const child of busy) child.kill('SIGKILL');
    }
    expect(readdirSync(folder).sort()).toEqual(['lock', 'store']);
  }, 60_000);

  it('is not written over when somebody else has written it since it was looked at', async () => {
    writeFileSync(at('store'), 'with a certificate that a server took in meanwhile');
    expect(await replace('gw1')).toContain('was written by somebody else meanwhile');
    expect(readFileSync(at('store'), 'utf8')).toContain('took in meanwhile');
    expect(existsSync(at('store.from-gw1'))).toBe(false);
  });

  it('is written by one only: whoever comes second finds it done', async () => {
    writeFileSync(at('store'), before);
    expect(await replace('gw1')).toBe('done');
    const { ino } = statSync(at('store'));
    expect(await replace('gw2')).toBe('done');
    expect(statSync(at('store')).ino).toBe(ino);
  });
});
