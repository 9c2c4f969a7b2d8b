#!/usr/bin/python3
"""TallyMQ beside Mosquitto: each scenario of bench/targets.toml against the one and the other in turn.

For each run a broker is started afresh and killed at its end: TallyMQ on an empty store on disk, Mosquitto in
memory. All of them, and the load, run on the same two cores. Prints medians and their ratios beside the targets.
Called by tools/bench compare.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib

from brokers import Mosquitto, Tallymqd, fetch_mosquitto

CORES = 2
TARGETS = pathlib.Path(__file__).resolve().parent.parent / "targets.toml"
PHASES = ("run", "fill", "drain")


def rate_of(phase):
    """Messages per second: delivered, or while there is no one to deliver to acknowledged."""
    return phase["acknowledged_per_s" if phase["name"] == "fill" else "delivered_per_s"]


def fault_of(run):
    """Why a run does not count, or None."""
    if run["failure"]:
        return run["failure"]
    counts = [f"{run[what]} {what}" for what in ("lost", "duplicated", "unexpected") if run[what]]
    return ", ".join(counts) or None


def median_of(runs, phase, figure):
    values = [figure(entry) for run in runs for entry in run["phases"] if entry["name"] == phase]
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def ratio(ours, theirs):
    return ours / theirs if ours is not None and theirs else None


def judge(scenario, ours, theirs):
    """The rows of one scenario: medians of the runs `ours` and `theirs`, their ratios, and a verdict."""
    rows = []
    for phase in PHASES:
        if phase not in scenario:
            continue
        target = scenario[phase]
        rates = [median_of(runs, phase, rate_of) for runs in (ours, theirs)]
        cpus = [median_of(runs, phase, lambda entry: entry["broker_cpu_us_per_message"]) for runs in (ours, theirs)]
        row = {"scenario": scenario["name"] if phase == "run" else f"{scenario['name']} {phase}",
               "rates": rates, "rate_ratio": ratio(*rates), "rate_ratio_min": target["rate_ratio_min"],
               "cpus_us": cpus, "cpu_ratio": ratio(*cpus), "cpu_ratio_max": target.get("cpu_ratio_max"),
               "notes": []}
        reached = row["rate_ratio"] is not None and row["rate_ratio"] >= row["rate_ratio_min"]
        if row["cpu_ratio_max"] is not None:
            reached = reached and row["cpu_ratio"] is not None and row["cpu_ratio"] <= row["cpu_ratio_max"]
        row["verdict"] = "PASS" if reached else "MISS"
        for name, runs in (("TallyMQ", ours), ("Mosquitto", theirs)):
            entries = [entry for run in runs for entry in run["phases"] if entry["name"] == phase]
            if any(entry["generator_bound"] for entry in entries):
                row["notes"].append(f"{name}: generator-bound")
            if cut := [entry for entry in entries if entry["cut"]]:
                row["notes"].append(f"{name}: cut after {cut[-1]['seconds']:.0f} s, {cut[-1]['delivered']:,} delivered, "
                                    f"{cut[-1]['open']:,} exchanges open")
            for fault in filter(None, map(fault_of, runs)):
                row["verdict"] = "VOID"
                row["notes"].append(f"{name}: {fault}")
        rows.append(row)
    return rows


def figure(value, form):
    return "-" if value is None else format(value, form)


def table(rows):
    lines = [f"{'':18}{'messages/s':^36}   {'broker CPU, us/message':^34}",
             f"{'scenario':18}{'TallyMQ':>9}{'Mosquitto':>11}{'ratio':>8}{'target':>8}   "
             f"{'TallyMQ':>8}{'Mosquitto':>11}{'ratio':>7}{'target':>8}"]
    for row in rows:
        cpu_target = "-" if row["cpu_ratio_max"] is None else f"<={row['cpu_ratio_max']:g}"
        lines.append(f"{row['scenario']:18}{figure(row['rates'][0], ',.0f'):>9}{figure(row['rates'][1], ',.0f'):>11}"
                     f"{figure(row['rate_ratio'], '.2f'):>8}{'>=' + format(row['rate_ratio_min'], 'g'):>8}   "
                     f"{figure(row['cpus_us'][0], '.2f'):>8}{figure(row['cpus_us'][1], '.2f'):>11}"
                     f"{figure(row['cpu_ratio'], '.2f'):>7}{cpu_target:>8}   {row['verdict']}")
        lines += [f"  {note}" for note in row["notes"]]
    return "\n".join(lines)


class Bench:
    """Runs the load against a broker of its own each time, in folders of their own."""

    def __init__(self, arguments, folder, unpacked):
        self.arguments, self.folder, self.unpacked = arguments, folder, unpacked

    def start(self, broker, folder):
        if broker == "TallyMQ":
            return Tallymqd(self.arguments.tallymqd, folder / "store")
        return Mosquitto(self.unpacked, folder)

    def run(self, scenario, broker):
        """What the load printed of one run."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        messages = scenario["quick_messages" if self.arguments.quick else "messages"]
        with self.start(broker, folder) as process:
            command = [self.arguments.load, "--port", str(process.port), "--pid", str(process.process.pid),
                       *scenario["load"].split(), "--protocol", str(self.arguments.protocol),
                       "--messages", str(messages), "-o", "json"]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        shutil.rmtree(folder)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}")
        return json.loads(done.stdout)


def in_memory(folder):
    """True if a sync to `folder` means nothing."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], check=True, capture_output=True, text=True).stdout
    return kind.strip() in ("tmpfs", "ramfs")


def measure(arguments, scenarios, folder):
    """All runs, A B A B: for each scenario a list of the runs of either broker."""
    unpacked = pathlib.Path(arguments.mosquitto)
    version = fetch_mosquitto(unpacked)
    bench = Bench(arguments, folder, unpacked)
    print(f"TallyMQ, all acknowledged is on disk; Mosquitto {version}, all in memory. {arguments.rounds} rounds"
          f"{', quick: few messages' if arguments.quick else ''}.", file=sys.stderr, flush=True)
    runs = {scenario["name"]: {"TallyMQ": [], "Mosquitto": []} for scenario in scenarios}
    for scenario in scenarios:
        for number in range(1, arguments.rounds + 1):
            for broker, results in runs[scenario["name"]].items():
                result = bench.run(scenario, broker)
                results.append(result)
                said = ", ".join(f"{phase['name']} {figure(rate_of(phase), ',.0f')}/s" for phase in result["phases"])
                print(f"{scenario['name']}  {number}/{arguments.rounds}  {broker:9}  {said}", file=sys.stderr,
                      flush=True)
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tallymqd", required=True, help="our broker")
    parser.add_argument("--load", required=True, help="the load generator")
    parser.add_argument("--mosquitto", required=True, help="folder that Mosquitto is, or gets, unpacked in")
    parser.add_argument("--folder", required=True, help="where the stores are made and removed again; on a disk")
    parser.add_argument("--scenario", action="append", help="only this one, may be repeated")
    parser.add_argument("--rounds", type=int, help="runs of each broker, whose median counts (default 5; quick 1)")
    parser.add_argument("--protocol", type=int, choices=[3, 5], default=3, help="3: MQTT 3.1.1, 5: MQTT 5.0")
    parser.add_argument("--quick", action="store_true", help="few messages, one round")
    parser.add_argument("-o", dest="form", choices=["table", "json"], default="table", help="output")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 5)

    scenarios = tomllib.loads(TARGETS.read_text(encoding="utf-8"))["scenario"]
    names = [scenario["name"] for scenario in scenarios]
    for name in arguments.scenario or []:
        if name not in names:
            parser.error(f"no scenario {name}; there are {', '.join(names)}")
    scenarios = [scenario for scenario in scenarios if scenario["name"] in (arguments.scenario or names)]
    if in_memory(arguments.folder):
        parser.error(f"{arguments.folder} is in memory, where a sync means nothing; name another with --folder")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="compare-", dir=arguments.folder))
    try:
        runs = measure(arguments, scenarios, folder)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"could not be measured: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [row for scenario in scenarios for row in judge(scenario, *runs[scenario["name"]].values())]
    print(json.dumps({"rows": rows, "runs": runs}, indent=2) if arguments.form == "json" else table(rows))
    return 0 if all(row["verdict"] == "PASS" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
