import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest, SavedFile } from '../../src/apim/cluster/backup.ts';
import { openLocal } from '../../src/connection/local.ts';
import { apply } from '../../src/engine/apply.ts';
import { controller } from '../../src/engine/controller.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import type { World } from '../../src/steps/define.ts';
import { finishBackup } from '../../src/steps/finish-backup.ts';
import { listBackup } from '../../src/steps/list-backup.ts';
import { type BackupPlace, prepareBackup } from '../../src/steps/prepare-backup.ts';
import { restorePki } from '../../src/steps/restore-pki.ts';
import { createGround, type Ground } from '../support/ground.ts';

let ground: Ground;
let place: BackupPlace;
const connection = openLocal();
const never = new AbortController().signal;
const silent = () => undefined;
const hands = {
  ...{ connection, abort: never, stop: never },
  ...{ output: silent, tell: silent, progress: silent, waiting: silent },
};

beforeEach(async () => {
  ground = await createGround();
  const parent = join(ground.folder, 'backups');
  const leftovers = '.partial-ours-';
  place = {
    id: 'one',
    parent,
    folder: join(parent, 'one'),
    partial: join(parent, `${leftovers}one`),
    leftovers,
  };
  ground.write('pki/primary.key', 'fake key', 0o600);
  ground.write('pki/ca.pem', 'fake certificate');
  ground.write('pki/nodes/km one.pem', 'fake certificate of km');
});
afterEach(() => ground.remove());

/** Looks, does what is planned, and tells what there is to do then: nothing, if it is well. */
async function done(step: AnyStep<World>): Promise<string[]> {
  const spot = ground.at('controller', {});
  const look = () => step.inspect(spot, ground.from(controller.name));
  for (const { actions } of step.plan(spot, await look()))
    for (const action of actions) await apply(action, hands);
  return step.plan(spot, await look()).map(({ summary }) => summary);
}
const manifestOf = (files: readonly SavedFile[]) => ({ files }) as unknown as Manifest;

describe('the folder of a backup, on a disk,', () => {
  it('has its name once all of it is there and written down, for its owner alone', async () => {
    mkdirSync(join(place.parent, '.partial-ours-before'), { recursive: true });
    mkdirSync(join(place.parent, '.partial-others'));
    for (const step of [prepareBackup(place), listBackup(place)]) expect(await done(step)).toEqual([]);
    expect(readdirSync(place.parent).sort()).toEqual(['.partial-others', '.partial-ours-one']);
    expect(await done(finishBackup(place, manifestOf))).toEqual([]);
    expect(readdirSync(place.parent).sort()).toEqual(['.partial-others', 'one']);
    const manifest = JSON.parse(readFileSync(join(place.folder, 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest.files.map(({ path, size }) => [path, size])).toEqual([
      ['pki/ca.pem', 16],
      ['pki/nodes/km one.pem', 22],
      ['pki/primary.key', 8],
    ]);
    execFileSync('sha256sum', ['-c', '--status', 'manifest.json.sha256'], { cwd: place.folder });
    for (const each of readdirSync(place.folder, { recursive: true, withFileTypes: true }))
      expect(statSync(join(each.parentPath, each.name)).mode & 0o077).toBe(0);
  });

  it('holds files, also where the pki folder is a link to another place', async () => {
    execFileSync('mv', [join(ground.folder, 'pki'), join(ground.folder, 'vault')]);
    symlinkSync(join(ground.folder, 'vault'), join(ground.folder, 'pki'));
    expect(await done(prepareBackup(place))).toEqual([]);
    expect(readFileSync(join(place.partial, 'pki/primary.key'), 'utf8')).toBe('fake key');
    expect(statSync(join(ground.folder, 'vault/ca.pem')).mode & 0o777).toBe(0o644);
  });

  it('is never put in the place of one that is there', async () => {
    for (const step of [prepareBackup(place), listBackup(place)]) await done(step);
    mkdirSync(place.folder);
    writeFileSync(join(place.folder, 'else'), '');
    await expect(done(finishBackup(place, manifestOf))).rejects.toThrow(/is there already/);
    expect(readdirSync(place.folder)).toEqual(['else']);
  });

  it('brings the pki folder back as it was, and keeps what stands there aside', async () => {
    for (const step of [prepareBackup(place), listBackup(place), finishBackup(place, manifestOf)])
      await done(step);
    const { files } = JSON.parse(readFileSync(join(place.folder, 'manifest.json'), 'utf8')) as Manifest;
    const restore = () => done(restorePki({ id: 'one', folder: place.folder, files }));
    execFileSync('rm', ['-r', join(ground.folder, 'pki')]);
    mkdirSync(join(ground.folder, 'pki.restoring'));
    expect(await restore()).toEqual([]);
    expect(readFileSync(join(ground.folder, 'pki/nodes/km one.pem'), 'utf8')).toBe('fake certificate of km');
    expect(statSync(join(ground.folder, 'pki/primary.key')).mode & 0o777).toBe(0o600);
    expect(statSync(join(ground.folder, 'pki')).mode & 0o777).toBe(0o700);
    ground.write('pki/primary.key', 'another fake key', 0o600);
    expect(await restore()).toEqual([]);
    const kept = readdirSync(join(ground.folder, 'pki')).filter((name) => name.includes('.kept-'));
    expect(kept.map((name) => readFileSync(join(ground.folder, 'pki', name), 'utf8'))).toEqual([
      'another fake key',
    ]);
    expect(readFileSync(join(ground.folder, 'pki/primary.key'), 'utf8')).toBe('fake key');
  });
});
