const begin = '# BEGIN apim-orchestrate';
const end = '# END apim-orchestrate';
const ours = new RegExp(`^${begin}\\n(?:(?!${begin}$).*\\n)*?${end}(?:\\n|$)`, 'm');

/**
 * A system file with our marked block in it, brought up to date; everything else stays as it is, byte for byte. A mark
 * whose other half is gone is just another line. Without lines there is no block.
 */
export function mergeBlock(existing: string, lines: readonly string[]): string {
  const block = lines.length === 0 ? '' : [begin, ...lines, end, ''].join('\n');
  const found = ours.exec(existing);
  if (found !== null)
    return existing.slice(0, found.index) + block + existing.slice(found.index + found[0].length);
  if (block === '') return existing;
  return `${existing}${existing === '' || existing.endsWith('\n') ? '' : '\n'}${block}`;
}
