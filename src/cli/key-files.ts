import type { Finding } from '../apim/checks/lint/finding.ts';
import type { Asking } from '../connection/asking.ts';
import { readKeyFile } from '../connection/key-file.ts';
import { InputError, type Issue } from '../errors.ts';
import type { Host, SshLogin } from '../input/inventory.ts';
import { keyFileVariable } from '../input/login.ts';

/**
 * Private keys that the inventory names and that open no server, each told once. One that is not on this machine is only
 * a doubt: the inventory may be looked at elsewhere than where it is used.
 */
export function keyFileFindings(hosts: readonly Host[]): Finding[] {
  const findings = hosts.flatMap(({ login, vars, position }): Finding[] => {
    if (login.kind === 'local' || login.keyFile === undefined) return [];
    const key = readKeyFile(login.keyFile);
    if (key.ok) return [];
    const variable = keyFileVariable(vars);
    if (key.encrypted !== undefined)
      return [
        {
          ...position([variable]),
          path: variable,
          message: `the private key ${login.keyFile} is encrypted`,
          code: 'file',
          severity: 'warning',
          why: 'its passphrase is asked for at every run, which fails where there is no terminal',
          fix: key.cure,
        },
      ];
    return [
      {
        ...position([variable]),
        path: variable,
        message: key.problem,
        code: 'file',
        severity: key.missing ? 'warning' : 'error',
        why: 'no server can be entered with it',
        fix: key.cure,
      },
    ];
  });
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/**
 * Ends a command that is about to connect with keys that open nothing. Passphrases of those that are encrypted, and that no
 * agent has, are asked for now: each once, and before anything else stands on the terminal. Throws `InputError`.
 */
export async function refuseKeyFiles(hosts: readonly Host[], ask: Asking | undefined): Promise<void> {
  const issues: Issue[] = [];
  const judged = new Map<string, Promise<string | undefined>>();
  for (const { login, vars, position } of hosts) {
    if (login.kind === 'local' || login.keyFile === undefined) continue;
    const verdict = judged.get(login.keyFile) ?? problemOf(login, login.keyFile, ask);
    judged.set(login.keyFile, verdict);
    const message = await verdict;
    const path = keyFileVariable(vars);
    if (message !== undefined) issues.push({ ...position([path]), path, message });
  }
  if (issues.length > 0)
    throw new InputError([...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()]);
}

async function problemOf(
  login: SshLogin,
  file: string,
  ask: Asking | undefined,
): Promise<string | undefined> {
  const key = readKeyFile(file);
  if (key.ok) return undefined;
  if (key.encrypted === undefined) return `${key.problem} → ${key.cure}`;
  const { agentKeys, agentOf } = await import('../connection/agent.ts');
  const { bytes, publicKey } = key.encrypted;
  const held = await agentKeys(agentOf(login));
  if (held.some((each) => publicKey?.equals(each.key.getPublicSSH()) === true)) return undefined;
  if (ask === undefined || login.prompts === 0) return `${key.problem} → ${key.cure}`;
  const { openWithPassphrase } = await import('../connection/passphrase.ts');
  if ((await openWithPassphrase(file, bytes, ask, login.prompts)) !== undefined) return undefined;
  return `the private key ${file} was not opened → give its passphrase, or ${key.cure}`;
}
