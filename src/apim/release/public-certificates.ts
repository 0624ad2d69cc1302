/**
 * SHA-256 of certificates whose private keys the whole world has, in hex. Whoever is trusted by one of them is everybody:
 * a gateway even takes the alias of the certificate that an API key is verified with from the key itself.
 */
const published: readonly string[] = [
  // CN=localhost, in wso2carbon.jks: trusted as wso2carbon, gateway_certificate_alias and by the id of its key.
  '3612ad8f01b4ecf4714f0bc8e071b6403dd34c4dde62d81dd4b91d1aa356dee6',
  // CN=localhost, in the keystore of the analytics product 3.0.0: trusted as apim_analytics3.0.0.
  '8ace6db1dfa6246fd6d7328049090623f05934ad7165f2f22a44612ba7340b28',
];

/** Whether a certificate, by its SHA-256 in hex, is one of those, or of those that the inventory names. */
export function isPublic(fingerprint: string, distrust: readonly string[]): boolean {
  return published.includes(fingerprint) || distrust.includes(fingerprint);
}

/** All that no truststore may hold, in a steady order. */
export function distrusted(distrust: readonly string[]): readonly string[] {
  return [...new Set([...published, ...distrust])].sort();
}
