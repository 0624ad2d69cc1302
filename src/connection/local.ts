import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { StepFailed } from '../errors.ts';
import type { Channel } from './channel.ts';
import type { Connection, Upload } from './connection.ts';
import { bytesInMemory, createShellConnection } from './shell-connection.ts';
import { verifyLocal } from './upload.ts';

/** The machine we run on, as a server like any other. */
export function openLocal(): Connection {
  const user = userInfo().username;
  const name = `${user} on this machine`;
  const shell = createShellConnection({ open: openProcess }, { kind: 'local' }, user, name);
  return {
    name,
    user,
    get trips() {
      return shell.trips;
    },
    ask: shell.ask,
    read: shell.read,
    execute: shell.execute,
    async put(upload) {
      if (upload.user !== undefined && upload.user !== user) {
        const bytes = bytesInMemory(upload.content);
        if (bytes !== undefined) return shell.putBytes(upload, bytes);
      }
      return putHere(upload);
    },
    lock: shell.lock,
    tunnel: (host, port, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port, noDelay: true });
        const fail = (cause: string) => {
          socket.destroy();
          reject(new StepFailed({ cause }));
        };
        socket.setTimeout(timeoutMs, () => fail(`${host}:${port} does not answer`));
        socket.once('error', (error) =>
          fail(/ECONNREFUSED/.test(error.message) ? 'connection refused' : error.message),
        );
        socket.once('connect', () => {
          socket.setTimeout(0);
          socket.removeAllListeners('error');
          socket.on('error', () => undefined);
          resolve(socket);
        });
      }),
    async close() {
      shell.close();
    },
  };
}

async function openProcess(text: string): Promise<Channel> {
  const child = spawn('/bin/sh', ['-c', text], { detached: true, stdio: 'pipe' });
  child.on('error', () => undefined);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)));
      child.once('error', () => resolve(127));
    }),
    destroy: () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}

async function putHere({ path, content, mode }: Upload): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.part-${randomBytes(6).toString('hex')}`);
  try {
    const bytes = bytesInMemory(content);
    if (bytes === undefined && typeof content === 'object' && 'file' in content) {
      await verifyLocal(content);
      await copyFile(content.file, part);
    }
    const file = await open(part, bytes === undefined ? 'r+' : 'wx', mode);
    try {
      if (bytes !== undefined) await file.writeFile(bytes);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof StepFailed) throw error;
    throw new StepFailed({ cause: `${path} could not be written here: ${(error as Error).message}` });
  }
}
