import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError, type Issue, UsageError } from '../errors.ts';
import { type Batch, batchForm, readBatch } from './batch.ts';
import { decode } from './decode.ts';
import type { Position } from './inventory.ts';
import { textOf } from './text.ts';
import { plain } from './untemplated.ts';
import { readYaml } from './yaml.ts';

/** A step that a play calls, with its settings as written. */
export interface StepCall {
  readonly step: string;
  readonly params: unknown;
  /** Where a setting stands. */
  position(path: readonly (string | number)[]): Position;
  /** Earlier plays that have to be done at all of their hosts before. */
  readonly after?: readonly PlayName[];
}

/** A play that another speaks of, and where it does. */
export interface PlayName {
  readonly name: string;
  readonly position: Position;
}

/**
 * Steps for some hosts: all at once, one host after another in the order written, the first of them only, or in waves:
 * one entry of `hosts` after another, of each all at once, save those of whom a step says that they go by themselves.
 */
export interface Play {
  readonly name: string;
  /** Patterns of hosts, read as one; `controller` is the machine we run on. */
  readonly hosts: readonly string[];
  /** Where each of them stands, if that is known. */
  readonly hostPositions?: readonly Position[];
  readonly order: 'parallel' | 'sequence' | 'waves' | 'once';
  readonly steps: readonly StepCall[];
  /** In waves: how many of those who may be away together are. */
  readonly batch?: Batch;
  /** A step that tells who has a part in it: hosts at which it finds something to do, or with `holds: false` the others. */
  readonly condition?: { readonly step: StepCall; readonly holds: boolean };
  /** A later play. This one, that one and those between them begin together. */
  readonly beside?: PlayName;
  readonly position: Position;
}

/** A list of plays. */
export interface Playbook {
  readonly file: string;
  readonly name: string;
  readonly plays: readonly Play[];
}

const names = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const call = z.union([z.string().min(1), z.record(z.string(), z.unknown())]);
const batch = z.union([z.string(), z.number()], `must be ${batchForm}`).transform((written, context) => {
  const found = readBatch(String(written));
  if (found !== undefined) return found;
  context.addIssue(`must be ${batchForm}`);
  return z.NEVER;
});
const schema = z.strictObject({
  name: z.string().min(1),
  plays: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        hosts: names,
        in: z.enum(['parallel', 'sequence', 'waves', 'once']).default('parallel'),
        batch: batch.optional(),
        beside: z.string().min(1).optional(),
        if: z.string().min(1).optional(),
        unless: z.string().min(1).optional(),
        steps: z.array(call).min(1),
      }),
    )
    .min(1),
});

/** Reads a playbook file. Throws `InputError` with every issue, or `UsageError` if there is no such file. */
export async function loadPlaybook(file: string): Promise<Playbook> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new UsageError(`the playbook ${file} cannot be read: ${error.message}`);
  });
  const { text, issues } = textOf(file, bytes);
  if (issues.length > 0) throw new InputError(issues);
  return readPlaybook(file, text);
}

/** Reads a playbook's text. Throws `InputError` with every issue. */
export function readPlaybook(file: string, text: string): Playbook {
  const { document, issues } = readYaml(file, text);
  if (issues.length > 0) throw new InputError(issues);
  const decoded = decode(schema, plain(document.value), {
    position: document.position,
    baseDirectory: '.',
    path: [],
  });
  if (decoded.value === undefined) throw new InputError(decoded.issues);
  const wrong: Issue[] = [];
  decoded.value.plays.forEach((play, p) => {
    const path = ['plays', p, 'batch'];
    if (play.batch !== undefined && play.in !== 'waves')
      wrong.push({
        ...document.position(path),
        path: path.join('.'),
        message: 'is for plays with in: waves',
      });
    if (play.if !== undefined && play.unless !== undefined)
      wrong.push({
        ...document.position(['plays', p, 'unless']),
        path: `plays.${p}.unless`,
        message: 'stands beside if; a play has one of them',
      });
  });
  const plays = decoded.value.plays.map(
    (play, p): Play => ({
      name: play.name,
      ...(typeof play.hosts === 'string'
        ? { hosts: [play.hosts], hostPositions: [document.position(['plays', p, 'hosts'])] }
        : {
            hosts: play.hosts,
            hostPositions: play.hosts.map((_, h) => document.position(['plays', p, 'hosts', h])),
          }),
      order: play.in,
      ...(play.batch === undefined ? {} : { batch: play.batch }),
      position: document.position(['plays', p]),
      ...conditionOf(play, (key) => document.position(['plays', p, key])),
      ...(play.beside === undefined
        ? {}
        : { beside: { name: play.beside, position: document.position(['plays', p, 'beside']) } }),
      steps: readSteps(play.steps, ['plays', p, 'steps'], document.position, wrong),
    }),
  );
  if (wrong.length > 0) throw new InputError(wrong);
  return { file, name: decoded.value.name, plays };
}

/** Who has a part in a play, where it says so. */
function conditionOf(
  play: { readonly if?: string | undefined; readonly unless?: string | undefined },
  position: (key: string) => Position,
): Pick<Play, 'condition'> {
  const key = play.if === undefined ? 'unless' : 'if';
  const step = play[key];
  if (step === undefined) return {};
  return { condition: { step: { step, params: {}, position: () => position(key) }, holds: key === 'if' } };
}

/** Steps of a play. `after: <play>` among them is no step: it says what the next one waits for. */
function readSteps(
  written: readonly z.infer<typeof call>[],
  at: readonly (string | number)[],
  position: (path: readonly (string | number)[]) => Position,
  wrong: Issue[],
): StepCall[] {
  const steps: StepCall[] = [];
  let after: readonly PlayName[] = [];
  written.forEach((each, index) => {
    const path = [...at, index];
    const tell = (message: string) => wrong.push({ ...position(path), path: path.join('.'), message });
    const [[step, params] = ['', {}], ...more] =
      typeof each === 'string' ? [[each, {}] as const] : Object.entries(each);
    if (more.length > 0) tell('a step has one name; indent its settings under it');
    if (step !== 'after') {
      const waits = after.length === 0 ? {} : { after };
      after = [];
      steps.push({
        step,
        params: params ?? {},
        position: (inner) => position(typeof each === 'string' ? path : [...path, step, ...inner]),
        ...waits,
      });
      return;
    }
    const plays = names.safeParse(params);
    if (!plays.success) tell('after names one play, or a list of them');
    else if (index === written.length - 1) tell('no step follows that could wait');
    else
      after = [
        ...after,
        ...[plays.data].flat().map((name) => ({ name, position: position([...path, step]) })),
      ];
  });
  return steps;
}
