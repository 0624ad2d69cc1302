import type { At, Emit, Event, FailureText } from '../engine/event.ts';

/** What is known of one step at one host, or of a host that could not be entered. */
interface Case {
  readonly host: string;
  readonly play: string;
  readonly name: string;
  readonly ms: number;
  readonly changes: readonly string[];
  readonly error?: FailureText;
}

/**
 * The run as a report in the form of JUnit, written whole when it has ended: a suite for each host, a case for each step,
 * what was changed as its output. Steps that were not begun are one case that was skipped.
 */
export function junitRenderer(write: (text: string) => void): Emit {
  const cases: Case[] = [];
  const changes = new Map<string, string[]>();
  let started: Extract<Event, { type: 'run-started' }> | undefined;
  return (event) => {
    switch (event.type) {
      case 'run-started':
        started = event;
        return;
      case 'change-planned':
        changes.set(keyOf(event), [...(changes.get(keyOf(event)) ?? []), event.summary]);
        return;
      case 'host-failed':
        cases.push({ host: event.host, play: '', name: 'connect', ms: 0, changes: [], error: event.error });
        return;
      case 'step-finished':
        cases.push({
          host: event.host,
          play: event.play,
          name: event.step,
          ms: event.ms,
          changes: changes.get(keyOf(event)) ?? [],
          ...(event.error === undefined ? {} : { error: event.error }),
        });
        changes.delete(keyOf(event));
        return;
      case 'run-finished':
        write(`${report(started, event, cases).join('\n')}\n`);
        return;
      default:
    }
  };
}

function keyOf({ play, host, step }: At): string {
  return JSON.stringify([play, host, step]);
}

function report(
  started: Extract<Event, { type: 'run-started' }> | undefined,
  { tallies, ms }: Extract<Event, { type: 'run-finished' }>,
  cases: readonly Case[],
): string[] {
  const failed = cases.filter(({ error }) => error !== undefined).length;
  const skipped = tallies.filter(({ left }) => left > 0).length;
  const all = { name: started?.playbook ?? '', tests: cases.length + skipped, failures: failed, skipped };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ ...all, time: seconds(ms) })}>`,
    ...tallies.flatMap(({ host, left }) => suite(host, left, cases, started?.time ?? '')),
    '</testsuites>',
  ];
}

function suite(host: string, left: number, all: readonly Case[], timestamp: string): string[] {
  const cases = all.filter((each) => each.host === host);
  const sums = {
    name: host,
    timestamp,
    tests: cases.length + (left > 0 ? 1 : 0),
    failures: cases.filter(({ error }) => error !== undefined).length,
    skipped: left > 0 ? 1 : 0,
    time: seconds(cases.reduce((sum, { ms }) => sum + ms, 0)),
  };
  return [
    `  <testsuite${attributes(sums)}>`,
    ...cases.flatMap(testcase),
    ...(left > 0
      ? [
          `    <testcase${attributes({ classname: host, name: `${left} not begun`, time: '0.000' })}>`,
          '      <skipped message="something before failed, or the run was ended"/>',
          '    </testcase>',
        ]
      : []),
    '  </testsuite>',
  ];
}

function testcase({ host, play, name, ms, changes, error }: Case): string[] {
  const head = attributes({ classname: play === '' ? host : `${host}.${play}`, name, time: seconds(ms) });
  if (error === undefined && changes.length === 0) return [`    <testcase${head}/>`];
  const more = error === undefined ? [] : [...error.tail, ...(error.hint === undefined ? [] : [error.hint])];
  return [
    `    <testcase${head}>`,
    ...(error === undefined
      ? []
      : [
          `      <failure${attributes({ message: error.cause, type: 'failed' })}>${escaped([error.cause, ...more].join('\n'))}</failure>`,
        ]),
    ...(changes.length === 0 ? [] : [`      <system-out>${escaped(changes.join('\n'))}</system-out>`]),
    '    </testcase>',
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** What XML has no place for, such as colours of a terminal, is left out. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
