import { redact } from '../secret.ts';
import { type JunitSuite, junitXml } from './junit-xml.ts';

/** How a report can be shown. */
export type ReportKind = 'text' | 'json' | 'junit';

/** What a look at something came to, for people, for programs and for pipelines. */
export interface Report {
  readonly name: string;
  readonly text: () => string;
  /** As it stands in JSON. */
  readonly data: unknown;
  /** A suite for each host or file, a case for each thing that was looked at. */
  readonly suites: () => readonly JunitSuite[];
}

/** The text of a report in one of its forms, with the end of its last line. */
export function renderReport(report: Report, kind: ReportKind, time: Date): string {
  switch (kind) {
    case 'text':
      return redact(`${report.text()}\n`);
    case 'json':
      return `${JSON.stringify(report.data, withoutSecrets, 2)}\n`;
    case 'junit':
      return junitXml(report.name, time.toISOString(), 0, masked(report.suites()));
  }
}

/** In each text by itself: in JSON a secret can be written otherwise than it is. */
function withoutSecrets(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? redact(value) : value;
}

/** Before it becomes XML, for the same reason. */
function masked(suites: readonly JunitSuite[]): JunitSuite[] {
  return JSON.parse(JSON.stringify(suites, withoutSecrets));
}
