import { describe, expect, it } from 'vitest';
import { readToml, textsIn, valueIn } from '../../../src/apim/config/read-toml.ts';

const document = (text: string) => {
  const read = readToml(text);
  if (!read.ok) throw new Error(read.why);
  return read.document;
};

describe('a document that is read', () => {
  it('gives its values by dotted paths, however tables are written', () => {
    const text = '[a.b]\nc.d = 1\n[[e]]\nf = "x"\n';
    expect(valueIn(document(text), 'a.b.c.d')).toBe(1);
    expect(valueIn(document(text), 'a.b.x.d')).toBeUndefined();
    expect(valueIn(document(text), 'a.b.c.d.e')).toBeUndefined();
  });

  it('gives its texts in their order; elements of an array share their path', () => {
    const text = '[[e]]\nf = "x"\n[[e]]\nf = \'y\'\ng = ["z", 1]\n[a]\n"b.c" = """w"""\n';
    expect(textsIn(document(text))).toEqual([
      ['e.f', 'x'],
      ['e.f', 'y'],
      ['e.g', 'z'],
      ['a.b.c', 'w'],
    ]);
  });

  it('may hold numbers that are longer than ours', () => {
    expect(valueIn(document('n = 9223372036854775807\n'), 'n')).toBe(9223372036854775807n);
  });

  it.each([
    ['a = 1\na = 2\n', 2],
    ['[a\n', 1],
    ['x\n', 1],
  ])('is none if it is %j, which is told by the line', (text, line) => {
    expect(readToml(text)).toMatchObject({ ok: false, line, why: expect.stringMatching(/^\S.*$/) });
  });
});
