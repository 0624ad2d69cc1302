import type { GroupStory } from './model.ts';

/** A rectangle of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a group is drawn, and each of its members, in their order. */
export interface PlacedGroup extends Box {
  readonly group: GroupStory;
  readonly cards: readonly Box[];
  /** Whether the cards have room for a name only. */
  readonly compact: boolean;
}

/** Where everything is drawn. */
export interface Places {
  readonly width: number;
  readonly height: number;
  readonly groups: readonly PlacedGroup[];
  /** Lines between groups, as a path; those to the second store are dashed. */
  readonly lines: readonly { readonly path: string; readonly dashed: boolean }[];
}

type Sized = Omit<PlacedGroup, 'x' | 'y'>;
type Row = readonly PlacedGroup[];

const widest = 1160;
const gap = 18;
const padding = 12;
const heading = 34;
/** Beside the groups, for lines that pass them. */
const margin = 22;

/** Places groups from top to bottom: who steers and what is reached first, what works, what keeps. */
export function placesOf(groups: readonly GroupStory[]): Places {
  const longest = Math.max(...groups.flatMap(({ members }) => members.map(({ name }) => name.length)), 0);
  const card = Math.min(264, Math.max(150, 46 + longest * 8.3));
  const of = (...kinds: readonly GroupStory['kind'][]) =>
    groups
      .filter(({ kind, members }) => kinds.includes(kind) && members.length > 0)
      .map((group) => sized(group, card));
  const tiers = [of('controller', 'front'), of('nodes'), of('store')];
  const rows = tiers.map(rowsOf);
  const inner = Math.max(...rows.flat().map(rowWidth), 0);
  const width = inner + 2 * margin;
  const fronts = groups.filter(({ kind }) => kind === 'front').length;
  const stores = groups.filter(({ kind }) => kind === 'store').length;
  const above = fronts > 0 ? 30 : gap;
  const below = stores > 0 ? 16 + 10 * stores : 0;
  let y = 1;
  const placed = rows.map((tier, level) =>
    tier.map((row) => {
      if (level === 1) y += above;
      if (level === 2) y += gap;
      const height = Math.max(...row.map((each) => each.height));
      let x = margin + (inner - rowWidth(row)) / 2;
      const done = row.map((each) => {
        const group = moved(each, x, y, level === 1 ? height : each.height);
        x += each.width + gap;
        return group;
      });
      y += height + (level === 1 ? below : 0);
      return done;
    }),
  );
  const [top = [], nodes = [], bottom = []] = placed;
  return {
    width,
    height: y + 1,
    groups: placed.flat(2),
    lines: [...frontLines(top.flat(), nodes), ...storeLines(bottom.flat(), nodes, width)],
  };
}

function sized(group: GroupStory, card: number): Sized {
  const { members, kind } = group;
  const compact = members.length > 8;
  const stacked = kind === 'nodes' && !compact;
  const longest = Math.max(...members.map(({ name }) => name.length));
  const cardWidth = compact
    ? Math.min(180, 44 + longest * 8.4)
    : kind === 'store'
      ? Math.max(card, 210)
      : card;
  const cardHeight = compact ? 24 : 42;
  const between = compact ? 6 : 8;
  const most = Math.floor((widest - 2 * padding + between) / (cardWidth + between));
  const columns = stacked ? 1 : Math.min(most, compact ? Math.ceil(members.length / 10) : members.length);
  const lines = Math.ceil(members.length / columns);
  return {
    group,
    compact,
    width: 2 * padding + columns * (cardWidth + between) - between,
    height: heading + padding + lines * (cardHeight + between) - between,
    cards: members.map((_, index) => ({
      x: padding + (index % columns) * (cardWidth + between),
      y: heading + Math.floor(index / columns) * (cardHeight + between),
      width: cardWidth,
      height: cardHeight,
    })),
  };
}

function moved(group: Sized, x: number, y: number, height: number): PlacedGroup {
  const cards = group.cards.map((card) => ({ ...card, x: card.x + x, y: card.y + y }));
  return { ...group, x, y, height, cards };
}

function rowsOf(tier: readonly Sized[]): Sized[][] {
  const rows: Sized[][] = [];
  for (const group of tier) {
    const last = rows.at(-1);
    if (last === undefined || rowWidth([...last, group]) > widest) rows.push([group]);
    else last.push(group);
  }
  return rows;
}

function rowWidth(row: readonly Sized[]): number {
  return row.reduce((sum, { width }) => sum + width + gap, -gap);
}

const uses = (one: PlacedGroup, other: PlacedGroup) => one.group.uses.includes(other.group.id);
const middle = ({ x, width }: Box) => x + width / 2;

/** From what is reached first to what stands behind it: along a line above each row, and down. */
function frontLines(top: readonly PlacedGroup[], rows: readonly Row[]) {
  return top
    .filter(({ group }) => group.uses.length > 0)
    .map((front) => {
      let path = '';
      let from = { x: middle(front), y: front.y + front.height };
      for (const row of rows) {
        const behind = row.filter(({ group }) => front.group.uses.includes(group.id));
        const [first] = behind;
        if (first === undefined) continue;
        const bus = first.y - 15;
        const ends = [from.x, ...behind.map(middle)];
        path += `M${from.x} ${from.y}V${bus}M${Math.min(...ends)} ${bus}H${Math.max(...ends)}`;
        for (const each of behind) path += `M${middle(each)} ${bus}V${each.y}`;
        // On to the next row at the left of this one.
        if (row !== rows.at(-1)) path += `M${Math.min(...ends)} ${bus}H${margin / 2}`;
        from = { x: margin / 2, y: bus };
      }
      return { path, dashed: false };
    });
}

/** From what works to what keeps, for each of these in a line of its own below each row. */
function storeLines(stores: readonly PlacedGroup[], rows: readonly Row[], width: number) {
  return stores.map((store, index) => {
    const shift = (index - (stores.length - 1) / 2) * 16;
    const trunk = width - margin / 2 + index * 5;
    let path = '';
    rows.forEach((row, at) => {
      const users = row.filter((each) => uses(each, store));
      const isLast = at === rows.length - 1;
      const usedAbove = rows.slice(0, at).some((above) => above.some((each) => uses(each, store)));
      const bus = Math.max(...row.map((each) => each.y + each.height)) + 12 + index * 10;
      const ends = [
        ...users.map((each) => middle(each) + shift),
        ...(isLast ? [middle(store)] : users.length > 0 ? [trunk] : []),
        ...(isLast && usedAbove ? [trunk] : []),
      ];
      if (ends.length === 0) return;
      for (const each of users) path += `M${middle(each) + shift} ${each.y + each.height}V${bus}`;
      path += `M${Math.min(...ends)} ${bus}H${Math.max(...ends)}`;
      if (isLast) path += `M${middle(store)} ${bus}V${store.y}`;
      else
        path += `M${trunk} ${bus}V${Math.max(...(rows[at + 1] ?? row).map((each) => each.y + each.height)) + 12 + index * 10}`;
    });
    return { path, dashed: index > 0 };
  });
}
