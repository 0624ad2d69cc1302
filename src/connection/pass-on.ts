import type { Readable, Writable } from 'node:stream';
import { StepFailed } from '../errors.ts';

/**
 * Hands what a command prints on as bytes, after the line that a mark begins, which has its process group. Whoever is slower sets the
 * pace. `fail` hears when nobody takes it any more.
 */
export function passOn(stream: Readable, to: Writable, mark: string, fail: (error: StepFailed) => void) {
  let first = Buffer.alloc(0);
  let group: string | undefined;
  let tellBegun: (group: string) => void = () => undefined;
  const begun = new Promise<string>((resolve) => {
    tellBegun = resolve;
  });
  const write = (bytes: Buffer) => {
    if (bytes.length === 0 || to.destroyed || to.write(bytes)) return;
    stream.pause();
    to.once('drain', () => stream.resume());
  };
  stream.on('error', () => undefined);
  stream.on('data', (bytes: Buffer) => {
    if (group !== undefined) return write(bytes);
    first = Buffer.concat([first, bytes]);
    const from = first.indexOf(`${mark} `);
    const at = from < 0 ? -1 : first.indexOf('\n', from);
    if (at < 0) return;
    group = first.subarray(from + mark.length + 1, at).toString();
    tellBegun(group);
    write(first.subarray(at + 1));
  });
  const ended = new Promise<void>((resolve) => {
    let over = false;
    const finish = () => {
      if (over) return;
      over = true;
      to.end();
    };
    to.once('finish', resolve);
    to.once('close', resolve);
    to.on('error', (error) => {
      fail(new StepFailed({ cause: `what it prints cannot be kept: ${error.message}` }));
      // Nobody takes the rest, and whoever sends it must not be held up.
      stream.resume();
      resolve();
    });
    stream.on('end', finish);
    stream.on('close', finish);
  });
  return { text: () => '', group: () => group, begun, ended };
}
