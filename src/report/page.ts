import { createHash } from 'node:crypto';
import { count, showDuration } from '../display/words.ts';
import type { LoadSeen } from '../record/load.ts';
import type { RunEnd, RunRecord } from '../record/records.ts';
import { hosts, playTable } from './details.ts';
import { html, type Markup, verbatim } from './escape.ts';
import { glyph, glyphs } from './glyph.ts';
import { loadTable } from './load.ts';
import { type Story, storyOf } from './model.ts';
import { picture } from './picture.ts';
import { script } from './script.ts';
import type { State } from './state.ts';
import { style } from './style.ts';
import { timeline } from './timeline.ts';
import { showMoment } from './words.ts';

/**
 * The text of a page that tells a run, and the load of that time if there is a report of it: one file that needs no other and asks nobody for anything. Its own policy forbids
 * all but its style and the one script, so that nothing which a server said could ever run.
 */
export function pageOf(record: RunRecord, end: RunEnd, load?: LoadSeen): string {
  const story = storyOf(record, end, load);
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">
<title>${story.name}: ${verdict(story)}</title><style>${verbatim(style)}</style></head><body>
${glyphs}${head(story)}
<main>${failures(story)}
${picture(story)}
${timeline(story)}
${loadTable(story.load)}
${playTable(story)}
${hosts(story)}</main>
<footer>Run ${record.id}, told by apim-orchestrate from what was recorded. Times are counted from its beginning, ${showMoment(record.began)}.</footer>
<script>${verbatim(script)}</script></body></html>
`.markup;
}

function head(story: Story): Markup {
  const { record, name, ms, changes, hosts: all, dryRun } = story;
  const facts: [string, string][] = [
    ['by', record.operator],
    ['began', showMoment(record.began)],
    ['took', showDuration(ms)],
    [dryRun ? 'changes it would make' : 'changes', String(changes)],
    ['hosts', String(all.length)],
    ['inventory', record.inventory],
  ];
  return html`<header class="top"><h1>${name}</h1><code class="command">${record.command}</code>
<div><p class="verdict ${tone(story)}">${mark(story)}${verdict(story)}</p></div>
<dl class="facts-list">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl></header>`;
}

/** How it ended, in one line. */
function verdict({ end, changes, dryRun, failures: all, hosts: inRun }: Story): string {
  const failed = new Set(all.map(({ host }) => host));
  switch (end) {
    case 'ok':
      if (dryRun) return changes === 0 ? 'Plan: nothing to do' : `Plan: ${count(changes, 'change')} to make`;
      return changes === 0
        ? `Nothing to do: ${count(inRun.length, 'host')}`
        : `Done: ${count(changes, 'change')}`;
    case 'failed':
      return `Failed at ${failed.size > 3 ? count(failed.size, 'host') : [...failed].join(', ')}`;
    case 'interrupted':
      return 'Interrupted';
    case 'declined':
      return 'Not confirmed: nothing was changed';
    case 'under way':
      return 'Under way when this page was written';
    case 'unfinished':
      return 'Not finished: it was killed, or its machine was';
  }
}

function tone({ end }: Story): 'ok' | State {
  if (end === 'ok' || end === 'failed') return end;
  return end === 'under way' ? 'under-way' : 'broken-off';
}

function mark(story: Story): Markup {
  const found = tone(story);
  return found === 'ok' ? html`<span aria-hidden="true">✓</span>` : glyph(found);
}

/** More than these stand folded below them. */
const mostFailures = 10;

function failures({ failures: all }: Story): Markup | undefined {
  if (all.length === 0) return undefined;
  const more = all.slice(mostFailures);
  return html`<section class="failures" aria-labelledby="failures-title"><h2 id="failures-title">${count(all.length, 'failure')}</h2><ol>${all.slice(0, mostFailures).map(oneFailure)}</ol>${
    more.length === 0
      ? undefined
      : html`<details><summary>${more.length} more</summary><ol>${more.map(oneFailure)}</ol></details>`
  }</section>`;
}

function oneFailure({ host, step, link, error }: Story['failures'][number]): Markup {
  return html`<li><a href="#${link}">${host}${step === undefined ? '' : ` · ${step}`}</a><p class="cause">${error.cause}</p>${
    error.hint === undefined ? undefined : html`<p class="what-to-do"><b>What to do:</b> ${error.hint}</p>`
  }</li>`;
}
