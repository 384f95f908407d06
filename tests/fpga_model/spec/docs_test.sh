#!/bin/bash
# The committed tables in docs/ are what the generator writes.
status=0
for name in messages registers timing; do
  if ! diff -u "docs/$name.md" "fpga_model/spec/$name.md"; then
    echo "docs/$name.md is not up to date: bazel run //fpga_model/spec:update_docs"
    status=1
  fi
done
exit $status
