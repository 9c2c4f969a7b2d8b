#!/usr/bin/python3
"""Who may include whom: the module graph of TallyMQ, and the check that the tree keeps to it.

The graph lives here and nowhere else. A new edge comes with a decision record (docs/decisions/).
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# module: where its sources are, and the modules whose public headers (include/tallymq/<module>/) it may
# include beside its own. What those may include, it may include too.
#
# `storage` is the interface that the core sees; `journals` are its implementations. `rocksdb` stands for
# the two public headers that open a store on disk; whoever may include them is bound to RocksDB.
MODULES = {
    "base": ("src/base", []),
    "mqtt": ("src/mqtt", ["base"]),
    "storage": (None, ["base"]),
    "journals": ("storage", ["storage", "rocksdb"]),
    "broker": ("src/broker", ["mqtt", "storage"]),
    "client": ("src/client", ["mqtt"]),
    "auth": ("src/auth", ["mqtt"]),
    "net": ("src/net", ["broker"]),
    "server": ("src/server", ["net", "broker", "client", "auth", "rocksdb"]),
    "tallyctl": ("tools/tallyctl", ["storage", "mqtt", "auth", "rocksdb"]),
    "tests": ("tests", ["server", "client", "rocksdb"]),
    "bench": ("bench", ["server", "client", "rocksdb"]),
}

# Public headers of `storage` that only modules with the edge `rocksdb` may include.
ROCKSDB_HEADERS = {"tallymq/storage/rocks_journal.h", "tallymq/storage/store_reader.h"}

# Headers of libraries, by how they begin: the only modules that may include them.
LIBRARIES = {
    "rocksdb/": {"journals", "bench", "tests"},
    "event2/": {"net", "tests"},
    "openssl/": {"net", "auth", "server", "journals"},
    "CLI/": {"server", "tallyctl", "tests", "bench"},
    "toml++/": {"server"},
    "nlohmann/": {"server", "tallyctl", "tests", "bench"},
    "spdlog/": {"server", "net"},
    "fmt/": {"server", "net", "tallyctl", "tests", "bench", "journals"},
    "gtest/": {"tests"},
    "gmock/": {"tests"},
    "benchmark/": {"bench"},
    "MQTT": {"tests"},  # Paho C
    "boost/": {"base", "mqtt", "broker", "client", "net", "server", "journals", "tests", "bench"},
}

# Modules that are a function of what they are given: no socket, thread, clock, file or chance. <chrono> is
# for durations there; asking it what time it is, is not.
PURE = {"base", "mqtt", "storage", "broker", "client"}
IMPURE_HEADER = re.compile(
    r"^(sys/|netinet/|arpa/|net/|linux/|(unistd|fcntl|pthread|poll|signal|time|dirent|netdb)\.h$"
    r"|(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|atomic|ctime"
    r"|random|fstream|filesystem|iostream|cstdio|csignal)$)"
)
# Places with a reason: (file, header).
IMPURE_ALLOWED = {
    ("src/base/assert.cc", "cstdio"),  # An assertion that fails says so before it ends the process.
}
IMPURE_CALL = re.compile(r"\b(steady_clock|system_clock|high_resolution_clock|clock_gettime|getenv|random_device)\b")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CMAKE_MODULE = re.compile(r"tallymq_module\(\s*(\w+)(.*?)\)", re.DOTALL)


def reachable(module):
    """The modules whose public headers `module` may include, itself among them."""
    seen, todo = set(), [module]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += MODULES[name][1] if name in MODULES else []
    return seen


def module_of(path):
    """The module that the file `path` (relative to the root) belongs to, or None."""
    parts = path.split("/")
    if parts[0] == "include":
        name = parts[2] if len(parts) > 3 else None
        if path.removeprefix("include/") in ROCKSDB_HEADERS:
            return "journals"
        return name if name in MODULES else None
    for name, (folder, _) in MODULES.items():
        if folder and path.startswith(folder + "/"):
            return name
    return None


def check_include(path, module, quote, header):
    """Returns what is wrong with the include of `header` in `path`, or None."""
    if header.startswith("tallymq/"):
        owner = header.split("/")[1]
        if quote != '"':
            return f"<{header}>: a header of ours is included in quotes"
        if not (ROOT / "include" / header).is_file():
            return f'"{header}": there is no such public header'
        if header in ROCKSDB_HEADERS:
            owner = "rocksdb"
        if owner not in reachable(module):
            return f'"{header}": {module} may not include {owner}'
        return None
    if quote == '"':
        # A private header: by its bare name, beside the file or in the folder of its module; a test may
        # also look into the module that it tests.
        folders = [ROOT / path.rpartition("/")[0], ROOT / (MODULES[module][0] or "")]
        if module in ("tests", "bench"):
            folders += [ROOT / "tests/support", ROOT / "src" / path.split("/")[1], ROOT / path.split("/")[1],
                        ROOT / "tools" / path.split("/")[1], ROOT / "bench" / path.split("/")[1]]
        if any((folder / header).is_file() for folder in folders):
            return None
        return f'"{header}": no private header of {module}'
    for prefix, allowed in LIBRARIES.items():
        if header.startswith(prefix):
            return None if module in allowed else f"<{header}>: not in {module}"
    if module in PURE and IMPURE_HEADER.match(header) and (path, header) not in IMPURE_ALLOWED:
        return f"<{header}>: {module} knows no socket, thread, clock, file or chance"
    return None


def without_comments(line):
    return line.partition("//")[0]


def check_file(path):
    module = module_of(path)
    if module is None:
        yield f"{path}: belongs to no module in tools/layers.py"
        return
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
        if match := INCLUDE.match(line):
            if wrong := check_include(path, module, match[1], match[2]):
                yield f"{path}:{number}: {wrong}"
        elif module in PURE and (match := IMPURE_CALL.search(without_comments(line))):
            yield f"{path}:{number}: {match[1]}: {module} gets time, identity and chance in events"


def check_cmake(path):
    """Checks the DEPS of tallymq_module() against the graph: what is linked may be included."""
    text = (ROOT / path).read_text(encoding="utf-8")
    for match in CMAKE_MODULE.finditer(re.sub(r"#.*", "", text)):
        name = match[1]
        module = module_of(path)
        words = match[2].split()
        if "DEPS" not in words or module is None:
            continue
        for dep in words[words.index("DEPS") + 1:]:
            if dep.isupper():
                break
            if dep.startswith("$"):  # Chosen when configuring; the includes are checked all the same.
                continue
            target = "rocksdb" if dep == "rocks" or dep.endswith("rocksdb") else dep
            if target not in reachable(module) and target != name:
                yield f"{path}: {name} may not depend on {dep}"


def tracked(*patterns):
    """Files that git knows, or would know after `git add`."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "--"]
    names = subprocess.run([*command, *patterns], check=True, capture_output=True, text=True).stdout.split()
    return sorted({name for name in names if (ROOT / name).is_file()})


def print_graph():
    print("module    folder          may include, beside the standard library")
    for name, (folder, edges) in MODULES.items():
        libraries = sorted(prefix.rstrip("/") for prefix, allowed in LIBRARIES.items() if name in allowed)
        what = ", ".join(edges) or "-"
        if libraries:
            what += "   <" + " ".join(libraries) + ">"
        print(f"{name:9} {folder or 'include only':15} {what}")
    print("\nAn edge means: this and all below it. rocksdb: " + ", ".join(sorted(ROCKSDB_HEADERS)) + ".")
    print("No socket, thread, clock, file or chance in: " + ", ".join(sorted(PURE)) + ".")


def main():
    parser = argparse.ArgumentParser(
        description="Checks every #include against the module graph.",
        epilog="examples:\n  tools/layers.py          check; one line for each fault, exit 1 if there is one\n"
        "  tools/layers.py --graph  print who may include whom",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--graph", action="store_true", help="print the graph and check nothing")
    if parser.parse_args().graph:
        print_graph()
        return 0
    sources = tracked("*.h", "*.cc")
    faults = [fault for path in sources for fault in check_file(path)]
    faults += [fault for path in tracked("*CMakeLists.txt") for fault in check_cmake(path)]
    for fault in faults:
        print(fault)
    print(f"layers: {len(sources)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
