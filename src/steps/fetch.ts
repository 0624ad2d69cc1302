import { explainRefusal } from '../apim/server/download-words.ts';
import type { Download } from '../apim/settings/download.ts';
import { type Action, run } from '../engine/plan.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import { as } from '../shell/command.ts';
import { download as downloadTo, type Source, shownAddress } from '../shell/download.ts';
import { readDownloaded, readRefusal } from '../shell/download-answers.ts';
import { readText } from '../shell/files.ts';

const hour = 3_600_000;

/** What is to be fetched, by whom, and where it stands in the inventory. */
export interface Fetch {
  readonly download: Download;
  /** Below `apim`: `pack`. */
  readonly key: string;
  readonly sha256: string;
  /** Where it is to be at the server. */
  readonly path: string;
  readonly user: string;
  /** What `readAuthority` brought. */
  readonly authority: string;
}

/** The certificate that vouches for the server of a download, as text; empty if none is named, or it is not there. */
export async function readAuthority(here: Asks['here'], download: Download | undefined): Promise<string> {
  return download?.ca === undefined ? '' : (await here(readText(download.ca))).stdout;
}

/** Has a server download a file. */
export function fetch({ download, key, sha256, path, user, authority }: Fetch): Action {
  if (download.ca !== undefined && !authority.includes('-----BEGIN CERTIFICATE-----'))
    throw new StepFailed({
      cause: `there is no certificate (PEM) in ${download.ca} on this machine`,
      hint: `correct apim.${key}.ca in the inventory`,
    });
  const { command, stdin } = downloadTo(sourceOf(download, authority), path, sha256);
  return run(as(user, command), {
    stdin,
    shown: `download ${shownAddress(download.url)}`,
    timeoutMs: hour,
    progress: readDownloaded,
    explain: ({ stderr }) => {
      const refusal = readRefusal(stderr);
      return refusal === undefined ? undefined : explainRefusal(refusal, download, key, sha256);
    },
  });
}

function sourceOf(download: Download, authority: string): Source {
  const { url, username, password, headers = {}, proxy, proxy_username, proxy_password } = download;
  return {
    url,
    username,
    password,
    headers: Object.entries(headers),
    ca: authority === '' ? undefined : authority,
    ...(proxy === undefined
      ? {}
      : { proxy: { url: proxy, username: proxy_username, password: proxy_password } }),
  };
}
