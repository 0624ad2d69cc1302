import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ScheduleOptions, schedule } from '../../src/engine/schedule.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import { InputError, KnownError, UsageError } from '../../src/errors.ts';
import { readPlaybook } from '../../src/input/playbook.ts';
import { inventoryFrom } from '../support/topologies.ts';

const inventory = await inventoryFrom(`all:
  hosts: { db: }
  children:
    web: { hosts: { web1: , web2: , web3: } }
    batch: { hosts: { batch: } }
`);

function stepAt(at: string): AnyStep<object> {
  return {
    name: `be-${at}`,
    summary: 'is where it is',
    at,
    params: z.unknown(),
    inspect: async () => undefined,
    plan: () => [],
  };
}

const register = new Map([stepAt('any'), stepAt('web')].map((step) => [step.name, step]));

/** The hosts of each play of a playbook with one step a play. */
function hostsOf(
  plays: readonly (readonly [hosts: string, more?: string])[],
  options: Partial<ScheduleOptions<object>> = {},
): string[][] {
  const lines = plays.map(
    ([hosts, more = 'steps: [be-any]'], index) =>
      `  - name: play ${index}\n    hosts: ${hosts}\n    ${more}\n`,
  );
  const playbook = readPlaybook('own.yaml', `name: Own\nplays:\n${lines.join('')}`);
  return schedule(playbook, register, { inventory, ...options }).map((play) =>
    play.hosts.map((host) => host.name),
  );
}

function refusal(action: () => unknown): KnownError {
  try {
    action();
  } catch (error) {
    if (error instanceof KnownError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const limitedTo = (...hosts: string[]) => ({ limit: { pattern: hosts.join(','), hosts: new Set(hosts) } });

describe('the hosts of a play', () => {
  it.each([
    ['all', ['db', 'web1', 'web2', 'web3', 'batch']],
    ['web', ['web1', 'web2', 'web3']],
    ['[batch, web]', ['batch', 'web1', 'web2', 'web3']],
    ['"web:!web[0]"', ['web2', 'web3']],
    ['[web, "!web2", db]', ['web1', 'web3', 'db']],
    ['[controller, db]', ['controller', 'db']],
    ['ungrouped', ['db']],
    ['localhost', ['localhost']],
  ])('%s are chosen by patterns', (hosts, expected) => {
    expect(hostsOf([[hosts]])).toEqual([expected]);
  });

  it('that nobody knows are told at their place, with the name that is near', () => {
    const error = refusal(() => hostsOf([['web'], ['[db, wbe]'], ['"web:!~("']]));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message.split('\n')).toEqual([
      'own.yaml:7:17: hosts: "wbe": no host and no group is called "wbe"; did you mean "web"?',
      'own.yaml:10:12: hosts: "web:!~(", at character 7: no regular expression of Python: this ( is not closed',
    ]);
  });

  it('may be a group that is known and that this inventory lacks, as long as there is somebody', () => {
    expect(hostsOf([['web'], ['proxy']], { known: ['proxy'] })).toEqual([['web1', 'web2', 'web3'], []]);
    const error = refusal(() => hostsOf([['proxy']], { known: ['proxy'] }));
    expect(error.exitCode).toBe(64);
    expect(error.message).toMatch(/^own\.yaml:4:12: hosts: proxy leaves no host of \S+, so there is nobody/);
  });

  it('cannot be files: they belong to the command line', () => {
    expect(refusal(() => hostsOf([['"@hosts.txt"']])).message).toContain('on the command line only');
  });
});

describe('the groups of a play', () => {
  const groups = (how: string, hosts: string, limit: Partial<ScheduleOptions<object>> = {}) => {
    const text = `name: Own\nplays:\n  - name: one\n    hosts: ${hosts}\n    in: ${how}\n    steps: [be-any]\n`;
    const [play] = schedule(readPlaybook('own.yaml', text), register, { inventory, ...limit });
    return play?.groups.map((group) => group.map((host) => host.name));
  };

  it.each([
    ['parallel', '[batch, web]', [['batch', 'web1', 'web2', 'web3']]],
    ['once', '[batch, web]', [['batch']]],
    ['sequence', '[batch, web]', [['batch'], ['web1'], ['web2'], ['web3']]],
    ['waves', '[batch, web]', [['batch'], ['web1', 'web2', 'web3']]],
    ['waves', '[web2, web, db]', [['web2'], ['web1', 'web3'], ['db']]],
    ['waves', '[web, batch, "!web1"]', [['web2', 'web3'], ['batch']]],
    ['waves', '"batch:web"', [['batch', 'web1', 'web2', 'web3']]],
    ['waves', '"!web"', [['db', 'batch']]],
  ])('in %s of %s follow one another', (how, hosts, expected) => {
    expect(groups(how, hosts)).toEqual(expected);
  });

  it('are without those that a limit leaves out, and without empty ones', () => {
    expect(groups('waves', '[batch, web, db]', limitedTo('web3', 'db'))).toEqual([['web3'], ['db']]);
  });
});

describe('plays that speak of one another', () => {
  const three = (...more: readonly string[]) =>
    readPlaybook(
      'own.yaml',
      `name: Own\nplays:\n${['one', 'two', 'three']
        .map((name, index) => `  - { name: ${name}, hosts: web, ${more[index] || 'steps: [be-any]'} }\n`)
        .join('')}`,
    );
  const scheduled = (...more: readonly string[]) => schedule(three(...more), register, { inventory });

  it('begin together from the one that is beside another up to that', () => {
    const beside = (...more: readonly string[]) => scheduled(...more).map((play) => play.beside);
    expect(beside('beside: three, steps: [be-any]')).toEqual([true, true, false]);
    expect(beside('', 'beside: three, steps: [be-any]')).toEqual([false, true, false]);
    expect(beside()).toEqual([false, false, false]);
  });

  it('are waited for by their number', () => {
    const [, , last] = scheduled('', '', 'steps: [be-any, { after: [one, two] }, be-any]');
    expect(last?.calls.map(({ after }) => after)).toEqual([undefined, [0, 1]]);
  });

  it('must be there, before for who waits and later for who is beside', () => {
    const told = (...more: readonly string[]) => refusal(() => scheduled(...more)).message;
    expect(told('beside: one, steps: [be-any]')).toBe(
      'own.yaml:3:38: beside: no later play is called "one"; there are: two, three',
    );
    expect(told('', '', 'beside: two, steps: [be-any]')).toContain(
      'no later play is called "two"; there are: none',
    );
    expect(told('', 'steps: [{ after: three }, be-any]')).toContain(
      'after: no earlier play is called "three"; there are: one',
    );
  });
});

describe('the condition of a play', () => {
  it('is asked once, however many plays have it', () => {
    const text = `name: Own
plays:
  - { name: one, hosts: web, if: be-any, steps: [be-web] }
  - { name: two, hosts: web, unless: be-any, steps: [be-web] }
  - { name: three, hosts: web, steps: [be-web] }
`;
    const [one, two, three] = schedule(readPlaybook('own.yaml', text), register, { inventory });
    expect(one?.condition).toMatchObject({ holds: true, call: { step: { name: 'be-any' } } });
    expect(two?.condition?.holds).toBe(false);
    expect(two?.condition?.call).toBe(one?.condition?.call);
    expect(three?.condition).toBeUndefined();
  });

  it('must be a step, and one that belongs there', () => {
    const told = (condition: string) =>
      refusal(() =>
        hostsOf([['web', `if: ${condition}\n    steps: [be-any]`]], {
          misplaced: (step) => (step.name === 'be-web' ? 'belongs elsewhere' : undefined),
        }),
      ).message;
    expect(told('nothing')).toBe('own.yaml:5:9: nothing: no such step; there are: be-any, be-web');
    expect(told('be-web')).toBe('own.yaml:5:9: be-web: belongs elsewhere');
  });
});

describe('a limit', () => {
  it('leaves hosts out, and the controller never', () => {
    expect(hostsOf([['controller'], ['web'], ['batch']], limitedTo('web2'))).toEqual([
      ['controller'],
      ['web2'],
      [],
    ]);
    expect(hostsOf([['controller']], limitedTo('web2'))).toEqual([['controller']]);
  });

  it('that leaves nobody is refused, even if there is something to do at the controller', () => {
    const error = refusal(() => hostsOf([['controller'], ['web']], limitedTo('batch', 'db')));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(
      '--limit "batch,db" leaves none of the hosts that "Own" is for: web1, web2, web3',
    );
  });
});

describe('a step', () => {
  const misplaced: ScheduleOptions<object>['misplaced'] = ({ at }, hosts) => {
    const wrong = hosts.filter((host) => at === 'web' && !host.groups.includes('web'));
    return wrong.length === 0 ? undefined : `not at ${wrong.map((host) => host.name).join(', ')}`;
  };

  it('is refused where it does not belong, at its place in the playbook', () => {
    const plays = [
      ['web', 'steps: [be-web]'],
      ['all', 'steps: [be-any, be-web]'],
    ] as const;
    const error = refusal(() => hostsOf(plays, { misplaced }));
    expect(error.message).toBe('own.yaml:8:21: be-web: not at db, batch');
    expect(error.exitCode).toBe(64);
  });

  it('is judged by the hosts that it would be at', () => {
    const plays = [['all', 'steps: [be-web]']] as const;
    expect(hostsOf(plays, { misplaced, ...limitedTo('web1') })).toEqual([['web1']]);
  });
});

describe('the settings of a step', () => {
  const settings = z.strictObject({ port: z.int().max(65_535), name: z.string().optional() });
  const steps = new Map([['be-any', { ...stepAt('any'), params: settings }]]);
  const scheduled = (text: string) =>
    schedule(
      readPlaybook('own.yaml', `name: Own\nplays:\n  - name: A\n    hosts: db\n    steps: [${text}]\n`),
      steps,
      { inventory },
    );

  it('are checked', () => {
    expect(scheduled('{ be-any: { port: 22 } }')[0]?.calls[0]?.params).toEqual({ port: 22 });
  });

  it.each([
    ['be-any', '5:13: be-any.port: is missing'],
    ['{ be-any: { port: 22, nam: x } }', '5:40: be-any.nam: unknown key; did you mean "name"?'],
    ['{ be-any: { port: ssh } }', '5:31: be-any.port: expected a number, got "ssh"'],
    ['{ be-any: { port: 70000 } }', '5:31: be-any.port: must be at most 65535'],
    ['{ be-any: 22 }', '5:23: be-any: expected keys and values, got 22'],
  ])('such as %s are refused in the words of an inventory, where they stand', (text, message) => {
    expect(refusal(() => scheduled(text)).message).toBe(`own.yaml:${message}`);
  });
});
