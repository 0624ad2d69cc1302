import { hostname } from 'node:os';
import type { Topology } from '../apim/cluster/topology.ts';
import type { Emit } from '../engine/event.ts';
import { keepRecord } from '../record/kept.ts';
import { type RunHeader, recordFolder, startRecord } from '../record/recorder.ts';
import { finishOf } from '../record/records.ts';
import { redact } from '../secret.ts';
import { layoutOf } from './layout.ts';
import { type HostSession, operator } from './session.ts';
import { refuseNoFolder, writePage } from './write-page.ts';

/** What is written down of a run, and where. */
export interface RecordingOptions {
  /** Whether what is done is written down beside the inventory; it is, unless somebody says no. */
  readonly record?: boolean;
  /** The file that gets a page of the run in the end, also of a dry run. */
  readonly report?: string;
}

/** Whoever writes a run down. */
export interface Recording {
  readonly emit: Emit;
  /** Heard once the run has ended, however it did; returns what there is to say. */
  end(): Promise<string | undefined>;
}

/** What listens to a run to write it down. Throws `UsageError` if there is no folder for the page. */
export function recordingOf(
  session: HostSession,
  topology: Topology | undefined,
  { record = true, report }: RecordingOptions,
  dryRun: boolean,
): Recording {
  if (report !== undefined) refuseNoFolder(report);
  const header: RunHeader = {
    inventory: session.inventory.file,
    command: whatWasTyped(),
    operator: operator(),
    machine: hostname(),
    pid: process.pid,
    ...(topology === undefined ? {} : { layout: layoutOf(topology) }),
  };
  // A dry run does nothing that would have to be on record.
  const file = dryRun || !record ? undefined : inFolder(session, header);
  const kept = report === undefined ? undefined : keepRecord(whatRuns(), header, () => new Date());
  return {
    emit(event) {
      file?.emit(event);
      kept?.emit(event);
    },
    async end() {
      file?.close();
      if (kept === undefined || report === undefined) return undefined;
      const found = kept.record();
      try {
        await writePage(report, found, finishOf(found)?.outcome ?? 'unfinished');
        return `the page of this run: ${report}`;
      } catch (error) {
        // What was done is done.
        return `the page of this run cannot be written: ${(error as Error).message}`;
      }
    },
  };
}

/** The record in `runs/`. One that cannot be written keeps nobody from what has to be done, but is told. */
function inFolder(
  { surroundings }: HostSession,
  header: RunHeader,
): { emit: Emit; close(): void } | undefined {
  const told = (error: Error) =>
    process.stderr.write(`what this run does is not on record: ${redact(error.message)}\n`);
  try {
    const folder = recordFolder(surroundings.baseDirectory);
    const record = startRecord(folder, whatRuns(), header, () => new Date());
    let failed = false;
    return {
      close: record.close,
      emit(event) {
        if (failed) return;
        try {
          record.emit(event);
        } catch (error) {
          failed = true;
          told(error as Error);
        }
      },
    };
  } catch (error) {
    told(error as Error);
    return undefined;
  }
}

/** The command, without secrets. */
export function whatWasTyped(): string {
  return redact(`apim-orchestrate ${process.argv.slice(2).join(' ')}`);
}

/** The command, as a part of a file name. */
function whatRuns(): string {
  return (process.argv.slice(2).find((word) => /^[a-z][a-z-]*$/.test(word)) ?? 'run').slice(0, 40);
}
