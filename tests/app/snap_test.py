"""ironbow snap: pictures and .tjsn files, from scenes whose temperatures are known roughly."""
import json
import os
import re
import struct
import unittest
import zlib

from program import Case, Image, run


class Png:
    """A palette PNG, unpacked with nothing but zlib."""

    def __init__(self, data):
        assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:8]
        at, packed, self.text = 8, b"", {}
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + size]
            crc, = struct.unpack(">I", data[at + 8 + size:at + 12 + size])
            assert crc == zlib.crc32(kind + body), kind
            if kind == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack(">IIBB", body[:10])
                assert (depth, colour) == (8, 3), (depth, colour)
            elif kind == b"PLTE":
                self.palette = [tuple(body[i:i + 3]) for i in range(0, len(body), 3)]
            elif kind == b"tEXt":
                key, _, value = body.partition(b"\0")
                self.text[key.decode()] = value.decode()
            elif kind == b"IDAT":
                packed += body
            at += 12 + size
        self.indices = self._unfilter(zlib.decompress(packed))

    def _unfilter(self, data):
        out = bytearray()
        above = bytes(self.width)
        for y in range(self.height):
            start = y * (self.width + 1)
            kind, row = data[start], bytearray(data[start + 1:start + 1 + self.width])
            for x in range(self.width):
                left = row[x - 1] if x else 0
                corner = above[x - 1] if x else 0
                predictor = left + above[x] - corner
                distance = [abs(predictor - v) for v in (left, above[x], corner)]
                nearest = (left, above[x], corner)[distance.index(min(distance))]
                row[x] = (row[x] + (0, left, above[x], (left + above[x]) // 2,
                                    nearest)[kind]) & 255
            above = bytes(row)
            out += row
        return out


class Pictures(Case):
    def snap(self, name, *args):
        path = os.path.join(self.directory(), name)
        said = self.works("snap", "-o", path, *args).decode()
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(os.listdir(os.path.dirname(path)), [name])
        return data, said

    def test_png(self):
        data, said = self.snap("kettle.png")
        png = Png(data)
        self.assertEqual((png.width, png.height), (640, 480))
        self.assertEqual(len(png.palette), 256)
        brightness = [sum(colour) for colour in png.palette]
        falls = [a - b for a, b in zip(brightness, brightness[1:])]
        self.assertLessEqual(max(falls), 1, "brightness must rise with temperature")
        self.assertEqual((min(png.indices), max(png.indices)), (0, 255))
        self.assertGreater(len(set(png.indices)), 100)
        low, high = map(float, re.search(r"(-?[\d.]+) to (-?[\d.]+) .C", said).groups())
        self.assertTrue(5 < low < 30 < 60 < high < 130, said)
        self.assertIn(f"{low} to {high}", said)

    def test_scale_one_is_the_pixels_themselves(self):
        png = Png(self.snap("small.png", "--scale", "1", "--range", "0:100")[0])
        image = Image(json.loads(self.snap("small.tjsn")[0]))
        self.assertEqual((png.width, png.height), (160, 120))
        # Two images of a slowly changing scene: colours agree to within noise and movement.
        close = 0
        for index, pixel in zip(png.indices, image.pixels):
            expected = min(255, max(0, round((pixel / 100 - 273.15) * 2.55)))
            close += abs(index - expected) <= 8
        self.assertGreater(close, 0.98 * len(image.pixels))

    def test_ranges_that_follow_the_image(self):
        used = {}
        for mode in "min-max", "percentile", "equalised":
            png = Png(self.snap("x.png", "--scale", "1", "--range", mode)[0])
            used[mode] = sorted(png.indices)
        count = len(used["min-max"])
        self.assertLess(used["min-max"].count(255), 10, "those that come near the hottest")
        self.assertTrue(count // 200 < used["percentile"].count(255) < count // 50)
        # Half of a kitchen is colder than the middle of the range; equalised there is half on each side.
        self.assertLess(used["min-max"][count // 2], 80)
        self.assertTrue(80 < used["equalised"][count // 2] < 180, used["equalised"][count // 2])
        self.assertEqual(self.snap("a.jpg")[0], self.snap("b.jpg", "--range", "min-max")[0])
        self.assertNotEqual(self.snap("a.jpg")[0], self.snap("b.jpg", "--range", "equalised")[0])

    def test_ranges_in_other_degrees(self):
        wanted = self.snap("a.png", "--range", "15:40")[0]
        self.assertEqual(self.snap("b.png", "--range", "59F:104F")[0], wanted)
        self.assertEqual(self.snap("b.png", "--range", "288.15K:40C")[0], wanted)

    def test_a_palette_that_does_not_exist_gets_those_that_do(self):
        text = self.fails(2, "snap", "-o", "x.png", "--palette", "plaid")
        self.assertIn("plaid: no such palette; there are ironbow, grey, black-hot, rainbow, ", text)
        self.assertIn("equalised", self.fails(2, "snap", "-o", "x.png", "--range", "auto"))

    def test_range_outside_of_the_scene_is_one_colour(self):
        png = Png(self.snap("hot.png", "--scale", "1", "--range", "2000:3000")[0])
        self.assertEqual(set(png.indices), {0})

    def test_tjsn(self):
        data, _ = self.snap("shot.tjsn", "--mac", "02:00:00:00:be:ef")
        packet = json.loads(data)
        self.assertEqual(list(packet), ["metadata", "radiometric", "telemetry"])
        self.assertEqual(packet["metadata"]["Camera"], "tCam-Mini-BEEF")
        image = Image(packet)
        temperatures = [image.celsius(x, y) for y in range(0, 120, 3) for x in range(0, 160, 3)]
        self.assertTrue(5 < min(temperatures) < 30, min(temperatures))
        self.assertTrue(60 < max(temperatures) < 130, max(temperatures))
        self.assertEqual(image.telemetry[0], 14)
        self.assertEqual(image.telemetry[3] >> 4 & 3, 3, "the start-up FFC is over")

    def test_every_model_and_scene(self):
        for model in ("1.5", "1.6", "2.0", "2.5", "3.0", "3.1R", "3.5"):
            with self.subTest(model):
                packet = json.loads(self.snap("x.tjsn", "--camera", f"sim:lepton-{model}")[0])
                image = Image(packet)
                self.assertGreater(len(set(image.pixels)), 20)
                if model[0] in "12":
                    # 80x60 is pixel-doubled for tCam clients.
                    pixels = image.pixels
                    self.assertEqual(pixels[0:160:2], pixels[1:160:2])
                    self.assertEqual(pixels[0:160], pixels[160:320])
        for scene in ("person", "board", "house"):
            with self.subTest(scene):
                said = self.snap("x.png", "--camera", f"sim:lepton-3.5?scene={scene}")[1]
                low, high = map(float, re.search(r"(-?[\d.]+) to (-?[\d.]+) .C", said).groups())
                self.assertTrue(-40 < low < high < 160 and high - low > 3, said)

    def test_non_radiometric(self):
        said = self.snap("x.png", "--camera", "sim:lepton-3.0")[1]
        self.assertIn("counts", said)
        text = self.fails(1, "snap", "-o", "/dev/null", "--format", "png", "--camera",
                          "sim:lepton-3.0", "--range", "0:50")
        self.assertIn("--range: this image holds no temperatures", text)

    def test_the_same_seed_gives_the_same_bytes(self):
        """All but the wall clock's time."""
        packets = []
        for seed in ("7", "7", "8"):
            packet = json.loads(self.snap("x.tjsn", "--camera", f"sim:lepton-3.5?seed={seed}",
                                          "--after", "4s")[0])
            packets.append((packet["radiometric"], packet["telemetry"]))
        self.assertEqual(packets[0], packets[1])
        self.assertNotEqual(packets[0][0], packets[2][0])

    def test_after(self):
        uptimes = []
        for after in ("4s", "12s"):
            image = Image(json.loads(self.snap("x.tjsn", "--after", after)[0]))
            uptimes.append(image.telemetry[1] | image.telemetry[2] << 16)
        self.assertTrue(6000 < uptimes[1] - uptimes[0] < 10000, uptimes)

    def test_json(self):
        data, said = self.snap("x.tjsn", "--json", "--camera", "sim:lepton-3.5?quiet=1")
        said = json.loads(said)
        image = Image(json.loads(data))
        self.assertTrue(said["file"].endswith("x.tjsn"))
        self.assertEqual(said["frame"]["unit"], "kelvin")
        self.assertEqual(said["frame"]["sensor_counter"], image.counter)
        self.assertAlmostEqual(said["frame"]["max_c"], max(image.pixels) / 100 - 273.15, places=6)

    def test_standard_output(self):
        self.assertEqual(Png(self.works("snap", "-o", "-", "--format", "png")).width, 640)
        self.assertIn("metadata", json.loads(self.works("snap", "-o", "-", "--format", "tjsn")))

    def test_places_that_cannot_be_written(self):
        self.assertIn("/nowhere/x.png", self.fails(1, "snap", "-o", "/nowhere/x.png"))
        directory = self.directory()
        os.mkdir(os.path.join(directory, "x.png"))
        self.fails(1, "snap", "-o", os.path.join(directory, "x.png"))
        self.assertEqual(os.listdir(directory), ["x.png"])
        self.assertNotEqual(run("snap", "-q", "-o", "/dev/full", "--format", "png").returncode, 0)

    def test_replaces_a_file_whole(self):
        path = os.path.join(self.directory(), "x.tjsn")
        with open(path, "w", encoding="ascii") as file:
            file.write("old" * 100000)
        self.works("snap", "-o", path)
        with open(path, "rb") as file:
            json.load(file)

    def test_a_camera_that_never_gives_an_image(self):
        """A recording is the quickest camera that can be broken from the command line."""
        text = self.fails(1, "snap", "-o", "x.png", "--camera", "replay:/nowhere/clip.cptv")
        self.assertIn("/nowhere/clip.cptv", text)


if __name__ == "__main__":
    unittest.main()
