#!/bin/sh
# rtl_lint.sh TOP SYNTH PARAMETERS FILE...: Verilator lint, then (SYNTH not "-") Yosys reading and synthesis. Every warning fails.
# PARAMETERS: "Name=value,Name=value" or "-".
set -eu
top=$1
synth=$2
parameters=$3
shift 3
verilator_parameters=
yosys_parameters=
if [ "$parameters" != - ]; then
  for p in $(printf %s "$parameters" | tr , ' '); do
    verilator_parameters="$verilator_parameters -G$p"
    yosys_parameters="$yosys_parameters -chparam ${p%%=*} ${p#*=}"
  done
fi
verilator --lint-only -Wall --top-module "$top" $verilator_parameters "$@"
[ "$synth" = - ] && exit 0
sources=
for f in "$@"; do
  case $f in *.vlt) ;; *) sources="$sources $f" ;; esac
done
# Deferred: forms for simulation among the sources are not looked at.
script="read_verilog -sv -defer$sources; hierarchy -check -top $top$yosys_parameters; rename -top $top"
# -e '.*': each warning is an error.
yosys -e '.*' -q -p "$script; $synth; check -assert" 
