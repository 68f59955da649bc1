"""Starting the program, talking to it, and reading what it writes. For the tests of this folder.

Deadlines here are failure limits: nothing waits for a fixed time, nothing is measured.
"""
import base64
import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

IRONBOW = os.environ.get("IRONBOW") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "ironbow")
LIMIT_S = 60.0
WIDTH, HEIGHT = 160, 120
# Many cameras run at once: what a test does not ask for, none of them has.
QUIET = ["--rtsp-port", "none"]


def quiet(verb, *args):
    """`run` and its arguments, without doors that they do not name."""
    return [verb, *(QUIET if QUIET[0] not in args else []), *args]


def run(*args, timeout=LIMIT_S, env=None, **kwargs):
    """One finished run. The environment has no control socket of somebody else's."""
    with tempfile.TemporaryDirectory(prefix="ib") as directory:
        full = dict(os.environ, XDG_RUNTIME_DIR=directory, XDG_STATE_HOME=directory)
        full.update(env or {})
        if args and args[0] == "run":
            args = quiet(*args)
        return subprocess.run([IRONBOW, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=timeout, env=full, **kwargs)


class Running:
    """`ironbow run` on a free port, with a control socket of its own.

    Nothing is kept unless the arguments say where, or `home` is a place for defaults.
    """

    def __init__(self, *args, step=False, home=None):
        self.directory = tempfile.mkdtemp(prefix="ib")
        self.control = os.path.join(self.directory, "control.sock")
        command = ["--tcam-port", "0", "--control", self.control]
        if "--state" not in args and not home:
            command += ["--state", "none"]
        env = dict(os.environ, XDG_STATE_HOME=home) if home else None
        if step:
            command += ["--clock", "step"]
        self.errors = open(os.path.join(self.directory, "stderr"), "w+b")
        self.process = subprocess.Popen([IRONBOW, *quiet("run", *command, *args)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors, env=env)
        self.lines = []
        self.queue = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = None
        try:
            while not self.begun(self.line()):
                pass
        except BaseException:
            self.kill()
            raise

    def begun(self, line):
        """Whether this line of the start says all that the tests need."""
        if line.startswith("tcam "):
            self.address, _, port = line.split()[1].rpartition(":")
            self.port = int(port)
        return self.port is not None

    def _read(self):
        for line in self.process.stdout:
            self.queue.put(line.decode())
        self.queue.put(None)

    def line(self):
        try:
            line = self.queue.get(timeout=LIMIT_S)
        except queue.Empty:
            raise AssertionError(f"no line in {LIMIT_S} s after {self.lines}") from None
        if line is None:
            raise AssertionError(f"the program ended: {self.lines} {self.stderr()}")
        self.lines.append(line)
        return line

    def stderr(self):
        self.errors.flush()
        with open(self.errors.name, "rb") as file:
            return file.read().decode(errors="replace")

    def ask(self, line):
        """One control request; the answer as an object."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(self.control)
            connection.sendall(line.encode() + b"\n")
            with connection.makefile("rb") as file:
                answer = file.readline()
        return json.loads(answer)

    def ok(self, line):
        answer = self.ask(line)
        if answer.get("ok") is not True:
            raise AssertionError(f"{line}: {answer}")
        return answer

    def until(self, condition, what):
        """Wait for a condition on `status` that needs wall time (real clock only)."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            status = self.ok("status")
            if condition(status):
                return status
        raise AssertionError(f"not in {LIMIT_S} s: {what}: {status}")

    @contextlib.contextmanager
    def stepping(self, duration="200ms"):
        """Stepped time moves on while the body waits for something that needs it."""
        done = threading.Event()
        problems = []

        def step():
            while not done.is_set():
                try:
                    self.ok(f"step {duration}")
                except BaseException as problem:  # shown by the test's own thread
                    problems.append(problem)
                    return
        thread = threading.Thread(target=step)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        if problems:
            raise problems[0]

    def client(self):
        return Client(self.port)

    def stop(self, number=signal.SIGINT):
        """End it; whatever the sanitizers had to say becomes a failure."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        try:
            code = self.process.wait(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("does not end") from None
        errors = self.stderr()
        self._clean()
        if "Sanitizer" in errors or "runtime error" in errors:
            raise AssertionError(errors)
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._clean()

    def _clean(self):
        self.reader.join(LIMIT_S)
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Client:
    """A tCam client: packets between 0x02 and 0x03."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self.buffer = b""

    def send(self, name, **args):
        command = {"cmd": name}
        if args:
            command["args"] = args
        self.socket.sendall(b"\x02" + json.dumps(command).encode() + b"\x03")

    def packet(self):
        while b"\x03" not in self.buffer:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError("closed by the camera")
            self.buffer += got
        packet, _, self.buffer = self.buffer.partition(b"\x03")
        if not packet.startswith(b"\x02"):
            raise AssertionError(f"bytes between packets: {packet[:40]!r}")
        return json.loads(packet[1:])

    def ask(self, name, **args):
        self.send(name, **args)
        return self.packet()

    def image(self):
        packet = self.packet()
        if "radiometric" not in packet:
            raise AssertionError(f"no image: {packet}")
        return Image(packet)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Image:
    """A decoded image JSON."""

    def __init__(self, packet):
        self.metadata = packet["metadata"]
        self.pixels = words(base64.b64decode(packet["radiometric"], validate=True))
        self.telemetry = words(base64.b64decode(packet["telemetry"], validate=True))
        if len(self.pixels) != WIDTH * HEIGHT or len(self.telemetry) != 240:
            raise AssertionError((len(self.pixels), len(self.telemetry)))

    @property
    def counter(self):
        return self.telemetry[20] | self.telemetry[21] << 16

    def celsius(self, column, row):
        scale = 0.01 if self.telemetry[209] else 0.1
        return self.pixels[row * WIDTH + column] * scale - 273.15


def words(data):
    return list(struct.unpack(f"<{len(data) // 2}H", data))


class Case(unittest.TestCase):
    """A test with a program that is surely gone afterwards."""

    def start(self, *args, step=False, home=None):
        program = Running(*args, step=step, home=home)
        self.addCleanup(program.kill)
        return program

    def directory(self):
        path = tempfile.mkdtemp(prefix="ib")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path

    def fails(self, code, *args, **kwargs):
        """The run fails with one line `ironbow: …` on standard error, which is returned."""
        result = run(*args, **kwargs)
        errors = result.stderr.decode()
        self.assertEqual(result.returncode, code, errors)
        self.assertTrue(errors.startswith("ironbow: "), errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors

    def works(self, *args, **kwargs):
        result = run(*args, **kwargs)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result.stdout
