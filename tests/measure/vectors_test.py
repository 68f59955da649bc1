"""The golden vectors of measuring, derived once more from the formulas in docs/measure.md.

Written without looking at how the C does it: exp and log of the C library through Python, temperatures by solving
the model, pixels by definition.
"""
import json
import math
import os
import statistics
import unittest

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "measure.json")
ZERO_C = 273.15


def w(curve, kelvin):
    return curve["r"] / (math.exp(curve["b"] / kelvin) - curve["f"])


def seen(o, curve, signal):
    """What arrives at the detector from an object of this signal."""
    surface = o["emissivity"] * signal + (1 - o["emissivity"]) * w(curve, o["reflected_k"])
    air = o["atmosphere"] * surface + (1 - o["atmosphere"]) * w(curve, o["atmosphere_k"])
    own = 1 - o["window"] - o["window_reflection"]
    return (o["window"] * air + o["window_reflection"] * w(curve, o["window_reflected_k"]) +
            own * w(curve, o["window_k"]))


def solve(o, curve, arrived):
    """The object's temperature by bisection over everything that is accepted; None when there is none."""
    low, high = 50.0, 5000.0
    if not seen(o, curve, w(curve, low)) <= arrived <= seen(o, curve, w(curve, high)):
        return None
    for _ in range(200):
        middle = (low + high) / 2
        if seen(o, curve, w(curve, middle)) < arrived:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def kelvin_of(row, pixel):
    curve = row["curve"]
    if row["kind"] == "rbfo":
        return solve(row["object"], curve, pixel - curve["o"])
    shown = pixel * row["scale_ck"] / 100
    return solve(row["object"], curve, seen(row["applied"], curve, w(curve, shown)))


class Vectors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(PATH, encoding="utf-8") as file:
            cls.golden = json.load(file)

    def test_corrections(self):
        checked = 0
        for row in self.golden["corrections"]:
            for pixel, kelvin, _, _ in row["points"]:
                found = kelvin_of(row, pixel)
                with self.subTest(pixel=pixel, object=row["object"]):
                    if kelvin is None:
                        self.assertFalse(found is not None and row["first"] <= pixel <= row["last"])
                    else:
                        self.assertAlmostEqual(found, kelvin, places=4)
                        checked += 1
        self.assertGreater(checked, 100)

    def test_ends(self):
        """The first and last pixel have a temperature, their neighbours have none."""
        for row in self.golden["corrections"]:
            self.assertIsNotNone(kelvin_of(row, row["first"]))
            if row["first"] > 0 and (row["kind"] == "rbfo" or row["first"] * row["scale_ck"] > 5000):
                self.assertIsNone(kelvin_of(row, row["first"] - 1))
            if row["last"] < 65535 and row["last"] * row["scale_ck"] < 500000 - 10:
                self.assertIsNone(kelvin_of(row, row["last"] + 1))

    def test_uncertainty_by_differences(self):
        """Carried through the correction by shifting what is not known a little."""
        for row in self.golden["corrections"]:
            curve, o = row["curve"], row["object"]
            for _, kelvin, plus_minus, specified in row["points"]:
                if kelvin is None:
                    continue
                arrived = seen(o, curve, w(curve, kelvin))
                black = dict.fromkeys(o, 1.0) | {"window_reflection": 0, "reflected_k": 300, "atmosphere_k": 300,
                                                 "window_k": 300, "window_reflected_k": 300}
                looks = solve(black, curve, arrived)
                sheet = self.sheet(row, looks - ZERO_C)

                def moved(arrived_now, changed):
                    return solve(o | changed, curve, arrived_now)
                step = 1e-4
                camera = (moved(seen(black, curve, w(curve, looks + step)), {}) - kelvin) / step * sheet
                e, e_step = o["emissivity"], -1e-6
                surface = (moved(arrived, {"emissivity": e + e_step}) - kelvin) / e_step * min(0.02, 1 - e)
                mirror = (moved(arrived, {"reflected_k": o["reflected_k"] + step}) - kelvin) / step * 5
                with self.subTest(kelvin=kelvin, object=o):
                    found = math.sqrt(camera ** 2 + surface ** 2 + mirror ** 2)
                    self.assertLess(abs(found - plus_minus) / plus_minus, 1e-3)
                    most = 140 if row["gain"] == "high" else 400
                    self.assertEqual(specified, -10 <= looks - ZERO_C <= most)

    @staticmethod
    def sheet(row, scene_c):
        table = {0: (7, 7, 8), 30: (7, 5, 5), 60: (8, 5, 4)}  # by ambient: scene 10, 50, 100 (symmetrical)
        ambient = row["ambient_ck"] / 100 - ZERO_C if row["ambient_ck"] else 30
        ambient = min(max(ambient, 0), 60)
        scene = min(max(scene_c, 10), 100)

        def along(values, at, places):
            if at <= places[1]:
                return values[0] + (values[1] - values[0]) * (at - places[0]) / (places[1] - places[0])
            return values[1] + (values[2] - values[1]) * (at - places[1]) / (places[2] - places[1])
        k = along([along(table[a], scene, (10, 50, 100)) for a in (0, 30, 60)], ambient, (0, 30, 60))
        if row["gain"] == "high":
            return max(k, 5, abs(scene_c) * 0.05)
        return max(2 * k, 10, abs(scene_c) * 0.1)

    def test_readings(self):
        picture = self.golden["picture"]
        width, height = picture["width"], picture["height"]
        pixels = [28000 + ((i * 2654435761 & 0xFFFFFFFF) >> 19) for i in range(width * height)]
        checked = 0
        for region in self.golden["regions"]:
            if "line" in region:
                places = [(x, y) for x, y in region["line"]]
            else:
                places = [(x, y) for y, first, end in region["rows"] for x in range(first, end)]
            values = [(pixels[y * width + x], x, y) for x, y in places if 0 <= x < width and 0 <= y < height]
            counts = region["counts"]
            with self.subTest(region["text"]):
                self.assertEqual(counts["count"], len(values))
                self.assertEqual("clipped" in counts["flags"], len(values) < len(places))
                if not values:
                    self.assertIn("empty", counts["flags"])
                    continue
                only = [value for value, _, _ in values]
                self.assertEqual(counts["min"], min(only))
                self.assertEqual(counts["max"], max(only))
                self.assertAlmostEqual(counts["mean"], statistics.fmean(only), places=5)
                self.assertEqual(counts["median"], statistics.median(only))
                self.assertEqual(counts["max_at"], list(next(v[1:] for v in values if v[0] == max(only))))
                self.assertEqual(counts["min_at"], list(next(v[1:] for v in values if v[0] == min(only))))
                checked += 1
        self.assertGreater(checked, 10)

    def test_readings_in_kelvin(self):
        """Regions with parameters of their own, against the camera's."""
        words = self.golden["picture"]["row_b_19"]
        camera = {"emissivity": words[0] / 8192, "reflected_k": words[1] / 100, "atmosphere": words[2] / 8192,
                  "atmosphere_k": words[3] / 100, "window": words[4] / 8192, "window_reflection": words[5] / 8192,
                  "window_k": words[6] / 100, "window_reflected_k": words[7] / 100}
        own = {"ellipse": {"emissivity": 0.85, "reflected_k": 303.15},
               "steep": {"emissivity": 0.6},
               "comb": {"emissivity": 0.5, "reflected_k": 283.15, "atmosphere": 0.9, "atmosphere_k": 293.15},
               "glass": {"emissivity": 0.98, "window": 0.9, "window_k": 300, "window_reflection": 0.05,
                         "window_reflected_k": 288.15}, "box": {}, "star": {}}
        for region in self.golden["regions"]:
            name = region["text"].partition("=")[0]
            if name not in own:
                continue
            row = {"kind": "tlinear", "scale_ck": 1, "applied": camera, "object": camera | own[name],
                   "curve": {"r": 395653, "b": 1428, "f": 1, "o": 156}}
            with self.subTest(name):
                for stat in ("min", "max"):
                    found = kelvin_of(row, region["counts"][stat])
                    self.assertAlmostEqual(found, region["kelvin"][stat], places=4)

    def test_air(self):
        for metres, humidity, kelvin, transmission in self.golden["air"]:
            t = kelvin - ZERO_C
            water = humidity * math.exp(1.5587 + 6.939e-2 * t - 2.7816e-4 * t ** 2 + 6.8455e-7 * t ** 3)
            found = (1.9 * math.exp(-math.sqrt(metres) * (0.006569 - 0.002276 * math.sqrt(water))) -
                     0.9 * math.exp(-math.sqrt(metres) * (0.01262 - 0.00667 * math.sqrt(water))))
            self.assertAlmostEqual(min(found, 1), transmission, places=8)

    def test_degrees(self):
        for kelvin, c, f, k in self.golden["degrees"]:
            for text, value in ((c, kelvin - 273.15), (f, (kelvin - 273.15) * 9 / 5 + 32), (k, kelvin)):
                number, unit = text.split()
                self.assertLessEqual(abs(float(number) - value), 0.05 + 1e-9)
                self.assertFalse(number.startswith("-0.0"))
                self.assertEqual(unit, {c: "°C", f: "°F", k: "K"}[text])


if __name__ == "__main__":
    unittest.main()
