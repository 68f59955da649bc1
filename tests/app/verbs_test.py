"""Command lines: help, version, and every usage error in words."""
import subprocess
import unittest

from program import IRONBOW, LIMIT_S, Case, run

VERBS = ("run", "snap", "info", "ctl", "discover", "update", "firmware", "export", "convert")


class Help(Case):
    def test_main(self):
        text = self.works("--help").decode()
        for verb in VERBS:
            self.assertIn(f"\n  {verb} ", text)
        self.assertEqual(self.works("-h").decode(), text)
        self.assertEqual(self.works("help").decode(), text)

    def test_version(self):
        self.assertRegex(self.works("--version").decode(), r"^ironbow \d+\.\d+\n$")

    def test_verbs(self):
        for verb in VERBS:
            with self.subTest(verb):
                text = self.works(verb, "--help").decode()
                self.assertTrue(text.startswith(f"ironbow {verb}: "), text)
                self.assertIn("--help", text)
                self.assertEqual(self.works(verb, "-h").decode(), text)
                self.assertEqual(self.works("help", verb).decode(), text)
                self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_help_into_a_full_disk_is_no_success(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([IRONBOW, "--help"], stdout=full, stderr=subprocess.PIPE,
                                    timeout=LIMIT_S)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"standard output", result.stderr)


class Usage(Case):
    CASES = (
        (["nonsense"], "nonsense: no such verb"),
        (["--nonsense"], "run: --nonsense: no such option"),
        (["run", "extra"], "run: extra: unexpected"),
        (["run", "-x"], "run: -x: no such option"),
        (["run", "--tcam-port"], "run: --tcam-port: needs a value: PORT"),
        (["run", "--tcam-port", "65536"], "run: 65536: must be a port number"),
        (["run", "--tcam-port", "-1"], "run: -1: must be a port number"),
        (["run", "--tcam-port="], "run: : must be a port number"),
        (["run", "--json=1"], "run: --json: takes no value"),
        (["run", "--max-clients", "0"], "run: 0: must be a number"),
        (["run", "--mac", "1:2:3"], "run: 1:2:3: must look like"),
        (["run", "--mac", "02:00:00:12:AB:CG"], "must look like"),
        (["run", "--clock", "fast"], "run: fast: must be real or step"),
        (["run", "--seed", "x"], "run: x: must be a whole number"),
        (["run", "--fault", "no-such-fault"], "no-such-fault: no such fault; there are i2c-nack, "),
        (["run", "--camera", "sim:lepton-2.5", "--fault", "segment-order"], "has no segments"),
        (["help", "frobnicate"], "no such verb"),
        (["run", "--fault", "crc-error,often"], "often: must be a count"),
        (["run", "--fault", "crc-error,1,2"], "2: must be a count"),
        (["run", "--camera", "sim:lepton-9"], "lepton-9: no such part"),
        (["run", "--camera", "sim:lepton-3.5?scene=moon"], "scene=moon: there are only"),
        (["run", "--camera", "sim:lepton-3.5?colour=1"], "colour: no such option"),
        (["run", "--camera", "sim:lepton-3.5?seed"], "seed: options look like name=value"),
        (["run", "--camera", "sim:lepton-3.5?seed=-1"], "seed=-1: must be a whole number"),
        (["run", "--camera", "sim:lepton-3.5?rate=0"], "rate=0: must be a number"),
        (["run", "--camera", "sim:lepton-3.5?rate=nan"], "rate=nan: must be a number"),
        (["run", "--camera", "sim:lepton-3.5?quiet=yes"], "quiet=yes: must be 0 or 1"),
        (["run", "--camera", "webcam:"], "no such kind of camera"),
        (["run", "--camera", ""], "no such kind of camera"),
        (["run", "--camera", "replay:"], "a file name must follow replay:"),
        (["run", "--camera", "linux:/dev/spidev0.0"], "must be two devices"),
        (["run", "--camera", "linux:/dev/spidev0.0,/dev/i2c-1?hz=1"], "hz=1: must be from"),
        (["run", "--camera", "linux:/dev/a,/dev/b?speed=1"], "speed: no such option"),
        (["run", "--clock", "step", "--camera", "linux:/dev/a,/dev/b"],
         "--clock step: needs a simulated camera"),
        (["snap"], "snap: --output: is missing"),
        (["snap", "-o", "picture.gif"], "picture.gif: its name must end in .png, .jpg, .tiff"),
        (["snap", "-o", "dir.png/picture"], "its name must end in"),
        (["snap", "-o", "-"], "-: needs --format"),
        (["snap", "-o", "x.png", "--format", "gif"], "gif: no such format"),
        (["snap", "-o", "x.png", "--scale", "17"], "17: must be a number from 1 to 16"),
        (["snap", "-o", "x.png", "--range", "40:15"], "40:15: must be temperatures"),
        (["snap", "-o", "x.png", "--range", "15"], "15: must be temperatures"),
        (["snap", "-o", "x.png", "--after", "10"], "10: must be a time"),
        (["snap", "-o", "x.png", "--after", "-1s"], "-1s: must be a time"),
        (["snap", "-o", "x.png", "--camera", "sim:lepton-2"], "lepton-2: no such part"),
        (["snap", "x.png"], "x.png: unexpected"),
        (["info", "--control", "/nowhere", "--camera", "sim:"], "makes no sense together"),
        (["info", "now"], "now: unexpected"),
        (["ctl"], "ctl: COMMAND: is missing"),
        (["ctl", "--timeout", "1", "status"], "1: must be a time"),
        (["ctl", "scene kettle"], "a word must not hold blanks"),
        (["ctl", "x" * 500], "COMMAND: too long"),
    )

    def test_all(self):
        for args, text in self.CASES:
            with self.subTest(" ".join(args)[:60]):
                self.assertIn(text, self.fails(2, *args))

    def test_long_names_do_not_overrun(self):
        for args in (["--" + "x" * 5000], ["--camera", "sim:" + "x" * 5000],
                     ["--camera", "sim:" + "x" * 900], ["--camera", "linux:" + "x" * 900 + ",y"],
                     ["--camera", "sim:lepton-3.5?scene=" + "x" * 900],
                     ["--fault", "x" * 5000], ["--mac", "x" * 5000]):
            with self.subTest(args[-1][:40]):
                self.assertEqual(run("run", *args).returncode, 2)


class Devices(Case):
    def test_missing_hardware_is_named(self):
        text = self.fails(1, "info", "--camera", "linux:/dev/spidev99.0,/dev/i2c-99")
        self.assertIn("/dev/spidev99.0", text)


if __name__ == "__main__":
    unittest.main()
