"""tools/conformance against the program: every row passes, and what was changed on the way is put back."""
import time
import unittest

import program
from conformance_case import ConformanceCase


class TheProgram(ConformanceCase):
    def test_no_failure_and_no_deviation(self):
        """All rows: what takes no update and no network on the real clock, the rest meanwhile on a quicker one."""
        real = self.start()
        real.until(lambda status: status["frame"], "frames")
        with real.client() as client:
            client.ask("set_config", emissivity=93, gain_mode=2)
            client.ask("set_spotmeter", c1=20, c2=30, r1=40, r2=50)
        all_of_it = self.begin(real.port)
        other = self.start()
        other.until(lambda status: status["frame"], "frames")
        updates = self.begin(other.port, "--destructive", "--only", "fw_")
        quick = self.start(step=True)
        quick.ok("step 4s")
        with quick.stepping("50ms"):
            for only, least in (("set_wifi", 7), ("lep_cci", 11)):
                verdicts = self.good(self.begin(quick.port, "--destructive", "--only", only))
                self.assertGreaterEqual(len(verdicts), least)
        self.assertEqual(quick.stop(), 0)
        code, verdicts, err = self.finish(all_of_it)
        needs = {name for name, row in verdicts.items() if row == ("skip", "needs --destructive")}
        self.assertEqual({name: row for name, row in verdicts.items() if row[0] != "pass" and name not in needs}, {})
        self.assertEqual((code, err), (0, ""))
        self.assertGreaterEqual(len(verdicts) - len(needs), 80)
        self.assertEqual({name for name in verdicts if name.startswith(("set_lep_cci", "set_wifi", "fw_"))} - needs, set())
        # What was changed on the way is as it was.
        with real.client() as client:
            self.assertEqual(client.ask("get_config")["config"],
                             {"agc_enabled": 0, "emissivity": 93, "gain_mode": 2})
            # The camera acknowledges a setting before it is applied: frames show it a little later.
            wanted, seen = [40, 20, 50, 30], None
            deadline = time.monotonic() + program.LIMIT_S
            while seen != wanted and time.monotonic() < deadline:
                client.send("get_image")
                seen = client.image().telemetry[214:218]
            self.assertEqual(seen, wanted)
        self.assertEqual(real.stop(), 0)
        self.assertGreaterEqual(len(self.good(updates)), 4)
        self.good(self.begin(other.port, "--destructive", "--only", "over-the-air"))
        self.assertEqual(other.stop(), 0)

    def test_a_lepton_without_radiometry(self):
        camera = self.start("--camera", "sim:lepton-3.0")
        camera.until(lambda status: status["frame"], "frames")
        for only, expected in (("get_status: Model", {"pass", "skip"}), ("0.01 K", {"skip"}), ("gain_mode", {"pass", "skip"}),
                               ("set_spotmeter: c1", {"skip"}), ("get_image: radiometric, 19200", {"pass"})):
            code, verdicts, err = self.suite(camera.port, "--only", only)
            self.assertEqual((code, err), (0, ""), verdicts)
            self.assertEqual({row[0] for row in verdicts.values()}, expected, verdicts)
        self.assertEqual(camera.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
