import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptVault, encryptVault, isVault } from '../../src/input/vault.ts';
import { decryptBytes, type VaultSecrets } from '../../src/input/vault-secrets.ts';
import { Secret } from '../../src/secret.ts';
import { ask, samples, shortest, tries } from '../support/fuzz.ts';

const id = fc.constantFrom('default', 'dev', 'prod', 'a.b-c_d');
const password = fc.constantFrom('fake-one', 'fake-two', 'fake "three" ü', 'fake\nfour');

/** What may go wrong with a vault on its way: line ends, white space, letters, a line that is missing. */
const damage = fc.oneof(
  { weight: 6, arbitrary: fc.constant((text: string) => text) },
  fc.constant((text: string) => text.replaceAll('\n', '\r\n')),
  fc.constant((text: string) => text.trimEnd()),
  fc.constant((text: string) => `${text}\n\n`),
  fc.constant((text: string) => text.replace(/^[0-9a-f]+$/gm, (hex) => hex.toUpperCase())),
  fc.constant((text: string) => text.replace(/;/g, ' ; ')),
  fc.nat(2_000).map((at) => (text: string) => text.slice(0, at)),
  fc.tuple(fc.nat(2_000), fc.constantFrom(...'0123456789abcdefgz \n;$')).map(
    ([at, letter]) =>
      (text: string) =>
        text.slice(0, at) + letter + text.slice(at + 1),
  ),
  fc.constantFrom(';1.0;', ';1.3;', ';2;').map((form) => (text: string) => text.replace(/;1\.\d;/, form)),
);

const cases = fc
  .record({
    secrets: fc.uniqueArray(fc.record({ id, password }), {
      minLength: 1,
      maxLength: 3,
      selector: (each) => each.password,
    }),
    written: fc.record({ id, password, own: fc.boolean() }),
    content: fc.uint8Array({ maxLength: 200 }),
    onlyMatching: fc.boolean(),
    damage,
  })
  .map(({ secrets, written, content, onlyMatching, damage: alter }) => {
    // Often with one of those that are given, or next to none would open.
    const by = (written.own ? secrets.at(-1) : undefined) ?? written;
    return {
      ...{ secrets, onlyMatching },
      content: Buffer.from(content).toString('base64'),
      text: alter(encryptVault(content, new Secret(by.password), written.id)),
    };
  });

interface Answer {
  readonly opened: { readonly content?: string; readonly error?: string };
  readonly encrypted: string;
}

function secretsOf(
  secrets: readonly { id: string; password: string }[],
  onlyMatching: boolean,
): VaultSecrets {
  const all = secrets.map((each) => ({ id: each.id, password: new Secret(each.password) }));
  return { all, encrypting: { missing: 'unused' }, onlyMatching };
}

/** What we make of a vault: its content in base64, or the sentence that refuses it. */
function open(text: string, vault: VaultSecrets): { content?: string; error?: string } {
  try {
    if (!isVault(text)) return { error: 'no vault' };
    return { content: decryptBytes(text, vault).content.toString('base64') };
  } catch (error) {
    expect((error as Error).message).toMatch(
      /^(this vaulted text is damaged|this form of Ansible Vault is not known: .*|.* does not open this.*|none of the vault .*|no vault password has the id .*)$/,
    );
    return { error: (error as Error).message };
  }
}

/** What we open although Ansible does not: white space that a copy puts in, which alters nothing that is signed. */
const isTolerated = (text: string) =>
  /^\s|\n\s*\n|[ \t]\r?\n|\n[ \t]/.test(text) || /^[^\n]*\s;|;\s/.test(text);

describe('a vault', () => {
  it('opens with the same passwords as in Ansible, to the same bytes, or in neither; and Ansible’s open here', () => {
    const { all, from } = samples(cases, 100);
    const answers = ask<(typeof all)[number], Answer>('vault', all);
    const wrong = all.flatMap((each, index) => {
      const answer = answers[index];
      const own = open(each.text, secretsOf(each.secrets, each.onlyMatching));
      const back = open(answer?.encrypted ?? '', secretsOf(each.secrets, true));
      const same =
        own.content === answer?.opened.content ||
        (answer?.opened.content === undefined && own.content === each.content && isTolerated(each.text));
      return same && back.content === each.content ? [] : [{ each, own, answer, back }];
    });
    expect({ from, wrong: shortest(wrong) }).toEqual({ from, wrong: [] });
    const opened = answers.filter((each) => each.opened.content !== undefined).length;
    expect(opened).toBeGreaterThan(all.length / 5);
    expect(opened).toBeLessThan((all.length * 4) / 5);
  });

  it('that is no vault at all is refused with a sentence', () => {
    const secret = new Secret('fake-one');
    const hex = fc.stringMatching(/^[0-9a-f\n]{0,200}$/);
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }).map((rest) => `$ANSIBLE_VAULT;1.1;AES256\n${rest}`),
      hex.map((rest) => `$ANSIBLE_VAULT;1.2;AES256;dev\n${rest}`),
      hex.map((rest) => `$ANSIBLE_VAULT;1.1;AES256\n${Buffer.from(rest).toString('hex')}`),
      fc.string({ maxLength: 40 }).map((rest) => `$ANSIBLE_VAULT;${rest}`),
    );
    fc.assert(
      fc.property(text, (each) => {
        try {
          expect(decryptVault(each, secret)).toBeUndefined();
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^(this vaulted text is damaged|this form of Ansible Vault)/,
          );
        }
      }),
      tries(300),
    );
  });
});
