import { isIP } from 'node:net';
import { suggestion } from '../decode.ts';
import type { Host, Inventory } from '../inventory.ts';
import { glob } from './glob.ts';
import { Mistake } from './mistake.ts';
import { pythonRegex } from './python-regex.ts';

/** The names by which Ansible knows the machine it runs on, whether an inventory has it or not. */
const localNames = ['127.0.0.1', 'localhost', '::1'];

/** Which hosts a matcher knows. */
export interface Names {
  readonly known?: readonly string[];
  readonly others?: readonly Host[];
}

/** Finds hosts by single parts of patterns. */
export interface Matcher {
  /** The names of the hosts of a part without its sign; some may come twice. Throws `Mistake` if nothing has that name. */
  match(part: string, sign: string): readonly string[];
  hostNamed(name: string): Host | undefined;
}

export function createMatcher(inventory: Inventory, { known = [], others = [] }: Names): Matcher {
  const hosts = new Map([...inventory.hosts, ...others].map((host) => [host.name, host]));
  const other = new Set(others.map((host) => host.name));
  const inInventory = inventory.hosts.map((host) => host.name);

  /** The inventory's own entry for this machine, or one that it does not name. */
  const here = (name: string): string => {
    const own = [...hosts.keys()].find((each) => localNames.includes(each));
    if (own === undefined) hosts.set(name, implicitHost(name));
    return own ?? name;
  };

  const named = (expression: string, at: number, taking: string): readonly string[] => {
    const fits = testFor(expression, at);
    const groups = [...inventory.groups].filter(([name]) => fits(name));
    const found = groups.flatMap(([, members]) => members);
    // A plain name of a group is not looked for among the hosts.
    if (groups.length === 0 || /^~|[.?*[]/.test(expression)) found.push(...inInventory.filter(fits));
    if (found.length === 0 && localNames.includes(expression)) found.push(here(expression));
    if (found.length > 0 || groups.length > 0 || known.includes(expression)) return found;
    const names = [...inventory.groups.keys(), ...known, ...inInventory];
    throw new Mistake(
      at,
      `${isPlain(expression) ? `no host and no group is called "${expression}"` : `"${expression}" fits no host and no group`}${hint(expression, taking) ?? suggestion(expression, [...new Set(names)])}`,
    );
  };

  return {
    hostNamed: (name) => hosts.get(name),
    match(part, sign) {
      const text = part.slice(sign.length);
      const at = sign.length;
      if (text === '') throw new Mistake(0, `a name is to follow the ${sign}`);
      if (other.has(text) || (sign === '' && inInventory.includes(text))) return [text];
      const { expression, subscript } = splitSubscript(text, at);
      const found = named(expression, at, text.slice(expression.length));
      return subscript === undefined || found.length === 0 ? found : subscript(found);
    },
  };
}

function testFor(expression: string, at: number): (name: string) => boolean {
  const isRegex = expression.startsWith('~');
  const moved = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      const what = isRegex && expression !== '~' ? 'no regular expression of Python: ' : '';
      throw new Mistake(error.at + at + (isRegex ? 1 : 0), `${what}${error.message}`);
    }
  };
  const fits = moved(() => (isRegex ? pythonRegex(expression.slice(1)) : glob(expression)));
  return (name) => moved(() => fits(name));
}

/** `gateway[0]`, `gateway[-1]`, `gateway[0:2]`, `gateway[1:]`: an expression, and which of its hosts are meant. */
function splitSubscript(text: string, at: number) {
  const [, expression, index, from, separator, to = ''] = text.startsWith('~')
    ? []
    : (/^(.+)\[(?:(-?[0-9]+)|([0-9]+)([:-])([0-9]*))\]$/.exec(text) ?? []);
  if (expression === undefined) return { expression: text, subscript: undefined };
  const bracket = at + expression.length;
  const shown = text.slice(expression.length);
  if (separator === '-')
    throw new Mistake(
      bracket,
      `${shown} is no longer written so: [${from}:${to}] for some of the hosts by their place; for characters, a regular expression`,
    );
  const subscript = (hosts: readonly string[]): readonly string[] => {
    const chosen =
      index === undefined
        ? hosts.slice(Number(from), to === '' ? undefined : Number(to) + 1)
        : hosts.slice(Number(index)).slice(0, 1);
    const outside = index?.startsWith('-') === true && -Number(index) > hosts.length;
    if (chosen.length === 0 || outside)
      throw new Mistake(
        bracket,
        `${shown} takes nothing: ${expression} has ${hosts.length === 1 ? 'one host' : `${hosts.length} hosts`}, and the first is [0]`,
      );
    return chosen;
  };
  if (to !== '' && Number(to) < Number(from)) throw new Mistake(bracket, `${shown} ends before it begins`);
  return { expression, subscript };
}

/** What the writer of a name that nobody has probably meant. */
function hint(expression: string, subscript: string): string | undefined {
  const bare = /^\[(.*)\]$/.exec(expression)?.[1];
  if (bare !== undefined && isIP(bare) === 6) return `; an IPv6 address stands without brackets: ${bare}`;
  if (/^[^:]+:[0-9]+$/.test(expression))
    return '; a number behind a colon is taken for a port: put a comma between parts';
  if (expression.includes(':') && isIP(expression) !== 6)
    return '; in a pattern with a comma, colons separate nothing: put commas everywhere';
  if (subscript !== '' && isPlain(expression))
    return `; ${subscript} takes hosts by their place; for characters, write ~${expression}${subscript}$`;
  return undefined;
}

function isPlain(expression: string): boolean {
  return !/^~|[?*[]/.test(expression);
}

function implicitHost(name: string): Host {
  return {
    name,
    groups: [],
    login: { kind: 'local' },
    vars: {},
    position: () => ({ file: name, line: 1, column: 1 }),
  };
}
