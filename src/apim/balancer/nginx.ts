import {
  type BalancerModel,
  balancerFiles,
  isAway,
  type Listener,
  routeCookie,
  type Site,
  type Upstream,
} from './model.ts';

/**
 * The whole configuration of an nginx of our own (1.18 or newer). Affinity of browsers is by a cookie of our own, which
 * holds a random word that is hashed to a node: open-source nginx has no other way that outlives a node’s failure.
 */
export function nginxConfig({ listeners, upstreams }: BalancerModel): string {
  const { certificate, authority, pid, logFolder, bufferFolder } = balancerFiles('nginx');
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
  return [
    '# Written by apim-orchestrate; changes made here are lost at its next run.',
    'worker_processes auto;',
    'worker_rlimit_nofile 65535;',
    `pid ${pid};`,
    `error_log ${logFolder}/error.log warn;`,
    '',
    'events {',
    '    worker_connections 8192;',
    '}',
    '',
    'http {',
    `    access_log ${logFolder}/access.log;`,
    '    server_tokens off;',
    '    server_names_hash_bucket_size 128;',
    '    # Archives of APIs are uploaded through the portals.',
    '    client_max_body_size 0;',
    `    client_body_temp_path ${bufferFolder}/body;`,
    `    proxy_temp_path ${bufferFolder}/proxy;`,
    '',
    `    ssl_certificate ${certificate};`,
    `    ssl_certificate_key ${certificate};`,
    '    ssl_protocols TLSv1.2 TLSv1.3;',
    '    ssl_session_cache shared:sites:10m;',
    '    ssl_session_tickets off;',
    `    keepalive_timeout ${keptSeconds}s;`,
    '',
    '    # Nodes are verified by our authority, and by the name of the site.',
    '    proxy_ssl_verify on;',
    '    proxy_ssl_verify_depth 4;',
    `    proxy_ssl_trusted_certificate ${authority};`,
    '    proxy_ssl_server_name on;',
    '    proxy_ssl_protocols TLSv1.2 TLSv1.3;',
    '',
    '    proxy_http_version 1.1;',
    '    proxy_connect_timeout 5s;',
    '    proxy_read_timeout 5m;',
    '    proxy_send_timeout 5m;',
    '    # A request that may have been acted upon is not sent again: nginx itself holds back POST and PATCH.',
    '    proxy_next_upstream error timeout http_502 http_503;',
    '    proxy_next_upstream_tries 2;',
    '    proxy_set_header Host $http_host;',
    '    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '    proxy_set_header X-Forwarded-Host $host;',
    '    proxy_set_header X-Forwarded-Server $host;',
    '    proxy_set_header X-Forwarded-Port $server_port;',
    '    proxy_set_header X-Forwarded-Proto $scheme;',
    '    proxy_set_header Upgrade $http_upgrade;',
    '    proxy_set_header Connection $connection_upgrade;',
    '',
    '    map $http_upgrade $connection_upgrade {',
    '        default upgrade;',
    "        '' '';",
    '    }',
    `    map $cookie_${routeCookie} $route {`,
    `        default $cookie_${routeCookie};`,
    "        '' $request_id;",
    '    }',
    `    map $cookie_${routeCookie} $new_route {`,
    "        default '';",
    `        '' '${routeCookie}=$request_id; Path=/; HttpOnly; Secure; SameSite=Lax';`,
    '    }',
    '',
    '    # An idle connection to a server is closed here before the server closes it: what is sent meanwhile would be lost.',
    ...upstreams.flatMap(poolsOf),
    ...listeners.flatMap((listener) => serverBlocks(listener, byName)),
    '}',
    '',
  ].join('\n');
}

/** For so long an idle connection of a client is kept. */
export const keptSeconds = 15;

const keys = {
  browser: ['        hash $route consistent;'],
  client: ['        hash $remote_addr consistent;'],
  none: ['        least_conn;'],
} as const;

/**
 * The nodes of an upstream: all of them, all but each one, and all but those that are away now. A request goes to the pool
 * that files in the folder of resting nodes say, so a node goes and comes back without a reload: that would close the idle
 * connections of clients, and lose a POST that is just being sent on one.
 */
function poolsOf(upstream: Upstream): string[] {
  const { name, nodes } = upstream;
  const away = nodes.flatMap((node, index) => (isAway(node) ? [index] : []));
  const sets = [
    ...(nodes.length < 2 ? [] : nodes.map((_, index) => [index])),
    ...(away.length > 1 ? [away] : []),
  ];
  return [
    ...poolBlock(name, upstream, []),
    ...sets
      .filter((without) => without.length < nodes.length)
      .flatMap((without) => poolBlock(poolName(name, without), upstream, without)),
  ];
}

function poolName(name: string, without: readonly number[]): string {
  return [name, ...without.map((index) => `without_${index + 1}`)].join('_');
}

function poolBlock(pool: string, { nodes, affinity, blame }: Upstream, without: readonly number[]): string[] {
  // There is no other pool than this one for a node that is alone.
  const alone = nodes.length < 2;
  const left = nodes.map((node, index) => ({
    ...node,
    drained: (alone && node.drained) || without.includes(index),
  }));
  // The last one that is not drained is never taken for dead: an error of its own is better than none at all.
  const forgiving = blame === 'nothing' || left.filter(({ drained }) => !drained).length < 2;
  return [
    `    upstream ${pool} {`,
    `        zone ${pool} 64k;`,
    ...keys[affinity],
    ...left.map(
      ({ name: node, hostname, port, drained }) =>
        `        server ${hostname}:${port}${forgiving ? ' max_fails=0' : ' max_fails=1 fail_timeout=5s'}${drained ? ' down' : ''}; # ${node}`,
    ),
    '        keepalive 32;',
    '        keepalive_timeout 5s;',
    '    }',
    '',
  ];
}

function serverBlocks(
  { port, tls, sites, redirects }: Listener,
  upstreams: ReadonlyMap<string, Upstream>,
): string[] {
  const listen = `${port}${tls ? ' ssl' : ''}`;
  return [
    '    # A name that is not ours gets no answer.',
    '    server {',
    `        listen ${listen} default_server;`,
    '        server_name _;',
    '        return 444;',
    '    }',
    ...(redirects.length === 0
      ? []
      : [
          '    server {',
          `        listen ${listen};`,
          `        server_name ${redirects.join(' ')};`,
          '        return 301 https://$host$request_uri;',
          '    }',
        ]),
    ...sites.flatMap((site) => siteBlock(listen, site, upstreams.get(site.upstream))),
    '',
  ];
}

function siteBlock(
  listen: string,
  { hostname, hideConsole }: Site,
  upstream: Upstream | undefined,
): string[] {
  if (upstream === undefined) throw new TypeError(`${hostname} has no upstream`);
  const { name, nodes, serverName, affinity, blame } = upstream;
  const { resting, closing } = balancerFiles('nginx');
  const proxied = [
    `            proxy_pass ${serverName === undefined ? 'http' : 'https'}://$pool;`,
    ...(serverName === undefined ? [] : [`            proxy_ssl_name ${serverName};`]),
    // What a service behind a gateway answers is passed on as it is.
    ...(blame === 'answer' ? [] : ['            proxy_next_upstream error timeout;']),
    ...(affinity === 'browser' ? ['            add_header Set-Cookie $new_route always;'] : []),
  ];
  return [
    '    server {',
    `        listen ${listen};`,
    `        server_name ${hostname};`,
    ...(hideConsole ? ['        location ^~ /carbon {', '            return 403;', '        }'] : []),
    `        set $pool ${name};`,
    ...(nodes.length < 2
      ? []
      : nodes.map(
          (node, index) =>
            `        if (-f "${resting}/${node.name}") { set $pool "\${pool}_without_${index + 1}"; }`,
        )),
    '        location / {',
    // Before a reload, which closes idle connections: whoever has none that is kept loses nothing by it.
    '            error_page 418 = @closing;',
    `            if (-f "${closing}") { return 418; }`,
    ...proxied,
    '        }',
    '        location @closing {',
    '            keepalive_timeout 0;',
    ...proxied,
    '        }',
    '    }',
  ];
}
