#!/usr/bin/python3
"""Counts, with callgrind, the instructions that the codec takes for a PUBLISH of 5.0 without properties, beside
those for the same PUBLISH of 3.1.1. Exit code: 0 the target is reached, 1 it is not, 2 it could not be measured.
"""

import argparse
import re
import subprocess
import sys

TARGET_PERCENT = 10
COUNT = 1000


def instructions(program, what, version, count):
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, what, version, str(count)],
        capture_output=True, text=True, check=True)
    return int(re.search(r"Collected\s*:\s*(\d+)", run.stderr)[1])


def per_packet(program, what, version):
    """The difference of two runs, so that start and end of the program fall out."""
    fewer, more = (instructions(program, what, version, count) for count in (COUNT, 2 * COUNT))
    return (more - fewer) / COUNT


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the binary codec_instructions")
    program = parser.parse_args().program

    missed = False
    print("instructions for a PUBLISH without properties, by callgrind")
    print(f"{'':8}{'3.1.1':>8}{'5.0':>8}")
    try:
        for what in ("decode", "encode"):
            old, new = (per_packet(program, what, version) for version in ("3.1.1", "5.0"))
            more = 100 * (new / old - 1)
            missed |= more > TARGET_PERCENT
            print(f"{what:8}{old:8.0f}{new:8.0f}  {more:+.1f} %, target at most +{TARGET_PERCENT} %: "
                  f"{'MISS' if more > TARGET_PERCENT else 'PASS'}")
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"codec_instructions: {error}", file=sys.stderr)
        return 2
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
