import { type Node, portOf } from '../cluster/topology.ts';
import type { PortName, Role } from '../release/roles.ts';

/** One thing that a ready server answers. */
export interface ReadinessCheck {
  readonly what: string;
  readonly port: number;
  readonly tls: boolean;
  readonly http?: { readonly path: string; readonly status: readonly number[]; readonly body?: string };
}

interface Question {
  readonly port: PortName;
  readonly tls?: boolean;
  readonly path?: string;
  readonly status?: readonly number[];
  readonly body?: string;
}

/** Said by every profile; the web applications of a role come up after it. */
const version: Question = {
  port: 'servletHttps',
  tls: true,
  path: '/services/Version',
  status: [200],
  body: 'WSO2 API Manager-',
};

const page = (path: string, ...status: number[]): Question => ({
  port: 'servletHttps',
  tls: true,
  path,
  status,
});

/**
 * What each role is asked, in order: https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/basic-health-checks/
 * and the base paths of the applications that its profile keeps.
 */
const questions: Readonly<Record<Role, readonly Question[]>> = {
  'key-manager': [version, page('/carbon/admin/login.jsp', 200)],
  'traffic-manager': [
    version,
    { port: 'amqp' },
    { port: 'receiver' },
    { port: 'receiverTls', tls: true },
    // Without credentials: that it asks for them shows that the application is there.
    page('/internal/data/v1/keymanagers', 401, 200),
  ],
  publisher: [version, page('/publisher/', 200, 302), page('/api/am/publisher/v1/swagger.yaml', 200)],
  devportal: [version, page('/devportal/', 200, 302), page('/api/am/store/v1/apis', 200)],
  gateway: [
    version,
    { port: 'apiHttps', tls: true },
    { port: 'apiHttp' },
    { port: 'webSocket' },
    { port: 'webSocketTls', tls: true },
  ],
};

/** What a node must answer before it counts as ready. */
export function readiness(node: Node): ReadinessCheck[] {
  return questions[node.role].map(({ port: name, tls = false, path, status = [200], body }) => {
    const port = portOf(node, name);
    const scheme = tls ? 'TLS' : 'TCP';
    return {
      what: path === undefined ? `${scheme} port ${port}` : `https://${node.hostname}:${port}${path}`,
      port,
      tls,
      ...(path === undefined ? {} : { http: { path, status, ...(body === undefined ? {} : { body }) } }),
    };
  });
}
