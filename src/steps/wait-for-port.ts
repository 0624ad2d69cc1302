import { z } from 'zod';
import type { Probe } from '../connection/probe.ts';
import { wait } from '../engine/plan.ts';
import { port, waitingTime } from '../input/decode.ts';
import { generalStep } from './define.ts';

/** For people's own playbooks: something must listen before the next step. */
export const waitForPort = generalStep({
  name: 'wait-for-port',
  summary: 'Wait until something listens on a port, as seen from the host.',
  at: 'any',
  params: z.strictObject({
    port: port().describe('the port'),
    host: z.string().default('127.0.0.1').describe('the address, as seen from the host'),
    timeout: waitingTime().optional().describe('how long to wait; default: 1m'),
  }),

  async inspect({ params }, { probe }) {
    return { open: (await probe(question(params))).ok };
  },

  plan({ params }, { open }) {
    if (open) return [];
    const what = `${params.host}:${params.port}`;
    return [
      {
        summary: `wait for ${what}`,
        actions: [
          wait({
            what,
            until: [{ what: 'a connection', probe: question(params) }],
            timeoutMs: params.timeout ?? 60_000,
          }),
        ],
      },
    ];
  },
});

function question({ host, port: number }: { host: string; port: number }): Probe {
  return { host, port: number };
}
