#!/usr/bin/python3
"""The tags that tie code and tests to the clauses of MQTT, and the check that each of them exists.

[MQTT3-x.y.z-n] is a clause of MQTT 3.1.1, [MQTT-x.y.z-n] one of MQTT 5.0: the same number means different
things in the two. The tables in tests/spec/ hold the clauses.
"""

import argparse
import csv
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = {"MQTT3": "tests/spec/mqtt311-conformance.tsv", "MQTT": "tests/spec/mqtt5-conformance.tsv"}
# Tests cite a clause of one statement, [MQTT3-4.3.3-2]; a comment may cite a section, [MQTT3-4.3].
TAG = re.compile(r"\[(MQTT3?)-(\d+(?:\.\d+)*)(?:-(\d+))?\]")
LOOKS_LIKE_TAG = re.compile(r"\[MQTT[^\]\s\\\"]*\]")


def load():
    clauses = {}
    for prefix, name in TABLES.items():
        with open(ROOT / name, encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
                clauses[row["id"]] = (prefix, row)
    return clauses


def tracked():
    names = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "--",
         "include", "src", "storage", "tests", "tools", "bench", "docs", "*.md"],
        check=True, capture_output=True, text=True).stdout.split("\n")
    wanted = {".h", ".cc", ".mq", ".md", ".py", ""}
    skip = {"tools/spec_tags.py"}
    return sorted(name for name in set(names)
                  if name and name not in skip and pathlib.Path(name).suffix in wanted and (ROOT / name).is_file())


def is_section(clauses, prefix, section):
    """True if some clause lies in `section` of that version, or is a part of it."""
    start = f"{prefix}-{section}"
    return any(known.startswith(start + "-") or known.startswith(start + ".") for known in clauses)


def scan(clauses):
    """Returns the faults, and the clauses that are named."""
    faults, uses = [], set()
    for path in tracked():
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            for found in LOOKS_LIKE_TAG.finditer(line):
                match = TAG.fullmatch(found[0])
                if match is None:
                    if re.search(r"\d", found[0].removeprefix("[MQTT3").removeprefix("[MQTT")):
                        faults.append(f"{path}:{number}: {found[0]} is no tag: [MQTT3-4.3.3-2] or [MQTT-4.3.3-2]")
                elif match[3] is None:
                    if not is_section(clauses, match[1], match[2]):
                        faults.append(f"{path}:{number}: {found[0]} is no section with clauses")
                elif found[0][1:-1] not in clauses:
                    faults.append(f"{path}:{number}: {found[0]} is no clause of the tables in tests/spec")
                else:
                    uses.add(found[0][1:-1])
    return faults, uses


def main():
    parser = argparse.ArgumentParser(
        description="Checks that every [MQTT3-...] and [MQTT-...] tag names a clause that exists.",
        epilog="example:\n  tools/spec_tags.py   check; exit 1 if a tag is wrong\n"
        "tools/spec_coverage.py says which statements the tests name.",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()

    clauses = load()
    faults, uses = scan(clauses)
    for fault in faults:
        print(fault)
    print(f"spec tags: {len(uses)} clauses named, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
