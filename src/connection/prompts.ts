import type { KeyboardInteractiveAuthMethod } from 'ssh2';
import { ConnectionFailed } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Asking } from './asking.ts';

/** What asks for the password of the login, and for nothing that goes by a like name. */
const password = /\b(password|passwort|passphrase|mot de passe|contraseña)\b/i;
const other =
  /one[- ]?time|\botp\b|token|verification|new |retype|again|expired|change|current|\bpin\b|code\b/i;

/**
 * Answers what a server asks: its question for the password with the password, once, and anything else by asking the person
 * who runs this. Where nobody can be asked, `fail` hears what was wanted.
 */
export function answersFor(
  name: string,
  known: Secret | undefined,
  ask: Asking | undefined,
  fail: (error: unknown) => void,
): KeyboardInteractiveAuthMethod['prompt'] {
  let given = false;
  return (_title, instructions, _language, prompts, finish) => {
    const answer = async () => {
      const answers: string[] = [];
      for (const { prompt, echo } of prompts) {
        const isPassword = echo !== true && password.test(prompt) && !other.test(prompt);
        if (isPassword && known !== undefined && !given) {
          given = true;
          answers.push(known.reveal());
          continue;
        }
        const shown = `“${prompt.trim()}”`;
        if (isPassword && known !== undefined)
          throw new ConnectionFailed({
            cause: `${name} cannot be reached: it does not take the password, and asks ${shown} again`,
            hint: 'correct ansible_password in the inventory',
          });
        if (ask === undefined)
          throw new ConnectionFailed({
            cause: `${name} cannot be reached: it asks ${shown}, and there is nobody to answer`,
            hint: 'run this on a terminal, or let this login in by a key alone',
          });
        const before = instructions.trim() === '' ? '' : `${instructions.trim()}\n`;
        answers.push(await ask(`${before}${name}: ${prompt}`, { hidden: echo !== true }));
      }
      return answers;
    };
    answer().then(finish, (error: unknown) => {
      fail(error);
      finish([]);
    });
  };
}
