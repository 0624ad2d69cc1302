import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { deploymentToml } from '../../../src/apim/config/deployment-toml.ts';
import { InputError } from '../../../src/errors.ts';
import { fiveEntries, nodeFor, topologyOf, type Values } from '../../support/topologies.ts';

const { key_manager: _elsewhere, ...four } = fiveEntries();
const issues = async (apim: Values, groups: typeof four = fiveEntries()) => {
  const error = await topologyOf({ apim, groups }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof InputError
    ? error.issues.map(
        ({ code, path, message, line }) => `${code} ${path}: ${message}${line > 1 ? '' : ' (nowhere)'}`,
      )
    : [];
};
const admin = (username: string, password: string) => ({ admin: { username, password } });
const unfit =
  'must be of ASCII letters, digits and signs, but none of @ : / \' " % & < > \\ # ? { } [ ] ^ | ` and no $$ or blanks: the product puts it unescaped into a URL and into XML';
const taken = 'must not hold ${ or $word{: the product would take it for a placeholder';
const interpreted = 'must not hold {{ or {%: the templates of the product would interpret it';

describe('an administrator', () => {
  it.each([...'@:/\'"%&<>\\#?{}[]^|` ', '$$', 'ö', '€', '\n', '\u007f'])(
    'cannot have %j in name or password, sealed or not',
    async (sign) => {
      for (const secure_vault of [false, true]) {
        expect(await issues({ ...admin(`a${sign}b`, 'fake-admin-password'), secure_vault })).toEqual([
          `account apim.admin.username: ${unfit}`,
        ]);
        expect(await issues({ ...admin('admin', `fake${sign}word`), secure_vault })).toEqual([
          `account apim.admin.password: ${unfit}`,
        ]);
      }
    },
  );

  it('can have every other sign, a single dollar too', async () => {
    expect(await issues(admin('a.b-c_d', 'fake!$x()*+,-.;=_~9'))).toEqual([]);
  });
});

describe('a value that the product would make something else of', () => {
  const dialect = (claim_dialect: string) => ({ jwt: { claim_dialect } });
  const described = (description: string) => ({
    environments: { 'Production and Sandbox': { description } },
  });
  const manager = (password: string) => ({
    key_manager: { url: 'https://is.example.com', account: { username: 'is', password } },
  });
  const store = (password: string) => ({ keystore: { password } });

  it.each<[string, Values, string]>([
    ['a reference', described('for ${x}'), `apim.environments.Production and Sandbox.description: ${taken}`],
    ['another', dialect('urn:$ref{a.b}'), `apim.jwt.claim_dialect: ${taken}`],
    ['of the environment', store('fake$env{HOME}'), `apim.keystore.password: ${taken}`],
    ['of Java', store('fake$sys{user}'), `apim.keystore.password: ${taken}`],
    ['of the vault', store('fake$secret{x}'), `apim.keystore.password: ${taken}`],
    [
      'an expression',
      described('a {{ b'),
      `apim.environments.Production and Sandbox.description: ${interpreted}`,
    ],
    ['a statement', store('fake{%word'), `apim.keystore.password: ${interpreted}`],
    [
      'an expression in content of somebody’s own',
      { deployment_toml: { apim: { workflow: { wf_engine_user: 'x{{y' } } } },
      'apim.deployment_toml.apim.workflow.wf_engine_user: must not hold {{ or {%: the templates of the product would interpret it',
    ],
  ])('is refused: %s', async (_what, apim, issue) => {
    const found = await issues(apim);
    expect(found.map((each) => each.replace(/^\w+ /, ''))).toContain(issue);
  });

  it('is refused in an account for others', async () => {
    expect(await issues(manager('fake${x}'), four)).toEqual([
      `value apim.key_manager.account.password: ${taken}`,
    ]);
  });

  it('is no expression any more once it is sealed, but a reference still', async () => {
    expect(await issues({ ...store('fake{{word'), secure_vault: true })).toEqual([]);
    expect(await issues({ ...store('fake${word}'), secure_vault: true })).toEqual([
      `value apim.keystore.password: ${taken}`,
    ]);
  });

  it.each([
    [
      'a=1&b=2',
      [
        'value apim.database.properties.connectionProperties: must have &amp; for & and &lt; for <: the product puts it into XML as it stands',
      ],
    ],
    ['a<b', [expect.stringContaining('must have &amp; for &')]],
    ['a=1&amp;b=2', []],
    ['${carbon.home}', []],
  ])('is refused as a key of a database only where XML minds: %s', async (connectionProperties, wanted) => {
    const database = {
      type: 'mysql',
      host: 'db.example.com',
      driver: { path: './a.jar' },
      apim: { username: 'apim', password: 'fake-apim-database-password' },
      shared: { username: 'shared', password: 'fake-shared-database-password' },
      properties: { connectionProperties },
    };
    expect(await issues({ database })).toEqual(wanted);
  });

  it('may stand where the product’s own words are meant', async () => {
    expect(
      await issues({ deployment_toml: { apim: { workflow: { wf_engine_user: '${admin.username}' } } } }),
    ).toEqual([]);
  });
});

interface Account {
  readonly username: string;
  readonly password: string;
}

interface Written {
  readonly apim: {
    readonly key_manager: Account;
    readonly analytics: Account;
    readonly gateway: { readonly environment: readonly { readonly description: string }[] };
    readonly jwt: { readonly claim_dialect: string };
  };
  readonly secrets: Readonly<Record<string, string>>;
}

describe('what XML reads otherwise', () => {
  const words: Values = {
    key_manager: {
      url: 'https://is.example.com',
      account: { username: 'is&admin<x>', password: 'fake&word<' },
    },
    analytics: { workers: ['w.example.com'], account: { username: 'R&D', password: 'fake<&>' } },
    environments: { 'Production and Sandbox': { description: 'For R&D <only>' } },
    jwt: { claim_dialect: 'http://x.example.com/?a=1&b=2' },
  };
  const rendered = async (apim: Values, role: 'publisher' | 'gateway') => {
    const topology = await topologyOf({ apim, groups: four });
    const text = deploymentToml(topology, nodeFor(topology, role), {
      existing: new Map(),
      encrypt: (plain) => `sealed ${plain}`,
      holds: () => false,
    }).reveal();
    return parse(text) as unknown as Written;
  };

  it('is escaped where the product puts it into XML as it stands', async () => {
    const publisher = await rendered(words, 'publisher');
    expect(publisher.apim.key_manager).toMatchObject({
      username: 'is&amp;admin&lt;x&gt;',
      password: 'fake&amp;word&lt;',
    });
    expect(publisher.apim.analytics).toMatchObject({ username: 'R&amp;D', password: 'fake&lt;&amp;&gt;' });
    expect(publisher.apim.gateway.environment[0]?.description).toBe('For R&amp;D &lt;only&gt;');
    const gateway = await rendered(words, 'gateway');
    expect(gateway.apim.jwt.claim_dialect).toBe('http://x.example.com/?a=1&amp;b=2');
  });

  it('is sealed as it is: what the vault gives back does not go through XML', async () => {
    const { apim, secrets } = await rendered({ ...words, secure_vault: true }, 'publisher');
    expect(apim.key_manager.username).toBe('is&amp;admin&lt;x&gt;');
    expect(secrets.apim_key_manager_password).toBe('sealed fake&word<');
    expect(secrets.apim_analytics_password).toBe('sealed fake<&>');
  });
});

describe('a secret', () => {
  const long = (length: number) => ({ keystore: { password: 'x'.repeat(length) } });

  it('can be as long as the key of the vault can encrypt, and no longer', async () => {
    expect(await issues({ ...long(214), secure_vault: true })).toEqual([]);
    expect(await issues({ ...long(215), secure_vault: true })).toEqual([
      'value apim.keystore.password: is 215 bytes long, but secure_vault can encrypt 214 at most: give a shorter one, or do without secure_vault',
    ]);
    // Bytes, not letters.
    const database = { keystore: { password: 'ö'.repeat(108) }, secure_vault: true };
    expect(await issues(database)).toEqual([expect.stringContaining('is 216 bytes long')]);
  });

  it('can be of any length without a vault', async () => {
    expect(await issues(long(300))).toEqual([]);
  });
});
