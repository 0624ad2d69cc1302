import type { AnyAuthMethod, AuthHandlerMiddleware } from 'ssh2';
import type { SshLogin } from '../input/inventory.ts';

/** One try. */
export interface Attempt {
  readonly method: 'publickey' | 'password' | 'keyboard-interactive';
  /** What is sent; undefined if there is nothing to send after all. */
  begin(): Promise<AnyAuthMethod | undefined>;
  /** Whether it is worth another try, though it was not right. */
  again?(): boolean;
  /** Of a key that somebody else signs with: ssh2 does not tell then whether the server took it and wants more. */
  signed?(): boolean;
}

/**
 * Tries one after another, but what the server says it does not take. ssh2 would begin by asking for what that is, which
 * costs a trip; so here that is the last try, for a server that lets everybody in. A server that wants two proofs says so at the
 * first that is right, and what is left is tried then; questions without a password are for such a server only.
 */
export function inOrder(
  stages: readonly (() => Promise<readonly Attempt[]>)[],
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
      if (stage !== undefined) ready = [...(await stage())];
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
