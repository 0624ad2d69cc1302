import type { Event } from '../../engine/event.ts';

type Started = Extract<Event, { type: 'run-started' }>;

/** A play as far as it has come. */
export interface LivePlay {
  readonly number: number;
  readonly name: string;
  readonly steps: readonly string[];
  /** Whether it is for anybody is known when it begins. */
  readonly conditional: boolean;
  /** Who has a part in it; known for sure once it has begun. */
  hosts: ReadonlySet<string>;
  begun: boolean;
  /** Who goes together, one turn after another, as far as it is known. */
  turns: readonly (readonly string[])[];
  /** The turn of each host. */
  turnOf: ReadonlyMap<string, number>;
  /** The turn that is under way. */
  turn: number;
  /** How many steps each host has behind it. */
  readonly finished: Map<string, number>;
}

/** The plays of a run before anything has happened. */
export function playsOf({ plays }: Started): LivePlay[] {
  return plays.map(({ play, hosts, steps, conditional = false }, index) => ({
    ...{ number: index + 1, name: play, steps, hosts: new Set(hosts), conditional, begun: false, turn: 0 },
    ...{ turns: [hosts], turnOf: new Map(), finished: new Map() },
  }));
}

/** The turn of a play has come. Names of plays need not differ. */
export function beginPlay(
  plays: readonly LivePlay[],
  event: Extract<Event, { type: 'play-started' }>,
): LivePlay | undefined {
  const play = plays.find(({ name, begun }) => name === event.play && !begun);
  if (play === undefined) return undefined;
  play.begun = true;
  play.hosts = new Set(event.hosts);
  setTurns(play, event.groups ?? [event.hosts]);
  return play;
}

/** The play that events of this name belong to. */
export function playNamed(plays: readonly LivePlay[], name: string): LivePlay | undefined {
  return plays.findLast((play) => play.begun && play.name === name);
}

/** A wave has begun: its group goes in waves, one turn each. */
export function beginWave(play: LivePlay, event: Extract<Event, { type: 'wave-started' }>): void {
  const first = event.hosts[0] ?? '';
  const at = play.turnOf.get(first) ?? play.turn;
  const group = play.turns[at] ?? [];
  const waves = [event.hosts, ...(event.later ?? [])];
  const told = new Set(waves.flat());
  // Records of before tell of no waves but this one.
  const rest = group.filter((host) => !told.has(host));
  setTurns(play, [
    ...play.turns.slice(0, at),
    ...waves,
    ...(rest.length === 0 ? [] : [rest]),
    ...play.turns.slice(at + 1),
  ]);
  reach(play, first);
}

/** Whoever does something has its turn. */
export function reach(play: LivePlay, host: string): void {
  play.turn = Math.max(play.turn, play.turnOf.get(host) ?? 0);
}

function setTurns(play: LivePlay, turns: readonly (readonly string[])[]): void {
  play.turns = turns;
  play.turnOf = new Map(turns.flatMap((hosts, index) => hosts.map((host) => [host, index] as const)));
}

/** Whether nobody is known to have a part in a play: it has a condition, or a later one has begun without it. */
export function isForNobody(plays: readonly LivePlay[], { begun, conditional, number }: LivePlay): boolean {
  return !begun && (conditional || plays.some((other) => other.begun && other.number > number));
}

/** How many steps a host has left in a play. */
export function leftOf({ hosts, steps, finished }: LivePlay, host: string): number {
  return hosts.has(host) ? steps.length - (finished.get(host) ?? 0) : 0;
}
