import {
  type BalancerModel,
  balancerFiles,
  isAway,
  type Listener,
  routeCookie,
  type Upstream,
} from './model.ts';

/** The whole configuration of a HAProxy of our own (2.6 or newer). */
export function haproxyConfig({ listeners, upstreams }: BalancerModel): string {
  const { runFolder } = balancerFiles('haproxy');
  return [
    '# Written by apim-orchestrate; changes made here are lost at its next run.',
    'global',
    `    stats socket ${runFolder}/haproxy.sock mode 600 level admin expose-fd listeners`,
    '    log /dev/log local0 notice',
    '    user haproxy',
    '    group haproxy',
    '    ssl-default-bind-options ssl-min-ver TLSv1.2',
    '    ssl-default-server-options ssl-min-ver TLSv1.2',
    '    tune.ssl.default-dh-param 2048',
    '',
    'defaults',
    '    mode http',
    '    log global',
    '    option httplog',
    '    option dontlognull',
    '    option forwardfor',
    '    option redispatch 1',
    '    retries 3',
    '    # A request that may have been acted upon is not sent again; one that only reads is, also by a starting server.',
    '    retry-on conn-failure empty-response 503',
    '    timeout connect 5s',
    '    timeout client 5m',
    '    timeout server 5m',
    '    timeout tunnel 1h',
    '    timeout queue 30s',
    '    timeout http-keep-alive 60s',
    '    # At a reload an idle connection of a client is closed with the next answer, and not while a request may be under way.',
    '    option idle-close-on-response',
    '    default-server inter 2s fall 2 rise 1 init-addr last,libc,none',
    '',
    ...listeners.flatMap(frontend),
    ...upstreams.flatMap(backend),
  ].join('\n');
}

function frontend({ port, tls, sites, redirects }: Listener): string[] {
  const { certificate } = balancerFiles('haproxy');
  const names = [...redirects, ...sites.map(({ hostname }) => hostname)];
  return [
    `frontend port_${port}`,
    `    bind :${port}${tls ? ` ssl crt ${certificate}` : ''}`,
    '    http-request set-var(txn.site) req.hdr(host),field(1,:),lower',
    '    # A name that is not ours gets no site.',
    `    http-request deny deny_status 421 unless { var(txn.site) -m str ${names.join(' ')} }`,
    ...(redirects.length === 0
      ? []
      : [
          `    http-request redirect scheme https code 301 if { var(txn.site) -m str ${redirects.join(' ')} }`,
        ]),
    ...sites
      .filter(({ hideConsole }) => hideConsole)
      .map(
        ({ hostname }) =>
          `    http-request deny deny_status 403 if { var(txn.site) -m str ${hostname} } { path_beg /carbon }`,
      ),
    '    http-request disable-l7-retry unless METH_GET',
    '    http-request set-header X-Forwarded-Host %[req.hdr(host)]',
    '    http-request set-header X-Forwarded-Server %[var(txn.site)]',
    `    http-request set-header X-Forwarded-Port ${port}`,
    `    http-request set-header X-Forwarded-Proto ${tls ? 'https' : 'http'}`,
    ...sites.map(
      ({ hostname, upstream }) => `    use_backend ${upstream} if { var(txn.site) -m str ${hostname} }`,
    ),
    '',
  ];
}

const balances = { browser: 'leastconn', client: 'source', none: 'leastconn' } as const;

function backend({ name, nodes, serverName, affinity, healthPath }: Upstream): string[] {
  const { authority } = balancerFiles('haproxy');
  const tls =
    serverName === undefined
      ? ''
      : ` ssl verify required ca-file ${authority} sni str(${serverName}) verifyhost ${serverName} check-sni ${serverName}`;
  return [
    `backend ${name}`,
    `    balance ${balances[affinity]}`,
    ...(affinity === 'client' ? ['    hash-type consistent'] : []),
    ...(affinity === 'browser'
      ? [`    cookie ${routeCookie} insert indirect nocache httponly secure attr SameSite=Lax`]
      : []),
    ...(healthPath === undefined
      ? []
      : [
          '    option httpchk',
          `    http-check send meth GET uri ${healthPath} ver HTTP/1.1 hdr Host ${serverName ?? 'localhost'}`,
          '    http-check expect status 200',
        ]),
    ...nodes.map(
      (node) =>
        `    server ${node.name} ${node.hostname}:${node.port}${tls} check${affinity === 'browser' ? ` cookie ${node.name}` : ''}${isAway(node) ? ' disabled' : ''}`,
    ),
    '',
  ];
}
