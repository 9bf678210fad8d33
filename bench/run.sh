#!/usr/bin/env bash
# Measures build/release/tinhso and keeps the tables in bench/RESULTS.md: one part for each kind of run. ./x bench builds first.
# Usage: bench/run.sh [DOSSIERS]               filing and reading beside their references
#        bench/run.sh --scale [SMALL [LARGE]]  the cost of a request at 10,000 and at 1,000,000 dossiers, on both engines
set -euo pipefail
cd "$(dirname "$0")/.."
build=${TINHSO_BUILD:-build/release}
ninja -C "$build" tinhso tinhso_bench
work=$(mktemp -d "${TMPDIR:-/tmp}/tinhso-bench.XXXXXX")
cluster=
finish() {
  [[ -z $cluster ]] || sh tools/test_postgres.sh stop "$cluster" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
load=$(cut -d' ' -f1-3 /proc/loadavg) # above about 1, other work takes part of the machine: measure again when it is quiet
port=${TINHSO_BENCH_PORT:-$((20000 + RANDOM % 10000))}
status=0

# Runs tinhso_bench, shows and keeps its table; a missed bar (exit code 1) ends the run only at the end.
table() {
  local code=0
  "$build/tinhso_bench" "$@" | tee -a "$work/table.md" || code=$?
  [[ $code -le 1 ]] || exit "$code"
  [[ $code -eq 0 ]] || status=1
}

if [[ ${1:-} == --scale ]]; then
  part=scale
  small=${2:-10000} large=${3:-1000000}
  table scale "$build/tinhso" "$work" "$small" "$large" "$port"
  echo >>"$work/table.md"
  cluster=$(mktemp -d "${TMPDIR:-/tmp}/tinhso-bench-pg.XXXXXX")
  url=$(sh tools/test_postgres.sh start "$cluster" $$)
  # As durable as an office's: the tests' cluster is not.
  for setting in "fsync = on" "synchronous_commit = on" "full_page_writes = on" "autovacuum = on"; do
    psql -qX "$url" -c "ALTER SYSTEM SET $setting"
  done
  psql -qX "$url" -c "SELECT pg_reload_conf()" -c "CREATE DATABASE small" -c "CREATE DATABASE large" >/dev/null
  table scale "$build/tinhso" "$work" "$small" "$large" "$port" "${url/\/postgres?//small?}" "${url/\/postgres?//large?}"
else
  part=speed
  table speed "$build/tinhso" "$work" "${1:-5000}" "$port"
fi

{
  echo "$(date -u +%Y-%m-%d), $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1), $(nproc) cores shared by the server and the load;" \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), release build, SQLite with synchronous FULL; load average before the run: $load. Ratios within this run are what counts."
  echo
  cat "$work/table.md"
} >"bench/results/$part.md"
{
  echo "# Results of \`./x bench\`"
  for part in speed scale; do
    [[ ! -f bench/results/$part.md ]] || { echo; echo "## $part"; echo; cat "bench/results/$part.md"; }
  done
} >bench/RESULTS.md
exit "$status"
