"""A pseudo-terminal with the program in it, and the screen it shows."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from program import IRONBOW, LIMIT_S
from screen import Screen

# As a shell does it: a job in a group of its own, in the foreground. (A session's first process
# cannot be stopped.) Tells the job's process number.
LAUNCH = """
import os, signal, sys
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.write(int(sys.argv[1]), b"%d" % os.getpid())
    os.close(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
os.close(int(sys.argv[1]))
_, status = os.waitpid(pid, 0)
os._exit(os.waitstatus_to_exitcode(status) % 256)
"""


class Terminal:
    """`ironbow ARGS` as the session of a terminal of this size."""

    def __init__(self, *args, columns=80, rows=24, colours="truecolor", term="xterm-256color", env=None):
        self.master, slave = pty.openpty()
        self.slave = slave  # kept open: the settings can be read when the program has gone
        self.screen = Screen(columns, rows)
        self._size(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.data = b""
        full = {name: value for name, value in os.environ.items()
                if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        full.update(TERM=term, COLORTERM=colours, **(env or {}))

        def become_the_foreground():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        reader, writer = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(writer), IRONBOW, *args], stdin=slave, stdout=slave,
            stderr=subprocess.PIPE, env=full, pass_fds=[writer], preexec_fn=become_the_foreground)
        os.close(writer)
        with open(reader, "rb") as file:
            self.pid = int(file.read())

    def _size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        """What is on its way is for the old size: the screen has room for both."""
        old, self.screen = self.screen, Screen(max(columns, self.screen.columns),
                                               max(rows, self.screen.rows))
        self.screen.modes = old.modes
        self._size(columns, rows)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def signal(self, number):
        os.kill(self.pid, number)

    def pump(self, seconds):
        """Take what the program has written. Return: whether there was anything."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self.master, 65536)
        except OSError:
            return False
        self.data += got
        self.screen.feed(got)
        return bool(got)

    def until(self, condition, what):
        end = time.monotonic() + LIMIT_S
        while not condition(self.screen):
            self.pump(0.2)
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"{what} never came: {self.screen.lines()[-3:]} "
                                     f"{self.process.poll()}")

    def shows(self, text):
        self.until(lambda screen: any(text in line for line in screen.lines()), repr(text))

    def wait(self, crashed=False):
        """The end of the program. Return: its code and what it said on standard error."""
        end = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            self.pump(0.05)
            assert time.monotonic() < end, "does not end"
        while self.pump(0):
            pass
        errors = self.process.stderr.read().decode()
        assert crashed or "Sanitizer" not in errors and "runtime error" not in errors, errors
        return self.process.returncode, errors

    def restored(self):
        """Nothing of the program is left: settings, other screen, cursor, wrapping."""
        assert termios.tcgetattr(self.slave) == self.before, "terminal settings"
        modes = self.screen.modes
        assert modes.get(1049) is False and modes.get(25) is True and modes.get(7) is True, modes

    def close(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stderr.close()
        os.close(self.master)
        os.close(self.slave)
