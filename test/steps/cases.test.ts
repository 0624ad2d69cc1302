import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnyStep } from '../../src/engine/step.ts';
import type { World } from '../../src/steps/define.ts';
import { register } from '../../src/steps/index.ts';
import { companyOf, planned, plannedChanges, proven, type StepCase, untold } from '../support/step-cases.ts';

/** The cases of every step, by its name: `<step>.cases.ts` beside this file. */
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.cases.ts'));
const sets = await Promise.all(
  files.map(async (file) => {
    const name = file.slice(0, -'.cases.ts'.length);
    const { step, cases, command } = (await import(`./${name}.cases.ts`)) as {
      readonly step: AnyStep<World>;
      readonly cases: readonly StepCase[];
      /** The command that runs the step, where playbooks cannot name it. */
      readonly command?: string;
    };
    return { name, step, cases, command };
  }),
);

/** Whether what was planned is what the case says: summaries as they are, actions as texts or patterns. */
function fits(found: ReturnType<typeof planned>, { plans, refuses }: StepCase): boolean {
  if (typeof found === 'string') return refuses?.test(found) === true;
  if (refuses !== undefined || plans === undefined) return false;
  if (Object.keys(found).join('\n') !== Object.keys(plans).join('\n')) return false;
  return Object.entries(plans).every(([summary, lines]) => linesFit(found[summary] ?? [], lines));
}

function linesFit(found: readonly string[], wanted: readonly (string | RegExp)[]): boolean {
  return (
    found.length === wanted.length &&
    wanted.every((line, index) =>
      typeof line === 'string' ? line === found[index] : line.test(found[index] ?? ''),
    )
  );
}

describe.each(sets)('$name', ({ name, step, cases, command }) => {
  it('is a step that playbooks can name, unless a command of its own runs it', () => {
    expect(step.name).toBe(name);
    expect(register.has(name)).toBe(command === undefined);
  });

  it.each(cases)('when $when', (each) => {
    const found = planned(step, each);
    expect(fits(found, each), JSON.stringify(found, undefined, 2)).toBe(true);
    if (each.company !== undefined) expect(companyOf(step, each)).toEqual(each.company);
    if (each.proves === undefined) return;
    const tried = proven(step, each);
    expect(linesFit(tried, each.proves), JSON.stringify(tried, undefined, 2)).toBe(true);
  });

  it('tells people of all that it does, on a line each', () => {
    // What people wrote themselves needs no other name.
    if (name === 'run-command') return;
    expect(cases.flatMap((each) => untold(plannedChanges(step, each)))).toEqual([]);
  });

  it('waits for no step that there is not', () => {
    const plans = cases.map((each) => planned(step, each)).filter((found) => typeof found !== 'string');
    const lines = plans.flatMap((found) => Object.values(found).flat());
    const needed = lines.filter((line) => line.startsWith('after ')).map((line) => line.slice(6));
    expect(needed.filter((other) => !register.has(other))).toEqual([]);
  });

  it('would be found out if it planned nothing and proved nothing', () => {
    const idle: AnyStep<World> = { ...step, plan: () => [], verify: () => [] };
    const survives = cases.every(
      (each) => fits(planned(idle, each), each) && linesFit(proven(idle, each), each.proves ?? []),
    );
    expect(survives).toBe(false);
  });

  it('would be found out if it said nothing of its company, where it does', () => {
    if (step.company === undefined) return;
    expect(cases.some((each) => Object.keys(each.company ?? {}).length > 0)).toBe(true);
  });

  it('would be found out if it always had something to do', () => {
    const busy: AnyStep<World> = { ...step, plan: () => [{ summary: 'busy', actions: [] }] };
    expect(cases.every((each) => fits(planned(busy, each), each))).toBe(false);
    expect(cases.some(({ plans }) => plans !== undefined && Object.keys(plans).length === 0)).toBe(true);
  });
});
