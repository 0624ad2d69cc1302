import { html, type Markup } from './escape.ts';
import { type State, states } from './state.ts';

/** What each state looks like without its colour, in a square of 12. */
const shapes: Readonly<Record<State, Markup>> = {
  failed: html`<rect x=".5" y=".5" width="11" height="11" rx="2" class="fill"/><path d="M3.5 3.5l5 5m0-5l-5 5" class="cut"/>`,
  'under-way': html`<path d="M2 1l9 5-9 5z" class="fill"/>`,
  'broken-off': html`<circle cx="6" cy="6" r="5" class="line"/><path d="M6 1a5 5 0 0 1 0 10z" class="fill"/>`,
  changed: html`<path d="M6 0l6 6-6 6-6-6z" class="fill"/>`,
  'not-begun': html`<circle cx="6" cy="6" r="5" class="line dashed"/>`,
  unchanged: html`<circle cx="6" cy="6" r="5" class="line"/><path d="M3.6 6.2l1.7 1.7 3-3.6" class="line"/>`,
  outside: html`<path d="M2 6h8" class="line"/>`,
};

/** The shapes once for the whole page; `glyph` and `glyphAt` show them. */
export const glyphs: Markup = html`<svg width="0" height="0" class="shapes" aria-hidden="true"><defs>${states.map(
  (state) => html`<symbol id="g-${state}" viewBox="0 0 12 12">${shapes[state]}</symbol>`,
)}</defs></svg>`;

/** The shape of a state within text. */
export function glyph(state: State): Markup {
  return html`<svg class="glyph ${state}" width="12" height="12" aria-hidden="true"><use href="#g-${state}"/></svg>`;
}

/** The shape of a state within a picture. */
export function glyphAt(state: State, x: number, y: number): Markup {
  return html`<use href="#g-${state}" class="glyph ${state}" x="${x}" y="${y}" width="12" height="12"/>`;
}
