import { orInterrupted } from '../connection/or-interrupted.ts';
import type { JunitCase, JunitSuite } from '../display/junit-xml.ts';
import { type Report, type ReportKind, renderReport } from '../display/report.ts';
import { createLedger, createLooker } from '../engine/places.ts';
import { Interrupted } from '../errors.ts';
import type { Host } from '../input/inventory.ts';
import type { World } from '../steps/define.ts';
import { type ExaminedPart, examineFitness, examineShell } from '../steps/examination.ts';
import { asker } from './asker.ts';
import { describeLogin, type Entered, examineWay, notEntered } from './examine-host.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseKeyFiles } from './key-files.ts';
import {
  type CommonOptions,
  chosenHosts,
  deploymentOf,
  describesDeployment,
  type HostSession,
  openHosts,
  withinLimit,
} from './session.ts';

/** What was found at one host. */
export interface Examination {
  readonly host: string;
  /** How it is entered. */
  readonly login: string;
  /** In the order in which one depends on the other; it ends early where nothing more can be tried. */
  readonly parts: readonly ExaminedPart[];
}

/** What `doctor` is asked for. */
export interface DoctorOptions extends CommonOptions {
  readonly output: ReportKind;
  readonly verbose?: boolean;
}

/**
 * Tries all that a deployment needs of servers, and says what to do where something is missing. It alters nothing. Exit
 * code 1 if anything is wrong anywhere.
 */
export async function examine(
  inventoryFile: string,
  pattern: string | undefined,
  options: DoctorOptions,
): Promise<number> {
  const session = await openHosts(inventoryFile, options, 'doctor', false);
  const { inventory, surroundings, pool, stop } = session;
  const hosts =
    pattern === undefined
      ? session.hosts
      : withinLimit(
          session,
          chosenHosts(inventory, pattern, 'the pattern'),
          `the hosts that ${JSON.stringify(pattern)} names`,
        );
  const world = describesDeployment(inventory) ? deploymentOf(session, false) : undefined;
  await refuseKeyFiles(hosts, asker(stop));
  try {
    const enter = entering(session);
    const examinations = hosts.map(
      async (host): Promise<Examination> => ({
        host: host.name,
        login: describeLogin(host.login),
        parts: await examineHost(host, world, enter, stop),
      }),
    );
    const found = await orInterrupted(stop, Promise.all(examinations));
    const report = doctorReport(found, options.verbose === true);
    process.stdout.write(renderReport(report, options.output, surroundings.now));
    return found.every(isFit) ? exitCodes.ok : exitCodes.failed;
  } finally {
    await pool.close();
  }
}

type Enter = (host: Host) => Promise<Entered>;

function entering({ pool }: HostSession): Enter {
  const looker = createLooker(({ login }) => pool.connect(login), createLedger());
  return async (host) => {
    const connection = await pool.connect(host.login);
    return { connection, asks: looker.from(host, connection) };
  };
}

async function examineHost(
  host: Host,
  world: World | undefined,
  enter: Enter,
  stop: AbortSignal,
): Promise<readonly ExaminedPart[]> {
  const way = host.login.kind === 'local' ? [] : await examineWay(host.login, stop);
  if (way.some(isWrong)) return way;
  try {
    const { connection, asks } = await enter(host);
    const shell = await examineShell(host, connection.user, asks, world);
    if (world === undefined || shell.some(isWrong)) return [...way, ...shell];
    return [...way, ...shell, ...(await examineFitness(host, asks, world))];
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return [...way, notEntered(error)];
  }
}

function isWrong({ verdict }: ExaminedPart): boolean {
  return verdict === 'wrong';
}

function isFit({ parts }: Examination): boolean {
  return !parts.some(isWrong);
}

/** What was found at hosts, in every form. What is well is told in one line of text, or `verbose` in one each. */
export function doctorReport(all: readonly Examination[], verbose: boolean): Report {
  return {
    name: 'doctor',
    data: all,
    text: () => [...all.map((each) => tell(each, verbose)), summary(all)].join('\n\n'),
    suites: () => all.map(suiteOf),
  };
}

const marks = { ok: '✓', doubt: '?', wrong: '✗' } as const;

function tell({ host, login, parts }: Examination, verbose: boolean): string {
  const line = ({ name, verdict, said, cure }: ExaminedPart) => [
    `  ${marks[verdict]} ${name}: ${said}`,
    ...(cure === undefined ? [] : [`    → ${cure}`]),
  ];
  const well = parts.filter(({ verdict }) => verdict === 'ok');
  const folded = verbose || well.length === 0 ? [] : [`  ✓ ${well.map(({ name }) => name).join(', ')}`];
  const told = verbose ? parts : parts.filter(({ verdict }) => verdict !== 'ok');
  return [`${host}  ${login}`, ...folded, ...told.flatMap(line)].join('\n');
}

function summary(all: readonly Examination[]): string {
  const unfit = all.filter((each) => !isFit(each)).map(({ host }) => host);
  if (unfit.length === 0) return `${all.length === 1 ? 'the host is' : `all ${all.length} hosts are`} fit`;
  return `${unfit.length} of ${all.length} ${all.length === 1 ? 'host' : 'hosts'} ${unfit.length === 1 ? 'is' : 'are'} not fit: ${unfit.join(', ')}; mend what is marked ✗, and try again`;
}

function suiteOf({ host, parts }: Examination): JunitSuite {
  return {
    name: host,
    cases: parts.map(({ name, verdict, said, cure }): JunitCase => {
      const text = cure === undefined ? said : `${said}\n→ ${cure}`;
      const common = { classname: host, name, ms: 0 };
      return verdict === 'wrong'
        ? { ...common, failure: { message: said, text } }
        : { ...common, output: text };
    }),
  };
}
