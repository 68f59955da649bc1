"""Files: what `convert` and `export` write is read by readers that know only the descriptions, and by ffmpeg, GStreamer
and libtiff where they are installed. Damaged, cut and foreign files; full disks."""
import json
import math
import os
import pty
import random
import resource
import shutil
import struct
import subprocess
import tempfile
import unittest

import readers
import recordings
from program import IRONBOW, LIMIT_S, WIDTH, Case, run

FRAMES = 12
RUNNING, DONE = 2, 3


def rows_of(index, ffc=DONE):
    """Telemetry of frame `index`: 113 ms after the one before."""
    rows = recordings.telemetry()
    rows[1] = 60000 + 113 * index & 0xFFFF
    rows[2] = 60000 + 113 * index >> 16
    rows[3] = rows[3] & ~0x30 | ffc << 4
    rows[20] = 500 + 3 * index
    return rows


class Files(Case):
    def setUp(self):
        # In memory, where there is such a place: every recording is made durable.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.place = tempfile.mkdtemp(prefix="ib", dir=memory)
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.place, name)

    def file(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def convert(self, source, name, *args):
        self.works("convert", source, "-o", self.path(name), *args)
        return self.read(name)

    def radiometric(self, count=FRAMES, seed=1):
        """A tCam's recording; the frames and the rows that are in it."""
        frames = recordings.moving_frames(count, low=29000, high=33000, seed=seed)
        rows = [rows_of(i, RUNNING if i in (3, 4) else DONE) for i in range(count)]
        return self.file("in.tmjsn", recordings.tmjsn(frames, rows)), frames, rows


class RoundTrips(Files):
    def test_tmjsn(self):
        source, frames, rows = self.radiometric()
        clip = readers.Tmjsn(self.convert(source, "out.tmjsn"))
        self.assertEqual([frame.pixels for frame in clip.frames], frames)
        self.assertEqual([frame.telemetry for frame in clip.frames], rows)
        self.assertEqual(clip.info["num_frames"], FRAMES)
        self.assertEqual(clip.info["start_time"], "10:11:12.130")
        self.assertEqual(clip.info["end_time"], "10:11:13.373")
        self.assertEqual(clip.frames[1].metadata["Time"], "10:11:12.243")
        self.assertEqual(clip.frames[0].metadata["Camera"], "tCam-Mini-TEST")

    def test_cptv(self):
        source, frames, _ = self.radiometric()
        clip = readers.Cptv(self.convert(source, "out.cptv"))
        self.assertTrue(clip.whole)
        self.assertEqual([frame.pixels for frame in clip.frames], frames)
        self.assertEqual((clip.version, clip.width, clip.height), (2, 160, 120))
        self.assertEqual(clip.header["D"], b"tCam-Mini-TEST")
        self.assertEqual(clip.header["E"], b"lepton3.5")
        self.assertEqual(clip.header["M"], b"ironbow: {unit: kelvin, scale_ck: 1}")
        for index, frame in enumerate(clip.frames):
            number, = struct.unpack("<I", frame.fields["t"])
            self.assertEqual(number, 60000 + 113 * index)
            self.assertEqual(struct.unpack("<I", frame.fields["c"])[0], 20000)
            self.assertAlmostEqual(struct.unpack("<f", frame.fields["a"])[0], 30.0, places=4)
            self.assertEqual("i" in frame.fields, index in (3, 4), "only when not ordinary")
        # Every frame has the fewest bits that hold it.
        self.assertTrue(all(5 <= frame.bits <= 16 for frame in clip.frames))

    def test_mkv_in_its_own_terms(self):
        source, frames, rows = self.radiometric()
        film = readers.Mkv(self.convert(source, "out.mkv"))
        self.assertEqual(film.codecs, ["V_MJPEG", "V_FFV1"])
        self.assertEqual(film.tags["UNIT"], "kelvin")
        self.assertEqual(film.tags["SCALE"], "0.01")
        self.assertEqual(film.tags["CAMERA"], "tCam-Mini-TEST")
        self.assertEqual(film.tags["MODEL"], "lepton3.5")
        self.assertEqual(len(film.seen), FRAMES)
        self.assertEqual([time for time, _ in film.seen], [113 * i for i in range(FRAMES)])
        self.assertEqual([time for time, _, _ in film.exact], [113 * i for i in range(FRAMES)])
        for index, (time, picture, facts) in enumerate(film.exact):
            self.assertEqual(facts["wall_us"], film.start_us + time * 1000)
            self.assertEqual(facts["telemetry"], rows[index])
            self.assertEqual((facts["unit"], facts["scale_ck"]), (1, 1))
            self.assertEqual(facts["ffc"], RUNNING if index in (3, 4) else DONE)
            self.assertEqual(facts["fpa_ck"], 30315)
            self.assertLess(len(picture), 160 * 120, "less than half of the pixels' bytes")
        for _, picture in film.seen:
            self.assertEqual((picture[:3], picture[-2:]), (b"\xff\xd8\xff", b"\xff\xd9"))
        # A second a cluster, all of known size, and in the index.
        self.assertEqual([cluster.one(0xE7).uint() for cluster in film.clusters], [0, 1017])
        self.assertTrue(film.segment.known and all(c.known for c in film.clusters))
        cues = film.segment.all(0x1C53BB6B, 0xBB)
        self.assertEqual([cue.one(0xB3).uint() for cue in cues], [0, 1017])
        self.assertEqual([cue.one(0xB7, 0xF1).uint() + film.segment.data_at for cue in cues],
                         [cluster.at for cluster in film.clusters])
        found = {seek.one(0x53AB).data.hex(): seek.one(0x53AC).uint() + film.segment.data_at
                 for seek in film.segment.all(0x114D9B74, 0x4DBB)}
        self.assertEqual(found, {f"{e.id:08x}": e.at for e in film.segment.children
                                 if e.id in (0x1549A966, 0x1654AE6B, 0x1254C367, 0x1C53BB6B)})
        duration, = struct.unpack(">d", film.segment.one(0x1549A966, 0x4489).data)
        self.assertAlmostEqual(duration, 113 * (FRAMES - 1) + 111)

    def test_through_every_format_and_back(self):
        source, frames, rows = self.radiometric(5)
        for ending in ("tmjsn", "cptv", "mkv"):
            with self.subTest(ending):
                self.convert(source, f"there.{ending}")
                clip = readers.Tmjsn(self.convert(self.path(f"there.{ending}"), f"{ending}.tmjsn"))
                self.assertEqual([frame.pixels for frame in clip.frames], frames)
                self.assertEqual([frame.metadata["Time"] for frame in clip.frames][-1],
                                 "10:11:12.582")
                for frame, words in zip(clip.frames, rows):
                    got = frame.telemetry
                    if ending != "cptv":
                        self.assertEqual(got, words)
                    # What CPTV keeps: meaning, times, temperatures, FFC; not the other rows.
                    for word in (1, 2, 24, 30, 31, 208, 209):
                        self.assertEqual(got[word], words[word], word)
                    self.assertEqual(got[3] & 0x30, words[3] & 0x30)

    def test_gaps_and_ffc_survive(self):
        """Flags of a frame through film and CPTV; of a .tmjsn only the number of gaps."""
        source = self.radiometric(4)[0]
        data = bytearray(self.convert(source, "in.mkv"))
        at = -1
        for _ in range(3):
            at = data.index(b"IBF1", at + 1)
        flags = struct.unpack("<I", data[at + 36:at + 40])[0] | 8 | 16
        data[at + 36:at + 40] = struct.pack("<I", flags)
        record = bytes(data[at:at + 56 + 480])
        data[at + 52:at + 56] = struct.pack("<I", readers.zlib.crc32(
            record[:52] + bytes(4) + record[56:]))
        self.convert(self.file("gap.mkv", bytes(data)), "gap.cptv")
        film = readers.Mkv(self.convert(self.path("gap.cptv"), "back.mkv"))
        self.assertEqual([facts["flags"] & ~3 for _, _, facts in film.exact],
                         [0, 0, 8 | 16, 4])
        self.assertEqual([facts["ffc"] for _, _, facts in film.exact],
                         [DONE, DONE, DONE, RUNNING])
        clip = readers.Tmjsn(self.convert(self.path("gap.mkv"), "gap.tmjsn"))
        self.assertEqual(clip.info["gaps"], 1)
        lines = self.convert(self.path("gap.mkv"), "gap.csv").decode().splitlines()
        self.assertEqual([line.rsplit(",", 1)[1] for line in lines[1:]], ["0", "0", "1", "0"])

    def test_counts_stay_counts(self):
        frames = recordings.moving_frames(3, seed=4)
        source = self.file("in.cptv", recordings.cptv(frames, model="lepton3", celsius=25.0))
        film = readers.Mkv(self.convert(source, "out.mkv"))
        self.assertEqual(film.tags["UNIT"], "counts")
        self.assertNotIn("SCALE", film.tags)
        self.assertEqual({facts["unit"] for _, _, facts in film.exact}, {0})
        clip = readers.Tmjsn(self.convert(self.path("out.mkv"), "back.tmjsn"))
        self.assertEqual({frame.metadata["Model"] >> 8 & 3 for frame in clip.frames}, {1})
        self.assertEqual({frame.telemetry[208] for frame in clip.frames}, {0})

    def test_low_gain_and_agc(self):
        pixels = recordings.noise_pixels(5, 2900, 6000)
        low = recordings.tjsn(pixels, recordings.telemetry(resolution=0, low_gain=True))
        film = readers.Mkv(self.convert(self.file("low.tjsn", low), "low.mkv"))
        facts = film.exact[0][2]
        self.assertEqual((facts["unit"], facts["scale_ck"], facts["gain"]), (1, 10, 1))
        self.assertEqual(film.tags["SCALE"], "0.1")
        self.convert(self.path("low.mkv"), "low.cptv")
        back = readers.Tmjsn(self.convert(self.path("low.cptv"), "low.tmjsn")).frames[0]
        self.assertEqual((back.pixels, back.telemetry[208], back.telemetry[209]), (pixels, 1, 0))
        grey = recordings.noise_pixels(6, 0, 255)
        agc = recordings.tjsn(grey, recordings.telemetry(agc=True))
        film = readers.Mkv(self.convert(self.file("agc.tjsn", agc), "agc.mkv"))
        self.assertEqual((film.exact[0][2]["unit"], film.exact[0][2]["agc"]), (2, 1))
        self.assertEqual(film.tags["UNIT"], "grey")

    def test_a_meaning_that_changes(self):
        """CPTV says it once for all frames; a film says it with each."""
        kelvin = recordings.noise_pixels(7, 29000, 31000)
        grey = recordings.noise_pixels(8, 0, 255)
        rows = [rows_of(0), rows_of(1), recordings.telemetry(agc=True)]
        source = self.file("in.tmjsn", recordings.tmjsn([kelvin, kelvin, grey], rows))
        error = self.fails(1, "convert", source, "-o", self.path("out.cptv"))
        self.assertIn("CPTV cannot hold pixels whose meaning changes", error)
        self.assertIn("holds the 2 frames before that", error)
        clip = readers.Cptv(self.read("out.cptv"))
        self.assertTrue(clip.whole)
        self.assertEqual([frame.pixels for frame in clip.frames], [kelvin, kelvin])
        film = readers.Mkv(self.convert(source, "out.mkv"))
        self.assertEqual([facts["unit"] for _, _, facts in film.exact], [1, 1, 2])

    def test_small_pictures(self):
        frames = recordings.moving_frames(3, 80, 60, seed=9)
        source = self.file("in.cptv", recordings.cptv(frames, width=80, height=60))
        self.convert(source, "out.mkv")
        clip = readers.Cptv(self.convert(self.path("out.mkv"), "back.cptv"))
        self.assertEqual([frame.pixels for frame in clip.frames], frames)
        doubled = readers.Tmjsn(self.convert(source, "out.tmjsn")).frames[0].pixels
        self.assertEqual((doubled[0], doubled[2], doubled[320]),
                         (frames[0][0], frames[0][1], frames[0][80]))
        odd = self.file("odd.cptv", recordings.cptv([[7] * 63], width=9, height=7))
        self.assertIn(".tmjsn cannot hold pictures",
                      self.fails(1, "convert", odd, "-o", self.path("odd.tmjsn")))
        self.assertFalse(os.path.exists(self.path("odd.tmjsn")))
        self.convert(odd, "odd.mkv")


class OtherPrograms(Files):
    """The programs of others agree, value by value."""

    def need(self, name):
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")

    def ask(self, *command):
        done = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, done.stderr

    def film(self, frames):
        rows = [rows_of(i) for i in range(len(frames))]
        source = self.file("in.tmjsn", recordings.tmjsn(frames, rows))
        self.convert(source, "film.mkv")
        return self.path("film.mkv")

    def decoded(self, path, complaint=b""):
        raw, errors = self.ask("ffmpeg", "-v", "error", "-i", path, "-map", "0:1", "-f",
                               "rawvideo", "-pix_fmt", "gray16le", "-fps_mode", "passthrough", "-")
        self.assertTrue(complaint in errors if complaint else not errors, errors)
        values = struct.unpack(f"<{len(raw) // 2}H", raw)
        return [list(values[i:i + 19200]) for i in range(0, len(values), 19200)]

    def test_ffmpeg_decodes_every_value(self):
        self.need("ffmpeg")
        frames = recordings.moving_frames(4, low=29000, high=33000, seed=21)
        frames += [[0] * 19200, [65535] * 19200, [65535, 0] * 9600, [i * 37 % 65536 for i in
                                                                   range(19200)],
                   recordings.noise_pixels(22, 0, 65535), recordings.noise_pixels(23, 32760, 32775)]
        self.assertEqual(self.decoded(self.film(frames)), frames)

    def test_the_commands_of_the_docs(self):
        """Those of docs/formats.md that need nothing but ffmpeg."""
        self.need("ffmpeg")
        self.need("ffprobe")
        frames = recordings.moving_frames(4, low=29000, high=33000, seed=27)
        self.film(frames)
        os.rename(self.path("film.mkv"), self.path("clip.mkv"))
        docs = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
        with open(os.path.join(docs, "formats.md"), encoding="utf-8") as file:
            lines = [line.strip() for line in file if line.startswith("    ff")]
        self.assertEqual(len(lines), 4)
        for line in lines:
            command, _, reader = line.partition(" | ")
            done = subprocess.run(command.split(" #")[0].split(), cwd=self.place, check=False,
                                  capture_output=True, timeout=LIMIT_S)
            self.assertEqual(done.returncode, 0, done.stderr)
            if reader:
                self.assertEqual(done.stdout, struct.pack("<76800H", *sum(frames, [])))
        self.assertEqual(self.convert(self.path("copy.mkv"), "copy.cptv"),
                         self.convert(self.path("clip.mkv"), "clip.cptv"))
        self.assertGreater(os.path.getsize(self.path("film.mkv")), 0)

    def test_ffprobe_sees_the_true_times(self):
        self.need("ffprobe")
        path = self.film(recordings.moving_frames(FRAMES, low=29000, high=33000, seed=24))
        shown = json.loads(self.ask("ffprobe", "-v", "error", "-of", "json", "-show_streams",
                                    "-show_format", "-show_packets", path)[0])
        self.assertEqual([(s["codec_name"], s["width"], s["height"]) for s in shown["streams"]],
                         [("mjpeg", 640, 480), ("ffv1", 160, 120)])
        self.assertEqual(shown["streams"][1]["pix_fmt"], "gray16le")
        self.assertEqual(shown["streams"][1]["tags"]["UNIT"], "kelvin")
        self.assertEqual(shown["format"]["tags"]["CAMERA"], "tCam-Mini-TEST")
        for stream in (0, 1):
            times = [round(float(p["pts_time"]) * 1000) for p in shown["packets"]
                     if p["stream_index"] == stream]
            self.assertEqual(times, [113 * i for i in range(FRAMES)])
        self.assertAlmostEqual(float(shown["format"]["duration"]), (113 * 11 + 111) / 1000)

    def test_ffmpeg_shows_the_picture(self):
        self.need("ffmpeg")
        path = self.film(recordings.moving_frames(FRAMES, low=29000, high=33000, seed=25))
        raw, errors = self.ask("ffmpeg", "-v", "error", "-i", path, "-map", "0:0", "-f",
                               "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-")
        self.assertEqual((len(raw), errors), (640 * 480 * 3 * FRAMES, b""))
        self.assertGreater(len(set(raw[i:i + 3] for i in range(0, 640 * 480 * 3, 999))), 50)

    def test_a_film_that_was_never_finished_plays(self):
        self.need("ffmpeg")
        frames = recordings.moving_frames(FRAMES, low=29000, high=33000, seed=26)
        self.film(frames)
        data = bytearray(self.read("film.mkv"))
        film = readers.Mkv(bytes(data))
        # As it is on the disk when the power goes: the last cluster open, no sizes, no index.
        for size_at in (film.segment.data_at - 8, film.clusters[-1].data_at - 8):
            data[size_at:size_at + 8] = bytes.fromhex("01ffffffffffffff")
        end = film.clusters[-1].data_at + film.clusters[-1].size
        path = self.file("cut.mkv", bytes(data[:end - 20]))
        self.assertEqual(self.decoded(path, b"ended prematurely")[:FRAMES - 1],
                         frames[:FRAMES - 1])
        error = self.works_with_a_word("convert", path, "-o", self.path("cut.cptv"))
        self.assertIn("ends too early, in frame 12", error)
        clip = readers.Cptv(self.read("cut.cptv"))
        self.assertEqual([frame.pixels for frame in clip.frames], frames[:FRAMES - 1])

    def works_with_a_word(self, *args):
        done = run(*args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr.decode()

    def test_what_ffmpeg_copied_is_still_a_measurement(self):
        self.need("ffmpeg")
        frames = recordings.moving_frames(3, low=29000, high=33000, seed=27)
        path = self.film(frames)
        self.ask("ffmpeg", "-v", "error", "-i", path, "-map", "0", "-c", "copy",
                 self.path("copy.mkv"))
        clip = readers.Tmjsn(self.convert(self.path("copy.mkv"), "copy.tmjsn"))
        self.assertEqual([frame.pixels for frame in clip.frames], frames)
        self.assertEqual([frame.telemetry for frame in clip.frames], [rows_of(i) for i in range(3)])

    def test_what_ffmpeg_encoded_is_read(self):
        self.need("ffmpeg")
        frames = [recordings.noise_pixels(28, 0, 65535),
                  recordings.moving_frames(1, low=29000, high=33000, seed=28)[0], [0] * 19200]
        raw = self.file("in.raw", b"".join(struct.pack("<19200H", *frame) for frame in frames))
        for options in (("-slices", "4"), ("-slices", "9", "-context", "1"),
                        ("-slices", "4", "-slicecrc", "0", "-coder", "1")):
            with self.subTest(options):
                self.ask("ffmpeg", "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray16le",
                         "-s", "160x120", "-r", "9", "-i", raw, "-c:v", "ffv1", "-level", "3",
                         "-g", "1", *options, self.path("theirs.mkv"))
                name = "".join(options).strip("-") + ".cptv"
                clip = readers.Cptv(self.convert(self.path("theirs.mkv"), name))
                self.assertEqual([frame.pixels for frame in clip.frames], frames)

    def test_films_without_our_track(self):
        self.need("ffmpeg")
        path = self.film(recordings.moving_frames(2, low=29000, high=33000, seed=29))
        self.ask("ffmpeg", "-v", "error", "-i", path, "-map", "0:0", "-c", "copy",
                 self.path("seen.mkv"))
        self.assertIn("no 16-bit track (FFV1)",
                      self.fails(1, "convert", self.path("seen.mkv"), "-o", self.path("x.cptv")))
        for name, options, text in (("rgb", ("-pix_fmt", "yuv420p"), "not one of 16-bit grey"),
                                    ("gop", ("-pix_fmt", "gray16le", "-g", "9"),
                                     "frame 2 needs the one before it")):
            self.ask("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=160x120:d=1:r=9",
                     "-c:v", "ffv1", "-level", "3", *options, self.path(f"{name}.mkv"))
            self.assertIn(text, self.fails(1, "convert", self.path(f"{name}.mkv"), "-o",
                                           self.path(f"{name}.cptv")))

    def test_gstreamer_plays_the_picture(self):
        self.need("gst-launch-1.0")
        for element in ("matroskademux", "jpegdec"):
            if subprocess.run(["gst-inspect-1.0", element], capture_output=True,
                              check=False).returncode:
                self.skipTest(f"GStreamer has no {element}")
        path = self.film(recordings.moving_frames(FRAMES, low=29000, high=33000, seed=30))
        self.ask("gst-launch-1.0", "-q", "filesrc", f"location={path}", "!", "matroskademux",
                 "name=d", "d.video_0", "!", "jpegdec", "!", "videoconvert", "!",
                 "video/x-raw,format=RGB", "!", "filesink", f"location={self.path('rgb')}")
        self.assertEqual(os.path.getsize(self.path("rgb")), 640 * 480 * 3 * FRAMES)

    def test_libtiff_agrees(self):
        self.need("tiffinfo")
        source = self.radiometric(4)[0]
        self.convert(source, "clip.tiff")
        text, errors = self.ask("tiffinfo", self.path("clip.tiff"))
        self.assertEqual((text.count(b"TIFF Directory at"), errors), (4, b""))
        self.assertIn(b"Bits/Sample: 16", text)


class Exports(Files):
    def export(self, source, name, *args):
        self.works("export", source, "-o", self.path(name), *args)
        return self.read(name)

    def test_tiff(self):
        source, frames, _ = self.radiometric(3)
        page, = readers.Tiff(self.export(source, "x.tiff", "--frame", "2")).pages
        self.assertEqual(page.pixels, frames[1])
        self.assertEqual((page.width, page.height), (160, 120))
        self.assertIn("kelvin = value * 0.01;", page.text)
        self.assertEqual((page.json["unit"], page.json["scale"], page.json["frame"]),
                         ("kelvin", 0.01, 2))
        self.assertIs(page.json["radiometric"], True)
        self.assertEqual(page.json["camera"], "tCam-Mini-TEST")

    def test_tiff_float(self):
        source, frames, _ = self.radiometric(1)
        page, = readers.Tiff(self.export(source, "x.tif", "--format", "tiff-float")).pages
        self.assertEqual(page.json["unit"], "celsius")
        self.assertLess(max(abs(value - (pixel - 27315) / 100)
                            for value, pixel in zip(page.pixels, frames[0])), 1e-4)

    def test_png16(self):
        source, frames, _ = self.radiometric(1)
        picture = readers.Png16(self.export(source, "x.png", "--format", "png16"))
        self.assertEqual(picture.pixels, frames[0])
        self.assertIn("kelvin = value * 0.01", picture.text["Description"])

    def test_csv(self):
        source, frames, _ = self.radiometric(2)
        for unit, value in (("C", lambda v: f"{(v - 27315) / 100:.2f}"),
                            ("K", lambda v: f"{v / 100:.2f}"), ("counts", str),
                            ("F", lambda v: f"{v * 9 / 500 - 459.67 + 1e-9:.2f}")):
            with self.subTest(unit):
                lines = self.export(source, f"{unit}.csv", "--units", unit).decode().splitlines()
                self.assertRegex(lines[0], f"^# ironbow frame=1 time=2026-.* width=160 height=120 "
                                           f"unit={unit} decimals=")
                self.assertEqual(len(lines), 121)
                self.assertEqual(lines[120].split(","), [value(v) for v in frames[0][-160:]])

    def test_pictures_and_tjsn(self):
        source, frames, rows = self.radiometric(2)
        self.assertEqual(self.export(source, "x.jpg")[:3], b"\xff\xd8\xff")
        png = self.export(source, "x.png", "--scale", "2", "--range", "15:60")
        self.assertEqual(struct.unpack(">II", png[16:24]), (320, 240))
        image = readers.Tmjsn(self.export(source, "x.tjsn", "--frame", "2") + b"\x03").frames[0]
        self.assertEqual((image.pixels, image.telemetry), (frames[1], rows[1]))
        self.assertEqual(image.metadata["Time"], "10:11:12.243")

    def test_all_frames(self):
        source, frames, _ = self.radiometric(4)
        self.works("export", source, "-o", self.path("clip-%03d.tiff"), "--all")
        names = sorted(name for name in os.listdir(self.place) if name.startswith("clip"))
        self.assertEqual(names, [f"clip-00{i}.tiff" for i in range(1, 5)])
        for name, frame in zip(names, frames):
            self.assertEqual(readers.Tiff(self.read(name)).pages[0].pixels, frame)

    def test_clips(self):
        source, frames, _ = self.radiometric(5)
        pages = readers.Tiff(self.convert(source, "clip.tiff")).pages
        self.assertEqual([page.pixels for page in pages], frames)
        self.assertEqual([page.json["ffc"] for page in pages],
                         ["done", "done", "done", "running", "running"])
        lines = self.convert(source, "clip.csv").decode().splitlines()
        self.assertEqual(lines[0],
                         "frame,time,unit,min,min_x,min_y,max,max_x,max_y,mean,ffc,gain,after_gap")
        for index, (line, frame) in enumerate(zip(lines[1:], frames)):
            cells = line.split(",")
            at = frame.index(max(frame))
            self.assertEqual(cells[0], str(index + 1))
            self.assertEqual(cells[2:4], ["C", f"{(min(frame) - 27315) / 100:.2f}"])
            self.assertEqual(cells[6:9], [f"{(max(frame) - 27315) / 100:.2f}", str(at % WIDTH),
                                          str(at // WIDTH)])
            mean = sum(frame) / len(frame) / 100 - 273.15
            self.assertLess(abs(float(cells[9]) - mean), 0.0051)

    def anew(self, value, emissivity, reflected_c):
        """docs/measure.md's model for a pixel that was measured as a black body, in kelvin."""
        signal = lambda kelvin: 1 / (math.exp(1428 / kelvin) - 1)
        got = (signal(value / 100) - (1 - emissivity) * signal(reflected_c + 273.15)) / emissivity
        return 1428 / math.log(1 / got + 1)

    def test_measured_anew(self):
        source, frames, _ = self.radiometric(2)
        _, *rows = self.export(source, "x.csv", "--units", "K", "--emissivity", "80%",
                               "--reflected", "72F").decode().splitlines()
        got = [float(value) for row in rows for value in row.split(",")]
        for value, kelvin in zip(frames[0], got):
            self.assertAlmostEqual(kelvin, self.anew(value, 0.8, 22.2222), delta=0.011)
        tiff = self.export(source, "x.tiff", "--emissivity", "0.8", "--reflected", "72F")
        self.assertEqual(readers.Tiff(tiff).pages[0].pixels, [round(100 * k) for k in got])
        # A black body is what it was measured as.
        self.assertEqual(self.export(source, "1.csv", "--emissivity", "1"),
                         self.export(source, "2.csv"))

    def test_regions_of_a_recording(self):
        source, frames, _ = self.radiometric()
        text = self.convert(source, "x.csv", "--roi", "r1=10,20,30x40", "--roi",
                            "spot:80,60@e=0.5", "--reflected", "22").decode()
        title, *lines = text.splitlines()
        self.assertEqual(title, "frame,time,unit,r1_min,r1_mean,r1_max,r2_min,r2_mean,r2_max,"
                                "ffc,gain,after_gap")
        self.assertEqual(len(lines), FRAMES)
        for frame, line in zip(frames, lines):
            box = [frame[160 * y + x] for y in range(20, 60) for x in range(10, 40)]
            number, _, unit, low, mean, high, spot, *_, ffc, gain, gap = line.split(",")
            self.assertEqual((unit, gain, gap), ("C", "high", "0"))
            self.assertEqual(ffc, "running" if number in ("4", "5") else "done")
            self.assertAlmostEqual(float(low), min(box) / 100 - 273.15, delta=0.006)
            self.assertAlmostEqual(float(mean), sum(box) / 120000 - 273.15, delta=0.006)
            self.assertAlmostEqual(float(high), max(box) / 100 - 273.15, delta=0.006)
            expected = self.anew(frame[160 * 60 + 80], 0.5, 22) - 273.15
            self.assertAlmostEqual(float(spot), expected, delta=0.011)
        whole = self.convert(source, "y.csv", "--emissivity", "0.9").decode()
        self.assertIn("unit,picture_min,picture_mean,picture_max,ffc", whole)
        outside = self.convert(source, "z.csv", "--roi", "r1=900,900,5x5").decode()
        self.assertIn(",C,,,,done,", outside)

    def test_nothing_is_measured_anew_without_temperatures(self):
        counts = self.file("counts.cptv", recordings.cptv([[3000] * 19200]))
        self.assertIn("holds no temperatures",
                      self.fails(1, "export", counts, "-o", self.path("x.csv"), "--emissivity", "0.9"))
        text = self.convert(counts, "y.csv", "--emissivity", "0.9").decode()
        self.assertIn(",counts,3000.00,3000.00,3000.00,", text)
        for name, *more in (("x.tjsn", "--emissivity", "0.9"), ("x.csv", "--emissivity", "0"),
                            ("x.csv", "--reflected", "-300")):
            self.fails(2, "export", counts, "-o", self.path(name), *more)
        for name, *more in (("x.mkv", "--roi", "r1=1,1,2x2"), ("x.csv", "--roi", "r1=1"),
                            ("x.csv", "--roi", "1,1", "--units", "counts")):
            self.fails(2, "convert", counts, "-o", self.path(name), *more)

    def test_frames_without_temperatures(self):
        """No degrees anywhere: counts, and the file says so."""
        frames = recordings.moving_frames(2, seed=31)
        source = self.file("in.cptv", recordings.cptv(frames, model="lepton3"))
        page, = readers.Tiff(self.export(source, "x.tiff")).pages
        self.assertEqual((page.pixels, page.json["unit"]), (frames[0], "counts"))
        self.assertIs(page.json["radiometric"], False)
        self.assertIn("no temperatures", page.text)
        page, = readers.Tiff(self.export(source, "f.tiff", "--format", "tiff-float")).pages
        self.assertEqual(page.pixels, frames[0])
        lines = self.export(source, "x.csv", "--units", "C").decode().splitlines()
        self.assertIn("unit=counts decimals=0", lines[0])
        self.assertEqual(lines[1].split(","), [str(v) for v in frames[0][:160]])
        self.assertIn(",counts,", self.convert(source, "clip.csv").decode().splitlines()[1])
        self.assertIn("holds no temperatures",
                      self.fails(1, "export", source, "-o", self.path("x.png"), "--range", "0:50"))

    def test_standard_output(self):
        source, frames, _ = self.radiometric(1)
        data = self.works("export", source, "-o", "-", "--format", "tiff")
        self.assertEqual(readers.Tiff(data).pages[0].pixels, frames[0])

    def test_command_lines_that_make_no_sense(self):
        source = self.radiometric(2)[0]
        for args in ((source,), ("-o", "x.png"), (source, "-o", "x"), (source, "-o", "-"),
                     (source, "-o", "x.png", "--format", "gif"), (source, "-o", "x.png", "--all"),
                     (source, "-o", "x%s.png", "--all"), (source, "-o", "x%d%d.png", "--all"),
                     (source, "-o", "x.png", "--frame", "0"), (source, "-o", "x.png", "--scale",
                                                               "17"),
                     (source, "-o", "x.csv", "--units", "R"), (source, source, "-o", "x.png")):
            with self.subTest(args):
                self.fails(2, "export", *args)
        for args in ((source,), (source, "-o", "x.gif"), ("-o", "x.mkv")):
            self.fails(2, "convert", *args)
        self.assertIn("holds only 2 frames",
                      self.fails(1, "export", source, "-o", self.path("x.png"), "--frame", "3"))

    def test_snap_writes_the_same_formats(self):
        data = self.works("snap", "-o", "-", "--format", "tiff")
        page, = readers.Tiff(data).pages
        self.assertEqual((page.json["unit"], page.json["model"]), ("kelvin", "lepton3.5"))
        self.assertEqual(self.works("snap", "-o", "-", "--format", "jpg")[:3], b"\xff\xd8\xff")
        lines = self.works("snap", "-o", "-", "--format", "csv").decode().splitlines()
        self.assertEqual((len(lines), len(lines[1].split(","))), (121, 160))
        page, = readers.Tiff(self.works("snap", "-o", "-", "--format", "tiff", "--camera",
                                        "sim:lepton-3.0")).pages
        self.assertEqual((page.json["unit"], page.json["model"]), ("counts", "lepton3"))


class Broken(Files):
    def outcome(self, path, ending="cptv"):
        """Frames that `convert` got out of a file, and what it said."""
        out = self.path(f"out.{ending}")
        if os.path.exists(out):
            os.remove(out)
        done = run("convert", path, "-o", out)
        said = done.stderr.decode()
        self.assertIn(done.returncode, (0, 1), said)
        self.assertNotIn("Sanitizer", said)
        self.assertNotIn("runtime error", said)
        if done.returncode == 1:
            self.assertIn(path, said)
        frames = readers.Cptv(self.read("out.cptv")).frames if os.path.exists(out) else []
        return done.returncode, said, [frame.pixels for frame in frames]

    def clip(self, ending):
        frames = recordings.moving_frames(4, low=29000, high=33000, seed=41)
        source = self.file("in.tmjsn", recordings.tmjsn(frames, [rows_of(i) for i in range(4)]))
        return self.convert(source, f"good.{ending}"), frames

    def test_cut_anywhere(self):
        source = random.Random(42)
        for ending in ("tmjsn", "cptv", "mkv"):
            data, frames = self.clip(ending)
            cuts = sorted({0, 1, 5, len(data) - 1, len(data) - 9} |
                          {source.randrange(len(data)) for _ in range(12)})
            most = 0
            for cut in cuts:
                with self.subTest(f"{ending} {cut} of {len(data)}"):
                    code, said, got = self.outcome(self.file(f"cut.{ending}", data[:cut]))
                    self.assertEqual(got, frames[:len(got)])
                    self.assertGreaterEqual(len(got), most, "more bytes, never fewer frames")
                    self.assertEqual(code, 0 if got else 1, said)
                    # The very last byte of a .tmjsn ends a footer that is whole.
                    if cut < len(data) - 1:
                        self.assertTrue(said, "says that it was cut off")
                    most = len(got)
            self.assertEqual(most, 4, ending)

    def test_damaged_anywhere(self):
        source = random.Random(43)
        for ending in ("tmjsn", "cptv", "mkv"):
            data, frames = self.clip(ending)
            for _ in range(10):
                at, bit = source.randrange(len(data)), source.randrange(8)
                with self.subTest(f"{ending} byte {at} bit {bit}"):
                    damaged = bytearray(data)
                    damaged[at] ^= 1 << bit
                    path = self.file(f"bad.{ending}", bytes(damaged))
                    code, said, got = self.outcome(path)
                    self.assertLessEqual(len(got), 4)
                    if code == 1 and got:
                        self.assertIn("byte", said)
                    # In a film every picture has a checksum: none comes out wrong.
                    if ending == "mkv":
                        self.assertEqual(got, frames[:len(got)])

    def test_times_that_make_no_sense(self):
        """The frame records' own times; each record's checksum is right, so nothing else keeps them out."""
        good = self.clip("mkv")[0]
        most = 2**63 - 1
        for name, walls in (("ends", (most, -most - 1)), ("begins", (-most - 1, most)), ("far", (4 * 10**17, 0)), ("past", (-1500000, -1))):
            film, at, frame = bytearray(good), good.find(b"IBF1"), 0
            while at >= 0:
                facts, rows = struct.unpack_from("<HH", film, at + 4)
                struct.pack_into("<q", film, at + 8, walls[frame % 2])
                struct.pack_into("<I", film, at + 52, 0)
                struct.pack_into("<I", film, at + 52, readers.zlib.crc32(film[at:at + facts + 2 * rows]))
                at, frame = good.find(b"IBF1", at + 4), frame + 1
            self.assertEqual(frame, 4)
            path = self.file(f"{name}.mkv", bytes(film))
            for ending in ("mkv", "cptv", "tmjsn", "tiff", "csv"):
                with self.subTest(f"{name} {ending}"):
                    self.works("convert", path, "-o", self.path(f"{name}-out.{ending}"))

    def test_foreign_files(self):
        self.file("folder.txt", b"")
        for name, data in (("empty", b""), ("text", b"hello, world\n" * 100),
                           ("png", b"\x89PNG\r\n\x1a\n" + bytes(200)), ("zeros", bytes(100000)),
                           ("json", b'{"a": 1}'), ("gzip", readers.zlib.compress(b"x", 6)),
                           ("webm", bytes.fromhex("1a45dfa3874282847765626d")),
                           ("blanks", b" " * 100000)):
            with self.subTest(name):
                code, said, got = self.outcome(self.file(f"{name}.cptv", data))
                self.assertEqual((code, got), (1, []), said)
                self.assertEqual(said.count("\n"), 1, said)
        os.mkfifo(self.path("pipe"))
        for path in (self.place, "/dev/zero", "/nowhere/x.mkv", self.path("pipe")):
            with self.subTest(path):
                code, said, _ = self.outcome(path)
                self.assertEqual((code, said.count("\n")), (1, 1), said)

    def test_nothing_is_overwritten(self):
        source = self.radiometric(2)[0]
        for ending in ("tmjsn", "cptv", "mkv", "tiff", "csv"):
            path = self.file(f"there.{ending}", b"mine")
            self.assertIn("exists already", self.fails(1, "convert", source, "-o", path))
            self.assertEqual(self.read(f"there.{ending}"), b"mine")
        self.assertIn("/nowhere", self.fails(1, "convert", source, "-o", "/nowhere/x.mkv"))

    def test_a_full_disk(self):
        """What fits is there, whole and readable; the error names the file."""
        source, frames, _ = self.radiometric(8)
        for ending in ("tmjsn", "cptv", "mkv"):
            whole = len(self.convert(source, f"whole.{ending}"))
            for part in (0.05, 0.4, 0.8, 0.999):
                limit = int(whole * part)
                with self.subTest(f"{ending} {part}"):
                    out = self.path(f"full-{part}.{ending}")
                    done = run("convert", source, "-o", out, preexec_fn=lambda most=limit:
                               resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
                    said = done.stderr.decode()
                    self.assertEqual(done.returncode, 1, said)
                    self.assertIn(out, said)
                    self.assertIn("File too large", said)
                    if not os.path.exists(out):
                        self.assertLess(part, 0.2)
                        continue
                    self.assertLessEqual(os.path.getsize(out), limit)
                    _, _, got = self.outcome(out)
                    self.assertEqual(got, frames[:len(got)])
                    self.assertGreaterEqual(len(got), int(8 * part) - 1)

    def test_a_full_disk_for_tiff_and_csv(self):
        source = self.radiometric(4)[0]
        for name, limit in (("x.tiff", 100000), ("x.csv", 200)):
            done = run("convert", source, "-o", self.path(name), preexec_fn=lambda most=limit:
                       resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
            self.assertEqual(done.returncode, 1)
            self.assertIn("File too large", done.stderr.decode())


class Terminal(Files):
    def test_progress_is_only_for_terminals(self):
        source = self.radiometric(FRAMES)[0]
        done = run("convert", source, "-o", self.path("quiet.cptv"))
        self.assertEqual(done.stderr, b"")
        leader, follower = pty.openpty()
        try:
            subprocess.run([IRONBOW, "convert", source, "-o", self.path("shown.cptv")],
                           stderr=follower, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                           timeout=LIMIT_S, check=True)
            shown = os.read(leader, 65536).decode()
        finally:
            os.close(leader)
            os.close(follower)
        self.assertRegex(shown, r"\[#+ *\] +\d+ %  \d+ frames")
        self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown[-20:]))


if __name__ == "__main__":
    unittest.main()
