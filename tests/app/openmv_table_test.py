"""docs/openmv.md says what of an OpenMV board's modules is there: held against a running board, and against what tests use.

`IRONBOW_WRITE=1` writes the table anew.
"""
import os
import pathlib
import re
import unittest

import program
import scripts

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAMES = ROOT / "tests" / "app" / "openmv_names.txt"
PAGE = ROOT / "docs" / "openmv.md"
BEGIN, END = "<!-- names: from tests/app/openmv_table_test.py -->\n", "<!-- names end -->\n"
# What scripts are written in: a name counts as tried when one of these uses it.
TRYING = ("tests/micropython/*.c", "tests/micropython/*.py", "examples/*.py", "tests/app/*_test.py")
PROBE = """
import sys
for line in open("/remote/names.txt"):
    line = line.strip()
    if not line or line[0] == "#":
        continue
    group, names = line.split(": ")
    path = group.split(",")[0].split(" ")[0].split(".")
    there = []
    try:
        thing = __import__(path[0])
        for part in path[1:]:
            thing = getattr(thing, part)
        there = [name for name in names.split(" ") if hasattr(thing, name)]
    except (ImportError, AttributeError):
        pass
    print(group + ": " + " ".join(there))
"""


def groups(text):
    for line in text.splitlines():
        if line and not line.startswith("#"):
            group, _, names = line.partition(": ")
            yield group, names.split()


def tried():
    """Every name that some script puts behind a dot, imports or calls."""
    words = set()
    for pattern in TRYING:
        for path in ROOT.glob(pattern):
            words.update(re.findall(r"(?:\.|import |, |\*\*)(\w+)", path.read_text(encoding="utf-8")))
    return words


def table(there):
    words = tried()
    rows = ["| | there | used by a test | not there |", "|---|---|---|---|"]
    for group, names in groups(NAMES.read_text(encoding="utf-8")):
        present = there.get(group, [])
        absent = [name for name in names if name not in present]
        used = [name for name in present if name in words]
        text = "all" if len(absent) == len(names) and len(names) > 1 else " ".join(f"`{name}`" for name in absent)
        rows.append(f"| {group} | {len(present)} of {len(names)} | {len(used)} | {text} |")
    return "\n".join(rows) + "\n"


class Table(program.Case):
    @unittest.skipUnless(scripts.micropython_top(), "MicroPython's sources are not there")
    def test_the_page_says_what_is_there(self):
        place = pathlib.Path(self.directory())
        (place / "names.txt").write_bytes(NAMES.read_bytes())
        (place / "probe.py").write_text(PROBE)
        result = program.run("script", str(place / "probe.py"))
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        made = table(dict(groups(result.stdout.decode())))
        page = PAGE.read_text(encoding="utf-8")
        before, begin, rest = page.partition(BEGIN)
        self.assertTrue(begin, f"{PAGE} has no {BEGIN!r}")
        _, end, after = rest.partition(END)
        self.assertTrue(end, f"{PAGE} has no {END!r}")
        if os.environ.get("IRONBOW_WRITE"):
            PAGE.write_text(before + BEGIN + made + END + after, encoding="utf-8")
            return
        self.assertEqual(rest[:len(rest) - len(END + after)], made, "IRONBOW_WRITE=1 writes it anew")


if __name__ == "__main__":
    unittest.main(verbosity=2)
