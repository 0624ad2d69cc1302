import type { AuditFinding } from '../apim/checks/audit.ts';
import { bearers, pkiFiles } from '../apim/cluster/keystores.ts';
import type { Asks } from '../engine/step.ts';
import { isVault } from '../input/vault.ts';
import { allFiles, printAll, readAll, sharedPairs } from './folder.ts';
import type { Scope } from './material.ts';
import { readMaterial } from './read.ts';

/** What is not as it should be with the keys on the machine we run on. */
export async function auditPki(
  scope: Scope,
  { here, once }: Pick<Asks, 'here' | 'once'>,
): Promise<AuditFinding[]> {
  const { topology } = scope;
  const files = pkiFiles(topology);
  const [printed, material] = await Promise.all([
    here(printAll(allFiles(topology))),
    once(readMaterial, scope),
  ]);
  const texts = readAll(printed.stdout);
  const places = [...sharedPairs(topology), ...bearers(topology).map((bearer) => files.node(bearer))];
  const plain = places.flatMap(({ key }) => {
    const text = texts.get(key);
    return text === undefined || isVault(text) ? [] : [key.slice(files.directory.length + 1)];
  });
  const found: AuditFinding[] = [];
  if (plain.length > 0)
    found.push({
      code: 'plain-keys',
      message: `private keys in ${files.directory} are not encrypted (${plain.join(', ')}): whoever gets the folder can be any node`,
      fix: 'encrypt them (vault encrypt pki/*.key pki/nodes/*.key, with the password that --vault-password-file gives at every run), and keep the folder in a place that all who deploy share: there is no other copy of the authority’s key',
    });
  const { authority } = material;
  if (authority?.keyless !== undefined)
    found.push({
      code: 'authority-without-key',
      message: `no certificate can be issued: ${authority.keyless}`,
      fix: 'bring the key back, or run pki recover --new-authority in good time before the first certificate ends',
    });
  return found;
}
