#!/bin/sh
# A private PostgreSQL for tests: its own temporary folder, a Unix socket in it and no TCP port.
#   tools/test_postgres.sh start DIR [PID]   makes and starts it, prints its URL; with PID it ends when that process does
#   tools/test_postgres.sh stop DIR          stops it and removes the folder
#   tools/test_postgres.sh crash DIR         ends it at once, as a crash does (no shutdown checkpoint, no good-byes)
#   tools/test_postgres.sh up DIR            starts it again; it recovers from its log
# With TINHSO_TEST_POSTGRES_TLS=PORT it also listens on 127.0.0.1:PORT, with TLS and a certificate of its own, DIR/server.crt.
# Durability is off: the data is thrown away. PostgreSQL refuses to run as root, so root hands over to user postgres.
set -eu

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1
dir=$2
owner_pid=${3:-}

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
[ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed (apt-get install postgresql-15)" >&2; exit 3; }

as_owner() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$dir" LC_ALL=C.UTF-8 "$@"
  else
    env LC_ALL=C.UTF-8 "$@"
  fi
}

up() {
  cd "$dir"
  as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start >/dev/null 2>&1 \
    || { cat "$dir/server.log" >&2; exit 5; }
}

crash() {
  cd "$dir"
  as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
}

start() {
  mkdir -p "$dir"
  chmod 755 "$dir"
  [ "$(id -u)" != 0 ] || chown postgres "$dir"
  cd "$dir"
  as_owner "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --lc-collate=C --no-sync \
    >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 4; }
  cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 512MB
autovacuum = off
log_min_messages = fatal
CONF
  if [ -n "${TINHSO_TEST_POSTGRES_TLS:-}" ]; then
    as_owner openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
      -addext subjectAltName=IP:127.0.0.1 -keyout "$dir/server.key" -out "$dir/server.crt" 2>/dev/null
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $TINHSO_TEST_POSTGRES_TLS
ssl = on
ssl_cert_file = '$dir/server.crt'
ssl_key_file = '$dir/server.key'
CONF
  fi
  up
  if [ -n "$owner_pid" ]; then
    # A test that is killed cannot clean up after itself.
    ( while kill -0 "$owner_pid" 2>/dev/null; do sleep 1; done; stop ) >/dev/null 2>&1 </dev/null &
  fi
  echo "postgresql:///postgres?host=$dir&port=${TINHSO_TEST_POSTGRES_TLS:-5432}&user=postgres"
}

stop() {
  [ -f "$dir/data/PG_VERSION" ] || exit 0
  cd /
  as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}

case $command in
  start) start ;;
  stop) stop ;;
  crash) crash ;;
  up) up ;;
  *) usage ;;
esac
