#!/bin/bash
# PID 1 of a host, in fresh namespaces: builds its root, waits for its network, and makes way for an init.
#   init.sh NAME DIRECTORY KIND LAB
set -eu
name=$1 directory=$2 kind=$3 lab=$4
root=$directory/root
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

mount -t overlay "overlay-$name" "$root" \
  -o "lowerdir=/,upperdir=$directory/disk/upper,workdir=$directory/disk/work,redirect_dir=off,index=off,xino=off"
mount -t proc proc "$root/proc" -o nosuid,noexec,nodev
mount -t sysfs sysfs "$root/sys" -o ro,nosuid,noexec,nodev
mount -t tmpfs tmpfs "$root/dev" -o mode=755,nosuid,size=64k
for device in null zero full random urandom tty fuse; do
  [ -e "/dev/$device" ] || continue
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666,mode=620,gid=5
mount -t tmpfs tmpfs "$root/dev/shm" -o mode=1777,nosuid,nodev
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mount -t tmpfs tmpfs "$root/run" -o mode=755,nosuid,nodev
mkdir "$root/run/sshd" "$root/run/lock"
chmod 1777 "$root/run/lock"

# /tmp is on the host's disk, so that a full disk is full everywhere; it is empty after a start, as Debian's is.
rm -rf "$root/tmp"
mkdir -m 1777 "$root/tmp"
cp -r "$directory/given" "$root/run/lab"
hostname "$name"

tries=0
while [ ! -e "$directory/go" ]; do
  tries=$((tries + 1))
  [ $tries -lt 1500 ] || { echo "no network after 15 seconds" && exit 1; }
  sleep 0.01
done

# From here on this machine's tree is out of the host's sight.
mkdir -p "$root/.old"
cd "$root"
pivot_root . .old
umount -l /.old
rmdir /.old
cd /
[ -e /etc/lab-host ] || env -i PATH=$path bash /run/lab/first-start.sh "$name" "$kind"
rm -rf /run/lab
sed -i '/^SetEnv /d' /etc/ssh/sshd_config # a clock that was moved is right again

if [ "$kind" = systemd ]; then
  mount -t tmpfs tmpfs /sys/fs/cgroup -o mode=755 2>/dev/null || true
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec env -i APIM_LAB="$lab" container=lab PATH=$path \
    /lib/systemd/systemd --log-target=console --log-level=warning --show-status=false
fi
# A shell that waits reaps the orphans of its host; the sleep is there because wait needs a child to wait for.
exec env -i APIM_LAB="$lab" PATH=$path HOME=/root LANG=C.UTF-8 /bin/sh -c '
  trap "kill -TERM -1; sleep 0.2; exit 0" TERM INT
  env -i PATH="$PATH" /usr/sbin/sshd -E /var/log/sshd.log || { echo "sshd: $(tail -n 1 /var/log/sshd.log)"; exit 1; }
  while :; do sleep 3600 & wait $!; done'
