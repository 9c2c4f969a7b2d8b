#!/usr/bin/python3
"""Writes and checks docs/spec-coverage.md: each statement of MQTT 3.1.1 that binds a server, with the tests that
name it.

A tag counts where it names what a test of the broker is about: in the title of a conversation, in the field of a
table's row, in the comment right above a TEST, in the docstring of a method in Python. Elsewhere it explains. What
tests a client, or the tests' own tools, does not count.
"""

import argparse
import collections
import csv
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import spec_tags  # noqa: E402

PAGE = "docs/spec-coverage.md"
REASONS = "tests/spec/mqtt311-untested.tsv"
OPEN_MAX = 5
FOLDERS = ("spec", "mqtt", "broker", "storage", "net", "server", "e2e")
SECTIONS = {
    "1.5": "Data representations", "2.2": "Fixed header", "2.3": "Variable header", "3.1": "CONNECT",
    "3.2": "CONNACK", "3.3": "PUBLISH", "3.6": "PUBREL", "3.8": "SUBSCRIBE", "3.9": "SUBACK", "3.10": "UNSUBSCRIBE",
    "3.12": "PINGREQ", "3.14": "DISCONNECT", "4.1": "Storing state", "4.3": "Quality of service",
    "4.4": "Message delivery retry", "4.5": "Message receipt", "4.6": "Message ordering",
    "4.7": "Topic names and filters", "4.8": "Handling errors", "6.0": "WebSocket", "7.0": "Conformance",
    "7.1": "Transports"}

TITLE = re.compile(r"^== ([^\[\n]*)(.*)$", re.MULTILINE)
STRING = r'"((?:[^"\\\n]|\\.)*)"'
ROW = re.compile(r'(?:\{|\badd\()\s*"(\w+)",\s*' + STRING + r"(?:,\s*" + STRING + r")?([^\n]*)")
TEST = re.compile(r"((?:^//[^\n]*\n)+)TEST(?:_[FP])?\((\w+),\s*(\w+)\)", re.MULTILINE)
METHOD = re.compile(r'def (\w+)\(self[^)]*\):\n\s+"""(.*?)"""', re.DOTALL)


def tests_of(path, text):
    """Yields (name, text with its tags) for each test in a file."""
    if path.endswith(".mq"):
        for match in TITLE.finditer(text):
            yield match[1].strip(), match[2]
    elif path.endswith(".py"):
        for match in METHOD.finditer(text):
            yield match[1], match[2]
    else:
        for match in ROW.finditer(text):
            # What the decoder refuses from a server is a client's business.
            if pathlib.Path(path).name.startswith("decode_errors") and "kServer" in match[4]:
                continue
            yield match[1], match[2] if spec_tags.TAG.search(match[2]) else match[3] or ""
        for match in TEST.finditer(text):
            yield f"{match[2]}.{match[3]}", match[1]


def collect():
    """Returns {clause: {path: [name, ...]}}, all in order."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in spec_tags.tracked():
        if path.startswith(tuple(f"tests/{folder}/" for folder in FOLDERS)):
            whole = (spec_tags.ROOT / path).read_text(encoding="utf-8", errors="replace")
            for name, text in tests_of(path, whole):
                for tag in spec_tags.TAG.finditer(text):
                    clause = tag[0][1:-1]
                    if tag[3] is not None and name not in found[clause][path]:
                        found[clause][path].append(name)
    return found


def statements():
    """Those that bind a server: {clause: paraphrase}."""
    return {name: row["paraphrase"] for name, (prefix, row) in spec_tags.load().items()
            if prefix == "MQTT3" and row["role"] in ("server", "both")}


def reasons():
    with open(spec_tags.ROOT / REASONS, encoding="utf-8", newline="") as table:
        return {row["id"]: row["reason"] for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}


def faults_of(binding, found, why):
    """What is wrong with the tests and the reasons, one line each."""
    for clause, paraphrase in binding.items():
        if clause not in found and clause not in why:
            yield f"{clause} has neither a test nor a reason in {REASONS}: {paraphrase}"
    for clause in why:
        if clause not in binding:
            yield f"{REASONS}: {clause} is no statement of 3.1.1 that binds a server"
        elif clause in found:
            yield f"{REASONS}: {clause} has a test: {', '.join(found[clause])}"
    if len(why) > OPEN_MAX:
        yield f"{REASONS}: {len(why)} statements are open, at most {OPEN_MAX} may be"


def render(binding, found, why):
    tested = [clause for clause in binding if clause in found]
    lines = [
        "# Coverage of MQTT 3.1.1", "",
        "Each statement of the standard that binds a server, and the tests that name it: conversations (`.mq`), which "
        "are played against the core and against the real broker, rows of tables, and tests with other people's "
        "clients. `tools/spec_coverage.py --write` writes this page; `tools/test --config checks` holds it against the "
        "tests.", "",
        f"{len(binding)} statements bind a server: {len(tested)} are tested, {len(binding) - len(tested)} are open.",
        "", "## Open", "", "| statement | what it asks | why no test reaches it |", "|---|---|---|"]
    lines += [f"| {clause} | {binding[clause]} | {why.get(clause, 'no test yet')} |"
              for clause in binding if clause not in found]
    section = None
    for clause in tested:
        if (number := ".".join(clause.split("-")[1].split(".")[:2])) != section:
            section = number
            lines += ["", f"## {section} {SECTIONS[section]}"]
        lines += ["", f"**{clause}** {binding[clause]}", ""]
        # Conversations first.
        for path, names in sorted(found[clause].items(), key=lambda item: (not item[0].endswith(".mq"), item[0])):
            separator = ", " if all(re.fullmatch(r"[\w.]+", name) for name in names) else "; "
            lines.append(f"- [{pathlib.Path(path).stem}](../{path}): {separator.join(names)}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description="The statements of MQTT 3.1.1 that bind a server, and the tests that name them.",
        epilog="examples:\n  tools/spec_coverage.py          what is open\n"
        f"  tools/spec_coverage.py --write  writes {PAGE}\n"
        "  tools/spec_coverage.py --check  exit 1 if that page is not what --write would write, or a statement has\n"
        f"                                  neither a test nor a reason in {REASONS}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--write", action="store_true", help="write the page")
    group.add_argument("--check", action="store_true", help="check page and reasons")
    arguments = parser.parse_args()

    binding, found, why = statements(), collect(), reasons()
    page = spec_tags.ROOT / PAGE
    text = render(binding, found, why)
    faults = []
    if arguments.write:
        page.write_text(text, encoding="utf-8")
    if arguments.check:
        faults = list(faults_of(binding, found, why))
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            faults.append(f"{PAGE} is not what the tests say: run tools/spec_coverage.py --write")
    for fault in faults:
        print(fault)
    untested = [clause for clause in binding if clause not in found]
    print(f"spec coverage: {len(binding)} statements bind a server, {len(binding) - len(untested)} tested, "
          f"{len(untested)} open" + (": " + ", ".join(untested) if untested else ""))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
