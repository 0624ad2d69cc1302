/** What a balancer does, whatever program it is. */
export interface BalancerModel {
  readonly listeners: readonly Listener[];
  readonly upstreams: readonly Upstream[];
}

/** A port, and the sites that are told apart on it by name. */
export interface Listener {
  readonly port: number;
  readonly tls: boolean;
  readonly sites: readonly Site[];
  /** Names whose visitors are sent to the same address with https. */
  readonly redirects: readonly string[];
}

/** A name that clients use. */
export interface Site {
  readonly hostname: string;
  /** The name of its upstream. */
  readonly upstream: string;
  /** Whether the management console is kept from it. */
  readonly hideConsole: boolean;
}

/** Nodes that answer for each other. */
export interface Upstream {
  readonly name: string;
  readonly nodes: readonly UpstreamNode[];
  /** The name that the certificate of each node must bear; undefined where there is no TLS. */
  readonly serverName: string | undefined;
  /**
   * Who stays at one node: a `browser` by a cookie, a `client` by its address (servers that call services keep no
   * cookies), or nobody.
   */
  readonly affinity: 'browser' | 'client' | 'none';
  /** Asked to see whether a node is well; without it a connection is enough. */
  readonly healthPath: string | undefined;
  /**
   * What a node is taken for dead for, by a program that learns it from requests: an `answer` that says so, its `silence`,
   * or `nothing`. What stands behind a gateway may answer the same; and who is not let in gets no answer to a web socket.
   */
  readonly blame: 'answer' | 'silence' | 'nothing';
}

/** One server of an upstream. */
interface UpstreamNode {
  /** The name of its host, by which it is drained. */
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  /** Gets no new request, because people said so; those in flight are finished. */
  readonly drained: boolean;
  /** The same for the time of a rolling run. */
  readonly resting: boolean;
}

/** Whether a node gets no new request, whoever said so. */
export function isAway({ drained, resting }: Pick<UpstreamNode, 'drained' | 'resting'>): boolean {
  return drained || resting;
}

/** The programs that can run a model. */
export type BalancerSoftware = 'nginx' | 'haproxy';

const folder = '/etc/apim-orchestrate/balancer';

/** The files of a balancer at its server. They are its own: no file of the distribution is touched. */
export function balancerFiles(software: BalancerSoftware) {
  const config = `${folder}/${software === 'nginx' ? 'nginx.conf' : 'haproxy.cfg'}`;
  return {
    folder,
    config,
    candidate: `${config}.candidate`,
    /** Certificate, those between it and the root, and key, all PEM: for its owner’s eyes only. */
    certificate: `${folder}/site.pem`,
    /** Who vouches for the nodes. */
    authority: `${folder}/ca.pem`,
    /** The names of nodes that people drained, one a line. They stay so until somebody takes them back. */
    drained: `${folder}/drained`,
    /**
     * A folder with a file for each node that a rolling run drained, until it is ready again. nginx looks into it, so for nginx
     * there is one for each that people drained, too.
     */
    resting: `${folder}/resting`,
    /** While it is there, nginx closes the connection of a client with each answer. */
    closing: '/run/apim-balancer/closing',
    /** What the program was last told to load. */
    loaded: '/run/apim-balancer/loaded',
    pid: `/run/apim-balancer/${software}.pid`,
    runFolder: '/run/apim-balancer',
    logFolder: '/var/log/apim-balancer',
    /** Where large requests are kept while they are passed on. */
    bufferFolder: '/var/lib/apim-balancer',
  } as const;
}

/** The cookie by which a browser stays at one node. */
export const routeCookie = 'apim_route';
