/** One element of DER: a tag, and its content. */
export function der(tag: number, content: Uint8Array): Buffer {
  const n = content.length;
  const length =
    n < 128
      ? [n]
      : n < 256
        ? [0x81, n]
        : n < 65_536
          ? [0x82, n >> 8, n & 255]
          : [0x83, n >> 16, (n >> 8) & 255, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** Where the content of the element at `offset` begins and ends. */
export function contentAt(bytes: Uint8Array, offset: number): { start: number; end: number } {
  let length = bytes[offset + 1] ?? 0;
  let start = offset + 2;
  if (length & 0x80) {
    const count = length & 0x7f;
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
    start += count;
  }
  return { start, end: start + length };
}
