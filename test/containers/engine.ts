import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runProcess } from '../lab/process.ts';

/** A container engine that answers. */
export interface Engine {
  /** What docker and docker-compose need in their environment to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The directory of an engine of our own; without it, it is one that was here. */
  readonly directory?: string;
  /** Ends one of our own, with all that runs in it; resolves once it is gone. */
  close(): Promise<void>;
}

const script = join(import.meta.dirname, 'engine.sh');
const programs = ['dockerd', 'docker', 'debootstrap', 'tar'];
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The engine that is here, or one of our own; rejects with the reason if neither can be had. */
export async function openEngine(): Promise<Engine> {
  const answer = await runProcess(['docker', 'info', '--format', '{{.ServerVersion}}']).catch(
    (error: Error) => ({ code: 127, stdout: '', stderr: error.message }),
  );
  if (answer.code === 0 && answer.stdout.trim() !== '') return { environment: {}, close: async () => {} };
  const why = `no container engine answers here (docker info: ${(answer.stderr || answer.stdout).trim()})`;
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error(
      `${why}, and starting one needs root on Linux: start the engine of this machine, or run this as root`,
    );
  const missing = programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length > 0)
    throw new Error(
      `${why}, and one of our own needs ${missing.join(', ')}: scripts/prepare.sh --containers installs it`,
    );
  return await startEngine();
}

async function startEngine(): Promise<Engine> {
  const directory = await mkdtemp('/var/tmp/apim-engine-');
  // In a session of its own, so that Ctrl-C ends the tests first; the engine follows when its stdin closes.
  const child = spawn(script, [directory], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done(code ?? 128));
  });
  await ready(child, ended);
  return {
    directory,
    environment: { DOCKER_HOST: `unix://${join(directory, 'docker.sock')}`, DOCKER_BUILDKIT: '0' },
    async close() {
      child.stdin.end();
      const code = await ended;
      if (code !== 0) throw new Error(`the container engine's script ended with ${code}`);
    },
  };
}

async function ready(child: ChildProcess, ended: Promise<number>): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const told = new Promise<void>((done) => {
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('ready\n')) done();
    });
  });
  const over = ended.then((code) => {
    throw new Error(`no container engine could be started (exit code ${code})\n${said}`);
  });
  await Promise.race([told, over]);
}

/** What is left of an engine of our own, one line each; empty after `close`. */
export async function leftoversOf(directory: string): Promise<readonly string[]> {
  const name = basename(directory);
  const look = [
    'ps -eo pid,args | grep -F -- "$1" | grep -vE "grep -F|sh -c" | sed "s/^/process: /"',
    'grep -F -- "$1" /proc/self/mountinfo | sed "s/^/mount: /"',
    'find /sys/fs/cgroup -type d -name "$1*" | sed "s/^/cgroup: /"',
    'ls -d "/var/tmp/$1" 2>/dev/null | sed "s/^/folder: /"',
  ].join('\n');
  const { stdout } = await runProcess(['sh', '-c', look, 'look', name]);
  return stdout.split('\n').filter((line) => line !== '');
}
