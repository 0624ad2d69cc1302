import { unifiedDiff } from '../display/diff.ts';
import { count, showDuration } from '../display/words.ts';
import type { FailureText } from '../engine/event.ts';
import { html, type Markup } from './escape.ts';
import { glyph } from './glyph.ts';
import type { Bar, HostStory, PlayStory, Story } from './model.ts';
import { stateWords } from './state.ts';
import type { StepStory } from './steps.ts';
import { hostWords, showElapsed } from './words.ts';

/** More of a server's talk than this nobody reads in a page; the record has all of it. */
const mostLines = 300;

/** Everything, host by host: what the bars of the timeline lead to, and what is read without a script. */
export function hosts({ hosts: all, dryRun }: Story): Markup {
  const failed = all.filter(({ state }) => state === 'failed');
  return html`<section aria-labelledby="hosts-title" class="hosts"><h2 id="hosts-title">Hosts</h2>
<div class="columns" aria-hidden="true"><span>host</span><span></span><span class="state"></span><span class="number">${dryRun ? 'to change' : 'changed'}</span><span class="number">nothing to do</span><span class="number">failed</span><span class="number">not begun</span></div>
${all.map(
  (
    host,
  ) => html`<details id="${host.id}" class="of-host"${failed.length <= mostOpen && failed.includes(host) ? openly : undefined}><summary class="columns">${summary(host, dryRun)}</summary>
<div class="inside">${host.errors.map((error) => html`<section class="story">${failure(error)}</section>`)}${host.bars.map((bar) => told(bar, dryRun))}${left(host)}</div></details>
`,
)}</section>`;
}

/** Where more hosts failed, each is opened by whoever wants to read it. */
const mostOpen = 5;

const openly = html` open`;

function summary(host: HostStory, dryRun: boolean): Markup {
  const { counts, notBegun, name, state, group } = host;
  const number = (value: number, what: string) =>
    html`<span class="number${value === 0 ? ' none' : ''}">${value}<span class="unseen"> ${what}</span></span>`;
  return html`<span class="name">${glyph(state)}<b>${name}</b></span><span class="group">${group}</span><span class="state">${hostWords(host, dryRun)}</span>${number(counts.changed, 'changed')}${number(counts.unchanged, 'with nothing to do')}${number(counts.failed, 'failed')}${number(notBegun.length, 'not begun')}`;
}

function told(bar: Bar, dryRun: boolean): Markup {
  const { id, host, steps, from, to, state } = bar;
  const [only, ...others] = steps;
  if (only === undefined) return html``;
  if (others.length > 0)
    return html`<section class="story quiet" id="s${id}"><h3>${glyph(state)} <span class="at">${host}</span> ${steps.length} steps with nothing to do</h3><p class="facts">from ${showElapsed(from)}, ${showDuration(to - from)}</p>${byPlay(steps)}</section>
`;
  return html`<section class="story" id="s${id}"><h3>${glyph(state)} <span class="at">${host}</span> ${only.step}</h3>
<p class="facts"><b class="${state}">${stateWords(state, dryRun)}</b> · ${only.play} · from ${showElapsed(from)}, ${showDuration(to - from)}</p>
${only.error === undefined ? undefined : failure(only.error)}${changes(only, dryRun)}${waits(only)}${transfers(only)}${output(only)}</section>
`;
}

/** Why something failed, the last lines, and what to do. */
function failure({ cause, tail, hint }: FailureText): Markup {
  return html`<div class="failure"><p class="cause">${cause}</p>${
    tail.length === 0 ? undefined : html`<pre class="tail">${tail.join('\n')}</pre>`
  }${hint === undefined ? undefined : html`<p class="what-to-do"><b>What to do:</b> ${hint}</p>`}</div>`;
}

function changes({ changes: all, state }: StepStory, dryRun: boolean): Markup | undefined {
  if (all.length === 0) return undefined;
  return html`<h4>${dryRun ? 'Would change' : 'Changes'}</h4><ol class="changes">${all.map(
    ({ summary, diff, actions, begun }) =>
      html`<li><p>${summary}${begun || dryRun || state === 'changed' ? undefined : html` <span class="muted">(not begun)</span>`}</p>${
        diff === undefined ? undefined : difference(diff.before, diff.after)
      }${
        actions.length === 0
          ? undefined
          : html`<ul class="actions">${actions.map((what) => html`<li>${what}</li>`)}</ul>`
      }</li>`,
  )}</ol>`;
}

function difference(before: string, after: string): Markup {
  const all = unifiedDiff(before, after);
  const shown = all.slice(0, mostLines);
  const marks: Readonly<Record<string, string>> = { '+': 'added', '-': 'taken' };
  return html`<pre class="diff">${shown.map((line) => {
    const kind = marks[line[0] ?? ''];
    return kind === undefined ? html`${line}\n` : html`<span class="${kind}">${line}</span>\n`;
  })}${leftOut(all.length - shown.length)}</pre>`;
}

function waits({ waits: all }: StepStory): Markup | undefined {
  if (all.length === 0) return undefined;
  return html`<h4>Waited for</h4><table class="waits"><tbody>${all.map(
    ({ what, whys, ms }) =>
      html`<tr><td>${what}</td><td class="muted">${whys.join(' → ')}</td><td class="number">${showDuration(ms)}</td></tr>`,
  )}</tbody></table>`;
}

function transfers({ transfers: all }: StepStory): Markup | undefined {
  if (all.length === 0) return undefined;
  return html`<h4>Transfers</h4><ul class="plain">${all.map(
    ({ done, total, ms }) =>
      html`<li>${size(done)}${total === 0 || total === done ? '' : ` of ${size(total)}`} in ${showDuration(ms)}</li>`,
  )}</ul>`;
}

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function output({ output: all }: StepStory): Markup | undefined {
  if (all.length === 0) return undefined;
  // The last lines say how it ended.
  const shown = all.slice(-mostLines);
  return html`<h4>Output</h4><pre class="output">${leftOut(all.length - shown.length)}${shown.map(
    ({ text, told: loud }) => (loud ? html`<b>! ${text}</b>\n` : html`${text}\n`),
  )}</pre>`;
}

function leftOut(lines: number): Markup | undefined {
  return lines <= 0 ? undefined : html`<i>… ${count(lines, 'line')} more, in the record …</i>\n`;
}

function left({ notBegun }: HostStory): Markup | undefined {
  if (notBegun.length === 0) return undefined;
  return html`<section class="story quiet"><h3>${glyph('not-begun')} ${count(notBegun.length, 'step')} not begun</h3>${byPlay(notBegun)}</section>`;
}

/** Steps of which there is no more to tell than their names: a line for each play. */
function byPlay(steps: readonly { readonly play: string; readonly step: string }[]): Markup {
  const plays = new Map<string, string[]>();
  for (const { play, step } of steps) plays.set(play, [...(plays.get(play) ?? []), step]);
  return html`<ul class="plain">${[...plays].map(
    ([play, names]) => html`<li><span class="muted">${play}:</span> ${names.join(', ')}</li>`,
  )}</ul>`;
}

/** The plays, their waves, and why somebody went alone. */
export function playTable({ plays, hosts: all }: Story): Markup {
  return html`<section aria-labelledby="plays-title"><h2 id="plays-title">Plays</h2><table class="plays-table"><thead><tr><th>play</th><th class="number">from</th><th class="number">took</th><th>hosts</th></tr></thead><tbody>${plays.map(
    (play) => playRow(play, all.length),
  )}</tbody></table></section>`;
}

function playRow({ id, name, from, to, hosts: own, waves, passedOver }: PlayStory, inAll: number): Markup {
  const who = passedOver
    ? 'nobody had a part in it'
    : own.length === inAll && inAll > 3
      ? `all ${inAll}`
      : shortList(own);
  const list = html`<ol class="plain">${waves.map(
    ({ number, at, hosts: inWave, why }) =>
      html`<li><span class="muted">wave ${number}, ${showElapsed(at)}:</span> ${shortList(inWave)}${
        why === undefined ? undefined : html` <span class="muted">alone: ${why}</span>`
      }</li>`,
  )}</ol>`;
  const told =
    waves.length > 12 ? html`<details><summary>${waves.length} waves</summary>${list}</details>` : list;
  return html`<tr id="${id}"><td>${name}</td><td class="number">${from === undefined ? '–' : showElapsed(from)}</td><td class="number">${passedOver ? '–' : from === undefined ? 'not begun' : showDuration(to - from)}</td><td>${who}${waves.length === 0 ? undefined : told}</td></tr>
`;
}

function shortList(names: readonly string[]): string {
  const most = 12;
  return names.length <= most + 1
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
