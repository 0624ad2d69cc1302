import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/input/text.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const place = (bytes: Buffer) => {
  const [issue] = textOf('a.yaml', bytes).issues;
  return issue === undefined ? undefined : `${issue.file}:${issue.line}:${issue.column}`;
};

describe('the text of a file', () => {
  it('is what was written, if that is UTF-8', () => {
    expect(textOf('a.yaml', Buffer.from('größer: ✓\n'))).toEqual({ text: 'größer: ✓\n', issues: [] });
  });

  it.each([
    ['in its first byte', latin1('ä'), 'a.yaml:1:1'],
    ['in a later line', latin1('all:\n  note: "Pässwort"\n'), 'a.yaml:2:11'],
    ['after a character of several bytes', Buffer.concat([Buffer.from('ü✓'), latin1('ü x')]), 'a.yaml:1:3'],
    ['where it was cut off', Buffer.from('all\n✓').subarray(0, -1), 'a.yaml:2:1'],
    ['in UTF-16', Buffer.from('\ufeffall:', 'utf16le'), 'a.yaml:1:1'],
  ])('is refused with its place where it is no UTF-8: %s', (_, bytes, wanted) => {
    expect(place(bytes)).toBe(wanted);
    expect(textOf('a.yaml', bytes).issues[0]?.message).toMatch(/^this is no UTF-8: save the file as UTF-8/);
  });
});
