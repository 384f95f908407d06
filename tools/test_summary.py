#!/usr/bin/env python3
"""Counts what a `bazel test` run did, from its build events and the test programs' own XML.

usage: test_summary.py EVENTS.json BAZEL_EXIT_CODE

A GoogleTest program counts with each of its cases, any other test as one. A test that could not be built, ran into its
time limit or crashed counts as one failure at least. Prints what failed, then "N passed, N failed"; exits 0 only if
Bazel did and nothing failed.
"""

import json
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

_GOOD = ("PASSED", "FLAKY")


def read_events(path):
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except FileNotFoundError:
        return


def case_counts(xml_uri):
    """(passed, failed names) of one test.xml; None if it cannot be read."""
    try:
        with urllib.request.urlopen(xml_uri) as file:
            root = ElementTree.parse(file).getroot()
    except (OSError, ElementTree.ParseError, ValueError):
        return None
    passed, failed = 0, []
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname', '')}.{case.get('name', '')}")
        elif case.get("status") != "notrun" and case.get("result") != "skipped":
            passed += 1
    return passed, failed


def main():
    events_path, bazel_status = sys.argv[1], int(sys.argv[2])
    passed, failed = 0, []
    expected, seen = set(), set()
    for event in read_events(events_path):
        identity = event.get("id", {})
        if "targetConfigured" in identity and event.get("configured", {}).get("testSize"):
            expected.add(identity["targetConfigured"]["label"])
        if "testResult" not in identity:
            continue
        label = identity["testResult"]["label"]
        if not (event.get("testResult") or {}).get("status"):
            continue
        seen.add(label)
        result = event["testResult"]
        uri = next((o["uri"] for o in result.get("testActionOutput", []) if o["name"] == "test.xml"), None)
        counts = case_counts(uri) if uri else None
        good = result["status"] in _GOOD
        if counts is None:
            counts = (1, []) if good else (0, [label])
        passed += counts[0]
        failed += [f"{label} {name}" for name in counts[1] if name != label] or (
            [] if good else [f"{label} ({result['status']})"])
    # Exit code 4 means that nothing matched; anything else that was asked for and has no result failed to build.
    for label in sorted(expected - seen):
        failed.append(f"{label} (not built or not run)")
    if bazel_status not in (0, 3, 4) and not failed:
        failed.append(f"bazel ended with code {bazel_status}: see its messages above")
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(0 if bazel_status == 0 and not failed and passed else 1)


if __name__ == "__main__":
    main()
