"""Readers of recordings, written from the formats' descriptions and not from the program: CPTV, .tmjsn, Matroska.

Each gives frames whose `pixels` is a flat list, row by row.
"""
import base64
import datetime
import json
import struct
import zlib


class Frame:
    def __init__(self, pixels, **facts):
        self.pixels = pixels
        self.facts = facts

    def __getattr__(self, name):
        try:
            return self.facts[name]
        except KeyError:
            raise AttributeError(name) from None


def gunzip(data):
    """As much as there is. Also says whether the end came."""
    unpacker = zlib.decompressobj(31)
    plain = unpacker.decompress(data)
    return plain, unpacker.eof


def _snake(width, height):
    places = []
    for row in range(height):
        line = list(range(row * width, (row + 1) * width))
        places += line if row % 2 == 0 else line[::-1]
    return places


class Cptv:
    """Little-endian fields (length, code, value) in sections; pixels as packed differences."""

    def __init__(self, data):
        plain, self.whole = gunzip(data)
        if plain[:4] != b"CPTV":
            raise ValueError("magic")
        self.version = plain[4]
        letter, self.header, at = self._section(plain, 5)
        if letter != b"H" or self.header["C"] != b"\x01":
            raise ValueError("header")
        self.width, = struct.unpack("<I", self.header["X"])
        self.height, = struct.unpack("<I", self.header["Y"])
        self.timestamp_us, = struct.unpack("<Q", self.header["T"])
        self.frames = []
        pixels = [0] * (self.width * self.height)
        places = _snake(self.width, self.height)
        while at < len(plain):
            letter, fields, at = self._section(plain, at)
            if letter != b"F":
                raise ValueError(letter)
            size, = struct.unpack("<I", fields["f"])
            payload = plain[at:at + size]
            if len(payload) < size:
                raise ValueError("cut")
            at += size
            for place, change in zip(places, self._changes(payload, fields["w"][0])):
                pixels[place] += change
            self.frames.append(Frame(list(pixels), fields=fields, bits=fields["w"][0]))

    @staticmethod
    def _section(data, at):
        letter, count = data[at:at + 1], data[at + 1]
        at += 2
        fields = {}
        for _ in range(count):
            size, code = data[at], chr(data[at + 1])
            fields[code] = data[at + 2:at + 2 + size]
            at += 2 + size
        return letter, fields, at

    @staticmethod
    def _changes(payload, bits):
        running, = struct.unpack("<i", payload[:4])
        yield running
        text = format(int.from_bytes(b"\1" + payload[4:], "big"), "b")[1:]
        half, whole = 1 << bits - 1, 1 << bits
        for at in range(0, len(text) - bits + 1, bits):
            value = int(text[at:at + bits], 2)
            running += value - whole if value >= half else value
            yield running


class Tmjsn:
    def __init__(self, data):
        records = [json.loads(text) for text in data.split(b"\x03") if text.strip()]
        self.info = records[-1]["video_info"] if "video_info" in records[-1] else None
        self.frames = []
        for record in records[:-1] if self.info else records:
            def words(name, from_record=record):
                raw = base64.b64decode(from_record[name], validate=True)
                return list(struct.unpack(f"<{len(raw) // 2}H", raw))
            self.frames.append(Frame(words("radiometric"), telemetry=words("telemetry"),
                                     metadata=record["metadata"]))


MASTERS = {0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x1254C367, 0x7373, 0x67C8, 0x63C0,
           0x1F43B675, 0xA0, 0x75A1, 0xA6, 0x1C53BB6B, 0xBB, 0xB7, 0x114D9B74, 0x4DBB, 0x1A45DFA3,
           0x41E4}
SEGMENT, CLUSTER = 0x18538067, 0x1F43B675
TOP = {CLUSTER, 0x1C53BB6B, 0x1254C367, 0x1549A966, 0x1654AE6B, 0x114D9B74}


class Element:
    def __init__(self, number, at, data_at, size, known):
        self.id, self.at, self.data_at, self.size, self.known = number, at, data_at, size, known
        self.children = []
        self.data = b""

    def all(self, *path):
        found = [self]
        for number in path:
            found = [child for element in found for child in element.children
                     if child.id == number]
        return found

    def one(self, *path):
        found = self.all(*path)
        return found[0] if found else None

    def uint(self):
        return int.from_bytes(self.data, "big")

    def text(self):
        return self.data.rstrip(b"\0").decode()


class Ebml:
    """Elements of a file: RFC 8794. An unknown size ends where an element of a higher level begins."""

    def __init__(self, data):
        self.data = data
        self.root = Element(0, 0, 0, len(data), True)
        self._read(self.root, 0, len(data), None)

    @staticmethod
    def _vint(data, at, keep):
        first = data[at]
        length = 9 - first.bit_length()
        value = int.from_bytes(data[at:at + length], "big")
        if not keep:
            value &= (1 << 7 * length) - 1
            if value == (1 << 7 * length) - 1:
                return None, at + length
        return value, at + length

    def _read(self, parent, at, end, inside):
        while at < end:
            start = at
            number, at = self._vint(self.data, at, True)
            if inside == CLUSTER and number in TOP:
                return start
            size, at = self._vint(self.data, at, False)
            element = Element(number, start, at, size, size is not None)
            stop = end if size is None else at + size
            if stop > end:
                return start  # cut off: not an element
            if number in MASTERS:
                at = self._read(element, at, stop, number if size is None else None)
                if size is None:
                    element.size = at - element.data_at
            else:
                element.data = self.data[at:stop]
                at = stop
            parent.children.append(element)
        return at
