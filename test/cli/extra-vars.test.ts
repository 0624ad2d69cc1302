import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/program.ts';
import { inventoryText } from '../support/topologies.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'extra-'));
  writeFileSync(join(folder, 'inventory.yaml'), inventoryText());
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...words: readonly string[]) => runProgram(words, { cwd: folder });

describe('-e', () => {
  it('counts more than what the inventory says of any host', () => {
    const { stdout } = run(
      'inventory',
      'inventory.yaml',
      '--host',
      'gw',
      '-e',
      'ansible_host=10.9.9.9 site=two',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      ansible_host: '10.9.9.9',
      site: 'two',
      apim: { hostname: 'gw.example.com' },
    });
  }, 30_000);

  it('reaches what is written to servers', () => {
    const more = '{"apim": {"admin": {"username": "boss"}}}';
    expect(run('render', 'inventory.yaml', '--out', 'out', '-e', more)).toMatchObject({ code: 0 });
    const { stdout } = run(
      'exec',
      'inventory.yaml',
      'gw',
      '-e',
      'ansible_connection=local',
      '--',
      'echo it is here',
    );
    expect(stdout).toBe('gw | it is here\n');
  }, 30_000);

  it('has keys of apim that are not known refused by name, where they stand', () => {
    expect(run('deploy', 'inventory.yaml', '-e', 'x=1', '-e', '{"apim": {"gatway": 1}}')).toEqual({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(/^-e number 2:1:21: apim\.gatway: unknown key/m),
    });
  }, 30_000);
});
