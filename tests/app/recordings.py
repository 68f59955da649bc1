"""Recordings that the tests make themselves: .tjsn images, CPTV 1 and 2 clips."""
import base64
import datetime
import gzip
import json
import random
import struct


def tjsn(pixels, telemetry, camera="tCam-Mini-TEST", model=2):
    def text(values):
        return base64.b64encode(struct.pack(f"<{len(values)}H", *values)).decode()

    return json.dumps({
        "metadata": {"Camera": camera, "Model": model, "Version": "1.0", "Time": "10:11:12.13",
                     "Date": "11/20/26"},
        "radiometric": text(pixels), "telemetry": text(telemetry)}, separators=(",", ":")).encode()


def telemetry(agc=False, resolution=1, low_gain=False):
    """Rows A, B, C as a Lepton 3.5 sends them."""
    words = [0] * 240
    words[0] = 14
    words[1] = 60000
    words[3] = 0x0830 | (0x1000 if agc else 0)
    words[20] = 500
    words[24], words[26] = 30315, 30200
    words[30] = 20000
    words[36:38] = [159, 119]
    words[38:42] = [19200, 512, 1, 128]
    words[72], words[74] = 7, 3
    words[99] = 8192
    words[100] = words[102] = words[105] = words[106] = 29515
    words[101] = words[103] = 8192
    words[165] = words[166] = int(low_gain)
    words[208] = 0 if agc else 1
    words[209] = resolution
    words[213] = 4
    words[214:218] = [59, 79, 60, 80]
    return words


def noise_pixels(seed, low, high, count=160 * 120):
    source = random.Random(seed)
    return [source.randint(low, high) for _ in range(count)]


def _field(code, data):
    return bytes([len(data)]) + code.encode() + data


def _section(letter, fields):
    return letter.encode() + bytes([len(fields)]) + b"".join(_field(*field) for field in fields)


def _snake(width, height):
    for row in range(height):
        columns = range(width) if row % 2 == 0 else range(width - 1, -1, -1)
        for column in columns:
            yield row * width + column


def _frame_payload(pixels, before, width, height, bits):
    """Differences to the frame before, then along the snake; `bits` wide, MSB first."""
    values = [pixels[i] - before[i] for i in _snake(width, height)]
    deltas = [b - a for a, b in zip(values, values[1:])]
    if bits is None:
        bits = 1
        while deltas and not (-(1 << bits - 1) <= min(deltas) and max(deltas) < 1 << bits - 1):
            bits += 1
    mask = (1 << bits) - 1
    text = "".join(f"{delta & mask:0{bits}b}" for delta in deltas)
    text += "0" * (-len(text) % 8)
    packed = int(text, 2).to_bytes(len(text) // 8, "big") if text else b""
    return bits, struct.pack("<i", values[0]) + packed


def cptv(frames, version=2, width=160, height=120, model=None, background=None, compress=True,
         bits=None, celsius=None):
    """A clip of `frames` (lists of pixels); `background` comes first and is no part of it."""
    header = [("T", struct.pack("<Q", 1764000000000000)), ("X", struct.pack("<I", width)),
              ("Y", struct.pack("<I", height)), ("C", b"\x01"), ("D", b"test")]
    if version == 2:
        header += [("Z", b"\x09")]
        if model:
            header += [("E", model.encode())]
        if background is not None:
            header += [("g", b"\x01")]
    out = [b"CPTV" + bytes([version]), _section("H", header)]
    before = [0] * (width * height)
    all_frames = ([background] if background is not None else []) + list(frames)
    for index, pixels in enumerate(all_frames):
        width_bits, payload = _frame_payload(pixels, before, width, height, bits)
        fields = [("t", struct.pack("<I", 60000 + 111 * index))]
        if version == 2:
            fields += [("c", struct.pack("<I", 30000))]
            if celsius is not None:
                fields += [("a", struct.pack("<f", celsius)), ("b", struct.pack("<f", celsius))]
            if background is not None and index == 0:
                fields += [("g", b"\x01")]
        fields += [("w", bytes([width_bits])), ("f", struct.pack("<I", len(payload)))]
        out += [_section("F", fields), payload]
        before = pixels
    data = b"".join(out)
    return gzip.compress(data, 6, mtime=0) if compress else data


def moving_frames(count, width=160, height=120, low=2500, high=9000, seed=1):
    """A gradient with a blob that moves, and a little noise: each frame differs from the others."""
    source = random.Random(seed)
    frames = []
    for index in range(count):
        centre_x, centre_y = 10 + index * 7 % (width - 20), 10 + index * 5 % (height - 20)
        frame = []
        for row in range(height):
            for column in range(width):
                value = low + (high - low) * (row + column) // (2 * (width + height))
                if (column - centre_x) ** 2 + (row - centre_y) ** 2 < 64:
                    value = high - index
                frame.append(value + source.randint(0, 15))
        frames.append(frame)
    return frames


def tmjsn(frames, rows, start="10:11:12.130", footer=True, camera="tCam-Mini-TEST", model=2):
    """A tCam's recording of `frames` with their telemetry `rows`, 113 ms apart."""
    out = []
    clock = datetime.datetime.strptime(f"11/20/26 {start}000", "%m/%d/%y %H:%M:%S.%f")
    for index, (pixels, words) in enumerate(zip(frames, rows)):
        now = clock + datetime.timedelta(milliseconds=113 * index)
        image = json.loads(tjsn(pixels, words, camera, model))
        image["metadata"]["Time"] = (f"{now.hour}:{now.minute:02}:{now.second:02}."
                                     f"{now.microsecond // 1000}")
        out.append(json.dumps(image, separators=(",", ":")).encode() + b"\x03")
    if footer:
        out.append(json.dumps({"video_info": {"num_frames": len(frames), "version": 1}}).encode() +
                   b"\x03")
    return b"".join(out)
