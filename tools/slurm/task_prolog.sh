#!/bin/bash
# TaskProlog of Slurm: tells a job which boards it has been given, as SLURM_FPGA_IPS (comma separated).
# HX_BOARD_LIST names a file with one board (ADDRESS or ADDRESS:PORT) a line; line k is fpga number k of gres.conf.
# Slurm puts "export NAME=VALUE" lines of the output into the environment of the task.
set -eu
list=${HX_BOARD_LIST:-/etc/openhx/boards}
# e.g. "Nodes=host CPU_IDs=0 Mem=0 GRES=fpga:2(IDX:0-1)"
places=$(scontrol show job -d "$SLURM_JOB_ID" | sed -n 's/.*GRES=[^ ]*fpga[^ ]*(IDX:\([0-9,-]*\)).*/\1/p' | head -1)
[ -n "$places" ] || exit 0
boards=
for range in ${places//,/ }; do
  for k in $(seq "${range%-*}" "${range#*-}"); do
    boards+=${boards:+,}$(sed -n "$((k + 1))p" "$list")
  done
done
echo "export SLURM_FPGA_IPS=$boards"
