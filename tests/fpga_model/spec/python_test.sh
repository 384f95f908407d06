#!/bin/bash
# Runs a Python test with the system's interpreter: python_test.sh FILE.py
exec /usr/bin/python3 -B "$1"
