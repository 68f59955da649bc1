"""Scripts' pictures against a slow reading of the rules in Python: random draws and conversions, pixel by pixel.

`IRONBOW_SEED=N` draws others, `IRONBOW_ROUNDS=N` more of them.
"""
import colorsys
import os
import pathlib
import random
import struct
import unittest

import program
import scripts

SEED = int(os.environ.get("IRONBOW_SEED", "1"))
ROUNDS = int(os.environ.get("IRONBOW_ROUNDS", "120"))
BINARY, GRAYSCALE, RGB565 = "BINARY", "GRAYSCALE", "RGB565"
FORMATS = (BINARY, GRAYSCALE, RGB565)
AREA, BILINEAR, BICUBIC, HMIRROR, VFLIP, TRANSPOSE, CENTER = 1, 2, 4, 16, 32, 64, 128
CHANNEL_FIRST, PALETTE_FIRST, KEEP, EXPAND, IGNORE, BLACK = 256, 512, 1024, 2048, 4096, 1 << 31
METHODS = (0, 0, AREA, BILINEAR, BILINEAR, BICUBIC, BILINEAR | BICUBIC)

# Makes the pictures, calls the method, prints what came of it.
SCRIPT = """
import image, binascii
def make(words):
    kind, w, h, pixels = words
    i = image.Image(w, h, getattr(image, kind))
    i.bytearray()[:] = binascii.unhexlify(pixels)
    return i
for line in open("/remote/draws.txt"):
    how = eval(line)
    images = [make(p) if p else None for p in how["images"]]
    keywords = how["keywords"]
    for name in ("mask", "color_palette", "alpha_palette"):
        if isinstance(keywords.get(name), tuple):
            keywords[name] = make(keywords[name])
    if how["method"] == "draw_image":
        r = images[0].draw_image(images[1], *how["at"], **keywords)
        assert r is images[0]
    else:
        r = getattr(images[1], how["method"])(copy=True, **keywords)
    print(r.format(), r.width(), r.height(), binascii.hexlify(r).decode())
"""
FORMAT_VALUES = {BINARY: 0x08010000, GRAYSCALE: 0x08020001, RGB565: 0x0C030002}


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def floor_of(x):
    return int(x // 1)


def nearest_of(numerator, denominator):
    """The quotient, rounded; halves to even."""
    return round(numerator / denominator)


class Picture:
    """Pixels apart: bits, greys, or raw colours."""

    def __init__(self, kind, w, h, pixels):
        self.kind, self.w, self.h, self.pixels = kind, w, h, pixels

    @classmethod
    def random(cls, rng, kind, w, h):
        most = {BINARY: 1, GRAYSCALE: 255, RGB565: 65535}[kind]
        if rng.random() < 0.4 and kind != BINARY:  # something smooth
            a, b = rng.randrange(40), rng.randrange(40)
            return cls(kind, w, h, [(x * a + y * b) * (257 if kind == RGB565 else 1) & most for y in range(h) for x in range(w)])
        return cls(kind, w, h, [rng.choice((0, most, rng.randint(0, most))) for _ in range(w * h)])

    def bytes(self):
        if self.kind == BINARY:
            words = (self.w + 31) // 32
            rows = [sum(self.pixels[y * self.w + x] << x for x in range(self.w)) for y in range(self.h)]
            return b"".join(row.to_bytes(4 * words, "little") for row in rows)
        if self.kind == GRAYSCALE:
            return bytes(self.pixels)
        return struct.pack("<%dH" % len(self.pixels), *self.pixels)

    def as_words(self):
        return (self.kind, self.w, self.h, self.bytes().hex())

    def copy(self):
        return Picture(self.kind, self.w, self.h, list(self.pixels))


def full(colour):
    """Eight bits of each channel."""
    r, g, b = colour >> 11, colour >> 5 & 63, colour & 31
    return r << 3 | r >> 2, g << 2 | g >> 4, b << 3 | b >> 2


def luma(colour):
    r, g, b = full(colour)
    return (38 * r + 75 * g + 15 * b) >> 7


def colour_of_grey(v):
    return v >> 3 << 11 | v >> 2 << 5 | v >> 3


def to_kind(kind, value, target):
    """A value (binary: 0 and 1) in another format."""
    if kind == target:
        return value
    grey = {BINARY: lambda v: 255 * v, GRAYSCALE: lambda v: v, RGB565: luma}[kind](value)
    if target == GRAYSCALE:
        return grey
    if target == BINARY:
        return int(grey > 127)
    return (0xFFFF if value else 0) if kind == BINARY else colour_of_grey(grey)


def rainbow():
    colours = []
    for i in range(256):
        r, g, b = colorsys.hsv_to_rgb(1 - (i + 220) / 476, 1, 1)
        colours.append(int(r * 31 + .5) << 11 | int(g * 63 + .5) << 5 | int(b * 31 + .5))
    return colours


def ironbow():
    points = {0: (255, 255, 255), 127: (0, 0, 0), 130: (4, 0, 24), 133: (10, 0, 45), 143: (31, 0, 118), 145: (41, 0, 121),
              160: (116, 1, 136), 175: (186, 7, 141), 179: (196, 19, 121), 189: (218, 49, 69), 193: (225, 60, 47),
              207: (238, 109, 12), 210: (240, 119, 12), 221: (246, 160, 13), 222: (246, 163, 13), 231: (251, 196, 21),
              238: (254, 220, 29), 241: (255, 229, 53), 254: (255, 253, 235), 255: (255, 255, 24)}
    places, colours = sorted(points), []
    for i in range(256):
        low = max(p for p in places if p <= i)
        high = min(p for p in places if p >= i)
        part = (i - low) / (high - low) if high > low else 0
        r, g, b = (int(lo + (hi - lo) * part + .5) for lo, hi in zip(points[low], points[high]))
        colours.append((2 * r * 31 + 255) // 510 << 11 | (2 * g * 63 + 255) // 510 << 5 | (2 * b * 31 + 255) // 510)
    return colours


BUILT_IN = [rainbow(), ironbow()]


class Scaler:
    """Samples of a picture (or of what a channel or palette made of it) at places of 16.16."""

    def __init__(self, picture, roi):
        self.picture, self.roi = picture, roi
        self.sizes = {BINARY: (255,), GRAYSCALE: (255,), RGB565: (31, 63, 31)}[picture.kind]

    def raw(self, x, y):
        return self.picture.pixels[y * self.picture.w + x]

    def channels(self, x, y):
        """Clamped to the roi."""
        rx, ry, rw, rh = self.roi
        v = self.raw(min(max(x, rx), rx + rw - 1), min(max(y, ry), ry + rh - 1))
        if self.picture.kind == RGB565:
            return v >> 11, v >> 5 & 63, v & 31
        return (255 * v if self.picture.kind == BINARY else v,)

    def together(self, c):
        if self.picture.kind == RGB565:
            return c[0] << 11 | c[1] << 5 | c[2]
        return int(c[0] > 127) if self.picture.kind == BINARY else c[0]

    def bilinear(self, ax, ay):
        x, y = ax >> 16, ay >> 16
        bits = 5 if self.picture.kind == RGB565 else 8
        one, half = 1 << bits, 1 << bits - 1
        fx, fy = (a >> 16 - bits & one - 1 for a in (ax, ay))
        out = []
        for p00, p01, p10, p11 in zip(self.channels(x, y), self.channels(x, y + 1), self.channels(x + 1, y),
                                      self.channels(x + 1, y + 1)):
            left = (p00 * (one - fy) + p01 * fy + half) >> bits
            right = (p10 * (one - fy) + p11 * fy + half) >> bits
            out.append((left * (one - fx) + right * fx + half) >> bits)
        return self.together(out)

    def bicubic(self, ax, ay):
        x, y = ax >> 16, ay >> 16

        def curve(p, at):
            d = (at & 65535) >> 1
            d2 = d * d >> 15
            d3 = d2 * d >> 15
            a0, a1, a2 = p[2] - p[0], 2 * p[0] + 4 * p[2] - 5 * p[1] - p[3], 3 * (p[1] - p[2]) + p[3] - p[0]
            return (p[1] * 65536 + 32768 + d * a0 + d2 * a1 + d3 * a2) >> 16
        around = [[self.channels(x + i, y + k) for k in (-1, 0, 1, 2)] for i in (-1, 0, 1, 2)]
        out = []
        for c, most in enumerate(self.sizes):
            columns = [curve([p[c] for p in column], ay) for column in around]
            out.append(min(max(curve(columns, ax), 0), most))
        return self.together(out)

    def area(self, ax, ay, step_x, step_y):
        """Where the factors are inverses of whole numbers: the rounded mean."""
        xs, ys = (range(a >> 16, (a + s) >> 16) for a, s in ((ax, step_x), (ay, step_y)))
        count = len(xs) * len(ys)
        sums = [sum(c) for c in zip(*(self.channels(x, y) for y in ys for x in xs))]
        return self.together([(s + count // 2) // count for s in sums])

    def at(self, method, ax, ay, step_x, step_y):
        if method == BILINEAR:
            return self.bilinear(ax - 0x8000, ay - 0x8000)
        if method == BICUBIC:
            return self.bicubic(ax - 0x8000, ay - 0x8000)
        if method == AREA:
            return self.area(ax, ay, step_x, step_y)
        return self.raw(ax >> 16, ay >> 16)


def method_of(hint, xs, ys, step_x, step_y, roi):
    if step_x == step_y == 65536:
        return 0
    if hint & AREA:
        return 0 if xs >= 1 and ys >= 1 else AREA
    if hint & BICUBIC and min(roi[2:]) > 3:
        return BICUBIC
    return BILINEAR if hint & (BICUBIC | BILINEAR) and min(roi[2:]) > 1 else 0


def bright(mask, x, y):
    if not (x < mask.w and y < mask.h):
        return False
    return to_kind(mask.kind, mask.pixels[y * mask.w + x], BINARY)


def blend(kind, new, old, a, black):
    """`a`: of 256, or of 32 for colours."""
    if kind == RGB565:
        out = 0
        for shift, mask in ((11, 31), (5, 63), (0, 31)):
            out |= ((new >> shift & mask) * a + (0 if black else (old >> shift & mask) * (32 - a)) >> 5) << shift
        return out
    if kind == BINARY:
        return int((255 * new * a + (0 if black else 255 * old * (256 - a)) >> 8) > 127)
    return (new * a + (0 if black else old * (256 - a))) >> 8


def draw(dst, src, at=(0, 0), x_scale=None, y_scale=None, roi=None, rgb_channel=-1, alpha=255, color_palette=None,
         alpha_palette=None, hint=0, mask=None):
    palette = BUILT_IN[color_palette] if isinstance(color_palette, int) else color_palette and color_palette.pixels
    alphas = alpha_palette and alpha_palette.pixels
    xs = x_scale if x_scale is not None else y_scale if y_scale is not None else 1
    ys = y_scale if y_scale is not None else xs
    rx, ry, rw, rh = roi or (0, 0, src.w, src.h)
    rx, rw = max(rx, 0), min(rx + rw, src.w) - max(rx, 0)
    ry, rh = max(ry, 0), min(ry + rh, src.h) - max(ry, 0)
    mirror_x, mirror_y = (xs < 0) != bool(hint & HMIRROR), (ys < 0) != bool(hint & VFLIP)
    xs, ys = single(abs(xs)), single(abs(ys))
    turned = hint & TRANSPOSE
    if hint & (IGNORE | KEEP | EXPAND):
        fx = single((dst.h if turned else dst.w) / rw)
        fy = single((dst.w if turned else dst.h) / rh)
        if not hint & IGNORE:
            fx = fy = min(fx, fy) if hint & KEEP else max(fx, fy)
        xs, ys = single(xs * fx), single(ys * fy)
    w, h = floor_of(single(xs * rw)), floor_of(single(ys * rh))
    x0, y0 = at
    if hint & CENTER:
        x0 += (dst.w - (h if turned else w)) // 2
        y0 += (dst.h - (w if turned else h)) // 2
    if min(w, h) < 1 or alpha == 0 or alphas and not any(alphas):
        return
    source = src
    if rgb_channel >= 0 and src.kind == RGB565 and (hint & CHANNEL_FIRST or palette and hint & PALETTE_FIRST):
        source = Picture(GRAYSCALE, src.w, src.h, [full(p)[rgb_channel] for p in src.pixels])
    if palette and hint & PALETTE_FIRST:
        source = Picture(RGB565, src.w, src.h, [palette[to_kind(source.kind, p, GRAYSCALE)] for p in source.pixels])
        palette = None
        rgb_channel = -1
    step_x, step_y = floor_of(single(65536 / xs)), floor_of(single(65536 / ys))
    method = method_of(hint, xs, ys, step_x, step_y, (rx, ry, rw, rh))
    scaler = Scaler(source, (rx, ry, rw, rh))
    # What is seen of the picture's columns and rows, in the order of the source.
    seen_x = [i for i in range(w) if 0 <= place(i, w, mirror_x) + (y0 if turned else x0) < (dst.h if turned else dst.w)]
    seen_y = [i for i in range(h) if 0 <= place(i, h, mirror_y) + (x0 if turned else y0) < (dst.w if turned else dst.h)]
    if not seen_x or not seen_y:
        return
    start_x = floor_of(single(single((seen_x[0] + floor_of(single(rx * xs))) << 16) / xs))
    start_y = floor_of(single(single((seen_y[0] + floor_of(single(ry * ys))) << 16) / ys))
    strength = nearest_of(alpha * 256, 255)
    if dst.kind == RGB565:
        strength >>= 3
    for j in seen_y:
        for i in seen_x:
            dx, dy = place(i, w, mirror_x), place(j, h, mirror_y)
            if turned:
                dx, dy = dy, dx
            dx, dy = dx + x0, dy + y0
            if mask and not bright(mask, dx, dy):
                continue
            value = scaler.at(method, start_x + (i - seen_x[0]) * step_x, start_y + (j - seen_y[0]) * step_y, step_x, step_y)
            kind = source.kind
            if rgb_channel >= 0 and kind == RGB565:
                kind, value = GRAYSCALE, full(value)[rgb_channel]
            index = to_kind(kind, value, GRAYSCALE)
            a = nearest_of(strength * alphas[index], 255) if alphas else strength
            if palette:
                kind, value = RGB565, palette[index]
            value = to_kind(kind, value, dst.kind)
            where = dy * dst.w + dx
            if alpha == 255 and not alphas:
                dst.pixels[where] = value
            else:
                dst.pixels[where] = blend(dst.kind, value, dst.pixels[where], a, hint & BLACK)


def place(i, size, mirrored):
    return size - 1 - i if mirrored else i


def convert(src, method, **keywords):
    """to_..., copy, scale, crop: drawn onto black."""
    keywords = dict(keywords)
    kind = {"to_bitmap": BINARY, "to_grayscale": GRAYSCALE, "to_rgb565": RGB565, "to_rainbow": RGB565, "to_ironbow": RGB565}.get(
        method, src.kind)
    if method in ("to_rainbow", "to_ironbow"):
        keywords.setdefault("color_palette", int(method == "to_ironbow"))
    xs, ys = keywords.get("x_scale"), keywords.get("y_scale")
    xs = xs if xs is not None else ys if ys is not None else 1
    ys = ys if ys is not None else xs
    rx, ry, rw, rh = keywords.get("roi") or (0, 0, src.w, src.h)
    rw, rh = min(rx + rw, src.w) - max(rx, 0), min(ry + rh, src.h) - max(ry, 0)
    hint = keywords.pop("hint", 0) & ~(KEEP | EXPAND | IGNORE | CENTER) | BLACK
    w, h = floor_of(single(rw * single(abs(xs)))), floor_of(single(rh * single(abs(ys))))
    if hint & TRANSPOSE:
        w, h = h, w
    out = Picture(kind, w, h, [0] * (w * h))
    draw(out, src, hint=hint, **keywords)
    return out


def random_keywords(rng, src, area):
    keywords = {}
    scales = (0.5, 0.25, 1 / 8, 1) if area else (1, 2, 3, 4, 0.5, 0.25, None)
    for name in ("x_scale", "y_scale"):
        scale = rng.choice(scales)
        if scale is None:
            scale = single(rng.choice((0.3, 0.7, 1.5, 2.6, rng.uniform(0.2, 5))))
        if rng.random() < 0.6:
            keywords[name] = scale * rng.choice((1, 1, 1, -1))
    if rng.random() < 0.4 and not area:
        x, y = rng.randrange(-3, src.w), rng.randrange(-3, src.h)
        keywords["roi"] = (x, y, rng.randint(max(1, 1 - x), src.w + 4), rng.randint(max(1, 1 - y), src.h + 4))
    if rng.random() < 0.3:
        keywords["rgb_channel"] = rng.randrange(3)
    if rng.random() < 0.4:
        keywords["alpha"] = rng.choice((0, 1, 127, 128, 254, rng.randrange(256)))
    if rng.random() < 0.5:
        keywords["color_palette"] = rng.choice((0, 1, Picture.random(rng, RGB565, 256, 1), Picture.random(rng, RGB565, 16, 16)))
    if rng.random() < 0.3:
        keywords["alpha_palette"] = Picture.random(rng, GRAYSCALE, 16, 16)
    hint = AREA if area else rng.choice((0, 0, BILINEAR, BILINEAR, BICUBIC, BILINEAR | BICUBIC))
    for bit in (HMIRROR, VFLIP, TRANSPOSE, CENTER, CHANNEL_FIRST, PALETTE_FIRST, BLACK):
        if rng.random() < 0.25:
            hint |= bit
    if not area and rng.random() < 0.25:
        hint |= rng.choice((KEEP, EXPAND, IGNORE, KEEP | EXPAND))
    if hint:
        keywords["hint"] = hint
    return keywords


def random_case(rng):
    area = rng.random() < 0.1
    src = Picture.random(rng, rng.choice(FORMATS), *((16, 8) if area else (rng.randint(1, 40), rng.randint(1, 12))))
    keywords = random_keywords(rng, src, area)
    if rng.random() < 0.35:
        method = rng.choice(("to_bitmap", "to_grayscale", "to_rgb565", "to_rainbow", "to_ironbow", "copy", "scale", "crop"))
        # What would be less than one pixel has no picture.
        expected = convert(src, method, **keywords)
        if min(expected.w, expected.h) < 1:
            return random_case(rng)
        return None, src, method, (), keywords, expected
    if rng.random() < 0.2:
        keywords["mask"] = Picture.random(rng, rng.choice(FORMATS), rng.randint(1, 50), rng.randint(1, 20))
    dst = Picture.random(rng, rng.choice(FORMATS), rng.randint(1, 70), rng.randint(1, 20))
    # A mean over a part of a pixel's place would be none of whole numbers.
    at = (0, 0) if area else rng.choice(((), (rng.randint(-20, 40), ), (rng.randint(-20, 60), rng.randint(-15, 15))))
    if area:
        keywords["hint"] &= ~CENTER
    expected = dst.copy()
    draw(expected, src, at=(at + (0, 0))[:2], **keywords)
    return dst, src, "draw_image", at, keywords, expected


def as_line(case):
    dst, src, method, at, keywords, _ = case
    words = {k: v.as_words() if isinstance(v, Picture) else v for k, v in keywords.items()}
    return repr({"images": [dst and dst.as_words(), src.as_words()], "method": method, "at": at, "keywords": words})


class Pixels(program.Case):
    @unittest.skipUnless(scripts.micropython_top(), "MicroPython's sources are not there")
    def test_random_draws(self):
        rng = random.Random(SEED)
        cases = [random_case(rng) for _ in range(ROUNDS)]
        place_ = pathlib.Path(self.directory())
        (place_ / "draws.txt").write_text("".join(as_line(case) + "\n" for case in cases))
        (place_ / "draw.py").write_text(SCRIPT)
        result = program.run("script", str(place_ / "draw.py"))
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        changed = 0
        for case, line in zip(cases, result.stdout.decode().splitlines()):
            expected = case[5]
            kind, w, h, pixels = line.split()
            self.assertEqual((int(kind), int(w), int(h)), (FORMAT_VALUES[expected.kind], expected.w, expected.h), as_line(case))
            self.assertEqual(pixels, expected.bytes().hex(), f"seed {SEED}: {as_line(case)}")
            changed += case[0] is None or case[0].pixels != expected.pixels
        self.assertGreater(changed, ROUNDS // 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
