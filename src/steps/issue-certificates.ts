import { type Bearer, bearers, pkiFiles } from '../apim/cluster/keystores.ts';
import { keyContent } from '../certificates/folder.ts';
import { dueCertificates } from '../certificates/judge.ts';
import { unfitCertificates } from '../certificates/lint.ts';
import type { Material } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import { type Action, type Change, put, run } from '../engine/plan.ts';
import { RunRefused, StepFailed } from '../errors.ts';
import { type Ahead, createAhead } from '../pki/ahead.ts';
import {
  authorityBits,
  type CertificatePair,
  createAuthority,
  generateKey,
  issue,
  keyBits,
} from '../pki/authority.ts';
import { createRequest, readRequest } from '../pki/request.ts';
import { sh } from '../shell/command.ts';
import { nothing, step, type World } from './define.ts';
import { keepAside } from './keep-aside.ts';

/** Keeps an authority of our own beside the inventory, and certificates for the nodes. Runs at the controller. */
export const issueCertificates = step({
  name: 'issue-certificates',
  summary:
    'Keep a certificate authority, one certificate a node, and the key pair that all nodes share; or write requests for an authority elsewhere to sign.',
  at: 'controller',
  params: nothing,

  async inspect({ world }, asks) {
    return asks.once(readMaterial, world);
  },

  company({ world }, material) {
    const { requests } = world.topology.settings.certificates;
    return requests && dueCertificates(world, material).nodes.size > 0
      ? { alone: 'a person has to sign requests before anything can go on' }
      : {};
  },

  plan({ world }, material) {
    const { topology } = world;
    refuseUnfit(world, material);
    const due = dueCertificates(world, material);
    refuseUnseen(world, due);
    refuseKeyless(world, material, due);
    const files = pkiFiles(topology);
    const keys = createAhead<string>();
    const authority = authorityOf(world, material, keys);
    const folder = run(sh`mkdir -p -m 700 ${files.directory} ${files.directory}/nodes`);
    const changes: Change[] = [];
    if (due.authority !== undefined)
      changes.push({
        summary: `create the certificate authority in ${files.directory} (${due.authority})`,
        actions: [folder, ...write(world, material, files.authority, authority)],
      });
    if (due.primary !== undefined)
      changes.push({
        summary: `issue the key pair that all nodes share (${due.primary})`,
        actions: [
          folder,
          ...write(world, material, files.primary, primaryFrom(world, material, keys, authority)),
        ],
      });
    const waiting = bearers(topology).filter(({ host }) => due.nodes.has(host.name));
    if (topology.settings.certificates.requests)
      return [...changes, ...requested(world, material, waiting, keys)];
    for (const bearer of waiting) {
      const key = keyFor(material.spare.get(files.node(bearer).key), keys);
      changes.push({
        summary: `issue a certificate for ${bearer.host.name} as ${bearer.names.join(', ')} (${due.nodes.get(bearer.host.name)})`,
        actions: [
          folder,
          ...write(
            world,
            material,
            files.node(bearer),
            once(async () =>
              issue({
                authority: await authority(),
                commonName: bearer.hostname,
                names: bearer.names,
                days: topology.settings.certificates.nodeDays,
                now: world.now,
                usage: 'tls',
                key: await key(),
              }),
            ),
          ),
        ],
      });
    }
    return changes;
  },
});

/** A request for each that lacks a sound one. When all are there, a person has to act: nothing goes on without. */
function requested(
  world: World,
  material: Material,
  waiting: readonly Bearer[],
  keys: Ahead<string>,
): Change[] {
  const files = pkiFiles(world.topology);
  const { organization } = world.topology.settings.certificates;
  const changes = waiting.flatMap((bearer): Change[] => {
    const { key, request } = material.requests.get(bearer.host.name) ?? {};
    const found = key === undefined || request === undefined ? undefined : readRequest(request, key);
    if (found?.ofKey === true && [...found.names].sort().join() === [...bearer.names].sort().join())
      return [];
    const place = files.node(bearer);
    const own = keyFor(key, keys);
    return [
      {
        summary: `write a signing request for ${bearer.host.name} as ${bearer.names.join(', ')}`,
        actions: [
          run(sh`mkdir -p -m 700 ${files.directory} ${files.directory}/nodes`),
          ...(key === undefined
            ? [
                ...rescue(material, place.key),
                put(place.key, async () => keyContent(world, await own()), 0o600),
              ]
            : []),
          put(
            place.request,
            async () =>
              createRequest({
                key: await own(),
                commonName: bearer.hostname,
                organization,
                names: bearer.names,
              }),
            0o644,
          ),
        ],
      },
    ];
  });
  if (changes.length > 0 || waiting.length === 0) return changes;
  const [first] = waiting.map((bearer) => files.node(bearer));
  throw new StepFailed({
    cause: `certificates are to be signed for ${waiting.map(({ host }) => host.name).join(', ')}`,
    hint: `have the authority sign the requests in ${files.directory}/nodes (such as ${first?.request}), put each certificate beside its request (as ${first?.certificate}), name the authority in apim.trust, and run the same command again`,
  });
}

/** A certificate that was brought cannot be made anew here, so it must be fit as it is. */
function refuseUnfit(world: World, material: Material): void {
  const [unfit] = unfitCertificates(world, material);
  if (unfit !== undefined) throw new StepFailed({ cause: unfit.message, hint: unfit.fix });
}

type Due = ReturnType<typeof dueCertificates>;

/**
 * Nobody has looked at the nodes that `--limit` leaves out. One of them may run with an authority and a key that this
 * machine does not have, so what all nodes share is made only when all have been looked at.
 */
function refuseUnseen({ topology, hosts }: World, due: Due): void {
  const unseen = topology.nodes.filter(({ host }) => !hosts.has(host.name)).map(({ host }) => host.name);
  if (unseen.length === 0 || (due.authority === undefined && due.primary === undefined)) return;
  const { directory } = topology.settings.certificates;
  throw new RunRefused({
    cause: `${directory} lacks what all nodes share, and this run leaves out ${unseen.join(', ')}, whose keystores may hold it`,
    hint: `if this cluster was deployed before, bring its ${directory} here; if not, run once without --limit, which looks at all nodes before it makes anything`,
  });
}

/** Whoever has the certificate of an authority and not its key can go on with what there is, and issue nothing. */
function refuseKeyless({ topology }: World, { authority }: Material, due: Due): void {
  if (authority === undefined || authority.key !== undefined) return;
  const nodes = topology.settings.certificates.requests ? [] : [...due.nodes];
  const wanted = [
    ...(due.primary === undefined ? [] : [`for the key that all nodes share (${due.primary})`]),
    ...nodes.map(([name, why]) => `for ${name} (${why})`),
  ];
  if (wanted.length === 0) return;
  throw new RunRefused({
    cause: `certificates are to be issued and the key of the authority is not here: ${authority.keyless}`,
    tail: wanted,
    hint: 'bring that key back; or have a next authority made beside this one, which all nodes then trust as well: apim-orchestrate pki recover INVENTORY --new-authority',
  });
}

/** A key that is there, or one that is made once somebody asks for it, together with the next. */
function keyFor(there: string | undefined, keys: Ahead<string>, bits = keyBits): () => Promise<string> {
  return there === undefined ? keys.add(() => generateKey(bits)) : async () => there;
}

function authorityOf(
  { topology, now }: World,
  { authority, spare }: Material,
  keys: Ahead<string>,
): () => Promise<CertificatePair> {
  if (authority !== undefined) {
    const { certificate, key, keyless } = authority;
    return async () => {
      if (key === undefined) throw new TypeError(`an authority that cannot issue was asked to: ${keyless}`);
      return { certificate, key };
    };
  }
  const { organization, authorityDays } = topology.settings.certificates;
  const key = keyFor(spare.get(pkiFiles(topology).authority.key), keys, authorityBits);
  return once(async () => createAuthority({ organization, days: authorityDays, now, key: await key() }));
}

function primaryFrom(
  { topology, now }: World,
  { spare }: Material,
  keys: Ahead<string>,
  authority: () => Promise<CertificatePair>,
): () => Promise<CertificatePair> {
  const key = keyFor(spare.get(pkiFiles(topology).primary.key), keys);
  const { organization, primaryDays } = topology.settings.certificates;
  return once(async () =>
    issue({
      authority: await authority(),
      commonName: `${organization} API Manager`,
      names: [],
      days: primaryDays,
      now,
      usage: 'signing',
      key: await key(),
    }),
  );
}

/** The key goes first, unless it is there already: a certificate without its key is never left behind. */
function write(
  world: World,
  material: Material,
  files: { readonly certificate: string; readonly key: string },
  make: () => Promise<CertificatePair>,
): Action[] {
  const key = put(files.key, async () => keyContent(world, (await make()).key), 0o600);
  return [
    ...(material.spare.has(files.key) ? [] : [...rescue(material, files.key), key]),
    put(files.certificate, async () => (await make()).certificate, 0o644),
  ];
}

/** A file that should hold a key and cannot be read may be all there is of it: it stays beside. */
function rescue({ damaged }: Material, path: string): Action[] {
  const text = damaged.get(path);
  return text === undefined ? [] : [keepAside(path, text)];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
