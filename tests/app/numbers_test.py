"""Scripts' blobs, histograms and statistics against a slow reading of the rules in Python.

`IRONBOW_SEED=N` takes other pictures, `IRONBOW_ROUNDS=N` more of them.
"""
import math
import os
import pathlib
import random
import unittest

import program
import scripts

SEED = int(os.environ.get("IRONBOW_SEED", "1"))
ROUNDS = int(os.environ.get("IRONBOW_ROUNDS", "60"))
SCRIPT = """
import image, binascii
def make(kind, w, h, pixels):
    i = image.Image(w, h, getattr(image, kind))
    for at, value in enumerate(pixels): i[at] = value
    return i
for line in open("/remote/pictures.txt"):
    picture, other, blobs, counted, part = eval(line)
    i = make(*picture)
    if other: counted["difference"] = make(*other)
    print([tuple(b) for b in i.find_blobs(**blobs)])
    h = i.get_histogram(**counted)
    print([h[0], h[1], h[2]])
    print((tuple(h.get_percentile(part)), tuple(h.get_threshold())))
    print(tuple(i.get_statistics(**counted)))
"""
RANGES = {"BINARY": [(0, 1)], "GRAYSCALE": [(0, 255)], "RGB565": [(0, 100), (-128, 127), (-128, 127)]}


def linear(c):
    c /= 255
    return 100 * (((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92)


def lab_of(code):
    r, g, b = (linear((v * 255 + most / 2) // most) for v, most in ((code >> 11, 31), (code >> 5 & 63, 63), (code & 31, 31)))
    xyz = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 95.047, (0.2126 * r + 0.7152 * g + 0.0722 * b) / 100, (
        0.0193 * r + 0.1192 * g + 0.9505 * b) / 108.883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787037 * t + 0.137931 for t in xyz)
    return round(116 * fy) - 16, round(500 * (fx - fy)), round(200 * (fy - fz))


def lab(code, known={}):
    pair = code & ~1
    if pair not in known:
        known[pair] = tuple(int((a + b) / 2) for a, b in zip(lab_of(pair), lab_of(pair | 1)))
    return known[pair]


def values(kind, pixel):
    return lab(pixel) if kind == "RGB565" else (pixel,)


def bounds(kind, threshold):
    """Saturated first, then put in order; what is missing is the whole range."""
    out = []
    for k, (low, high) in enumerate([(0, 255)] if kind != "RGB565" else [(0, 255), (-128, 127), (-128, 127)]):
        pair = [low, high]
        for side in (0, 1):
            if len(threshold) > 2 * k + side:
                pair[side] = min(max(threshold[2 * k + side], low), high)
        out.append(sorted(pair))
    return out


def matches(kind, pixel, threshold, invert):
    inside = all(low <= v <= high for v, (low, high) in zip(values(kind, pixel), bounds(kind, threshold)))
    return inside != invert


def clipped(picture, roi):
    _, w, h, _ = picture
    x, y, rw, rh = roi or (0, 0, w, h)
    return max(x, 0), max(y, 0), min(x + rw, w), min(y + rh, h)


def find_blobs(picture, thresholds, invert=False, roi=None, x_stride=2, y_stride=1, area_threshold=10, pixels_threshold=10):
    kind, w, _, pixels = picture
    x0, y0, x1, y1 = clipped(picture, roi)
    claimed, found = set(), []
    for k, threshold in enumerate(filter(None, thresholds)):  # empty ones are ignored, and not counted
        match = {(x, y) for y in range(y0, y1) for x in range(x0, x1) if matches(kind, pixels[y * w + x], threshold, invert)}
        for y in range(y0, y1, y_stride):
            for x in range(x0 + y % x_stride, x1, x_stride):
                if (x, y) in match and (x, y) not in claimed:
                    blob = fill(match, claimed, x, y, (y0, y1))
                    if blob[2] * blob[3] >= area_threshold and blob[6] >= pixels_threshold:
                        found.append(blob + (1 << k,))
    return found


def fill(match, claimed, x, y, edges):
    region, todo = set(), [(x, y)]
    while todo:
        at = todo.pop()
        if at in region or at in claimed or at not in match:
            continue
        region.add(at)
        todo += [(at[0] - 1, at[1]), (at[0] + 1, at[1]), (at[0], at[1] - 1), (at[0], at[1] + 1)]
    earlier = set(claimed)
    claimed |= region
    perimeter = 0
    for (px, py) in region:
        if (px - 1, py) in region:
            continue
        end = px
        while (end + 1, py) in region:
            end += 1
        perimeter += 2
        for ny in (py - 1, py + 1):
            if edges[0] <= ny < edges[1]:
                perimeter += sum((nx, ny) not in match and (nx, ny) not in earlier for nx in range(px + 1, end))
            else:
                perimeter += end - px + 1
    xs, ys = [p[0] for p in region], [p[1] for p in region]
    n = len(region)
    cxf, cyf = sum(xs) / n, sum(ys) / n
    mx, my = round(cxf), round(cyf)
    a, b, c = sum((p - mx) ** 2 for p in xs), sum((p - mx) * (q - my) for p, q in region), sum((q - my) ** 2 for q in ys)
    length = math.hypot(a - c, b)
    s, co = (b / length, (a - c) / length) if length else (0, 0)
    four = [(a + c) / 2 + sign * (a - c) / 2 * co + other * b / 2 * s for sign, other in ((1, 1), (-1, -1))]
    roundness = min(four) / max(four) if max(four) else 0
    rotation = math.atan2(2 * b, a - c) % (2 * math.pi) / 2 if a != c else 0
    return (min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1, mx, my, n, perimeter, cxf, cyf, rotation, roundness)


def histogram(picture, other, thresholds=None, invert=False, roi=None, bins=-1, l_bins=-1, a_bins=-1, b_bins=-1):
    kind, w, _, pixels = picture
    x0, y0, x1, y1 = clipped(picture, roi)
    sizes = {"BINARY": [2], "GRAYSCALE": [256], "RGB565": [101, 256, 256]}[kind]
    sizes = [own if own > 0 else bins if bins > 0 else usual for usual, own in zip(sizes, (l_bins, a_bins, b_bins))]
    counts, total = [[0] * size for size in sizes], 0
    for y in range(y0, y1):
        for x in range(x0, x1):
            pixel = pixels[y * w + x]
            if other:
                pixel = apart(kind, pixel, other[3][y * w + x])
            times = sum(matches(kind, pixel, t, invert) for t in thresholds if t) if any(thresholds or []) else 1
            total += times
            for count, size, v, (low, high) in zip(counts, sizes, values(kind, pixel), RANGES[kind]):
                count[round((v - low) * (size - 1) / (high - low))] += times
    return [[c / total if total else 0 for c in count] for count in counts]


def apart(kind, a, b):
    if kind == "BINARY":
        return a ^ b
    if kind == "GRAYSCALE":
        return abs(a - b)
    return sum(abs((a >> at & mask) - (b >> at & mask)) << at for at, mask in ((11, 31), (5, 63), (0, 31)))


def value_of(i, size, bounds_):
    low, high = bounds_
    return math.floor(i * (high - low) / (size - 1)) + low


def statistics(bins, bounds_):
    """Mean, mode, deviation, least and most: as far as they do not hang on the last bit of a sum."""
    at = [value_of(i, len(bins), bounds_) for i in range(len(bins))]
    low, high = bounds_
    exact = [i * (high - low) / (len(bins) - 1) + low for i in range(len(bins))]
    mean = sum(v * p for v, p in zip(exact, bins))
    square = sum(v * v * p for v, p in zip(exact, bins))
    there = [v for v, p in zip(at, bins) if p > 0] or [0]
    mode = at[bins.index(max(bins))] if any(bins) else 0
    return mean, mode, square, there[0], there[-1]


def random_picture(rng, kind, w, h):
    levels = {"BINARY": [0, 1], "GRAYSCALE": [0, 90, 91, 160, 200, 255], "RGB565": [0, 0xF800, 0x07E0, 0x001F, 0xFFFF, 0x8410, 0xFB20]}[kind]
    if rng.random() < 0.3:  # noise
        return kind, w, h, [rng.choice(levels) if rng.random() < 0.5 else rng.randint(0, levels[-1] | 1) & {
            "BINARY": 1, "GRAYSCALE": 255, "RGB565": 65535}[kind] for _ in range(w * h)]
    pixels = [levels[0]] * (w * h)
    for _ in range(rng.randint(1, 6)):
        level, cx, cy, r = rng.choice(levels), rng.randrange(w), rng.randrange(h), rng.randint(1, 7)
        square = rng.random() < 0.5
        for y in range(h):
            for x in range(w):
                if (max(abs(x - cx), abs(y - cy)) <= r) if square else (x - cx) ** 2 + (y - cy) ** 2 <= r * r:
                    pixels[y * w + x] = level
    return kind, w, h, pixels


def random_thresholds(rng, kind):
    if kind == "RGB565":
        return [tuple(rng.choice((0, 20, 50, 100, -128, -20, 20, 127, 999)) for _ in range(rng.choice((0, 2, 4, 6, 6, 6))))
                for _ in range(rng.randint(1, 2))]
    levels = (0, 1, 1) if kind == "BINARY" else (0, 90, 91, 150, 200, 255, -9, 999)
    return [tuple(rng.choice(levels) for _ in range(rng.choice((0, 1, 2, 2, 2, 2)))) for _ in range(rng.randint(1, 3))]


def random_roi(rng, w, h):
    x, y = rng.randrange(-3, w), rng.randrange(-3, h)
    return x, y, rng.randint(max(1, 1 - x), w + 4), rng.randint(max(1, 1 - y), h + 4)


def random_case(rng):
    kind, w, h = rng.choice(("BINARY", "GRAYSCALE", "GRAYSCALE", "RGB565")), rng.randint(1, 40), rng.randint(1, 24)
    picture = random_picture(rng, kind, w, h)
    other = random_picture(rng, kind, w, h) if rng.random() < 0.25 else None
    blobs = {"thresholds": random_thresholds(rng, kind)}
    counted = {}
    for keywords in (blobs, counted):
        if rng.random() < 0.3:
            keywords["roi"] = random_roi(rng, w, h)
    if rng.random() < 0.3:
        blobs["invert"] = True
    for name in ("x_stride", "y_stride", "area_threshold", "pixels_threshold"):
        if rng.random() < 0.4:
            blobs[name] = rng.randint(1, 6)
    if rng.random() < 0.4:
        counted["thresholds"] = random_thresholds(rng, kind)
        counted["invert"] = rng.random() < 0.3
    for name in ("bins", "l_bins", "a_bins", "b_bins"):
        if rng.random() < 0.15:
            counted[name] = rng.choice((2, 3, 8, 10, 64, 256))
    return picture, other, blobs, counted, rng.choice((0.1, 0.25, 0.5, 0.9, 1.0))


class Numbers(program.Case):
    @unittest.skipUnless(scripts.micropython_top(), "MicroPython's sources are not there")
    def test_random_pictures(self):
        rng = random.Random(SEED)
        cases = [random_case(rng) for _ in range(ROUNDS)]
        place = pathlib.Path(self.directory())
        (place / "pictures.txt").write_text("".join(repr(case) + "\n" for case in cases))
        (place / "count.py").write_text(SCRIPT)
        result = program.run("script", str(place / "count.py"))
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        lines = iter(result.stdout.decode().splitlines())
        some = 0
        for case in cases:
            self.case = f"seed {SEED}: {case}"
            blobs, bins, points, numbers = (eval(next(lines)) for _ in range(4))
            some += len(blobs)
            self.check_blobs(blobs, find_blobs(case[0], **case[2]))
            expected = histogram(case[0], case[1], **case[3])
            self.check_histogram(bins, expected)
            self.check_numbers(case[0][0], expected, case[4], points, numbers)
        self.assertGreater(some, ROUNDS // 2)

    def check_blobs(self, got, expected):
        self.assertEqual(len(got), len(expected), self.case)
        for blob, want in zip(got, expected):
            self.assertEqual(len(blob), 23)
            self.assertEqual(blob[:7] + (blob[10], blob[8], blob[9]), want[:8] + (want[12], 1), self.case)
            self.assertAlmostEqual(blob[16], want[8], delta=1e-4)
            self.assertAlmostEqual(blob[17], want[9], delta=1e-4)
            turn = abs(blob[7] - want[10]) % math.pi
            self.assertLess(min(turn, math.pi - turn), 1e-3, self.case)
            self.assertAlmostEqual(blob[11], want[11], delta=1e-3, msg=self.case)
            self.assertAlmostEqual(blob[18], 1 - blob[11], delta=1e-5)
            self.assertEqual((blob[19], blob[22]), (want[2] * want[3], want[:4]))
            self.assertAlmostEqual(blob[20], want[6] / (want[2] * want[3]), delta=1e-5)
            self.assertAlmostEqual(blob[21], 4 * math.pi * want[6] / want[7] ** 2, delta=1e-4)

    def check_histogram(self, got, expected):
        expected = expected + [[]] * (3 - len(expected))
        self.assertEqual([len(b) for b in got], [len(b) for b in expected], self.case)
        for bins, want in zip(got, expected):
            for a, b in zip(bins, want):
                self.assertAlmostEqual(a, b, delta=1e-6, msg=self.case)

    def check_numbers(self, kind, histogram_, part, points, numbers):
        percentile, threshold = points
        self.assertEqual((percentile[0], threshold[0], numbers[:8]), (percentile[1], threshold[1], numbers[8:16]))
        for k, bins in enumerate(histogram_):
            self.check_percentile(bins, RANGES[kind][k], part, percentile[1 + k])
            self.check_otsu(bins, RANGES[kind][k], threshold[1 + k])
            mean, median, mode, stdev, least, most, lq, uq = numbers[8 + 8 * k:16 + 8 * k]
            want = statistics(bins, RANGES[kind][k])
            self.assertIn(mean, (math.floor(want[0] - 1e-3), math.floor(want[0] + 1e-3)), self.case)
            self.assertEqual((mode, least, most), (want[1], want[3], want[4]), self.case)
            deviation = math.sqrt(max(want[2] - want[0] ** 2, 0))
            self.assertIn(stdev, range(math.floor(deviation - 0.05), math.floor(deviation + 0.05) + 1), self.case)
            for q, value in ((0.25, lq), (0.5, median), (0.75, uq)):
                self.check_percentile(bins, RANGES[kind][k], q, value)

    def check_percentile(self, bins, bounds_, part, got):
        """Exact, but where the sum meets the part within what single precision loses."""
        ends, total = [], 0
        for p in bins:
            total += p
            ends.append(total)
        wanted = {value_of(i, len(bins), bounds_) for i, end in enumerate(ends)
                  if (ends[i - 1] if i else 0) < part + 1e-5 and part <= end + 1e-5 and bins[i] > 0}
        if abs(part - total) < 1e-5 or total == 0:  # may never be reached, then it is 0 or the least
            wanted |= {0, value_of(0, len(bins), bounds_)}
        self.assertIn(got, wanted, f"{part} of {self.case}")

    def check_otsu(self, bins, bounds_, got):
        total = sum(i * p for i, p in enumerate(bins))
        below = mean = 0
        scores = []
        for i, p in enumerate(bins):
            below, mean = below + p, mean + i * p
            spread = below * (1 - below)
            scores.append((below * total - mean) ** 2 / spread if spread > 1e-5 else 0)
        best = max(scores)
        low, high = bounds_
        wanted = {i * (high - low) // (len(bins) - 1) + low for i, s in enumerate(scores) if s >= best * (1 - 1e-4) - 1e-6}
        self.assertIn(got, wanted, self.case)


if __name__ == "__main__":
    unittest.main(verbosity=2)
