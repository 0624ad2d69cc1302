import { count } from '../display/words.ts';
import { html, type Markup } from './escape.ts';
import { glyph, glyphAt } from './glyph.ts';
import type { GroupStory, Story } from './model.ts';
import { type Box, type PlacedGroup, placesOf } from './places.ts';
import { states, stateWords } from './state.ts';
import { hostWords } from './words.ts';

type Member = GroupStory['members'][number];

/** Who is there, and what became of each. Hosts of the run lead to their part of the page. */
export function picture({ groups, dryRun }: Story): Markup {
  const { width, height, groups: placed, lines } = placesOf(groups);
  const found = groups.flatMap(({ members }) => members.map(({ state }) => state));
  const legend = states.filter((state) => found.includes(state));
  return html`<section aria-labelledby="picture-title"><h2 id="picture-title">Topology</h2>
<div class="scroll"><svg class="picture" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" role="group" aria-labelledby="picture-title">
${lines.map(({ path, dashed }) => html`<path d="${path}" class="wire${dashed ? ' dashed' : ''}"/>`)}
${placed.map((group) => drawGroup(group, dryRun))}</svg></div>
<p class="legend">${legend.map(
    (state) =>
      html`<span>${glyph(state)} ${stateWords(state, dryRun)} <b>${found.filter((each) => each === state).length}</b></span>`,
  )}</p></section>`;
}

function drawGroup({ group, x, y, width, height, cards, compact }: PlacedGroup, dryRun: boolean): Markup {
  const { title, note, members } = group;
  const many = members.length > 2 ? String(members.length) : '';
  const aside = [note, many].filter((part) => part !== undefined && part !== '').join(' · ');
  return html`<g><rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="8" class="group"/>
<text x="${round(x + 12)}" y="${round(y + 22)}" class="title">${title}</text><text x="${round(x + width - 12)}" y="${round(y + 22)}" class="note end">${aside}</text>
${members.map((member, index) => drawMember(member, cards[index] ?? { x, y, width, height }, compact, dryRun))}</g>
`;
}

function drawMember(member: Member, box: Box, compact: boolean, dryRun: boolean): Markup {
  const { name, state, story, note } = member;
  const said = story === undefined ? stateWords(state, dryRun) : hostWords(story, dryRun);
  const room = Math.floor((box.width - 38) / 8.3);
  const card = html`<rect x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${box.height}" rx="5" class="card ${state}"/>
${glyphAt(state, round(box.x + 10), round(box.y + (compact ? 6 : 15)))}<text x="${round(box.x + 30)}" y="${round(box.y + (compact ? 16.5 : 18))}" class="name">${shortened(name, room)}</text>${
    compact
      ? undefined
      : html`<text x="${round(box.x + 30)}" y="${round(box.y + 33)}" class="note">${shortened(said, room + 3)}</text>`
  }`;
  const title = html`<title>${[name, note, said].filter((part) => part !== undefined).join(' · ')}</title>`;
  return story === undefined
    ? html`<g class="member">${title}${card}</g>`
    : html`<a href="#${story.id}" class="member" aria-label="${name}: ${said}, ${count(story.counts.changed, 'step')} changed">${title}${card}</a>`;
}

/** Long names of machines differ at their beginning and at their end. */
function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  const head = Math.ceil((room - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (room - 1 - head))}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
