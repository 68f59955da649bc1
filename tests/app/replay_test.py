"""Recordings through the simulated bus: what a client gets is what the file says, pixel by pixel."""
import base64
import gzip
import json
import os
import struct
import unittest

import recordings
from program import HEIGHT, WIDTH, Case, Image


def doubled(pixels):
    """80x60 as tCam clients get it."""
    out = []
    for row in range(60):
        line = [pixels[row * 80 + column // 2] for column in range(WIDTH)]
        out += line + line
    return out


class Recordings(Case):
    def file(self, name, data):
        path = os.path.join(self.directory(), name)
        with open(path, "wb") as file:
            file.write(data)
        return path


class Replay(Recordings):
    def stream(self, path, enough, most=400):
        """Images of a client that streams while time is stepped, until `enough` says so."""
        program = self.start("--camera", f"replay:{path}", step=True)
        images = []
        program.ok("step 8s")
        with program.client() as client:
            self.assertEqual(client.ask("stream_on")["cam_info"]["info_value"], 1)
            frames = 0
            for _ in range(most):
                now = program.ok("step 113ms")["frames"]
                frame = program.ok("status")["frame"]
                if now == frames or frame is None or frame["ffc"] == "running":
                    continue
                frames = now
                # A client that keeps up gets the newest frame, whatever came before it.
                while not images or images[-1].counter < frame["sensor_counter"]:
                    images.append(client.image())
                if enough(images):
                    break
            else:
                self.fail(f"not after {most} steps, {len(images)} images")
        self.assertEqual(program.ok("counters")["source"]["bad_crc"], 0)
        self.assertEqual(program.ok("status")["violations"], 0)
        self.assertEqual(program.stop(), 0)
        counters = [image.counter for image in images]
        self.assertEqual(counters, sorted(set(counters)), "the frame counter advances")
        return images

    def play(self, path, frames):
        """Every image is a frame of the recording, in its order; all of them come."""
        wanted = [tuple(frame) for frame in frames]
        seen = set()

        def enough(images):
            pixels = tuple(images[-1].pixels)
            self.assertIn(pixels, wanted, "an image that is not in the recording")
            seen.add(wanted.index(pixels))
            return len(seen) == len(wanted)

        images = self.stream(path, enough)
        places = [wanted.index(tuple(image.pixels)) for image in images]
        steps = {(after - before) % len(wanted)
                 for before, after in zip(places, places[1:])}
        self.assertTrue(steps <= {0, 1, 2} if len(wanted) > 2 else steps <= {0, 1}, places)
        return images

    def test_cptv_1(self):
        frames = recordings.moving_frames(5, seed=1)
        self.play(self.file("clip.cptv", recordings.cptv(frames, version=1)), frames)

    def test_cptv_2(self):
        frames = recordings.moving_frames(7, seed=2)
        data = recordings.cptv(frames, version=2, model="lepton3", celsius=31.5)
        image = self.play(self.file("clip.cptv", data), frames)[-1]
        self.assertEqual(image.metadata["Model"] >> 8 & 3, 1, "a Lepton 3.0: not radiometric")
        self.assertEqual(image.telemetry[24], 30465)

    def test_cptv_of_a_lepton_3_5(self):
        frames = recordings.moving_frames(4, low=29000, high=33000, seed=3)
        data = recordings.cptv(frames, model="lepton3.5")
        image = self.play(self.file("clip.cptv", data), frames)[-1]
        self.assertEqual(image.metadata["Model"] >> 8 & 3, 0)
        self.assertEqual((image.telemetry[208], image.telemetry[209]), (1, 1))

    def test_cptv_80x60(self):
        frames = recordings.moving_frames(4, 80, 60, seed=4)
        path = self.file("clip.cptv", recordings.cptv(frames, width=80, height=60))
        self.play(path, [doubled(frame) for frame in frames])

    def test_cptv_background_is_not_played(self):
        frames = recordings.moving_frames(4, seed=5)
        data = recordings.cptv(frames[1:], background=frames[0])
        self.play(self.file("clip.cptv", data), frames[1:])

    def test_cptv_extremes(self):
        """All bit widths that 16-bit pixels can need, and pixels at both ends."""
        frames = [[0] * (WIDTH * HEIGHT), [65535, 0] * (WIDTH * HEIGHT // 2),
                  recordings.noise_pixels(6, 0, 65535), [65535] * (WIDTH * HEIGHT)]
        self.play(self.file("clip.cptv", recordings.cptv(frames)), frames)

    def test_cptv_of_one_frame_and_uncompressed(self):
        frames = recordings.moving_frames(1, seed=7)
        data = recordings.cptv(frames, compress=False, bits=24)
        self.play(self.file("clip.bin", data), frames)

    def test_cptv_of_two_gzip_members(self):
        frames = recordings.moving_frames(2, seed=8)
        data = recordings.cptv(frames, compress=False)
        half = len(data) // 2
        path = self.file("clip.cptv", gzip.compress(data[:half]) + gzip.compress(data[half:]))
        self.play(path, frames)

    def test_tmjsn_and_films(self):
        """Recordings of our own, with the sensor's rows."""
        frames = recordings.moving_frames(4, low=29000, high=33000, seed=30)
        rows = [recordings.telemetry() for _ in frames]
        path = self.file("clip.tmjsn", recordings.tmjsn(frames, rows))
        film = os.path.join(self.directory(), "clip.mkv")
        self.works("convert", path, "-o", film)
        for source in (path, film):
            image = self.play(source, frames)[-1]
            self.assertEqual((image.telemetry[208], image.telemetry[209]), (1, 1))
            self.assertEqual(image.telemetry[24], 30315)
            self.assertEqual(image.metadata["Model"] >> 8 & 3, 0)

    def test_numbers_that_change_their_meaning_are_refused(self):
        frames = [recordings.noise_pixels(31, 29000, 33000), recordings.noise_pixels(32, 0, 255)]
        rows = [recordings.telemetry(), recordings.telemetry(agc=True)]
        path = self.file("clip.tmjsn", recordings.tmjsn(frames, rows))
        error = self.fails(1, "snap", "-o", "/dev/null", "--format", "png", "--camera",
                           f"replay:{path}")
        self.assertIn("frame 2: its numbers mean something else", error)

    def test_tjsn(self):
        pixels = recordings.noise_pixels(9, 27000, 34000)
        telemetry = recordings.telemetry()
        image = self.play(self.file("shot.tjsn", recordings.tjsn(pixels, telemetry)), [pixels])[-1]
        self.assertEqual((image.telemetry[208], image.telemetry[209]), (1, 1))
        self.assertEqual(image.telemetry[3] & 0x1000, 0)

    def test_tjsn_agc(self):
        pixels = recordings.noise_pixels(10, 0, 255)
        data = recordings.tjsn(pixels, recordings.telemetry(agc=True))
        image = self.play(self.file("shot.tjsn", data), [pixels])[-1]
        self.assertEqual(image.telemetry[208], 0)
        self.assertEqual(image.telemetry[3] & 0x1000, 0x1000)

    def test_tjsn_low_gain(self):
        pixels = recordings.noise_pixels(11, 2900, 6000)
        data = recordings.tjsn(pixels, recordings.telemetry(resolution=0, low_gain=True))
        image = self.play(self.file("shot.tjsn", data), [pixels])[-1]
        self.assertEqual((image.telemetry[209], image.telemetry[166]), (0, 1))

    def test_settings_that_would_change_pixels_are_refused(self):
        pixels = recordings.noise_pixels(12, 27000, 34000)
        path = self.file("shot.tjsn", recordings.tjsn(pixels, recordings.telemetry()))
        program = self.start("--camera", f"replay:{path}", step=True)
        program.ok("step 8s")
        self.assertIn("a recording is playing", program.ask("scene person")["error"])
        self.assertIn(".tjsn image of tCam-Mini-TEST", program.ok("status")["recording"])
        with program.client() as client:
            client.send("set_config", agc_enabled=1)
            program.ok("step 5s")
            client.packet()
            client.send("get_config")
            program.ok("step 1s")
            client.packet()
            client.send("stream_on")
            client.packet()
            program.ok("step 1s")
            self.assertEqual(client.image().pixels, pixels)
        self.assertEqual(program.stop(), 0)

    def test_snap_and_info(self):
        pixels = recordings.noise_pixels(13, 27000, 34000)
        path = self.file("a strange%3Fname?.tjsn".replace("%3F", "&"),
                         recordings.tjsn(pixels, recordings.telemetry()))
        name = "replay:" + path.replace("%", "%25").replace("?", "%3F")
        data = self.works("snap", "-o", "-", "--format", "tjsn", "--camera", name)
        self.assertEqual(Image(json.loads(data)).pixels, pixels)
        info = json.loads(self.works("info", "--json", "--camera", name))
        self.assertEqual(info["identity"]["model"], "3.5")


class Broken(Recordings):
    """Files that are not what they should be: one line says which file, what, and where."""

    def refused(self, data, *texts, name="clip.cptv"):
        path = self.file(name, data)
        error = self.fails(1, "snap", "-o", "/dev/null", "--format", "png", "--camera",
                           f"replay:{path}")
        for text in (path, *texts):
            self.assertIn(text, error)

    def test_no_recordings(self):
        self.refused(b"", "empty")
        self.refused(b"hello", "neither a .tjsn image nor a CPTV recording")
        self.refused(b"\x89PNG\r\n\x1a\n" + bytes(100), "neither")
        self.refused(gzip.compress(b"hello"), "byte")
        self.fails(1, "snap", "-o", "/dev/null", "--format", "png", "--camera", "replay:/")
        self.fails(1, "snap", "-o", "/dev/null", "--format", "png", "--camera",
                   "replay:/dev/zero")

    def test_truncated_clips(self):
        """Without a whole frame there is nothing to play; else it plays as far as it goes."""
        frames = recordings.moving_frames(3, seed=20)
        plain = recordings.cptv(frames, compress=False)
        packed = gzip.compress(plain)
        for cut in (5, 20, 60, 2000):
            with self.subTest(cut):
                self.refused(plain[:cut], "header" if cut < 40 else "frame 1", "at byte",
                             "too early")
        for data in (plain[:len(plain) // 2], plain[:len(plain) - 1], packed[:len(packed) // 2],
                     packed[:-8]):
            path = self.file("clip.cptv", data)
            image = Image(json.loads(self.works("snap", "-o", "-", "--format", "tjsn", "--camera",
                                                f"replay:{path}")))
            self.assertIn(image.pixels, frames)

    def test_damaged_clips(self):
        frames = recordings.moving_frames(3, seed=21)
        plain = recordings.cptv(frames, compress=False)
        half = len(plain) // 2
        garbage = gzip.compress(plain[:half], mtime=0)[:-8] + bytes(8) + b"garbage" * 100
        self.refused(garbage, "frame 2", f"at byte {half} ")
        wrong_sum = bytearray(gzip.compress(plain))
        wrong_sum[-6] ^= 1
        self.refused(bytes(wrong_sum), f"at byte {len(plain)} ")
        at = plain.index(b"F", 40)
        self.refused(plain[:at] + b"Q" + plain[at + 1:], "frame 1", "byte")

    def test_clips_without_frames_or_of_strange_sizes(self):
        self.refused(recordings.cptv([]), "holds no frames")
        self.refused(recordings.cptv([], background=recordings.moving_frames(1)[0]), "no frames")
        frame = [100] * (320 * 240)
        self.refused(recordings.cptv([frame], width=320, height=240), "320x240 pixels")
        self.refused(recordings.cptv([frame[:64 * 48]], width=64, height=48), "64x48 pixels")

    def test_bad_images(self):
        pixels = recordings.noise_pixels(22, 27000, 34000)
        good = recordings.tjsn(pixels, recordings.telemetry())
        self.refused(good[:1000], name="x.tjsn")
        self.refused(b"{}", "radiometric", name="x.tjsn")
        self.refused(good.replace(b'"radiometric":"', b'"radiometric":["'), name="x.tjsn")
        short = recordings.tjsn(pixels[:-1], recordings.telemetry())
        self.refused(short, "radiometric", name="x.tjsn")
        self.refused(recordings.tjsn(pixels, recordings.telemetry()[:-1]), "telemetry",
                     name="x.tjsn")
        self.refused(b"{" * 100000, name="x.tjsn")
        self.refused(b"{" + b" " * (5 << 20), name="x.tjsn")
        text = base64.b64encode(struct.pack("<H", 1)).decode()
        self.refused(json.dumps({"radiometric": text}).encode(), "radiometric", name="x.tjsn")


if __name__ == "__main__":
    unittest.main()
