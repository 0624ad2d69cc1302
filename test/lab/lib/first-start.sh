#!/bin/bash
# Makes a host itself, from within, when it starts for the first time; also again, when that was cut short.
#   first-start.sh NAME KIND        beside it, in /run/lab: what lab.sh gave the host
set -eu
name=$1 kind=$2
given=/run/lab

# Removed before they are written: some are links elsewhere.
rm -f /etc/hostname /etc/hosts /etc/resolv.conf /etc/machine-id
echo "$name" >/etc/hostname
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n%s %s\n' "$(<$given/address)" "$name" >/etc/hosts
# No name server: a name that is not in /etc/hosts is refused at once instead of after many seconds.
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >/etc/resolv.conf
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
[ -d /var/tmp ] || mkdir -m 1777 /var/tmp

rm -f /etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -C "$name" -f /etc/ssh/ssh_host_ed25519_key
install -m 644 $given/sshd_config /etc/ssh/sshd_config
install -m 440 $given/sudoers /etc/sudoers.d/lab

let_in() { # HOME OWNER
  install -d -m 700 -o "$2" -g "$2" "$1" "$1/.ssh"
  install -m 600 -o "$2" -g "$2" $given/id_ed25519.pub "$1/.ssh/authorized_keys"
}
add_account() { # USER ID HASH
  echo "$1:x:$2:$2:lab:/home/$1:/bin/bash" >>/etc/passwd
  echo "$1:x:$2:" >>/etc/group
  echo "$1:$3:19000:0:99999:7:::" >>/etc/shadow
  rm -rf "/home/$1"
  cp -r /etc/skel "/home/$1"
  chown -R "$2:$2" "/home/$1"
  let_in "/home/$1" "$1"
}
# The machine's accounts without their passwords; '*', not '!': sshd without PAM takes '!' for a locked account.
sed -i -E 's/^([^:]*):[^:]*:/\1:*:/' /etc/shadow
sed -i '/^\(wso2\|deploy\):/d' /etc/passwd /etc/group /etc/shadow
let_in /root root
add_account wso2 1900 '*'
add_account deploy 1901 "$(<$given/deploy-password.crypt)"

if [ "$kind" = systemd ]; then
  units=/etc/systemd/system
  mkdir -p $units/multi-user.target.wants
  ln -sf /lib/systemd/system/ssh.service $units/multi-user.target.wants/ssh.service
  ln -sf /lib/systemd/system/multi-user.target $units/default.target
  # What would reach through to the machine's kernel, or speak to a console that is not there.
  for unit in console-getty.service systemd-sysctl.service systemd-modules-load.service systemd-udevd.service \
    sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount; do
    ln -sf /dev/null $units/$unit
  done
fi
: >/etc/lab-host
