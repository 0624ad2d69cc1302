import { Duplex } from 'node:stream';
import type { Connection, ExecuteOptions, Lock, Output, Upload } from '../../src/connection/connection.ts';
import { ConnectionFailed } from '../../src/errors.ts';
import type { Host, Login } from '../../src/input/inventory.ts';
import { Secret } from '../../src/secret.ts';
import type { Command } from '../../src/shell/command.ts';

/** A server that is a table of files, and remembers what was done to it. */
export interface FakeServer {
  readonly files: Map<string, string>;
  readonly done: string[];
  /** Answers to commands, by a part of their text; the first that fits. Otherwise: code 0, no output. */
  readonly answers: [part: string, answer: Partial<Output> | (() => Partial<Output>)][];
  down: boolean;
  lockedBy: string | undefined;
}

/** A server with nothing on it. */
export function fakeServer(answers: FakeServer['answers'] = []): FakeServer {
  return { files: new Map(), done: [], answers, down: false, lockedBy: undefined };
}

/** A connection to such a server. `cat PATH` answers with the file. */
export function fakeConnection(server: FakeServer, name = 'fake'): Connection {
  const answer = (command: Command): Output => {
    const file = /^(?:cat|test -e) (\S+)/.exec(command.text);
    const found = server.answers.find(([part]) => command.text.includes(part));
    const empty = { code: 0, stdout: '', stderr: '' };
    if (found !== undefined) return { ...empty, ...(typeof found[1] === 'function' ? found[1]() : found[1]) };
    if (file?.[1] === undefined) return empty;
    const text = server.files.get(file[1]);
    return text === undefined ? { ...empty, code: 1 } : { ...empty, stdout: text };
  };
  return {
    name,
    user: 'wso2',
    trips: 0,
    async ask(command) {
      return answer(command);
    },
    async read(path) {
      const text = server.files.get(path);
      return text === undefined ? undefined : Buffer.from(text, 'latin1');
    },
    async execute(command: Command, { onLine }: ExecuteOptions) {
      server.done.push(`run ${command.text}`);
      const output = answer(command);
      for (const line of output.stdout.split('\n').filter((each) => each !== '')) onLine?.(line);
      return output;
    },
    async put({ path, content }: Upload) {
      server.done.push(`put ${path}`);
      const text =
        content instanceof Secret
          ? content.reveal()
          : typeof content === 'string'
            ? content
            : content instanceof Uint8Array
              ? Buffer.from(content).toString('latin1')
              : `file ${content.file}`;
      server.files.set(path, text);
    },
    async tunnel() {
      return new Duplex();
    },
    async lock(): Promise<Lock> {
      return server.lockedBy === undefined ? { held: true } : { held: false, by: server.lockedBy };
    },
    async close() {
      server.done.push('close');
    },
  };
}

/** Connections to servers by address; a server that is down refuses. */
export function fakePool(servers: Readonly<Record<string, FakeServer>>) {
  return {
    async connect(login: Login): Promise<Connection> {
      const address = login.kind === 'local' ? 'local' : login.address;
      const server = servers[address];
      if (server === undefined || server.down)
        throw new ConnectionFailed({ cause: `${address} does not answer`, hint: 'is it up?' });
      return fakeConnection(server, address);
    },
  };
}

/** An entry of the inventory for tests. */
export function fakeHost(name: string, address = name, groups: readonly string[] = []): Host {
  return {
    name,
    groups,
    vars: {},
    login: { kind: 'ssh', address, port: 22, user: 'wso2', become: true, knownHosts: [] },
    position: () => ({ file: 'inventory.yaml', line: 1, column: 1 }),
  };
}
