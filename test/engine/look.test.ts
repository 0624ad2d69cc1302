import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { look } from '../../src/engine/look.ts';
import { createLedger, createLooker } from '../../src/engine/places.ts';
import type { Asks, Step } from '../../src/engine/step.ts';
import { sh } from '../../src/shell/command.ts';
import { fakeConnection, fakeHost, fakeServer } from '../support/fake-connection.ts';

const host = fakeHost('a');
const ledger = createLedger();
const connection = fakeConnection(fakeServer());
const looker = createLooker(async () => connection, ledger);

/** A look by a step that asks so. */
function lookBy<Facts>(inspect: (asks: Asks) => Promise<Facts>) {
  const step: Step<object, unknown, Facts> = {
    name: 'look',
    summary: 'look',
    at: 'any',
    params: z.unknown(),
    inspect: (_spot, asks) => inspect(asks),
    plan: () => [],
  };
  return look(host, { step, params: {} }, {}, connection, looker, ledger);
}

describe('a look', () => {
  it('is good until the place that was looked at is altered', async () => {
    const one = lookBy(({ there }) => there(sh`true`));
    await one.facts;
    ledger.altered('b:22');
    expect(one.fresh()).toBe(true);
    ledger.altered('a:22');
    expect(one.fresh()).toBe(false);
  });

  it('counts from its first question: what was altered between two of them may have been missed', async () => {
    const one = lookBy(async ({ there }) => {
      await there(sh`true`);
      ledger.altered('a:22');
      await there(sh`true`);
    });
    await one.facts;
    expect(one.fresh()).toBe(false);
  });

  it('is no good if it asked at several places and one of them was altered', async () => {
    const one = lookBy(async ({ there, here, at }) => {
      await Promise.all([there(sh`true`), here(sh`true`), at(fakeHost('b')).there(sh`true`)]);
    });
    await one.facts;
    expect(one.fresh()).toBe(true);
    ledger.altered('local');
    expect(one.fresh()).toBe(false);
  });

  it('that fails ends nothing by itself', async () => {
    const one = lookBy(async () => {
      throw new Error('not now');
    });
    await new Promise((resolve) => setImmediate(resolve));
    await expect(one.facts).rejects.toThrow('not now');
  });
});

describe('what is asked once for all', () => {
  const about = {};

  it('cannot be of files that several share: each reaches them by a way of its own', async () => {
    const question = ({ at }: Pick<Asks, 'at'>) => at({ sharedFiles: 'nas:/export' }).there(sh`true`);
    await expect(lookBy(({ once }) => once(async (asks) => question(asks), about)).facts).rejects.toThrow(
      'what hosts share is looked at by one of them, not once',
    );
  });

  it('counts as looked at by whoever does not wait for the answer', async () => {
    const question = ({ here }: Pick<Asks, 'here'>) => here(sh`true`);
    const one = lookBy(async ({ once }) => void once(question, about));
    await one.facts;
    ledger.altered('local');
    expect(one.fresh()).toBe(false);
  });

  it('counts with all that it came to look at later', async () => {
    const question = async ({ here, at }: Pick<Asks, 'here' | 'at'>) => {
      await here(sh`true`);
      await at(fakeHost('c')).there(sh`true`);
    };
    const one = lookBy(({ once }) => once(question, about));
    await one.facts;
    ledger.altered('c:22');
    expect(one.fresh()).toBe(false);
  });
});
