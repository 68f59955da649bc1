"""Every command of docs/SPEC-tcam.md against the running program, by a client that knows only that page.

$IRONBOW names the program. Nothing here asserts on speed: where time matters, the images' own telemetry tells it.
"""

import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

from tcam_client import TCam, Image, long_word, milliseconds

START_DEADLINE_S = 60


class Camera:
    """The program under test, from start to clean end."""

    def __init__(self, *extra):
        self.folder = tempfile.TemporaryDirectory(prefix="ironbow-")
        control = os.path.join(self.folder.name, "control")
        command = [os.environ["IRONBOW"], "run", "--tcam-port", "0", "--control", control,
                   "--state", "none", "--rtsp-port", "none", *extra]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.port = self.read_port()

    def read_port(self):
        deadline = time.monotonic() + START_DEADLINE_S
        said = b""
        while True:
            found = re.search(rb"tcam 127\.0\.0\.1:(\d+)\s", said)
            if found:
                return int(found.group(1))
            left = max(0, deadline - time.monotonic())
            ready, _, _ = select.select([self.process.stdout], [], [], left)
            more = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not more:
                self.process.kill()
                self.process.wait()
                raise RuntimeError("the program said no tcam port, only %r" % said)
            said += more

    def end(self):
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(30)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.folder.cleanup()
        return code


class CameraTest(unittest.TestCase):
    """One camera a class, one connection a test."""

    extra = ()

    @classmethod
    def setUpClass(cls):
        cls.camera = Camera(*cls.extra)
        with TCam("127.0.0.1", cls.camera.port) as client:
            # From here on the start-up FFC is over.
            for _ in range(30):
                image = client.image()
                if isinstance(image, Image) and ffc_state(image) == 3:
                    return
        cls.camera.end()
        raise RuntimeError("no image after the start-up FFC")

    @classmethod
    def tearDownClass(cls):
        code = cls.camera.end()
        assert code == 0, "exit code %r" % code

    def setUp(self):
        self.client = self.connect()

    def connect(self):
        client = TCam("127.0.0.1", self.camera.port)
        self.addCleanup(client.close)
        return client

    def good_image(self, client=None):
        image = (client or self.client).image()
        self.assertIsInstance(image, Image, image)
        return image


def ffc_state(image):
    return long_word(image.telemetry, 3) >> 4 & 3


def agc_on(image):
    return long_word(image.telemetry, 3) >> 12 & 1


SET_TIME = {"sec": 14, "min": 10, "hour": 21, "dow": 2, "day": 18, "mon": 5, "year": 50}


class Lepton35(CameraTest):
    extra = ("--camera", "sim:lepton-3.5?seed=7")

    def test_status(self):
        self.client.send("get_status")
        text = self.client.packet()
        status = json.loads(text)["status"]
        self.assertEqual(list(status), ["Camera", "Model", "Version", "Time", "Date"])
        self.assertRegex(status["Camera"], r"^tCam-Mini-[0-9A-F]{4}$")
        self.assertEqual(status["Model"] & 0x3FF, 2)
        self.assertRegex(status["Version"], r"^\d+\.\d+$")
        self.assertRegex(status["Time"], r"^\d{1,2}:\d\d:\d\d\.\d{1,3}$")
        self.assertRegex(status["Date"], r"^\d{1,2}/\d{1,2}/\d\d$")
        self.assertEqual(text, json.dumps({"status": status}, separators=(",", ":")))

    def test_clock(self):
        self.assertEqual(self.client.info("set_time", SET_TIME), (1, "set_time success"))
        status = self.client.status()
        self.assertEqual(status["Date"], "5/18/20")
        self.assertGreaterEqual(milliseconds(status["Time"]), 76214000)
        self.assertLess(milliseconds(status["Time"]), 76214000 + 60000)
        image = self.good_image()
        self.assertEqual(image.metadata["Date"], "5/18/20")
        self.assertGreaterEqual(
            milliseconds(image.metadata["Time"]), milliseconds(status["Time"]) - 1
        )
        leap = dict(SET_TIME, day=29, mon=2, year=54)
        self.assertEqual(self.client.info("set_clock", leap), (1, "set_clock success"))
        self.assertEqual(self.client.status()["Date"], "2/29/24")

    def test_clock_refuses(self):
        wrong = [
            {"sec": 60}, {"sec": -1}, {"min": 60}, {"hour": 24}, {"dow": 0}, {"dow": 8}, {"day": 0},
            {"day": 32}, {"day": 31, "mon": 6}, {"day": 29, "mon": 2, "year": 55}, {"mon": 0},
            {"mon": 13}, {"year": 29}, {"year": 130}, {"year": -1}, {"sec": "14"}, {"mon": None},
        ]  # fmt: skip
        for change in wrong:
            with self.subTest(change):
                args = dict(SET_TIME, **change)
                self.assertEqual(self.client.info("set_time", args), (0, "set_time failed"))
        for missing in SET_TIME:
            args = {key: value for key, value in SET_TIME.items() if key != missing}
            self.assertEqual(self.client.info("set_time", args), (0, "set_time failed"))

    def test_image(self):
        image = self.good_image()
        self.assertEqual(list(image.metadata), ["Camera", "Model", "Version", "Time", "Date"])
        printed = sum(len(str(value)) for value in image.metadata.values())
        self.assertEqual(image.packet_bytes, 51942 + printed)
        self.assertEqual(image.telemetry[208], 1)
        scale = {1: 100, 0: 10}[image.telemetry[209]]
        celsius = [pixel / scale - 273.15 for pixel in image.pixels]
        self.assertGreater(min(celsius), -60)
        self.assertLess(max(celsius), 600)
        self.assertGreater(max(celsius) - min(celsius), 1)
        another = self.good_image()
        self.assertGreater(long_word(another.telemetry, 20), long_word(image.telemetry, 20))
        self.assertNotEqual(another.pixels, image.pixels)

    def test_config(self):
        self.addCleanup(
            self.client.info, "set_config", {"agc_enabled": 0, "emissivity": 100, "gain_mode": 0}
        )
        for args, config in [
            ({"emissivity": 98}, {"emissivity": 98}),
            ({"emissivity": 95.7}, {"emissivity": 95}),
            ({"emissivity": 0}, {"emissivity": 1}),
            ({"emissivity": 200, "gain_mode": 1}, {"emissivity": 100, "gain_mode": 1}),
            ({"gain_mode": 9}, {"gain_mode": 2}),
            ({"gain_mode": 0, "whatever": "x"}, {"gain_mode": 0}),
            ({"agc_enabled": True}, {"agc_enabled": 1}),
            ({"agc_enabled": -1}, {"agc_enabled": 0}),
        ]:
            with self.subTest(args):
                expected = dict(self.client.config(), **config)
                self.assertEqual(list(expected), ["agc_enabled", "emissivity", "gain_mode"])
                self.assertEqual(self.client.info("set_config", args), (1, "set_config success"))
                self.assertEqual(self.client.config(), expected)
        for args in (None, {}, {"x": 1}, [], {"emissivity": "98"}, {"gain_mode": -1},
                     {"agc_enabled": None}, {"agc_enabled": 1, "emissivity": {}}):  # fmt: skip
            with self.subTest(args):
                before = self.client.config()
                self.assertEqual(self.client.info("set_config", args), (0, "set_config failed"))
                self.assertEqual(self.client.config(), before)

    def until(self, wanted, images=20):
        """The first image that is as wanted: a setting takes a frame or two to show."""
        for _ in range(images):
            image = self.good_image()
            if wanted(image):
                return image
        return self.fail("no such image among %d" % images)

    def test_modes_show_in_the_image(self):
        self.addCleanup(self.client.info, "set_config", {"agc_enabled": 0, "gain_mode": 0})
        self.client.info("set_config", {"agc_enabled": 1})
        image = self.until(agc_on)
        self.assertLessEqual(max(image.pixels), 255)
        self.client.info("set_config", {"agc_enabled": 0, "gain_mode": 1})
        image = self.until(lambda i: not agc_on(i) and i.telemetry[208] and not i.telemetry[209])
        self.assertEqual(image.telemetry[165:167], [1, 1])
        self.assertLess(max(image.pixels), 10000)  # 0.1 K a count
        self.client.info("set_config", {"gain_mode": 0})
        self.until(lambda i: i.telemetry[209] == 1)

    def test_emissivity_reaches_the_module(self):
        self.addCleanup(self.client.info, "set_config", {"emissivity": 100})
        self.client.info("set_config", {"emissivity": 98})
        words, status = self.client.read_cci(0x4EBC, 8)
        self.assertEqual((words[0], status), (98 * 8192 // 100, 6))
        self.until(lambda i: i.telemetry[99] == 98 * 8192 // 100)

    def test_spotmeter(self):
        for args, box in [
            ({"c1": 79, "c2": 80, "r1": 59, "r2": 60}, [59, 79, 60, 80]),
            ({"c1": 10, "c2": 10, "r1": 20, "r2": 20}, [20, 10, 20, 10]),
            ({"c1": 30, "c2": 20, "r1": 50, "r2": 40}, [40, 20, 50, 30]),
            ({"c1": -5, "c2": 500, "r1": 0, "r2": 500}, [0, 0, 119, 159]),
        ]:
            with self.subTest(args):
                reply = self.client.info("set_spotmeter", args)
                self.assertEqual(reply, (1, "set_spotmeter success"))
                self.assertEqual(self.client.read_cci(0x4ECC, 4), (box, 6))
                image = self.until(lambda i: i.telemetry[214:218] == box)
                count = (box[2] - box[0] + 1) * (box[3] - box[1] + 1)
                self.assertEqual(image.telemetry[213], count & 0xFFFF)
        for args in (None, {"c1": 1, "c2": 2, "r1": 3}, {"c1": 1, "c2": 2, "r1": 3, "r2": "4"}):
            self.assertEqual(self.client.info("set_spotmeter", args), (0, "set_spotmeter failed"))

    def test_ffc(self):
        self.assertEqual(self.client.info("run_ffc"), (1, "run_ffc success"))
        image = self.good_image()
        self.assertNotEqual(ffc_state(image), 2)
        # Its time at the last FFC is not long ago.
        ago = long_word(image.telemetry, 1) - long_word(image.telemetry, 30)
        self.assertLess(ago, 5000)

    def test_cci(self):
        self.client.info("set_spotmeter", {"c1": 79, "c2": 80, "r1": 59, "r2": 60})
        reply = self.client.call("get_lep_cci", {"command": 20172, "length": 4})
        self.assertEqual(
            reply,
            {"cci_reg": {"command": 20172, "length": 4, "status": 6, "data": "OwBPADwAUAA="}},
        )
        self.assertEqual(list(reply["cci_reg"]), ["command", "length", "status", "data"])
        reply = self.client.call(
            "set_lep_cci", {"command": 20173, "length": 4, "data": "OwBPADwAUAA="}
        )
        self.assertEqual(reply, {"cci_reg": {"command": 20173, "length": 4, "status": 6}})
        self.assertEqual(self.client.write_cci(0x0202, []), 6)  # ping
        self.assertEqual(self.client.read_cci(0x0202, 1), ([0], 6))  # a run command may be read
        reply = self.client.call("get_lep_cci", {"command": 20172, "length": 0})
        self.assertEqual(reply, {"cci_reg": {"command": 20172, "length": 0, "status": 6}})
        for args in ({"command": 0x0202, "length": 1, "data": "AAA="},
                     {"command": 20173, "length": 0}):  # fmt: skip
            self.assertEqual(self.client.info("set_lep_cci", args), (0, "set_lep_cci failed"))
        serial, status = self.client.read_cci(0x0208, 4)
        self.assertEqual(status, 6)
        self.assertNotEqual(serial, [0, 0, 0, 0])
        _, status = self.client.read_cci(0x0FFC, 2)  # no such command
        self.assertEqual(status, 63750)

    def test_cci_setting_is_a_setting(self):
        self.addCleanup(self.client.info, "set_config", {"gain_mode": 0})
        self.assertEqual(self.client.write_cci(0x0249, [2, 0]), 6)
        self.assertEqual(self.client.config()["gain_mode"], 2)

    def test_cci_moves_512_words(self):
        table = [(i * 40503) & 0xFFFF for i in range(512)]
        self.assertEqual(self.client.write_cci(0x0309, table), 6)  # the user's colour table
        self.assertEqual(self.client.read_cci(0x0308, 512), (table, 6))
        self.assertEqual(self.client.write_cci(0x0309, table[:511]) >> 8, 0xFA)  # -6

    def test_cci_refuses(self):
        for args in (None, {}, {"command": 20172}, {"length": 4}, {"command": "20172", "length": 4},
                     {"command": -1, "length": 4}, {"command": 65536, "length": 4},
                     {"command": 20172, "length": 513}, {"command": 20172, "length": -1}):  # fmt: skip
            with self.subTest(args):
                self.assertEqual(self.client.info("get_lep_cci", args), (0, "get_lep_cci failed"))
                self.assertEqual(self.client.info("set_lep_cci", args), (0, "set_lep_cci failed"))
        self.assertEqual(
            self.client.info("get_cci_reg", {"command": 20173, "length": 4}),
            (0, "get_cci_reg failed"),
        )
        for data in ("OwBPADwA", "OwBPADwAUA!=", "", 5, None, "A" * 1372):
            with self.subTest(data):
                args = {"command": 20173, "length": 4, "data": data}
                self.assertEqual(self.client.info("set_cci_reg", args), (0, "set_cci_reg failed"))

    # Streams ------------------------------------------------------------------------------------

    def stream_on(self, **args):
        self.assertEqual(self.client.info("stream_on", args or None), (1, "stream_on success"))
        self.assertFalse(self.client.images)  # the acknowledgement is first

    def test_stream_counts_images(self):
        self.stream_on(delay_msec=0, num_frames=5)
        counters = [long_word(self.client.next_image().telemetry, 20) for _ in range(5)]
        self.assertEqual(counters, sorted(set(counters)))
        self.assertIsNone(self.client.next_image(1))
        self.client.status()
        self.assertFalse(self.client.images)

    def test_stream_keeps_its_schedule(self):
        self.stream_on(delay_msec=500, num_frames=6)
        times = [long_word(self.client.next_image().telemetry, 1) for _ in range(6)]
        for k, uptime in enumerate(times):
            # Never early; a frame period is 113 ms. How late is the machine's business.
            self.assertGreaterEqual(uptime - times[0], k * 500 - 115, times)

    def test_stream_off(self):
        self.stream_on()
        self.assertIsNotNone(self.client.next_image())
        self.assertEqual(self.client.info("stream_off"), (1, "stream_off success"))
        self.client.images.clear()
        self.assertIsNone(self.client.next_image(1))
        self.assertEqual(self.client.info("set_stream_off"), (1, "set_stream_off success"))

    def test_stream_and_requests(self):
        self.stream_on()
        for _ in range(10):
            self.client.status()
            self.client.config()
            self.assertIsNotNone(self.client.next_image())
        self.client.info("stream_off")

    def test_stream_starts_anew(self):
        self.stream_on(delay_msec=60000, num_frames=0)
        self.assertIsNotNone(self.client.next_image())
        self.stream_on(delay_msec=0, num_frames=2)
        self.assertIsNotNone(self.client.next_image())
        self.assertIsNotNone(self.client.next_image())
        self.assertIsNone(self.client.next_image(1))
        reply = self.client.info("set_stream_on", {"num_frames": -1, "delay_msec": -5})
        self.assertEqual(reply, (1, "set_stream_on success"))
        self.assertIsNotNone(self.client.next_image())

    def test_stream_on_refuses(self):
        for args in ([], 5, {"delay_msec": "0"}, {"num_frames": None}):
            self.assertEqual(self.client.info("stream_on", args), (0, "stream_on failed"))
        self.assertIsNone(self.client.next_image(0.5))

    def test_get_image_ends_a_stream(self):
        self.stream_on(delay_msec=60000)
        self.assertIsNotNone(self.client.next_image())
        self.stream_on(delay_msec=0)
        self.client.send("get_image")
        while self.client.next_image(1):
            pass  # some of the stream, then the one asked for, then nothing

    def test_every_client_has_its_own_stream(self):
        other, third = self.connect(), self.connect()
        self.stream_on()
        self.assertEqual(other.info("stream_on", {"num_frames": 2}), (1, "stream_on success"))
        seen = {}
        for _ in range(4):
            image = self.client.next_image()
            seen[long_word(image.telemetry, 20)] = image.pixels
        for _ in range(2):
            image = other.next_image()
            pixels = seen.get(long_word(image.telemetry, 20), image.pixels)
            self.assertEqual(image.pixels, pixels)  # the same frame is the same image
        self.assertIsNone(other.next_image(1))
        self.assertIsNotNone(self.client.next_image())
        self.assertIsNone(third.next_image(0.2))
        third.status()

    # What is no command -------------------------------------------------------------------------

    def test_unsupported_and_unknown(self):
        for name in ("take_picture", "record_on", "record_off", "poweroff", "get_filesystem_list", "get_file",
                     "delete_filesystem_obj", "dump_screen"):  # fmt: skip
            self.assertEqual(
                self.client.info(name, {}), (2, "Unsupported command in json string"), name
            )
        for name in ("", "GET_STATUS", "get_status ", "reboot", "x" * 5000):
            self.assertEqual(self.client.info(name), (2, "Unknown command in json string"), name)

    def expect(self, data, *replies):
        """Exactly these replies to these bytes."""
        self.client.send_bytes(data)
        for value, text in replies:
            info = {"info_value": value, "info_string": text}
            self.assertEqual(self.client.reply(), {"cam_info": info}, data[:60])
        self.client.status()  # and nothing before the reply to this

    def test_framing(self):
        bad = (3, "Couldn't convert json string")
        off = b'\x02{"cmd":"stream_off"}\x03'
        done = (1, "stream_off success")
        other = (2, "Json string wasn't command")
        self.expect(off * 3, done, done, done)
        self.expect(b"GET / HTTP/1.1\r\n\x03\x03" + off + b"junk" + off, done, done)
        self.expect(b'\x02{"cmd":"lost' + off, done)
        self.expect(b"\x02\x03", bad)
        self.expect(b"\x02{\x03", bad)
        self.expect(b"\x02nonsense\x03" + off, bad, done)
        self.expect(b'\x02[]\x03\x02{}\x03\x02{"cmd":5}\x03\x025\x03', other, other, other, other)
        self.expect(b"\x02" + b" " * (12288 - 20) + off[1:], done)
        self.expect(b"\x02" + b" " * (12289 - 20) + off[1:] + off, bad, done)
        self.expect(b"\x02" + b"x" * 100000 + b"\x03" + off, bad, done)
        self.expect(b'\x02{"cmd":"stream_off"} trailing }\x03', done)
        self.expect(b'\x02\r\n { "CMD"\t: "stream_off", "cmd" : "reboot" }\n\x03', done)
        self.expect(b'\x02{"args":' + b"[" * 999 + b"]" * 999 + b',"cmd":"stream_off"}\x03', done)
        self.expect(b'\x02{"args":' + b"[" * 1001 + b"]" * 1001 + b',"cmd":"stream_off"}\x03', bad)
        for i in range(len(off)):
            self.client.send_bytes(off[i : i + 1])
        self.assertEqual(self.client.reply()["cam_info"]["info_value"], 1)

    def test_replies_keep_the_order_of_requests(self):
        for cmd in ("get_status", "run_ffc", "get_config", "get_image", "get_wifi", "get_status"):
            self.client.send(cmd)
        keys = [next(iter(self.client.reply())) for _ in range(3)]
        self.assertEqual(keys, ["status", "cam_info", "config"])
        self.assertIsInstance(self.client.message(), Image)
        keys = [next(iter(self.client.reply())) for _ in range(2)]
        self.assertEqual(keys, ["wifi", "status"])

    def test_a_client_that_leaves_in_the_middle(self):
        for request in ("get_image", "run_ffc", "stream_on"):
            leaver = self.connect()
            leaver.send(request)
            leaver.close()
        half = self.connect()
        half.send_bytes(b'\x02{"cmd":"get_st')
        self.assertIsInstance(self.good_image(), Image)


class Lepton25(CameraTest):
    extra = ("--camera", "sim:lepton-2.5?seed=7")

    def test_the_image_is_doubled(self):
        self.assertEqual(self.client.status()["Model"] & 0x3FF, 2)
        image = self.good_image()
        for y in range(120):
            for x in range(160):
                even = image.pixels[(y & ~1) * 160 + (x & ~1)]
                self.assertEqual(image.pixels[y * 160 + x], even)

    def test_spotmeter_is_halved(self):
        self.client.info("set_spotmeter", {"c1": 100, "c2": 103, "r1": 20, "r2": 23})
        self.assertEqual(self.client.read_cci(0x4ECC, 4), ([10, 50, 11, 51], 6))


class Lepton30(CameraTest):
    extra = ("--camera", "sim:lepton-3.0?seed=7")

    def test_without_radiometry(self):
        self.assertEqual(self.client.status()["Model"] & 0x3FF, 0x102)
        args = {"c1": 100, "c2": 103, "r1": 20, "r2": 23}
        self.assertEqual(self.client.info("set_spotmeter", args), (1, "set_spotmeter success"))
        self.assertLess(max(self.good_image().pixels), 16384)


if __name__ == "__main__":
    unittest.main()
