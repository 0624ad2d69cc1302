import { z } from 'zod';
import { filePath } from '../../input/decode.ts';
import { secret } from '../../input/secrets.ts';

/** Where servers can download a file, and what has to be said there. */
export const downloadKeys = {
  url: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
    .optional()
    .describe(
      'Where the servers can download it. No user or token in it; what follows a `?` is never shown.',
    ),
  username: z.string().min(1).optional().describe('Who asks for it there, if somebody must.'),
  password: secret().optional().describe('The password, or a token in its place.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header'), secret())
    .optional()
    .describe('More headers of the request, such as a token; the values are secrets.'),
  ca: filePath()
    .optional()
    .describe('Who vouches for that server: a PEM file here, trusted for this download beside the usual.'),
  proxy: z
    .string()
    .regex(/^https?:\/\/[^\s/?#]+\/?$/, 'must be an address such as http://proxy.example.com:3128')
    .optional()
    .describe('The proxy that leads there. Default: what the environment of the server says.'),
  proxy_username: z.string().min(1).optional().describe('Who uses the proxy, if it asks.'),
  proxy_password: secret().optional().describe('The password for the proxy.'),
};

const downloadSchema = z.object(downloadKeys);

/** The keys of a download, as decoded. */
export type DownloadSettings = z.infer<typeof downloadSchema>;

/** A file that servers download. */
export type Download = DownloadSettings & { readonly url: string };

/** The download that some settings ask for, if they do. */
export function downloadOf(settings: DownloadSettings): Download | undefined {
  return settings.url === undefined ? undefined : { ...settings, url: settings.url };
}

/** Whether whatever tells of a download stands beside an address. */
export function whole(settings: DownloadSettings): boolean {
  const { url, username, password, headers, ca, proxy, proxy_username, proxy_password } = settings;
  const more = [username, password, headers, ca, proxy, proxy_username, proxy_password];
  return url !== undefined || more.every((each) => each === undefined);
}

/** What is wrong where `whole` does not hold. */
export const notWhole = 'has keys for a download, but no url';
