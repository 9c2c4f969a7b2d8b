#!/usr/bin/python3
"""Writes and checks docs/spec-coverage.md: each statement of MQTT that binds a server, with the tests that name it.

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
import typing

sys.dont_write_bytecode = True
import spec_tags  # noqa: E402

PAGE = "docs/spec-coverage.md"
FOLDERS = ("spec", "mqtt", "broker", "storage", "net", "server", "e2e")


class Version(typing.NamedTuple):
    name: str
    prefix: str  # of its clauses
    reasons: str  # the statements without a test: `unreachable` for good, `open` until they have one
    unreachable_max: int
    sections: dict


VERSIONS = (
    Version("MQTT 3.1.1", "MQTT3", "tests/spec/mqtt311-untested.tsv", 5, {
        "1.5": "Data representations", "2.2": "Fixed header", "2.3": "Variable header", "3.1": "CONNECT",
        "3.2": "CONNACK", "3.3": "PUBLISH", "3.6": "PUBREL", "3.8": "SUBSCRIBE", "3.9": "SUBACK",
        "3.10": "UNSUBSCRIBE", "3.12": "PINGREQ", "3.14": "DISCONNECT", "4.1": "Storing state",
        "4.3": "Quality of service", "4.4": "Message delivery retry", "4.5": "Message receipt",
        "4.6": "Message ordering", "4.7": "Topic names and filters", "4.8": "Handling errors", "6.0": "WebSocket",
        "7.0": "Conformance", "7.1": "Transports"}),
    Version("MQTT 5.0", "MQTT", "tests/spec/mqtt5-untested.tsv", 10, {
        "1.5": "Data representation", "2.1": "Structure of a packet", "2.2": "Variable header", "3.1": "CONNECT",
        "3.2": "CONNACK", "3.3": "PUBLISH", "3.4": "PUBACK", "3.5": "PUBREC", "3.6": "PUBREL", "3.7": "PUBCOMP",
        "3.8": "SUBSCRIBE", "3.9": "SUBACK", "3.10": "UNSUBSCRIBE", "3.11": "UNSUBACK", "3.12": "PINGREQ",
        "3.14": "DISCONNECT", "3.15": "AUTH", "4.1": "Session state", "4.2": "Network connections",
        "4.3": "Quality of service", "4.4": "Message delivery retry", "4.5": "Message receipt",
        "4.6": "Message ordering", "4.7": "Topic names and filters", "4.8": "Subscriptions", "4.9": "Flow control",
        "4.12": "Enhanced authentication", "4.13": "Handling errors", "6.0": "WebSocket"}),
)

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


def statements(version):
    """Those that bind a server: {clause: paraphrase}."""
    return {name: row["paraphrase"] for name, (prefix, row) in spec_tags.load().items()
            if prefix == version.prefix and row["role"] in ("server", "both")}


def reasons(version):
    """Of statements without a test: {clause: (state, reason)}."""
    with open(spec_tags.ROOT / version.reasons, encoding="utf-8", newline="") as table:
        return {row["id"]: (row["state"], row["reason"])
                for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}


def faults_of(version, binding, found, why):
    """What is wrong with the tests and the reasons, one line each."""
    for clause, paraphrase in binding.items():
        if clause not in found and clause not in why:
            yield f"{clause} has neither a test nor a reason in {version.reasons}: {paraphrase}"
    for clause, (state, _) in why.items():
        if state not in ("unreachable", "open"):
            yield f"{version.reasons}: {clause} is unreachable or open, not '{state}'"
        if clause not in binding:
            yield f"{version.reasons}: {clause} is no statement of {version.name} that binds a server"
        elif clause in found:
            yield f"{version.reasons}: {clause} has a test: {', '.join(found[clause])}"
    unreachable = [clause for clause, (state, _) in why.items() if state == "unreachable"]
    if len(unreachable) > version.unreachable_max:
        yield (f"{version.reasons}: {len(unreachable)} statements are unreachable, at most {version.unreachable_max} "
               "may be")


def summary(binding, found, why):
    untested = [clause for clause in binding if clause not in found]
    unreachable = [clause for clause in untested if why.get(clause, ("",))[0] == "unreachable"]
    left = [clause for clause in untested if clause not in unreachable]
    return (f"server statements: {len(binding) - len(untested)} tested, {len(unreachable)} unreachable, "
            f"{len(left)} open" + (": " + ", ".join(left) if left else ""))


def render(version, binding, found, why):
    """The lines of one version."""
    lines = ["", f"## {version.name}", "", summary(binding, found, why).split(":")[1].strip() + ".", "",
             "| statement | what it asks | why it has no test |", "|---|---|---|"]
    lines += [f"| {clause} | {binding[clause]} | {': '.join(why.get(clause, ('open', 'no test yet')))} |"
              for clause in binding if clause not in found]
    section = None
    for clause in binding:
        if clause not in found:
            continue
        if (number := ".".join(clause.split("-")[1].split(".")[:2])) != section:
            section = number
            lines += ["", f"### {section} {version.sections[section]}"]
        lines += ["", f"**{clause}** {binding[clause]}", ""]
        # Conversations first.
        for path, names in sorted(found[clause].items(), key=lambda item: (not item[0].endswith(".mq"), item[0])):
            separator = ", " if all(re.fullmatch(r"[\w.]+", name) for name in names) else "; "
            lines.append(f"- [{pathlib.Path(path).stem}](../{path}): {separator.join(names)}")
    return lines


def main():
    parser = argparse.ArgumentParser(
        description="The statements of MQTT that bind a server, and the tests that name them.",
        epilog="examples:\n  tools/spec_coverage.py          what is open\n"
        f"  tools/spec_coverage.py --write  writes {PAGE}\n"
        "  tools/spec_coverage.py --check  exit 1 if that page is not what --write would write, or a statement has\n"
        "                                  neither a test nor a reason in tests/spec/*-untested.tsv",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--write", action="store_true", help="write the page")
    group.add_argument("--check", action="store_true", help="check page and reasons")
    arguments = parser.parse_args()

    found = collect()
    lines = [
        "# Coverage of MQTT", "",
        "Each statement of the standards that binds a server, and the tests that name it: conversations (`.mq`), which "
        "are played against the core and against the real broker, rows of tables, and tests with other people's "
        "clients. `tools/spec_coverage.py --write` writes this page; `tools/test --config checks` holds it against the "
        "tests."]
    faults, summaries = [], []
    for version in VERSIONS:
        binding, why = statements(version), reasons(version)
        lines += render(version, binding, found, why)
        faults += faults_of(version, binding, found, why)
        summaries.append(f"{version.name}: {summary(binding, found, why)}")
    page = spec_tags.ROOT / PAGE
    text = "\n".join(lines) + "\n"
    if arguments.write:
        page.write_text(text, encoding="utf-8")
    if not arguments.check:
        faults = []
    elif not page.is_file() or page.read_text(encoding="utf-8") != text:
        faults.append(f"{PAGE} is not what the tests say: run tools/spec_coverage.py --write")
    print("\n".join(faults + summaries))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
