import ssh2, { type ParsedKey } from 'ssh2';
import type { SshLogin } from '../input/inventory.ts';
import { nameOfLogin } from '../input/machine.ts';
import type { AgentKey } from './agent.ts';
import type { Asking } from './asking.ts';
import type { Attempt } from './in-order.ts';
import { readKeyFile } from './key-file.ts';
import { openedKey, openWithPassphrase } from './passphrase.ts';
import { answersFor } from './prompts.ts';
import { type Sign, signer } from './signer.ts';

/** What attempts work with. */
export interface AttemptTools {
  /** Asks people; undefined if nobody may be asked. */
  readonly mayAsk: Asking | undefined;
  /** Waits for people, which costs the login none of its time. */
  unhurried<T>(work: () => Promise<T>): Promise<T>;
  /** Hears why nothing more can be tried. */
  fail(error: unknown): void;
  /** Gets the keys that could not be tried. */
  readonly leftOut: string[];
}

/** The ways in which a login can prove who we are. */
export interface Attempts {
  ofFile(file: string, agent: readonly AgentKey[]): Attempt[];
  ofAgent(key: AgentKey): Attempt;
  readonly secret: readonly Attempt[];
  readonly questions: Attempt;
}

/** Makes them. Keys are opened, and people asked, only when an attempt begins. */
export function attemptsOf(login: SshLogin, { mayAsk, unhurried, fail, leftOut }: AttemptTools): Attempts {
  const { user: username, password } = login;
  const refuse = (error: unknown) => {
    fail(error);
    return undefined;
  };

  const ofFile = (file: string, agent: readonly AgentKey[]): Attempt[] => {
    const key = readKeyFile(file);
    if (key.ok)
      return [{ method: 'publickey', begin: async () => ({ type: 'publickey', username, key: key.bytes }) }];
    if (key.encrypted === undefined) {
      if (!key.missing) leftOut.push(key.problem);
      return [];
    }
    const { bytes, publicKey } = key.encrypted;
    const held = agent.find((each) => publicKey?.equals(each.key.getPublicSSH()) === true);
    if (held !== undefined) return [ofAgent(held)];
    const open = async () => {
      if (mayAsk !== undefined)
        return unhurried(() => openWithPassphrase(file, bytes, mayAsk, login.prompts));
      return openedKey(file);
    };
    if (mayAsk === undefined && openedKey(file) === undefined) {
      leftOut.push(key.problem);
      return [];
    }
    const parsed = publicKey === undefined ? undefined : ssh2.utils.parseKey(publicKey);
    const shown =
      parsed === undefined || parsed instanceof Error || Array.isArray(parsed) ? undefined : parsed;
    const sign: Sign = async (data, options) => {
      const signature = (await open().catch(refuse))?.sign(data, (options as { hash?: string }).hash);
      if (signature instanceof Buffer) return signature;
      leftOut.push(`the private key ${file} was not opened by what was typed`);
      throw signature ?? new Error('the key stays closed');
    };
    // One that cannot be shown otherwise is opened before.
    return [bySigner(async () => shown ?? (await open().catch(refuse)), sign)];
  };
  const ofAgent = ({ agent, key }: AgentKey): Attempt =>
    bySigner(
      async () => key,
      (data, options) =>
        new Promise((resolve, reject) => {
          agent.sign(key, data, options, (error, signature) =>
            signature === undefined
              ? reject(error ?? new Error('the agent does not sign'))
              : resolve(signature),
          );
        }),
    );
  const bySigner = (key: () => Promise<ParsedKey | undefined>, sign: Sign): Attempt => {
    let signed = false;
    const signing: Sign = async (data, options) => {
      const signature = await sign(data, options);
      signed = true;
      return signature;
    };
    return {
      method: 'publickey',
      signed: () => signed,
      async begin() {
        const shown = await key();
        return shown === undefined ? undefined : { type: 'agent', username, agent: signer(shown, signing) };
      },
    };
  };

  const secret: Attempt[] =
    password === undefined
      ? []
      : [
          {
            method: 'password',
            begin: async () => ({ type: 'password', username, password: password.reveal() }),
          },
        ];
  let left = login.prompts ?? 3;
  let isAsked = false;
  const questions: Attempt = {
    method: 'keyboard-interactive',
    // People mistype, or a code has run out meanwhile.
    again: () => isAsked && left > 0,
    async begin() {
      isAsked = false;
      const askPerson: Asking | undefined =
        mayAsk &&
        ((question, options) => {
          isAsked = true;
          return unhurried(() => mayAsk(question, options));
        });
      left -= 1;
      const prompt = answersFor(nameOfLogin(login), password, askPerson, fail);
      return { type: 'keyboard-interactive', username, prompt };
    },
  };
  return { ofFile, ofAgent, secret, questions };
}
