import type { Node, Topology } from './topology.ts';

/** The one configuration file of a node. Everything else under conf/ is generated from it. */
export function deploymentTomlPath({ home }: Node): string {
  return `${home}/repository/conf/deployment.toml`;
}

/** Where keystores must be: the product takes bare file names only. */
export function securityFolder({ home }: { readonly home: string }): string {
  return `${home}/repository/resources/security`;
}

/** The folder of the logs, inside a home. */
export const carbonLogFolder = 'repository/logs';

/** The log that tells how a server is doing. */
export function carbonLog({ home }: Node): string {
  return `${home}/${carbonLogFolder}/wso2carbon.log`;
}

/** Written by the server when it starts; padded with NUL bytes, and never removed. */
export function pidFile({ home }: Node): string {
  return `${home}/wso2carbon.pid`;
}

/** Where the product copies drivers to, as bundles, when it starts. */
export function dropinsFolder({ home }: Node): string {
  return `${home}/repository/components/dropins`;
}

/** The name of the bundle that the product makes of a jar in components/lib. */
export function dropinName(jar: string): string {
  return `${jar.replace(/\.jar$/, '').replaceAll('-', '_')}_1.0.0.jar`;
}

/** Where the JDBC driver of the inventory is to be. */
export function driverFile({ settings }: Topology, { home }: Node): string {
  const { path, url } = settings.database.driver;
  const source = path ?? url ?? '';
  const name = source.replace(/[?#].*$/, '').replace(/^.*\//, '');
  return `${home}/repository/components/lib/${name.endsWith('.jar') ? name : `${name}.jar`}`;
}

/** Where the installation before the last change of archive is kept. */
export function previousHome({ home }: Node): string {
  return `${home}.previous`;
}

/** What runs and people put into a home, and what outlives a change of archive. */
export const carriedOver: readonly string[] = [
  // Certificates of endpoints come into it while the server runs.
  'repository/resources/security/client-truststore.jks',
  'repository/tenants',
  'repository/deployment/server/synapse-configs',
  'repository/deployment/server/executionplans',
  'repository/database',
  'repository/logs',
  // A node that an external balancer sends nothing to is taken back after it was replaced.
  '.apim-orchestrate/resting',
];

/** Our own notes inside a home. */
export function marks({ home }: Node) {
  const folder = `${home}/.apim-orchestrate`;
  return {
    folder,
    /** The checksum of the archive it was unpacked from. */
    pack: `${folder}/pack`,
    /** There while the optimizer runs. */
    optimizing: `${folder}/optimizing`,
    /** The profile it was optimized for. */
    profile: `${folder}/profile`,
    /** The name of the driver we installed. */
    driver: `${folder}/driver`,
    /** What we installed of somebody’s own: paths inside the home, one a line. */
    files: `${folder}/files`,
    /** SHA-256 of the certificates in the keystore that the archive came with, one a line. */
    shipped: `${folder}/shipped`,
    /** The checksum of the truststore as we left it, and of what it was to hold. */
    trust: `${folder}/truststore`,
    /** What the server was last started with: a fingerprint, and its parts. */
    running: `${folder}/running`,
    /** Inode and size of the log when the server was last started. */
    logSize: `${folder}/log-size`,
    /** What the start script said. */
    startOutput: `${folder}/start-output`,
    /** Which process was found ready. */
    ready: `${folder}/ready`,
    /** The same process, once every load balancer of ours was seen to answer for it. */
    answered: `${folder}/answered`,
    /** When a rolling restart that is not over yet had its server started again. */
    restarted: `${folder}/restarted`,
    /** There while an external balancer was told to send nothing new here. */
    resting: `${folder}/resting`,
  } as const;
}

/** Where archives are kept at a server, by their checksum. */
export function packCache({ directory }: Node, { settings }: Topology): { folder: string; archive: string } {
  const folder = `${directory}/.packs`;
  return { folder, archive: `${folder}/${settings.pack.sha256}.zip` };
}
