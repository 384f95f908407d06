#!/bin/sh
# Runs Verilator into the directory given first. Quiet unless it fails.
set -eu
out=$1
shift
if ! verilator --Mdir "$out" "$@" >"$out/verilator.log" 2>&1; then
  cat "$out/verilator.log" >&2
  exit 1
fi
