import { pkiFiles } from '../apim/cluster/keystores.ts';
import { describe } from '../pki/certificate.ts';
import { words } from './found-keystores.ts';
import { dueCertificates } from './judge.ts';
import type { Material, Scope } from './material.ts';

/** What the folder is good for now, in sentences for people. */
export function meaningOf(scope: Scope, material: Material): string[] {
  const { authority, primary, nodes } = material;
  const { directory } = pkiFiles(scope.topology);
  const due = dueCertificates(scope, material);
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
