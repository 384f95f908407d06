#!/bin/bash
# Copies the generated tables into docs/ of the checkout; run by Bazel.
set -euo pipefail
for name in messages registers timing; do
  cp --no-preserve=mode "fpga_model/spec/$name.md" "$BUILD_WORKSPACE_DIRECTORY/docs/$name.md"
done
