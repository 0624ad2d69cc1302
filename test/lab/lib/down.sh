# Removing hosts, and whatever of a lab is on the machine although the files that say so are gone.

take_down() { # [HOST]
  if [ $# -ge 1 ]; then
    known "$1"
    lock
    claim
    remove_host "$1"
    write_known_hosts
    return 0
  fi
  lock
  claim
  local name
  for name in $(host_names); do remove_host "$name"; done
  sweep
  rm -rf --one-file-system "$LAB_DIR"
  disclaim
  rm -f "$LAB_DIR.lock"
  unlock
}

remove_host() { # HOST
  local directory
  directory=$(host_dir "$1")
  stop_host "$1"
  remove_cgroups "apim-lab-$LAB_NAME.$1"
  unmount_below "$directory"
  rm -rf --one-file-system "$directory"
}

sweep() { # what no host's directory names any more
  local pid link tries=0
  while :; do
    pid=$(marked_processes)
    [ -n "$pid" ] || break
    # shellcheck disable=SC2086 # a list of numbers
    kill -KILL $pid 2>/dev/null || true
    tries=$((tries + 1))
    [ $tries -lt 500 ] || die "processes of the lab do not end: $pid"
    sleep 0.02
  done
  for link in $(lab_links); do ip link delete "$link" 2>/dev/null || true; done
  remove_cgroups "apim-lab-$LAB_NAME.*"
  unmount_below "$LAB_DIR"
}

# Every process that the lab started carries the lab's name in its environment; those of a host end with its PID 1.
marked_processes() {
  local files
  files=$(grep -lsazE "^APIM_LAB=$LAB_NAME\$" /proc/[0-9]*/environ 2>/dev/null) || true
  printf '%s' "$files" | cut -d/ -f3 | grep -vxE "$$|$BASHPID" | xargs || true
}

lab_links() { # the bridge, cables and wires, by their names
  ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print $2 }' | grep -xE "br-$LAB_NAME|[vw][0-9]+[abr]?-$LAB_NAME" || true
}

mounts_below() { # DIRECTORY; the last mounted first
  cut -d' ' -f5 /proc/self/mountinfo | grep -E "^$1(/|$)" | tac || true
}
unmount_below() { # DIRECTORY
  local point tries
  for point in $(mounts_below "$1"); do
    for ((tries = 0; tries < 20; tries++)); do
      umount "$point" 2>/dev/null && break
      sleep 0.05
    done
    [ $tries -lt 20 ] || umount -l "$point" || die "cannot unmount $point"
  done
}

lab_cgroups() { # PATTERN
  find /sys/fs/cgroup /sys/fs/cgroup/unified -maxdepth 1 -name "$1" 2>/dev/null || true
}
remove_cgroups() { # PATTERN: they hold no process any more, at the latest when the kernel has buried the last one
  local group tries
  for group in $(lab_cgroups "$1"); do
    if [ -w "$group/cgroup.kill" ]; then echo 1 >"$group/cgroup.kill"; fi
    for ((tries = 0; tries < 100; tries++)); do
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
      [ -d "$group" ] || break
      sleep 0.02
    done
  done
}

leftovers() {
  local found
  found=$(
    for pid in $(marked_processes); do printf 'process %s: %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"; done
    for link in $(lab_links); do printf 'link %s\n' "$link"; done
    for point in $(mounts_below "$LAB_DIR"); do printf 'mount %s\n' "$point"; done
    for group in $(lab_cgroups "apim-lab-$LAB_NAME.*"); do printf 'cgroup %s\n' "$group"; done
    for file in "$LAB_DIR" "$LAB_DIR.owner" "$LAB_DIR.lock"; do if [ -e "$file" ]; then printf 'file %s\n' "$file"; fi; done
  )
  if [ -z "$found" ]; then return 0; fi
  printf '%s\n' "$found"
  return 1
}
