# A MariaDB server in a host: its own files, every address, and one account for who administers it.

add_database() { # HOST
  must_be_up "$1"
  lock
  command -v mariadbd >/dev/null || die "missing on this machine: mariadbd; scripts/prepare.sh installs what the lab needs"
  [ -s "$LAB_DIR/database-password" ] || make_password "$LAB_DIR/database-password"
  if [ ! -e "$(host_dir "$1")/database" ]; then
    create_database_files "$1"
    : >"$(host_dir "$1")/database"
  fi
  start_database "$1"
  # The password goes in by stdin: no list of processes shows it.
  local password
  password=$(<"$LAB_DIR/database-password")
  in_host "$1" mariadb <<SQL
CREATE USER IF NOT EXISTS orchestrator@'%';
ALTER USER orchestrator@'%' IDENTIFIED BY '$password';
GRANT ALL PRIVILEGES ON *.* TO orchestrator@'%' WITH GRANT OPTION;
SQL
}

create_database_files() { # HOST
  local log
  log=$(host_dir "$1")/database.log
  in_host "$1" sh -c 'cat >/etc/mysql/mariadb.conf.d/99-lab.cnf' <"$HERE/etc/mariadb.cnf"
  in_host "$1" sh -ec '
    rm -rf /var/lib/mysql
    install -d -o mysql -g mysql -m 755 /var/lib/mysql
    mariadb-install-db --datadir=/var/lib/mysql --user=mysql --auth-root-authentication-method=socket --skip-test-db' \
    >"$log" 2>&1 || die "mariadb-install-db in $1: $(tail -n 5 "$log")"
}

start_database() { # HOST; returns when it answers
  local deadline=$((SECONDS + 60)) log=/var/log/mysql/lab.log
  in_host "$1" sh -c "
    mariadb-admin --silent ping >/dev/null 2>&1 && exit 0
    install -d -o mysql -g mysql -m 755 /run/mysqld
    install -d -o mysql -g adm -m 750 /var/log/mysql
    setsid mariadbd --user=mysql </dev/null >>$log 2>&1 &"
  until in_host "$1" mariadb-admin --silent ping >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || die "the database of $1 does not answer: $(in_host "$1" tail -n 5 $log)"
    sleep 0.05
  done
}
