"""ironbow discover: a responder in this file answers; nobody else is asked."""
import json
import socket
import struct
import threading
import unittest

from program import LIMIT_S, Case

SERVICE = ("_tcam-socket", "_tcp", "local")


def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in map(str.encode, labels)) + b"\0"


def record(owner, kind, data, ttl=120):
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def camera(instance, address, port=5001, txt=("model=2", "interface=WiFi", "version=3.2")):
    """The records of one camera, as firmware sends them."""
    whole, host = name(instance, *SERVICE), name(instance, "local")
    return [
        record(name(*SERVICE), 12, whole),
        record(whole, 33, struct.pack(">HHH", 0, 0, port) + host),
        record(whole, 16, b"".join(bytes([len(t)]) + t.encode() for t in txt)),
        record(host, 1, socket.inet_aton(address)),
    ]


class Responder:
    """Answers what `answer` (question number, question) gives: a list of messages."""

    def __init__(self, answer):
        self.answer = answer
        self.questions = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(LIMIT_S)
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                question, sender = self.socket.recvfrom(9000)
            except socket.timeout:
                return
            if question == b"end":
                return
            self.questions.append(question)
            for message in self.answer(len(self.questions), question):
                self.socket.sendto(message, sender)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"end", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


def message(records):
    return struct.pack(">HHHHHH", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


class Discover(Case):
    def responder(self, answer):
        responder = Responder(answer)
        self.addCleanup(responder.close)
        return responder

    def ask(self, responder, *args, time="300ms"):
        return self.works("discover", "--ask", responder.address, "--time", time, *args).decode()

    def test_table(self):
        cameras = [("tCam-Mini-EFB5", "192.168.4.1", 5001, "2"), ("Küche", "10.0.0.7", 80, "1"),
                   ("attic", "10.0.0.8", 5001, "3"), ("new", "10.0.0.9", 5001, "9")]
        responder = self.responder(lambda *_: [
            message(camera(n, a, p, ("model=" + m, "interface=WiFi", "version=3.2")))
            for n, a, p, m in cameras])
        lines = self.ask(responder).splitlines()
        self.assertEqual([line.split() for line in lines], [
            ["NAME", "ADDRESS:PORT", "TYPE", "INTERFACE", "VERSION"],
            ["Küche", "10.0.0.7:80", "tCam", "WiFi", "3.2"],
            ["attic", "10.0.0.8:5001", "tCam-POE", "WiFi", "3.2"],
            ["new", "10.0.0.9:5001", "9", "WiFi", "3.2"],
            ["tCam-Mini-EFB5", "192.168.4.1:5001", "tCam-Mini", "WiFi", "3.2"],
        ])
        columns = {line.index("WiFi") for line in lines[1:]}
        self.assertEqual(columns, {lines[0].index("INTERFACE")})
        self.assertEqual(responder.questions[0][12:], name(*SERVICE) + b"\0\x0c\x80\x01")

    def test_json(self):
        responder = self.responder(lambda *_: [message(camera("tCam-Mini-EFB5", "192.168.4.1"))])
        self.assertEqual(json.loads(self.ask(responder, "--json")), {"ok": True, "cameras": [{
            "name": "tCam-Mini-EFB5", "address": "192.168.4.1", "port": 5001,
            "host": "tCam-Mini-EFB5.local", "model": "2", "type": "tCam-Mini",
            "interface": "WiFi", "version": "3.2"}]})

    def test_second_question_asks_for_what_is_missing(self):
        pointer, service, txt, address = camera("tCam-Mini-EFB5", "192.168.4.1")

        def answer(number, question):
            if name("tCam-Mini-EFB5", *SERVICE) in question:
                return [message([service, txt, address])]
            return [message([pointer])]
        found = json.loads(self.ask(self.responder(answer), "--json", time="1300ms"))["cameras"]
        self.assertEqual([(c["address"], c["port"]) for c in found], [("192.168.4.1", 5001)])

    def test_incomplete(self):
        responder = self.responder(
            lambda *_: [message(camera("tCam-Mini-EFB5", "192.168.4.1")[:1])])
        self.assertIn(["tCam-Mini-EFB5", "?", "?", "?", "?"],
                      [line.split() for line in self.ask(responder).splitlines()])
        found = json.loads(self.ask(responder, "--json"))["cameras"][0]
        self.assertEqual((found["address"], found["port"]), (None, None))

    def test_nonsense_among_answers(self):
        good = message(camera("tCam-Mini-EFB5", "192.168.4.1"))
        responder = self.responder(lambda *_: [b"", b"\xff" * 9000, good[:40], good])
        self.assertIn("192.168.4.1:5001", self.ask(responder))

    def test_no_terminal_codes(self):
        responder = self.responder(lambda *_: [message(camera("a\x1b[2Jb", "10.0.0.1"))])
        text = self.ask(responder)
        self.assertIn("a?[2Jb", text)
        self.assertNotIn("\x1b", text)

    def test_nothing(self):
        responder = self.responder(lambda *_: [])
        text = self.ask(responder)
        self.assertIn(f"{responder.address} named no camera", text)
        self.assertIn("192.168.4.1", text)
        self.assertEqual(json.loads(self.ask(responder, "--json")), {"ok": True, "cameras": []})

    def test_bad_usage(self):
        self.assertIn("no time between", self.fails(2, "discover", "--time", "3"))
        self.assertIn("no time between", self.fails(2, "discover", "--time", "11m"))
        self.assertIn("unexpected", self.fails(2, "discover", "here"))
        self.assertIn("is no IPv4 ADDRESS", self.fails(1, "discover", "--ask", "camera.local"))


if __name__ == "__main__":
    unittest.main()
