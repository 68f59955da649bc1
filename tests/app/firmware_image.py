"""ESP32 application images, built and read independently of the program: from docs/update.md, section 7.

Standard library only. Ed25519 is not in it: signatures are made by `ironbow firmware sign` and only cut apart here.
"""
import collections
import hashlib
import struct

HEADER, SEGMENT, DESCRIPTOR, HASH, TRAILER = 24, 8, 256, 32, 72
TRAILER_MAGIC = b"IBSIGN1\0"

Parsed = collections.namedtuple("Parsed", "version project segments size digest signature")


def build(version="7.1", project="tCamMini", data_bytes=20000, segments=2, hashed=True, chip=0, magic=0xE9,
          descriptor=0xABCD5432, filling=b"\x5A\xC3\x0F", checksum=None, padding=b"\0"):
    """A whole image; the named arguments make it wrong in one place each."""
    header = bytearray(HEADER)
    header[0], header[1] = magic, segments
    header[2:4] = b"\x02\x2F"
    struct.pack_into("<I", header, 4, 0x40081234)
    struct.pack_into("<H", header, 12, chip)
    header[23] = 1 if hashed else 0
    about = struct.pack("<IIII", descriptor, 0, 0, 0) + text(version) + text(project)
    about = about.ljust(DESCRIPTOR, b"\x11")
    share = max(0, data_bytes // segments) & ~3
    image, total = bytes(header), 0xEF
    for number in range(segments):
        data = (filling * (share // len(filling) + 1))[:share]
        if number == 0:
            data = about + data
        image += struct.pack("<II", 0x3F400020 + number * 0x10000, len(data)) + data
        total = xor(data, total)
    image += padding * (15 - len(image) % 16)
    image += bytes([total if checksum is None else checksum])
    return image + hashlib.sha256(image).digest() if hashed else image


def text(value):
    data = value.encode()
    return data.ljust(32, b"\0")[:32]


def xor(data, start):
    for byte in data:
        start ^= byte
    return start


def parse(image):
    """What is in an image; raises ValueError when it is not whole."""
    if len(image) < 304 or image[0] != 0xE9 or not 1 <= image[1] <= 16:
        raise ValueError("no image")
    if image[12:14] != b"\0\0":
        raise ValueError("not for an ESP32")
    at, total, version, project = HEADER, 0xEF, None, None
    for number in range(image[1]):
        _, length = struct.unpack_from("<II", image, at)
        data = image[at + SEGMENT:at + SEGMENT + length]
        if length % 4 or len(data) != length:
            raise ValueError(f"segment {number}")
        if number == 0:
            if struct.unpack_from("<I", data)[0] != 0xABCD5432:
                raise ValueError("no descriptor")
            version, project = (data[o:o + 32].split(b"\0")[0].decode() for o in (16, 48))
        total = xor(data, total)
        at += SEGMENT + length
    end = at + 16 - at % 16
    if any(image[at:end - 1]) or image[end - 1] != total:
        raise ValueError("padding or checksum")
    if image[23]:
        if image[end:end + HASH] != hashlib.sha256(image[:end]).digest():
            raise ValueError("hash")
        end += HASH
    rest, signature = image[end:], None
    if rest:
        if len(rest) != TRAILER or not rest.startswith(TRAILER_MAGIC):
            raise ValueError(f"{len(rest)} bytes behind the image")
        signature = rest[len(TRAILER_MAGIC):]
    return Parsed(version, project, image[1], len(image), hashlib.sha256(image[:end]).hexdigest(), signature)
