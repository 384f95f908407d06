#!/bin/bash
# Replaces the table in docs/synthesis.md of the checkout, between its two marks; run by Bazel.
set -euo pipefail
document=$BUILD_WORKSPACE_DIRECTORY/docs/synthesis.md
table=$(/usr/bin/python3 -B "$@")
new=$(awk -v table="$table" '/<!-- table -->/ {print; print ""; print table; print ""; skip = 1} /<!-- end -->/ {skip = 0} !skip' "$document" |
  awk '!(/<!-- table -->/ && seen++)')
printf '%s\n' "$new" >"$document"
