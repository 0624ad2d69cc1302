import type { ConnectConfig, ParsedKey } from 'ssh2';
import { ConnectionFailed } from '../errors.ts';
import type { SshLogin } from '../input/inventory.ts';
import { agentKeys, agentOf } from './agent.ts';
import type { Asking } from './asking.ts';
import { attemptsOf } from './attempts.ts';
import { type Attempt, inOrder } from './in-order.ts';
import { readKeyFile } from './key-file.ts';
import { keyType } from './known-hosts.ts';
import { openedKey } from './passphrase.ts';
import { maySign, publicKeyOf } from './public-key.ts';

/** What proves who we are, and what came in the way of it. */
export interface Credentials {
  readonly config: ConnectConfig;
  /** Why nothing more was tried, where that is known better than by the server. */
  problem(): Error | undefined;
  /** Keys that could not be tried, for whoever wonders. */
  leftOut(): readonly string[];
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

  if (login.keyFile !== undefined) {
    const key = readKeyFile(login.keyFile);
    if (
      !key.ok &&
      (key.encrypted === undefined ||
        (mayAsk === undefined && agentOf(login) === undefined && openedKey(login.keyFile) === undefined))
    )
      throw new ConnectionFailed({ cause: key.problem, hint: key.cure });
  }

  const { ofFile, ofAgent, secret, questions } = attemptsOf(login, { mayAsk, unhurried, fail, leftOut });
  const agent = () => agentKeys(agentOf(login));
  const accepted = login.algorithms?.publicKey;

  /** In the order in which they are tried, each made when its turn comes. */
  const stages: Readonly<Record<Stage, () => Promise<readonly Attempt[]>>> = {
    named: async () => {
      const { keyFile } = login;
      if (keyFile === undefined) return [];
      const key = accepted === undefined ? undefined : publicKeyOf(keyFile);
      if (key !== undefined && !maySign(key, accepted)) {
        leftOut.push(`the key ${keyFile} is ${keyType(key)}, which PubkeyAcceptedAlgorithms does not name`);
        return [];
      }
      return ofFile(keyFile, readKeyFile(keyFile).ok ? [] : await agent());
    },
    password: async () => secret,
    others: async () => {
      const held = (await agent()).filter(({ key }) => maySign(key.getPublicSSH(), accepted));
      const files = (login.keyFiles ?? [])
        .map((file) => ({ file, key: publicKeyOf(file) }))
        .filter(({ key }) => key === undefined || maySign(key, accepted));
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
    config: { username: login.user, authHandler: inOrder(order, login, fail, () => problem) },
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
