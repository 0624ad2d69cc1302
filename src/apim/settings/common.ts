import { z } from 'zod';
import { filePath } from '../../input/decode.ts';
import { secret } from '../../input/secrets.ts';
import { downloadKeys } from './download.ts';

/** A name that stands in SQL, in a unit file or in a path: nothing in it needs quoting. */
export const plainName = () =>
  z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9_-]{0,62}$/,
      'must be letters, digits, _ and -, beginning with a letter, not {found}',
    );

/** A user and a password. */
export const account = (who: string) =>
  z.strictObject({
    username: z.string().min(1).describe(`The name of ${who}.`),
    password: secret().describe(`The password of ${who}.`),
  });

/** The address of a site, such as `https://km.example.com` or `wss://gw.example.com:8099`: no path, no user. */
export const siteUrl = (...schemes: readonly string[]) =>
  z
    .string()
    .regex(
      new RegExp(`^(${schemes.join('|')})://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\\d{1,5})?/?$`),
      `must be an address such as ${schemes[0]}://name.example.com, with a port if it is not the usual one, and no path; not {found}`,
    )
    .transform((text) => text.replace(/\/$/, ''));

/** A file here, or where servers can download it. */
export const fileOrUrl = {
  path: filePath().optional().describe('A file on this machine; relative to the inventory.'),
  ...downloadKeys,
};

/** Whether there is one of the two. */
export const one = (value: { path?: unknown; url?: unknown }) =>
  (value.path === undefined) !== (value.url === undefined);
