import type { Event } from '../engine/event.ts';

/** A time for people: `0.4 s`, `41 s`, `3 min 04 s`. */
export function showDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** A time in whole seconds, for what is counted on: `41 s`, `5 min`, `3 min 04 s`, `1 h 02 min`. */
export function showSeconds(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (minutes === 0) return `${seconds} s`;
  if (hours > 0) return `${hours} h ${two(minutes % 60)} min`;
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${two(seconds % 60)} s`;
}

/** An amount of bytes for people: `1.5 MB`. */
export function showSize(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}

/** `1 change`, `2 changes`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** Text from a server without anything that moves a cursor, changes a colour or turns the order of signs. */
export function printable(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is struck out
      .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007]*\u0007?/g, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the same
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
      .replaceAll('\t', '  ')
  );
}

/** The same in one line. */
export function inOneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}

/** What a host is doing right now, as one short line; undefined for events that are not about that. */
export function doing(event: Event): string | undefined {
  switch (event.type) {
    case 'host-connecting':
      return 'connecting and looking';
    case 'step-started':
      return event.step;
    case 'change-started':
      return `${event.step}: ${printable(event.summary)}`;
    case 'progress': {
      const rate = event.rate === 0 ? '' : `, ${showSize(event.rate)}/s`;
      if (event.total === 0) return `${event.step}: ${showSize(event.done)}${rate}`;
      const percent = Math.floor((event.done / event.total) * 100);
      return `${event.step}: ${percent} % (${showSize(event.done)} of ${showSize(event.total)}${rate})`;
    }
    case 'waiting': {
      const limit = event.timeoutMs === undefined ? '' : ` of ${showSeconds(event.timeoutMs)}`;
      return `${event.step}: waiting for ${printable(event.what)} (${printable(event.why)}), ${showDuration(event.ms)}${limit}`;
    }
    default:
      return undefined;
  }
}

/** Who goes together, and why they are so few: `wave 2: km2, alone: it makes …`. */
export function waveLine({ wave, hosts, why }: Extract<Event, { type: 'wave-started' }>): string {
  return `wave ${wave}: ${hosts.join(', ')}${why === undefined ? '' : `, alone: ${printable(why)}`}`;
}
