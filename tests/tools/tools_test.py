#!/usr/bin/python3
"""Goal: tools/mutate changes what a test should notice and nothing else; tools/spec_coverage.py counts a clause where
a test is about it and nowhere else.

Method: rows, a line of a source each.
"""

import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import mutations  # noqa: E402
import spec_coverage  # noqa: E402

NEGATED, SHIFTED, REMOVED, CHANGED = mutations.KINDS
MUTANTS = [
    # line, kind, what it becomes
    ("  if (a < b) return;", NEGATED, ["if (!(a < b)) return;"]),
    ("  if (const int a = F(); a < b) {", NEGATED, ["if (const int a = F(); !(a < b)) {"]),
    ("  if (const Rule* rule = Broken(a)) {", NEGATED, []),
    ("  if (a && !b(c)) {", NEGATED, ["if (!(a && !b(c))) {", "if (a && b(c)) {"]),
    ('  if (a == "<") return;', NEGATED, ['if (!(a == "<")) return;']),
    ("  return a ? b : c;", NEGATED, ["return !(a) ? b : c;"]),
    ("  if (a < b && c == d) {", SHIFTED, ["if (a <= b && c == d) {", "if (a < b && c != d) {"]),
    ("  std::vector<int> a;", SHIFTED, []),
    ("  out << a;", SHIFTED, []),
    ("  Send(a, b);", REMOVED, [""]),
    ("  session->sent = a;", REMOVED, [""]),
    ("  ++a->b;", REMOVED, [""]),
    ("  if (a) return false;", REMOVED, [""]),
    ("  break;  // why", REMOVED, ["// why"]),
    ("  return a;", REMOVED, []),
    ("  const int a = F();", REMOVED, []),
    ("  Seq seq;", REMOVED, []),
    ("  a = Lsn{0};", CHANGED, ["a = Lsn{1};"]),
    ("  a = 0x7F;", CHANGED, ["a = 0x80;"]),
    ("  a = 65'536u;", CHANGED, ["a = 65537u;"]),
    ("  return true;", CHANGED, ["return false;"]),
    ("  F(kQos1, b2, \"1 < 2\");  // 3", CHANGED, []),
    ("  TALLYMQ_ASSERT(a == 1);", CHANGED, []),
    ("  if (Mutant(\"x\")) a = 1;", CHANGED, []),
    ("  ++context_.counters.batches;", REMOVED, []),
]
TESTS = [
    # file, text, (name, clause) that counts
    ("a.mq", "== One [MQTT3-2.3.1-1] [D1]\nc > PUBLISH [MQTT3-2.3.1-5]\n", [("One", "MQTT3-2.3.1-1")]),
    ("a_test.cc", '    {"One", "[MQTT3-2.3.1-1]", kClient, "00"},\n', [("One", "MQTT3-2.3.1-1")]),
    ("a_test.cc", '    {"One", "a/+", "[MQTT3-4.7.1-1]", 0},\n', [("One", "MQTT3-4.7.1-1")]),
    ("a_test.cc", '    {"One", "D1 [MQTT3-2.3.1-1]",\n     ">close [MQTT3-2.3.1-5]"},\n', [("One", "MQTT3-2.3.1-1")]),
    ("rows.cc", '  add("One", "[MQTT3-2.3.1-1]", "00");\n', [("One", "MQTT3-2.3.1-1")]),
    ("decode_errors_test.cc", '    {"One", "[MQTT3-2.3.1-1]", kServer, "00"},\n', []),
    ("a_test.cc", "// [MQTT3-2.3.1-1]: why.\nTEST_F(A, One) {\n", [("A.One", "MQTT3-2.3.1-1")]),
    ("a_test.cc", "// [MQTT3-2.3.1-1]: why.\n\nTEST_F(A, One) {\n  // [MQTT3-2.3.1-5]\n", []),
    ("a.py", '    def test_one(self):\n        """[MQTT3-2.3.1-1]"""\n', [("test_one", "MQTT3-2.3.1-1")]),
]


class MutationsTest(unittest.TestCase):
    def test_lines(self):
        for line, kind, expected in MUTANTS:
            with self.subTest(line=line):
                mutants = mutations.mutants_of("a.cc", "void F() {\n" + line)
                self.assertEqual([mutant.new.strip() for mutant in mutants if mutant.kind == kind], expected)

    def test_order_is_that_of_the_seed(self):
        mutants = list(mutations.mutants_of("a.cc", "  F(1);\n  if (a < 2) G();\n  H(3);\n"))
        orders = [list(mutations.in_order(list(mutants), random.Random(seed))) for seed in (1, 1, 2)]
        self.assertEqual(orders[0], orders[1])
        self.assertCountEqual(orders[0], orders[2])
        self.assertEqual({mutant.kind for mutant in orders[0][:4]}, set(mutations.KINDS))


class SpecCoverageTest(unittest.TestCase):
    def test_tags(self):
        for path, text, expected in TESTS:
            with self.subTest(path=path, text=text):
                found = [(name, tag[0][1:-1]) for name, tags in spec_coverage.tests_of(path, text)
                         for tag in spec_coverage.spec_tags.TAG.finditer(tags)]
                self.assertEqual(found, expected)

    def test_a_statement_has_a_test_or_a_reason(self):
        version = spec_coverage.VERSIONS[0]._replace(unreachable_max=1)
        why = ("unreachable", "why")

        def faults(found, why):
            return [fault.split(" ")[0] for fault in spec_coverage.faults_of(version, {"A": "", "B": ""}, found, why)]

        self.assertEqual(faults({"A": {}}, {"B": why}), [])
        self.assertEqual(faults({"A": {}}, {}), ["B"])
        self.assertEqual(len(faults({"A": {"path": ["One"]}}, {"A": why, "B": ("open", "why")})), 1)
        self.assertEqual(len(faults({"A": {}, "B": {}}, {"C": why})), 1)
        self.assertEqual(len(faults({"A": {}}, {"B": ("", "why")})), 1)
        self.assertEqual(len(faults({}, {"A": why, "B": why})), 1)

    def test_summary(self):
        self.assertEqual(spec_coverage.summary({"A": "", "B": "", "C": ""}, {"A": {}}, {"B": ("unreachable", "why")}),
                         "server statements: 1 tested, 1 unreachable, 1 open: C")


if __name__ == "__main__":
    unittest.main()
