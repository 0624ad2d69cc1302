# A GlusterFS server in a host, with one volume: a shared file system that needs nothing of this machine's kernel but FUSE.

add_shared() { # HOST
  must_be_up "$1"
  lock
  command -v glusterd >/dev/null || die "missing on this machine: glusterd; scripts/prepare.sh installs what the lab needs"
  local address deadline=$((SECONDS + 60))
  address=$(of_host "$1" address)
  in_host "$1" sh -c 'pgrep -x glusterd >/dev/null || { mkdir -p /var/run/gluster /var/log/glusterfs; glusterd; }'
  until in_host "$1" gluster volume list >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || die "glusterd of $1 does not answer"
    sleep 0.1
  done
  in_host "$1" sh -ec "
    mkdir -p /srv/brick
    gluster volume list | grep -qx shared || gluster --mode=script volume create shared $address:/srv/brick force
    gluster volume info shared | grep -q '^Status: Started' || gluster --mode=script volume start shared
    gluster volume set shared nfs.disable on" >/dev/null || die "no volume could be made in $1"
  until in_host "$1" sh -c "gluster volume status shared | grep -q '^Brick.* Y '"; do
    [ $SECONDS -lt $deadline ] || die "the volume of $1 is not there: $(in_host "$1" gluster volume status shared 2>&1 | tail -n 5)"
    sleep 0.1
  done
}
