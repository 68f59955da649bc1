"""The protected port: TLS and a token. docs/secure.md."""
import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import unittest

import firmware_image
import program
from program import Case, Client, Running
from update_flow import UpdateCase

MANY = 24


class Protected(Running):
    """`ironbow run --secure-port 0`: its port, what the start says about it, and its token."""

    def __init__(self, state, *args, step=True):
        self.fingerprint = self.secure_port = self.token_path = None
        super().__init__("--secure-port", "0", "--state", state, *args, step=step)
        with open(self.token_path, encoding="ascii") as file:
            self.token = file.read().strip()

    def begun(self, line):
        super().begun(line)
        if match := re.fullmatch(r"secure (\S+):(\d+) \(token in (.*)\)\n", line):
            self.secure_port, self.token_path = int(match[2]), match[3]
        if line.startswith("certificate SHA-256 "):
            self.fingerprint = line.split()[2]
        return self.fingerprint is not None

    def raw(self):
        """A TLS connection on which nothing was said yet. Which certificate it is, the tests look at themselves."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.secure_port), timeout=program.LIMIT_S)
        try:
            return context.wrap_socket(plain)
        except BaseException:
            plain.close()
            raise

    def stranger(self):
        return TlsClient(self.raw())

    def friend(self):
        client = self.stranger()
        answer = client.ask("auth", token=self.token)
        if answer != {"cam_info": {"info_value": 1, "info_string": "auth success"}}:
            raise AssertionError(answer)
        return client


class TlsClient(Client):
    def __init__(self, connection):  # not Client's: the connection is there
        self.socket = connection
        self.buffer = b""


class SecureCase(Case):
    def setUp(self):
        self.state = os.path.join(self.directory(), "state")

    def protected(self, *args, step=True):
        camera = Protected(self.state, *args, step=step)
        self.addCleanup(camera.kill)
        return camera

    def closes(self, client):
        with self.assertRaises((ConnectionError, ssl.SSLError)):
            client.packet()
        client.close()


class Door(SecureCase):
    def test_files_and_fingerprint(self):
        camera = self.protected()
        self.assertEqual(stat.S_IMODE(os.stat(self.state).st_mode), 0o700)
        modes = {name: stat.S_IMODE(os.stat(os.path.join(self.state, name)).st_mode)
                 for name in ("key.pem", "certificate.pem", "token")}
        self.assertEqual((modes["key.pem"], modes["token"]), (0o600, 0o600))
        self.assertFalse(modes["certificate.pem"] & 0o022)
        self.assertRegex(camera.token, "^[0-9a-f]{32}$")
        self.assertEqual(camera.token_path, os.path.join(self.state, "token"))
        with camera.friend() as client:
            der = client.socket.getpeercert(binary_form=True)
            self.assertIn(client.socket.version(), ("TLSv1.2", "TLSv1.3"))
        digest = hashlib.sha256(der).hexdigest().upper()
        self.assertEqual(camera.fingerprint, ":".join(digest[i:i + 2] for i in range(0, 64, 2)))
        with open(os.path.join(self.state, "certificate.pem"), encoding="ascii") as file:
            self.assertEqual(ssl.PEM_cert_to_DER_cert(file.read()), der)
        self.assertEqual(camera.stop(), 0)
        # A restart keeps all three. What the start says as JSON is the same.
        token, fingerprint = camera.token, camera.fingerprint
        again = subprocess.Popen([program.IRONBOW, "run", "--json", *program.QUIET, "--tcam-port", "0", "--secure-port", "0", "--state",
                                  self.state, "--control", "none"], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            event = {}
            while event.get("event") != "started":
                event = json.loads(again.stdout.readline())
        finally:
            again.send_signal(signal.SIGINT)
            again.communicate(timeout=program.LIMIT_S)
        self.assertEqual(event["fingerprint"], fingerprint)
        self.assertEqual(event["token_file"], os.path.join(self.state, "token"))
        self.assertGreater(event["secure_port"], 0)
        again = self.protected()
        self.assertEqual((again.token, again.fingerprint), (token, fingerprint))
        self.assertEqual(again.stop(), 0)

    def test_two_cameras_have_two_secrets(self):
        first, second = self.protected(), Protected(self.directory())
        self.addCleanup(second.kill)
        self.assertNotEqual(first.token, second.token)
        self.assertNotEqual(first.fingerprint, second.fingerprint)

    def test_nothing_before_the_token(self):
        camera = self.protected()
        camera.ok("step 3s")
        with camera.stranger() as client:
            for name, args in (("get_status", {}), ("get_image", {}), ("get_wifi", {}), ("stream_on", {}),
                               ("set_config", {"emissivity": 50}), ("set_wifi", {"ap_ssid": "Mine"}), ("run_ffc", {}),
                               ("fw_update_request", {"length": 20000, "version": "7"}), ("events_on", {})):
                with self.subTest(name):
                    answer = client.ask(name, **args)
                    self.assertEqual(list(answer), ["cam_info"])
                    self.assertEqual(answer["cam_info"], {"info_value": 0, "info_string": f"{name} failed: auth first"})
            camera.ok("step 2s")
            # No image and no event came in between, and nothing was carried out.
            self.assertEqual(client.ask("auth", token=camera.token)["cam_info"]["info_value"], 1)
            self.assertEqual(client.ask("get_config")["config"]["emissivity"], 100)
            self.assertEqual(client.ask("get_status")["status"]["Camera"], camera.ok("status")["name"])
            self.assertNotEqual(camera.ok("status")["name"], "Mine")
            self.assertEqual(camera.ok("status")["update"]["stage"], "idle")
            self.assertEqual(client.ask("auth", token=camera.token)["cam_info"]["info_value"], 1)
        self.assertEqual(camera.stop(), 0)

    def test_wrong_tokens(self):
        camera = self.protected()
        good = camera.token
        for token in ("", good[:-1], good + "0", good.upper() if good.upper() != good else good.swapcase(),
                      "0" * 32, "x" * 64, "x" * 65, "y" * 4000, 7, None, [good], good[:16] + "\0" + good[17:]):
            with self.subTest(token), camera.stranger() as client:
                self.assertEqual(client.ask("auth", token=token)["cam_info"],
                                 {"info_value": 0, "info_string": "auth failed"})
                self.closes(client)
        with camera.stranger() as client:
            self.assertEqual(client.ask("auth")["cam_info"]["info_value"], 0)
            self.closes(client)
        # A right one behind a wrong one comes too late.
        with camera.stranger() as client:
            client.socket.sendall(b'\x02{"cmd":"auth","args":{"token":"wrong"}}\x03'
                                  b'\x02{"cmd":"auth","args":{"token":"' + good.encode() + b'"}}\x03'
                                  b'\x02{"cmd":"get_status"}\x03')
            self.assertEqual(client.packet()["cam_info"]["info_string"], "auth failed")
            self.closes(client)
        with camera.friend() as client:
            self.assertIn("status", client.ask("get_status"))
        self.assertEqual(camera.stop(), 0)

    def test_a_late_token(self):
        camera = self.protected()
        with camera.stranger() as late, camera.friend() as friend:
            self.assertEqual(late.ask("get_status")["cam_info"]["info_value"], 0)
            camera.ok("step 9s")
            self.assertEqual(late.ask("get_status")["cam_info"]["info_value"], 0)
            camera.ok("step 2s")
            self.assertIn("no token in time", late.packet()["cam_info"]["info_string"])
            self.closes(late)
            self.assertIn("status", friend.ask("get_status"))
        self.assertEqual(camera.stop(), 0)

    def test_the_plain_port_beside_it(self):
        camera = self.protected()
        with camera.client() as client:
            self.assertIn("status", client.ask("get_status"))
            self.assertEqual(client.ask("auth", token="anything")["cam_info"]["info_value"], 1)
        self.assertEqual(camera.stop(), 0)

    def test_without_the_plain_port(self):
        camera = self.protected("--tcam-port", "none")
        self.assertIsNone(camera.port)
        self.assertFalse(any(line.startswith("tcam ") for line in camera.lines))
        with camera.friend() as client:
            self.assertIn("status", client.ask("get_status"))
        listening = listening_ports(camera.process.pid)
        if listening is not None:
            self.assertEqual(listening, {camera.secure_port})
        self.assertEqual(camera.stop(), 0)

    def test_plain_text_to_the_protected_port(self):
        camera = self.protected()
        for data in (b'\x02{"cmd":"get_status"}\x03', b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 3000):
            with self.subTest(data[:16]), socket.create_connection(("127.0.0.1", camera.secure_port),
                                                                   timeout=program.LIMIT_S) as plain:
                got = b""
                with contextlib.suppress(OSError):  # it may have been closed by now
                    plain.sendall(data)
                    plain.shutdown(socket.SHUT_WR)
                with contextlib.suppress(ConnectionError):
                    while more := plain.recv(4096):
                        got += more
                self.assertNotIn(b"cmd", got)
                self.assertNotIn(b"status", got)
                self.assertLess(len(got), 64, "at most a TLS alert")
        with camera.friend() as client:
            self.assertIn("status", client.ask("get_status"))
        self.assertEqual(camera.stop(), 0)

    def test_old_tls_is_refused(self):
        camera = self.protected()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            with self.assertWarns(DeprecationWarning):
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")
        except (ValueError, ssl.SSLError):
            self.skipTest("this Python has no TLS 1.1")
        with socket.create_connection(("127.0.0.1", camera.secure_port), timeout=program.LIMIT_S) as plain:
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(plain)
        self.assertEqual(camera.stop(), 0)


class Inside(SecureCase):
    def test_streaming(self):
        camera = self.protected()
        camera.ok("step 3s")
        with camera.friend() as client, camera.client() as plain:
            self.assertEqual(client.ask("stream_on", delay_msec=0, num_frames=20)["cam_info"]["info_value"], 1)
            counters = []
            with camera.stepping():
                for _ in range(20):
                    counters.append(client.image().counter)
                plain.send("get_image")
                self.assertGreater(plain.image().counter, 0)
            self.assertEqual(counters, sorted(set(counters)))
            self.assertIn("status", client.ask("get_status"))
        self.assertEqual(camera.stop(), 0)

    def test_many_connections(self):
        """Good ones, silent ones, and ones that leave in the middle of a handshake or a packet."""
        camera = self.protected("--max-clients", str(MANY))
        for _ in range(MANY):
            with socket.create_connection(("127.0.0.1", camera.secure_port), timeout=program.LIMIT_S) as rude:
                rude.sendall(b"\x16\x03\x01\x02")
        for _ in range(4):
            client = camera.friend()
            client.socket.sendall(b'\x02{"cmd":')
            client.close()
        camera.until(lambda status: status["clients"] == 0, "they are gone")
        with contextlib.ExitStack() as stack:
            friends = [stack.enter_context(camera.friend()) for _ in range(MANY)]
            for client in friends:
                client.send("get_status")
            for client in friends:
                self.assertIn("status", client.packet())
            self.assertEqual(camera.ok("status")["clients"], MANY)
        self.assertEqual(camera.stop(), 0)


class Setting(SecureCase):
    def run_fails(self, code, *args):
        result = program.run("run", "--tcam-port", "0", "--control", "none", *args)
        errors = result.stderr.decode()
        self.assertEqual(result.returncode, code, errors)
        self.assertIn("ironbow: run: ", errors)
        self.assertNotIn("Sanitizer", errors)
        return errors

    def token_file(self, data):
        path = os.path.join(os.path.dirname(self.state), "own")
        with open(path, "wb") as file:
            file.write(data)
        return path

    def test_a_token_file_of_ones_own(self):
        path = self.token_file(b"correct-horse-battery\r\n")
        camera = self.protected("--token-file", path)
        self.assertEqual((camera.token_path, camera.token), (path, "correct-horse-battery"))
        self.assertFalse(os.path.exists(os.path.join(self.state, "token")))
        with camera.friend() as client:
            self.assertIn("status", client.ask("get_status"))
        self.assertEqual(camera.stop(), 0)

    def test_token_files_that_are_none(self):
        for data in (b"", b"\n", b"short\n", b"x" * 15, b"x" * 65, b"two words of a token\n", b"a" * 20 + b"\nsecond\n",
                     b"\xc3\xa4" * 10, b"\0" * 20, b"z" * 5000):
            with self.subTest(data[:24]):
                errors = self.run_fails(1, "--secure-port", "0", "--state", self.state, "--token-file",
                                        self.token_file(data))
                self.assertIn("own", errors)
        self.run_fails(1, "--secure-port", "0", "--state", self.state, "--token-file", "/nowhere/token")

    def test_key_files_that_are_none(self):
        self.assertEqual(self.protected().stop(), 0)
        for name in ("key.pem", "certificate.pem"):
            path = os.path.join(self.state, name)
            with open(path, "rb") as file:
                good = file.read()
            for data in (b"", good[:60], b"nonsense\n"):
                with self.subTest(name, size=len(data)):
                    with open(path, "wb") as file:
                        file.write(data)
                    self.assertIn(path, self.run_fails(1, "--secure-port", "0", "--state", self.state))
                    with open(path, "rb") as file:
                        self.assertEqual(file.read(), data, "somebody else's file was written over")
            with open(path, "wb") as file:
                file.write(good)
        # A certificate of another key.
        other = Protected(self.directory())
        self.addCleanup(other.kill)
        with open(os.path.join(os.path.dirname(other.token_path), "certificate.pem"), "rb") as file:
            foreign = file.read()
        with open(os.path.join(self.state, "certificate.pem"), "wb") as file:
            file.write(foreign)
        self.run_fails(1, "--secure-port", "0", "--state", self.state)

    def test_a_start_that_was_cut_short(self):
        """What was left beside the token does not keep the next start from making one."""
        os.makedirs(self.state)
        with open(os.path.join(self.state, "token.new"), "wb") as file:
            file.write(b"12")
        camera = self.protected()
        self.assertRegex(camera.token, "^[0-9a-f]{32}$")
        self.assertFalse(os.path.exists(os.path.join(self.state, "token.new")))
        self.assertEqual(camera.stop(), 0)

    def test_command_lines_that_make_no_sense(self):
        for args in (("--tcam-port", "none"), ("--token-file", "x"), ("--secure-port", "70000"),
                     ("--secure-port", "0", "--mode", "hardware")):
            with self.subTest(args):
                self.run_fails(2, *args)
        self.assertIn("--state", self.run_fails(1, "--secure-port", "0", "--state", "none"))


class Update(SecureCase, UpdateCase):
    """`ironbow update` through the protected port."""

    def setUp(self):
        super().setUp()
        self.file = os.path.join(os.path.dirname(self.state), "good.bin")
        self.image = firmware_image.build("7.1")
        with open(self.file, "wb") as file:
            file.write(self.image)

    def arguments(self, camera, port=None, fingerprint=None, token_file=None):
        return ("update", self.file, "--to", f"127.0.0.1:{port or camera.secure_port}", "--fingerprint",
                fingerprint or camera.fingerprint, "--token-file", token_file or camera.token_path)

    def test_it_works(self):
        camera = self.protected("--tcam-port", "none")
        camera.ok("step 3s")
        for spelling in (camera.fingerprint, camera.fingerprint.replace(":", "").lower()):
            process = subprocess.Popen([program.IRONBOW, *self.arguments(camera, fingerprint=spelling)],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            while self.stage(camera) != "asked" and process.poll() is None:
                camera.ok("step 1ms")
            camera.ok("button press")
            with camera.stepping("20ms"):
                out, err = process.communicate(timeout=program.LIMIT_S)
            self.assertEqual((process.returncode, err), (0, b""))
            self.assertIn(b"Done", out)
            camera.ok("step 6s")
            self.assertEqual(camera.ok("status")["firmware"], "7.1")
        self.assertEqual(camera.stop(), 0)

    def test_it_tells_nobody_else(self):
        camera = self.protected()
        wrong = camera.fingerprint[:-1] + ("0" if camera.fingerprint[-1] != "0" else "1")
        self.assertIn("another certificate", self.fails(1, *self.arguments(camera, fingerprint=wrong)))
        self.assertEqual(self.stage(camera), "idle")
        for bad in ("AB:CD", "x" * 64, camera.fingerprint + ":00"):
            self.fails(1, *self.arguments(camera, fingerprint=bad))
        other = os.path.join(os.path.dirname(self.state), "other")
        with open(other, "w", encoding="ascii") as file:
            file.write("0" * 32 + "\n")
        self.assertIn("does not accept the token", self.fails(1, *self.arguments(camera, token_file=other)))
        self.assertIn("nowhere", self.fails(1, *self.arguments(camera, token_file="/nowhere")))
        # The protected port, spoken to in plain text.
        self.fails(1, "update", self.file, "--to", f"127.0.0.1:{camera.secure_port}")
        self.assertEqual(self.stage(camera), "idle")
        self.assertEqual(camera.stop(), 0)

    def test_it_tells_no_plain_port(self):
        """The token is not sent to what speaks no TLS."""
        heard = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = subprocess.Popen(
                [program.IRONBOW, "update", self.file, "--to", f"127.0.0.1:{listener.getsockname()[1]}", "--fingerprint",
                 ":".join(["AB"] * 32), "--token-file", self.token()], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
            self.addCleanup(process.kill)
            connection, _ = listener.accept()
            connection.settimeout(program.LIMIT_S)
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(b'\x02{"cam_info":{"info_value":3,"info_string":"?"}}\x03')
                with contextlib.suppress(ConnectionError):
                    while data := connection.recv(65536):
                        heard.append(data)
            _, err = process.communicate(timeout=program.LIMIT_S)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"no TLS", err)
        self.assertNotIn(b"secret-secret", b"".join(heard))

    def token(self):
        path = os.path.join(os.path.dirname(self.state), "token")
        with open(path, "w", encoding="ascii") as file:
            file.write("secret-secret-secret\n")
        return path


def listening_ports(pid):
    """TCP ports that a process of this machine listens on, or None where that cannot be known."""
    try:
        inodes = set()
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        ports = set()
        with open(f"/proc/{pid}/net/tcp", encoding="ascii") as file:
            for row in list(file)[1:]:
                fields = row.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                    ports.add(int(fields[1].rpartition(":")[2], 16))
        return ports
    except OSError:
        return None


if __name__ == "__main__":
    unittest.main(verbosity=2)
