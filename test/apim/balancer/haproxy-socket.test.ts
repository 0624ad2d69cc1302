import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionsAt, steerHaproxy } from '../../../src/apim/balancer/haproxy-socket.ts';

let folder: string;
let socket: string;
let server: Server;
let heard: string[];
let answer: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  socket = join(folder, 'haproxy.sock');
  heard = [];
  answer = '\n';
  server = createServer({ allowHalfOpen: true }, (connection) => {
    let text = '';
    connection.on('data', (chunk) => {
      text += String(chunk);
    });
    connection.on('end', () => {
      heard.push(text);
      connection.end(answer);
    });
  });
  server.listen(socket);
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Runs a script with no other programs than these beside those of the shell. */
async function run(text: string, programs: readonly string[]): Promise<{ code: number; said: string }> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of [...programs, 'cat', 'tr', 'awk', 'sleep'])
    symlinkSync(join('/usr/bin', name), join(bin, name));
  const child = spawn('/bin/sh', ['-c', text], { env: { PATH: bin } });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

const servers = [
  { backend: 'publisher', name: 'pub1', away: true },
  { backend: 'publisher', name: 'pub2', away: false },
];

describe('HAProxy while it runs', () => {
  it.each(['socat', 'perl'])('is told by %s to whom it sends', async (program) => {
    expect(await run(steerHaproxy(servers, socket).text, [program])).toEqual({ code: 0, said: '' });
    expect(heard).toEqual(['set server publisher/pub1 state maint;set server publisher/pub2 state ready\n']);
  });

  it('is heard where it refuses', async () => {
    answer = 'No such server.\n\n';
    const { code, said } = await run(steerHaproxy(servers, socket).text, ['socat']);
    expect(code).toBe(1);
    expect(said).toContain('HAProxy says: No such server.');
  });

  it('tells how many sessions it has with a node, in all backends', async () => {
    answer = '# pxname,svname,qcur,qmax,scur,smax\ngw_a,gw1,0,0,2,9\ngw_a,gw2,0,0,7,9\ngw_b,gw1,0,0,1,9\n\n';
    const text = `${sessionsAt('gw1', socket).text}\necho "left: $left"`;
    expect(await run(text, ['socat'])).toEqual({ code: 0, said: 'left: 3\n' });
  });

  it('tells nothing where nobody can ask it', async () => {
    const text = `${sessionsAt('gw1', socket).text}\necho "left: $left"`;
    expect((await run(text, [])).said).toBe('left: \n');
    expect(heard).toEqual([]);
  });
});
