#!/usr/bin/env bash
# Measures build/release/tinhso and keeps the table in bench/RESULTS.md. ./x bench builds first.
# Usage: bench/run.sh [DOSSIERS]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${TINHSO_BUILD:-build/release}
ninja -C "$build" tinhso tinhso_bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
load=$(cut -d' ' -f1-3 /proc/loadavg) # above about 1, other work takes part of the machine: measure again when it is quiet
status=0
"$build/tinhso_bench" "$build/tinhso" "$work" "${1:-5000}" | tee "$work/table.md" || status=$?
[[ $status -le 1 ]] || exit "$status"
{
  echo "# Results of \`./x bench\`"
  echo
  echo "$(date -u +%Y-%m-%d), $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1), $(nproc) cores shared by the server and the load;" \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), release build, SQLite with synchronous FULL; load average before the run: $load. Ratios within this run are what counts."
  echo
  cat "$work/table.md"
} > bench/RESULTS.md
exit "$status"
