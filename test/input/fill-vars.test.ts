import { describe, expect, it } from 'vitest';
import { fillVars } from '../../src/input/fill-vars.ts';
import { Untemplated } from '../../src/input/untemplated.ts';
import { Secret } from '../../src/secret.ts';

const secret = new Secret('fake-inner-word');
const values = {
  env: 'prod',
  port: 8443,
  on: true,
  hosts: ['a', 'b'],
  heap: { initial: '{{ size }}', maximum: '1g' },
  size: '256m',
  pw: secret,
  chain: '{{ env }}-{{ inventory_hostname }}',
  raw: new Untemplated('{{ env }} {% if %}'),
  self: 'x{{ self }}',
  round: '{{ trip }}',
  trip: '{{ round }}',
};

function fill(text: unknown, name = 'apim') {
  const { values: found, issues } = fillVars(
    { ...values, [name]: text },
    {
      known: { inventory_hostname: 'gw1' },
      isUsed: (each) => each === 'apim',
      position: () => ({ file: 'a.yaml', line: 3, column: 5 }),
    },
  );
  return { value: found[name], issues: issues.map(({ path, message }) => `${path}: ${message}`) };
}

describe('a variable that is named in another', () => {
  it.each([
    ['in a text', 'on {{ env }}.', 'on prod.'],
    ['twice, and without blanks', '{{env}}{{  env  }}', 'prodprod'],
    ['by what Ansible knows of a host', '{{ inventory_hostname }}', 'gw1'],
    ['through another', '{{ chain }}', 'prod-gw1'],
    ['alone, as a number', '{{ port }}', 8443],
    ['alone, as true or false', '{{ on }}', true],
    ['alone, as a list', '{{ hosts }}', ['a', 'b']],
    ['alone, as keys and values, filled in themselves', '{{ heap }}', { initial: '256m', maximum: '1g' }],
    ['within a list', ['{{ env }}', { a: '{{ port }}' }], ['prod', { a: 8443 }]],
    ['with a number in a text', 'x:{{ port }}', 'x:8443'],
    ['that is not to be filled in', '{{ raw }}', '{{ env }} {% if %}'],
    ['not at all', 'a { b } c', 'a { b } c'],
    ['not at all where nothing is closed', 'fake{%word{{ x {#', 'fake{%word{{ x {#'],
  ])('is filled in %s', (_, text, wanted) => {
    expect(fill(text)).toEqual({ value: wanted, issues: [] });
  });

  it('makes a secret of all that a secret is in', () => {
    expect(fill('{{ pw }}').value).toBe(secret);
    const { value } = fill('a {{ pw }} b');
    expect(value).toBeInstanceOf(Secret);
    expect((value as Secret).reveal()).toBe('a fake-inner-word b');
  });

  it.each([
    [
      '{{ envv }}',
      '{{ envv }} cannot be filled in: no variable of that name is set for this host; did you mean "env"?',
    ],
    ['{{ self }}', '{{ self }} cannot be filled in: it refers to itself'],
    ['{{ round }}', '{{ round }} cannot be filled in: it refers to itself'],
    [
      '{{ env | upper }}',
      '{{ env | upper }} cannot be filled in: only names of plain variables can, not expressions',
    ],
    ['a {{ hosts }}', '{{ hosts }} is a list, and stands in a text'],
    ['a {{ heap }}', '{{ heap }} is keys and values, and stands in a text'],
    ['{% if env %}x{% endif %}', '{% cannot be worked out here: only names of variables are filled in'],
    ['x {# note #}', '{# cannot be worked out here: only names of variables are filled in'],
  ])('is an issue where it cannot be: %s', (text, message) => {
    const { issues } = fill(text);
    expect(issues.at(-1)?.replace(/^[^:]*: /, '')).toBe(message);
    expect(fill({ deep: [text] }).issues).toHaveLength(1);
  });

  it.each([
    ['where it stands itself', { deep: ['{{ nobody }}'] }, 'apim.deep.0'],
    ['where that stands by which it is filled in', '{{ round }}', 'trip'],
  ])('is told %s', (_, text, place) => {
    expect(fill(text).issues[0]?.replace(/: .*/, '')).toBe(place);
  });

  it('is not followed for ever where each names two others, and none itself', () => {
    const layers = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`l${index + 1}`, `{{ l${index} }}{{ l${index} }}`]),
    );
    const { issues } = fillVars(
      { l0: 'x', ...layers, apim: '{{ l40 }}' },
      {
        known: {},
        isUsed: (each) => each === 'apim',
        position: () => ({ file: 'a.yaml', line: 1, column: 1 }),
      },
    );
    expect(issues[0]?.message).toMatch(
      /^\{\{ l\d+ \}\} cannot be filled in: it comes to more than 10000 variables$/,
    );
    expect(issues.length).toBeLessThan(100);
  });

  it('leads through so many variables, and no more', () => {
    const chain = (length: number) => ({
      ...Object.fromEntries(Array.from({ length }, (_, index) => [`v${index}`, `{{ v${index + 1} }}`])),
      [`v${length}`]: 'end',
      apim: '{{ v0 }}',
    });
    const filled = (length: number) =>
      fillVars(chain(length), {
        known: {},
        isUsed: (each) => each === 'apim',
        position: () => ({ file: 'a.yaml', line: 1, column: 1 }),
      });
    expect(filled(90).values.apim).toBe('end');
    expect(filled(2_000).issues.map(({ message }) => message)).toEqual([
      '{{ v100 }} cannot be filled in: it leads through more than 100 variables',
    ]);
  });

  it('is told once where there are too many in one value', () => {
    const apim = Array.from({ length: 20_000 }, () => '{{ x }}');
    const { issues } = fillVars(
      { x: 1, apim },
      { known: {}, isUsed: () => true, position: () => ({ file: 'a.yaml', line: 1, column: 1 }) },
    );
    expect(issues.map(({ path }) => path)).toEqual(['apim.10000']);
  });

  it('is nobody’s business where nobody reads it', () => {
    expect(fill('{{ env | upper }} {% x %}', 'note')).toEqual({
      value: '{{ env | upper }} {% x %}',
      issues: [],
    });
  });
});
