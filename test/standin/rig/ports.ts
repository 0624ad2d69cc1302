import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const numbers = [9443, 9763, 8243, 8280, 9099, 8099, 5672, 8672, 9611, 9711, 9999, 11111];

/** A number by which all ports of five servers can be shifted to where nobody listens, below those the system hands out. */
export async function freeBase(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 10_000 + randomInt(1000) * 10;
    const ports = numbers.flatMap((number) => [0, 1, 2, 3, 4].map((offset) => number + base + offset));
    if ((await Promise.all(ports.map(isFree))).every((free) => free)) return base;
  }
  throw new Error('found no range of free ports for five servers');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
