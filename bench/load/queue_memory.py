#!/usr/bin/python3
"""What memory the broker takes for a million messages that wait for offline sessions.

Starts tallymqd as it is shipped, makes three persistent sessions that go offline, and publishes to them at
QoS 1 over one connection. Then kills the broker, lets tallyctl count what waits, and starts it again. Prints
the highest resident size that each process ever had (VmHWM), less that of a broker with an empty store, beside
the target. Called by tools/bench memory.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from brokers import Tallymqd
from plain_client import Connection

SESSIONS = 3
TARGET_MIB = 64


def mib(size):
    return size / (1 << 20)


def empty_broker(tallymqd, folder):
    """Peak of a broker with an empty store that has served one connection."""
    with Tallymqd(tallymqd, folder / "empty") as broker:
        Connection(broker.port, "probe", clean=True).disconnect()
        return broker.peak_bytes()


def waiting(tallyctl, store):
    """Entries that wait in the store of a broker that is not running."""
    output = subprocess.run([tallyctl, "session", "ls", "--count", "-o", "json", "--store", str(store)],
                            check=True, capture_output=True).stdout
    return sum(session["outgoing"]["waiting"] for session in json.loads(output)["sessions"])


def measure(arguments, folder, owners, empty):
    """Publishes all messages to `owners` sessions each. Returns whether the target was reached."""
    store = folder / f"owners-{owners}"
    with Tallymqd(arguments.tallymqd, store) as broker:
        for i in range(SESSIONS):
            subscriber = Connection(broker.port, f"offline-{i}")
            subscriber.subscribe("load/#" if owners > 1 else f"load/{i}")
            subscriber.disconnect()
        begin = time.monotonic()
        publisher = Connection(broker.port, "publisher", clean=True)
        publisher.publish([f"load/{i}" for i in range(SESSIONS)], arguments.messages, arguments.bytes)
        seconds = time.monotonic() - begin
        publisher.disconnect()
        peak = broker.peak_bytes() - empty
    entries = waiting(arguments.tallyctl, store)
    if entries != arguments.messages * owners:
        raise RuntimeError(f"{entries} entries wait, {arguments.messages * owners} were acknowledged")
    # Killed: the next start has all of it, and what the log holds to read again.
    with Tallymqd(arguments.tallymqd, store) as broker:
        Connection(broker.port, "probe", clean=True).disconnect()
        restarted = broker.peak_bytes() - empty
    shutil.rmtree(store)
    reached = mib(max(peak, restarted)) <= TARGET_MIB
    print(f"{owners:6}  {mib(peak):9.1f}  {mib(restarted):13.1f}  {TARGET_MIB:10}  {'PASS' if reached else 'MISS'}"
          f"    {arguments.messages / seconds:10,.0f}", flush=True)
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tallymqd", required=True, help="the broker to measure")
    parser.add_argument("--tallyctl", required=True, help="what counts the messages")
    parser.add_argument("--folder", required=True, help="where the stores are made and removed again")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--bytes", type=int, default=100, help="payload of a message")
    parser.add_argument("--owners", type=int, nargs="*", default=[1, SESSIONS], choices=[1, SESSIONS],
                        help="sessions that each message waits for")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="queue-memory-", dir=arguments.folder))
    try:
        empty = empty_broker(arguments.tallymqd, folder)
        print(f"{arguments.messages:,} messages of {arguments.bytes} bytes wait for offline sessions; "
              f"an empty broker takes {mib(empty):.1f} MiB")
        print("owners  peak, MiB  restarted, MiB  target, MiB          published/s")
        reached = [measure(arguments, folder, owners, empty) for owners in arguments.owners]
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"could not be measured: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
