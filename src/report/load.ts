import { count, showDuration } from '../display/words.ts';
import type { RoleLoad } from '../record/load.ts';
import { html, type Markup } from './escape.ts';
import { glyph } from './glyph.ts';
import type { LoadStory } from './model.ts';
import { showElapsed } from './words.ts';

/** So tall is the drawing of a row, in its own units: its length is the time. */
const tall = 100;

/** A row for each role, below those of the hosts: how many requests ended in each second, and where some failed. */
export function loadRows(story: LoadStory | undefined): Markup | undefined {
  if (story === undefined) return undefined;
  return html`<div class="row plays"><span class="host">load</span><span class="track"></span></div>
${story.load.roles.map((role) => rowOf(role, story))}`;
}

/** What stands in front of its rows. */
export function loadNames(story: LoadStory | undefined): string[] {
  return story?.load.roles.map(({ role }) => role) ?? [];
}

function rowOf(role: RoleLoad, { from, ms }: LoadStory): Markup {
  const most = role.bySecond.reduce((all, { requests }) => Math.max(all, requests), 1);
  const place = (second: number) => (100 * (from + second * 1000)) / ms;
  const inSight = role.bySecond.filter(({ second }) => place(second) < 100 && place(second + 1) > 0);
  const bars = inSight.map(({ second, requests }) => {
    const [left, right] = [Math.max(0, place(second)), Math.min(100, place(second + 1))];
    const height = Math.round((tall * requests) / most);
    return `M${round(left)} ${tall}V${tall - height}H${round(right)}V${tall}Z`;
  });
  const lost = inSight.filter(({ failures }) => sum(failures) > 0);
  return html`<div class="row load" role="group" aria-label="load: ${role.role}"><span class="host" title="${role.role}: ${told(role)}"><span>${role.role}</span></span><span class="track"><svg viewBox="0 0 100 ${tall}" preserveAspectRatio="none" aria-hidden="true"><path d="${bars.join('')}"/></svg>${lost.map(
    ({ second, failures }) =>
      html`<i class="lost" style="left:${round(Math.max(0, place(second)))}%" title="${showElapsed(Math.max(0, from + second * 1000))}: ${causes(failures)}"></i>`,
  )}</span></div>
`;
}

/** What it came to, for all who do not look at drawings. */
export function loadTable(story: LoadStory | undefined): Markup | undefined {
  if (story === undefined) return undefined;
  const { roles, handshakes, seconds } = story.load;
  const total = roles.reduce((all, { requests }) => all + requests, 0);
  const lost = roles.reduce((all, { failures }) => all + sum(failures), 0);
  return html`<section aria-labelledby="load-title" class="load-seen"><h2 id="load-title">Load</h2>
<p class="verdict ${lost === 0 ? 'ok' : 'failed'}">${lost === 0 ? html`<span aria-hidden="true">✓</span>` : glyph('failed')}${lost === 0 ? 'no request failed' : `${count(lost, 'request')} failed`}: ${total} in ${showDuration(seconds * 1000)}</p>
<table><thead><tr><th>role</th><th class="number">requests</th><th class="number">failed</th><th>why</th><th class="number">slowest</th></tr></thead><tbody>${roles.map(
    ({ role, requests, failures, slowestMs }) =>
      html`<tr><td>${role}</td><td class="number">${requests}</td><td class="number${sum(failures) === 0 ? ' none' : ''}">${sum(failures)}</td><td>${causes(failures)}</td><td class="number">${showDuration(slowestMs)}</td></tr>`,
  )}</tbody></table>${
    handshakes === undefined
      ? undefined
      : html`<p class="facts">TLS handshakes of nodes with their peers: ${handshakes.made} made, ${handshakes.failed} failed, ${handshakes.refused} refused by a peer that was stopped, ${handshakes.closed} closed by one that went.</p>`
  }</section>`;
}

function told({ requests, failures, slowestMs }: RoleLoad): string {
  return `${count(requests, 'request')}, ${sum(failures)} failed, slowest ${showDuration(slowestMs)}`;
}

function sum(failures: Readonly<Record<string, number>>): number {
  return Object.values(failures).reduce((all, each) => all + each, 0);
}

/** `3 × 502, 1 × ECONNRESET`, the most frequent first. */
function causes(failures: Readonly<Record<string, number>>): string {
  return Object.entries(failures)
    .sort(([, one], [, other]) => other - one)
    .map(([cause, times]) => `${times} × ${cause}`)
    .join(', ');
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
