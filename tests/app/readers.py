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


class Mkv:
    """The two tracks of a film: JPEG pictures, and FFV1 pictures with their frame records."""

    FACTS = struct.Struct("<4sHHqQIIIIHHHBBBBBxI")
    NAMES = ("mark", "facts_bytes", "rows", "wall_us", "captured_us", "sequence", "counter",
             "uptime_ms", "flags", "scale_ck", "fpa_ck", "housing_ck", "unit", "gain_mode", "gain",
             "ffc", "agc", "crc")

    def __init__(self, data):
        self.ebml = Ebml(data)
        segment = self.ebml.root.one(SEGMENT)
        self.segment = segment
        self.tags = {tag.one(0x45A3).text(): tag.one(0x4487).text()
                     for tag in segment.all(0x1254C367, 0x7373, 0x67C8)}
        date, = struct.unpack(">q", segment.one(0x1549A966, 0x4461).data)
        epoch = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)
        self.start_us = date // 1000 + int(epoch.timestamp()) * 1000000
        self.codecs = [track.one(0x86).text() for track in segment.all(0x1654AE6B, 0xAE)]
        self.clusters = segment.all(CLUSTER)
        self.seen, self.exact = [], []
        for cluster in self.clusters:
            start = cluster.one(0xE7).uint()
            for block in cluster.all(0xA3):
                self.seen.append((start + self._since(block.data, 1), block.data[4:]))
            for group in cluster.all(0xA0):
                block = group.one(0xA1).data
                record = group.one(0x75A1, 0xA6, 0xA5).data
                assert group.one(0x75A1, 0xA6, 0xEE).uint() == 1
                self.exact.append((start + self._since(block, 2), block[4:], self._facts(record)))

    @staticmethod
    def _since(block, track):
        assert block[0] == 0x80 | track, block[:4]
        return struct.unpack(">h", block[1:3])[0]

    def _facts(self, record):
        facts = dict(zip(self.NAMES, self.FACTS.unpack(record[:self.FACTS.size])))
        assert facts["crc"] == zlib.crc32(record[:52] + bytes(4) + record[56:])
        assert facts["mark"] == b"IBF1" and facts["facts_bytes"] == self.FACTS.size
        facts["telemetry"] = list(struct.unpack(f"<{facts['rows']}H", record[self.FACTS.size:]))
        return facts


class Tiff:
    """Pages of one uncompressed strip, little-endian, classic or BigTIFF."""

    def __init__(self, data):
        order, version = struct.unpack("<2sH", data[:4])
        assert order == b"II" and version in (42, 43), data[:4]
        self.big = version == 43
        at, = struct.unpack("<Q", data[8:16]) if self.big else struct.unpack("<I", data[4:8])
        self.pages = []
        while at:
            tags, at = self._directory(data, at)
            kind = {(1, 16): "H", (3, 32): "f"}[tags[339][0], tags[258][0]]
            count = tags[256][0] * tags[257][0]
            offset = tags[273][0]
            values = struct.unpack(f"<{count}{kind}", data[offset:offset + tags[279][0]])
            text, _, facts = tags[270].rstrip(b"\0").decode("ascii").partition("\n")
            self.pages.append(Frame(list(values), width=tags[256][0], height=tags[257][0],
                                    text=text, json=json.loads(facts)))

    def _directory(self, data, at):
        sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 16: 8}
        inside = 8 if self.big else 4
        count, = struct.unpack("<Q" if self.big else "<H", data[at:at + (8 if self.big else 2)])
        at += 8 if self.big else 2
        tags = {}
        for _ in range(count):
            tag, kind = struct.unpack("<HH", data[at:at + 4])
            number, = struct.unpack("<Q" if self.big else "<I", data[at + 4:at + 4 + inside])
            size = sizes[kind] * number
            where = at + 4 + inside
            if size > inside:
                where, = struct.unpack("<Q" if self.big else "<I", data[where:where + inside])
            raw = data[where:where + size]
            tags[tag] = raw if kind == 2 else struct.unpack(
                f"<{number}{ {1: 'B', 3: 'H', 4: 'I', 5: 'Q', 16: 'Q'}[kind]}", raw)
            at += 4 + 2 * inside
        return tags, struct.unpack("<Q" if self.big else "<I", data[at:at + inside])[0]


class Png16:
    """16-bit grey PNG."""

    def __init__(self, data):
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        at, packed, self.text = 8, b"", {}
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + size]
            if kind == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack(">IIBB", body[:10])
                assert (depth, colour) == (16, 0)
            elif kind == b"tEXt":
                key, _, value = body.partition(b"\0")
                self.text[key.decode()] = value.decode("latin-1")
            elif kind == b"IDAT":
                packed += body
            at += 12 + size
        raw, row_bytes = zlib.decompress(packed), self.width * 2
        above, self.pixels = bytes(row_bytes), []
        for y in range(self.height):
            start = y * (row_bytes + 1)
            kind, row = raw[start], bytearray(raw[start + 1:start + 1 + row_bytes])
            for x in range(row_bytes):
                left = row[x - 2] if x >= 2 else 0
                corner = above[x - 2] if x >= 2 else 0
                guess = left + above[x] - corner
                distance = [abs(guess - v) for v in (left, above[x], corner)]
                nearest = (left, above[x], corner)[distance.index(min(distance))]
                row[x] = (row[x] + (0, left, above[x], (left + above[x]) // 2,
                                    nearest)[kind]) & 255
            above = bytes(row)
            self.pixels += struct.unpack(f">{self.width}H", above)
