import pLimit from 'p-limit';
import { InputError, type Issue } from '../errors.ts';
import type { Host, SshLogin, SshQuestion } from '../input/inventory.ts';
import { ownPartOf, sshLogin } from '../input/ssh-login.ts';
import { needsSsh } from '../input/ssh-options.ts';
import { askSsh, beyondUsual, type SshAnswer } from './ask-ssh.ts';
import {
  configurationThatMatters,
  type SshConfigurationFiles,
  usualConfiguration,
} from './ssh-configuration.ts';

/** What logins are made effective with. */
export interface EffectiveOptions {
  readonly files?: SshConfigurationFiles;
  readonly stop?: AbortSignal;
}

/** So many processes of `ssh` at a time; each takes some milliseconds. */
const processes = 8;
/** More servers one behind another than anybody has: then one stands behind itself. */
const hopsAtMost = 16;

/**
 * The hosts with the logins that `ssh` would use: the inventory goes before the configuration of `ssh`, as with Ansible.
 * `ssh` is asked only where there is a configuration that says something of logins. Throws `InputError` for what cannot be
 * honoured, before anything is connected to.
 */
export async function withEffectiveLogins(
  hosts: readonly Host[],
  { files = usualConfiguration(), stop }: EffectiveOptions = {},
): Promise<readonly Host[]> {
  const inFiles = configurationThatMatters(files);
  const limit = pLimit(processes);
  const asked = new Map<string, Promise<SshAnswer>>();
  const ask = (question: SshQuestion): Promise<SshAnswer> => {
    const key = JSON.stringify([question.host, question.words, question.directory]);
    const answer = asked.get(key) ?? limit(() => askSsh(question, stop));
    asked.set(key, answer);
    return answer;
  };
  const usual = (directory: string) =>
    ask({ host: 'localhost', words: ['-F', 'none'], options: [], directory });

  /** Adds to `refusals`, sentences. */
  const effective = async (login: SshLogin, refusals: string[], hops = 0): Promise<SshLogin> => {
    const question = login.asked;
    const why = question === undefined ? undefined : reasonToAsk(question, inFiles);
    // How `ssh` writes keys down is its own business, and nobody has to know it.
    const worthAsking = why !== undefined || login.acceptNew !== undefined;
    let found = login;
    if (question !== undefined && worthAsking) {
      const [answer, basis] = await Promise.all([ask(question), usual(question.directory)]);
      if (!answer.ok || !basis.ok) {
        const failed = answer.ok ? basis : answer;
        if (why === undefined) return login;
        refusals.push(
          !failed.ok && failed.missing
            ? `${why} says how servers are entered, and the program ssh, which knows how to read that, is not on this machine; install openssh-client`
            : `ssh cannot tell how ${question.host} is entered: ${failed.ok ? '' : failed.why}`,
        );
        return login;
      }
      const options = beyondUsual(answer.options, basis.options);
      const read = sshLogin(question, { options, answered: true }, ownPartOf(login));
      refusals.push(...read.refusals);
      found = read.login;
    }
    if (found.way === undefined || !('jump' in found.way)) return found;
    if (hops >= hopsAtMost) {
      refusals.push(
        `its jump hosts go round in a circle: ${found.way.jump.address} is entered through itself`,
      );
      return found;
    }
    return { ...found, way: { jump: await effective(found.way.jump, refusals, hops + 1) } };
  };

  const issues: Issue[] = [];
  const effectiveHosts = await Promise.all(
    hosts.map(async (host): Promise<Host> => {
      const { login, name, position } = host;
      if (login.kind === 'local') return host;
      const refusals: string[] = [];
      const found = await effective(login, refusals);
      for (const message of new Set(refusals))
        issues.push({ ...position([]), path: name, message: `in what ssh is told of it: ${message}` });
      return { ...host, login: found };
    }),
  );
  if (issues.length > 0) throw new InputError(issues);
  return effectiveHosts;
}

/** What there is that only `ssh` can read, by its name. */
function reasonToAsk(question: SshQuestion, inFiles: string | undefined): string | undefined {
  const { configuration, options } = question;
  const option = options.find(needsSsh);
  if (option !== undefined) return `-o ${option.keyword}`;
  return configuration === undefined ? inFiles : configuration === 'none' ? undefined : configuration;
}
