#!/usr/bin/python3
"""Plays the console session of README.md against the real binaries and compares what it prints.

The commands run as they stand, in an empty folder, but for three: `tools/run` starts the broker that was
built, on a free port; `pkill` kills that broker and no other; `mosquitto_pub` and `mosquitto_sub` go to its
port. A line of output in the page must be printed by the command above it; a command without one may print
anything.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

TIMEOUT_S = 60

CLIENT = """#!/bin/bash
exec /usr/bin/$(basename "$0") -p "$(<port)" "$@"
"""


def session(page):
    """The steps of the page's console block: [(command, [expected line, ...]), ...]."""
    block = re.search(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


class Play:
    def __init__(self, folder, tallymqd, tallyctl):
        self.folder, self.tallymqd, self.broker = folder, tallymqd, None
        (folder / "bin").mkdir()
        for client in ("mosquitto_pub", "mosquitto_sub"):
            (folder / "bin" / client).write_text(CLIENT)
            (folder / "bin" / client).chmod(0o755)
        link = folder / "build/release/tools/tallyctl/tallyctl"
        link.parent.mkdir(parents=True)
        link.symlink_to(tallyctl)

    def start(self):
        command = [self.tallymqd, "--listen", "127.0.0.1:0", "--store", "tallymq-data"]
        self.broker = subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True)
        for line in self.broker.stderr:
            print(line, end="")
            if match := re.search(r"listening on 127\.0\.0\.1:(\d+)", line):
                (self.folder / "port").write_text(match[1])
                return
        sys.exit(f"the broker ended with {self.broker.wait()}")

    def kill(self):
        self.broker.kill()
        self.broker.communicate()

    def run(self, command):
        print(f"$ {command}", flush=True)
        if command == "tools/run &":
            self.start()
        elif command == "pkill -9 -x tallymqd":
            self.kill()
        else:
            environment = dict(os.environ, PATH=f"{self.folder}/bin:{os.environ['PATH']}")
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_S)
            print(done.stdout, end="", flush=True)
            if done.returncode != 0:
                sys.exit(f"exit code {done.returncode}")
            return done.stdout.splitlines()
        return []


def main():
    page, tallymqd, tallyctl = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        play = Play(pathlib.Path(name), tallymqd, tallyctl)
        play.start()
        try:
            for command, expected in session(page):
                printed = play.run(command)
                if expected and printed != expected:
                    sys.exit(f"the page says {expected}")
        finally:
            play.kill()


if __name__ == "__main__":
    main()
