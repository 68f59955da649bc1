"""What the tests of the board around the camera share: its LED, its button, its faults.

All on stepped time, 50 ms at a time where a pattern is looked at: every duration of the LED's table
is a multiple of that.
"""
import itertools

from program import Case

NAME = "tCam-Mini-1B01"
FAULTS = ("peripheral", "storage", "memory", "lepton-cci", "lepton-vospi", "network",
          "lepton-sync", "update")
COLOURS = {(False, False): "-", (True, False): "red", (False, True): "green",
           (True, True): "yellow"}
SAMPLE_MS = 50
HOME = {"sta_ssid": "HomeNetwork", "sta_pw": "ironbow-home", "flags": 129}


class BoardCase(Case):
    """One program in `self.program`, ended at the end of the test whatever has happened."""

    program = None

    def begin(self, *args, run_s=3, **kwargs):
        if not any("sim:" in arg for arg in args):
            args = ("--camera", "sim:lepton-3.5?seed=3", *args)
        self.program = self.start(*args, step=True, **kwargs)
        if run_s:
            self.step(f"{run_s}s")
        return self.program

    def tearDown(self):
        self.end()

    def end(self):
        if self.program and self.program.process.returncode is None:
            self.assertEqual(self.program.stop(), 0)

    def step(self, duration):
        return self.program.ok(f"step {duration}")

    def frames_in(self, duration):
        before = self.program.ok("status")["frames"]
        return self.step(duration)["frames"] - before

    def led(self):
        return self.program.ok("led")["led"]

    def colour(self):
        led = self.program.ok("led")
        return COLOURS[led["red"], led["green"]]

    def waveform(self, duration_ms):
        """[(colour, ms)] from now on; the first and the last run may be cut off."""
        samples = []
        for _ in range(duration_ms // SAMPLE_MS):
            samples.append(self.colour())
            self.step(f"{SAMPLE_MS}ms")
        return [(colour, SAMPLE_MS * len(list(run)))
                for colour, run in itertools.groupby(samples)]

    def repeats(self, pattern, duration_ms):
        """The LED shows this pattern over and over. Simulated time runs ahead of a step by as much
        as a transfer on the wires takes, so a run may seem one sample longer or shorter."""
        seen = self.waveform(duration_ms)
        whole = seen[1:-1]
        self.assertGreaterEqual(len(whole), len(pattern), seen)
        shifts = [start for start in range(len(pattern)) if all(
            colour == pattern[(start + i) % len(pattern)][0] and
            abs(length - pattern[(start + i) % len(pattern)][1]) <= SAMPLE_MS
            for i, (colour, length) in enumerate(whole))]
        self.assertTrue(shifts, f"{seen} is not {pattern} over and over")

    def steady(self, colour, duration_ms=3000):
        self.assertEqual({seen for seen, _ in self.waveform(duration_ms)}, {colour})

    def shows(self, led, limit_s=10):
        """Step until it is shown. Return: how long that took, seconds."""
        for tenths in range(int(limit_s * 10)):
            if self.led() == led:
                return tenths / 10
            self.step("100ms")
        self.fail(f"not '{led}' within {limit_s} s: {self.program.ok('led')} "
                  f"{self.program.ok('status')}")

    def shows_fault(self, name, limit_s=30):
        for _ in range(int(limit_s * 5)):
            led = self.program.ok("led")
            if led.get("fault") == name:
                self.assertEqual(led["blinks"], FAULTS.index(name) + 1)
                self.assertEqual(led["led"], "series of red blinks")
                return led
            self.step("200ms")
        self.fail(f"no fault {name} within {limit_s} s: {self.program.ok('status')}")

    def frames_come(self, limit_s):
        """Within so much simulated time, a second and a half full of frames."""
        for _ in range(int(limit_s)):
            if self.frames_in("1500ms") >= 10:
                return
        self.fail(f"no frames within {limit_s} s: {self.program.ok('status')}")

    def hold(self, duration):
        """The button goes down now and is released that much later."""
        self.program.ok(f"button press {duration}")

    def set_wifi(self, **args):
        """Accepted, and the connection is closed by the camera."""
        with self.program.client() as client:
            info = client.ask("set_wifi", **args)["cam_info"]
            self.assertEqual((info["info_value"], info["info_string"]), (1, "set_wifi success"))
            with self.assertRaises(ConnectionError):
                client.packet()

    def ask(self, name, **args):
        """One command of a client of its own."""
        with self.program.client() as client:
            with self.program.stepping("100ms"):
                return client.ask(name, **args)

    def connected(self, limit_s=30):
        """The network is there, and the port is open; not the old one, which stays for 250 ms."""
        self.step("300ms")
        for _ in range(int(limit_s * 2)):
            if self.program.ok("network")["connected"]:
                return
            self.step("500ms")
        self.fail(f"no network within {limit_s} s: {self.program.ok('network')}")
