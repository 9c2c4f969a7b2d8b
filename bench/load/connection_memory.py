#!/usr/bin/python3
"""What memory an idle connection takes.

Starts tallymqd as it is shipped and connects clients that then say nothing, with clean sessions and with
persistent ones. Prints how much the resident size of the broker has grown from the first step to each later
one, for one connection, beside the target. What the kernel takes for a socket is not the broker's own. Nor is
the memory that the store has for what was written last, which has a bound of its own: it is set to the least.
Called by tools/bench connections.
"""

import argparse
import pathlib
import resource
import shutil
import sys
import tempfile

from brokers import Tallymqd
from plain_client import Connection

TARGET_BYTES = 1024


def measure(arguments, folder, clean):
    """Returns whether the target was reached at every step."""
    reached = True
    connections = []
    store = folder / ("clean" if clean else "persistent")
    with Tallymqd(arguments.tallymqd, store, "--memtable-size", "1MiB") as broker:
        base = None
        for step in arguments.steps:
            while len(connections) < step:
                connections.append(Connection(broker.port, f"idle-{len(connections)}", clean=clean))
            now = (len(connections), broker.resident_bytes())
            if base is None:
                base = now
                continue
            each = (now[1] - base[1]) / (now[0] - base[0])
            reached = reached and each <= TARGET_BYTES
            print(f"{'clean' if clean else 'persistent':10}  {now[0]:11,}  {now[1] / (1 << 20):13.1f}  {each:12,.0f}  "
                  f"{TARGET_BYTES:6,}  {'PASS' if each <= TARGET_BYTES else 'MISS'}", flush=True)
        for connection in connections:
            connection.socket.close()
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tallymqd", required=True, help="the broker to measure")
    parser.add_argument("--folder", required=True, help="where the stores are made and removed again")
    parser.add_argument("--steps", type=int, nargs="+", default=[1000, 5000, 10000, 19000])
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="connection-memory-", dir=arguments.folder))
    try:
        print(f"growth of resident memory from {arguments.steps[0]:,} connections on")
        print("session     connections  resident, MiB  bytes / each  target")
        reached = [measure(arguments, folder, clean) for clean in (True, False)]
    except (OSError, RuntimeError) as error:
        print(f"could not be measured: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
