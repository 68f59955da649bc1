"""The examples run as they are, and what they make is right: pixels, waveforms, distances, files."""
import json
import math
import os
import re
import shutil
import subprocess
import unittest

import program
import scripts

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "examples")


def jpeg_size(data):
    """Width and height out of a JPEG's frame header."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC1):
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    return int.from_bytes(data[at + 7:at + 9], "big"), int.from_bytes(data[at + 5:at + 7], "big")


@unittest.skipUnless(scripts.micropython_top(), "MicroPython's sources are not there")
class Examples(program.Case):
    def setUp(self):
        """A folder with the examples and what looks over their shoulders, and a card."""
        self.folder = self.directory()
        for name in os.listdir(EXAMPLES):
            shutil.copy(os.path.join(EXAMPLES, name), self.folder)
        shutil.copy(os.path.join(HERE, "examples_watch.py"), self.folder)
        self.card = os.path.join(self.folder, "card.img")
        with open(self.card, "wb") as file:
            file.truncate(8 << 20)
        if shutil.which("mkfs.fat"):
            subprocess.run(["mkfs.fat", self.card], check=True, capture_output=True)
        elif "microsd" in self.id() or "time_lapse" in self.id() or "log" in self.id():
            self.skipTest("mkfs.fat (dosfstools) is not installed")

    def watch(self, name, prints, *args):
        result = program.run("script", os.path.join(self.folder, "examples_watch.py"), name, str(prints), *args)
        self.assertEqual((result.returncode, result.stderr.decode()), (0, ""), name)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def plain(self, name, *args, code=124):
        result = program.run("script", os.path.join(self.folder, name), *args)
        self.assertEqual(result.returncode, code, result.stderr.decode())
        return result.stdout.decode()

    def test_led(self):
        *said, last = self.watch("01-led.py", 8)
        self.assertEqual([s["said"] for s in said], ["LED_RED", "LED_GREEN", "LED_BLUE", "LED_WHITE"] * 2)
        # Red, green and blue are lit when low, the white one when high: one after the other, 250 ms and 50 ms.
        dark = [1, 1, 1, 0]
        steps = []
        for (when, levels), (then, _) in zip(last["waves"], last["waves"][1:]):
            lit = [i for i in range(4) if levels[i] != dark[i]]
            self.assertLessEqual(len(lit), 1)
            if lit:
                steps.append(lit[0])
                self.assertAlmostEqual(then - when, 50 if lit[0] == 3 else 250, delta=25)
        self.assertEqual(steps[:7], [0, 1, 2, 3, 0, 1, 2])

    def test_colour_camera(self):
        found = self.watch("02-color-camera.py", 4)
        for f in found:
            self.assertEqual((f["img"]["w"], f["img"]["h"], f["img"]["format"]), (720, 480, 0x0C030002))
            self.assertTrue(30 < f["img"]["mean"] < 75, f)  # L of LAB: neither dark nor glaring
            self.assertGreater(f["img"]["stdev"], 8)
        self.assertEqual(len({f["img"]["crc"] for f in found}), 4, "each picture has its own noise")
        self.assertAlmostEqual(float(found[-1]["said"].split()[-2]), 23.5, delta=0.5)
        self.assertEqual(found, self.watch("02-color-camera.py", 4), "the same on every run")

    def test_jpeg_mode(self):
        for f in self.watch("03-jpeg.py", 2):
            self.assertEqual((f["img"]["w"], f["img"]["h"], f["img"]["format"]), (2592, 1944, 0x06060000))
            self.assertEqual((f["img"]["head"], f["img"]["tail"]), ("ffd8", "ffd9"))
            self.assertTrue(100_000 < f["img"]["size"] < 3_000_000)

    def test_autofocus(self):
        first, *rest = self.watch("04-autofocus.py", 3)
        self.assertTrue(all(0 < int(re.search(r"in (\d+) ms", f["said"])[1]) < 5000 for f in [first, *rest]))
        result = program.run("script", os.path.join(self.folder, "04-autofocus.py"), "--af-firmware", self.card)
        self.assertEqual(result.returncode, 1)

    def test_lepton(self):
        found = self.watch("05-lepton.py", 12)
        self.assertEqual((found[-1]["img"]["w"], found[-1]["img"]["h"], found[-1]["img"]["format"]),
                         (320, 240, 0x08020001))
        self.assertTrue(all(f["img"]["most"] > 200 and f["img"]["least"] < 60 for f in found))
        self.assertGreater(len({f["img"]["crc"] for f in found}), 8)
        spacing = (found[-1]["ms"] - found[2]["ms"]) / 9
        self.assertAlmostEqual(spacing, 1000 / 8.83, delta=12)

    def test_overlay(self):
        found = self.watch("06-overlay.py", 30)
        last = found[-1]
        self.assertEqual((last["img"]["w"], last["img"]["h"], last["heat"]["w"], last["heat"]["h"]), (720, 480, 320, 240))
        kettle, corner, other_corner = last["pixels"]
        # The water glows in the palette's orange and yellow; what is cold stays as the colour camera has it.
        self.assertTrue(kettle[0] > 180 and kettle[0] > kettle[2] + 80, last)
        for pixel in (corner, other_corner):
            self.assertLess(max(pixel) - min(pixel), 40, last)

    def test_aligned_overlay(self):
        last = self.watch("13-aligned-overlay.py", 30)[-1]
        far, moved = map(int, re.fullmatch(r"at (\d+) mm: moved by (\d+) pixels", last["said"]).groups())
        self.assertTrue(700 < far < 820, far)
        # 720 pixels are 65 degrees, and the cameras are 22 mm apart.
        self.assertEqual(moved, round(360 / math.tan(math.radians(32.5)) * 22 / far))
        kettle, tea, left, right, milk = last["pixels"]
        # The glow ends where the kettle does, the tea glows inside of its mug, the milk beside it does not.
        for red, _, blue in (kettle, tea):
            self.assertTrue(red > 170 and red > blue + 60, last)
        for pixel in (left, right):
            self.assertLess(max(pixel) - min(pixel), 40, last)
        self.assertGreater(milk[2], milk[0], last)

    def test_rangefinder(self):
        said = [f["said"] for f in self.watch("07-rangefinder.py", 20)]
        far = [int(re.fullmatch(r"Distance: (\d+) mm", s)[1]) for s in said]
        self.assertTrue(all(700 < mm < 820 for mm in far), far)
        self.assertGreater(len(set(far)), 1, "it is a measurement")

    def test_microsd(self):
        for run in (1, 2):
            text = self.plain("08-microsd.py", "--sdcard", self.card, code=0)
            self.assertIn(f"runs: {run}\n", text)
            self.assertIn("runs.txt", text)
        if shutil.which("mtype"):
            result = subprocess.run(["mtype", "-i", self.card, "::runs.txt"], capture_output=True)
            self.assertEqual(result.stdout, b"once more\n" * 2)

    def test_hot_spot(self):
        found = self.watch("09-hot-spot.py", 5)
        blobs = eval(found[-1]["said"], {})
        self.assertTrue(any(pixels > 8000 and abs(x - 124) < 12 and abs(y - 140) < 15 for x, y, pixels in blobs), blobs)

    def test_object_temperature(self):
        said = self.watch("10-object-temperature.py", 4)[-1]["said"]
        coldest, warmest, middle = map(float, re.findall(r"-?\d+\.\d", said))
        self.assertTrue(0 < coldest < 22 < middle < warmest < 90, said)

    def test_time_lapse(self):
        text = self.plain("11-time-lapse.py", "--sdcard", self.card, "--limit", "25s")
        self.assertEqual(text.splitlines(), [f"/sdcard/lapse/{n:05}.jpg" for n in range(3)])
        if shutil.which("mcopy"):
            out = os.path.join(self.folder, "0.jpg")
            subprocess.run(["mcopy", "-i", self.card, "::lapse/00000.jpg", out], check=True)
            with open(out, "rb") as file:
                self.assertEqual(jpeg_size(file.read()), (640, 480))

    def test_temperature_log(self):
        text = self.plain("12-temperature-log.py", "--sdcard", self.card, "--limit", "8s")
        rows = [line.split(",") for line in text.splitlines()]
        self.assertGreaterEqual(len(rows), 4)
        for _, least, mean, most, sensor in rows:
            self.assertTrue(-10 <= float(least) <= float(mean) <= float(most) <= 140)
            self.assertTrue(10 < float(sensor) < 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
