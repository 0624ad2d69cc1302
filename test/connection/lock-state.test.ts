import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockScript } from '../../src/connection/lock-script.ts';
import { lockHolder, releaseLock } from '../../src/connection/lock-state.ts';

let home: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lock-state-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(home, { recursive: true });
});

/** Somebody who holds the lock for as long as this process lives. */
async function hold(): Promise<ChildProcess> {
  const child = spawn(
    'sh',
    ['-c', `${lockScript('run', "ann's run, since noon")}; echo >"$HOME"/held; (sleep 60) 9>&-; :`],
    {
      env: { ...process.env, HOME: home },
      stdio: 'ignore',
    },
  );
  started.push(child);
  await vi.waitUntil(() => existsSync(join(home, 'held')), { timeout: 10_000 });
  return child;
}

describe.each(['dash', 'bash'])('a lock, asked for in %s', (shell) => {
  const ask = ({ text }: { text: string }) => {
    const { status, stdout } = spawnSync(shell, ['-c', text], {
      encoding: 'utf8',
      env: { ...process.env, HOME: home },
    });
    return { code: status, stdout };
  };

  it('is held by nobody where no run ever was, and where the last one is gone', async () => {
    expect(ask(lockHolder('run'))).toEqual({ code: 1, stdout: '' });
    expect(ask(releaseLock('run')).code).toBe(1);
    const holder = await hold();
    const gone = new Promise((done) => holder.on('close', done));
    holder.kill('SIGKILL');
    await gone;
    expect(ask(lockHolder('run'))).toEqual({ code: 1, stdout: '' });
  });

  it('is told with who holds it, and is not taken by that', async () => {
    await hold();
    expect(ask(lockHolder('run'))).toEqual({ code: 0, stdout: "ann's run, since noon\n" });
    expect(ask(lockHolder('other')).code).toBe(1);
    expect(ask({ text: lockScript('run', 'eve') }).code).toBe(75);
  });

  it('is taken from its holder, whose shell ends, and is free then', async () => {
    await hold();
    expect(ask(releaseLock('run')).code).toBe(0);
    expect(ask(lockHolder('run')).code).toBe(1);
    const own = ask({ text: lockScript('run', "ann's run, since noon") });
    expect(own).toEqual({ code: 75, stdout: 'nobody, since somebody released it\n' });
    expect(ask({ text: lockScript('run', 'eve') }).code).toBe(0);
  });

  it('is not taken from a process that only has the number of one that held it', async () => {
    await hold();
    writeFileSync(join(home, '.apim-orchestrate/run.holder'), `ann\n${process.pid} 1\n`);
    expect(ask(releaseLock('run')).code).toBe(1);
  });
});
