"""A Pure Thermal under test: its prompt as a serial port."""
import os
import select
import subprocess
import time

from program import LIMIT_S, Case, Running, run

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")


def micropython_top():
    """Where MicroPython's sources are, None when nobody has fetched them."""
    result = subprocess.run([os.path.join(TOOLS, "micropython"), "--offline"], capture_output=True)
    return result.stdout.decode().strip() if result.returncode == 0 else None


class Board(Running):
    """`ironbow run --board pure-thermal`; there is no tCam port to wait for."""

    def begun(self, line):
        return line.startswith("Ctrl-C")


class Port:
    """The other end of the serial line, as a terminal opens it."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.text = b""

    def send(self, data):
        end = time.monotonic() + LIMIT_S
        while data:
            if not select.select([], [self.fd], [], end - time.monotonic())[1]:
                raise AssertionError(f"the line takes nothing; after {self.text!r}")
            data = data[os.write(self.fd, data):]

    def until(self, text, limit_s=LIMIT_S):
        """Read until it has come. Return: what came before it."""
        end = time.monotonic() + limit_s
        while text not in self.text:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {text!r} in {self.text!r}")
            self.text += os.read(self.fd, 65536)
        before, _, self.text = self.text.partition(text)
        return before

    def insist(self, data, text):
        """Send it until that comes: what is typed while a board boots interrupts nothing."""
        end = time.monotonic() + LIMIT_S
        while True:
            self.send(data)
            try:
                return self.until(text, 1)
            except AssertionError:
                if time.monotonic() > end:
                    raise

    def prompt(self):
        """At the friendly prompt, whatever it was doing; a new board's main.py never ends."""
        self.insist(b"\x03\r", b">>> ")

    def raw(self):
        """At the raw prompt, whatever it was doing."""
        self.insist(b"\r\x03\x03\x01", b"raw REPL; CTRL-B to exit\r\n>")

    def run(self, script):
        """At the raw prompt. Return: what it printed, and its traceback."""
        self.send(script.encode() + b"\x04")
        self.until(b"OK")
        return self.until(b"\x04").decode(), self.until(b"\x04>").decode()

    def close(self):
        os.close(self.fd)


class ScriptCase(Case):
    def start_board(self, *args):
        probe = run("run", "--board", "pure-thermal", "--flash", "/", "--control", "none", "--state", "none")
        if b"built without MicroPython" in probe.stderr:
            self.skipTest("built without MicroPython")
        self.port = self.directory() + "/tty"
        self.program = Board("--board", "pure-thermal", "--serial", self.port, *args)
        self.addCleanup(self.program.kill)
        return self.program

    def open_port(self):
        port = Port(self.port)
        self.addCleanup(port.close)
        return port
