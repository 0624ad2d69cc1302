# The files that make a host itself, written to its upper directory before it starts for the first time.

upper_directory() { # UPPER PATH: makes it with its parents, each with the mode and owner it has on this machine
  local upper=$1 path='' part
  local IFS=/
  for part in ${2#/}; do
    path=$path/$part
    [ -d "$upper$path" ] && continue
    mkdir "$upper$path" || return
    if [ -d "$path" ]; then chown --reference="$path" "$upper$path" && chmod --reference="$path" "$upper$path"; fi
  done
}

hide() { # UPPER PATH...: what is there on this machine is not there in the host (an overlay whiteout)
  local upper=$1 path
  shift
  for path; do
    if [ ! -e "$path" ] || [ -e "$upper$path" ]; then continue; fi
    # It does not succeed below a directory that is hidden already.
    upper_directory "$upper" "$(dirname "$path")" 2>/dev/null || continue
    mknod "$upper$path" c 0 0
  done
}

# The directory that this machine's checkout stands in is hidden as a whole, when it is none that every machine has.
checkout() {
  local root top
  root=$(readlink -f "$HERE/../..")
  top=/$(cut -d/ -f2 <<<"$root")
  case $top in
    /bin | /boot | /dev | /etc | /home | /lib* | /media | /mnt | /opt | /proc | /root | /run | /sbin | /srv | /sys | /tmp | /usr | /var) printf '%s' "$root" ;;
    *) printf '%s' "$top" ;;
  esac
}

write_disk() { # HOST
  local name=$1 upper address
  upper=$(host_dir "$name")/disk/upper
  address=$(of_host "$name" address)

  shopt -s nullglob dotglob
  hide "$upper" /tmp /var/tmp /var/lib/mysql "$(checkout)" "$LAB_DIR" /root/* /home/* /etc/ssh/ssh_host_* \
    /etc/systemd/system/*.wants/*
  shopt -u nullglob dotglob
  local directory
  for directory in /etc/ssh /etc/sudoers.d /root /home /var/log /var/lib /opt; do upper_directory "$upper" $directory; done

  echo "$name" >"$upper/etc/hostname"
  printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n%s %s\n' "$address" "$name" >"$upper/etc/hosts"
  # No name server: a name that is not in /etc/hosts is refused at once instead of after many seconds.
  printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$upper/etc/resolv.conf"
  tr -d - </proc/sys/kernel/random/uuid >"$upper/etc/machine-id"
  chmod 644 "$upper"/etc/{hostname,hosts,resolv.conf,machine-id}

  write_sshd "$upper" "$name"
  write_accounts "$upper"
  if [ "$(of_host "$name" kind)" = systemd ]; then
    upper_directory "$upper" /etc/systemd/system/multi-user.target.wants
    ln -s /lib/systemd/system/ssh.service "$upper/etc/systemd/system/multi-user.target.wants/ssh.service"
    ln -s /lib/systemd/system/multi-user.target "$upper/etc/systemd/system/default.target"
    # What would reach through to this machine's kernel, or speak to a console that is not there.
    local unit
    for unit in console-getty.service systemd-sysctl.service systemd-modules-load.service systemd-udevd.service \
      sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount; do
      ln -s /dev/null "$upper/etc/systemd/system/$unit"
    done
  fi
}

write_sshd() { # UPPER HOST
  rm -f "$1/etc/ssh/ssh_host_ed25519_key" "$1/etc/ssh/ssh_host_ed25519_key.pub"
  ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1/etc/ssh/ssh_host_ed25519_key"
  cat >"$1/etc/ssh/sshd_config" <<CONFIG
Port 22
ListenAddress 0.0.0.0
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
X11Forwarding no
MaxStartups 100:30:300
MaxSessions 50
PidFile /run/sshd.pid
LogLevel VERBOSE
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
Match User $LAB_USER_BY_PASSWORD
  PasswordAuthentication yes
CONFIG
  chmod 644 "$1/etc/ssh/sshd_config"
}

write_accounts() { # UPPER: this machine's accounts without their passwords, and the lab's two users
  local etc=$1/etc
  cp /etc/passwd /etc/group "$etc/"
  install -m 640 -g shadow /dev/null "$etc/shadow"
  # '*', not '!': sshd without PAM takes '!' for a locked account
  sed -E 's/^([^:]*):[^:]*:/\1:*:/' /etc/shadow >"$etc/shadow"
  sed -i "/^\($LAB_USER\|$LAB_USER_BY_PASSWORD\):/d" "$etc/passwd" "$etc/group" "$etc/shadow"
  chmod 644 "$etc/passwd" "$etc/group"
  chmod 640 "$etc/shadow"
  add_account "$1" "$LAB_USER" 1900 '*'
  add_account "$1" "$LAB_USER_BY_PASSWORD" 1901 "$(cat "$LAB_DIR/deploy-password.crypt")"
  install -d -m 700 "$1/root/.ssh"
  install -m 600 "$LAB_DIR/id_ed25519.pub" "$1/root/.ssh/authorized_keys"
  printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n%s ALL=(ALL:ALL) ALL\nDefaults !fqdn\n' \
    "$LAB_USER" "$LAB_USER_BY_PASSWORD" >"$etc/sudoers.d/lab"
  chmod 440 "$etc/sudoers.d/lab"
}

add_account() { # UPPER USER ID HASH
  local home=$1/home/$2
  echo "$2:x:$3:$3:lab:/home/$2:/bin/bash" >>"$1/etc/passwd"
  echo "$2:x:$3:" >>"$1/etc/group"
  echo "$2:$4:19000:0:99999:7:::" >>"$1/etc/shadow"
  rm -f "$home" # a whiteout, when this machine has such a user too
  install -d -m 700 "$home" "$home/.ssh"
  cp -r /etc/skel/. "$home/"
  install -m 600 "$LAB_DIR/id_ed25519.pub" "$home/.ssh/authorized_keys"
  chown -R "$3:$3" "$home"
}
