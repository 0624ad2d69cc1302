import { createHash } from 'node:crypto';

/** All that a server runs with. */
export interface RunsWith {
  /** Checksum of the archive. */
  readonly pack: string;
  readonly profile: string;
  /** Checksum of deployment.toml. */
  readonly config: string;
  /** Fingerprints of authority, primary and TLS certificate. */
  readonly certificates: readonly string[];
  /** Checksum of the JDBC driver. */
  readonly driver: string;
  /** Checksums of somebody’s own files, each with its place in the home. */
  readonly files: readonly string[];
  /** The unit file: it holds Java, memory and options, also where the start script is used. */
  readonly unit: string;
}

/** One short word for all of it: two servers with the same one run with the same. */
export function runningFingerprint({
  pack,
  profile,
  config,
  certificates,
  driver,
  files,
  unit,
}: RunsWith): string {
  const all = [pack, profile, config, ...certificates, driver, ...files, unit].join('\n');
  return createHash('sha256').update(all).digest('hex').slice(0, 32);
}
