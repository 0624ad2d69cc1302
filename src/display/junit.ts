import type { At, Emit, Event, FailureText } from '../engine/event.ts';
import { type JunitCase, type JunitSuite, junitXml } from './junit-xml.ts';

/**
 * The run as a report in the form of JUnit, written whole when it has ended: a suite for each host, a case for each step,
 * what was changed as its output. Steps that were not begun are one case that was skipped.
 */
export function junitRenderer(write: (text: string) => void): Emit {
  const cases = new Map<string, JunitCase[]>();
  const changes = new Map<string, string[]>();
  let started: Extract<Event, { type: 'run-started' }> | undefined;
  const add = (host: string, play: string | undefined, each: Omit<JunitCase, 'classname'>) => {
    const all = cases.get(host) ?? [];
    cases.set(host, all);
    all.push({ classname: play === undefined ? host : `${host}.${play}`, ...each });
  };
  return (event) => {
    switch (event.type) {
      case 'run-started':
        started = event;
        return;
      case 'change-planned':
        changes.set(keyOf(event), [...(changes.get(keyOf(event)) ?? []), event.summary]);
        return;
      case 'host-failed':
        add(event.host, undefined, { name: 'connect', ms: 0, ...failureOf(event.error) });
        return;
      case 'step-finished':
        add(event.host, event.play, {
          name: event.step,
          ms: event.ms,
          ...outputOf(changes.get(keyOf(event))),
          ...failureOf(event.error),
        });
        changes.delete(keyOf(event));
        return;
      case 'run-finished':
        write(report(started, event, cases));
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
  cases: ReadonlyMap<string, JunitCase[]>,
): string {
  return junitXml(
    started?.playbook ?? '',
    started?.time ?? '',
    ms,
    tallies.map(({ host, left }) => suite(host, left, cases.get(host) ?? [])),
  );
}

function suite(host: string, left: number, cases: readonly JunitCase[]): JunitSuite {
  const notBegun = {
    classname: host,
    name: `${left} not begun`,
    ms: 0,
    skipped: 'something before failed, or the run was ended',
  };
  return { name: host, cases: left > 0 ? [...cases, notBegun] : cases };
}

function outputOf(changes: readonly string[] = []): Pick<JunitCase, 'output'> {
  return changes.length === 0 ? {} : { output: changes.join('\n') };
}

function failureOf(error: FailureText | undefined): Pick<JunitCase, 'failure'> {
  if (error === undefined) return {};
  const { cause, tail, hint } = error;
  const text = [cause, ...tail, ...(hint === undefined ? [] : [hint])].join('\n');
  return { failure: { message: cause, text } };
}
