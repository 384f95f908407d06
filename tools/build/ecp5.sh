#!/bin/sh
# ecp5.sh TOP PARAMETERS ALLOWED NETLIST STAT FILE...: maps TOP to Lattice ECP5 cells with Yosys.
#
# Without wide LUTs (-nowidelut): the mapper of Yosys 0.23 takes them far too often, at four LUTs each; the price is depth. The two opt_merge
# are missing in synth_ecp5: without them each flip-flop gets an inverter of its reset.
#
# PARAMETERS: "Name=value,Name=value" or "-". ALLOWED: a regular expression of warnings that may come, or "-"; every other warning
# fails. NETLIST: Verilog of ECP5 cells, module TOP_ecp5; every net is one bit (bit 3 of port a: a_3_), as vectors whose bits depend on
# each other look like loops, and Verilator 5.006 simulates such loops wrongly. STAT: number of cells by type as JSON. Latches and combinational loops fail.
set -eu
top=$1
parameters=$2
allowed=$3
netlist=$4
stat=$5
shift 5
chparam=
if [ "$parameters" != - ]; then
  for p in $(printf %s "$parameters" | tr , ' '); do
    chparam="$chparam -chparam ${p%%=*} ${p#*=}"
  done
fi
sources=
for f in "$@"; do
  case $f in *.vlt) ;; *) sources="$sources $f" ;; esac
done
script="read_verilog -sv -defer$sources
hierarchy -check -top $top$chparam
rename -top $top
synth_ecp5 -nowidelut -top $top -run :map_ram
check -assert
select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr t:\$sr
synth_ecp5 -nowidelut -top $top -run map_ram:map_luts
opt_merge
opt_clean
synth_ecp5 -nowidelut -top $top -run map_luts:check
opt_merge
opt_clean
hierarchy -check
select -assert-none t:\$*
tee -q -o $stat stat -json
rename $top ${top}_ecp5
splitnets -ports -format __
write_verilog -noattr $netlist"
if [ "$allowed" = - ]; then
  set -- -e '.*'
else
  set -- -w "$allowed" -e '.*'
fi
printf '%s\n' "$script" >"$netlist.ys"
yosys -q "$@" -s "$netlist.ys"
rm "$netlist.ys"
