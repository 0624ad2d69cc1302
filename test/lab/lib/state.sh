# What is known of a lab, and how to get into a host. LAB_DIR/hosts/NAME/ holds:
#   index, address, kind   as given when it was made        disk/     its tmpfs: overlay upper and work directories
#   pid, started           PID 1 of the host as seen from here, and its start time; absent when it is off
#   link, cgroup, wire     what boot and slow_link made     database  there when a database server belongs to it
#   given/                 for its first start              root/     where its own mount namespace puts its root

host_dir() { printf '%s/hosts/%s' "$LAB_DIR" "$1"; }
host_names() { if [ -d "$LAB_DIR/hosts" ]; then ls -1v "$LAB_DIR/hosts"; fi; }
# By the shell alone: a fleet of two hundred would otherwise start tens of thousands of programs for a look at itself.
of_host() { # HOST FILE
  local file=$LAB_DIR/hosts/$1/$2
  [ -e "$file" ] && { printf '%s\n' "$(<"$file")"; } 2>/dev/null
}
known() { [ -d "$(host_dir "$1")" ] || die "no host '$1' in lab '$LAB_NAME'; there are: $(host_names | xargs)"; }

# A process id may be given anew: the start time (field 22; 20 after the name in parentheses) tells whose it is.
started_at() { # PROCESS
  local line fields
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -ra fields <<<"${line##*) }"
  printf '%s\n' "${fields[19]-}"
}
same_process() { [ -n "$1" ] && [ -n "$2" ] && [ "$(started_at "$1")" = "$2" ]; }
is_up() { same_process "$(of_host "$1" pid)" "$(of_host "$1" started)"; }
must_be_up() {
  known "$1"
  is_up "$1" || die "host '$1' is off"
}

lock() { # one verb at a time changes the lab
  local deadline=$((SECONDS + 120))
  mkdir -p "$(dirname "$LAB_DIR")"
  while :; do
    exec 9>"$LAB_DIR.lock"
    flock -w 120 9 || die "another lab.sh has held $LAB_DIR.lock for two minutes"
    # down removes the file: the lock counts only on the file that is there now
    [ "$(stat -L -c %i /proc/$$/fd/9)" = "$(stat -c %i "$LAB_DIR.lock" 2>/dev/null)" ] && return 0
    [ $SECONDS -lt $deadline ] || die "$LAB_DIR.lock keeps changing"
  done
}
unlock() { exec 9>&-; }

# A lab belongs to the process that made it (LAB_OWNER) for as long as that lives: whoever takes the same name meanwhile
# would change hosts under its hands. One that nobody owns any more is anybody's.
claim() {
  local pid='' started='' owner=$LAB_DIR.owner
  read -r pid started 2>/dev/null <"$owner" || true
  if same_process "$pid" "$started" && [ "$pid" != "${LAB_OWNER:-}" ]; then
    die "lab '$LAB_NAME' is in use by process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-120)); wait for it, or set LAB_NAME and LAB_NET to others"
  fi
  if [ -n "${LAB_OWNER:-}" ]; then printf '%s %s\n' "$LAB_OWNER" "$(started_at "$LAB_OWNER")" >"$owner"; else rm -f "$owner"; fi
}
disclaim() { rm -f "$LAB_DIR.owner"; }

join_cgroup() { # HOST: this process joins, so that pause means it too; where systemd rules, beside its init
  local group
  group=$(of_host "$1" cgroup) || return 0
  [ -d "$group/init.scope" ] && group=$group/init.scope
  { echo "$BASHPID" >"$group/cgroup.procs"; } 2>/dev/null || true
}

enter() { # HOST COMMAND...: become this command in the host, with an environment of its own
  local pid
  pid=$(of_host "$1" pid)
  join_cgroup "$1"
  shift
  exec nsenter -t "$pid" -m -u -i -n -p -r -w -- \
    /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@" 9>&-
}
in_host() { # HOST COMMAND...
  must_be_up "$1"
  (enter "$@")
}
in_network() { # HOST COMMAND...: this machine's files, the host's network
  local pid
  pid=$(of_host "$1" pid)
  shift
  nsenter -t "$pid" -n -- "$@"
}

exec_in() { # 125 says that the host could not be entered; any other code is the command's own
  FAILURE=125
  [ $# -ge 2 ] || die "exec $1: which command?"
  must_be_up "$1"
  enter "$@"
}

ssh_to() {
  known "$1"
  local address
  address=$(of_host "$1" address)
  shift
  exec ssh -i "$LAB_DIR/id_ed25519" -o UserKnownHostsFile="$LAB_DIR/known_hosts" -o StrictHostKeyChecking=yes \
    -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5 "wso2@$address" "$@"
}

state_of() { if is_up "$1"; then echo up; else echo off; fi; }
list_hosts() {
  local name
  for name in $(host_names); do
    printf '%-12s %-15s %-8s %-4s %s\n' "$name" "$(of_host "$name" address)" "$(of_host "$name" kind)" \
      "$(state_of "$name")" "$([ ! -e "$(host_dir "$name")/database" ] || echo database)"
  done
}
describe_hosts() {
  local name separator=
  printf '{"user":"wso2","key":"%s","knownHosts":"%s","hosts":[' "$LAB_DIR/id_ed25519" "$LAB_DIR/known_hosts"
  for name in $(host_names); do
    printf '%s{"name":"%s","address":"%s","kind":"%s","state":"%s"}' "$separator" "$name" "$(of_host "$name" address)" \
      "$(of_host "$name" kind)" "$(state_of "$name")"
    separator=,
  done
  printf ']}\n'
}
list_memory() {
  local name processes memory disk
  for name in $(host_names); do
    is_up "$name" || continue
    memory=$(in_host "$name" sh -c 'cat /proc/[0-9]*/smaps_rollup 2>/dev/null' | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }')
    processes=$(in_host "$name" sh -c 'ls -d /proc/[0-9]* | wc -l')
    disk=$(df -k --output=used "$(host_dir "$name")/disk" | tail -1)
    printf '%-12s memory %7s KiB, %3s processes, disk %7s KiB\n' "$name" "$memory" "$processes" "${disk// /}"
  done
}
