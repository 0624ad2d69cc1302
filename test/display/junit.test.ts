import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { junitRenderer } from '../../src/display/junit.ts';
import type { Event } from '../../src/engine/event.ts';

const started: Event = {
  type: 'run-started',
  playbook: 'Deploy',
  plays: [],
  hosts: ['gw1', 'gw2', 'km'],
  dryRun: false,
  time: '2026-03-04T05:06:07.089Z',
};
const at = (host: string, step: string) => ({ play: 'Install', host, step });
const done = (host: string, step: string, changes: number, ms: number): Event => ({
  type: 'step-finished',
  ...at(host, step),
  outcome: changes > 0 ? 'changed' : 'unchanged',
  changes,
  ms,
});
const events: readonly Event[] = [
  started,
  { type: 'host-failed', host: 'km', error: { cause: 'connection refused', tail: [], hint: 'is it up?' } },
  { type: 'change-planned', ...at('gw1', 'write-config'), summary: 'write <deployment.toml>' },
  done('gw1', 'write-config', 1, 1234),
  done('gw1', 'map-hosts', 0, 5),
  { type: 'change-planned', ...at('gw2', 'write-config'), summary: 'write it' },
  {
    type: 'step-finished',
    ...at('gw2', 'write-config'),
    outcome: 'failed',
    changes: 0,
    ms: 10,
    error: {
      cause: 'no space "left" & gone',
      tail: ['\u001b[31mline\u001b[0m <b>\u0000'],
      hint: 'free some',
    },
  },
  {
    type: 'run-finished',
    outcome: 'failed',
    changed: 1,
    failed: ['km', 'gw2'],
    tallies: [
      { host: 'gw1', changed: 1, unchanged: 1, failed: 0, left: 0 },
      { host: 'gw2', changed: 0, unchanged: 0, failed: 1, left: 3 },
      { host: 'km', changed: 0, unchanged: 0, failed: 1, left: 0 },
    ],
    ms: 2500,
    dryRun: false,
  },
];

function reportOf(all: readonly Event[]): string {
  let text = '';
  const emit = junitRenderer((chunk) => {
    text += chunk;
  });
  for (const event of all) emit(event);
  return text;
}

describe('a report in the form of JUnit', () => {
  it('is written whole when the run has ended, and not before', () => {
    expect(reportOf(events.slice(0, -1))).toBe('');
    expect(reportOf(events).split('\n')).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="Deploy" tests="5" failures="2" skipped="1" time="2.500">',
      '  <testsuite name="gw1" timestamp="2026-03-04T05:06:07.089Z" tests="2" failures="0" skipped="0" time="1.239">',
      '    <testcase classname="gw1.Install" name="write-config" time="1.234">',
      '      <system-out>write &lt;deployment.toml&gt;</system-out>',
      '    </testcase>',
      '    <testcase classname="gw1.Install" name="map-hosts" time="0.005"/>',
      '  </testsuite>',
      '  <testsuite name="gw2" timestamp="2026-03-04T05:06:07.089Z" tests="2" failures="1" skipped="1" time="0.010">',
      '    <testcase classname="gw2.Install" name="write-config" time="0.010">',
      '      <failure message="no space &quot;left&quot; &amp; gone" type="failed">no space &quot;left&quot; &amp; gone',
      '[31mline[0m &lt;b&gt;',
      'free some</failure>',
      '      <system-out>write it</system-out>',
      '    </testcase>',
      '    <testcase classname="gw2" name="3 not begun" time="0.000">',
      '      <skipped message="something before failed, or the run was ended"/>',
      '    </testcase>',
      '  </testsuite>',
      '  <testsuite name="km" timestamp="2026-03-04T05:06:07.089Z" tests="1" failures="1" skipped="0" time="0.000">',
      '    <testcase classname="km" name="connect" time="0.000">',
      '      <failure message="connection refused" type="failed">connection refused',
      'is it up?</failure>',
      '    </testcase>',
      '  </testsuite>',
      '</testsuites>',
      '',
    ]);
  });

  it('is XML that others read', () => {
    const names =
      'import sys, xml.etree.ElementTree as e; print([(s.get("name"), len(s)) for s in e.fromstring(sys.stdin.buffer.read())])';
    const read = execFileSync('python3', ['-c', names], { input: reportOf(events), encoding: 'utf8' });
    expect(read.trim()).toBe("[('gw1', 2), ('gw2', 2), ('km', 1)]");
  });
});
