import { lintAcross } from '../apim/checks/lint/across.ts';
import type { Finding } from '../apim/checks/lint/finding.ts';
import { lintTopology } from '../apim/checks/lint/topology-lint.ts';
import type { Topology } from '../apim/cluster/topology.ts';
import { lintMaterial } from '../certificates/lint.ts';
import { readMaterial } from '../certificates/read.ts';
import type { JunitCase, JunitSuite } from '../display/junit-xml.ts';
import { type Report, type ReportKind, renderReport } from '../display/report.ts';
import { count } from '../display/words.ts';
import { InputError, StepFailed, showIssue } from '../errors.ts';
import { exitCodes } from './exit-codes.ts';
import { keyFileFindings } from './key-files.ts';
import { lookAtMany } from './many-hosts.ts';
import { missingFiles } from './missing-files.ts';
import { type CommonOptions, openSession, type Session } from './session.ts';

/** Says all that is wrong or doubtful in inventories, without any connection. With `strict`, doubts are errors. */
export async function validate(
  inventoryFiles: readonly string[],
  options: CommonOptions & { readonly strict?: boolean; readonly output: ReportKind },
): Promise<number> {
  const seen = [];
  for (const file of inventoryFiles) seen.push(await findingsIn(file, options));
  const topologies = seen.flatMap(({ topology }) => topology ?? []);
  const findings = [...seen.flatMap((each) => each.findings), ...lintAcross(topologies)];
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const report = findingsReport(inventoryFiles, findings, options.strict === true);
  process.stdout.write(renderReport(report, options.output, new Date()));
  return errors > 0 || (options.strict === true && findings.length > 0) ? exitCodes.usage : exitCodes.ok;
}

async function findingsIn(
  file: string,
  options: CommonOptions,
): Promise<{ topology: Topology | undefined; findings: readonly Finding[] }> {
  try {
    const session = await openSession(file, options, 'validate', { lint: false, acts: false });
    try {
      return { topology: session.world.topology, findings: await findingsOf(session) };
    } finally {
      await session.pool.close();
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const findings = error.issues.map(
      (issue): Finding => ({ code: 'schema', ...issue, severity: 'error', why: '', fix: '' }),
    );
    return { topology: undefined, findings };
  }
}

/** What is wrong or doubtful, in every form; where `strict`, a doubt fails as well. */
export function findingsReport(
  files: readonly string[],
  findings: readonly Finding[],
  strict: boolean,
): Report {
  return {
    name: 'validate',
    data: findings,
    text: () => showFindings(findings),
    suites: () =>
      [...new Set([...files, ...findings.map(({ file }) => file)])].map((file) =>
        suiteOf(file, findings, strict),
      ),
  };
}

function suiteOf(file: string, findings: readonly Finding[], strict: boolean): JunitSuite {
  const cases = findings
    .filter((finding) => finding.file === file)
    .map((finding): JunitCase => {
      const { code, severity, why, fix } = finding;
      const message = showIssue(finding);
      const text = [message, why, fix].filter((line) => line !== '').join('\n');
      return {
        ...{ classname: file, name: code, ms: 0 },
        ...(severity === 'error' || strict ? { failure: { message, text } } : { output: text }),
      };
    });
  const sound = { classname: file, name: 'nothing to complain about', ms: 0 };
  return { name: file, cases: cases.length === 0 ? [sound] : cases };
}

/** All that is wrong or doubtful in an inventory that can be understood. */
export async function findingsOf(session: Session): Promise<readonly Finding[]> {
  const { world, hosts, inventory } = session;
  try {
    const { once } = await lookAtMany(session).here();
    const material = await once(readMaterial, world);
    return [
      ...lintTopology(world.topology),
      ...lintMaterial(world, material),
      ...missingFiles(world.topology),
      ...keyFileFindings(hosts),
    ];
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const finding: Finding = {
      file: inventory.file,
      line: 1,
      column: 1,
      path: '',
      message: error.cause,
      code: 'file',
      severity: 'error',
      why: 'the files that the inventory names are needed',
      fix: error.hint ?? '',
    };
    return [...lintTopology(world.topology), finding];
  }
}

/** Findings as people read them: where, what, why, and what to do. */
function showFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap((finding) => [
    `${finding.severity} ${finding.code}: ${showIssue(finding)}`,
    ...(finding.why === '' ? [] : [`    why: ${finding.why}`]),
    ...(finding.fix === '' ? [] : [`    fix: ${finding.fix}`]),
  ]);
  const found = (severity: Finding['severity']) =>
    count(findings.filter((finding) => finding.severity === severity).length, severity);
  const total =
    findings.length === 0 ? 'nothing to complain about' : `${found('error')}, ${found('warning')}`;
  return [...lines, total].join('\n');
}
