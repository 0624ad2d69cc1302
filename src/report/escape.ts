import { printable } from '../display/words.ts';

/** Text of a page that is what it is to be: only `html` and `verbatim` make it, so all else is escaped. */
export interface Markup {
  readonly markup: string;
}

/** What can stand in `html`: text of anybody, which is escaped, or markup. */
type Content = string | number | Markup | readonly Markup[] | undefined;

/** A piece of a page. Whatever stands in `${…}` is text, also in a quoted attribute, unless it is markup itself. */
export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return {
    markup: pieces.reduce((text, piece, index) => `${text}${contentOf(contents[index - 1])}${piece}`),
  };
}

/** Markup of this room's own: its style, its script. Never anything that a server or a person said. */
export function verbatim(markup: string): Markup {
  return { markup };
}

function contentOf(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string' || typeof content === 'number') return escapeText(String(content));
  if ('markup' in content) return content.markup;
  return content.map(({ markup }) => markup).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
