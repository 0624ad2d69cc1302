# Making a host, starting it and stopping it.

check_machine() {
  local command
  for command in ip unshare nsenter ssh ssh-keygen mount flock setsid perl sudo /usr/sbin/sshd; do
    command -v "$command" >/dev/null || die "missing on this machine: $command; scripts/prepare.sh installs what the lab needs"
  done
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || die "this kernel has no overlayfs"
}

bring_up() { # [--systemd] N|NAME...
  local kind=plain names=() word name count
  for word; do
    if [ "$word" = --systemd ]; then kind=systemd; else names+=("$word"); fi
  done
  if [ ${#names[@]} = 1 ] && [[ ${names[0]} =~ ^[0-9]+$ ]]; then
    count=$((10#${names[0]}))
    [ $count -ge 1 ] && [ $count -le 250 ] || die "up: 1 to 250 hosts"
    names=()
    for ((word = 1; word <= count; word++)); do names+=("h$word"); done
  fi
  [ ${#names[@]} -gt 0 ] || die "up: how many hosts, or which?"
  for name in "${names[@]}"; do
    [[ $name =~ ^[a-z][a-z0-9-]{0,11}$ ]] || die "host name '$name': a letter, then letters, digits and -, 12 in all"
  done
  check_machine
  lock
  claim
  make_base
  make_template
  for name in "${names[@]}"; do make_host "$name" $kind; done
  for name in "${names[@]}"; do
    wait_for_ssh "$name"
    if [ -e "$(host_dir "$name")/database" ]; then start_database "$name"; fi
  done
  write_known_hosts
}

make_base() { # what the hosts of a lab share
  mkdir -p "$LAB_DIR/hosts"
  chmod 755 "$LAB_DIR" # the lab's user may go through; what is secret in it is closed by itself
  [ -f "$LAB_DIR/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C "lab $LAB_NAME" -f "$LAB_DIR/id_ed25519"
  if [ ! -s "$LAB_DIR/deploy-password.crypt" ]; then
    make_password "$LAB_DIR/deploy-password"
    (umask 077 && perl -e 'chomp(my $word = <STDIN>); print crypt($word, q($6$) . substr($word, 3, 8)), "\n"' \
      <"$LAB_DIR/deploy-password" >"$LAB_DIR/deploy-password.crypt")
  fi
  if ip link show "$BRIDGE" >/dev/null 2>&1; then return 0; fi
  local other
  other=$(ip -o -4 address show | awk -v net="$LAB_NET.1/24" '$4 == net { print $2 }')
  [ -z "$other" ] || die "$LAB_NET.0/24 is already on $other; set LAB_NET to another net"
  ip link add "$BRIDGE" address "$(hardware_address "$LAB_NET.1")" type bridge stp_state 0 forward_delay 0
  ip address add "$LAB_NET.1/24" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  # After a crash of the bridge alone, the hosts that still run are plugged in again.
  local name
  for name in $(host_names); do if is_up "$name"; then ip link set "$(of_host "$name" link)" master "$BRIDGE" 2>/dev/null || true; fi; done
}

make_password() { # FILE
  (umask 077 && head -c 256 /dev/urandom | tr -dc 'A-Za-z0-9' | head -c 20 >"$1" && echo >>"$1")
}

free_index() {
  local index used
  used=" $(cat "$LAB_DIR"/hosts/*/index 2>/dev/null | xargs) "
  for ((index = 2; index < 255; index++)); do
    [[ $used == *" $index "* ]] || { echo $index && return 0; }
  done
  die "no free address in $LAB_NET.0/24"
}

make_host() { # NAME KIND
  local name=$1 directory index
  directory=$(host_dir "$name")
  if [ -d "$directory" ]; then
    if is_up "$name"; then return 0; fi
    if [ -e "$directory/disk/made" ]; then boot "$name" && return 0; fi
    remove_host "$name" # half made, by a run that was killed
  fi
  index=$(free_index)
  mkdir -p "$directory/disk" "$directory/root"
  echo "$index" >"$directory/index"
  echo "$LAB_NET.$index" >"$directory/address"
  echo "$2" >"$directory/kind"
  make_disk "$name"
  give "$name"
  boot "$name"
}

boot() { # HOST: its namespaces, on its disk
  local name=$1 directory kind cgroup outer pid='' tries=0
  directory=$(host_dir "$name")
  kind=$(of_host "$name" kind)
  rm -f "$directory/go"
  cgroup=$(make_cgroup "$name")
  # The environment marks every process of the lab, so that down finds them without any file of ours. Nothing else
  # may be started in these parentheses: the first child of this process is taken for the host's PID 1.
  (
    if [ -n "$cgroup" ]; then echo "$BASHPID" >"$cgroup/cgroup.procs"; fi
    exec env APIM_LAB="$LAB_NAME" setsid unshare --mount --uts --ipc --net --pid --cgroup --fork --kill-child \
      --propagation private bash "$HERE/lib/init.sh" "$name" "$directory" "$kind" "$LAB_NAME"
  ) </dev/null >"$directory/console.log" 2>&1 9>&- &
  outer=$!
  while [ -z "$pid" ]; do
    pid=$(tr -d ' ' <"/proc/$outer/task/$outer/children") 2>/dev/null || true
    if [ -n "$pid" ]; then break; fi
    kill -0 "$outer" 2>/dev/null || die "host $name did not start: $(cat "$directory/console.log")"
    tries=$((tries + 1))
    [ $tries -lt 500 ] || die "host $name did not start in five seconds"
    sleep 0.01
  done
  started_at "$pid" >"$directory/started"
  echo "$pid" >"$directory/pid"
  # The process outside must not stand in the cgroup that systemd inside divides.
  if [ -n "$cgroup" ]; then echo "$outer" >"$(dirname "$cgroup")/cgroup.procs" 2>/dev/null || true; fi
  plug_in "$name"
  : >"$directory/go"
}

make_cgroup() { # HOST: prints where it is, if there is a cgroup v2 hierarchy to write to
  local top group
  for top in /sys/fs/cgroup/unified /sys/fs/cgroup; do
    group=$top/apim-lab-$LAB_NAME.$1
    if [ -f "$top/cgroup.procs" ] && mkdir -p "$group" 2>/dev/null && [ -f "$group/cgroup.freeze" ]; then
      echo "$group" | tee "$(host_dir "$1")/cgroup"
      return 0
    fi
  done
}

wait_for_ssh() { # until it says who it is; systemd takes some seconds
  local address deadline=$((SECONDS + 60)) banner
  address=$(of_host "$1" address)
  until (exec 3<>"/dev/tcp/$address/22" && read -r -t 2 -u 3 banner && [[ $banner == SSH-* ]]) 2>/dev/null; do
    is_up "$1" || die "host $1 went off: $(cat "$(host_dir "$1")/console.log")"
    [ $SECONDS -lt $deadline ] || die "host $1: no answer from sshd at $address; its console: $(cat "$(host_dir "$1")/console.log")"
    sleep 0.02
  done
}

write_known_hosts() {
  local name key
  for name in $(host_names); do
    key=$(cut -d' ' -f1,2 "$(host_dir "$name")/disk/upper/etc/ssh/ssh_host_ed25519_key.pub" 2>/dev/null) || continue
    printf '%s %s\n' "$(of_host "$name" address)" "$key"
  done >"$LAB_DIR/known_hosts.new"
  mv "$LAB_DIR/known_hosts.new" "$LAB_DIR/known_hosts"
}

stop_host() { # every process of a host dies with its PID 1
  local name=$1 directory pid started tries=0
  directory=$(host_dir "$name")
  unplug "$name"
  pid=$(of_host "$name" pid) || true
  started=$(of_host "$name" started) || true
  if same_process "$pid" "$started"; then
    kill -KILL "$pid" 2>/dev/null || true
    while same_process "$pid" "$started"; do
      tries=$((tries + 1))
      [ $tries -lt 1000 ] || die "host $name: process $pid does not end"
      sleep 0.01
    done
  fi
  rm -f "$directory/pid" "$directory/started" "$directory/go"
}

power_off() {
  known "$1"
  lock
  stop_host "$1"
}
power_on() {
  known "$1"
  lock
  is_up "$1" || boot "$1"
  wait_for_ssh "$1"
  if [ -e "$(host_dir "$1")/database" ]; then start_database "$1"; fi
}
