import { Secret } from '../../secret.ts';

/** A text as the product needs it where its templates put it into XML as it stands. */
export function escapeXmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The same for a password. */
export function escapeXml(secret: Secret): Secret {
  const value = secret.reveal();
  const escaped = escapeXmlText(value);
  return escaped === value ? secret : new Secret(escaped);
}

/** An account whose name and password end up in XML. What the vault gives back does not go through XML. */
export function accountInXml(
  { username, password }: { readonly username: string; readonly password: Secret },
  { secureVault }: { readonly secureVault: boolean },
) {
  return { username: escapeXmlText(username), password: secureVault ? password : escapeXml(password) };
}
