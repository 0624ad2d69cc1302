import { readFileSync } from 'node:fs';
import type { AnyAuthMethod, AuthHandlerMiddleware, ConnectConfig, ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import { ConnectionFailed } from '../errors.ts';
import type { SshLogin } from '../input/inventory.ts';
import { nameOfLogin } from '../input/machine.ts';
import { type AgentKey, agentKeys, agentOf } from './agent.ts';
import type { Asking } from './asking.ts';
import { readKeyFile } from './key-file.ts';
import { openedKey, openWithPassphrase } from './passphrase.ts';
import { answersFor } from './prompts.ts';
import { type Sign, signer } from './signer.ts';

/** What proves who we are, and what came in the way of it. */
export interface Credentials {
  readonly config: ConnectConfig;
  /** Why nothing more was tried, where that is known better than by the server. */
  problem(): Error | undefined;
  /** Keys that could not be tried, for whoever wonders. */
  leftOut(): readonly string[];
}

/** One try. */
interface Attempt {
  readonly method: 'publickey' | 'password' | 'keyboard-interactive';
  /** What is sent; undefined if there is nothing to send after all. */
  begin(): Promise<AnyAuthMethod | undefined>;
  /** Whether it is worth another try, though it was not right. */
  again?(): boolean;
  /** Of a key that somebody else signs with: ssh2 does not tell then whether the server took it and wants more. */
  signed?(): boolean;
}

/**
 * What proves who we are, in the order in which it is tried: first what the inventory says, its key and its password, then what
 * `ssh` would try, keys of the agent and of files, then the questions of the server. Keys are asked for only once it is their
 * turn, and passphrases only for a key that the server would take.
 */
export function credentials(
  login: SshLogin,
  ask: Asking | undefined,
  unhurried: <T>(work: () => Promise<T>) => Promise<T>,
): Credentials {
  const mayAsk = login.prompts === 0 ? undefined : ask;
  const leftOut: string[] = [];
  let problem: Error | undefined;
  const fail = (error: unknown) => {
    problem ??= error as Error;
  };
  const refuse = (error: unknown) => {
    fail(error);
    return undefined;
  };
  const { user: username, password } = login;

  if (login.keyFile !== undefined) {
    const key = readKeyFile(login.keyFile);
    if (
      !key.ok &&
      (key.encrypted === undefined ||
        (mayAsk === undefined && agentOf(login) === undefined && openedKey(login.keyFile) === undefined))
    )
      throw new ConnectionFailed({ cause: key.problem, hint: key.cure });
  }

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
  const agent = () => agentKeys(agentOf(login));

  /** In the order in which they are tried, each made when its turn comes. */
  const stages: Readonly<Record<Stage, () => Promise<Attempt[]>>> = {
    named: async () => {
      const { keyFile } = login;
      if (keyFile === undefined) return [];
      return ofFile(keyFile, readKeyFile(keyFile).ok ? [] : await agent());
    },
    password: async () => secret,
    others: async () => {
      const held = await agent();
      const files = (login.keyFiles ?? []).map((file) => ({ file, key: publicKeyOf(file) }));
      const named = login.keyFile === undefined ? undefined : publicKeyOf(login.keyFile);
      const is = (key: ParsedKey, blob: Buffer | undefined) => blob?.equals(key.getPublicSSH()) === true;
      const listed = files.flatMap(({ key }) => held.find((each) => is(each.key, key)) ?? []);
      const rest = held.filter((each) => !listed.includes(each) && !is(each.key, named));
      const onlyInFiles = files.filter(({ key }) => !listed.some((each) => is(each.key, key)));
      return [
        ...[...listed, ...(login.identitiesOnly === true ? [] : rest)].map(ofAgent),
        ...onlyInFiles.flatMap(({ file }) => ofFile(file, [])),
      ];
    },
    questions: async () => [questions],
  };
  const order = orderOf(login).map((stage) => stages[stage]);
  return {
    config: { username, authHandler: inOrder(order, login, fail, () => problem) },
    problem: () => problem,
    leftOut: () => leftOut,
  };
}

type Stage = 'named' | 'password' | 'others' | 'questions';

function orderOf({ methods }: SshLogin): Stage[] {
  const keys: Stage[] = ['named', 'others'];
  if (methods === undefined) return ['named', 'password', 'others', 'questions'];
  return methods.flatMap((method): Stage[] =>
    method === 'publickey' ? keys : [method === 'password' ? 'password' : 'questions'],
  );
}

/** The public part of a key, by which an agent that holds it is known: it may be all that is here of it. */
function publicKeyOf(file: string): Buffer | undefined {
  const key = readKeyFile(file);
  if (!key.ok && key.encrypted !== undefined) return key.encrypted.publicKey;
  const texts = key.ok ? [key.bytes] : [file, `${file}.pub`].flatMap(bytesIn);
  const parsed = texts.map((text) => ssh2.utils.parseKey(text));
  return parsed
    .flatMap((each) => (each instanceof Error || Array.isArray(each) ? [] : [each]))[0]
    ?.getPublicSSH();
}

function bytesIn(file: string): Buffer[] {
  try {
    return [readFileSync(file)];
  } catch {
    return [];
  }
}

/**
 * Tries one after another, but what the server says it does not take. ssh2 would begin by asking for what that is, which
 * costs a trip; so here that is the last try, for a server that lets everybody in. A server that wants two proofs says so at the
 * first that is right, and what is left is tried then; questions without a password are for such a server only.
 */
function inOrder(
  stages: readonly (() => Promise<Attempt[]>)[],
  { user, password }: SshLogin,
  fail: (error: unknown) => void,
  problem: () => Error | undefined,
): AuthHandlerMiddleware {
  const waiting = [...stages];
  let ready: Attempt[] = [];
  const made: Attempt[] = [];
  const right = new Set<Attempt>();
  let current: Attempt | undefined;
  let isSecond = false;
  let over = false;

  const fits = ({ method }: Attempt, taken: readonly string[] | undefined) => {
    if (method === 'keyboard-interactive' && password === undefined && !isSecond) return false;
    return taken?.includes(method) !== false;
  };
  const next = async (taken: readonly string[] | undefined): Promise<AnyAuthMethod | false> => {
    for (;;) {
      const attempt = ready.shift();
      if (attempt !== undefined) {
        if (!made.includes(attempt)) made.push(attempt);
        const begun = fits(attempt, taken) ? await attempt.begin() : undefined;
        if (begun === undefined) continue;
        current = attempt;
        return begun;
      }
      const stage = waiting.shift();
      if (stage !== undefined) ready = await stage();
      else if (over || isSecond) return false;
      else {
        over = true;
        return { type: 'none', username: user };
      }
    }
  };

  return (taken, isOneOfTwo, tell) => {
    const last = current;
    current = undefined;
    // Of a key that an agent signs with, ssh2 says neither what the server takes nor whether it wants more.
    const bySigner = last?.signed !== undefined;
    const wantsMore = bySigner ? last?.signed?.() === true : isOneOfTwo === true;
    if (wantsMore && last !== undefined) {
      isSecond = true;
      right.add(last);
      const again = made.filter((each) => !right.has(each) && !ready.includes(each));
      ready = [...again.filter(({ method }) => !(bySigner && method === 'publickey')), ...ready];
    }
    if (!wantsMore && problem() === undefined && last?.again?.() === true) ready.unshift(last);
    next(bySigner ? undefined : (taken ?? undefined)).then(
      (attempt) => tell(attempt as never),
      (error: unknown) => {
        fail(error);
        tell(false as never);
      },
    );
  };
}
