import type { Readable } from 'node:stream';

/** Waits until streams that somebody reads have ended, or for so long: what was said at last can come after the exit code. */
export function heardOut(streams: readonly Readable[], ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const ends = streams.map(
      (stream) =>
        new Promise<void>((ended) => {
          if (stream.readableEnded || stream.destroyed) ended();
          stream.once('end', ended).once('close', ended);
        }),
    );
    void Promise.all(ends).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
