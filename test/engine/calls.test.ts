import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schedule } from '../../src/engine/schedule.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import { readPlaybook } from '../../src/input/playbook.ts';
import { inventoryFrom } from '../support/topologies.ts';

const inventory = await inventoryFrom(
  'all:\n  children:\n    web: { hosts: { web1: , web2: } }\n    batch: { hosts: { b1: } }\n',
);
const step = (name: string, params: z.ZodType): AnyStep<object> => ({
  name,
  summary: 'does it',
  at: 'any',
  params,
  inspect: async () => undefined,
  plan: () => [],
});
const register = new Map(
  [
    step('wait', z.strictObject({ port: z.number(), from: z.array(z.string()).default(['here']) })),
    step('rest', z.strictObject({})),
  ].map((each) => [each.name, each]),
);

const scheduled = (...lines: readonly string[]) =>
  schedule(readPlaybook('own.yaml', ['name: Own', 'plays:', ...lines, ''].join('\n')), register, {
    inventory,
  });
const play = (steps: string, more = '') => [
  `  - name: one`,
  `    hosts: web`,
  ...(more === '' ? [] : [more]),
  `    steps: ${steps}`,
];

describe('a call', () => {
  it('hands a step its settings, with what it says where nothing is written', () => {
    const [one] = scheduled(...play('[{ wait: { port: 80 } }, rest]'));
    expect(one?.calls.map(({ step: { name }, params }) => [name, params])).toEqual([
      ['wait', { port: 80, from: ['here'] }],
      ['rest', {}],
    ]);
  });

  it('of a step that there is not is told at its place, with those that there are', () => {
    expect(() => scheduled(...play('[rest, sleep]'))).toThrow(
      'own.yaml:5:19: sleep: no such step; there are: wait, rest',
    );
  });

  it('with settings that a step does not take is told by the path of each', () => {
    expect(() => scheduled(...play('[{ wait: { port: a, from: [1] } }]'))).toThrow(
      /own\.yaml:5:\d+: wait\.port: expected a number[\s\S]*own\.yaml:5:\d+: wait\.from\.0: expected a text/,
    );
    expect(() => scheduled(...play('[wait]'))).toThrow(/own\.yaml:5:\d+: wait\.port: /);
  });
});

describe('a play', () => {
  it('has the steps speak of their company only in waves', () => {
    const inWaves = (how: string) => scheduled(...play('[rest]', `    in: ${how}`)).map(({ waves }) => waves);
    expect([inWaves('waves'), inWaves('parallel'), inWaves('sequence')]).toEqual([[true], [false], [false]]);
  });

  it('without hosts has no groups', () => {
    const lines = [...play('[rest]'), '  - name: two', '    hosts: "web:&batch"', '    steps: [rest]'];
    expect(scheduled(...lines).map(({ groups }) => groups.length)).toEqual([1, 0]);
  });

  it('can have the controller among its waves', () => {
    const [one] = scheduled(
      '  - name: one',
      '    hosts: [controller, web]',
      '    in: waves',
      '    steps: [rest]',
    );
    expect(one?.groups.map((group) => group.map(({ name }) => name))).toEqual([
      ['controller'],
      ['web1', 'web2'],
    ]);
  });

  it('cannot be waited for by itself', () => {
    expect(() => scheduled(...play('[{ after: one }, rest]'))).toThrow(
      'after: no earlier play is called "one"; there are: none',
    );
  });
});
