import { pkiFiles } from '../apim/cluster/keystores.ts';
import { allFiles, keyContent, openKey, printAll, readAll } from '../certificates/folder.ts';
import { words } from '../certificates/found-keystores.ts';
import type { Holding } from '../certificates/holdings.ts';
import type { Material } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { type RecoveredFile, recovered } from '../certificates/recovered.ts';
import { type Change, put } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { type CertificatePair, createAuthority } from '../pki/authority.ts';
import { belongTogether, fingerprintOf, splitPem, uniqueCertificates } from '../pki/certificate.ts';
import { nothing, step, type World } from './define.ts';
import { keepAside } from './keep-aside.ts';
import { writeAll } from './staged-files.ts';

/**
 * Writes what servers hold into the pki folder: whole or not at all, and never over a file that is there. Runs at the
 * controller. With `newAuthority`, an authority whose key is not here gets a next one beside it.
 */
export function recoverPki(holdings: readonly Holding[], newAuthority: boolean) {
  return step({
    name: 'recover-pki',
    summary: 'Read keys and certificates back from the servers into the pki folder.',
    at: 'controller',
    params: nothing,

    async inspect({ world }, { here, once }) {
      const [printed, material] = await Promise.all([
        here(printAll(allFiles(world.topology))),
        once(readMaterial, world),
      ]);
      return { texts: readAll(printed.stdout), material, holdings, newAuthority };
    },

    plan({ world }, { texts, material, holdings: held, newAuthority: next }) {
      const { topology } = world;
      const files = pkiFiles(topology);
      const found = recovered(topology, held);
      const lacking = found.filter((each) => !texts.has(each.path));
      refuseOthers(world, found, texts);
      const authority = found.find(({ path }) => path === files.authority.certificate)?.text;
      return [
        ...(lacking.length === 0 ? [] : [writeAll(world, lacking)]),
        ...(next ? nextAuthority(world, texts, material, authority, found) : []),
      ];
    },
  });
}

/** What is here and says the same stays; what says something else is somebody’s, and is never written over. */
function refuseOthers(
  world: World,
  found: readonly RecoveredFile[],
  texts: ReadonlyMap<string, string>,
): void {
  const files = pkiFiles(world.topology);
  const certificateOf = (path: string) =>
    found.find((each) => each.path === path.replace(/\.key$/, '.pem'))?.text ?? '';
  const others = found.filter(({ path, text, isKey }) => {
    const there = texts.get(path);
    if (there === undefined) return false;
    if (isKey) return !belongTogether(splitPem(certificateOf(path))[0] ?? '', openKey(path, there, world));
    // Of the authority a later certificate may be here: one that was made by an earlier recovery.
    if ([files.authority.certificate, files.retiring].includes(path)) return !knows(texts, files, text);
    return fingerprintOf(there) !== fingerprintOf(text);
  });
  if (others.length === 0) return;
  throw new StepFailed({
    cause: `${files.directory} holds something else than the servers, so nothing was written`,
    tail: others.map(({ path, isKey, text }) => (isKey ? path : `${path}; the servers have ${words(text)}`)),
    hint: `if it belongs to another cluster, or is damaged, move ${files.directory} away, and run the same command again`,
  });
}

/** Whether all certificates of a text are known here, as the authority or as one that issues no more. */
function knows(
  texts: ReadonlyMap<string, string>,
  { authority, retiring }: ReturnType<typeof pkiFiles>,
  text: string,
): boolean {
  const known = [authority.certificate, retiring].flatMap((path) => splitPem(texts.get(path) ?? ''));
  const prints = known.map(fingerprintOf);
  return splitPem(text).every((each) => prints.includes(fingerprintOf(each)));
}

/**
 * A next authority beside one whose key is not here. The old one stays trusted: nothing that it issued is issued again.
 * It is among those that issue no more before the new one takes its name, so at no moment is it forgotten.
 */
function nextAuthority(
  world: World,
  texts: ReadonlyMap<string, string>,
  material: Material,
  recoveredOne: string | undefined,
  found: readonly RecoveredFile[],
): Change[] {
  const { organization, authorityDays, authority: brought } = world.topology.settings.certificates;
  const present = material.authority?.certificate ?? recoveredOne;
  if (brought !== undefined || present === undefined || material.authority?.key !== undefined) return [];
  const files = pkiFiles(world.topology);
  const retiring = [
    ...splitPem(texts.get(files.retiring) ?? ''),
    ...splitPem(found.find(({ path }) => path === files.retiring)?.text ?? ''),
    present,
  ];
  const misplaced = texts.get(files.authority.key);
  let made: Promise<CertificatePair> | undefined;
  const make = () => {
    made ??= createAuthority({ organization, days: authorityDays, now: world.now });
    return made;
  };
  return [
    {
      summary: `make a next certificate authority in ${files.directory}; the one whose key is not here stays trusted`,
      actions: [
        put(files.retiring, uniqueCertificates(retiring).join(''), 0o644),
        ...(misplaced === undefined ? [] : [keepAside(files.authority.key, misplaced)]),
        put(files.authority.key, async () => keyContent(world, (await make()).key), 0o600),
        put(files.authority.certificate, async () => (await make()).certificate, 0o644),
      ],
    },
  ];
}
