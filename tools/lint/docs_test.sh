#!/bin/bash
# Documents: links resolve, folders have a README, nothing names a machine path (docs_check.py).
set -euo pipefail
here=$(pwd)
exec python3 "$here/tools/lint/docs_check.py" "$(dirname "$(readlink -f WORKSPACE)")"
