"""The log port: start-up and faults, line by line, on a pty that people may read or not."""
import contextlib
import os
import re
import select
import time
import unittest

from board_case import FAULTS, NAME, BoardCase
from program import LIMIT_S

LINE = re.compile(r"([EWID]) \((\d+)\) ([a-z0-9-]+): (.+)\Z")
BURST_BYTES = 8192
BYTES_A_SECOND = 11520  # 115,200 baud, ten bits a byte


class Reader:
    """Lines of the port, as a terminal gets them."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        self.buffer = b""
        self.bytes = 0
        self.lines = []

    def take(self, wait_s=0.0):
        """What is there. Return: whether there was anything."""
        if not select.select([self.fd], [], [], wait_s)[0]:
            return False
        with contextlib.suppress(BlockingIOError):
            got = os.read(self.fd, 4096)
            self.bytes += len(got)
            self.buffer += got
        while b"\r\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            self.lines.append(line.decode())
        return True

    def until(self, text, again=lambda: None):
        """Read until a line has that text. `again` makes the camera say something."""
        end = time.monotonic() + LIMIT_S
        seen = 0
        while time.monotonic() < end:
            for line in self.lines[seen:]:
                if text in line:
                    return line
            seen = len(self.lines)
            if not self.take(0.05):
                again()
        raise AssertionError(f"no line with '{text}': {self.lines[-5:]}")

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class LogPort(BoardCase):
    def begin_port(self, *args, run_s=3):
        self.port = self.directory() + "/log"
        return self.begin("--log-port", self.port, *args, run_s=run_s)

    def reader(self):
        reader = Reader(self.port)
        self.addCleanup(reader.close)
        return reader

    def toggle(self):
        """Two lines, one of 100 bytes or so."""
        self.program.ok("fault memory")
        self.program.ok("heal")

    def well_formed(self, lines):
        """Every line has its level, time, room and text; time does not go back."""
        parsed = [LINE.match(line) for line in lines]
        for line, match in zip(lines, parsed):
            self.assertTrue(match, repr(line))
        times = [int(match[2]) for match in parsed]
        self.assertEqual(times, sorted(times))
        return [(match[1], match[3], match[4]) for match in parsed]

    def test_start_up(self):
        """Said before anybody listened, told to whoever comes first."""
        self.begin_port()
        with self.reader() as reader:
            reader.until("is set up")
            lines = self.well_formed(reader.lines)
        self.assertRegex(lines[[room for _, room, _ in lines].index("start")][2],
                         r"^ironbow \S+ on a tCam-Mini, firmware \S+ from the factory$")
        texts = [text for _, _, text in lines]
        for text in ("Mode input high: Wi-Fi", f"name {NAME}, settings not kept",
                     "network: access point", "the network is up"):
            self.assertIn(text, texts)
        self.assertTrue(any(text.startswith("Lepton: sim:lepton-3.5") for text in texts), texts)

    def test_what_the_board_is(self):
        card = self.directory()
        state = self.directory()
        self.begin_port("--board", "tcam", "--card", card, "--state", state)
        with self.reader() as reader:
            reader.until("is set up")
        texts = "\n".join(reader.lines)
        self.assertIn("on a tCam, firmware", texts)
        self.assertIn("name tCam-1B01, settings kept", texts)

    def test_each_fault_has_a_line(self):
        program = self.begin_port()
        with self.reader() as reader:
            reader.until("is set up")
            for number, name in enumerate(FAULTS[:7], 1):
                with self.subTest(name):
                    program.ok(f"fault {name}")
                    self.shows_fault(name)
                    line = reader.until(f"fault {number} ({name}): ")
                    self.assertEqual(line[0], "E")
                    program.ok("heal")
                    self.frames_come(60)
                    line = reader.until(f"fault {number} ({name}) is gone")
                    self.assertEqual(line[0], "I")
            self.well_formed(reader.lines)

    def test_who_comes_and_goes_is_not_told(self):
        program = self.begin_port()
        with self.reader() as reader:
            reader.until("is set up")
            for _ in range(3):
                self.ask("get_status")
            program.ok("fault memory")
            reader.until("fault 3")
        self.assertNotIn("pump", {room for _, room, _ in self.well_formed(reader.lines)})

    def test_the_same_on_stderr(self):
        """With -v everything that the port says."""
        program = self.begin_port("-v")
        with self.reader() as reader:
            reader.until("is set up")
            self.set_wifi(ap_ssid="Cellar")
            self.connected()
            self.toggle()
            reader.until("fault 3 (memory) is gone")
        errors = program.stderr().splitlines()
        words = {"E": "error: ", "W": "warning: ", "I": "", "D": ""}
        for level, room, text in self.well_formed(reader.lines):
            self.assertIn(f"ironbow: {room}: {words[level]}{text}", errors)

    def test_no_details_on_stderr_without_v(self):
        program = self.begin_port()
        with self.reader() as reader:
            reader.until("Mode input")
        self.assertNotIn("Mode input", program.stderr())

    def test_a_storm(self):
        """No faster than the real line is; what did not fit is counted; the camera goes on."""
        began = time.monotonic()
        program = self.begin_port()
        with self.reader() as reader:
            reader.until("is set up")
            for _ in range(400):
                self.toggle()
                while reader.take():
                    pass
            left_out = reader.until("lines left out", self.toggle)
            while reader.take():
                pass
            most = BURST_BYTES + BYTES_A_SECOND * (time.monotonic() - began)
            self.assertLessEqual(reader.bytes, most)
            self.assertRegex(left_out, r"^W \(\d+\) log: \d+ lines left out: the port is too slow")
            self.well_formed(reader.lines)
            # Every line was told or counted.
            self.toggle()
            reader.until("fault 3", self.toggle)
        lines = self.well_formed(reader.lines)
        told = sum("fault 3" in text for _, _, text in lines)
        lost = sum(int(text.split()[0]) for _, room, text in lines if room == "log")
        said = sum("fault 3" in line for line in program.stderr().splitlines())
        self.assertGreaterEqual(said, 800)
        self.assertLess(told, said)
        self.assertLessEqual(told + lost, said)
        self.assertGreater(self.frames_in("2s"), 10)

    def test_nobody_listens_for_long(self):
        """The first lines are kept, and the number of those that were not."""
        program = self.begin_port()
        for _ in range(300):
            self.toggle()
        self.assertGreater(self.frames_in("2s"), 10)
        with self.reader() as reader:
            reader.until("lines left out", self.toggle)
            lines = self.well_formed(reader.lines)
        self.assertTrue(any(text.startswith("ironbow ") for _, _, text in lines[:4]), lines[:4])
        told = sum("fault 3" in text for _, _, text in lines)
        lost = sum(int(text.split()[0]) for _, room, text in lines if room == "log")
        said = sum("fault 3" in line for line in program.stderr().splitlines())
        self.assertGreater(lost, 400)
        self.assertLessEqual(told + lost, said)

    def test_open_but_never_read(self):
        """As a terminal that was stopped with Ctrl-S: nothing waits for it. Then whole lines."""
        program = self.begin_port()
        reader = self.reader()
        reader.until("is set up")
        for _ in range(400):
            self.toggle()
        self.assertGreater(self.frames_in("2s"), 10)
        self.assertEqual(program.ok("status")["stage"], "running")
        reader.until("lines left out", self.toggle)
        self.well_formed(reader.lines)

    def test_readers_come_and_go(self):
        """Each begins with a whole line."""
        program = self.begin_port()
        with self.reader() as reader:
            reader.until("is set up")
        for turn in range(12):
            with self.subTest(turn):
                with self.reader() as reader:
                    self.toggle()
                    reader.until("fault 3 (memory)", self.toggle)
                    for _ in range(turn):
                        self.toggle()
                    self.assertTrue(reader.lines)
                    self.well_formed(reader.lines)
                # It has gone with lines unread; the camera sees that when it speaks next.
                self.toggle()
        self.assertEqual(program.ok("status")["stage"], "running")

    def test_names_for_it(self):
        program = self.begin_port()
        self.assertTrue(os.path.islink(self.port))
        text = self.fails(1, "run", "--tcam-port", "0", "--control", "none", "--state", "none",
                          "--log-port", self.port)
        self.assertIn("another program uses", text)
        self.assertEqual(program.stop(), 0)
        self.assertFalse(os.path.lexists(self.port))
        for path in (self.directory(), "/nowhere/log"):
            self.fails(1, "run", "--tcam-port", "0", "--control", "none", "--state", "none",
                       "--log-port", path)


if __name__ == "__main__":
    unittest.main()
