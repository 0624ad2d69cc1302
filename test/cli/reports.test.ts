import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/apim/checks/lint/finding.ts';
import type { CertificateReport, CertificateRow } from '../../src/certificates/inventory-of.ts';
import { commandLine } from '../../src/cli/args.ts';
import { auditReport } from '../../src/cli/audit.ts';
import { certsReport } from '../../src/cli/certs.ts';
import { statusReport } from '../../src/cli/status.ts';
import { findingsReport } from '../../src/cli/validate.ts';
import { type Report, renderReport } from '../../src/display/report.ts';
import { Secret } from '../../src/secret.ts';

const now = new Date('2026-03-01T12:00:00Z');

/** The cases of a report: `suite: name`, with ✗ and why if it fails, and what it says if it does not. */
function casesOf(report: Report): string[] {
  return report
    .suites()
    .flatMap(({ name: suite, cases }) =>
      cases.map(
        ({ name, failure, output }) =>
          `${failure === undefined ? '' : '✗ '}${suite}: ${name}${failure === undefined ? '' : `: ${failure.message}`}${output === undefined ? '' : ` (${output.split('\n').join(' | ')})`}`,
      ),
    );
}

describe('status, for a pipeline', () => {
  const sound = {
    host: 'gw1',
    role: 'gateway',
    pid: 4711,
    version: '3.2.0',
    uptimeSeconds: 5,
    ready: true,
    notes: [],
    certificateEnds: undefined,
  };

  it('has a case for each host, which fails where it is not ready', () => {
    const report = statusReport([
      sound,
      { ...sound, host: 'gw2', notes: ['drained'] },
      { ...sound, host: 'gw3', ready: false },
      { ...sound, host: 'km', role: '', ready: false, notes: ['connection refused'] },
    ]);
    expect(casesOf(report)).toEqual([
      'gw1: is ready',
      'gw2: is ready (drained)',
      '✗ gw3: is ready: gateway is not ready',
      '✗ km: is ready: connection refused',
    ]);
  });
});

describe('the audit, for a pipeline', () => {
  it('has a case for each finding, and what has its reason does not fail', () => {
    const report = auditReport([
      { host: 'gw1', findings: [] },
      {
        host: 'km',
        findings: [
          { code: 'open-port', message: 'all can reach 9443', fix: 'close it' },
          { code: 'shared-key', message: 'it is the same', fix: 'as it has to be', note: true },
        ],
      },
    ]);
    expect(casesOf(report)).toEqual([
      'gw1: nothing to complain about',
      '✗ km: open-port: all can reach 9443',
      'km: shared-key (it is the same | as it has to be)',
    ]);
  });
});

describe('validate, for a pipeline', () => {
  const finding = (severity: Finding['severity'], file: string): Finding => ({
    ...{ file, line: 3, column: 5, path: 'apim.admin', message: 'is weak', code: 'weak', severity },
    ...{ why: 'it is guessed', fix: 'take another' },
  });
  const findings = [finding('warning', 'a.yaml'), finding('error', 'b.yaml')];

  it('has a suite for each file, and a doubt fails only if it is strict', () => {
    const cases = (strict: boolean) =>
      casesOf(findingsReport(['a.yaml', 'b.yaml', 'c.yaml'], findings, strict));
    expect(cases(false)).toEqual([
      'a.yaml: weak (a.yaml:3:5: apim.admin: is weak | it is guessed | take another)',
      '✗ b.yaml: weak: b.yaml:3:5: apim.admin: is weak',
      'c.yaml: nothing to complain about',
    ]);
    expect(cases(true)[0]).toBe('✗ a.yaml: weak: a.yaml:3:5: apim.admin: is weak');
  });
});

describe('certs, for a pipeline', () => {
  const row = (what: string, daysLeft: number, matters = true): CertificateRow => ({
    ...{ what, subject: `CN=${what}`, names: [], issuer: 'CN=ca', issuedBy: undefined, matters, daysLeft },
    begins: '2026-01-01T00:00:00Z',
    ends: new Date(now.getTime() + daysLeft * 86_400_000).toISOString(),
    fingerprint: 'ab',
    places: [{ host: 'gw1', path: '/tls.jks', alias: 'own', use: 'TLS key', shown: true }],
    trustedBy: [],
  });
  const report: CertificateReport = {
    certificates: [row('gw1', -2), row('km', 10), row('old', 10, false), row('ca', 300)],
    others: { count: 0, ended: 0, unreadable: 0 },
    servers: [
      { host: 'gw1', stores: 3 },
      { host: 'km', stores: 0 },
    ],
    problems: [
      { host: 'gw1', path: '/x.jks', why: 'cannot be opened' },
      { host: 'km', why: 'refused' },
    ],
  };

  it('fails for what the exit code counts: what was not seen, and what ends within the time that was asked for', () => {
    const told = { now, all: false, withinMs: 30 * 86_400_000 };
    const cases = casesOf(certsReport(report, told)).map((line) => line.replace(/ \(.*/, ''));
    expect(cases).toEqual([
      '✗ certificates: gw1: CN=gw1: ended on 2026-02-27',
      '✗ certificates: km: CN=km: ends on 2026-03-11, in 10 d',
      'certificates: old: CN=old',
      'certificates: ca: CN=ca',
      'hosts: can be looked at',
      '✗ hosts: /x.jks can be read: cannot be opened',
      '✗ hosts: can be looked at: refused',
    ]);
    const unasked = casesOf(certsReport(report, { ...told, withinMs: undefined }));
    expect(unasked[0]).toBe('certificates: gw1: CN=gw1 (ended on 2026-02-27 | SHA-256 ab | gw1: /tls.jks)');
  });
});

describe('a report', () => {
  const said = 'fake-pass"word';
  const secret = new Secret(said);
  const report: Report = {
    name: 'own',
    text: () => `it said ${said}`,
    data: [{ said }],
    suites: () => [{ name: 'a', cases: [{ classname: 'a', name: `said ${said}`, ms: 0 }] }],
  };

  it.each(['text', 'json', 'junit'] as const)(
    'has no secret in it as %s, however it is written there',
    (kind) => {
      const text = renderReport(report, kind, now);
      expect(text).toContain('said');
      expect(text).not.toContain('fake');
      expect(text).not.toContain(secret.reveal());
      expect(text.endsWith('\n')).toBe(true);
      if (kind === 'json') expect(JSON.parse(text)).toEqual([{ said: '(secret)' }]);
    },
  );
});

describe('the forms of reports', () => {
  const outputOf = (name: string) =>
    commandLine('1.2.3', () => undefined)
      .commands.find((command) => command.name() === name)
      ?.options.find(({ long }) => long === '--output');

  it.each(['status', 'certs', 'validate'])(
    '%s takes every one that can be shown, and is a text without it',
    (name) => {
      const option = outputOf(name);
      expect(option?.argChoices).toEqual(['text', 'json', 'junit']);
      expect(option?.defaultValue).toBe('text');
    },
  );

  it.each(['audit', 'runs'])('%s is no report, and takes none that it cannot show', (name) => {
    expect(outputOf(name)?.argChoices).toEqual(['text', 'json']);
  });
});
