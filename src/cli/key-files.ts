import type { Finding } from '../apim/checks/lint/finding.ts';
import { readKeyFile } from '../connection/key-file.ts';
import { InputError } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
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

/** Ends a command that is about to connect with keys that open nothing. Throws `InputError`. */
export function refuseKeyFiles(hosts: readonly Host[]): void {
  const findings = keyFileFindings(hosts);
  if (findings.length > 0)
    throw new InputError(
      findings.map(({ file, line, column, path, message, fix }) => ({
        ...{ file, line, column, path },
        message: `${message} → ${fix}`,
      })),
    );
}
