import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AuthenticationType, AuthHandlerMiddleware, ConnectConfig } from 'ssh2';
import { ConnectionFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';
import { readKeyFile } from './key-file.ts';

const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * What proves who we are, in the order in which it is tried: first what the inventory says, its key and its password, then
 * what this machine has, the usual files and the agent.
 */
export function credentials(login: Extract<Login, { kind: 'ssh' }>): ConnectConfig {
  const config: ConnectConfig = { username: login.user };
  const order: AuthenticationType[] = login.keyFile === undefined ? [] : ['publickey'];
  if (login.password !== undefined) order.push('password');
  const agent = login.agent === 'none' ? undefined : (login.agent ?? process.env.SSH_AUTH_SOCK);
  if (login.keyFile !== undefined) {
    const key = readKeyFile(login.keyFile);
    if (!key.ok) throw new ConnectionFailed({ cause: key.problem, hint: key.cure });
    config.privateKey = key.bytes;
  } else {
    const files = login.keyFiles ?? usualFiles.map((name) => join(homedir(), '.ssh', name));
    const usual = files.map((file) => readKeyFile(file));
    // One that cannot be used, for it is encrypted, is left to the agent.
    const key = usual.find((each) => each.ok);
    if (key?.ok === true) {
      config.privateKey = key.bytes;
      order.push('publickey');
    }
    if (agent !== undefined && existsSync(agent) && login.identitiesOnly !== true) {
      config.agent = agent;
      order.push('agent');
    }
  }
  if (login.password !== undefined) {
    config.password = login.password.reveal();
    config.tryKeyboard = true;
    order.push('keyboard-interactive');
  }
  const wanted = login.methods?.flatMap((method) => order.filter((each) => onTheWire(each) === method));
  return { ...config, authHandler: inOrder(wanted ?? order) };
}

/**
 * Tries one after another, but what the server says it does not take. ssh2 would begin by asking for what that is, which
 * costs a trip; so here that is the last try, for a server that lets everybody in. A server that wants two proofs says so
 * at the first that is right, and all others are tried once more.
 */
function inOrder(methods: readonly AuthenticationType[]): AuthHandlerMiddleware {
  const right = new Set<AuthenticationType>();
  let left = [...methods, 'none' as const];
  let current: AuthenticationType | undefined;
  return (taken: readonly AuthenticationType[] | null, isOneOfTwo) => {
    if (isOneOfTwo && current !== undefined) {
      right.add(current);
      left = methods.filter((each) => !right.has(each));
    }
    const at = left.findIndex((each) => each === 'none' || taken?.includes(onTheWire(each)) !== false);
    current = left[at];
    left = at < 0 ? [] : left.slice(at + 1);
    return current ?? false;
  };
}

function onTheWire(method: AuthenticationType): AuthenticationType {
  return method === 'agent' ? 'publickey' : method;
}
