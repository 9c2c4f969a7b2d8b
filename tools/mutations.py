"""What a mutant of a C++ source is: one line, changed so that a test should notice. Used by tools/mutate.

Works line by line on sources as clang-format leaves them: binary operators have blanks around them, templates have
not. What cannot be compiled is found out by compiling.
"""

import collections
import re

KINDS = ("condition negated", "comparison shifted", "statement removed", "constant changed")
Mutant = collections.namedtuple("Mutant", "path line kind old new")  # lines count from 1

# Never changed: what is no code of the broker that ships, and assertions, which only the tests of the code that
# breaks them could notice.
LEFT_ALONE = re.compile(r"^\s*(#|//|using |namespace |template |static_assert|TALLYMQ_ASSERT|case |public:|private:)|"
                        r"Mutant\(|= (default|delete)\b|\bTALLYMQ_FAULTS\b")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|(?<!\w)\'(?:[^\'\\]|\\.)*\'')
# Logs and counters show what happened; to lose one is no broken promise.
REPORTS = re.compile(r"\bNote\(|\bNotice\b|^\s*(\+\+|--)?context_\.counters\.|^\s*(\+\+|--)counters")
HEAD = re.compile(r"\b(if|while) (?:constexpr )?\(")
COMPARISON = re.compile(r" (<=|>=|==|!=|<|>) ")
SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
CONSTANT = re.compile(r"(?<![\w.'])(true|false|0x[\dA-Fa-f']+|\d[\d']*)(u?)(?![\w.'])")
# A call, an assignment or a jump on a line of its own, which `if (...)` may precede.
STATEMENT = re.compile(r"^\s*(?:(?:\} )?(?:if|else if|for|while) \(.*\) )?"
                       r"(?:(?:\+\+|--)[\w.>\[\]()-]+|[\w.:>\[\]()*-]+\(.*\)|[\w.>\[\]()*-]+ [-+|&^]?= .*|"
                       r"return\b.*|break|continue);$")
RETURN_VALUE = re.compile(r"^\s*return\b.+;$")


def closing(text, opening):
    """Where the parenthesis that opens at `opening` closes, or -1 if that is on another line."""
    depth = 0
    for at in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return -1


# These yield (begin, end, new text) for parts of a line; `code` is `line` with its texts blotted out, and no comment.


def negations(code, line):
    for head in HEAD.finditer(code):
        end = closing(code, head.end() - 1)
        if end < 0:
            continue
        begin = max(head.end(), code.rfind("; ", head.end(), end) + 2)
        if re.search(r"[^=!<>]= ", code[begin:end]):  # a declaration: true if what it declares is
            continue
        yield begin, end, f"!({line[begin:end]})"
    for found in re.finditer(r"(?<=[( ])!(?=[\w(])", code):
        yield found.start(), found.end(), ""
    for found in re.finditer(r" (\S+) \? ", code):
        yield found.start(1), found.end(1), f"!({line[found.start(1):found.end(1)]})"


def comparisons(code):
    for found in COMPARISON.finditer(code):
        yield found.start(1), found.end(1), SHIFTED[found[1]]


def constants(code):
    for found in CONSTANT.finditer(code):
        old = found[1]
        if old in ("true", "false"):
            new = "false" if old == "true" else "true"
        else:
            number = int(old.replace("'", ""), 0) + 1
            new = hex(number) if old.startswith("0x") else str(number)
        yield found.start(1), found.end(1), new


def removals(code, above):
    """`above` is the line of code before: it must have ended, or the line is only a part of a statement."""
    if STATEMENT.match(code) and above.rstrip().endswith((";", "{", "}", ":")) and not RETURN_VALUE.match(code):
        yield 0, len(code), ""


def mutants_of(path, text):
    """All mutants of a source, in the order of its lines."""
    before = ""
    for number, line in enumerate(text.split("\n"), 1):
        code = re.sub(r"\s*//.*", "", QUOTED.sub(lambda quoted: "~" * len(quoted[0]), line))
        if not code.strip():
            continue
        above, before = before, code
        if LEFT_ALONE.search(line) or REPORTS.search(code):
            continue
        changes = (negations(code, line), comparisons(code), removals(code, above), constants(code))
        for kind, parts in zip(KINDS, changes):
            for begin, end, new in parts:
                yield Mutant(path, number, kind, line, line[:begin] + new + line[end:])


def in_order(mutants, random):
    """The mutants in the order in which they are tried: shuffled, and each kind in turn."""
    kinds = [[mutant for mutant in mutants if mutant.kind == kind] for kind in KINDS]
    for same in kinds:
        random.shuffle(same)
    while any(kinds):
        for same in kinds:
            if same:
                yield same.pop()
