#!/usr/bin/python3
"""Goal: a comparison says PASS, MISS or VOID as the targets have it.

Method: runs made up, as the load prints them; the targets that are in the tree are read.
"""

import pathlib
import sys
import tomllib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/load"))
import brokers  # noqa: E402
import compare  # noqa: E402

SCENARIO = {"name": "s", "run": {"rate_ratio_min": 3.0, "cpu_ratio_max": 0.5}}


def run(rate, cpu, name="run", **more):
    """What the load prints of a run with one phase."""
    phase = {"name": name, "delivered_per_s": rate, "acknowledged_per_s": rate + 1, "broker_cpu_us_per_message": cpu,
             "generator_bound": False, "cut": False, "seconds": 20, "delivered": 7, "open": 5}
    whole = {"phases": [phase], "lost": 0, "duplicated": 0, "reordered": 0, "unexpected": 0, "failure": ""}
    phase.update({key: value for key, value in more.items() if key in phase})
    whole.update({key: value for key, value in more.items() if key in whole})
    return whole


def verdict(ours, theirs, scenario=SCENARIO):
    (row,) = compare.judge(scenario, ours, theirs)
    return row["verdict"]


class CompareTest(unittest.TestCase):
    def test_a_target_that_is_just_reached_passes(self):
        self.assertEqual(verdict([run(300, 5)], [run(100, 10)]), "PASS")

    def test_a_rate_or_cpu_time_below_its_target_misses(self):
        self.assertEqual(verdict([run(299, 5)], [run(100, 10)]), "MISS")
        self.assertEqual(verdict([run(300, 5.1)], [run(100, 10)]), "MISS")

    def test_what_is_unknown_misses(self):
        self.assertEqual(verdict([run(300, None)], [run(100, 10)]), "MISS")
        self.assertEqual(verdict([run(300, 5)], [run(0, 10)]), "MISS")
        self.assertEqual(verdict([], [run(100, 10)]), "MISS")

    def test_medians_count(self):
        ours = [run(1, 1), run(300, 5), run(900, 90)]
        theirs = [run(100, 10), run(9, 9), run(2000, 20)]
        (row,) = compare.judge(SCENARIO, ours, theirs)
        self.assertEqual(row["rates"], [300, 100])
        self.assertEqual(row["cpus_us"], [5, 10])
        self.assertEqual((row["rate_ratio"], row["cpu_ratio"], row["verdict"]), (3.0, 0.5, "PASS"))

    def test_a_fault_of_either_broker_in_any_run_voids(self):
        for fault in ({"lost": 1}, {"duplicated": 1}, {"unexpected": 1}, {"failure": "the broker closed"}):
            self.assertEqual(verdict([run(300, 5), run(300, 5, **fault)], [run(100, 10)]), "VOID", fault)
            self.assertEqual(verdict([run(300, 5)], [run(100, 10, **fault)]), "VOID", fault)

    def test_a_queue_that_is_filled_is_measured_in_acknowledgements(self):
        scenario = {"name": "s", "fill": {"rate_ratio_min": 2.0}}
        (row,) = compare.judge(scenario, [run(200, 5, "fill")], [run(99, 1, "fill")])
        self.assertEqual((row["rates"], row["verdict"]), ([201, 100], "PASS"))

    def test_the_table_says_what_a_rate_is_worth(self):
        rows = compare.judge(SCENARIO, [run(300, 5, generator_bound=True)], [run(100, 10, cut=True)])
        text = compare.table(rows)
        self.assertIn("TallyMQ: generator-bound", text)
        self.assertIn("Mosquitto: cut after 20 s, 7 delivered, 5 exchanges open", text)

    def test_the_targets_of_the_tree_are_complete(self):
        scenarios = tomllib.loads(compare.TARGETS.read_text(encoding="utf-8"))["scenario"]
        self.assertEqual(len({scenario["name"] for scenario in scenarios}), len(scenarios))
        for scenario in scenarios:
            phases = {"fill", "drain"} if "--offline" in scenario["load"] else {"run"}
            self.assertEqual({phase for phase in compare.PHASES if phase in scenario}, phases)
            self.assertLess(scenario["quick_messages"], scenario["messages"])

    def test_a_library_names_its_package(self):
        for library, package in (("libwrap.so.0", "libwrap0"), ("libdlt.so.2", "libdlt2"),
                                 ("libgssapi_krb5.so.2", "libgssapi-krb5-2"), ("libk5crypto.so.3", "libk5crypto3")):
            self.assertEqual(brokers.package_of(library), package)


if __name__ == "__main__":
    unittest.main()
