"""ironbow record, and the recorder of a running camera: what is in the files, whatever happened."""
import json
import os
import random
import resource
import signal
import struct
import subprocess
import time
import unittest

import recordings
from program import IRONBOW, LIMIT_S, Case
from readers import Cptv, Tmjsn, gunzip

ENDINGS = ("mkv", "cptv", "tmjsn")


def counters(tmjsn):
    return [frame.telemetry[20] | frame.telemetry[21] << 16 for frame in tmjsn.frames]


class RecordCase(Case):
    def setUp(self):
        self.place = self.directory()

    def path(self, name):
        return os.path.join(self.place, name)

    def read(self, name):
        """By a reader of the tests' own; a film (formats_test.py looks into those) as .tmjsn."""
        path, ending = self.path(name), name.rpartition(".")[2]
        if ending == "mkv":
            place = self.directory()
            path = os.path.join(place, "film.tmjsn")
            self.works("convert", self.path(name), "-o", path)
        with open(path, "rb") as file:
            return Cptv(file.read()) if ending == "cptv" else Tmjsn(file.read())

    def names(self):
        return sorted(os.listdir(self.place))


class Files(RecordCase):
    def test_every_frame_is_there(self):
        """Simulated time runs as fast as it can; nothing is lost on the way to the disk."""
        self.works("record", "-o", self.path("x.tmjsn"), "--frames", "300")
        seen = counters(self.read("x.tmjsn"))
        self.assertEqual(len(seen), 300)
        self.assertEqual({b - a for a, b in zip(seen, seen[1:])}, {1})

    def test_the_same_frames_in_every_format(self):
        seen = []
        for ending in ENDINGS:
            self.works("record", "-o", self.path(f"x.{ending}"), "--frames", "20")
            seen.append([frame.pixels for frame in self.read(f"x.{ending}").frames])
        self.assertEqual(len(seen[0]), 20)
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])

    def test_duration(self):
        said = json.loads(self.works("record", "-o", self.path("x.tmjsn"), "--duration", "30s", "--json"))
        self.assertTrue(29.7 < said["duration_s"] < 30, said)
        self.assertEqual((said["ok"], said["gaps"], said["lost"]), (True, 0, 0))
        self.assertEqual(said["frames"], len(self.read("x.tmjsn").frames))
        # The footer comes after the last frame.
        self.assertIn(os.path.getsize(self.path("x.tmjsn")) - said["bytes"], range(400))

    def test_time_lapse(self):
        said = json.loads(self.works("record", "-o", self.path("x.tmjsn"), "--every", "5s",
                                     "--duration", "1m", "--json"))
        self.assertEqual((said["frames"], said["gaps"]), (12, 0), said)
        seen = counters(self.read("x.tmjsn"))
        # A frame takes 113.2 ms. The grid of five seconds does not drift.
        self.assertTrue(all(-0.5 < c - seen[0] - i * 44.17 < 1.5 for i, c in enumerate(seen)), seen)

    def test_a_directory_gets_names_by_date(self):
        for _ in range(3):
            self.works("record", "--directory", self.path("new"), "--format", "cptv", "--frames", "2")
        self.place = self.path("new")
        self.assertEqual(len(self.names()), 3)
        for name in self.names():
            self.assertRegex(name, r"^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(-\d)?\.cptv$")
            self.assertEqual(len(self.read(name).frames), 2)

    def test_says_what_it_did(self):
        said = self.works("record", "-o", self.path("x.cptv"), "--frames", "9").decode()
        self.assertRegex(said, r"x\.cptv: 9 frames, 0\.9 s, \d+\.\d MB\n$")
        self.assertEqual(self.works("record", "-q", "-o", self.path("y.cptv"), "--frames", "9"), b"")


class Refusals(RecordCase):
    def test_nothing_is_overwritten(self):
        with open(self.path("x.cptv"), "wb") as file:
            file.write(b"precious")
        self.assertIn("x.cptv", self.fails(1, "record", "-o", self.path("x.cptv"), "--frames", "2"))
        with open(self.path("x.cptv"), "rb") as file:
            self.assertEqual(file.read(), b"precious")

    def test_places_that_are_none(self):
        self.fails(1, "record", "-o", self.path("no/x.cptv"), "--frames", "2")
        self.fails(1, "record", "--directory", self.path("no/no"), "--frames", "2")
        with open(self.path("file"), "wb"):
            pass
        self.assertIn("no directory", self.fails(1, "record", "--directory", self.path("file"),
                                                 "--frames", "2"))
        self.assertEqual(self.names(), ["file"])

    def test_command_lines(self):
        file = self.path("x.cptv")
        for args in ([], ["-o", file, "--directory", self.place], ["-o", self.path("x.avi")],
                     ["-o", file, "--on-motion", "100"], ["-o", file, "--keep", "5s"],
                     ["-o", file, "--pre-roll", "5s"], ["-o", file, "--format", "tmjsn"],
                     ["-o", file, "--frames", "0"], ["-o", file, "--duration", "10"],
                     ["-o", file, "--palette", "nonsense"], ["-o", file, "--camera", "sim:no"],
                     ["--directory", self.place, "--on-heat", "hot"],
                     ["--directory", self.place, "--on-heat", "60,0"],
                     ["--directory", self.place, "--on-motion", "0"],
                     ["--directory", self.place, "--on-motion", "9,19201"],
                     ["--directory", self.place, "--on-heat", "60", "--pre-roll", "61s"]):
            with self.subTest(args):
                self.fails(2, "record", *args)
        self.assertEqual(self.names(), [])

    def test_a_full_disk_loses_nothing_that_was_written(self):
        limit = 700_000
        for ending in ENDINGS:
            with self.subTest(ending):
                path = self.path(f"x.{ending}")
                result = subprocess.run(
                    [IRONBOW, "record", "-o", path, "--frames", "1000", "--json"],
                    stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)
                said = json.loads(result.stdout)
                self.assertFalse(said["ok"])
                frames = self.read(f"x.{ending}").frames
                self.assertEqual(len(frames), said["frames"])
                self.assertGreater(len(frames), 5)
                self.works("record", "-o", self.path(f"whole.{ending}"), "--frames", str(len(frames)))
                self.assertEqual([f.pixels for f in self.read(f"whole.{ending}").frames],
                                 [f.pixels for f in frames])


class Triggers(RecordCase):
    def record(self, *args):
        return self.works("record", "--directory", self.place, "--format", "cptv", *args).decode()

    def clip(self, still, moving):
        """Counts of 3000; then a block of 8x8 that is 400 higher wanders about."""
        frames = []
        for i in range(still + moving):
            pixels = [3000 + place % 5 for place in range(80 * 60)]
            for place in range(64 if i >= still else 0):
                pixels[(30 + place // 8) * 80 + (i * 9) % 70 + place % 8] += 400
            frames.append(pixels)
        with open(self.path("clip.cptv"), "wb") as file:
            file.write(recordings.cptv(frames, width=80, height=60))
        return "replay:" + self.path("clip.cptv")

    def recorded(self):
        return [self.read(name) for name in self.names() if name != "clip.cptv"]

    @staticmethod
    def moving(frame):
        return max(frame.pixels) > 3300

    def test_motion_with_pre_roll(self):
        camera = self.clip(150, 40)
        self.record("--camera", camera, "--on-motion", "200,30", "--pre-roll", "2s", "--keep", "3s",
                    "--duration", "90s")
        files = self.recorded()
        self.assertGreater(len(files), 2)
        for file in files[:-1]:
            moves = [self.moving(frame) for frame in file.frames]
            first, last = moves.index(True), len(moves) - moves[::-1].index(True)
            self.assertEqual(sum(moves), 40)
            self.assertIn(first, range(16, 19), "two seconds before")
            self.assertIn(len(moves) - last, range(24, 28), "three seconds after")

    def test_motion_without_pre_roll_begins_with_its_cause(self):
        camera = self.clip(100, 20)
        self.record("--camera", camera, "--on-motion", "200,30", "--keep", "1s", "--duration", "40s")
        for file in self.recorded()[:-1]:
            self.assertTrue(self.moving(file.frames[0]))

    def test_frames_limit_each_recording(self):
        camera = self.clip(60, 60)
        self.record("--camera", camera, "--on-motion", "200,30", "--keep", "0s", "--frames", "25",
                    "--duration", "26s")
        lengths = [len(file.frames) for file in self.recorded()]
        self.assertEqual(max(lengths), 25)
        self.assertGreaterEqual(sum(lengths), 60)

    def test_heat(self):
        self.assertIn("1 recordings", self.record("--on-heat", "140F", "--duration", "10s"))
        file, = self.recorded()
        self.assertGreater(sum(p > 33315 for p in file.frames[0].pixels), 4)
        self.assertIn("0 recordings", self.record("--on-heat", "200", "--duration", "10s"))
        self.assertEqual(len(self.recorded()), 1)

    def test_heat_needs_temperatures(self):
        text = self.fails(1, "record", "--directory", self.place, "--on-heat", "60", "--duration", "10s",
                          "--camera", "sim:lepton-3.0")
        self.assertIn("--on-heat: this camera gives no temperatures", text)


class RealTime(RecordCase):
    def begin(self, *args):
        process = subprocess.Popen([IRONBOW, "record", *args], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()
        self.addCleanup(end)
        return process

    def wait_for(self, name, size):
        """Until the file has so many bytes."""
        end = time.monotonic() + LIMIT_S
        while not os.path.exists(self.path(name)) or os.path.getsize(self.path(name)) < size:
            self.assertLess(time.monotonic(), end, "nothing is being recorded")
            time.sleep(0.01)

    def test_a_signal_ends_it_cleanly(self):
        """All three at once: they take their time to start."""
        processes = {}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            name = f"{number.name}.tmjsn"
            processes[name] = (self.begin("-o", self.path(name)), number)
        for name, (process, number) in processes.items():
            self.wait_for(name, 100_000)
            process.send_signal(number)
            out, errors = process.communicate(timeout=LIMIT_S)
            self.assertEqual((process.returncode, errors), (0, b""))
            recording = self.read(name)
            self.assertEqual(recording.info["num_frames"], len(recording.frames))
            self.assertIn(f"{len(recording.frames)} frames".encode(), out)

    def test_a_kill_costs_at_most_the_last_second(self):
        """Whatever was reported well before a kill -9 is there. Two seconds: the machine may be busy."""
        seed = int.from_bytes(os.urandom(4), "big")
        print("seed", seed)
        rng = random.Random(seed)
        runs = []
        for number in range(6):
            ending = ENDINGS[number % 3]
            program = self.start("--record-dir", self.place)
            runs.append((program, f"{number}.{ending}", rng.uniform(2.5, 6), []))
        for program, name, _, _ in runs:
            program.ok(f"record start {name}")
        begin = time.monotonic()
        while any(program.process.poll() is None for program, _, _, _ in runs):
            for program, name, moment, reports in runs:
                if program.process.poll() is not None:
                    continue
                now = time.monotonic()
                frames = program.ok("record status")["recording"]["frames"]
                if now - begin > moment and frames > 25:
                    program.process.kill()
                    program.process.wait()
                reports.append((time.monotonic(), frames))
                self.assertLess(now - begin, LIMIT_S)
            time.sleep(0.05)
        for program, name, _, reports in runs:
            killed = reports[-1][0]
            known = max([frames for at, frames in reports if at < killed - 2] or [0])
            # The program's own reader gives what is sound, and a reader of the tests' own agrees.
            place = os.path.join(self.directory(), "saved.tmjsn")
            self.works("convert", self.path(name), "-o", place)
            with open(place, "rb") as file:
                there = len(Tmjsn(file.read()).frames)
            with open(self.path(name), "rb") as file:
                data = file.read()
            if name.endswith("tmjsn"):
                # What is behind the last end is torn.
                self.assertEqual(len(Tmjsn(data[:data.rfind(b"\x03") + 1]).frames), there)
            elif name.endswith("cptv"):
                self.assertEqual(self.sound_cptv_frames(data), there)
            self.assertGreaterEqual(there, known, f"{name}, seed {seed}")
            self.assertGreater(there, 0, name)

    @staticmethod
    def sound_cptv_frames(data):
        """A reader of its own kind: a file that was cut anywhere gives the frames before the cut."""
        plain, _ = gunzip(data)
        _, _, at = Cptv._section(plain, 5)
        count = 0
        while at < len(plain):
            try:
                letter, fields, at = Cptv._section(plain, at)
                at += struct.unpack("<I", fields["f"])[0]
            except (IndexError, KeyError, struct.error):
                break
            count += letter == b"F" and at <= len(plain)
        return count


class Running(RecordCase):
    """The recorder of `ironbow run`."""

    def test_start_and_stop(self):
        program = self.start("--record-dir", self.place, step=True)
        program.ok("step 6s")
        begun = program.ok("record start kettle.tmjsn")["recording"]
        self.assertEqual((begun["recording"], begun["file"]), (True, self.path("kettle.tmjsn")))
        before = program.ok("step 1s")["frames"]
        after = program.ok("step 10s")["frames"]
        ended = program.ok("record stop")["recording"]
        self.assertEqual((ended["recording"], ended["gaps"], ended["lost"]), (False, 0, 0))
        self.assertGreater(ended["frames"], after - before)
        seen = counters(self.read("kettle.tmjsn"))
        self.assertEqual(len(seen), ended["frames"])
        self.assertEqual({b - a for a, b in zip(seen, seen[1:])}, {1})
        self.assertEqual(self.read("kettle.tmjsn").frames[0].metadata["Camera"], "tCam-Mini-1B01")
        self.assertEqual(program.stop(), 0)

    def test_names_stay_inside(self):
        program = self.start("--record-dir", self.path("inside"), step=True)
        for name in ("../x.cptv", "/tmp/x.cptv", "a/b.cptv", "..", ".x.cptv", "x" * 120, "-x", "a;b"):
            answer = program.ask(f"record start {name}")
            self.assertFalse(answer["ok"], name)
            self.assertIn("plain file name", answer["error"])
        self.assertEqual(os.listdir(self.path("inside")), [])
        self.assertEqual(self.names(), ["inside"])
        # An ending that is none of the formats' belongs to the name.
        answer = program.ok("record start x.avi")
        self.assertTrue(answer["recording"]["file"].endswith("inside/x.avi.mkv"))
        program.ok("record stop")

    def test_one_at_a_time(self):
        program = self.start("--record-dir", self.place, step=True)
        self.assertFalse(program.ask("record stop")["ok"])
        program.ok("record start a.cptv")
        self.assertIn("under way", program.ask("record start b.cptv")["error"])
        program.ok("step 8s")
        program.ok("record stop")
        self.assertIn("a.cptv", program.ask("record start a.cptv")["error"])
        program.ok("record start b.cptv")
        program.ok("step 2s")
        program.ok("record stop")
        self.assertEqual(self.names(), ["a.cptv", "b.cptv"])
        self.assertFalse(program.ask("record")["ok"])
        self.assertFalse(program.ask("record stop now")["ok"])

    def test_quit_makes_the_file_whole(self):
        program = self.start("--record-dir", self.place, step=True)
        program.ok("step 6s")
        program.ok("record start a.tmjsn")
        program.ok("step 5s")
        program.ok("quit")
        self.assertEqual(program.wait(), 0)
        recording = self.read("a.tmjsn")
        self.assertEqual(recording.info["num_frames"], len(recording.frames))
        self.assertGreater(len(recording.frames), 38)

    def test_clients_do_not_notice(self):
        program = self.start("--record-dir", self.place, step=True)
        program.ok("step 6s")
        program.ok("record start a.tmjsn")
        with program.client() as client, program.stepping():
            client.send("stream_on")
            self.assertIn("cam_info", client.packet())
            images = [client.image() for _ in range(20)]
        program.ok("record stop")
        recorded = {tuple(frame.pixels) for frame in self.read("a.tmjsn").frames}
        # Each image a client got is a frame of the recording.
        self.assertTrue(all(tuple(image.pixels) in recorded for image in images))

    def test_beside_the_settings(self):
        """Nobody said where: recordings lie with what else the camera keeps."""
        program = self.start("--state", self.place, step=True)
        program.ok("step 6s")
        program.ok("record start a.tmjsn")
        program.ok("step 1s")
        program.ok("record stop")
        self.assertEqual(os.listdir(self.path("recordings")), ["a.tmjsn"])
        self.assertEqual(program.stop(), 0)
        program = self.start("--state", self.place, "--record-dir", "none", step=True)
        self.assertIn("--record-dir", program.ask("record start")["error"])

    def test_without_a_directory(self):
        program = self.start(step=True)
        self.assertIn("--record-dir", program.ask("record start")["error"])
        self.assertIn("--record-dir", program.ask("record status")["error"])
        self.fails(1, "run", "--state", "none", "--control", "none", "--tcam-port", "0", "--record-dir",
                   "/proc/nowhere")


if __name__ == "__main__":
    unittest.main()
