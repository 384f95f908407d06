#!/usr/bin/env python3
"""Checks the documents of a checkout.

usage: docs_check.py ROOT

* every relative link in a Markdown file leads to a file of the checkout (and to a heading, if it names one);
* every folder of the layout has a README.md;
* every C++ header outside tests/ begins with a paragraph that says what it is for;
* `./hx COMMAND` in documents names a command that exists;
* no file holds an absolute path of somebody's machine.
"""

import pathlib
import re
import subprocess
import sys

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_HX = re.compile(r"\./hx ([a-z]+)")
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work)/\w")
_README_FOLDERS = (
    "driver/base", "driver/registers", "driver/ut", "driver/link", "driver/device", "routing", "host", "fpga_model",
    "fpga_model/spec", "fpga_model/rtl", "sim", "sim/rtl", "tools", "tests", "third_party", "docs", "examples")
_TEXT = {".md", ".h", ".cc", ".py", ".sv", ".bzl", ".sh", ".yaml", ".vlt", ""}


def heading_anchor(line):
    """The anchor that Markdown viewers give a heading."""
    text = re.sub(r"[`*_]", "", line.lstrip("#").strip()).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(path):
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return {heading_anchor(line) for line in text.splitlines() if line.startswith("#")}


def check_links(root, path, tracked):
    text = _INLINE_CODE.sub("", _FENCE.sub("", path.read_text(encoding="utf-8")))
    for match in _LINK.finditer(text):
        target = match.group(1) or match.group(2)
        if re.match(r"[a-z]+:", target):
            continue
        file_part, _, anchor = target.partition("#")
        destination = (path.parent / file_part).resolve() if file_part else path
        if not destination.exists():
            yield f"{path.relative_to(root)}: link to {target} leads nowhere"
        elif destination.is_file() and destination not in tracked:
            yield f"{path.relative_to(root)}: link to {target} is not part of the checkout"
        elif anchor and destination.suffix == ".md" and anchor not in anchors(destination):
            yield f"{path.relative_to(root)}: {target}: no such heading"


def check_commands(root, path, commands):
    for name in _HX.findall(path.read_text(encoding="utf-8")):
        if name not in commands:
            yield f"{path.relative_to(root)}: './hx {name}' is no command"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    listing = subprocess.run(["git", "ls-files"], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    files = [root / name for name in listing.splitlines()]
    tracked = {f.resolve() for f in files}
    commands = set(re.findall(r"^  ([a-z]+)(?: |$)", (root / "hx").read_text(encoding="utf-8"), re.MULTILINE))
    problems = []
    for path in files:
        if not path.is_file():
            continue
        if path.suffix == ".md":
            problems += check_links(root, path, tracked)
            problems += check_commands(root, path, commands)
        if path.suffix == ".h" and path.relative_to(root).parts[0] != "tests" and not path.read_text(encoding="utf-8").startswith(("///", "//")):
            problems.append(f"{path.relative_to(root)}: does not begin with what it is for")
        if path.suffix in _TEXT and path != pathlib.Path(__file__).resolve():
            text = path.read_text(encoding="utf-8", errors="replace")
            if _MACHINE_PATH.search(text):
                problems.append(f"{path.relative_to(root)}: names the path of a machine: {_MACHINE_PATH.search(text)}")
    for folder in _README_FOLDERS:
        if not (root / folder / "README.md").is_file():
            problems.append(f"{folder}: has no README.md")
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
