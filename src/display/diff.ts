/** One line of a difference: kept, taken away, or added. */
interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

const context = 3;
const longest = 2_000;

/** The lines that differ, with three lines around them. For very long texts only how many lines there are. */
export function unifiedDiff(before: string, after: string): string[] {
  const [old, fresh] = [lines(before), lines(after)];
  if (old.length === 0) return fresh.map((text) => `+ ${text}`);
  if (old.length + fresh.length > longest) return [`~ ${old.length} lines become ${fresh.length}`];
  const all = compare(old, fresh);
  const shown = all.map((_, index) =>
    all.slice(Math.max(0, index - context), index + context + 1).some((line) => line.mark !== ' '),
  );
  return all.flatMap((line, index) => {
    if (!shown[index]) return shown[index - 1] === true ? ['  …'] : [];
    return [`${line.mark} ${line.text}`];
  });
}

function lines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** By the longest common subsequence, so that as much as possible is kept. */
function compare(old: readonly string[], fresh: readonly string[]): Line[] {
  const width = fresh.length + 1;
  const length = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => length[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = fresh.length - 1; j >= 0; j -= 1)
      length[i * width + j] =
        old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const found: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      found.push({ mark: ' ', text: old[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < old.length && (j === fresh.length || at(i + 1, j) >= at(i, j + 1))) {
      found.push({ mark: '-', text: old[i] ?? '' });
      i += 1;
    } else {
      found.push({ mark: '+', text: fresh[j] ?? '' });
      j += 1;
    }
  }
  return found;
}
