import type { Event } from '../../src/engine/event.ts';
import { startTool } from '../support/tool.ts';

/** From when to when a part of a run was under way, in seconds since it began. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The parts of a deployment, and the steps that make them up. What is left is preparing. */
const parts = {
  certificates: ['issue-certificates'],
  upload: ['fetch-pack'],
  unpack: ['install-pack'],
  start: ['start-server', 'wait-ready'],
} as const;

/** Deploys, and tells from when to when each part was under way. Parts overlap. */
export async function deploySpans(inventory: string): Promise<ReadonlyMap<string, Span>> {
  const began = performance.now();
  const spans = new Map<string, Span>();
  const running = startTool(['deploy', inventory, '--output', 'json']);
  const watching = running.seen((event) => {
    const part = partOf(event);
    const at = (performance.now() - began) / 1000;
    if (part !== undefined) spans.set(part, { from: spans.get(part)?.from ?? at, to: at });
    return event.type === 'run-finished';
  });
  const [, { code, stdout, stderr }] = await Promise.all([watching, running.ended]);
  if (code !== 0) throw new Error(`the deployment failed\n${stdout.slice(-2000)}${stderr}`);
  return spans;
}

/** Looking at what is there, before and between, is no part. */
function partOf(event: Event): string | undefined {
  if (event.type !== 'change-started' && (event.type !== 'step-finished' || event.changes === 0))
    return undefined;
  const { step } = event;
  const found = Object.entries(parts).find(([, steps]) => steps.some((name) => name === step));
  return found?.[0] ?? 'prepare';
}
