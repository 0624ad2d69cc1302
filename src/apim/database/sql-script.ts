/** Which words a script is written in. */
export type Dialect = 'mysql' | 'postgresql';

/** What a script makes in an empty database. */
export interface Made {
  /** By name as the server keeps it: how many rows the script itself puts there. */
  readonly tables: ReadonlyMap<string, number>;
  readonly sequences: readonly string[];
  /** Whether another statement can follow it as it stands: its last one ends with a semicolon. */
  readonly closed: boolean;
}

interface Token {
  /** `name`: in quotes of its own. Texts and numbers are of no interest. */
  readonly kind: 'word' | 'name' | 'mark' | 'value';
  readonly text: string;
}

/**
 * Reads what a script makes. Rows that it would take from a query are not counted: of them nobody knows beforehand, and
 * to count too few errs on the side of keeping.
 */
export function madeBy(script: string, dialect: Dialect): Made {
  const tables = new Map<string, number>();
  const sequences: string[] = [];
  const statements = statementsOf(script, dialect);
  for (const tokens of statements) {
    const words = tokens.map(({ kind, text }) => (kind === 'word' ? text.toUpperCase() : text));
    const [verb] = words;
    const nameAfter = (index: number) => nameAt(tokens, index, dialect);
    if (verb === 'CREATE') {
      const what = words.findIndex((word) => word === 'TABLE' || word === 'SEQUENCE');
      if (what === -1 || what > 3) continue;
      const name = nameAfter(words[what + 1] === 'IF' ? what + 4 : what + 1);
      if (name === undefined) continue;
      if (words[what] === 'SEQUENCE') sequences.push(name);
      else if (!tables.has(name)) tables.set(name, 0);
    } else if (verb === 'INSERT' || verb === 'REPLACE') {
      const name = nameAfter(words.indexOf('INTO') + 1);
      if (name !== undefined) tables.set(name, (tables.get(name) ?? 0) + rowsIn(words));
    }
  }
  return { tables, sequences, closed: endsClosed(script, dialect) };
}

/** The statements of a script, as they stand there. */
export function splitScript(script: string, dialect: Dialect): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { token, end } of scan(script, dialect)) {
    if (token.kind !== 'mark' || token.text !== ';') continue;
    parts.push(script.slice(from, end));
    from = end;
  }
  if (tokensOf(script.slice(from), dialect).length > 0) parts.push(script.slice(from));
  return parts.map((part) => part.trim());
}

function statementsOf(script: string, dialect: Dialect): Token[][] {
  return splitScript(script, dialect).map((part) => tokensOf(part, dialect));
}

function tokensOf(text: string, dialect: Dialect): Token[] {
  return [...scan(text, dialect)].map(({ token }) => token);
}

function endsClosed(script: string, dialect: Dialect): boolean {
  const last = tokensOf(script, dialect).at(-1);
  return last === undefined || (last.kind === 'mark' && last.text === ';');
}

/** `schema.name` is the name alone: the tool is in one schema. */
function nameAt(tokens: readonly Token[], index: number, dialect: Dialect): string | undefined {
  const token = tokens[tokens[index + 1]?.text === '.' ? index + 2 : index];
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return undefined;
  return token.kind === 'word' && dialect === 'postgresql' ? token.text.toLowerCase() : token.text;
}

/** How many brackets stand side by side after VALUES. */
function rowsIn(words: readonly string[]): number {
  const from = words.findIndex((word) => word === 'VALUES' || word === 'VALUE');
  if (from === -1) return 0;
  let depth = 0;
  let rows = 0;
  for (const word of words.slice(from + 1)) {
    if (depth === 0 && word === 'ON') break;
    if (word === '(' && depth++ === 0) rows++;
    if (word === ')') depth--;
  }
  return rows;
}

/** Every token with the place where it ends. Comments are left out, but for those that MySQL runs. */
function* scan(script: string, dialect: Dialect): Generator<{ token: Token; end: number }> {
  const mysql = dialect === 'mysql';
  const patterns: readonly [RegExp, Token['kind'] | undefined][] = [
    [/\s+/y, undefined],
    [mysql ? /--(?=\s|$)[^\n]*|#[^\n]*/y : /--[^\n]*/y, undefined],
    [mysql ? /\/\*(?!!)[\s\S]*?\*\//y : /\/\*[\s\S]*?\*\//y, undefined],
    [mysql ? /\/\*![\s\S]*?\*\//y : /\$(\w*)\$[\s\S]*?\$\1\$/y, 'value'],
    [mysql ? /'(?:[^'\\]|\\[\s\S]|'')*'/y : /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'/y, 'value'],
    [mysql ? /"(?:[^"\\]|\\[\s\S]|"")*"/y : /"(?:[^"]|"")*"/y, mysql ? 'value' : 'name'],
    [/`(?:[^`]|``)*`/y, 'name'],
    [/[\p{L}_][\p{L}\p{N}_$]*/uy, 'word'],
    [/\d[\w.]*/y, 'value'],
  ];
  for (let at = 0; at < script.length; ) {
    const found = patterns
      .map(([pattern, kind]) => {
        pattern.lastIndex = at;
        return { text: pattern.exec(script)?.[0], kind };
      })
      .find(({ text }) => text !== undefined);
    const text = found?.text ?? script.charAt(at);
    at += text.length;
    if (found === undefined) yield { token: { kind: 'mark', text }, end: at };
    else if (found.kind !== undefined)
      yield {
        token: { kind: found.kind, text: found.kind === 'name' ? text.slice(1, -1) : text },
        end: at,
      };
  }
}
