"""An RTSP viewer, written from RFC 2326, 3550 and 2435 with the standard library: it checks what it is sent."""
import re
import socket
import struct

from program import LIMIT_S

ZIGZAG_TABLE_BYTES = 64


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class Picture:
    """The packets of one frame, put together to a JPEG without Huffman tables: decoders know the standard's."""

    def __init__(self, packets):
        self.packets = packets
        scan = b""
        for number, packet in enumerate(packets):
            first, second, sequence, self.timestamp, self.ssrc = struct.unpack(">BBHII", packet[:12])
            last = number == len(packets) - 1
            assert (first, second) == (0x80, 26 | 0x80 * last), (first, second)
            if number == 0:
                self.sequence = sequence
            assert sequence == (self.sequence + number) & 0xFFFF, "a packet is missing"
            payload = packet[12:]
            offset = int.from_bytes(payload[1:4], "big")
            kind, quality, width, height = payload[4:8]
            assert offset == len(scan), (offset, len(scan))
            assert (kind, quality) == (1, 255), (kind, quality)
            at = 8
            if number == 0:
                assert payload[8:12] == b"\0\0\0\x80", payload[8:12]
                self.tables = payload[12:140]
                self.width, self.height = width * 8, height * 8
                at = 140
            scan += payload[at:]
            assert len(packet) <= 1400, len(packet)
        self.last_sequence = sequence
        self.jpeg = self._file(scan)

    def _file(self, scan):
        tables = b"".join(b"\xFF\xDB\0\x43" + bytes([i]) + self.tables[64 * i:64 * i + 64] for i in range(2))
        frame = b"\xFF\xC0\0\x11\x08" + struct.pack(">HH", self.height, self.width) + \
            b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01"
        return b"\xFF\xD8" + tables + frame + b"\xFF\xDA\0\x0C\x03\x01\0\x02\x11\x03\x11\0\x3F\0" + scan


class Viewer:
    """One connection. `transport` is what PLAY was set up with: "tcp" or "udp"."""

    def __init__(self, port, path="/ironbow", host="127.0.0.1", narrow=False):
        self.socket = socket.socket()
        if narrow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(LIMIT_S)
        try:
            self.socket.connect((host, port))
        except OSError:
            self.socket.close()
            raise
        self.url = f"rtsp://{host}:{port}{path}"
        self.number = 0
        self.session = None
        self.transport = None
        self.buffer = b""
        self.interleaved = {0: [], 1: []}
        self.sockets = []

    # ---- the conversation ----

    def _fill(self):
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError("closed by the camera")
        self.buffer += got

    def _need(self, size):
        while len(self.buffer) < size:
            self._fill()

    def _frame(self):
        """An interleaved frame lies at the front."""
        self._need(4)
        channel, size = struct.unpack(">BH", self.buffer[1:4])
        self._need(4 + size)
        self.interleaved[channel].append(self.buffer[4:4 + size])
        self.buffer = self.buffer[4 + size:]

    def answer(self):
        while True:
            self._need(1)
            if self.buffer[:1] != b"$":
                break
            self._frame()
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        match = re.fullmatch(r"RTSP/1\.0 (\d{3}) .+", lines[0])
        assert match, lines[0]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            headers.setdefault(name, []).append(value)
        length = int(headers.get("Content-Length", ["0"])[0])
        self._need(length)
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(int(match[1]), headers, body.decode())

    def ask(self, method, url=None, **headers):
        self.number += 1
        lines = [f"{method} {url or self.url} RTSP/1.0", f"CSeq: {self.number}"]
        if self.session and "Session" not in headers:
            lines.append(f"Session: {self.session}")
        lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        answer = self.answer()
        assert answer.headers["CSeq"] == [str(self.number)], answer.headers
        return answer

    def setup(self, transport, **headers):
        """Return: the answer, which is checked when it is 200."""
        if transport == "udp":
            self._bind()
            ports = [s.getsockname()[1] for s in self.sockets]
            offer = f"RTP/AVP;unicast;client_port={ports[0]}-{ports[1]}"
        else:
            offer = "RTP/AVP/TCP;unicast;interleaved=0-1"
        answer = self.ask("SETUP", self.url + "/track0", Transport=offer, **headers)
        if answer.status == 200:
            chosen = answer.headers["Transport"][0]
            assert chosen.startswith(offer), chosen
            self.ssrc = int(re.search(r"ssrc=([0-9A-F]{8})", chosen)[1], 16)
            self.session, _, timeout = answer.headers["Session"][0].partition(";")
            assert timeout == "timeout=60", timeout
            self.transport = transport
            if transport == "udp":
                self.server_ports = [int(p) for p in re.search(r"server_port=(\d+)-(\d+)", chosen).groups()]
        return answer

    def play(self, transport):
        answer = self.setup(transport)
        assert answer.status == 200, answer.status
        answer = self.ask("PLAY")
        assert answer.status == 200, answer.status
        self.first = int(re.search(r"seq=(\d+)", answer.headers["RTP-Info"][0])[1])
        self.first_timestamp = int(re.search(r"rtptime=(\d+)", answer.headers["RTP-Info"][0])[1])
        return self

    def _bind(self):
        """A pair of ports of our own, large enough for a picture."""
        for _ in range(50):
            first, second = socket.socket(type=socket.SOCK_DGRAM), socket.socket(type=socket.SOCK_DGRAM)
            try:
                first.bind(("127.0.0.1", 0))
                second.bind(("127.0.0.1", first.getsockname()[1] + 1))
            except OSError:
                first.close()
                second.close()
                continue
            for each in (first, second):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                each.settimeout(LIMIT_S)
            self.sockets = [first, second]
            return
        raise AssertionError("no pair of free UDP ports")

    # ---- what comes ----

    def packet(self, channel=0):
        """The next RTP packet (0) or RTCP packet (1)."""
        if self.transport == "udp":
            data, (_, port) = self.sockets[channel].recvfrom(65536)
            assert port == self.server_ports[channel], port
            return data
        while not self.interleaved[channel]:
            self._need(1)
            assert self.buffer[:1] == b"$", self.buffer[:40]
            self._frame()
        return self.interleaved[channel].pop(0)

    def picture(self):
        packets = [self.packet()]
        while not packets[-1][1] & 0x80:
            packets.append(self.packet())
        picture = Picture(packets)
        assert picture.ssrc == self.ssrc, (picture.ssrc, self.ssrc)
        return picture

    def close(self):
        self.socket.close()
        for each in self.sockets:
            each.close()
        self.sockets = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
