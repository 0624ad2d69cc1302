/** The five components. */
export type Role = 'key-manager' | 'traffic-manager' | 'publisher' | 'devportal' | 'gateway';

/** The listeners of a node, by what they are for. */
export type PortName =
  | 'servletHttps'
  | 'servletHttp'
  | 'apiHttps'
  | 'apiHttp'
  | 'amqp'
  | 'amqpTls'
  | 'receiver'
  | 'receiverTls'
  | 'webSocket'
  | 'webSocketTls';

/** What is true of every node of a role. */
export interface RoleFacts {
  readonly role: Role;
  /** Its group in the inventory. */
  readonly group: string;
  readonly title: string;
  /** For `-Dprofile`, and for `server_role`: the product uses one word for both. */
  readonly profile: string;
  /** Listeners at offset 0: https://apim.docs.wso2.com/en/3.2.0/reference/default-product-ports/ */
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
}

const servlet = { servletHttps: 9443, servletHttp: 9763 } as const;

/** All roles, in the documented order of starting. */
export const roles: readonly RoleFacts[] = [
  {
    role: 'key-manager',
    group: 'key_manager',
    title: 'Key Manager',
    profile: 'api-key-manager',
    ports: servlet,
  },
  {
    role: 'traffic-manager',
    group: 'traffic_manager',
    title: 'Traffic Manager',
    profile: 'traffic-manager',
    ports: { ...servlet, amqp: 5672, amqpTls: 8672, receiver: 9611, receiverTls: 9711 },
  },
  {
    role: 'publisher',
    group: 'publisher',
    title: 'Publisher',
    profile: 'api-publisher',
    ports: servlet,
  },
  {
    role: 'devportal',
    group: 'devportal',
    title: 'Developer Portal',
    // Not `api-store`, as the guide’s sample has it: no rule of the product knows that name.
    profile: 'api-devportal',
    ports: servlet,
  },
  {
    role: 'gateway',
    group: 'gateway',
    title: 'Gateway',
    profile: 'gateway-worker',
    ports: { ...servlet, apiHttps: 8243, apiHttp: 8280, webSocket: 9099, webSocketTls: 8099 },
  },
];

/** The group of the hosts that run the load balancer. */
export const balancerGroup = 'load_balancer';

/** The facts of a role. */
export function factsOf(role: Role): RoleFacts {
  const found = roles.find((each) => each.role === role);
  if (found === undefined) throw new TypeError(`no such role: ${role}`);
  return found;
}

/** The value of `-Dprofile` and of `server_role` for a role. */
export function profileOf(role: Role): string {
  return factsOf(role).profile;
}
