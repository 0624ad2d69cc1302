import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findJavaProcess, isConnected, listeningPorts, readListening } from '../../src/shell/process.ts';

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-'));
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A peer that keeps every connection. */
async function peerAt(host: string): Promise<{ server: Server; port: number; guests: Socket[] }> {
  const guests: Socket[] = [];
  const server = createServer((guest) => guests.push(guest));
  await new Promise<void>((done) => server.listen(0, host, done));
  return { server, port: (server.address() as AddressInfo).port, guests };
}

/** A process that connects there, and stays. */
async function guestOf(host: string, port: number): Promise<number> {
  const text = `require('node:net').connect(${port}, '${host}', () => process.stdout.write('.')); setTimeout(() => {}, 60_000)`;
  const child = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child.pid ?? 0;
}

const shells = ['/bin/sh', '/usr/bin/dash', '/usr/bin/bash'].filter((shell) => existsSync(shell));

/** A process called `name` that has `option` on its command line, and sleeps. */
async function processCalled(name: string, option: string): Promise<number> {
  const link = join(folder, name);
  if (!existsSync(link)) symlinkSync(process.execPath, link);
  const child = spawn(link, ['-e', 'process.stdout.write("."); setTimeout(() => {}, 60_000)', '--', option], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child.pid ?? 0;
}

function find(option: string, shell = '/bin/sh', pidFile = join(folder, 'pid')): string {
  return execFileSync(shell, ['-c', findJavaProcess(option, pidFile).text], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

describe('findJavaProcess', () => {
  it.each(shells)('finds a server by its padded pid file, with %s', async (shell) => {
    const option = `-Dcarbon.home=${folder}/gateway`;
    const pid = await processCalled('java', option);
    writeFileSync(join(folder, 'pid'), Buffer.concat([Buffer.from(`${pid}\n`), Buffer.alloc(90)]));
    expect(find(option, shell)).toBe(`${pid} ${startOf(pid)}\n`);
  });

  it.each(shells)('finds a server that its pid file does not tell of, with %s', async (shell) => {
    const option = `-Dcarbon.home=${folder}/gateway`;
    const pid = await processCalled('java', option);
    expect(find(option, shell)).toBe(`${pid} ${startOf(pid)}\n`);
    writeFileSync(join(folder, 'pid'), `${process.pid}\n`);
    expect(find(option, shell)).toBe(`${pid} ${startOf(pid)}\n`);
    writeFileSync(join(folder, 'pid'), 'rubbish $(false)\n');
    expect(find(option, shell)).toBe(`${pid} ${startOf(pid)}\n`);
  });

  it('takes no server of a home whose name only begins alike', async () => {
    const pid = await processCalled('java', `-Dcarbon.home=${folder}/gateway-2`);
    writeFileSync(join(folder, 'pid'), `${pid}\n`);
    expect(find(`-Dcarbon.home=${folder}/gateway`)).toBe('');
  });

  it('takes no process that is not Java, such as the shell that asks', async () => {
    const option = `-Dcarbon.home=${folder}/gateway`;
    const pid = await processCalled('editor', option);
    writeFileSync(join(folder, 'pid'), `${pid}\n`);
    expect(find(option)).toBe('');
  });

  it.each(shells)('prints nothing at all when there is nothing, with %s', (shell) => {
    const { text } = findJavaProcess(`-Dcarbon.home=${folder}/none`, join(folder, 'pid'));
    const { status, stdout, stderr } = spawnSync(shell, ['-c', text], { encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});

describe('listeningPorts', () => {
  const without = mkdtempSync(join(tmpdir(), 'no-ss-'));
  symlinkSync(
    execFileSync('/bin/sh', ['-c', 'command -v awk'], { encoding: 'utf8' }).trim(),
    join(without, 'awk'),
  );

  it.each([
    ['with ss', process.env.PATH],
    ['without it', without],
  ])('tells a port that something listens on, over IPv4 as over IPv6, %s', async (_how, PATH) => {
    const servers = await Promise.all(
      ['127.0.0.1', '::'].map(
        (host) =>
          new Promise<ReturnType<typeof createServer>>((resolve) => {
            const server = createServer().listen(0, host, () => resolve(server));
          }),
      ),
    );
    const ports = servers.map((server) => (server.address() as { port: number }).port);
    const text = execFileSync('/bin/sh', ['-c', listeningPorts().text], { encoding: 'utf8', env: { PATH } });
    const told = readListening(text);
    for (const server of servers) server.close();
    for (const port of ports) expect(told).toContain(port);
  });

  it('reads the table of ss, and of that only who listens', () => {
    const table = [
      'State  Recv-Q Send-Q      Local Address:Port  Peer Address:PortProcess',
      'LISTEN 0      128               0.0.0.0:22         0.0.0.0:*',
      'LISTEN 0      100    [::ffff:10.66.0.9]:9443             *:*',
      'ESTAB  0      0             10.66.0.9:5672      10.66.0.1:40000',
    ];
    expect(readListening(table.join('\n'))).toEqual([22, 9443]);
  });

  it('reads hexadecimal ports, each once', () => {
    expect(readListening('24E3\n24e3\n1628\n\nnonsense\n')).toEqual([9443, 5672]);
  });
});

describe('isConnected', () => {
  const ask = (pid: string, ports: readonly number[], shell = '/bin/sh') => {
    const { text } = isConnected({ text: `printf '%s' '${pid}'` }, ports);
    const { status, stderr } = spawnSync(shell, ['-c', text], { encoding: 'utf8' });
    return status === 0 ? true : stderr;
  };

  it.each(
    shells.flatMap((shell) => [
      [shell, '127.0.0.1', '127.0.0.1'],
      [shell, '::', '::ffff:127.0.0.1'],
      [shell, '::1', '::1'],
    ]),
  )('sees in %s what a process has open, at a peer that listens on %s', async (shell, at, to) => {
    const peer = await peerAt(at);
    const pid = await guestOf(to, peer.port);
    expect(ask(`${pid} 1234`, [1, peer.port], shell)).toBe(true);
    // Of another process, at another port, and of the peer itself, it is none.
    expect(ask(`${process.pid} 1234`, [peer.port], shell)).toBe('no connection\n');
    expect(ask(`${pid} 1234`, [peer.port - 1], shell)).toBe('no connection\n');
    for (const guest of peer.guests) guest.destroy();
    await new Promise((done) => peer.server.close(done));
  });

  it('says so where there is no process', () => {
    expect(ask('', [5672])).toBe('its process is not there\n');
  });
});
