import { readExtraVars } from '../input/extra-vars.ts';
import { refuseIssues } from '../input/read-inventory.ts';
import type { VarSource } from '../input/vars.ts';
import type { Opening } from '../input/yaml.ts';

/** Variables as they are given with a command. */
export interface ExtraVarsOptions {
  readonly extraVars?: readonly string[];
}

/** Variables that were given with the command. Throws `InputError`. */
export function extraVars(
  { extraVars: given = [] }: ExtraVarsOptions,
  vault: Opening | undefined,
): readonly VarSource[] {
  const { sources, issues } = readExtraVars(given, vault);
  refuseIssues(issues);
  return sources;
}
