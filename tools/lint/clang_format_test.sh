#!/bin/bash
# Every C++ source is formatted as .clang-format says.
set -euo pipefail
cd "$(dirname "$(readlink -f WORKSPACE)")"
mapfile -t files < <(git ls-files '*.h' '*.cc')
echo "${#files[@]} files"
clang-format --dry-run -Werror "${files[@]}" || {
  echo "run './hx format'"
  exit 1
}
