import { bearers, pkiFiles } from '../apim/keystores.ts';
import { type Action, type Change, put, run } from '../engine/plan.ts';
import { encryptVault } from '../input/vault.ts';
import { createAuthority, issue } from '../pki/authority.ts';
import { Secret } from '../secret.ts';
import { sh } from '../shell/command.ts';
import { nothing, step, type World } from './define.ts';
import { dueCertificates, type Material, type Pair, readMaterial } from './material.ts';

/** Keeps an authority of our own beside the inventory, and certificates for the nodes. Runs at the controller. */
export const issueCertificates = step({
  name: 'issue-certificates',
  summary: 'Keep a certificate authority, one certificate a node, and the key pair that all nodes share.',
  params: nothing,

  async inspect({ world }, { here }) {
    return readMaterial(here, world);
  },

  plan({ world }, material) {
    const due = dueCertificates(world, material);
    const files = pkiFiles(world.topology);
    const authority = authorityOf(world, material);
    const changes: Change[] = [];
    if (due.authority !== undefined)
      changes.push({
        summary: `create the certificate authority in ${files.directory} (${due.authority})`,
        actions: [
          run(sh`mkdir -p -m 700 ${files.directory} ${files.directory}/nodes`),
          ...write(world, files.authority, authority),
        ],
      });
    if (due.primary !== undefined)
      changes.push({
        summary: `issue the key pair that all nodes share (${due.primary})`,
        actions: write(world, files.primary, primaryFrom(world, authority)),
      });
    for (const bearer of bearers(world.topology)) {
      const reason = due.nodes.get(bearer.host.name);
      if (reason === undefined) continue;
      changes.push({
        summary: `issue a certificate for ${bearer.host.name} as ${bearer.names.join(', ')} (${reason})`,
        actions: write(
          world,
          files.node(bearer),
          once(async () =>
            issue({
              authority: await authority(),
              commonName: bearer.hostname,
              names: bearer.names,
              days: world.topology.settings.certificates.nodeDays,
              now: world.now,
              usage: 'tls',
            }),
          ),
        ),
      });
    }
    return changes;
  },
});

function authorityOf({ topology, now }: World, { authority }: Material): () => Promise<Pair> {
  if (authority !== undefined) return async () => authority;
  const { organization, authorityDays } = topology.settings.certificates;
  return once(() => createAuthority({ organization, days: authorityDays, now }));
}

function primaryFrom({ topology, now }: World, authority: () => Promise<Pair>): () => Promise<Pair> {
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

/** The key goes first: a certificate without its key is never left behind. */
function write(world: World, files: Pair, make: () => Promise<Pair>): Action[] {
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
