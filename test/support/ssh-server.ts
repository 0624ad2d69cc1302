import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection as ServedConnection, type Session } from 'ssh2';
import type { Login } from '../../src/input/inventory.ts';

/** An SSH server in this process that tells what it was asked. Commands run as we are. */
export interface SshServer {
  /** The proofs that were tried, in order: `publickey?` asks whether a key would do, `publickey` proves it. */
  readonly tried: readonly string[];
  /** What was executed, and what came on stdin. */
  readonly executed: readonly { readonly text: string; readonly stdin: readonly string[] }[];
  /** What it takes, one after another; every one of them is wanted. */
  takes(...methods: readonly string[]): void;
  /** What it asks by keyboard-interactive, one question after another, and the answers that it takes. */
  asks(
    ...questions: readonly { readonly prompt: string; readonly echo: boolean; readonly answer: string }[]
  ): void;
  /** A private key that it knows, the same encrypted with `keyPassphrase`, and one that it does not know. */
  readonly keys: { readonly known: string; readonly locked: string; readonly stranger: string };
  login(change?: Partial<Extract<Login, { kind: 'ssh' }>>): Extract<Login, { kind: 'ssh' }>;
  close(): void;
}

/** What opens its encrypted key. */
export const keyPassphrase = 'fake-passphrase';

/** The only password that it takes. */
export const serverPassword = 'fake-login-pw';

/** Starts one, at a port that was free. */
export async function startSshServer(): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ssh-server-'));
  const make = (name: string) => {
    // One in some hundred Ed25519 keys that ssh2 makes is malformed: it strips zeros that the public key begins with.
    const pair = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const file = join(folder, name);
    writeFileSync(file, pair.private, { mode: 0o600 });
    return { file, ...pair };
  };
  const [host, known, stranger] = [make('host'), make('known'), make('stranger')];
  const locked = join(folder, 'locked');
  writeFileSync(locked, readFileSync(known.file), { mode: 0o600 });
  execFileSync('ssh-keygen', ['-q', '-p', '-N', keyPassphrase, '-f', locked]);
  const tried: string[] = [];
  let questions: readonly { prompt: string; echo: boolean; answer: string }[] = [];
  const executed: { text: string; stdin: string[] }[] = [];
  let wanted: readonly string[] = ['publickey'];
  const served = new Set<ServedConnection>();

  const server = new ssh2.Server({ hostKeys: [host.private] }, (client) => {
    served.add(client);
    let left = [...wanted];
    client.on('error', () => undefined).on('close', () => served.delete(client));
    client.on('authentication', (ask) => {
      const question = ask.method === 'publickey' && ask.signature === undefined;
      tried.push(question ? 'publickey?' : ask.method);
      const right =
        ask.method === 'none' ||
        (ask.method === 'publickey' && known.public.split(' ')[1] === ask.key.data.toString('base64')) ||
        (ask.method === 'password' && ask.password === serverPassword);
      const [next] = left;
      if (ask.method === 'keyboard-interactive' && next === ask.method)
        return void ask.prompt(
          questions.map(({ prompt, echo }) => ({ prompt, echo })),
          (answers) => {
            const isRight = questions.every(({ answer }, at) => answers[at] === answer);
            left = isRight ? left.slice(1) : left;
            if (isRight && left.length === 0) ask.accept();
            else ask.reject(left as 'none'[], isRight);
          },
        );
      if (!right || next !== ask.method) return ask.reject(next === undefined ? [] : [next as 'none']);
      if (question) return ask.accept();
      left = left.slice(1);
      return left.length === 0 ? ask.accept() : ask.reject(left as 'none'[], true);
    });
    client.on('session', (accept) => serve(accept()));
  });

  const serve = (session: Session) =>
    session.on('exec', (accept, _reject, { command }) => {
      const channel = accept();
      const execution = { text: command, stdin: [] as string[] };
      executed.push(execution);
      const child = spawn('/bin/sh', ['-c', command]);
      channel.on('data', (chunk: Buffer) => execution.stdin.push(chunk.toString()));
      channel.pipe(child.stdin);
      child.stdout.on('data', (chunk: Buffer) => channel.write(chunk));
      child.stderr.on('data', (chunk: Buffer) => channel.stderr.write(chunk));
      child.stdin.on('error', () => undefined);
      child.on('close', (code) => {
        channel.exit(code ?? 1);
        channel.end();
      });
    });

  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${host.public}\n`);
  return {
    tried,
    executed,
    takes(...methods) {
      wanted = methods;
    },
    asks(...wantedAnswers) {
      questions = wantedAnswers;
    },
    keys: { known: known.file, locked, stranger: stranger.file },
    login: (change = {}) => ({
      kind: 'ssh',
      address: '127.0.0.1',
      port,
      user: 'wso2',
      become: false,
      knownHosts: [knownHosts],
      ...change,
    }),
    close() {
      for (const client of served) client.end();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
