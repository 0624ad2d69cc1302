#!/bin/sh
# PID 1 of a container below its init: lets in who has the key of /lab, and is the database server when asked to be.
# /lab is what compose/write.ts wrote: id_ed25519.pub, HOST/ssh_host_ed25519_key, deploy-password, database-password.
set -eu
host=$(hostname)

for home in /root:root /home/wso2:wso2 /home/deploy:deploy; do
  owner=${home#*:} home=${home%:*}
  install -d -m 700 -o "$owner" -g "$owner" "$home/.ssh"
  install -m 600 -o "$owner" -g "$owner" /lab/id_ed25519.pub "$home/.ssh/authorized_keys"
done
{ printf 'deploy:' && cat /lab/deploy-password; } | chpasswd
install -m 600 "/lab/$host/ssh_host_ed25519_key" /etc/ssh/ssh_host_ed25519_key

# A file mounted from outside cannot be replaced by another one, as a server's /etc/hosts can be.
cp /etc/hosts /tmp/hosts
umount /etc/hosts
cp /tmp/hosts /etc/hosts
rm /tmp/hosts

if [ "${DATABASE:-no}" = yes ]; then
  install -d -o mysql -g mysql -m 755 /run/mysqld
  setsid mariadbd --user=mysql >>/var/log/mariadb.log 2>&1 &
  tries=0
  until mariadb-admin --silent ping >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { tail -n 20 /var/log/mariadb.log && exit 1; }
    sleep 0.1
  done
  mariadb <<SQL
CREATE USER IF NOT EXISTS orchestrator@'%';
ALTER USER orchestrator@'%' IDENTIFIED BY '$(cat /lab/database-password)';
GRANT ALL PRIVILEGES ON *.* TO orchestrator@'%' WITH GRANT OPTION;
SQL
fi

mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e
