import { as, type Command, script, sh } from '../../shell/command.ts';
import { reloadBalancer } from './commands.ts';
import { balancerFiles } from './model.ts';

/** Where HAProxy takes commands while it runs. */
const haproxySocket = `${balancerFiles('haproxy').runFolder}/haproxy.sock`;

const perl =
  '$s = IO::Socket::UNIX->new(Peer => shift) or die "$!\\n"; print $s shift(@ARGV) . "\\n"; $s->shutdown(1); print while <$s>';
const python = [
  'import socket, sys',
  's = socket.socket(socket.AF_UNIX)',
  's.connect(sys.argv[1])',
  's.sendall((sys.argv[2] + "\\n").encode())',
  's.shutdown(socket.SHUT_WR)',
  'print(b"".join(iter(lambda: s.recv(65536), b"")).decode(), end="")',
].join('\n');

/**
 * Lines that define `say COMMANDS`: it prints what HAProxy answers at its socket, by whichever program of the server can
 * talk there. It returns 69 if there is none.
 */
function talk(socket: string): Command[] {
  return [
    script('say() {'),
    sh`  if command -v socat >/dev/null 2>&1; then printf '%s\\n' "$1" | socat - UNIX-CONNECT:${socket}`,
    sh`  elif perl -MIO::Socket::UNIX -e 1 2>/dev/null; then perl -MIO::Socket::UNIX -e ${perl} ${socket} "$1"`,
    script('  else'),
    script('    for python in python3 /usr/libexec/platform-python; do'),
    sh`      command -v "$python" >/dev/null 2>&1 && { "$python" -c ${python} ${socket} "$1"; return; }`,
    script('    done'),
    script('    return 69'),
    script('  fi'),
    script('}'),
  ];
}

/**
 * Has a running HAProxy send to servers, or send nothing new to them, without a reload: so no connection of a client is
 * closed. Where nothing at the server can talk to its socket it is reloaded, with the configuration that says the same.
 */
export function steerHaproxy(
  servers: readonly { readonly backend: string; readonly name: string; readonly away: boolean }[],
  socket = haproxySocket,
): Command {
  const commands = servers.map(
    ({ backend, name, away }) => `set server ${backend}/${name} state ${away ? 'maint' : 'ready'}`,
  );
  return as(
    'root',
    script(
      ...talk(socket),
      sh`answer=$(say ${commands.join(';')}); code=$?`,
      'if test $code -eq 69; then',
      `  ${reloadBalancer('haproxy').text.replaceAll('\n', '\n  ')}`,
      '  exit',
      'fi',
      'test $code -eq 0 || exit 1',
      `answer=$(printf '%s\\n' "$answer" | tr -s '\\n')`,
      'test -z "$answer" || { echo "HAProxy says: $answer" >&2; exit 1; }',
    ),
  );
}

/** Lines that set `left` to how many sessions a running HAProxy has with a server, or to nothing if it cannot be asked. */
export function sessionsAt(name: string, socket = haproxySocket): Command {
  return script(
    ...talk(socket),
    sh`left=$(say 'show stat') && left=$(printf '%s\\n' "$left" | awk -F, -v name=${name} '$2 == name { sum += $5 } END { print sum + 0 }') || left=`,
  );
}
