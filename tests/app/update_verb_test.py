"""`ironbow update FILE --to HOST`: what it shows, how it ends, and cameras that are none."""
import contextlib
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import unittest

import firmware_image
import program
from update_flow import CHUNK, UpdateCase

ACK = b'\x02{"cam_info":{"info_value":1,"info_string":"fw_update_request success"}}\x03'


class Verb(UpdateCase):
    """`ironbow update FILE --to HOST`."""

    def setUp(self):
        self.place = self.directory()
        self.image = firmware_image.build("7.1", data_bytes=5 * CHUNK)
        self.file = self.write("good.bin", self.image)

    def write(self, name, data):
        path = os.path.join(self.place, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def spawn(self, camera, *args, file=None, **kwargs):
        command = [program.IRONBOW, "update", file or self.file, "--to", f"127.0.0.1:{camera.port}", *args]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **{
            "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kwargs})
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def wait_for(self, camera, stage, step="20ms"):
        """The verb connects and asks in its own time."""
        for _ in range(20000):
            if self.stage(camera) == stage:
                return
            camera.ok(f"step {step}" if stage != "asked" else "step 1ms")
        self.fail(f"never {stage}")

    def finished(self, camera, process):
        with camera.stepping("20ms"):
            out, err = process.communicate(timeout=program.LIMIT_S)
        return process.returncode, (out or b"").decode(), err.decode()

    def test_plain_text(self):
        camera = self.camera()
        process = self.spawn(camera)
        self.wait_for(camera, "asked")
        camera.ok("button press")
        code, out, err = self.finished(camera, process)
        self.assertEqual((code, err), (0, ""))
        lines = out.splitlines()
        self.assertEqual(len(lines), 3, out)
        self.assertEqual(lines[0], f"tCamMini 7.1, {len(self.image)} bytes, to 127.0.0.1:{camera.port}")
        self.assertIn("press its button", lines[1])
        self.assertTrue(lines[2].startswith("Done"), out)
        self.assertNotIn("\x1b", out)
        camera.ok("step 6s")
        self.assertEqual(camera.ok("status")["firmware"], "7.1")
        process = self.spawn(camera, "--quiet", file=self.write("next.bin", firmware_image.build("7.2")))
        self.wait_for(camera, "asked")
        camera.ok("button press")
        self.assertEqual(self.finished(camera, process), (0, "", ""))
        self.assertEqual(camera.stop(), 0)

    def test_a_bar_on_a_terminal(self):
        camera = self.camera()
        leader, follower = pty.openpty()
        process = self.spawn(camera, stdout=follower)
        os.close(follower)
        shown = []

        def read():
            try:
                while data := os.read(leader, 4096):
                    shown.append(data)
            except OSError:
                pass
        reader = threading.Thread(target=read)
        reader.start()
        self.wait_for(camera, "asked")
        camera.ok("button press")
        code, _, err = self.finished(camera, process)
        reader.join()
        os.close(leader)
        self.assertEqual((code, err), (0, ""))
        text = b"".join(shown).decode()
        percents = [int(number) for number in re.findall(r"(\d+) %", text)]
        self.assertEqual(percents, sorted(percents))
        self.assertEqual(percents[-1], 100)
        self.assertGreaterEqual(len(percents), 5)
        self.assertIn("[" + "#" * 30 + "] 100 %", text)
        self.assertTrue(all(len(bar) == 32 for bar in re.findall(r"\[[# ]+\]", text)))
        self.assertIn("\r\x1b[KDone", text, "the bar is wiped before the last line")
        self.assertEqual(camera.stop(), 0)

    def test_interrupted(self):
        """Ctrl-C while the button is waited for, and while the camera does not ask for more."""
        camera = self.camera()
        for stage in ("asked", "receiving"):
            with self.subTest(stage):
                process = self.spawn(camera)
                self.wait_for(camera, "asked")
                if stage == "receiving":
                    camera.ok("button press")
                    for _ in range(20000):
                        if self.stage(camera) != "asked":
                            break
                        camera.ok("step 1ms")
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=program.LIMIT_S)
                if stage == "asked":
                    self.assertEqual(process.returncode, 1)
                error = err.decode()
                said = f"ironbow: update: 127.0.0.1:{camera.port}: interrupted: the camera "
                self.assertTrue(not error or error.startswith(said), error)
                if error == said + "keeps the firmware it has\n":  # else it was quicker than the signal
                    self.wait_for(camera, "idle")
                    self.unharmed(camera)
                    camera.ok("step 200ms")
                    self.assertEqual(self.led(camera), "solid yellow")
        camera.kill()

    def test_interrupted_after_the_last_piece(self):
        """What it cannot know it does not promise."""
        size = len(self.image)
        for start, end, said in ((0, CHUNK, "keeps the firmware it has"),
                                 (size - CHUNK, size, "has the whole file and may start it")):
            listener = socket.create_server(("127.0.0.1", 0))
            port = listener.getsockname()[1]
            process = subprocess.Popen([program.IRONBOW, "update", self.file, "--to", f"127.0.0.1:{port}"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(self.end, process)
            listener.settimeout(program.LIMIT_S)
            connection, _ = listener.accept()
            connection.settimeout(program.LIMIT_S)
            with listener, connection:
                connection.recv(65536)
                connection.sendall(ACK + b'\x02{"get_fw":{"start":%d,"length":%d}}\x03' % (start, end - start))
                while b"fw_segment" not in connection.recv(65536):
                    pass
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=program.LIMIT_S)
            self.assertEqual((process.returncode, err.decode()),
                             (1, f"ironbow: update: 127.0.0.1:{port}: interrupted: the camera {said}\n"))

    def test_what_the_camera_says(self):
        camera = self.camera()
        rows = ((firmware_image.build(project="other"), "it is for other, not tCamMini"),
                (firmware_image.build(data_bytes=3 << 20), "fw_update_request failed: at most 2097152 bytes fit"))
        for number, (image, why) in enumerate(rows):
            process = self.spawn(camera, file=self.write(f"{number}.bin", image))
            if number == 0:
                self.wait_for(camera, "asked")
                camera.ok("button press")
            code, _, err = self.finished(camera, process)
            self.assertEqual(code, 1)
            self.assertTrue(err.startswith("ironbow: update: "), err)
            self.assertIn("the camera says: ", err)
            self.assertIn(why, err)
        with camera.client() as other:
            self.ask(other, self.image)
            process = self.spawn(camera)
            code, _, err = self.finished(camera, process)
            self.assertEqual(code, 1)
            self.assertIn("another client's update is under way", err)
        camera.ok("step 100ms")
        process = self.spawn(camera)
        self.wait_for(camera, "asked")
        camera.ok("step 61s")
        code, _, err = self.finished(camera, process)
        self.assertEqual(code, 1)
        self.assertIn("the camera says: Firmware update request timed out", err)
        self.unharmed(camera)
        self.assertEqual(camera.stop(), 0)

    def test_the_camera_goes(self):
        camera = self.camera()
        process = self.spawn(camera)
        self.wait_for(camera, "asked")
        camera.kill()
        out, err = process.communicate(timeout=program.LIMIT_S)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err.decode(), "the camera has closed the connection|reset by peer")
        process = self.spawn(camera)
        out, err = process.communicate(timeout=program.LIMIT_S)
        self.assertEqual(process.returncode, 1)
        self.assertIn("refused", err.decode())

    def test_files_that_are_none(self):
        """Said before anybody is asked: the address is nobody's."""
        to = ("--to", "127.0.0.1:1")
        for name, data in (("text.bin", b"#!/bin/sh\n"), ("empty.bin", b""), ("half.bin", self.image[:-5000]),
                           ("long.bin", self.image + b"\0" * 16), ("bit.bin", self.image[:5000] + b"\0" + self.image[5001:])):
            with self.subTest(name):
                err = self.fails(1, "update", self.write(name, data), *to)
                self.assertIn(name, err)
                self.assertIn("not a firmware image", err)
        self.assertIn("missing.bin", self.fails(1, "update", os.path.join(self.place, "missing.bin"), *to))
        self.fails(1, "update", self.place, *to)

    def test_command_lines_that_make_no_sense(self):
        for args in ((), (self.file,), ("--to", "x"), (self.file, "more", "--to", "x"),
                     (self.file, "--to", "x", "--token-file", self.file),
                     (self.file, "--to", "x", "--fingerprint", "AB"), (self.file, "--to", "x", "--sideways")):
            with self.subTest(args):
                self.fails(2, "update", *args)
        for host in (":5001", "[::1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "127.0.0.1:5001x", "[::1]x"):
            with self.subTest(host):
                self.assertIn("HOST:PORT", self.fails(1, "update", self.file, "--to", host))

    def talk(self, *packets):
        """The verb against a stand-in camera that says this and nothing else."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            connection, _ = listener.accept()
            connection.settimeout(program.LIMIT_S)
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"".join(packets))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
        thread = threading.Thread(target=serve)
        thread.start()
        result = program.run("update", self.file, "--to", f"127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
        return result.returncode, result.stdout.decode(), result.stderr.decode()

    def test_cameras_that_talk_nonsense(self):
        for packets, why in (
                ((b"HTTP/1.1 400 Bad Request\r\n\x03",), "not a tCam camera"),
                ((b"x" * 70000,), "no end"),
                ((ACK, b'\x02{"get_fw":{"start":0,"length":99999}}\x03'), "does not have"),
                ((ACK, b'\x02{"get_fw":{"start":-8192,"length":8192}}\x03'), "does not have"),
                ((ACK, b'\x02{"get_fw":{"start":40960,"length":8192}}\x03'), "does not have"),
                ((ACK, b'\x02{"get_fw":{}}\x03'), "does not have"),
                ((ACK,), "closed"),
                ((b'\x02{"cam_info":{"info_value":2,"info_string":"Unknown\\u001b[31m command"}}\x03',),
                 "the camera says: Unknown?[31m command")):
            with self.subTest(packets=packets):
                code, _, err = self.talk(*packets)
                self.assertEqual(code, 1)
                self.assertIn(why, err)
                self.assertEqual(err.count("\n"), 1)
        code, out, err = self.talk(
            b"noise", ACK, b'\x02{"radiometric":"AAAA"}\x03',
            b'\x02{"cam_info":{"info_value":4,"info_string":"something else"}}\x03',
            b'\x02{"get_fw":{"start":0,"length":8192}}\x03',
            b'\x02{"cam_info":{"info_value":6,"info_string":"Firmware update success"}}\x03')
        self.assertEqual((code, err), (0, ""))
        self.assertIn("something else", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
