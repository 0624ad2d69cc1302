import { basename } from 'node:path';
import { type Bearer, bearers, pkiFiles } from '../apim/keystores.ts';
import { type Action, type Change, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { encryptVault } from '../input/vault.ts';
import { type CertificatePair, createAuthority, generateKey, issue } from '../pki/authority.ts';
import { createRequest, readRequest } from '../pki/request.ts';
import { Secret } from '../secret.ts';
import { sh } from '../shell/command.ts';
import { nothing, step, type World } from './define.ts';
import { dueCertificates, type Material, readMaterial } from './material.ts';
import { unfitCertificates } from './material-lint.ts';

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

  plan({ world }, material) {
    const { topology } = world;
    refuseUnfit(world, material);
    const due = dueCertificates(world, material);
    const files = pkiFiles(topology);
    const waiting = bearers(topology).filter(({ host }) => due.nodes.has(host.name));
    const { requests } = topology.settings.certificates;
    if (due.primary !== undefined || (waiting.length > 0 && !requests))
      refuseWithoutKey(world, material, { ...due, waiting });
    const authority = authorityOf(world, material);
    const folder = run(sh`mkdir -p -m 700 ${files.directory} ${files.directory}/nodes`);
    const changes: Change[] = [];
    if (due.authority !== undefined)
      changes.push({
        summary: `create the certificate authority in ${files.directory} (${due.authority}${keptText(material, files.authority)})`,
        actions: [
          folder,
          ...keepAside(world, material, files.authority),
          ...write(world, files.authority, authority),
        ],
      });
    if (due.primary !== undefined)
      changes.push({
        summary: `issue the key pair that all nodes share (${due.primary}${keptText(material, files.primary)})`,
        actions: [
          folder,
          ...keepAside(world, material, files.primary),
          ...write(world, files.primary, primaryFrom(world, authority)),
        ],
      });
    if (requests) return [...changes, ...requested(world, material, waiting)];
    for (const bearer of waiting)
      changes.push({
        summary: `issue a certificate for ${bearer.host.name} as ${bearer.names.join(', ')} (${due.nodes.get(bearer.host.name)}${keptText(material, files.node(bearer))})`,
        actions: [
          folder,
          ...keepAside(world, material, files.node(bearer)),
          ...write(
            world,
            files.node(bearer),
            once(async () =>
              issue({
                authority: await authority(),
                commonName: bearer.hostname,
                names: bearer.names,
                days: topology.settings.certificates.nodeDays,
                now: world.now,
                usage: 'tls',
              }),
            ),
          ),
        ],
      });
    return changes;
  },
});

/** A request for each that lacks a sound one. When all are there, a person has to act: nothing goes on without. */
function requested(world: World, material: Material, waiting: readonly Bearer[]): Change[] {
  const files = pkiFiles(world.topology);
  const { organization } = world.topology.settings.certificates;
  const changes = waiting.flatMap((bearer): Change[] => {
    const { key, request } = material.requests.get(bearer.host.name) ?? {};
    const found = key === undefined || request === undefined ? undefined : readRequest(request, key);
    if (found?.ofKey === true && [...found.names].sort().join() === [...bearer.names].sort().join())
      return [];
    const place = files.node(bearer);
    const own = once(async () => key ?? (await generateKey(2048)));
    return [
      {
        summary: `write a signing request for ${bearer.host.name} as ${bearer.names.join(', ')}`,
        actions: [
          run(sh`mkdir -p -m 700 ${files.directory} ${files.directory}/nodes`),
          ...(key === undefined ? [put(place.key, async () => keyContent(world, await own()), 0o600)] : []),
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

function authorityOf({ topology, now }: World, { authority }: Material): () => Promise<CertificatePair> {
  if (authority?.key !== undefined) {
    const { certificate, key } = authority;
    return async () => ({ certificate, key });
  }
  const { organization, authorityDays } = topology.settings.certificates;
  return once(() => createAuthority({ organization, days: authorityDays, now }));
}

function primaryFrom(
  { topology, now }: World,
  authority: () => Promise<CertificatePair>,
): () => Promise<CertificatePair> {
  const { organization, primaryDays } = topology.settings.certificates;
  return once(async () =>
    issue({
      authority: await authority(),
      commonName: `${organization} API Manager`,
      names: [],
      days: primaryDays,
      now,
      usage: 'signing',
    }),
  );
}

/** An authority whose key is not here can sign nothing; a new one is made only when somebody asks for it. */
function refuseWithoutKey(
  world: World,
  { authority }: Material,
  due: { readonly primary?: string; readonly nodes: ReadonlyMap<string, string>; waiting: readonly Bearer[] },
): void {
  if (authority === undefined || authority.key !== undefined) return;
  const { key } = pkiFiles(world.topology).authority;
  const [first, ...more] = [
    ...(due.primary === undefined ? [] : [`the key pair that all nodes share (${due.primary})`]),
    ...due.waiting.map(({ host }) => `${host.name} (${due.nodes.get(host.name)})`),
  ];
  throw new StepFailed({
    cause: `a certificate is to be issued for ${first}${more.length === 0 ? '' : ` and ${more.length} more`}, and ${key} is not there: only the certificate of the authority is`,
    hint: `bring ${key} from where it is kept; if it is lost, have a next authority made, which nodes trust beside the old one: apim-orchestrate pki recover INVENTORY --new-authority`,
  });
}

function keptText(
  { unsound }: Material,
  { certificate, key }: { readonly certificate: string; readonly key: string },
): string {
  const there = [key, certificate].filter((file) => unsound.includes(file));
  return there.length === 0
    ? ''
    : `; ${there.map((file) => basename(file)).join(' and ')} fit nothing and are kept aside`;
}

/** What is there and fits nothing may be the only copy of a key: it goes out of the way, and stays. */
function keepAside(
  { now }: World,
  { unsound }: Material,
  { certificate, key }: { readonly certificate: string; readonly key: string },
): Action[] {
  const there = [key, certificate].filter((file) => unsound.includes(file));
  const suffix = `.kept-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  return there.map((file) =>
    run(sh`mv -nT ${file} ${`${file}${suffix}`} && ! test -e ${file}`, {
      shown: `keep ${file} as ${file}${suffix}`,
    }),
  );
}

/** The key goes first: a certificate without its key is never left behind. */
function write(
  world: World,
  files: { readonly certificate: string; readonly key: string },
  make: () => Promise<CertificatePair>,
): Action[] {
  return [
    put(files.key, async () => keyContent(world, (await make()).key), 0o600),
    put(files.certificate, async () => (await make()).certificate, 0o644),
  ];
}

function keyContent({ vaultPassword }: World, pem: string): Secret {
  const text = vaultPassword === undefined ? pem : encryptVault(pem, vaultPassword);
  return Secret.document(text, '(private key)');
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
