import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/engine/journal.ts';
import { at, put } from '../../src/engine/plan.ts';
import { runPlays } from '../../src/engine/run.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import { StepFailed } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { fakeHost, fakePool, fakeServer } from '../support/fake-connection.ts';
import { options, play, type World, writeFile } from '../support/plays.ts';

const [a, b] = [fakeHost('a'), fakeHost('b')];

/** Runs a step at `a`, and gives what was noted where. */
async function noted(step: AnyStep<World>, more = {}) {
  const servers = { a: fakeServer(), b: fakeServer() };
  const notes: string[] = [];
  const { all, events } = options([play('one', [a], [step])], fakePool(servers), {
    journal: (host: { name: string }, entry: JournalEntry) => {
      notes.push(
        `${host.name}: ${entry.step} for ${entry.host} ${entry.result} ${entry.what} ${entry.why ?? ''}`.trim(),
      );
      return { text: `note ${notes.length}` };
    },
    ...more,
  });
  for (const server of Object.values(servers))
    server.answers.push(['note', () => ({ code: 'full' in more ? 1 : 0, stderr: 'No space left\nmore' })]);
  const result = await runPlays(all);
  return { notes, events, result };
}

describe('the journal', () => {
  it('has each change twice: when it is begun, and how it ended', async () => {
    const { notes } = await noted(writeFile('/x'));
    expect(notes).toEqual(['a: write-x for a begun write /x', 'a: write-x for a done write /x']);
  });

  it('has why a change failed, without secrets', async () => {
    const secret = new Secret('fake-secret-of-a-journal');
    const failing: AnyStep<World> = {
      ...writeFile('/x'),
      plan: () => [
        {
          summary: `write ${secret.reveal()}`,
          actions: [
            put(
              '/x',
              async () => {
                throw new StepFailed({ cause: `no ${secret.reveal()} is known` });
              },
              0o600,
            ),
          ],
        },
      ],
    };
    const { notes } = await noted(failing);
    expect(notes.at(-1)).toMatch(/^a: write-x for a failed write \S+ no \S+ is known$/);
    expect(notes.join('\n')).not.toContain(secret.reveal());
  });

  it('is kept wherever a change is made', async () => {
    const step: AnyStep<World> = {
      ...writeFile('/x'),
      plan: (spot, facts) =>
        writeFile('/x')
          .plan(spot, facts)
          .map((change) => ({ ...change, actions: [...change.actions, ...at(b, [put('/y', 'z', 0o600)])] })),
    };
    const { notes } = await noted(step);
    expect(notes.map((note) => note.slice(0, 1)).sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('that cannot be written to is told, and the run goes on', async () => {
    const { events, result } = await noted(writeFile('/x'), { full: true });
    expect(result.outcome).toBe('ok');
    const told = events.flatMap((event) =>
      event.type === 'output' && event.told === true ? [event.text] : [],
    );
    expect(new Set(told)).toEqual(new Set(['the journal of a cannot be written: No space left']));
    expect(events.at(-1)?.type).toBe('run-finished');
  });

  it('is left alone by a dry run, and where there is nothing to do', async () => {
    expect((await noted(writeFile('/x'), { dryRun: true })).notes).toEqual([]);
    expect((await noted({ ...writeFile('/x'), plan: () => [] })).notes).toEqual([]);
  });
});
