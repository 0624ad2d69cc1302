/** A case of a report in the form of JUnit. */
export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly ms: number;
  /** What was done, or seen. */
  readonly output?: string;
  /** Why it is not as it should be: in short, and whole. */
  readonly failure?: { readonly message: string; readonly text: string };
  /** Why nothing can be said of it. */
  readonly skipped?: string;
}

/** The cases of one host, or of one file. */
export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

/** The report whole, as programs that run pipelines read it. `time` is that of the day, in ISO 8601; `ms` how long all of it took. */
export function junitXml(name: string, time: string, ms: number, suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...sums(cases), time: seconds(ms) })}>`,
    ...suites.flatMap((suite) => suiteOf(suite, time)),
    '</testsuites>',
  ].join('\n')}\n`;
}

function suiteOf({ name, cases }: JunitSuite, timestamp: string): string[] {
  const time = seconds(cases.reduce((sum, { ms }) => sum + ms, 0));
  return [
    `  <testsuite${attributes({ name, timestamp, ...sums(cases), time })}>`,
    ...cases.flatMap(caseOf),
    '  </testsuite>',
  ];
}

function sums(cases: readonly JunitCase[]): { tests: number; failures: number; skipped: number } {
  return {
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure !== undefined).length,
    skipped: cases.filter(({ skipped }) => skipped !== undefined).length,
  };
}

function caseOf({ classname, name, ms, failure, skipped, output }: JunitCase): string[] {
  const head = attributes({ classname, name, time: seconds(ms) });
  const inside = [
    ...(failure === undefined
      ? []
      : [
          `      <failure${attributes({ message: failure.message, type: 'failed' })}>${escaped(failure.text)}</failure>`,
        ]),
    ...(skipped === undefined ? [] : [`      <skipped${attributes({ message: skipped })}/>`]),
    ...(output === undefined ? [] : [`      <system-out>${escaped(output)}</system-out>`]),
  ];
  if (inside.length === 0) return [`    <testcase${head}/>`];
  return [`    <testcase${head}>`, ...inside, '    </testcase>'];
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
