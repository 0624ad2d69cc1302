import type { Issue } from '../errors.ts';
import { Secret } from '../secret.ts';
import { nearest } from './decode.ts';
import type { Position } from './inventory.ts';
import { isMap, Untemplated } from './untemplated.ts';

type Path = readonly string[];

/** What variables are filled in by, and for whom it matters. */
export interface FillOptions {
  /** What Ansible knows by itself of a host, such as `inventory_hostname`. */
  readonly known: Readonly<Record<string, string>>;
  /** Whether anybody here reads a variable. What nobody reads may hold whatever Jinja can. */
  isUsed(name: string): boolean;
  /** Where the value at `path` was written. */
  position(path: Path): Position | undefined;
}

/** Why a template is not filled in. */
class NotFilled extends Error {}
class TooMany extends NotFilled {}

/** So many variables are filled in for one value: more than anybody writes, and no more than takes a moment. */
const mostLookUps = 10_000;
/** So many variables one may lead through. */
const longestChain = 100;

const template = /\{\{\s*([\s\S]*?)\s*\}\}/g;
const onlyTemplate = new RegExp(`^${template.source}$`);
const name = /^[A-Za-z_]\w*$/;

/**
 * Fills in `{{ other_variable }}`, wherever it stands in a value: alone, it is that variable whatever it is, also a list or
 * a secret; in a text with a secret in it, all of it is one. What a computer would have to work out is an issue where it is
 * used, and stays as it is where nobody reads it.
 */
export function fillVars(
  values: Readonly<Record<string, unknown>>,
  { known, isUsed, position }: FillOptions,
): { readonly values: Record<string, unknown>; readonly issues: Issue[] } {
  const issues: Issue[] = [];
  let lookUps = 0;
  let toldAsTooMany = false;

  const fill = (value: unknown, path: Path, within: Path): unknown => {
    if (value instanceof Untemplated) return value.text;
    if (typeof value === 'string') return fillAt(value, path, within);
    if (Array.isArray(value)) return value.map((each, index) => fill(each, [...path, String(index)], within));
    if (!isMap(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, fill(each, [...path, key], within)]),
    );
  };
  const fillAt = (text: string, path: Path, within: Path): unknown => {
    if (!/\{[{%#]/.test(text)) return text;
    try {
      return fillText(text, within);
    } catch (error) {
      if (!(error instanceof NotFilled)) throw error;
      // Once that is too much, the rest of it is, too.
      if (error instanceof TooMany && toldAsTooMany) return text;
      toldAsTooMany ||= error instanceof TooMany;
      const at = position(path);
      if (at !== undefined && isUsed(within[0] ?? ''))
        issues.push({ ...at, path: path.join('.'), message: error.message });
      return text;
    }
  };
  const fillText = (text: string, within: Path): unknown => {
    const block = /(\{%)[\s\S]*?%\}|(\{#)[\s\S]*?#\}/.exec(text.replaceAll(template, ''));
    if (block !== null)
      throw new NotFilled(
        `${block[1] ?? block[2]} cannot be worked out here: only names of variables are filled in`,
      );
    const alone = onlyTemplate.exec(text);
    if (alone !== null && text.indexOf('}}') === text.length - 2) return lookUp(alone[1] ?? '', within);
    let isSecret = false;
    const whole = text.replaceAll(template, (_, inner: string) => {
      const found = lookUp(inner, within);
      if (found instanceof Secret) isSecret = true;
      if (found instanceof Secret) return found.reveal();
      if (typeof found === 'object' && found !== null)
        throw new NotFilled(
          `{{ ${inner} }} is ${Array.isArray(found) ? 'a list' : 'keys and values'}, and stands in a text`,
        );
      return String(found);
    });
    return isSecret ? new Secret(whole) : whole;
  };
  const lookUp = (inner: string, within: Path): unknown => {
    if (!name.test(inner))
      throw new NotFilled(
        `{{ ${inner} }} cannot be filled in: only names of plain variables can, not expressions`,
      );
    lookUps += 1;
    if (lookUps > mostLookUps)
      throw new TooMany(`{{ ${inner} }} cannot be filled in: it comes to more than ${mostLookUps} variables`);
    if (within.length > longestChain)
      throw new NotFilled(
        `{{ ${inner} }} cannot be filled in: it leads through more than ${longestChain} variables`,
      );
    if (Object.hasOwn(known, inner)) return known[inner];
    if (within.includes(inner))
      throw new NotFilled(`{{ ${inner} }} cannot be filled in: it refers to itself`);
    if (!Object.hasOwn(values, inner)) {
      const near = nearest(inner, [...Object.keys(values), ...Object.keys(known)]);
      throw new NotFilled(
        `{{ ${inner} }} cannot be filled in: no variable of that name is set for this host${near === undefined ? '' : `; did you mean "${near}"?`}`,
      );
    }
    return fill(values[inner], [inner], [...within, inner]);
  };

  const filled = Object.entries(values).map(([key, value]) => {
    lookUps = 0;
    toldAsTooMany = false;
    return [key, fill(value, [key], [key])] as const;
  });
  return { values: Object.fromEntries(filled), issues };
}
