import { readFileSync } from 'node:fs';
import { bearers, pkiFiles } from '../apim/cluster/keystores.ts';
import type { Topology } from '../apim/cluster/topology.ts';
import { sharedPairs } from '../certificates/folder.ts';
import { UsageError } from '../errors.ts';
import { isVault } from '../input/vault.ts';
import { decryptText, type VaultSecrets } from '../input/vault-secrets.ts';

/** Refuses vault passwords that do not open the private keys on this machine: before any server is asked. */
export function refuseWrongPassword(topology: Topology, vault: VaultSecrets | undefined): void {
  if (vault === undefined) return;
  const problems = keyFiles(topology).flatMap((file) => {
    const text = textOf(file);
    if (text === undefined || !isVault(text)) return [];
    try {
      decryptText(text, vault);
      return [];
    } catch (error) {
      return [`${file}: ${(error as Error).message}`];
    }
  });
  if (problems.length > 0)
    throw new UsageError(
      `${problems.join('\n')}\n  → give the password that it was encrypted with by --vault-password-file, --vault-id or --ask-vault-password`,
    );
}

function keyFiles(topology: Topology): string[] {
  const files = pkiFiles(topology);
  const { authority, primary } = topology.settings.certificates;
  const all = bearers(topology);
  const brought = [authority, primary, ...all.map(({ own }) => own)].flatMap((own) => own?.key ?? []);
  const made = [...sharedPairs(topology), ...all.map((bearer) => files.node(bearer))];
  return [...new Set([...made.map(({ key }) => key), ...brought])];
}

/** What is not there, or cannot be read, is told by whoever needs it. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
