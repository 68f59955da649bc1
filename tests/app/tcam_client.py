"""A tCam client, written from docs/SPEC-tcam.md and nothing else, with the standard library only."""

import array
import base64
import collections
import json
import socket
import sys
import time

START, END = b"\x02", b"\x03"

Image = collections.namedtuple("Image", "metadata pixels telemetry packet_bytes")


class ProtocolError(Exception):
    """The camera did something that the protocol does not allow."""


def words_from_base64(text):
    """A list of 16-bit numbers from base64 of little-endian words."""
    words = array.array("H", base64.b64decode(text, validate=True))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tolist()


def words_to_base64(words):
    """The other way round."""
    out = array.array("H", words)
    if sys.byteorder == "big":
        out.byteswap()
    return base64.b64encode(out.tobytes()).decode("ascii")


def long_word(telemetry, at):
    """A 32-bit telemetry value: the low word comes first."""
    return telemetry[at] | telemetry[at + 1] << 16


def milliseconds(text):
    """Milliseconds since midnight of a `Time`, whose last number is not padded."""
    clock, ms = text.split(".")
    hour, minute, second = clock.split(":")
    return ((int(hour) * 60 + int(minute)) * 60 + int(second)) * 1000 + int(ms)


class TCam:
    """One connection. Replies come from `call` and friends, images from `next_image`."""

    def __init__(self, host, port, timeout_s=20):
        self.timeout_s = timeout_s
        self.socket = socket.create_connection((host, port), timeout_s)
        self.received = bytearray()
        self.images = collections.deque()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Packets ------------------------------------------------------------------------------------

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, cmd, args=None):
        request = {"cmd": cmd}
        if args is not None:
            request["args"] = args
        self.send_bytes(START + json.dumps(request).encode() + END)

    def packet(self, timeout_s=None):
        """The JSON text of the next packet, or None when none came in time."""
        deadline = time.monotonic() + (self.timeout_s if timeout_s is None else timeout_s)
        while END not in self.received:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(1 << 16)
            except socket.timeout:
                return None
            if not more:
                raise EOFError("the camera closed the connection")
            self.received += more
        text, _, rest = bytes(self.received).partition(END)
        self.received = bytearray(rest)
        if not text.startswith(START):
            raise ProtocolError("bytes outside of a packet: %r" % text[:40])
        if START in text[1:]:
            raise ProtocolError("a packet inside a packet")
        return text[1:].decode("utf-8")

    def message(self, timeout_s=None):
        """The next packet: an Image, another object as a dict, or None when none came in time."""
        text = self.packet(timeout_s)
        if text is None:
            return None
        value = json.loads(text)
        if "radiometric" not in value:
            return value
        pixels = words_from_base64(value["radiometric"])
        telemetry = words_from_base64(value["telemetry"])
        if len(pixels) != 160 * 120 or len(telemetry) != 240:
            raise ProtocolError("%d pixels, %d telemetry words" % (len(pixels), len(telemetry)))
        return Image(value["metadata"], pixels, telemetry, len(text) + 2)

    def reply(self):
        """The next reply; images of a stream that come before it are kept for next_image."""
        while True:
            message = self.message()
            if message is None:
                raise TimeoutError("no reply")
            if not isinstance(message, Image):
                return message
            self.images.append(message)

    def next_image(self, timeout_s=None):
        """The next image of a stream, or None when none came in time."""
        if self.images:
            return self.images.popleft()
        message = self.message(timeout_s)
        if message is not None and not isinstance(message, Image):
            raise ProtocolError("a reply that nobody asked for: %r" % message)
        return message

    # Commands -----------------------------------------------------------------------------------

    def call(self, cmd, args=None):
        """Send a request and return its reply (not for get_image)."""
        self.send(cmd, args)
        return self.reply()

    def info(self, cmd, args=None):
        """Send a request that a cam_info answers: its value and text."""
        message = self.call(cmd, args)
        if list(message) != ["cam_info"]:
            raise ProtocolError("%s gave %r" % (cmd, message))
        return message["cam_info"]["info_value"], message["cam_info"]["info_string"]

    def status(self):
        return self.call("get_status")["status"]

    def config(self):
        return self.call("get_config")["config"]

    def image(self):
        """get_image: an Image, or the reply that says why there is none."""
        self.images.clear()
        self.send("get_image")
        message = self.message()
        if message is None:
            raise TimeoutError("no reply to get_image")
        return message

    def read_cci(self, command, length):
        """Words and status of one CCI GET."""
        reply = self.call("get_lep_cci", {"command": command, "length": length})["cci_reg"]
        if reply["command"] != command or reply["length"] != length:
            raise ProtocolError("another command's reply: %r" % reply)
        return words_from_base64(reply.get("data", "")), reply["status"]

    def write_cci(self, command, words):
        """Status of one CCI SET, or RUN without words."""
        args = {"command": command, "length": len(words)}
        if words:
            args["data"] = words_to_base64(words)
        return self.call("set_lep_cci", args)["cci_reg"]["status"]
