import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectConfig } from 'ssh2';
import { ConnectionFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';
import { readKeyFile } from './key-file.ts';

const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** What proves who we are: the key of the inventory, or else the agent and the usual files; then the password. */
export function credentials(login: Extract<Login, { kind: 'ssh' }>): ConnectConfig {
  const config: ConnectConfig = { username: login.user };
  const agent = process.env.SSH_AUTH_SOCK;
  if (login.keyFile !== undefined) {
    const key = readKeyFile(login.keyFile);
    if (!key.ok) throw new ConnectionFailed({ cause: key.problem, hint: key.cure });
    config.privateKey = key.bytes;
  } else {
    const usual = usualFiles.map((name) => readKeyFile(join(homedir(), '.ssh', name)));
    // One that cannot be used, for it is encrypted, is left to the agent.
    const key = usual.find((each) => each.ok);
    if (key?.ok === true) config.privateKey = key.bytes;
    if (agent !== undefined && existsSync(agent)) config.agent = agent;
  }
  if (login.password !== undefined) {
    config.password = login.password.reveal();
    config.tryKeyboard = true;
  }
  return config;
}
