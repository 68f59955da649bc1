"""ironbow run: starting, stopping, ports, control sockets, and the one paced smoke test."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time
import unittest

from program import IRONBOW, LIMIT_S, QUIET, Case


class Start(Case):
    def test_says_where_it_is(self):
        program = self.start("--mac", "02:00:00:12:ef:b5")
        self.assertEqual(program.address, "127.0.0.1")
        self.assertIn("camera sim:lepton-3.5?scene=kettle", program.lines[0])
        self.assertIn("tCam-Mini-EFB5", program.lines[-1])
        while not program.lines[-1].startswith("Ctrl-C"):
            program.line()
        self.assertIn(program.control, "".join(program.lines))
        with program.client() as client:
            self.assertEqual(client.ask("get_status")["status"]["Camera"], "tCam-Mini-EFB5")
        self.assertEqual(program.stop(), 0)

    def test_paced_images_reach_a_client(self):
        program = self.start("--camera", "sim:lepton-3.5?scene=kettle&seed=3")
        with program.client() as client:
            self.assertEqual(client.ask("stream_on")["cam_info"]["info_value"], 1)
            images = [client.image() for _ in range(4)]
            self.assertEqual(client.socket.getsockname()[0], "127.0.0.1")
        counters = [image.counter for image in images]
        self.assertEqual(counters, sorted(set(counters)))
        self.assertEqual(program.stop(signal.SIGTERM), 0)

    def test_is_the_default_verb(self):
        with tempfile.TemporaryDirectory(prefix="ib") as directory:
            process = subprocess.Popen([IRONBOW, "--tcam-port", "0", *QUIET], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE,
                                       env=dict(os.environ, XDG_RUNTIME_DIR=directory))
            lines = []
            while not lines or not lines[-1].startswith(b"tcam "):
                lines.append(process.stdout.readline())
                self.assertTrue(lines[-1], lines)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=LIMIT_S)
            self.assertEqual(process.returncode, 0, errors)

    def test_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError as error:
            self.skipTest(f"no IPv6 loopback: {error}")
        program = self.start("--listen", "::1")
        self.assertEqual(program.address, "[::1]")
        with socket.create_connection(("::1", program.port), timeout=LIMIT_S) as client:
            client.sendall(b'\x02{"cmd":"get_status"}\x03')
            self.assertEqual(client.recv(1), b"\x02")
        self.assertEqual(program.stop(), 0)

    def test_other_ways_to_write_an_address(self):
        self.assertEqual(self.start("--listen", "localhost").address, "127.0.0.1")
        self.assertEqual(self.start("--listen", "[127.0.0.1]").address, "127.0.0.1")

    def test_json_events(self):
        process = subprocess.Popen([IRONBOW, "run", "--json", "--state", "none", "--tcam-port", "0",
                                    "--control", "none", *QUIET], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            started = json.loads(process.stdout.readline())
            self.assertEqual(started["event"], "started")
            self.assertGreater(started["tcam_port"], 0)
            self.assertNotIn("control", started)
            event = started
            while event["event"] != "status":
                event = json.loads(process.stdout.readline())
            self.assertIn("stage", event)
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=LIMIT_S)
            self.assertEqual(json.loads(rest.splitlines()[-1])["event"], "stopped")
            self.assertEqual((process.returncode, errors), (0, b""))
        finally:
            process.kill()
            process.wait()


class Streams(Case):
    """What becomes of the program's own output is no business of its clients."""

    def serve(self, process, control):
        """A client is answered, and the end is clean."""
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(LIMIT_S)
        end = time.monotonic() + LIMIT_S
        while client.connect_ex(control) != 0:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        client.sendall(b"status\n")
        status = json.loads(client.makefile("rb").readline())
        self.assertTrue(status["ok"])
        with socket.create_connection(("127.0.0.1", status["tcam_port"]), LIMIT_S) as tcam:
            tcam.sendall(b'\x02{"cmd":"get_status"}\x03')
            self.assertEqual(tcam.recv(1), b"\x02")
        process.send_signal(signal.SIGINT)
        return process.wait(timeout=LIMIT_S)

    def start_with(self, *args, **kwargs):
        directory = tempfile.mkdtemp(prefix="ib")
        self.addCleanup(shutil.rmtree, directory)
        control = os.path.join(directory, "control.sock")
        process = subprocess.Popen([IRONBOW, "run", "--state", "none", "--tcam-port", "0", "--control", control,
                                    *QUIET, *args], **kwargs)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, control

    def test_closed_descriptors(self):
        """A socket must not become standard output."""
        for closed in ((0,), (1,), (2,), (0, 1, 2)):
            with self.subTest(closed):
                def close(closed=closed):
                    for fd in closed:
                        os.close(fd)
                process, control = self.start_with(
                    "-v", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, preexec_fn=close)
                self.assertEqual(self.serve(process, control), 1 if 1 in closed else 0)

    def test_a_reader_that_leaves(self):
        process, control = self.start_with("--json", "-v", stdout=subprocess.PIPE,
                                           stderr=subprocess.DEVNULL)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(self.serve(process, control), 1)

    def test_a_reader_that_does_not_read(self):
        """A full pipe costs lines, which are counted, and holds nobody up."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        process, control = self.start_with("--json", "-v", stdout=writing)
        again = os.open(f"/proc/self/fd/{writing}", os.O_WRONLY | os.O_NONBLOCK)
        os.close(writing)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(again, b" " * 4096)
        os.close(again)
        self.assertEqual(self.serve(process, control), 0)


class Terminal(Case):
    def test_status_line(self):
        """On a terminal one line says how the camera is; nothing of it is wider than the window."""
        try:
            master, slave = pty.openpty()
        except OSError as why:
            self.skipTest(f"no terminal to be had here: {why}")
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 44, 0, 0))
        process = subprocess.Popen([IRONBOW, "run", "--state", "none", "--tcam-port", "0", "--control", "none",
                                    *QUIET], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
        os.close(slave)
        self.addCleanup(process.kill)
        text = b""
        while b" frames, " not in text:
            ready, _, _ = select.select([master], [], [], LIMIT_S)
            self.assertTrue(ready, text)
            text += os.read(master, 4096)
        status = [line for line in text.decode().split("\r") if " frames, " in line][0]
        self.assertIn("●\033[0m solid ", status)  # the status LED
        self.assertLess(len(re.sub("\033\\[[0-9]*[Km]", "", status).strip()), 44)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(timeout=LIMIT_S), 0)


class Trouble(Case):
    def test_taken_port(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            text = self.fails(1, "run", "--tcam-port", str(port))
        self.assertIn(f"tcam 127.0.0.1:{port}: ", text)

    def test_address_that_is_not_ours(self):
        self.assertIn("192.0.2.1", self.fails(1, "run", "--tcam-port", "0", "--listen",
                                              "192.0.2.1"))
        self.assertIn("somewhere", self.fails(1, "run", "--tcam-port", "0", "--listen",
                                              "somewhere"))

    def test_taken_control_socket(self):
        program = self.start()
        text = self.fails(1, "run", "--tcam-port", "0", "--control", program.control)
        self.assertIn(program.control, text)
        self.assertEqual(program.ok("status")["ok"], True)
        self.assertEqual(program.stop(), 0)

    def test_control_path_that_is_a_file(self):
        path = os.path.join(self.directory(), "precious")
        with open(path, "w", encoding="ascii") as file:
            file.write("mine")
        self.assertIn(path, self.fails(1, "run", "--tcam-port", "0", "--control", path))
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")

    def test_control_path_too_long(self):
        self.fails(1, "run", "--tcam-port", "0", "--control", "/tmp/" + "x" * 200)

    def test_default_control_socket_is_shared_out(self):
        """The first gets the plain name, the second one of its own, and says so."""
        directory = self.directory()
        environment = dict(os.environ, XDG_RUNTIME_DIR=directory)
        processes = []
        texts = []
        for _ in range(2):
            process = subprocess.Popen([IRONBOW, "run", "--state", "none", "--tcam-port", "0", *QUIET],
                                       env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            text = b""
            while b"Ctrl-C" not in text:
                line = process.stdout.readline()
                self.assertTrue(line, text)
                text += line
            processes.append(process)
            texts.append(text.decode())
        first = os.path.join(directory, "ironbow.sock")
        second = os.path.join(directory, f"ironbow-{processes[1].pid}.sock")
        self.assertIn(f"control {first} ", texts[0])
        self.assertIn(f"control {second} (ironbow ctl --control {second} status)", texts[1])
        self.assertIn(b"stage", self.works("ctl", "status",
                                           env={"XDG_RUNTIME_DIR": directory}))
        for process in processes:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=LIMIT_S)
            self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(os.listdir(directory), [])

    def test_socket_left_behind_is_replaced(self):
        directory = self.directory()
        path = os.path.join(directory, "ironbow.sock")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path)
        process = subprocess.Popen([IRONBOW, "run", "--state", "none", "--tcam-port", "0", "--control", path],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        while b"Ctrl-C" not in process.stdout.readline():
            pass
        self.works("ctl", "--control", path, "status")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 0, errors)


class Stop(Case):
    def test_before_the_camera_has_booted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            program = self.start()
            self.assertEqual(program.stop(number), 0)

    def test_while_clients_stream_and_requests_wait(self):
        """Time stands still: what waits for the camera would wait for ever."""
        program = self.start(step=True)
        program.ok("step 8s")
        clients = [program.client() for _ in range(4)]
        self.assertEqual(clients[0].ask("stream_on")["cam_info"]["info_value"], 1)
        clients[1].send("run_ffc")
        clients[2].send("get_image")
        clients[3].socket.sendall(b'\x02{"cmd":')
        self.assertEqual(clients[3].socket.send(b" "), 1)
        self.assertEqual(program.stop(), 0)
        for client in clients:
            client.close()

    def test_with_a_fault_from_the_start(self):
        for fault in ("unplug", "i2c-stuck,20s", "discard-storm,5s", "crc-error,50"):
            with self.subTest(fault):
                program = self.start("--fault", fault)
                program.ok("status")
                self.assertEqual(program.stop(), 0)


if __name__ == "__main__":
    unittest.main()
