#!/usr/bin/env python3
"""Writes compile_commands.json for editors and clang-tidy: every C++ compile action that Bazel knows.

usage: compile_commands.py [BAZEL_TARGET...]   (default: everything that belongs to this workspace)
"""

import json
import pathlib
import subprocess
import sys

# Options of gcc that clang does not know.
_GCC_ONLY = ("-Wno-free-nonheap-object", "-Wunused-but-set-parameter", "-fno-canonical-system-headers")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    targets = " + ".join(sys.argv[1:]) or "//..."
    query = subprocess.run(
        ["bazel", "aquery", f'mnemonic("CppCompile", {targets})', "--output=jsonproto"],
        cwd=root, check=True, stdout=subprocess.PIPE)
    base = subprocess.run(
        ["bazel", "info", "execution_root"], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    commands = {}
    for action in json.loads(query.stdout).get("actions", []):
        arguments = [a for a in action["arguments"] if a not in _GCC_ONLY]
        sources = [a for a in arguments if a.endswith((".cc", ".cpp"))]
        if sources and not sources[-1].startswith("/"):
            commands[sources[-1]] = {"directory": base, "file": sources[-1], "arguments": arguments}
    (root / "compile_commands.json").write_text(json.dumps(list(commands.values()), indent=1) + "\n", encoding="utf-8")
    print(f"compile_commands.json: {len(commands)} sources")


if __name__ == "__main__":
    main()
