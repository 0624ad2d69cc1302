#!/usr/bin/env bash
# lab.sh - real SSH hosts on one Linux machine, without a container engine. Run as root.
#
# A host has its own files (an overlay over this machine's, written to a tmpfs of limited size), its own
# address on a bridge, its own processes, mounts, host name and /etc/hosts, and OpenSSH's sshd with its own
# host key. What is installed on this machine (a JDK, MariaDB) is there as well. Users: root and wso2 by key,
# wso2 with sudo for nothing; deploy by key or password, with sudo for that same password.
#
#   lab.sh up [--systemd] N|NAME...     hosts h1..hN, or these; those that are there are left alone
#   lab.sh add NAME [--systemd]         one host (with systemd as PID 1)
#   lab.sh down [NAME]                  remove everything, or one host
#   lab.sh leftovers                    what of this lab is on the machine; exit code 1 if anything is
#   lab.sh list | json | mem            the hosts, for people and programs; their memory
#   lab.sh key | known-hosts            paths of the private key and of the known_hosts file
#   lab.sh deploy-password | database-password    paths of files with the password of deploy, of orchestrator
#   lab.sh exec NAME COMMAND...         run as root in the host, not through ssh
#   lab.sh ssh NAME [COMMAND...]        through ssh, as wso2
#   lab.sh database NAME                a MariaDB server in the host, with orchestrator@% to administer it
#   lab.sh shared NAME                  a GlusterFS server in the host, with the volume NAME:/shared
#   lab.sh partition|heal NAME          take the host's link down, and up again
#   lab.sh drop|undrop NAME             lose all its packets silently; its link stays up
#   lab.sh callers N                    N more addresses of this machine in the lab's network, .254 and down
#   lab.sh netem NAME 50ms [LOSS%]      delay (and lose) in both directions; 0 undoes it
#   lab.sh rate NAME 1mbit|off          limit its bandwidth
#   lab.sh kill-sshd|start-sshd NAME    end listener and sessions; start it again
#   lab.sh reboot|poweroff|poweron NAME kill every process; start again on the same disk
#   lab.sh pause|unpause [NAME]         freeze all its processes
#   lab.sh fill NAME [LEAVE_KB] | unfill NAME     fill its disk; free it
#   lab.sh skew NAME SECONDS            move the clock of users that log in, not of root; 0 undoes it
#
# Settings, by environment: LAB_NAME (several labs side by side), LAB_DIR, LAB_NET (a /24: 10.77.0), LAB_DISK,
# LAB_OWNER (a process: while it lives, nobody else brings up or takes down a lab of this name)
set -euo pipefail
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

LAB_NAME=${LAB_NAME:-lab}
LAB_DIR=${LAB_DIR:-/var/tmp/apim-lab-$LAB_NAME}
LAB_NET=${LAB_NET:-10.77.0}
LAB_DISK=${LAB_DISK:-2g} # a tmpfs: its pages count only when they are used
BRIDGE=br-$LAB_NAME
HERE=$(dirname "$(readlink -f "$0")")

FAILURE=1
die() {
  printf 'lab.sh: %s\n' "$*" >&2
  exit "$FAILURE"
}
# The names of links have 15 characters at most: w254a-NAME
[[ $LAB_NAME =~ ^[a-z][a-z0-9]{0,8}$ ]] || die "LAB_NAME '$LAB_NAME': a letter, then letters and digits, 9 in all"
[[ $LAB_NET =~ ^([0-9]{1,3}\.){2}[0-9]{1,3}$ ]] || die "LAB_NET '$LAB_NET': three numbers, such as 10.77.0"
[[ $LAB_DIR == /*/* ]] || die "LAB_DIR '$LAB_DIR': an absolute path, not directly under /"

. "$HERE/lib/state.sh"
. "$HERE/lib/disk.sh"
. "$HERE/lib/host.sh"
. "$HERE/lib/wire.sh"
. "$HERE/lib/trouble.sh"
. "$HERE/lib/database.sh"
. "$HERE/lib/shared.sh"
. "$HERE/lib/down.sh"

usage() { sed -n '2,/^set -/p' "$HERE/lab.sh" | sed -E '/^set -/d;s/^# ?//'; }
argument() { [ "$1" -ge "$2" ] || die "$verb: what of? see lab.sh without arguments"; }

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
  '') usage && exit 0 ;;
  list | json | key | known-hosts | deploy-password | database-password) ;;
  *) [ "$(id -u)" = 0 ] || die "needs root, for it makes namespaces, mounts and a bridge; try again with sudo" ;;
esac
case $verb in
  up | add | exec | ssh | database | shared | partition | heal | drop | undrop | kill-sshd | start-sshd | reboot | poweroff | \
    poweron | fill | unfill | callers) argument $# 1 ;;
  netem | rate | skew) argument $# 2 ;;
esac
case $verb in
  up | add) bring_up "$@" ;;
  down) take_down "$@" ;;
  leftovers) leftovers ;;
  list) list_hosts ;;
  json) describe_hosts ;;
  mem) list_memory ;;
  key) printf '%s\n' "$LAB_DIR/id_ed25519" ;;
  known-hosts) printf '%s\n' "$LAB_DIR/known_hosts" ;;
  deploy-password) printf '%s\n' "$LAB_DIR/deploy-password" ;;
  database-password) printf '%s\n' "$LAB_DIR/database-password" ;;
  exec) exec_in "$@" ;;
  ssh) ssh_to "$@" ;;
  database) add_database "$1" ;;
  shared) add_shared "$1" ;;
  partition) set_link "$1" down ;;
  heal) set_link "$1" up ;;
  drop) drop_packets "$1" ;;
  undrop) undrop_packets "$1" ;;
  callers) add_callers "$1" ;;
  netem) slow_link "$@" ;;
  rate) limit_rate "$1" "$2" ;;
  kill-sshd) kill_sshd "$1" ;;
  start-sshd) start_sshd "$1" ;;
  reboot) power_off "$1" && power_on "$1" ;;
  poweroff) power_off "$1" ;;
  poweron) power_on "$1" ;;
  pause) freeze 1 "$@" ;;
  unpause) freeze 0 "$@" ;;
  fill) fill_disk "$@" ;;
  unfill) in_host "$1" rm -f "$FILLER" ;;
  skew) skew_clock "$1" "$2" ;;
  *) die "no verb '$verb'; see lab.sh without arguments" ;;
esac
