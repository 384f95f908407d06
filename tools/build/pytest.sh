#!/bin/bash
# Runs pytest on the files given, with a report that Bazel and the test summary can read.
set -euo pipefail
exec /usr/bin/python3 -m pytest -q -p no:cacheprovider --junitxml="${XML_OUTPUT_FILE:-/dev/null}" "$@"
