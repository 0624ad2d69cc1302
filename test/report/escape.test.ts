import { describe, expect, it } from 'vitest';
import { html, verbatim } from '../../src/report/escape.ts';
import { hostile } from '../support/recorded-run.ts';

describe('text in a page', () => {
  it('is text, whatever it says, also in an attribute', () => {
    const { markup } = html`<p title="${hostile}">${hostile}</p>`;
    const shown =
      '&lt;script&gt;document.title=&#39;taken&#39;&lt;/script&gt;&lt;img src=x onerror=&quot;document.title=&#39;taken&#39;&quot;&gt;&quot;&#39;&amp;';
    expect(markup).toBe(`<p title="${shown}">${shown}</p>`);
  });

  it('moves no cursor, has no colour and does not turn the direction of what is around it', () => {
    expect(html`${'a\u001b[31mb\u0007\u0000c\u202ed'}`.markup).toBe('abcd');
  });

  it('keeps its lines', () => {
    expect(html`<pre>${'one\n\ttwo'}</pre>`.markup).toBe('<pre>one\n  two</pre>');
  });

  it('is nothing where there is none, and markup only where this room made it', () => {
    expect(html`<p>${undefined}${3}${[html`<b>${'<'}</b>`, verbatim('<i>')]}</p>`.markup).toBe(
      '<p>3<b>&lt;</b><i></p>',
    );
  });
});
