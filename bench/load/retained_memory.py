#!/usr/bin/python3
"""What memory the broker takes for a million retained messages.

Starts tallymqd as it is shipped, sets the messages at QoS 1, kills it, starts it again, and lets a client subscribe
to all of them, which reads each at QoS 0. Prints the highest resident size that each process ever had (VmHWM), less
that of a broker that was written as many messages to, and keeps none of them in mind, beside the target. Called by
tools/bench retained.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile
import time

from brokers import Tallymqd
from plain_client import Connection

TARGET_MIB = 16
TOPICS_A_LEVEL = 1000


def mib(size):
    return size / (1 << 20)


def topics(count):
    return [f"site/{i // TOPICS_A_LEVEL}/meter/{i % TOPICS_A_LEVEL}" for i in range(count)]


def busy_broker(arguments, folder):
    """Peak of a broker that has stored as many messages, for one offline session."""
    with Tallymqd(arguments.tallymqd, folder / "busy") as broker:
        subscriber = Connection(broker.port, "offline")
        subscriber.subscribe("load")
        subscriber.disconnect()
        Connection(broker.port, "publisher", clean=True).publish(["load"], arguments.messages, arguments.bytes)
        return broker.peak_bytes()


def measure(arguments, folder, busy):
    """Returns whether the target was reached."""
    store = folder / "retained"
    with Tallymqd(arguments.tallymqd, store) as broker:
        Connection(broker.port, "publisher", clean=True).publish(
            topics(arguments.messages), arguments.messages, arguments.bytes, retain=True)
        peak = broker.peak_bytes() - busy
    with Tallymqd(arguments.tallymqd, store) as broker:
        subscriber = Connection(broker.port, "subscriber", clean=True)
        begin = time.monotonic()
        subscriber.subscribe("#", qos=0)
        subscriber.skip_publishes(arguments.messages)
        seconds = time.monotonic() - begin
        restarted = broker.peak_bytes() - busy
    reached = mib(max(peak, restarted)) <= TARGET_MIB
    print("peak, MiB  restarted and read, MiB  target, MiB          read/s")
    print(f"{mib(peak):9.1f}  {mib(restarted):23.1f}  {TARGET_MIB:10}  {'PASS' if reached else 'MISS'}"
          f"  {arguments.messages / seconds:10,.0f}")
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tallymqd", required=True, help="the broker to measure")
    parser.add_argument("--folder", required=True, help="where the stores are made and removed again")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--bytes", type=int, default=90, help="payload of a message, up to 90")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="retained-memory-", dir=arguments.folder))
    try:
        busy = busy_broker(arguments, folder)
        print(f"{arguments.messages:,} retained messages of {arguments.bytes} bytes, each of a topic of its own; a broker that "
              f"stores as many in a queue takes {mib(busy):.1f} MiB")
        reached = measure(arguments, folder, busy)
    except (OSError, RuntimeError) as error:
        print(f"could not be measured: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
