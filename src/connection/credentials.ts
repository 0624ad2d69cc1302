import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ConnectConfig } from 'ssh2';
import { ConnectionFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';

const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** What proves who we are: the key of the inventory, or else the agent and the usual files; then the password. */
export function credentials(login: Extract<Login, { kind: 'ssh' }>): ConnectConfig {
  const config: ConnectConfig = { username: login.user };
  const agent = process.env.SSH_AUTH_SOCK;
  if (login.keyFile !== undefined) config.privateKey = readKey(login.keyFile);
  else {
    const file = usualFiles.map((name) => join(homedir(), '.ssh', name)).find(isPlainKey);
    if (file !== undefined) config.privateKey = readFileSync(file);
    if (agent !== undefined && existsSync(agent)) config.agent = agent;
  }
  if (login.password !== undefined) {
    config.password = login.password.reveal();
    config.tryKeyboard = true;
  }
  return config;
}

function readKey(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ConnectionFailed({
      cause: `the private key ${file} cannot be read: ${(error as Error).message}`,
      hint: 'correct ansible_ssh_private_key_file in the inventory',
    });
  }
  // parseKey returns its error instead of throwing it.
  const parsed = ssh2.utils.parseKey(bytes);
  if (!(parsed instanceof Error)) return bytes;
  throw new ConnectionFailed({
    cause: `the private key ${file} cannot be used: ${parsed.message}`,
    hint: /passphrase|encrypted/i.test(parsed.message)
      ? 'load it into ssh-agent (ssh-add), and leave ansible_ssh_private_key_file out'
      : 'is it a private key in OpenSSH or PEM form?',
  });
}

/** A usual file that is encrypted is left to the agent. */
function isPlainKey(file: string): boolean {
  return existsSync(file) && !(ssh2.utils.parseKey(readFileSync(file)) instanceof Error);
}
