"""Starting tools/conformance and reading its verdicts, for the tests of it."""
import json
import os
import subprocess
import sys

import program
from program import Case

SUITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "conformance")


class ConformanceCase(Case):
    def begin(self, port, *args):
        process = subprocess.Popen([sys.executable, "-B", SUITE, f"127.0.0.1:{port}", "--json", "--pause", "0", *args],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   bufsize=0)  # a line read ahead would be lost to communicate()

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()
        self.addCleanup(end)
        return process

    def finish(self, process):
        """Exit code, and verdict and reason by the name of the check."""
        out, err = process.communicate(timeout=2 * program.LIMIT_S)
        rows = [json.loads(line) for line in out.decode().splitlines()]
        verdicts = {row["check"]: (row["verdict"], row["why"]) for row in rows}
        self.assertEqual(len(verdicts), len(rows), "two checks have the same name")
        return process.returncode, verdicts, err.decode()

    def suite(self, port, *args):
        return self.finish(self.begin(port, *args))

    def good(self, process, skipped=()):
        code, verdicts, err = self.finish(process)
        others = {name: row for name, row in verdicts.items() if row[0] != "pass"}
        self.assertEqual({name for name, row in others.items() if row[0] == "skip"} - set(skipped), set(), others)
        self.assertFalse([row for row in others.values() if row[0] != "skip"], others)
        self.assertEqual((code, err), (0, ""))
        return verdicts
