import { expect } from 'vitest';
import { startLabLoad } from '../lab/load/load.ts';
import { type LoadReport, renderLoad } from '../lab/load/report.ts';
import { until } from '../standin/rig/until.ts';
import type { Cluster } from './cluster.ts';

/** Does something under load, and gives what the load came to. A little load goes before and after. */
export async function underLoad(
  cluster: Cluster,
  work: () => Promise<void>,
  maxSeconds = 300,
): Promise<LoadReport> {
  const sending = await startLabLoad(cluster.lab, cluster.inventory, { rate: 60, slowMs: 2_000, maxSeconds });
  const seconds = (wanted: number) =>
    until('more load', 30_000, async () => (sending.snapshot().seconds >= wanted ? true : undefined));
  await seconds(2);
  try {
    await work();
    await seconds(sending.snapshot().seconds + 2);
  } finally {
    await sending.stop();
  }
  return await sending.stop();
}

/** No request failed, and no handshake with a peer that was there. */
export function expectNothingLost(report: LoadReport): void {
  const seen = renderLoad(report);
  expect(report.failures, seen).toEqual([]);
  expect(report.handshakes?.failed, seen).toBe(0);
  const requests = Object.values(report.roles).reduce((sum, role) => sum + role.requests, 0);
  expect(requests, seen).toBeGreaterThan(100);
}
