#!/bin/bash
# The one command of OpenHX: sets up, builds what is asked for, runs it. `./hx help` lists everything.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)

say() { printf '%s\n' "hx: $*" >&2; }
die() {
  say "$1"
  exit "${2:-1}"
}

usage() {
  cat <<'TEXT'
usage: ./hx COMMAND [ARGUMENTS]

  demo                      sets up, builds, runs one neuron and a Sudoku on the chip model
  demo neuron               one LIF neuron: membrane trace against the closed form
  demo sudoku [PUZZLE]      a 4x4 Sudoku solved by spiking neurons; PUZZLE: 16 digits, 0 or . = empty
  test [quick|all|BAZEL_TARGET...]   builds and runs the tests (quick: without the slow ones, all: with those that take hours)
  run FILE.yaml             runs an experiment file   [--target URI|mock] [--out FILE.json]
  explain FILE.yaml         shows what would be sent; nothing is executed
  ut encode|decode          messages <-> 64-bit words, JSON lines   [--direction to-fpga|from-fpga]
  reg encode|decode         registers <-> words, JSON lines
  capture show|diff|replay  captures of links, written with ?capture=FILE.pcapng in a target
  serve                     is a board at a UDP address   [--udp ADDRESS[:PORT]] [--target URI] [--fault ...]
  list                      boards: served here, configured, leased
  lease VERB BOARD          who may use a shared board   take|renew|release|run|show
  link bench|soak|stats     how fast and how reliable a link is
  python SCRIPT [ARGUMENTS] runs a Python script that can import hxtorch
  targets                   lists where experiments can run
  bench [NAME...]           prints the benchmarks
  setup                     installs the Debian packages that are missing
  format                    formats the C++ sources
  editor                    writes compile_commands.json

`./hx COMMAND --help` tells more. Errors say what to do next; exit codes: docs/errors.md.
TEXT
}

missing_packages() {
  local package
  grep -vE '^[[:space:]]*(#|$)' "$root/tools/setup/packages.txt" | while read -r package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

setup() {
  command -v dpkg-query >/dev/null || die "no Debian packages here: install what tools/setup/packages.txt lists by hand"
  local missing sudo=()
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  say "missing Debian packages, installed now with apt-get:" $missing
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "not root and no sudo: run 'apt-get install' for the packages above as root, then try again"
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -qq || die "apt-get update failed: is the package mirror reachable?"
  mkdir -p "$root/out"
  local log="$root/out/setup.log" installer
  # shellcheck disable=SC2086
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1 &
  installer=$!
  while sleep 5 && kill -0 "$installer" 2>/dev/null; do
    say "setup: $(grep -c '^Unpacking' "$log") of $(sed -n 's/.* \([0-9]*\) newly installed.*/\1/p' "$log" | tail -1) packages unpacked," \
      "$(grep -c '^Setting up' "$log") set up"
  done
  wait "$installer" || {
    tail -20 "$log" >&2
    die "apt-get install failed: the end of $log is above"
  }
}

# Output paths on the command line are meant relative to where the user stands.
bazel_() { (cd "$root" && exec bazel "$@"); }

build() {
  setup
  local log="$root/out/build.log" options=(--color=no --curses=no --show_progress_rate_limit=5)
  mkdir -p "$root/out"
  if [ -t 2 ]; then
    options=(--color=yes --curses=yes)
    bazel_ build "${options[@]}" "$@" || die "the build failed: see the messages above"
    return
  fi
  # Not a terminal: a line every few seconds, everything if it fails.
  bazel_ build "${options[@]}" "$@" 2>&1 | tee "$log" | grep --line-buffered -E '^(\[[0-9,]+ / [0-9,]+\]|ERROR)' | sed -u 's/^/hx: build /' >&2 || true
  [ "${PIPESTATUS[0]}" -eq 0 ] || {
    cat "$log" >&2
    die "the build failed: see the messages above"
  }
}

tool() {
  local target=//tools:hx
  case " $* ${HX_TARGET:-} " in *trace=*) target=//tools:hx_trace ;; esac
  build "$target"
  exec "$root/bazel-bin/tools/${target#//tools:}" "$@"
}

run_tests() {
  setup
  # Only what tests need is built: mapping to an FPGA and further models of the chip are for the nightly ones.
  local filter=(--build_tests_only --test_tag_filters=-nightly) targets=(//...)
  case "${1:-}" in
    quick)
      filter=(--build_tests_only --test_tag_filters=-slow,-nightly)
      shift
      ;;
    all)
      filter=()
      shift
      ;;
    --help | -h)
      echo "usage: ./hx test [quick|all] [BAZEL_TARGET...]   (default: every test that is not marked nightly)"
      return 0
      ;;
  esac
  if [ "$#" -gt 0 ]; then
    targets=("$@")
    filter=()
  fi
  mkdir -p "$root/out"
  local events="$root/out/test_events.json" status=0
  rm -f "$events"
  local ticker=
  if [ ! -t 2 ]; then
    # Where Bazel shows no live progress: a line every half minute.
    while sleep 30; do
      say "test: $(grep -c '"id":{"testSummary"' "$events" 2>/dev/null || true) test programs done"
    done &
    ticker=$!
  fi
  bazel_ test --build_event_json_file="$events" --keep_going --show_progress_rate_limit=10 \
    "${filter[@]}" "${targets[@]}" || status=$?
  [ -z "$ticker" ] || kill "$ticker" 2>/dev/null || true
  exec python3 "$root/tools/test_summary.py" "$events" "$status"
}

benchmarks() {
  setup
  local names=("$@") name
  [ "${#names[@]}" -gt 0 ] || names=($(bazel_ query 'kind(cc_binary, //tests/bench/...)' 2>/dev/null))
  for name in "${names[@]}"; do
    case "$name" in //*) ;; *) name="//tests/bench:$name" ;; esac
    build "$name"
    say "benchmark $name"
    local path=${name#//}
    (cd "$root" && "./bazel-bin/${path/://}")
  done
}

# Points LINK to FILE, unless it does: another ./hx may be importing from there.
point() { [ "$(readlink "$2" || true)" = "$1" ] || ln -sfn "$1" "$2"; }

# The package as it lies in the checkout and the extension module, in one folder that Python imports from.
run_python() {
  build //python:hxtorch
  local folder="$root/out/python" entry
  mkdir -p "$folder/hxtorch"
  for entry in "$root"/python/*.py; do
    [ ! -e "$entry" ] || point "$entry" "$folder/${entry##*/}"
  done
  for entry in "$root"/python/hxtorch/*; do
    case "$entry" in */__pycache__ | *.so) ;; *) point "$entry" "$folder/hxtorch/${entry##*/}" ;; esac
  done
  point "$root/bazel-bin/python/hxtorch/_native.so" "$folder/hxtorch/_native.so"
  find "$folder" -maxdepth 2 -xtype l -delete
  # Idle threads of torch's OpenMP would spin and take the processor from those that compute.
  export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}" PYTHONPATH="$folder${PYTHONPATH:+:$PYTHONPATH}"
  exec "${HX_PYTHON:-/usr/bin/python3}" "$@"
}

command=${1:-help}
[ "$#" -eq 0 ] || shift
case "$command" in
  setup) setup && say "all packages are installed" ;;
  test) run_tests "$@" ;;
  bench) benchmarks "$@" ;;
  python) run_python "$@" ;;
  format)
    setup
    cd "$root" && git ls-files '*.h' '*.cc' | xargs clang-format -i
    ;;
  editor)
    setup
    cd "$root" && exec python3 tools/compile_commands.py
    ;;
  help | -h | --help) usage ;;
  demo | run | explain | ut | reg | targets | capture | serve | list | lease | link) tool "$command" "$@" ;;
  *)
    usage >&2
    die "unknown command '$command'" 2
    ;;
esac
