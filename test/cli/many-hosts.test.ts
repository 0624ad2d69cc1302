import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lookAtMany } from '../../src/cli/many-hosts.ts';
import { type HostSession, openHosts } from '../../src/cli/session.ts';
import type { Question } from '../../src/engine/step.ts';
import { sh } from '../../src/shell/command.ts';

let folder: string;
let session: HostSession;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'many-'));
  const file = join(folder, 'inventory.yaml');
  writeFileSync(
    file,
    'all: { hosts: { here: { ansible_connection: local }, away: { ansible_host: 127.0.0.1, ansible_port: 1, ansible_user: me }, there: { ansible_connection: local } } }\n',
  );
  session = await openHosts(file, {}, 'a test', false);
});
afterEach(async () => {
  await session.pool.close();
  rmSync(folder, { recursive: true });
});

it('whoever cannot be asked keeps nobody from the others, and answers stand in their order', async () => {
  const answers = await lookAtMany(session).each(
    session.hosts,
    async ({ host, asks }) => `${host.name}: ${(await asks.there(sh`echo ${host.name}`)).stdout.trim()}`,
    ({ name }, why) => `${name}: ${why}`,
  );
  expect(answers).toEqual([
    'here: here',
    expect.stringMatching(/^away: me@127\.0\.0\.1:1 cannot be reached: [^\n]+$/),
    'there: there',
  ]);
});

it('what is asked once is asked once for all of them, and for this machine', async () => {
  let asked = 0;
  const question: Question<HostSession, number> = async () => {
    asked += 1;
    return asked;
  };
  const many = lookAtMany(session);
  const unable = () => 0;
  const answers = await many.each(session.hosts, ({ asks }) => asks.once(question, session), unable);
  expect(answers).toEqual([1, 0, 1]);
  expect(await (await many.here()).once(question, session)).toBe(1);
});

it('a fault is no host that cannot be asked', async () => {
  const fault = new TypeError('a fault');
  const look = lookAtMany(session).each(
    session.hosts,
    () => Promise.reject(fault),
    () => 0,
  );
  await expect(look).rejects.toBe(fault);
});
