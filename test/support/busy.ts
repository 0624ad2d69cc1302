import { spawn } from 'node:child_process';

/** Loops that take all that the processors have, until they are told to stop, or whoever started them is gone. */
export interface BusyLoops {
  stop(): Promise<void>;
}

/** Starts so many loops, each of which would fill a processor. */
export function startBusyLoops(count: number): BusyLoops {
  const loops = Array.from({ length: count }, () => {
    const child = spawn('sh', ['-c', `while kill -0 ${process.pid} 2>/dev/null; do :; done`], {
      stdio: 'ignore',
    });
    const ended = new Promise<void>((done, fail) => {
      child.on('error', fail);
      child.on('close', () => done());
    });
    return { child, ended };
  });
  return {
    async stop() {
      for (const { child } of loops) child.kill('SIGKILL');
      await Promise.all(loops.map(({ ended }) => ended));
    },
  };
}
