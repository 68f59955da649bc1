"""A small HTTP and WebSocket client that also says what no decent one would. For the tests of this folder."""
import json
import os
import socket
import struct
import time

from program import LIMIT_S, Case, Running

FRAME_HEADER = struct.Struct("<4sHHHBBBBBxIIHHHxxqQII4H")
FRAME_FIELDS = ("magic", "header_bytes", "width", "height", "unit", "gain", "gain_mode", "ffc_state", "agc", "sequence",
                "flags", "scale_ck", "fpa_ck", "housing_ck", "unix_us", "captured_us", "uptime_ms", "since_ffc_ms",
                "c1", "r1", "c2", "r2")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


class Http:
    """One connection. Nothing is done behind one's back: no redirects, no cookies, no retries."""

    def __init__(self, port, host=None, address="127.0.0.1"):
        self.socket = socket.create_connection((address, port), timeout=LIMIT_S)
        self.host = f"127.0.0.1:{port}" if host is None else host
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        got = self.socket.recv(1 << 18)
        if not got:
            raise ConnectionError("closed by the camera")
        self.buffer += got

    def until(self, mark):
        while mark not in self.buffer:
            self.receive()
        head, _, self.buffer = self.buffer.partition(mark)
        return head

    def exactly(self, count):
        while len(self.buffer) < count:
            self.receive()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            assert name.lower() not in headers or name.lower() == "set-cookie", lines
            headers[name.lower()] = value
        return int(status), headers

    def answer(self, method="GET"):
        status, headers = self.head()
        body = b""
        if method != "HEAD" and status not in (101, 204, 304) and status >= 200 and "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        return Answer(status, headers, body)

    def request(self, method, target, body=None, headers=()):
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}"]
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            lines.append("Content-Type: application/json")
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in dict(headers).items()]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))

    def ask(self, method, target, body=None, headers=()):
        self.request(method, target, body, headers)
        return self.answer(method)

    def get(self, target, **headers):
        return self.ask("GET", target, headers=headers)

    def is_closed(self):
        """Whether the camera closes it, without another byte."""
        self.socket.settimeout(LIMIT_S)
        try:
            return self.socket.recv(1) == b"" and not self.buffer
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Frame:
    """The binary message of the live view."""

    def __init__(self, data):
        for name, value in zip(FRAME_FIELDS, FRAME_HEADER.unpack_from(data), strict=True):
            setattr(self, name, value)
        assert self.magic == b"IBF1" and self.header_bytes == (80 if self.flags & 2 else 64), data[:64]
        assert len(data) == self.header_bytes + 2 * self.width * self.height, len(data)
        self.applied = struct.unpack_from("<8H", data, 64) if self.header_bytes == 80 else None
        self.pixels = struct.unpack_from(f"<{self.width * self.height}H", data, self.header_bytes)


class WebSocket(Http):
    KEY = "dGhlIHNhbXBsZSBub25jZQ=="

    def __init__(self, port, headers=(), **kwargs):
        super().__init__(port, **kwargs)
        self.request("GET", "/api/v1/live", headers={
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": self.KEY, **dict(headers)})
        self.opened = self.answer()

    def frame(self):
        """One frame: opcode and payload. The camera neither masks nor fragments."""
        first, second = self.exactly(2)
        assert first & 0x80 and not first & 0x70 and not second & 0x80, (first, second)
        size = second
        if size == 126:
            size, = struct.unpack(">H", self.exactly(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.exactly(8))
        return first & 15, self.exactly(size)

    def say(self, opcode, payload=b"", fin=True, mask=os.urandom(4), rsv=0):
        size = len(payload)
        head = bytes([(0x80 if fin else 0) | rsv | opcode])
        flag = 0x80 if mask else 0
        if size < 126:
            head += bytes([flag | size])
        elif size < 65536:
            head += bytes([flag | 126]) + struct.pack(">H", size)
        else:
            head += bytes([flag | 127]) + struct.pack(">Q", size)
        if mask:
            payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.send(head + (mask or b"") + payload)

    def next(self, wanted):
        """The next message for which `wanted` says something true, which is returned."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            opcode, payload = self.frame()
            got = wanted(opcode, payload)
            if got:
                return got
        raise AssertionError("no such message")

    def picture(self):
        return self.next(lambda opcode, data: opcode == 2 and Frame(data))

    def text(self, kind):
        def wanted(opcode, data):
            if opcode != 1:
                return None
            document = json.loads(data)
            return document if document["type"] == kind else None
        return self.next(wanted)

    def event(self, kind):
        def wanted(opcode, data):
            if opcode != 1:
                return None
            document = json.loads(data)
            return document if document["type"] == "event" and document["event"] == kind else None
        return self.next(wanted)

    def closing(self):
        """The code of the close frame, or None when there is none in it."""
        payload = self.next(lambda opcode, data: opcode == 8 and (data, ))[0]
        return struct.unpack(">H", payload[:2])[0] if payload else None


class HttpRunning(Running):
    """A running camera whose page is on a free port."""

    def __init__(self, *args, **kwargs):
        self.http_port = None
        if "--http-port" not in args:
            args = ("--http-port", "0", *args)
        super().__init__(*args, **kwargs)

    def begun(self, line):
        if line.startswith("page "):
            self.page = line.split()[1]
            self.http_port = int(self.page.split("//")[1].split("/")[0].rpartition(":")[2])
        return super().begun(line) and self.http_port is not None

    def http(self, **kwargs):
        return Http(self.http_port, **kwargs)

    def live(self, **kwargs):
        return WebSocket(self.http_port, **kwargs)

    def ask_http(self, method, target, body=None, headers=()):
        with self.http() as connection:
            return connection.ask(method, target, body, headers)


class HttpCase(Case):
    def start(self, *args, step=False, home=None):
        program = HttpRunning(*args, step=step, home=home)
        self.addCleanup(program.kill)
        return program

    def start_stepped(self, *args):
        """A stepped camera that has frames: its first FFC is over."""
        program = self.start(*args, step=True)
        program.ok("step 4s")
        return program

    def is_error(self, answer, status, *words):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["content-type"], "application/json", answer)
        text = answer.json["error"]
        for word in words:
            self.assertIn(word, text)
        return text
