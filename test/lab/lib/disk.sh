# The disk of a host before it starts for the first time: what of this machine it does not see.

make_disk() { # HOST
  local disk
  disk=$(host_dir "$1")/disk
  mount -t tmpfs -o "size=$LAB_DISK,mode=755" "apim-lab-$LAB_NAME" "$disk"
  cp -a "$(template)" "$disk/upper"
  mkdir "$disk/work"
  : >"$disk/made"
}

# What every host that this run makes does not see, found out once: a host's own costs some hundred programs less.
template() { printf '%s/template' "$LAB_DIR"; }
make_template() {
  rm -rf "$(template)"
  mkdir "$(template)"
  shopt -s nullglob dotglob
  hide "$(template)" /tmp /var/tmp /var/lib/mysql "$(checkout)" "$LAB_DIR" /root/* /home/* /etc/ssh/ssh_host_* \
    /etc/systemd/system/*.wants/*
  shopt -u nullglob dotglob
}

hide() { # UPPER PATH...: what is there on this machine is not there in the host (an overlay whiteout)
  local upper=$1 path
  shift
  for path; do
    if [ ! -e "$path" ] && [ ! -L "$path" ]; then continue; fi
    # It does not succeed below a directory that is hidden already.
    upper_directory "$upper" "$(dirname "$path")" 2>/dev/null && mknod "$upper$path" c 0 0
  done
  return 0
}

upper_directory() { # UPPER PATH: makes it with its parents, each with the mode and owner it has on this machine
  local upper=$1 path='' part
  local IFS=/
  for part in ${2#/}; do
    path=$path/$part
    [ -d "$upper$path" ] && continue
    mkdir "$upper$path" || return
    chown --reference="$path" "$upper$path" && chmod --reference="$path" "$upper$path"
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

give() { # HOST: what its first start needs and it cannot see for itself
  local given
  given=$(host_dir "$1")/given
  mkdir -p "$given"
  of_host "$1" address >"$given/address"
  cp "$LAB_DIR/id_ed25519.pub" "$LAB_DIR/deploy-password.crypt" "$HERE/etc/sshd_config" "$HERE/etc/sudoers" \
    "$HERE/lib/first-start.sh" "$given/"
}
