import { createConnection } from 'node:net';
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2';
import type { SshLogin } from '../input/inventory.ts';

/** A key that ssh-agent has: it signs, and never shows its private part. */
export interface AgentKey {
  readonly agent: BaseAgent;
  readonly key: ParsedKey;
}

const known = new Map<string, Promise<readonly AgentKey[]>>();
const answerMs = 5_000;

/** Where the agent of a login listens, if it has one. */
export function agentOf({ agent }: SshLogin): string | undefined {
  const socket = agent === 'none' ? undefined : (agent ?? process.env.SSH_AUTH_SOCK);
  return socket === '' ? undefined : socket;
}

/** The keys of the agent at a socket, asked for once. One that is not there, or says nothing for long, has none. */
export async function agentKeys(socket: string | undefined): Promise<readonly AgentKey[]> {
  if (socket === undefined) return [];
  const keys = known.get(socket) ?? askAgent(socket);
  known.set(socket, keys);
  return keys;
}

async function askAgent(socket: string): Promise<readonly AgentKey[]> {
  if (!(await listens(socket))) return [];
  const agent = ssh2.createAgent(socket);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve([]), answerMs);
    agent.getIdentities((error, keys) => {
      clearTimeout(timer);
      const parsed = (error === undefined || error === null ? (keys ?? []) : []).map((key) =>
        ssh2.utils.parseKey(key as Buffer),
      );
      resolve(parsed.flatMap((key) => (key instanceof Error || Array.isArray(key) ? [] : [{ agent, key }])));
    });
  });
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
