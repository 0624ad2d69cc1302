import { execFile } from 'node:child_process';
import { Interrupted } from '../errors.ts';
import type { SshQuestion } from '../input/inventory.ts';
import { isHarmless, type SshOption } from '../input/ssh-options.ts';
import { redact } from '../secret.ts';

/** What `ssh -G` says holds for a server, or why it says nothing. */
export type SshAnswer =
  | { readonly ok: true; readonly options: readonly SshOption[] }
  | { readonly ok: false; readonly missing: boolean; readonly why: string };

const deadlineMs = 15_000;

/** Asks the program `ssh` what it would do for a server; nothing is connected to. Throws `Interrupted` if `stop` fires. */
export function askSsh(question: SshQuestion, stop?: AbortSignal): Promise<SshAnswer> {
  const words = ['-G', ...question.words, '--', question.host];
  return new Promise((resolve, reject) => {
    const options = {
      cwd: question.directory,
      timeout: deadlineMs,
      killSignal: 'SIGKILL' as const,
      ...(stop === undefined ? {} : { signal: stop }),
    };
    const child = execFile('ssh', words, options, (error, stdout, stderr) => {
      if (stop?.aborted === true) return reject(new Interrupted());
      if (error === null) return resolve({ ok: true, options: optionsIn(stdout) });
      const said = stderr.split('\n').filter((line) => line.trim() !== '' && !/^Pseudo-terminal/.test(line));
      const why =
        error.killed === true
          ? `it gave no answer within ${deadlineMs / 1000} s`
          : redact(said.slice(0, 3).join('; ')) || `it exited with ${error.code ?? error.signal}`;
      resolve({ ok: false, missing: error.code === 'ENOENT', why });
    });
    child.stdin?.end();
  });
}

/** What stands in an answer: an option a line, in lower case. The name that was asked for is none. */
function optionsIn(answer: string): SshOption[] {
  return answer.split('\n').flatMap((line): SshOption[] => {
    const [, keyword = '', text = ''] = /^(\S+) ?(.*)$/.exec(line.trimEnd()) ?? [];
    if (keyword === '' || keyword === 'host') return [];
    const whole = ['identityfile', 'proxycommand', 'certificatefile', 'remotecommand'].includes(keyword);
    return [{ keyword, text, values: whole ? [text] : text.split(' ') }];
  });
}

/** Options by which servers are entered in other ways even if they are as usual. */
const judgedAlways = /^(user|hostname|port|identityfile|(user|global)knownhostsfile|stricthostkeychecking)$/;

/** What an answer says that `ssh` would not say anyway, for a server that no configuration knows. */
export function beyondUsual(
  options: readonly SshOption[],
  usual: readonly SshOption[],
): readonly SshOption[] {
  const known = new Set(usual.map(({ keyword, text }) => `${keyword} ${text}`));
  return options.filter(
    ({ keyword, text }) =>
      judgedAlways.test(keyword) || !(known.has(`${keyword} ${text}`) || isHarmless(keyword)),
  );
}
