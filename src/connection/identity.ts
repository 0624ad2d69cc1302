import { randomBytes } from 'node:crypto';
import { StepFailed } from '../errors.ts';
import type { Login } from '../input/inventory.ts';
import type { Secret } from '../secret.ts';
import { quote } from '../shell/quote.ts';
import { forLoginShell } from './login-shell.ts';

/** How to run `sh` text as a user: what to execute, and what to send ahead on stdin. */
export interface Identity {
  readonly user: string;
  wrap(script: string): string;
  /** To execute for a shell that reads what it is to do. */
  readonly shell: string;
  /** Lines for stdin before anything else; with the sudo password, if it takes one. */
  readonly preamble: string;
  /** Whether what is executed still has the environment of the login: sudo takes it away. */
  readonly keepsEnvironment: boolean;
}

/**
 * Works out how to become `user` from a login. Throws `StepFailed` when the inventory does not allow it. The password
 * goes to stdin; a line after it tells where it ends, because sudo may or may not have read it.
 */
export function identityFor(login: Login, loginUser: string, user: string): Identity {
  const identity = asPosix(login, loginUser, user);
  if (login.kind === 'local') return identity;
  return {
    ...identity,
    wrap: (script) => forLoginShell(identity.wrap(script)),
    shell: forLoginShell(identity.shell),
  };
}

/** The same for a login shell that understands all that `sh` does. */
function asPosix(login: Login, loginUser: string, user: string): Identity {
  if (user === loginUser)
    return {
      user,
      wrap: (script) => `exec sh -c ${quote(script)}`,
      shell: 'exec sh',
      preamble: '',
      keepsEnvironment: true,
    };
  if (loginUser === 'root')
    return {
      user,
      wrap: (script) =>
        `if command -v runuser >/dev/null 2>&1; then exec runuser -u ${quote(user)} -- sh -c ${quote(script)}; ` +
        `else exec su -s /bin/sh ${quote(user)} -c ${quote(script)}; fi`,
      shell: `if command -v runuser >/dev/null 2>&1; then exec runuser -u ${quote(user)} -- sh; else exec su -s /bin/sh ${quote(user)}; fi`,
      preamble: '',
      keepsEnvironment: true,
    };
  if (login.kind === 'ssh' && !login.become)
    throw new StepFailed({
      cause: `${loginUser}@${login.address} would have to act as ${user}, and may not`,
      hint: 'set ansible_become: true in the inventory, if sudo is allowed there',
    });
  const password: Secret | undefined = login.kind === 'ssh' ? login.becomePassword : undefined;
  if (password === undefined)
    return {
      user,
      wrap: (script) => `exec sudo -n -u ${quote(user)} -- sh -c ${quote(script)}`,
      shell: `exec sudo -n -u ${quote(user)} -- sh`,
      preamble: '',
      keepsEnvironment: false,
    };
  const end = `end-${randomBytes(12).toString('hex')}`;
  const skip = `while IFS= read -r x; do [ "$x" = ${end} ] && break; done`;
  const sudo = (script: string) =>
    `exec sudo -k -S -p '' -u ${quote(user)} -- sh -c ${quote(`${skip}; ${script}`)}`;
  return {
    user,
    wrap: (script) => sudo(`exec sh -c ${quote(script)}`),
    shell: sudo('exec sh'),
    preamble: `${password.reveal()}\n${end}\n`,
    keepsEnvironment: false,
  };
}

/** What fits into the packets that every SSH server takes, with room for what is around it. */
const longestText = 30_000;

/**
 * What to execute for a shell that does `first` before anything that it reads; undefined if it cannot be told that in what
 * is executed. It stands in the environment, which others do not see, and is out of that before it is done: no question
 * finds it, or itself among the processes.
 */
export function shellThatBegins({ keepsEnvironment, wrap }: Identity, first: string): string | undefined {
  if (!keepsEnvironment) return undefined;
  // Some shells let the lock's descriptor 9 go with them unless they are told not to.
  const begin = 'eval "unset apim_first; $apim_first"; true 2>/dev/null >&9 && exec sh 9>&9; exec sh';
  const text = forLoginShell(`exec env apim_first=${quote(first)} sh -c ${quote(wrap(begin))}`);
  return Buffer.byteLength(text) > longestText ? undefined : text;
}

/** What sudo said, as a failure that can be mended; undefined if it is not sudo that spoke. */
export function sudoRefusal(stderr: string, login: string, user: string): StepFailed | undefined {
  const said = stderr
    .split('\n')
    .find((line) => /^sudo: |is not in the sudoers|not allowed to execute|Sorry, try again/.test(line));
  if (said === undefined) return undefined;
  const needsPassword = said.includes('password is required');
  return new StepFailed({
    cause: `${login} cannot act as ${user}: ${said.replace(/^sudo: /, '')}`,
    hint: needsPassword
      ? 'set ansible_become_password in the inventory, or allow sudo without a password there'
      : /try again|incorrect/.test(stderr)
        ? 'correct ansible_become_password in the inventory'
        : said.includes('must have a tty')
          ? `take requiretty from it in sudoers there: Defaults:${login.split('@')[0]} !requiretty`
          : `allow it in sudoers there: ${login.split('@')[0]} ALL=(ALL) NOPASSWD: ALL`,
  });
}
