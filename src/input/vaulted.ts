import { Secret } from '../secret.ts';

const texts = new WeakMap<Secret, string>();

/** A secret that was written in the form of Ansible Vault, which may be shown. */
export function vaulted(value: string, text: string): Secret {
  const secret = new Secret(value);
  texts.set(secret, text);
  return secret;
}

/** The encrypted text that a secret was written as. */
export function vaultedText(secret: Secret): string | undefined {
  return texts.get(secret);
}
