#!/bin/bash
# The generated package is read by Verilator without a warning and by Yosys with the right values.
set -euo pipefail
package=$1
user=$2
cp "$package" "$TEST_TMPDIR/hx_spec_pkg.sv"
cp "$user" "$TEST_TMPDIR/spec_user.sv"
cd "$TEST_TMPDIR"
verilator --lint-only -Wall --top-module spec_user hx_spec_pkg.sv spec_user.sv
yosys -p "read_verilog -sv hx_spec_pkg.sv spec_user.sv; hierarchy -top spec_user; proc; opt;
          eval -set input_i 10 -set output_i 10 -show node_o -show exists_o -show code_o -show word_o" > yosys.log
if grep -q '^Warning' yosys.log; then
  grep '^Warning' yosys.log
  exit 1
fi
for value in "node_o = 7'0110010" "exists_o = 1'1" "code_o = 7'0001011" \
    "word_o = 188"; do
  grep -qF "$value" yosys.log || { echo "expected $value"; grep 'Eval result' yosys.log; exit 1; }
done
