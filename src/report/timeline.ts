import { count, showDuration } from '../display/words.ts';
import { html, type Markup } from './escape.ts';
import { glyph } from './glyph.ts';
import { loadNames, loadRows } from './load.ts';
import type { Bar, HostStory, PlayStory, Story } from './model.ts';
import { stateWords } from './state.ts';
import { hostWords, showElapsed, tickOf } from './words.ts';

/** So many hosts with nothing to do stay in sight; of more of them nobody reads each row. */
const mostIdle = 12;

/** When what was done, a row for each host; every bar leads to its step. */
export function timeline(story: Story): Markup {
  const { hosts, dryRun } = story;
  const idle = hosts.filter(({ state }) => state === 'unchanged');
  const folded = idle.length > mostIdle ? idle : [];
  const shown = hosts.filter((host) => !folded.includes(host));
  const draw = (host: HostStory) => row(host, story.ms, dryRun);
  return html`<section aria-labelledby="timeline-title" class="when"><div class="bar-title"><h2 id="timeline-title">Timeline</h2><p class="hint" id="keys">Each bar leads to its step.</p><span class="zoom" hidden><button type="button" data-zoom="out" aria-label="see more time">−</button><button type="button" data-zoom="fit">whole run</button><button type="button" data-zoom="in" aria-label="see less time">+</button></span></div>
<div class="scroll frame" id="timeline"><div class="chart" style="--wanted:${namesWidth([...hosts.map(({ name }) => name), ...loadNames(story.load)])}px;--tick:${share(tickOf(story.ms), story.ms)}%">
${axis(story)}
${plays(story)}
${shown.map(draw)}${
  folded.length === 0
    ? undefined
    : html`<details class="folded"><summary>${glyph('unchanged')} ${folded.length} ${shown.length === 0 ? '' : 'more '}hosts with nothing to do</summary>${folded.map(draw)}</details>`
}${loadRows(story.load)}</div></div>
<section id="step" hidden tabindex="-1" aria-label="The step that was chosen"></section></section>`;
}

/** Room for the names of rows, but not for all that a name can be. */
function namesWidth(names: readonly string[]): number {
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0);
  return Math.round(Math.min(240, Math.max(130, 44 + longest * 8.6)));
}

function axis({ ms }: Story): Markup {
  const tick = tickOf(ms);
  const ticks = Array.from({ length: Math.floor(ms / tick) + 1 }, (_, index) => index * tick)
    // The last has no room for its time.
    .filter((at) => at === 0 || at / ms < 0.97);
  return html`<div class="row axis"><span class="host">time</span><span class="track">${ticks.map(
    (at) => html`<i class="tick" style="left:${share(at, ms)}%"><span>${showElapsed(at)}</span></i>`,
  )}</span></div>`;
}

/** Plays that are under way at the same time have lines of their own. */
function plays({ plays: all, ms }: Story): Markup {
  const lanes: (PlayStory & { from: number })[][] = [];
  for (const { from, ...rest } of all) {
    if (from === undefined) continue;
    const play = { ...rest, from };
    const free = lanes.find((lane) => (lane.at(-1)?.to ?? 0) <= from);
    if (free === undefined) lanes.push([play]);
    else free.push(play);
  }
  return html`${lanes.map(
    (lane, index) =>
      html`<div class="row plays"><span class="host">${index === 0 ? 'plays' : ''}</span><span class="track">${lane.map(
        ({ id, name, from, to }) =>
          html`<a class="play" href="#${id}" style="left:${share(from, ms)}%;width:${share(to - from, ms)}%" title="${name}, ${showElapsed(from)}, ${showDuration(to - from)}"><span>${name}</span></a>`,
      )}</span></div>
`,
  )}${waves(all, ms)}`;
}

function waves(all: readonly PlayStory[], ms: number): Markup | undefined {
  const told = all.flatMap(({ id, name, waves: own }) => own.map((wave) => ({ id, play: name, ...wave })));
  if (told.length === 0) return undefined;
  return html`<div class="row waves"><span class="host">waves</span><span class="track">${told.map(
    ({ id, play, number, at, hosts, why }, index) =>
      html`<a class="wave" href="#${id}" style="left:${share(at, ms)}%;width:${share((told[index + 1]?.at ?? ms) - at, ms)}%" title="${play}, wave ${number}: ${hosts.join(', ')}${why === undefined ? '' : `, alone: ${why}`}"><span>${number}</span></a>`,
  )}</span></div>
`;
}

function row(host: HostStory, ms: number, dryRun: boolean): Markup {
  return html`<div class="row" role="group" aria-label="${host.name}"><a class="host" href="#${host.id}" title="${host.name}: ${hostWords(host, dryRun)}">${glyph(host.state)}<span>${host.name}</span></a><span class="track">${host.bars.map(
    (bar) => drawBar(bar, ms, dryRun),
  )}</span></div>
`;
}

function drawBar(bar: Bar, ms: number, dryRun: boolean): Markup {
  const { id, host, from, to, state, steps } = bar;
  const [first] = steps;
  const changes = first?.changes.length ?? 0;
  const name = steps.length === 1 ? (first?.step ?? '') : `${steps.length} steps`;
  const told = [
    `${stateWords(state, dryRun)}${state === 'changed' ? `, ${count(changes, 'change')}` : ''}`,
    showDuration(to - from),
    `at ${showElapsed(from)}`,
  ].join(', ');
  return html`<a class="bar ${state}" id="b${id}" href="#s${id}" style="left:${share(from, ms)}%;width:${share(to - from, ms)}%" aria-label="${host}, ${name}: ${told}" title="${name}: ${told}"><span>${state === 'failed' ? '✕ ' : ''}${name}</span></a>`;
}

function share(value: number, ms: number): number {
  return Math.round((value / ms) * 100_000) / 1000;
}
