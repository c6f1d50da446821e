# Sourced by run.sh. Starts a PostgreSQL of its own, on 127.0.0.1, as a user without rights; where it is missing, and only
# when asked, from Debian's package. It and its data are gone at the end.

postgres_folder=''

# Exports PLATFORM_POSTGRES, how libpq connects. Usage: need_postgres INSTALL(yes|no)
need_postgres() {
  local port password
  if ! find_postgres >/dev/null; then
    [ "$1" = yes ] || fail 'PostgreSQL is needed, 12 or later. Install it, or, on Debian as root, let this script do it:' \
      '  npm run test:platform -- --install'
    install_postgres
  fi
  postgres_bin=$(find_postgres)
  # As root, it runs as the user that Debian's package makes, who may not look into $work.
  postgres_folder=$(mktemp -d "${TMPDIR:-/var/tmp}/source-tines-postgres.XXXXXX")
  if [ "$(id -u)" = 0 ]; then chown postgres: "$postgres_folder"; fi
  port=$(node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  password=$(node -p 'require("crypto").randomBytes(16).toString("hex")')
  say "Starting PostgreSQL $("$postgres_bin/postgres" --version | sed 's/.*) //') on 127.0.0.1:$port"
  as_postgres tee "$postgres_folder/password" <<<"$password" >/dev/null
  quietly as_postgres "$postgres_bin/initdb" --pgdata "$postgres_folder/data" --username postgres --auth scram-sha-256 \
    --pwfile "$postgres_folder/password" --encoding UTF8 --locale C.UTF-8 --no-sync
  quietly as_postgres "$postgres_bin/pg_ctl" --pgdata "$postgres_folder/data" --log "$postgres_folder/log" --wait start \
    --options "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c fsync=off"
  export PLATFORM_POSTGRES="host=127.0.0.1 port=$port user=postgres password=$password dbname=postgres"
}

stop_postgres() {
  [ -n "$postgres_folder" ] || return 0
  as_postgres "$postgres_bin/pg_ctl" --pgdata "$postgres_folder/data" --mode immediate stop >/dev/null 2>&1 || true
  rm -rf "$postgres_folder"
  postgres_folder=''
}

# Prints the folder of its programs, which Debian does not put on the PATH.
find_postgres() {
  local folder
  for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort --version-sort --reverse) ${PATH//:/ }; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
      echo "$folder"
      return
    fi
  done
  return 1
}

# Without the cluster that Debian's package makes and starts by itself.
install_postgres() {
  local setting=/etc/postgresql-common/createcluster.d/source-tines-tests.conf
  install_package postgresql-common
  echo 'create_main_cluster = false' >"$setting"
  install_package postgresql
  rm -f "$setting"
}

# With no folder, which that user might not be allowed to enter.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && setpriv --reuid postgres --regid postgres --init-groups -- "$@")
  else
    "$@"
  fi
}
