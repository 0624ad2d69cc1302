# What may befall a host, beside its cable.

FILLER=/var/lib/lab-filler

kill_sshd() { # the listener and every session
  must_be_up "$1"
  [ "$(of_host "$1" kind)" != systemd ] || in_host "$1" systemctl stop ssh.service
  in_host "$1" sh -c 'for process in /proc/[0-9]*; do
    if [ "$(cat "$process/comm" 2>/dev/null)" = sshd ]; then kill -KILL "${process#/proc/}" || true; fi
  done' 2>/dev/null
}
start_sshd() {
  must_be_up "$1"
  if [ "$(of_host "$1" kind)" = systemd ]; then
    in_host "$1" systemctl start ssh.service
  else
    in_host "$1" sh -c 'mkdir -p /run/sshd && exec env -i PATH="$PATH" /usr/sbin/sshd -E /var/log/sshd.log'
  fi
  wait_for_ssh "$1"
}

freeze() { # 1|0 [HOST...]
  local value=$1 name cgroup
  shift
  [ $# -gt 0 ] || set -- $(host_names)
  for name; do
    must_be_up "$name"
    cgroup=$(of_host "$name" cgroup) || die "pause: this machine has no cgroup v2 to freeze a host with"
    echo "$value" >"$cgroup/cgroup.freeze"
  done
}

fill_disk() { # HOST [KILOBYTES LEFT]
  local left
  left=$(in_host "$1" df -k --output=avail /)
  left=$((${left##*[!0-9]} - ${2:-0}))
  [ $left -gt 0 ] || return 0
  # Without allocation in advance, write until it is full.
  in_host "$1" fallocate -l "${left}K" "$FILLER" || in_host "$1" sh -c "head -c ${left}K /dev/zero >$FILLER" || true
}

skew_clock() { # HOST SECONDS; for what starts from now on: no namespace moves the clock of the day
  local library
  library=$(in_host "$1" sh -c 'ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1')
  [ -n "$library" ] || die "skew needs libfaketime: apt-get install --yes libfaketime"
  if [ "$2" = 0 ]; then
    in_host "$1" rm -f /etc/ld.so.preload /etc/faketimerc
  else
    printf '%+d\n' "$2" | in_host "$1" sh -c 'cat >/etc/faketimerc'
    printf '%s\n' "$library" | in_host "$1" sh -c 'cat >/etc/ld.so.preload'
  fi
}
