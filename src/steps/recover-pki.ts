import { bearers, pkiFiles } from '../apim/cluster/keystores.ts';
import type { Topology } from '../apim/cluster/topology.ts';
import { allFiles, keyContent, openKey, printAll, readAll } from '../certificates/folder.ts';
import { words } from '../certificates/found-keystores.ts';
import type { Holding } from '../certificates/holdings.ts';
import { dueCertificates } from '../certificates/judge.ts';
import type { Material } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { type Action, type Change, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { type CertificatePair, createAuthority } from '../pki/authority.ts';
import { belongTogether, describe, fingerprintOf, splitPem, uniqueCertificates } from '../pki/certificate.ts';
import type { KeyEntry } from '../pki/key-entry.ts';
import { script, sh } from '../shell/command.ts';
import { nothing, step, type World } from './define.ts';
import { keepAside } from './keep-aside.ts';

/** A file of the pki folder as it is to be. */
interface Wanted {
  readonly path: string;
  readonly text: string;
  readonly isKey: boolean;
}

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
      return { texts: readAll(printed.stdout), material };
    },

    plan({ world }, { texts, material }) {
      const { topology } = world;
      const files = pkiFiles(topology);
      const found = recovered(topology, holdings);
      const lacking = found.filter((each) => !texts.has(each.path));
      refuseOthers(world, found, texts);
      const authority = found.find(({ path }) => path === files.authority.certificate)?.text;
      return [
        ...(lacking.length === 0 ? [] : [writeAll(world, lacking)]),
        ...(newAuthority ? nextAuthority(world, texts, material, authority, found) : []),
      ];
    },
  });
}

/** All that the servers tell of the folder. Throws if they do not agree. */
function recovered(topology: Topology, holdings: readonly Holding[]): Wanted[] {
  const files = pkiFiles(topology);
  const { certificates } = topology.settings;
  refuseClosed(holdings);
  const primaries = holdings.flatMap(({ host, primary }) =>
    primary === undefined ? [] : [{ host, of: primary }],
  );
  const [first] = primaries;
  if (first === undefined)
    throw new StepFailed({
      cause: 'no server holds a keystore of ours, so there is nothing to recover',
      hint: 'if this cluster was never deployed, deploy makes what is needed',
    });
  refuseDifferent(
    'hold different keys where all are to share one',
    primaries.map(({ host, of }) => ({ host, certificate: of.certificates[0] ?? '' })),
  );
  const known = holdings.flatMap(({ host, authority }) =>
    authority === undefined ? [] : [{ host, certificate: authority }],
  );
  if (certificates.authority === undefined) refuseDifferent('trust different authorities', known);
  const authority = certificates.authority === undefined ? known[0]?.certificate : undefined;
  const retiring = [...new Set(holdings.flatMap((each) => each.retiring))];
  const roots = [...(authority === undefined ? [] : [authority]), ...retiring];
  const pair = (
    place: { certificate: string; key: string },
    { key, certificates: all }: KeyEntry,
  ): Wanted[] => [
    { path: place.key, text: key, isKey: true },
    { path: place.certificate, text: all.filter((each) => !roots.includes(each)).join(''), isKey: false },
  ];
  const all = bearers(topology);
  return [
    ...(certificates.primary === undefined ? pair(files.primary, first.of) : []),
    ...holdings.flatMap(({ host, own }) => {
      const bearer = all.find((each) => each.host.name === host);
      return own === undefined || bearer === undefined || bearer.own !== undefined
        ? []
        : pair(files.node(bearer), own);
    }),
    ...(retiring.length === 0 ? [] : [{ path: files.retiring, text: retiring.join(''), isKey: false }]),
    ...(authority === undefined
      ? []
      : [{ path: files.authority.certificate, text: authority, isKey: false }]),
  ];
}

function refuseClosed(holdings: readonly Holding[]): void {
  const closed = holdings.flatMap(({ host, closed: all }) => all.map((each) => `${host}: ${each}`));
  if (closed.length === 0) return;
  throw new StepFailed({
    cause: 'not all keystores can be read, so nothing was written',
    tail: closed,
    hint: 'give the passwords with which they were made as keystore.password and truststore.password in the inventory, or leave those hosts out by --limit',
  });
}

function refuseDifferent(what: string, all: readonly { host: string; certificate: string }[]): void {
  const [first] = all;
  if (first === undefined || all.every(({ certificate }) => certificate === first.certificate)) return;
  throw new StepFailed({
    cause: `the nodes ${what}, so nothing was written`,
    tail: all.map(({ host, certificate }) => `${host}: ${words(certificate)}`),
    hint: 'find out which of them belong to this cluster, and name those by --limit',
  });
}

/** What is here and says the same stays; what says something else is somebody’s, and is never written over. */
function refuseOthers(world: World, found: readonly Wanted[], texts: ReadonlyMap<string, string>): void {
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

function writeAll(world: World, wanted: readonly Wanted[]): Change {
  const { directory } = pkiFiles(world.topology);
  return {
    summary: `write ${wanted.map(({ path }) => path.slice(directory.length + 1)).join(', ')} into ${directory}`,
    actions: staged(world, wanted),
  };
}

/**
 * All files are written beside the folder first; then they appear under their names, the keys before the certificates, by
 * renames and links alone. A folder that is not there appears as a whole.
 */
function staged(world: World, wanted: readonly Wanted[]): Action[] {
  const { directory } = pkiFiles(world.topology);
  const beside = `${directory}.recovering`;
  const from = (path: string) => `${beside}${path.slice(directory.length)}`;
  const ordered = [...wanted.filter(({ isKey }) => isKey), ...wanted.filter(({ isKey }) => !isKey)];
  return [
    run(sh`rm -rf ${beside} && mkdir -p -m 700 ${beside} && mkdir -m 700 ${beside}/nodes`),
    ...ordered.map(({ path, text, isKey }) =>
      put(from(path), isKey ? async () => keyContent(world, text) : text, isKey ? 0o600 : 0o644),
    ),
    run(
      script(
        'set -e',
        sh`if test -e ${directory}; then mkdir -p -m 700 ${directory}/nodes`,
        ...ordered.map(({ path }) => sh`ln ${from(path)} ${path}`),
        sh`rm -rf ${beside}`,
        sh`else mv -T ${beside} ${directory}; fi`,
        'sync',
      ),
      { shown: `put the files in place in ${directory}` },
    ),
  ];
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
  found: readonly Wanted[],
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

/** What the folder is good for now, in sentences for people. */
export function meaningOf(world: World, material: Material): string[] {
  const { authority, primary, nodes } = material;
  const { directory } = pkiFiles(world.topology);
  const due = dueCertificates(world, material);
  const ends = [...nodes].map(([name, { certificate }]) => ({ name, at: describe(certificate).notAfter }));
  const [soonest] = ends.sort((one, other) => one.at.getTime() - other.at.getTime());
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return [
    ...(primary === undefined ? [] : [`the key that all nodes share: ${words(primary.certificate)}`]),
    ...(authority === undefined ? [] : [`the authority: ${words(authority.certificate)}`]),
    ...(soonest === undefined
      ? []
      : [
          `certificates of ${nodes.size} hosts; the first to end is that of ${soonest.name}, on ${day(soonest.at)}`,
        ]),
    ...(due.nodes.size === 0
      ? []
      : [
          `to be issued by the next deploy: ${[...due.nodes].map(([name, why]) => `${name} (${why})`).join(', ')}`,
        ]),
    ...(authority?.keyless === undefined
      ? [
          `${directory} is whole: deploy from here as ever, and keep it in an encrypted place that all who deploy share`,
        ]
      : [
          `no new certificate can be issued: ${authority.keyless}, and no server has it`,
          'the cluster works until its certificates end, and a deploy that needs another one will say so',
          'look for the old folder; or have a next authority made: apim-orchestrate pki recover INVENTORY --new-authority',
        ]),
    ...(material.retiring.length === 0
      ? []
      : [
          'two authorities are trusted from the next deploy on: run it before anything changes that needs a certificate, so that all nodes know the new one by then',
        ]),
  ];
}
