import { as, type Command, script, sh } from '../../shell/command.ts';
import { type BalancerSoftware, balancerFiles } from './model.ts';

/** The service by which systemd runs a balancer. */
export const balancerUnit = 'apim-balancer.service';

/** Prints where the program is, or nothing if it is not installed. */
export function findProgram(software: BalancerSoftware): Command {
  return script('PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin', sh`command -v ${software} || true`);
}

/** Exits with 0 if a configuration is one that the program could run with; says what is wrong with it otherwise. */
export function testConfig(software: BalancerSoftware, program: string, file: string): Command {
  const { runFolder, logFolder, bufferFolder } = balancerFiles(software);
  // What is quiet for nginx are good news; HAProxy would keep to itself what is wrong, too.
  const test =
    software === 'nginx' ? sh`${program} -q -t -c ${file}` : sh`${program} -c -f ${file} >/dev/null`;
  return as('root', script(sh`mkdir -p ${runFolder} ${logFolder} ${bufferFolder}`, test));
}

/** Puts a tested configuration in the place of the one in use. */
export function switchConfig(software: BalancerSoftware): Command {
  const { config, candidate } = balancerFiles(software);
  return as('root', sh`mv -fT ${candidate} ${config}`);
}

/** Prints `yes` if the balancer runs: its process, and no other that has its number by now. */
export function isBalancing(software: BalancerSoftware): Command {
  const { config, pid } = balancerFiles(software);
  return as(
    'root',
    sh`pid=$(cat ${pid} 2>/dev/null) && tr '\\0' ' ' < /proc/"$pid"/cmdline 2>/dev/null | grep -qF ${config} && echo yes; true`,
  );
}

/** Starts the balancer without systemd. It goes into the background by itself. */
export function startBalancer(software: BalancerSoftware, program: string): Command {
  const { config, pid, runFolder, logFolder, bufferFolder } = balancerFiles(software);
  const start =
    software === 'nginx' ? sh`${program} -c ${config}` : sh`${program} -W -D -f ${config} -p ${pid}`;
  return as('root', script(sh`mkdir -p ${runFolder} ${logFolder} ${bufferFolder}`, start));
}

/** Has nginx keep no connection of a client any more, each closed with its next answer; or keep them again. */
export function keepNone(none: boolean): Command {
  const { closing } = balancerFiles('nginx');
  return as('root', none ? sh`touch ${closing}` : sh`rm -f ${closing}`);
}

/** Exits with 0 once no client has a connection to these ports; tells how many have otherwise. */
export function noneKept(ports: readonly number[]): Command {
  const filter = ports.map((port) => `sport = :${port}`).join(' or ');
  return as(
    'root',
    script(
      sh`open=$(ss -Htn state established ${`( ${filter} )`} 2>/dev/null | wc -l)`,
      'test "$open" -eq 0 || { echo "connections that are open: $open" >&2; exit 1; }',
    ),
  );
}

/**
 * Has the balancer go on with a new configuration, and waits until no process that has the old one takes connections any
 * more. What is in flight is served to its end by the old ones.
 */
export function reloadBalancer(software: BalancerSoftware): Command {
  const { pid } = balancerFiles(software);
  return as(
    'root',
    script(
      sh`master=$(cat ${pid}) && old=$(ps -o pid= --ppid "$master") || exit 1`,
      sh`kill -s ${software === 'nginx' ? 'HUP' : 'USR2'} "$master" || exit 1; tries=0`,
      'for worker in $old; do',
      `  while ss -Hltnp | grep -q "pid=$worker,"; do`,
      '    tries=$((tries + 1))',
      sh`    test $tries -le 300 || { echo ${`after 30 s ${software} still takes connections with the configuration it had: process `}"$worker" >&2; exit 1; }`,
      '    sleep 0.1',
      '  done',
      'done',
    ),
  );
}

/** Ends a balancer of ours. Without systemd it is asked by a signal, and finishes what is in flight. */
export function stopBalancer(software: BalancerSoftware): Command {
  const { pid } = balancerFiles(software);
  const signal = software === 'nginx' ? 'QUIT' : 'USR1';
  return as(
    'root',
    script(
      sh`if test -d /run/systemd/system && systemctl is-active -q ${balancerUnit}; then systemctl stop ${balancerUnit}; exit; fi`,
      sh`pid=$(cat ${pid}); kill -s ${signal} "$pid" || exit 0; tries=0`,
      'while kill -0 "$pid" 2>/dev/null; do tries=$((tries + 1)); test $tries -le 300 || { echo "process $pid does not end" >&2; exit 1; }; sleep 0.1; done',
    ),
  );
}

/** The unit file of a balancer. */
export function balancerUnitFile(software: BalancerSoftware, program: string): string {
  const { config, pid, runFolder, logFolder, bufferFolder } = balancerFiles(software);
  const start =
    software === 'nginx'
      ? [
          `Type=forking`,
          `PIDFile=${pid}`,
          `ExecStart=${program} -c ${config}`,
          'ExecReload=/bin/kill -s HUP $MAINPID',
        ]
      : [
          `Type=notify`,
          `ExecStart=${program} -Ws -f ${config} -p ${pid}`,
          'ExecReload=/bin/kill -s USR2 $MAINPID',
        ];
  return [
    '[Unit]',
    'Description=Load balancer of WSO2 API Manager',
    'After=network-online.target',
    'Wants=network-online.target',
    '',
    '[Service]',
    ...start,
    `ExecStartPre=/bin/mkdir -p ${runFolder} ${logFolder} ${bufferFolder}`,
    'KillMode=mixed',
    'Restart=on-failure',
    'RestartSec=2',
    'LimitNOFILE=65535',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/** Prints the last that a balancer had to complain about, where it keeps a file of that. */
export function lastErrors(software: BalancerSoftware): Command {
  return as('root', sh`tail -n 10 ${balancerFiles(software).logFolder}/error.log 2>/dev/null || true`);
}
