import type { Issue } from '../errors.ts';
import { absolute } from './decode.ts';
import { type FiledVars, readVarFile, valuesIn } from './filed-vars.ts';
import type { Position } from './inventory.ts';
import { pairOf, wordsOf } from './key-value.ts';
import { isSecretName } from './masked.ts';
import { isMap } from './untemplated.ts';
import type { Opening } from './yaml.ts';

/**
 * Variables that are given with a command, in the forms of Ansible's `-e`: `key=value`, YAML or JSON in braces, `@file`. They
 * count more than any others; of several the last counts most. What cannot be meant, and secrets that everybody could
 * read, are issues.
 */
export function readExtraVars(given: readonly string[], vault: Opening | undefined): FiledVars {
  const read = given.map((text, index) =>
    readOne(text, given.length > 1 ? `-e number ${index + 1}` : '-e', vault),
  );
  return {
    sources: read.flatMap(({ sources }) => sources),
    issues: read.flatMap(({ issues }) => issues),
  };
}

function readOne(text: string, called: string, vault: Opening | undefined): FiledVars {
  if (text === '') return { sources: [], issues: [] };
  const refused = (message: string): FiledVars => ({
    sources: [],
    issues: [{ file: called, line: 1, column: 1, path: '', message }],
  });
  if (text.startsWith('@')) return readVarFile(fileIn(text), vault);
  if (/^[./]/.test(text)) return refused(`this looks like a file: a file is given as @${text}`);
  return withoutSecrets(/^[[{]/.test(text) ? valuesIn(called, text, vault) : pairsIn(called, text));
}

/** As seen from where the command is given, and called as it was. */
function fileIn(text: string): string {
  const file = text.slice(1);
  return file.startsWith('~/') ? absolute(file) : file;
}

const name = /^[A-Za-z_]\w*$/;

function pairsIn(file: string, text: string): FiledVars {
  const words = wordsOf(text);
  const issues: Issue[] = [];
  const places = new Map<string, Position>();
  const values = new Map<string, string>();
  if (words === undefined)
    issues.push({ file, line: 1, column: 1, path: '', message: 'a quote or a template is not closed' });
  for (const word of words ?? []) {
    const place = { file, line: 1, column: word.column };
    const [key, value = ''] = pairOf(word.text) ?? [];
    if (key === undefined)
      issues.push({ ...place, path: '', message: `key=value is wanted, {…} in YAML or JSON, or @file` });
    else if (name.test(key)) {
      values.set(key, value);
      places.set(key, place);
    } else issues.push({ ...place, path: key, message: notAName(key) });
  }
  const position = ([key]: readonly (string | number)[]) =>
    places.get(String(key)) ?? { file, line: 1, column: 1 };
  return { sources: [{ values: Object.fromEntries(values), position }], issues };
}

function notAName(key: string): string {
  const parts = key.split('.');
  if (parts.length < 2 || !parts.every((part) => name.test(part)))
    return 'is no name of a variable: letters, digits and _ are, not beginning with a digit';
  const nested = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), '…');
  return `is no name of a variable; a key within another is given as -e '${JSON.stringify(nested)}'`;
}

/** What stands on a command line is seen by everybody on this machine, for as long as the command runs. */
function withoutSecrets({ sources, issues }: FiledVars): FiledVars {
  const found = sources.flatMap(({ values, position }) =>
    secretsIn(values).map((path): Issue => {
      const others = path[0] === 'apim' ? ', or give env:NAME or file:PATH in its place' : '';
      return {
        ...position(path),
        path: path.join('.'),
        message: `whatever is given by -e shows in the list of processes, and stays in the history of the shell: write it into a file that only you can read and give -e @FILE${others}`,
      };
    }),
  );
  return { sources, issues: [...issues, ...found] };
}

/** Where a value stands that goes by the name of a secret. One that says where the secret is, or is encrypted, is none. */
function secretsIn(
  value: unknown,
  path: readonly (string | number)[] = [],
  isSecret = false,
): (string | number)[][] {
  if (Array.isArray(value))
    return value.flatMap((each, index) => secretsIn(each, [...path, index], isSecret));
  if (isMap(value))
    return Object.entries(value).flatMap(([key, each]) =>
      secretsIn(each, [...path, key], isSecret || holdsSecrets(key, value)),
    );
  const isElsewhere = typeof value === 'string' && /^(env:|file:|\{\{|$)/.test(value);
  const isPlain = (typeof value === 'string' && !isElsewhere) || typeof value === 'number';
  return isSecret && isPlain ? [[...path]] : [];
}

/** By its name; but how tokens lie in the database is no secret, nor is the file of a key, and every header of a download is one. */
function holdsSecrets(key: string, among: Readonly<Record<string, unknown>>): boolean {
  if (key === 'oauth_tokens' || (key === 'key' && 'certificate' in among)) return false;
  return key === 'headers' || isSecretName(key);
}
