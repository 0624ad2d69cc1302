#!/bin/sh
# prepare.sh - installs what the lab, the tests and the demo need, from Debian's packages.
#
# A machine that has everything is left alone and costs milliseconds. As root the missing packages are
# installed; nothing is started and nothing is enabled at boot. Without root it says what to type.
#
#   scripts/prepare.sh                 install what is missing
#   scripts/prepare.sh --check         only say what is missing (exit 1 if anything is)
#   scripts/prepare.sh --tests         what npm test needs besides: a browser, and shells that completions are for
#   scripts/prepare.sh --containers    what npm run test:containers needs, and a container engine if none answers
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

check=no containers=no tests=no
for word; do
  case $word in
    --check) check=yes ;;
    --tests) tests=yes ;;
    --containers) containers=yes ;;
    *) printf 'prepare.sh: %s is not known; there are --check, --tests and --containers\n' "$word" >&2 && exit 64 ;;
  esac
done

missing=
needs() { # PACKAGE THING...: the package is missing unless every thing is there (a command, or a file when it has a /)
  package=$1
  shift
  for thing; do
    case $thing in
      */*) [ -e "$thing" ] && continue ;;
      *) command -v "$thing" >/dev/null 2>&1 && continue ;;
    esac
    missing="$missing $package"
    return 0
  done
}

needs openssh-client ssh ssh-keygen scp
needs unzip unzip
needs zip zip
needs openjdk-17-jdk-headless javac keytool
needs libmariadb-java /usr/share/java/mariadb-java-client.jar
if [ $containers = no ]; then
  needs openssh-server /usr/sbin/sshd
  needs sudo sudo /etc/pam.d/sudo
  needs iproute2 ip tc
  needs util-linux unshare nsenter flock setsid mountpoint
  needs procps ps
  needs perl perl
  needs systemd /lib/systemd/systemd
  needs curl curl
  needs wget wget
  needs mariadb-server mariadbd mariadb mariadb-install-db
  needs postgresql-15 /usr/lib/postgresql/15/bin/initdb
  needs nginx-light nginx
  needs haproxy haproxy
  needs socat socat
  needs faketime faketime
  needs glusterfs-server glusterd gluster
  needs glusterfs-client mount.glusterfs
  needs ansible-core ansible ansible-inventory
elif ! docker info >/dev/null 2>&1; then
  needs docker.io dockerd docker
  needs debootstrap debootstrap
fi
if [ $tests = yes ]; then
  needs chromium chromium
  needs tcsh csh
  needs fish fish
  needs busybox busybox
  needs zsh zsh
fi
if [ $containers = yes ]; then
  docker compose version >/dev/null 2>&1 || needs docker-compose docker-compose
fi

missing=${missing# }
[ -n "$missing" ] || exit 0

install="apt-get update && apt-get install --yes --no-install-recommends $missing"
if [ $check = yes ]; then
  printf 'missing: %s\n' "$missing"
  exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
  printf 'prepare.sh: this machine has no apt-get; install what these Debian packages bring: %s\n' "$missing" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  printf 'prepare.sh: missing on this machine: %s\ntype this, then try again:\n\n  sudo sh -c "%s"\n\n' "$missing" "$install" >&2
  exit 1
fi

# One at a time: a second run waits here, and then finds the first one's work done.
if [ -z "${APIM_PREPARE_LOCKED:-}" ]; then
  export APIM_PREPARE_LOCKED=1
  exec flock --timeout 900 --conflict-exit-code 75 "$0" "$0" "$@"
fi

log=$(mktemp /tmp/apim-prepare.XXXXXX.log)
policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-apim-prepare
ours='# apim-prepare: no service is started while packages are installed'

restore_policy() {
  if [ -f "$policy" ] && grep -qF "$ours" "$policy"; then rm -f "$policy"; fi
  if [ -e "$kept" ]; then mv -f "$kept" "$policy"; fi
}
finish() {
  code=$?
  trap - EXIT
  restore_policy
  [ "$code" = 0 ] && rm -f "$log"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# An earlier run that was killed may have left its policy behind.
restore_policy
if [ -e "$policy" ]; then mv "$policy" "$kept"; fi
printf '#!/bin/sh\n%s\nexit 101\n' "$ours" >"$policy"
chmod 755 "$policy"

give_up() {
  printf 'prepare.sh: %s; the end of %s:\n\n' "$1" "$log" >&2
  tail -n 25 "$log" >&2
  printf '\ntry it by hand: %s\n' "$install" >&2
  exit 1
}

# The units that came with a package are enabled by it: what was not there before stays off at the next boot.
units=
for unit in ssh.service mariadb.service postgresql.service nginx.service haproxy.service glusterd.service \
  docker.service docker.socket containerd.service; do
  [ -e "/lib/systemd/system/$unit" ] || units="$units $unit"
done

# With a lock timeout, for apt may be busy with the machine's own unattended upgrades.
apt() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 --quiet --yes "$@" >>"$log" 2>&1 </dev/null; }

printf 'installing %s\n' "$missing" >&2
# shellcheck disable=SC2086 # a list of packages and a list of units
{
  # The lists at hand are usually good enough; only a package they cannot bring makes them be fetched anew.
  apt --no-install-recommends install $missing || {
    apt update || give_up 'apt-get update did not succeed'
    apt --no-install-recommends install $missing || give_up "apt-get could not install $missing"
  }
  if [ -n "$units" ]; then systemctl disable --quiet $units >>"$log" 2>&1 || true; fi
}
