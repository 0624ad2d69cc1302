import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pythonLiteral } from '../../src/input/python-literal.ts';

/** What Python makes of each text; null where it is no literal, or holds what JSON cannot. */
const program = `
import ast, json, sys
def plain(text):
    try:
        value = ast.literal_eval(text)
        return {'value': json.loads(json.dumps(value, allow_nan=False, default=lambda each: sorted(each)))}
    except (ValueError, SyntaxError, TypeError, AttributeError):
        return None
json.dump([plain(text) for text in json.load(sys.stdin)], sys.stdout)
`;

function referee(texts: readonly string[]): unknown[] {
  const said = execFileSync('python3', ['-W', 'ignore', '-c', program], { input: JSON.stringify(texts) });
  return JSON.parse(said.toString()) as unknown[];
}

const parts = [
  ...[
    '1',
    '0',
    '01',
    '00',
    '-',
    '+',
    '1.5',
    '.5',
    '5.',
    '1e3',
    '0x1f',
    '0o17',
    '0b11',
    '1_000',
    '1__0',
    '_1',
  ],
  ...['True', 'False', 'None', 'true', 'yes', "'a'", '"b"', "'", '"', '[', ']', '(', ')', '{', '}', ',', ':'],
  ...[' ', '#', '\\n', '\\x41', '\\d', "r'\\n'", "u'x'", 'a', 'é', '10.0.0.1', '1j', 'set()', '=', '/', '\\'],
  ...[
    "'''t'''",
    "f'x'",
    '\t',
    "'\\u00e9\\101\\0\\d'",
    "'\\N{DASH}'",
    '1e999',
    "'it''s'",
    ';',
    '0644',
    'None,',
  ],
];

it('a literal is what Python reads, and anything else is none', () => {
  const written = [
    ...[
      "{'a': {'b': [1, 2, {'c': None}]}}",
      '1,2',
      "'a','b',",
      '{1: 2, None: 3, 1.5: 4}',
      '- 1',
      '-(1)',
      '--1',
    ],
    ...[
      '(1)',
      '(1,)',
      '()',
      '7 # c',
      'foo # c',
      "{'a': 1} # x",
      '+0x10',
      '1_0.5_0',
      '-.5',
      '1if',
      '0_0',
      '00.5',
    ],
    ...[
      '09e1',
      '{"a":1,}',
      '[,]',
      '(,)',
      '{1,}',
      '{"a"}',
      '-True',
      "('a')",
      "('a',)",
      '[1]x',
      '1 .5',
      '',
      ' [1]',
    ],
    `${'['.repeat(150)}${']'.repeat(150)}`,
  ];
  const made = fc
    .sample(fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 7 }), {
      numRuns: 20_000,
      seed: 12,
    })
    .map((each) => each.join(''));
  const texts = [...written, ...made];
  const expected = referee(texts);
  // Null says both: no literal, and one that JSON cannot hold.
  const differing = texts.filter((text, index) => {
    const ours = pythonLiteral(text) ?? null;
    return JSON.stringify(ours) !== JSON.stringify(expected[index] ?? null);
  });
  expect(differing).toEqual([]);
  expect(expected.filter((each) => each !== null).length).toBeGreaterThan(1000);
});
