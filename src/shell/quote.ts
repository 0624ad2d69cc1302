/** One POSIX word that any `sh` reads back as `text`. Throws on NUL, which no word can hold. */
export function quote(text: string): string {
  if (text.includes('\0')) throw new TypeError('a shell word cannot hold a NUL byte');
  if (/^[A-Za-z0-9_/.:=@%+,-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
