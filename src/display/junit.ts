import type { At, Emit, Event, FailureText } from '../engine/event.ts';
import { type JunitCase, type JunitSuite, junitXml } from './junit-xml.ts';

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
  cases: readonly Case[],
): string {
  return junitXml(
    started?.playbook ?? '',
    started?.time ?? '',
    ms,
    tallies.map(({ host, left }) => suite(host, left, cases)),
  );
}

function suite(host: string, left: number, all: readonly Case[]): JunitSuite {
  const notBegun = {
    classname: host,
    name: `${left} not begun`,
    ms: 0,
    skipped: 'something before failed, or the run was ended',
  };
  const cases = all.filter((each) => each.host === host).map(caseOf);
  return { name: host, cases: left > 0 ? [...cases, notBegun] : cases };
}

function caseOf({ host, play, name, ms, changes, error }: Case): JunitCase {
  return {
    classname: play === '' ? host : `${host}.${play}`,
    name,
    ms,
    ...(changes.length === 0 ? {} : { output: changes.join('\n') }),
    ...(error === undefined ? {} : { failure: { message: error.cause, text: textOf(error) } }),
  };
}

function textOf({ cause, tail, hint }: FailureText): string {
  return [cause, ...tail, ...(hint === undefined ? [] : [hint])].join('\n');
}
