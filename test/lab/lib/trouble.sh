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

skew_clock() { # HOST SECONDS; for who logs in from now on, until it is rebooted: no namespace moves the clock of the day
  local library
  # Not for all by /etc/ld.so.preload: the child of sshd that faces the network is killed for what the library asks the kernel.
  library=$(in_host "$1" sh -c 'ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1')
  [ -n "$library" ] || die "missing on this machine: libfaketime; scripts/prepare.sh installs what the lab needs"
  # What its processes share is made by the first of them and goes with it, under the feet of those that it started: unless it
  # is killed. Then it is for all.
  in_host "$1" sh -c 'rm -f /dev/shm/*faketime_*; sed -i "/^SetEnv /d" /etc/ssh/sshd_config
    [ "$1" != +0 ] || exit 0
    (LD_PRELOAD=$0 FAKETIME=$1 exec sh -c "kill -KILL \$\$")
    mv /dev/shm/sem.faketime_sem_* /dev/shm/sem.faketime_sem && mv /dev/shm/faketime_shm_* /dev/shm/faketime_shm &&
      chmod 666 /dev/shm/sem.faketime_sem /dev/shm/faketime_shm &&
      sed -i "1i SetEnv LD_PRELOAD=$0 FAKETIME=$1 \"FAKETIME_SHARED=/faketime_sem /faketime_shm\"" /etc/ssh/sshd_config' \
    "$library" "$(printf '%+d' "$2")"
  in_host "$1" sh -c 'kill -HUP "$(cat /run/sshd.pid)"'
  wait_for_ssh "$1"
}
