#!/usr/bin/python3
"""Counts the cases of one run of ctest from its JUnit file, and prints those that failed with their output.

Prints `PASSED FAILED SKIPPED` as the last line. Used by tools/test. A case that ctest could not run (no
program, disabled) is a failure; one that skipped itself is counted apart, printed with its reason.
"""

import os
import sys
import xml.etree.ElementTree as ElementTree


def main():
    name, path = sys.argv[1:]
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).iter("testcase"):
        title, status = case.get("name"), case.get("status")
        reason = case.find("skipped")
        message = reason.get("message", "") if reason is not None else ""
        output = case.findtext("system-out") or ""
        if status == "run":
            passed += 1
        elif status == "notrun" and message.startswith("SKIP_"):
            skipped += 1
            lines = [line for line in output.splitlines() if line and not line.startswith(("[", "Note:", "Running"))]
            print(f"-- {name}: {title} skipped itself: {' '.join(lines)}")
        else:
            failed += 1
            print(f"-- {name}: {title} FAILED" + (f" ({message or status})" if status != "fail" else ""))
            print("   " + output.rstrip().replace("\n", "\n   "))
    if skipped and os.environ.get("CI") == "true":
        print(f"-- {name}: with CI=true a skipped test is a failure")
        failed, skipped = failed + skipped, 0
    print(passed, failed, skipped)


if __name__ == "__main__":
    main()
