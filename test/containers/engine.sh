#!/bin/sh
# engine.sh DIRECTORY: a container engine of our own, for as long as stdin is open; then all of it ends, and the directory
# with it, whatever became of those who started it. Everything lies in the directory; nothing in /var/lib/docker.
#
# Prints "ready" once the engine answers at unix://DIRECTORY/docker.sock and has the image debian:12-slim, which is made
# of Debian's own packages, for there may be no hub to take it from.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
directory=$1
name=$(basename "$directory")
log=$directory/engine.log
export DOCKER_HOST="unix://$directory/docker.sock"
engine=

give_up() {
  printf 'the container engine: %s; the end of %s:\n\n' "$1" "$2" >&2
  tail -n 25 "$2" >&2
  exit 1
}

finish() {
  code=$?
  trap - EXIT
  set +e
  # Containers first: they hold mounts and addresses.
  if [ -n "$engine" ] && kill -0 "$engine" 2>/dev/null; then
    containers=$(docker ps --all --quiet)
    [ -z "$containers" ] || docker rm --force --volumes $containers >/dev/null
    networks=$(docker network ls --quiet --filter type=custom)
    [ -z "$networks" ] || docker network rm $networks >/dev/null
    kill "$engine"
    wait "$engine" 2>/dev/null
  fi
  # What a killed engine or a killed debootstrap would leave.
  awk -v directory="$directory/" 'index($5, directory) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount --lazy
  find /sys/fs/cgroup -depth -type d -path "*/$name*" -exec rmdir {} + 2>/dev/null
  rm -rf --one-file-system "$directory"
  rmdir /run/docker/plugins /run/docker 2>/dev/null
  exit "$code"
}
trap finish EXIT
trap 'exit 143' TERM HUP INT
trap '' PIPE

# Rules of a firewall, forwarding and bridges stay as they are. An engine's containerd that runs already is shared under
# a name of our own.
dockerd --data-root "$directory/data" --exec-root "$directory/exec" --pidfile "$directory/engine.pid" --host "$DOCKER_HOST" \
  --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge=none --userland-proxy=false \
  --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$name" \
  --containerd-namespace "$name" --containerd-plugins-namespace "$name-plugins" \
  >"$log" 2>&1 </dev/null &
engine=$!

# Meanwhile. The mirror is the one that this machine's own packages come from.
mirror=$(apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' 2>/dev/null | sed -n 's/^bookworm //p' | head -n 1)
debootstrap --variant=minbase bookworm "$directory/base" "${mirror:-http://deb.debian.org/debian}" >"$directory/base.log" 2>&1 </dev/null ||
  give_up 'debootstrap could not make a base image' "$directory/base.log"
rm -rf "$directory"/base/var/cache/apt/archives/*.deb

tries=0
until docker info >/dev/null 2>&1; do
  kill -0 "$engine" 2>/dev/null || give_up 'dockerd ended' "$log"
  tries=$((tries + 1))
  [ $tries -lt 300 ] || give_up 'dockerd does not answer' "$log"
  sleep 0.1
done
tar -C "$directory/base" -c . | docker import - debian:12-slim >/dev/null
rm -rf --one-file-system "$directory/base"
echo ready
cat >/dev/null
