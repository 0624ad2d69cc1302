import { as, type Command, script, sh } from '../../shell/command.ts';
import { sessionsAt } from './haproxy-socket.ts';
import type { BalancerModel, BalancerSoftware } from './model.ts';

/** Where a balancer sends requests for a node. */
export interface Target {
  readonly hostname: string;
  readonly port: number;
}

/** Where the sites of a model send requests for a node; none if no site does. */
export function targetsOf({ upstreams }: BalancerModel, node: string): Target[] {
  const all = upstreams.flatMap(({ nodes }) => nodes.filter(({ name }) => name === node));
  return [...new Map(all.map((each) => [`${each.hostname}:${each.port}`, each])).values()];
}

/**
 * Exits with 0 once the balancer has nothing under way at a node; tells how much there is otherwise. HAProxy counts that
 * itself; else connections to the ports of the node are counted, but not those of whatever else is on the server.
 */
export function hasLeft(software: BalancerSoftware, name: string, targets: readonly Target[]): Command {
  return as(
    'root',
    script(
      'left=',
      ...(software === 'haproxy' ? [sessionsAt(name)] : []),
      'if test -z "$left"; then',
      'left=0',
      ...targets.map(({ hostname, port }) =>
        script(
          sh`for address in $(getent ahosts ${hostname} | cut -d' ' -f1 | sort -u); do`,
          sh`  open=$(ss -Htnp state established dst "[$address]:${port}" 2>/dev/null | grep -cF ${`"${software}"`})`,
          '  left=$((left + open))',
          'done',
        ),
      ),
      'fi',
      `test "$left" -eq 0 || { echo "connections that are still open: $left" >&2; exit 1; }`,
    ),
  );
}
