#!/bin/sh
# resources.py with the files that Bazel built.
exec /usr/bin/python3 -B "$@"
