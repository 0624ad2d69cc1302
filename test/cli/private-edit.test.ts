import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { editPrivately } from '../../src/cli/private-edit.ts';

const folder = mkdtempSync(join(tmpdir(), 'private-edit-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An editor that does what the lines say with the file `$1`. */
function editor(name: string, lines: string): NodeJS.ProcessEnv {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o700);
  return { EDITOR: path, XDG_RUNTIME_DIR: folder };
}

const left = () => readdirSync(folder).filter((name) => name.startsWith('apim-orchestrate-'));

describe('an edit in private', () => {
  it('has a file of the same name that only we may read, in a folder of its own, and leaves nothing', async () => {
    const seen = join(folder, 'seen');
    const environment = editor(
      'seeing',
      `stat -c '%a %n' "$1" "$(dirname "$1")" > ${seen}; cp "$1" "$1~"; printf after >> "$1"`,
    );
    const edited = await editPrivately('/some/where/vault.yml', Buffer.from('before\n'), environment);
    expect(edited.toString()).toBe('before\nafter');
    expect(readFileSync(seen, 'utf8')).toMatch(
      /^600 \S+\/apim-orchestrate-\w+\/vault\.yml\n700 \S+\/apim-orchestrate-\w+\n$/,
    );
    expect(left()).toEqual([]);
  });

  it('takes words of the editor, and goes by the name that it has after a rename', async () => {
    const environment = editor('words', 'test "$1" = "a b" && printf new > "$2.new" && mv "$2.new" "$2"');
    const edited = await editPrivately('f', Buffer.from('old'), {
      ...environment,
      EDITOR: `${environment.EDITOR} "a b"`,
    });
    expect(edited.toString()).toBe('new');
  });

  it.each([
    ['that fails', 'exit 3', 'exited with 3; f is as it was'],
    ['that is ended', 'kill -9 $$', 'exited with SIGKILL; f is as it was'],
    ['that takes the file away', 'rm "$1"', 'took the text away; f is as it was'],
  ])('with an editor %s is refused, and leaves nothing', async (_what, lines, said) => {
    await expect(editPrivately('f', Buffer.from('x'), editor('failing', lines))).rejects.toThrow(said);
    expect(left()).toEqual([]);
  });

  it('without an editor is refused', async () => {
    const environment = { EDITOR: '/no/such/editor', XDG_RUNTIME_DIR: folder };
    await expect(editPrivately('f', Buffer.from('x'), environment)).rejects.toThrow(
      'the editor /no/such/editor cannot be run: spawn /no/such/editor ENOENT; EDITOR says which one is',
    );
    expect(left()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('that is ended by %s leaves nothing', async (signal) => {
    const environment = editor('waiting', `echo $$ > ${folder}/pid; exec sleep 100`);
    const module = resolve(import.meta.dirname, '../../src/cli/private-edit.ts');
    const script = `import { editPrivately } from ${JSON.stringify(module)};
      await editPrivately('f', Buffer.from('x')).catch((error) => { console.log(error.message); });`;
    const words = ['--import', 'tsx', '--input-type=module', '-e', script];
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = new Promise((done) => child.on('close', done));
    await vi.waitFor(() => expect(existsSync(join(folder, 'pid'))).toBe(true), { timeout: 20_000 });
    expect(left()).toHaveLength(1);
    child.kill(signal);
    await ended;
    expect(said).toContain('interrupted');
    expect(left()).toEqual([]);
    rmSync(join(folder, 'pid'));
  });
});
