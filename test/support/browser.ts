import { request } from 'node:https';

/** What a site answered. */
interface Answer {
  readonly status: number;
  readonly body: string;
  /** Which node it came from, by its address; empty if it does not say. */
  readonly node: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Something like a browser: it knows where a name leads, verifies certificates, and keeps cookies. */
export interface Browser {
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  readonly cookies: ReadonlyMap<string, string>;
}

/** A browser that is led to one address whatever the name, and trusts one authority. Every request has 15 s. */
export function createBrowser(address: string, ca: string): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    get(url, headers = {}) {
      const { hostname, port, pathname, search } = new URL(url);
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      return new Promise((resolve, reject) => {
        const asked = request(
          {
            host: address,
            port: port === '' ? 443 : Number(port),
            path: pathname + search,
            servername: hostname,
            ca,
            agent: false,
            timeout: 15_000,
            headers: { host: hostname, ...(cookie === '' ? {} : { cookie }), ...headers },
          },
          (response) => {
            let body = '';
            response.on('data', (chunk: Buffer) => {
              body += chunk.toString();
            });
            response.on('error', reject);
            response.on('end', () => {
              for (const each of response.headers['set-cookie'] ?? []) {
                const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
                cookies.set(name, value);
              }
              resolve({
                status: response.statusCode ?? 0,
                body,
                node: String(response.headers['x-standin-node'] ?? ''),
                headers: response.headers,
              });
            });
          },
        );
        asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer in time`)));
        asked.on('error', reject);
        asked.end();
      });
    },
  };
}
