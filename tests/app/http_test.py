"""The HTTP interface: every route, every error, headers, connections, limits."""
import base64
import json
import os
import re
import shutil
import struct
import subprocess
import time
import unittest
import unittest.mock
import zlib

from http_client import Frame, HttpCase
from program import IRONBOW, run

HERE = os.path.dirname(os.path.abspath(__file__))
WEB = os.path.join(HERE, "..", "..", "web")


def jpeg_size(data):
    """Width and height from the frame header, whose kind must be baseline."""
    at = 2
    while at < len(data):
        marker, size = struct.unpack_from(">HH", data, at)
        if marker == 0xFFC0:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + size
    raise AssertionError("no frame header")


def rgb_of(png):
    """The pixels of an RGB PNG, three bytes each."""
    at, packed = 8, b""
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", png, at + 8)
        packed += png[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    rows, step, above = zlib.decompress(packed), 3 * width + 1, bytearray(3 * width)
    pixels = []
    for y in range(height):
        filter_, row = rows[step * y], bytearray(rows[step * y + 1:step * (y + 1)])
        for i in range(len(row)):
            left, corner = (row[i - 3], above[i - 3]) if i >= 3 else (0, 0)
            guess = left + above[i] - corner
            near = min((left, above[i], corner), key=lambda v: abs(guess - v))
            row[i] = row[i] + (0, left, above[i], (left + above[i]) // 2, near)[filter_] & 255
        pixels += [bytes(row[i:i + 3]) for i in range(0, len(row), 3)]
        above = row
    return pixels


class Routes(HttpCase):
    def setUp(self):
        self.camera = self.start_stepped()
        self.web = self.camera.http()
        self.addCleanup(self.web.close)

    def test_the_page_is_the_first_line_after_the_camera(self):
        self.assertTrue(self.camera.lines[0].startswith("camera "), self.camera.lines)
        self.assertEqual(self.camera.lines[1], f"page http://127.0.0.1:{self.camera.http_port}/\n")

    def test_every_file_of_the_page_is_there(self):
        types = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
                 "css": "text/css; charset=utf-8", "json": "application/json"}
        for name in os.listdir(WEB):
            answer = self.web.get(f"/{name}")
            with open(os.path.join(WEB, name), "rb") as file:
                self.assertEqual(answer.body, file.read(), name)
            self.assertEqual(answer.headers["content-type"], types[name.rpartition(".")[2]], name)
        self.assertEqual(self.web.get("/").body, self.web.get("/index.html").body)
        self.assertEqual(self.web.get("/favicon.ico").headers["content-type"], "image/svg+xml")

    def test_files_are_packed_and_known_by_their_tag(self):
        plain = self.web.get("/openapi.json")
        packed = self.web.get("/openapi.json", **{"Accept-Encoding": "gzip, br"})
        self.assertEqual(packed.headers["content-encoding"], "gzip")
        self.assertEqual(packed.headers["vary"], "Accept-Encoding")
        self.assertLess(len(packed.body), len(plain.body) / 3)
        self.assertEqual(zlib.decompress(packed.body, 31), plain.body)
        self.assertNotEqual(plain.headers["etag"], packed.headers["etag"])
        for tag in plain.headers["etag"], f'"x", W/{plain.headers["etag"]}', "*":
            again = self.web.get("/openapi.json", **{"If-None-Match": tag})
            self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(self.web.get("/openapi.json", **{"If-None-Match": '"x"'}).status, 200)

    def test_headers_that_protect(self):
        page = self.web.get("/")
        policy = page.headers["content-security-policy"]
        self.assertIn("default-src 'self'", policy)
        self.assertIn("object-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        for answer in page, self.web.get("/api/v1/status"), self.web.get("/nothing"):
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
            self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
            self.assertRegex(answer.headers["date"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        self.assertEqual(self.web.get("/api/v1/status").headers["cache-control"], "no-store")

    def test_status(self):
        status = self.web.get("/api/v1/status").json
        document = self.web.get("/openapi.json").json
        for name in document["components"]["schemas"]["Status"]["required"]:
            self.assertIn(name, status)
        self.assertEqual(status["type"], "status")
        self.assertEqual(status["model"], "Lepton 3.5")
        self.assertEqual(status["stage"], "running")
        self.assertTrue(status["radiometric"] and status["simulated"])
        self.assertFalse(status["recovering"] or status["token_needed"])
        self.assertEqual(status["counters"]["frames"], status["frames"])
        self.assertGreater(status["counters"]["source_packets"], 1000)
        self.assertEqual(status["config"], {"agc": 0, "emissivity": 100, "gain": 0})
        self.assertEqual(set(status["spotmeter"]), {"c1", "c2", "r1", "r2"})
        self.assertEqual(status["ffc"]["state"], "done")
        self.assertGreater(status["ffc"]["since_ms"], 0)
        self.assertEqual(status["clients"], {"tcam": 0, "web": 0, "rtsp": 0})
        self.assertEqual(set(status["led"]), {"red", "green", "state"})
        self.assertIsNone(status["fault"])
        self.assertFalse(status["recording"]["available"])
        self.assertLess(abs(status["clock"]["unix_us"] / 1e6 - time.time()), 3600)
        before = status["frames"]
        self.camera.ok("step 2s")
        self.assertGreater(self.web.get("/api/v1/status").json["frames"], before + 10)

    def test_config(self):
        self.assertEqual(self.web.get("/api/v1/config").json, {"agc": 0, "emissivity": 100, "gain": 0})
        with self.camera.stepping():
            self.assertEqual(self.web.ask("PATCH", "/api/v1/config", {"emissivity": 95, "gain": 2}).json,
                             {"agc": 0, "emissivity": 95, "gain": 2})
        self.assertEqual(self.web.get("/api/v1/config").json["emissivity"], 95)
        with self.camera.client() as client:
            self.assertEqual(client.ask("get_config")["config"]["emissivity"], 95)
        for body, words in (({"emissivity": 0}, "emissivity"), ({"emissivity": 101}, "emissivity"), ({"gain": 3}, "gain"),
                            ({"agc": True}, "agc"), ({"agc": "1"}, "agc"), ({"gain": 1.5}, "gain"), ({}, "must be there"),
                            ({"agc": 1, "x": 1}, "x: there is no"), ([], "object"), ("nonsense", "object"),
                            ('{"agc":1} {"agc":0}', "object"), ("", "must be there")):
            answer = self.web.ask("PATCH", "/api/v1/config", body, headers={} if isinstance(body, (dict, list)) else {
                "Content-Type": "application/json"})
            self.is_error(answer, 400, words)
        self.assertEqual(self.web.get("/api/v1/config").json, {"agc": 0, "emissivity": 95, "gain": 2})

    def test_spotmeter(self):
        place = {"c1": 10, "c2": 12, "r1": 20, "r2": 24}
        with self.camera.stepping():
            self.assertEqual(self.web.ask("PUT", "/api/v1/spotmeter", place).json, place)
        self.assertEqual(self.web.get("/api/v1/status").json["spotmeter"], place)
        for change, word in (({"c1": 160}, "c1"), ({"r2": 120}, "r2"), ({"c1": 13}, "c1"), ({"r1": -1}, "r1"), ({"r1": "1"}, "r1")):
            self.is_error(self.web.ask("PUT", "/api/v1/spotmeter", {**place, **change}), 400, word)
        self.is_error(self.web.ask("PUT", "/api/v1/spotmeter", {"c1": 1}), 400, "must be there")

    def test_ffc(self):
        before = self.web.get("/api/v1/status").json["ffc"]["since_ms"]
        self.assertGreater(before, 500)
        with self.camera.live() as live:
            answer = self.web.ask("POST", "/api/v1/ffc")
            self.assertEqual((answer.status, answer.json), (202, {}))
            with self.camera.stepping():
                while live.event("ffc")["state"] != "done":
                    pass
        self.assertLess(self.web.get("/api/v1/status").json["ffc"]["since_ms"], before + 2500)
        self.assertIn("ironbow_ffc_total{camera=\"tCam-Mini-1B01\"} 2\n", self.web.get("/metrics").body.decode())

    def test_button(self):
        self.assertEqual(self.web.ask("POST", "/api/v1/button", {"press_ms": 200}).status, 202)
        self.camera.ok("step 1s")
        self.assertEqual(self.camera.ok("counters")["board"]["presses_short"], 1)
        self.assertEqual(self.web.ask("POST", "/api/v1/button").status, 202)
        self.is_error(self.web.ask("POST", "/api/v1/button", {"press_ms": 0}), 400, "press_ms")

    def test_palettes(self):
        palettes = self.web.get("/api/v1/palettes").json
        self.assertEqual(palettes[0]["name"], "ironbow")
        self.assertGreater(len(palettes), 10)
        for palette in palettes:
            self.assertEqual(len(base64.b64decode(palette["colours"])), 768, palette["name"])
            self.assertTrue(palette["title"])

    def test_one_frame_in_every_form(self):
        frame = Frame(self.web.get("/api/v1/frame").body)
        self.assertEqual((frame.width, frame.height, frame.unit, frame.scale_ck), (160, 120, 1, 1))
        self.assertEqual((frame.gain, frame.gain_mode, frame.ffc_state, frame.agc), (0, 0, 3, 0))
        tjsn = self.web.get("/api/v1/frame.tjsn").json
        self.assertEqual(list(struct.unpack("<19200H", base64.b64decode(tjsn["radiometric"]))), list(frame.pixels))
        raw = self.web.get("/raw").json
        self.assertEqual([f"{p / 100 - 273.15:.2f}" for p in frame.pixels], raw["data"].split(","))
        self.assertAlmostEqual(raw["temp"], frame.fpa_ck / 100 - 273.15, places=2)
        self.assertEqual(frame.captured_us // 1000000, 3)  # of 4 s
        telemetry = struct.unpack("<240H", base64.b64decode(tjsn["telemetry"]))
        self.assertEqual((frame.applied, frame.applied[0]), (telemetry[99:107], 8192))  # emissivity 1
        status = self.web.get("/api/v1/status").json
        self.assertEqual((frame.c1, frame.r1, frame.c2, frame.r2), tuple(status["spotmeter"][k] for k in ("c1", "r1", "c2", "r2")))
        self.assertLess(abs(status["clock"]["unix_us"] - frame.unix_us), 1000000)

    def test_raw_has_no_temperatures_with_agc(self):
        with self.camera.stepping():
            self.web.ask("PATCH", "/api/v1/config", {"agc": 1})
        self.camera.ok("step 1s")
        self.is_error(self.web.get("/raw"), 409, "AGC")
        self.is_error(self.web.get("/snapshot.jpg?low=0&high=10"), 409, "degrees")
        self.assertEqual(self.web.get("/snapshot.jpg").status, 200)

    def test_snapshots(self):
        jpeg = self.web.get("/snapshot.jpg")
        self.assertEqual(jpeg.headers["content-type"], "image/jpeg")
        self.assertEqual(jpeg_size(jpeg.body), (640, 480))
        self.assertEqual(jpeg_size(self.web.get("/snapshot.jpg?width=320&palette=rainbow").body), (320, 240))
        self.assertLess(len(self.web.get("/snapshot.jpg?quality=10").body), len(jpeg.body))
        self.assertNotEqual(self.web.get("/snapshot.jpg?low=0&high=200").body, jpeg.body)
        frame = Frame(self.web.get("/api/v1/frame").body)
        tiff = self.web.get("/snapshot.tiff")
        self.assertEqual(tiff.headers["content-type"], "image/tiff")
        self.assertIn(struct.pack("<19200H", *frame.pixels), tiff.body)
        as_float = self.web.get("/snapshot.tiff?float=1").body
        self.assertIn(struct.pack("<f", frame.pixels[0] / 100 - 273.15)[1:], as_float)
        self.assertGreater(len(as_float), 19200 * 4)
        png = self.web.get("/snapshot.png?width=1280")
        self.assertEqual(png.headers["content-type"], "image/png")
        self.assertEqual(png.body[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack_from(">II", png.body, 16), (1280, 960))
        for query, word in (("palette=no", "palette"), ("width=100", "64"), ("width=64.5", "64"), ("width=9999", "width"), ("low=1", "high"),
                            ("low=2&high=1", "low"), ("low=a&high=1", "low"), ("x=1", "x"), ("width=64&width=64", "twice"),
                            ("palette=%zz", "palette"), ("palette=" + "a" * 99, "palette"), ("quality=0", "quality"),
                            ("low=nan&high=5", "low")):
            self.is_error(self.web.get(f"/snapshot.jpg?{query}"), 400, word)

    def test_ranges_and_isotherms_of_pictures(self):
        seen = {query: self.web.get(f"/snapshot.png?width=320&{query}") for query in (
            "", "range=min-max", "range=percentile", "range=equalised", "isotherm_low=0",
            "isotherm_low=0&isotherm_colour=FF0080", "isotherm_high=0", "isotherm_low=40&isotherm_high=60")}
        for query, answer in seen.items():
            self.assertEqual(answer.status, 200, query)
        self.assertEqual(seen[""].body, seen["range=min-max"].body)
        self.assertEqual(len({seen[q].body for q in ("", "range=percentile", "range=equalised")}), 3)
        colours = {query: rgb_of(answer.body) for query, answer in seen.items()}
        self.assertEqual(set(colours["isotherm_low=0"]), {b"\x27\xe0\x7d"}, "all of it is above")
        self.assertEqual(set(colours["isotherm_low=0&isotherm_colour=FF0080"]), {b"\xff\x00\x80"})
        self.assertEqual(colours["isotherm_high=0"], colours[""], "nothing is below")
        pixels = Frame(self.web.get("/api/v1/frame").body).pixels
        within = [40 <= pixel / 100 - 273.15 <= 60 for pixel in pixels]
        green = [colour == b"\x27\xe0\x7d" for colour in colours["isotherm_low=40&isotherm_high=60"]]
        self.assertEqual(within, [green[640 * y + 2 * x] for y in range(120) for x in range(160)])
        for query, word in (("range=auto", "equalised"), ("isotherm_low=x", "isotherm_low"),
                            ("isotherm_colour=green", "isotherm_colour"), ("isotherm_low=50&isotherm_high=20", "isotherm_low"), ("isotherm_colour=0x12", "isotherm_colour")):
            self.is_error(self.web.get(f"/snapshot.jpg?{query}"), 400, word)

    def test_the_palette_of_those_who_name_none(self):
        camera = self.start_stepped("--palette", "rainbow", "--record-dir", self.directory())
        named = camera.ask_http("GET", "/snapshot.jpg?palette=rainbow").body
        self.assertEqual(camera.ask_http("GET", "/snapshot.jpg").body, named)
        self.assertNotEqual(camera.ask_http("GET", "/snapshot.jpg?palette=ironbow").body, named)
        camera.ok("record start")
        camera.ok("step 1s")
        path = camera.ok("record stop")["recording"]["file"]
        with open(path, "rb") as film:
            self.assertIn(b"rainbow", film.read())
        self.assertIn("no such palette", self.fails(2, "run", "--palette", "plaid"))

    def test_simulator(self):
        world = self.web.get("/api/v1/simulator").json
        self.assertEqual(world["scene"], "kettle")
        self.assertIn("person", [scene["name"] for scene in world["scenes"]])
        self.assertIn("crc-error", [fault["name"] for fault in world["faults"]])
        with self.camera.live() as live:
            self.assertEqual(self.web.ask("POST", "/api/v1/simulator", {"scene": "person"}).json["scene"], "person")
            self.assertEqual(live.event("scene")["scene"], "person")
        self.assertEqual(self.camera.ok("status")["scene"], "person")
        world = self.web.ask("POST", "/api/v1/simulator", {"fault": "discard-storm,60s"}).json
        self.assertEqual([f["name"] for f in world["faults"] if f["active"]], ["discard-storm"])
        self.camera.ok("step 8s")
        self.assertEqual(self.web.get("/healthz").status, 503)
        self.assertIn(self.web.get("/api/v1/status").json["stage"], ("recovering", "starting", "booting", "setting-up"))
        world = self.web.ask("POST", "/api/v1/simulator", {"heal": True}).json
        self.assertFalse([f for f in world["faults"] if f["active"] and "blinks" not in f])
        self.camera.ok("step 8s")
        self.assertEqual(self.web.get("/healthz").json, {"status": "ok"})
        world = self.web.ask("POST", "/api/v1/simulator", {"fault": "lepton-cci"}).json
        self.camera.ok("step 20s")
        self.assertEqual(self.web.get("/api/v1/status").json["fault"]["number"], 4)
        for body, word in (({"scene": "no"}, "no such scene"), ({"fault": "no"}, "no such fault"), ({}, "one of"),
                           ({"scene": "kettle", "heal": True}, "one of"), ({"heal": False}, "one of"),
                           ({"scene": 1}, "scene"), ({"fault": "crc-error,x"}, "count")):
            self.is_error(self.web.ask("POST", "/api/v1/simulator", body), 400, word)

    def test_measuring(self):
        regions = {"regions": ["r1=60,40,40x30"], "alarms": ["hot=r1.max>200"]}
        answer = self.web.ask("PUT", "/api/v1/regions", regions)
        if answer.status == 501:
            self.skipTest("this run measures nothing")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(len(self.web.get("/api/v1/regions").json["regions"]), 1)
        self.camera.ok("step 1s")
        reading = self.web.get("/api/v1/measurements").json["regions"][0]
        self.assertEqual(reading["name"], "r1")
        self.assertEqual(self.web.get("/api/v1/alarms").json["alarms"][0]["name"], "hot")
        self.assertEqual(self.web.get("/api/v1/graph?region=r1").status, 200)
        metrics = self.web.get("/metrics").body.decode()
        self.assertRegex(metrics, r'ironbow_temperature_celsius\{camera="tCam-Mini-1B01",roi="r1",stat="max"\} \d')
        self.assertRegex(metrics, r'ironbow_alarm_state\{camera="tCam-Mini-1B01",alarm="hot"\} 1\n')
        with self.camera.live() as live:
            self.assertEqual(live.text("measurements")["regions"][0]["name"], "r1")
            self.assertEqual(self.web.ask("POST", "/api/v1/alarms/hot/test").status, 200)
            self.assertEqual(live.event("alarm")["alarm"]["alarm"], "hot")
        self.assertEqual(self.web.ask("POST", "/api/v1/alarms/hot/acknowledge").status, 200)
        self.is_error(self.web.ask("POST", "/api/v1/alarms/no/test"), 404, "no")
        self.is_error(self.web.ask("PUT", "/api/v1/regions", {"regions": ["r1=oops"]}), 400)
        self.is_error(self.web.get("/api/v1/graph"), 400, "region")
        self.is_error(self.web.get("/api/v1/graph?region=no"), 404, "no")
        self.is_error(self.web.get("/api/v1/profile?region=r1"), 409, "line")

    def test_metrics(self):
        answer = self.web.get("/metrics")
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        families, sample = {}, re.compile(r'^(ironbow_\w+)\{((?:\w+="(?:[^"\\\n]|\\.)*",?)+)\} (\S+)$')
        current = None
        for line in answer.body.decode().splitlines():
            if line.startswith("# HELP "):
                current = line.split()[2]
                self.assertNotIn(current, families, "a family comes in one piece")
                families[current] = []
            elif line.startswith("# TYPE "):
                self.assertEqual(line.split()[2], current)
                self.assertIn(line.split()[3], ("gauge", "counter"))
                self.assertEqual(line.split()[3] == "counter", current.endswith("_total"))
            else:
                match = sample.match(line)
                self.assertTrue(match, line)
                self.assertEqual(match[1], current)
                families[current].append((match[2], float(match[3])))
        for name in ("build_info", "frames_total", "vospi_resync_total", "packet_crc_errors_total", "ffc_total",
                     "last_ffc_timestamp_seconds", "clients", "frame_age_seconds", "temperature_celsius",
                     "recovery_rungs_total", "up"):
            self.assertTrue(families["ironbow_" + name], name)
        published = dict(families["ironbow_frames_total"])['camera="tCam-Mini-1B01",result="published"']
        self.assertEqual(published, self.web.get("/api/v1/status").json["frames"])

    def test_no_series_twice(self):
        self.assertEqual(self.web.ask("PUT", "/api/v1/regions", {"regions": ["frame=10,10", "sensor=20,20", "r1=30,30"]}).status, 200)
        self.camera.ok("step 1s")
        lines = [line for line in self.web.get("/metrics").body.decode().splitlines() if not line.startswith("#")]
        series = [line.rsplit(" ", 1)[0] for line in lines]
        self.assertIn('ironbow_temperature_celsius{camera="tCam-Mini-1B01",roi="r1",stat="max"}', series)
        self.assertEqual(len(series), len(set(series)))

    def test_labels_are_escaped(self):
        with self.camera.client() as client:
            client.ask("set_wifi", ap_ssid='a"b\\c')
        self.camera.ok("step 3s")
        with self.camera.http() as web:
            self.assertIn(b'camera="a\\"b\\\\c"', web.get("/metrics").body)

    def test_every_route_is_in_the_document_and_the_other_way_round(self):
        document = self.web.get("/openapi.json").json
        self.assertTrue(document["openapi"].startswith("3.1"))
        described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
        there = {(route["method"], route["path"]) for route in self.web.get("/api/v1").json["routes"]}
        files = {("GET", "/"), ("GET", "/openapi.json"), ("GET", "/favicon.ico")}
        self.assertEqual(described - files, there)
        for method, path in sorted(described):
            responses = document["paths"][path][method.lower()]["responses"]
            if path == "/stream.mjpg":
                continue
            with self.camera.stepping():
                answer = self.camera.ask_http(method, path.replace("{name}", "nobody"))
            wanted = set(responses) | {"400"}  # what a request without a body may get
            self.assertIn(str(answer.status), wanted, (method, path, answer))
            self.assertNotEqual(answer.status, 500)

    def test_unknown_paths_and_methods(self):
        for path in "/nothing", "/api/v1/nothing", "/api/v2/status", "/api/", "/api/v1/status/", "/api/v1/recordings/a/b":
            self.is_error(self.web.get(path), 404)
        for method, path, allow in (("DELETE", "/api/v1/status", "GET, HEAD"), ("POST", "/api/v1/config", "GET, HEAD, PATCH"),
                                    ("PUT", "/", "GET, HEAD"), ("GET", "/api/v1/ffc", "POST"), ("BREW", "/snapshot.jpg", "GET, HEAD")):
            answer = self.web.ask(method, path)
            self.is_error(answer, 405)
            self.assertEqual(answer.headers["allow"], allow)
        options = self.web.ask("OPTIONS", "/api/v1/config")
        self.assertEqual((options.status, options.headers["allow"]), (204, "GET, HEAD, PATCH"))

    def test_bodies(self):
        self.is_error(self.web.ask("PATCH", "/api/v1/config", '{"agc":0}'), 415, "application/json")
        self.is_error(self.web.ask("PATCH", "/api/v1/config", "agc=0", {"Content-Type": "application/x-www-form-urlencoded"}), 415)
        with self.camera.stepping():
            self.assertEqual(self.web.ask("PATCH", "/api/v1/config", '{"agc":0}', {"Content-Type": "Application/JSON; charset=utf-8"}).status, 200)
        self.is_error(self.camera.ask_http("GET", "/api/v1/status", {"a": 1}), 400, "no body")
        self.is_error(self.camera.ask_http("PATCH", "/api/v1/config", {"x": "y" * 5000}), 413)
        self.is_error(self.camera.ask_http("PUT", "/api/v1/regions", {"x": "y" * 70000}), 413)

    def test_a_member_is_there_once(self):
        for method, path, body in (("PATCH", "/api/v1/config", '{"agc":0,"agc":1}'), ("POST", "/api/v1/button", '{"press_ms":1,"press_ms":9000}'),
                                   ("PUT", "/api/v1/regions", '{"regions":[],"regions":["1,1"]}')):
            self.is_error(self.web.ask(method, path, body, {"Content-Type": "application/json"}), 400, "twice")

    def test_long_bodies_in_pieces(self):
        """Longer than the session's own buffer: what came stays, whatever else happens meanwhile."""
        body = json.dumps({"regions": ["r7=10,10"]}).encode() + b" " * 40000
        head = (f"PUT /api/v1/regions HTTP/1.1\r\nHost: {self.web.host}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n").encode()
        for _ in range(2):
            self.web.send(head)
            self.assertEqual(self.web.head()[0], 100)
            for at in range(0, len(body), 9000):
                self.web.send(body[at:at + 9000])
                self.camera.ok("step 200ms")  # every connection is looked at
            answer = self.web.answer()
            self.assertEqual((answer.status, answer.json["regions"][0]["name"]), (200, "r7"), answer)
        self.web.send(head)
        self.assertEqual(self.web.head()[0], 100)
        self.web.send(body[:20000])
        self.web.close()
        self.assertEqual(self.camera.stop(), 0)


class Film(HttpCase):
    def test_motion_jpeg(self):
        camera = self.start_stepped()
        with camera.http() as one, camera.http() as other, camera.stepping("500ms"):
            for web in one, other:
                web.request("GET", "/stream.mjpg?width=320")
                status, headers = web.head()
                self.assertEqual(status, 200)
                self.assertEqual(headers["connection"], "close")
            boundary = headers["content-type"].partition("boundary=")[2]
            self.assertEqual(one.until(b"\r\n"), b"--" + boundary.encode())
            other.until(b"\r\n")
            seen = []
            for web in (one, other, one, other, one, one):
                part = dict(line.split(": ") for line in web.until(b"\r\n\r\n").decode().split("\r\n"))
                picture = web.exactly(int(part["Content-Length"]))
                self.assertEqual(jpeg_size(picture), (320, 240))
                # The next boundary comes with the picture: a browser shows it then.
                self.assertEqual(web.until(b"\r\n--" + boundary.encode() + b"\r\n"), b"")
                seen.append((web, float(part["X-Timestamp"])))
            for web in one, other:
                times = [at for who, at in seen if who is web]
                self.assertEqual(times, sorted(set(times)))
            self.assertEqual(camera.ask_http("GET", "/api/v1/status").json["clients"]["web"], 2)
        with camera.http() as web:
            answer = web.ask("HEAD", "/stream.mjpg")
            self.assertEqual(answer.status, 200)
            self.assertTrue(web.is_closed())
        self.is_error(camera.ask_http("GET", "/stream.mjpg?fps=0"), 400, "fps")

    def test_ffmpeg_plays_it(self):
        if not shutil.which("ffmpeg"):
            self.skipTest("ffmpeg is not installed")
        camera = self.start()
        result = subprocess.run(["ffmpeg", "-v", "error", "-i", f"http://127.0.0.1:{camera.http_port}/stream.mjpg",
                                 "-frames:v", "3", "-f", "framecrc", "-"], stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=60)
        rows = [line.split(b",") for line in result.stdout.splitlines() if not line.startswith(b"#")]
        self.assertEqual(len(rows), 3, result.stderr)
        self.assertEqual(int(rows[0][4]), 640 * 480 * 3 // 2)  # 4:2:0

    def test_fewer_pictures(self):
        camera = self.start_stepped()
        with camera.http() as web, camera.stepping("300ms"):
            web.request("GET", "/stream.mjpg?fps=1&width=64")
            web.head()
            web.until(b"ironbow-frame\r\n")
            times = []
            for _ in range(4):
                part = dict(line.split(": ") for line in web.until(b"\r\n\r\n").decode().split("\r\n"))
                web.exactly(int(part["Content-Length"]))
                web.until(b"ironbow-frame\r\n")
                times.append(float(part["X-Timestamp"]))
            for a, b in zip(times, times[1:]):
                self.assertGreater(b - a, 0.85)

    def test_so_many_styles_and_no_more(self):
        camera = self.start_stepped()
        streams = []
        for i in range(8):
            web = camera.http()
            self.addCleanup(web.close)
            web.request("GET", f"/stream.mjpg?width={64 * (i + 1)}")
            with camera.stepping():
                web.until(b"Content-Length")
            streams.append(web)
        self.is_error(camera.ask_http("GET", "/snapshot.jpg?palette=rainbow"), 503, "styles")
        self.assertEqual(camera.ask_http("GET", "/snapshot.jpg?width=64").status, 200)
        streams[0].close()
        with camera.stepping():
            end = time.monotonic() + 30
            while camera.ask_http("GET", "/snapshot.jpg?palette=rainbow").status != 200:
                self.assertLess(time.monotonic(), end)


class Connections(HttpCase):
    def test_no_frame_yet(self):
        camera = self.start(step=True)
        for path in "/snapshot.jpg", "/snapshot.png", "/raw", "/api/v1/frame", "/api/v1/frame.tjsn", "/healthz":
            self.is_error(camera.ask_http("GET", path), 503)
        self.is_error(camera.ask_http("POST", "/api/v1/ffc"), 503)
        self.assertIsNone(camera.ask_http("GET", "/api/v1/status").json["frame_age_ms"])

    def test_many_requests_at_once_are_answered_in_order(self):
        camera = self.start_stepped()
        paths = ["/healthz", "/api/v1/config", "/nothing", "/api/v1/simulator", "/healthz"]
        with camera.http() as web:
            web.send(b"".join(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths))
            with camera.stepping():
                answers = [web.answer() for _ in paths]
        self.assertEqual([a.status for a in answers], [200, 200, 404, 200, 200])
        self.assertIn("scenes", answers[3].json)

    def test_head(self):
        camera = self.start_stepped()
        with camera.http() as web:
            for path in "/", "/api/v1/status", "/snapshot.jpg", "/nothing":
                head = web.ask("HEAD", path)
                full = web.get(path)
                self.assertEqual(head.status, full.status, path)
                if path in ("/", "/nothing"):
                    self.assertEqual(head.headers["content-length"], full.headers["content-length"])

    def test_who_does_not_speak_http(self):
        camera = self.start_stepped()
        for data, status in ((b"\x16\x03\x01\x02\x00", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/3.0\r\n\r\n", 505),
                             (b"GET /\x00 HTTP/1.1\r\n", 400), (b"GET " + b"/a" * 2000 + b" HTTP/1.1\r\n", 414),
                             (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 9000, 431), (b"GET / HTTP/1.1\nHost: a\n\n", 400),
                             (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n", 400),
                             (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
                             (b"POST /api/v1/ffc HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
                             (b"POST /api/v1/ffc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
                             (b"POST /api/v1/ffc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", 413)):
            with camera.http() as web:
                web.send(data)
                answer = web.answer()
                self.assertEqual(answer.status, status, data[:40])
                self.assertEqual(answer.headers["connection"], "close")
                self.assertTrue(web.is_closed())

    def test_expect(self):
        camera = self.start_stepped()
        with camera.http() as web:
            web.send(b"PUT /api/v1/spotmeter HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                     b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            self.assertEqual(web.head()[0], 100)
            web.send(b"{}")
            self.is_error(web.answer(), 400, "must be there")

    def test_old_clients(self):
        camera = self.start_stepped()
        with camera.http() as web:
            web.send(b"GET /healthz HTTP/1.0\r\n\r\n")
            self.assertEqual(web.answer().json, {"status": "ok"})
            self.assertTrue(web.is_closed())

    def test_a_client_that_closes_its_side_gets_its_answer(self):
        camera = self.start_stepped()
        with camera.http() as web:
            web.request("GET", "/api/v1/simulator")
            web.socket.shutdown(1)
            with camera.stepping():
                self.assertIn("scenes", web.answer().json)
            self.assertTrue(web.is_closed())

    def test_too_many(self):
        camera = self.start("--max-clients", "1")  # eight connections
        busy = [camera.live() for _ in range(8)]
        for live in busy:
            self.addCleanup(live.close)
            self.assertEqual(live.opened.status, 101)
        with camera.http() as web:
            answer = web.answer()
            self.is_error(answer, 503, "too many")
            self.assertTrue(web.is_closed())

    def test_an_idle_connection_gives_way(self):
        camera = self.start("--max-clients", "1")
        idle = [camera.http() for _ in range(8)]
        for web in idle:
            self.addCleanup(web.close)
            self.assertEqual(web.get("/api/v1/config").status, 200)
        self.assertEqual(camera.ask_http("GET", "/api/v1/config").status, 200)
        self.assertTrue(idle[0].is_closed())
        self.assertEqual(idle[7].get("/api/v1/config").status, 200)

    def test_a_thousand_come_and_go(self):
        # The sanitizer keeps what was freed for a while: less of it, so that a leak can be told from that.
        options = os.environ.get("ASAN_OPTIONS", "")
        with unittest.mock.patch.dict(os.environ, ASAN_OPTIONS=f"quarantine_size_mb=1:{options}"):
            camera = self.start()
        pid = camera.process.pid

        def descriptors():
            return len(os.listdir(f"/proc/{pid}/fd"))

        def resident_kb():
            with open(f"/proc/{pid}/status") as file:
                return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])

        def come_and_go(count):
            for i in range(count):
                with (camera.live() if i % 2 else camera.http()) as web:
                    if i % 2:
                        if i % 4 == 1:
                            web.frame()
                    elif i % 3:
                        web.request("GET", "/api/v1/status" if i % 4 else "/stream.mjpg")
                        if i % 5:
                            web.head()
        come_and_go(200)
        before_kb = resident_kb()
        come_and_go(1000)
        # Those that stopped reading are given up within the two seconds of a closed sending side.
        end = time.monotonic() + 30
        while descriptors() > 40:
            self.assertLess(time.monotonic(), end, "descriptors stay open")
            camera.ok("status")
        self.assertLess(resident_kb() - before_kb, 12000)  # 1,000 sessions would be 20 MB
        status = camera.ask_http("GET", "/api/v1/status").json
        self.assertEqual(status["clients"]["web"], 0)
        self.assertEqual(camera.stop(), 0)

    def test_a_viewer_that_stalls_costs_only_itself(self):
        camera = self.start()
        pid = camera.process.pid
        stalled = [camera.live() for _ in range(20)]
        for web in stalled:
            self.addCleanup(web.close)
        film = camera.http()
        self.addCleanup(film.close)
        film.request("GET", "/stream.mjpg")
        with camera.live() as live:
            first = live.picture().sequence
            with open(f"/proc/{pid}/status") as file:
                before_kb = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
            last = first
            for _ in range(40):
                last = live.picture().sequence
            with open(f"/proc/{pid}/status") as file:
                after_kb = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
        self.assertGreaterEqual(last, first + 40)
        # One frame unsent each, at most.
        self.assertLess(after_kb - before_kb, 20 * 100 + 8000)

    def test_closing_with_requests_under_way(self):
        camera = self.start(step=True)
        webs = [camera.http() for _ in range(5)]
        for web in webs:
            self.addCleanup(web.close)
            web.request("GET", "/api/v1/simulator")
        self.assertEqual(camera.stop(), 0)


class Options(HttpCase):
    def test_the_next_free_port(self):
        first = self.start()
        taken = str(first.http_port)
        error = self.fails(1, "run", "--tcam-port", "0", "--control", "none", "--state", "none", "--http-port", taken)
        self.assertIn(f"page 127.0.0.1:{taken}", error)
        self.assertIn("taken", error)

    def test_nobody_asked_for_a_port(self):
        # 8080, or when others have it the next free one, and then a warning.
        pages = []
        for _ in range(2):
            process = subprocess.Popen([IRONBOW, "run", "--rtsp-port", "none", "--tcam-port", "0", "--control", "none",
                                        "--state", "none"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.kill)
            process.stdout.readline()
            pages.append(int(re.search(rb"page http://127.0.0.1:(\d+)/", process.stdout.readline())[1]))
            if pages[-1] != 8080:
                self.assertIn(b"port 8080 is taken: the page is on port %d" % pages[-1],
                              b"".join(process.stderr.readline() for _ in range(3)))
        self.assertNotEqual(pages[0], pages[1])

    def test_none(self):
        camera = super(HttpCase, self).start("--http-port", "none")
        self.assertFalse([line for line in camera.lines if line.startswith("page")])

    def test_json(self):
        result = self.start_json("--http-port", "0")
        self.assertEqual(result["page"], f"http://127.0.0.1:{result['http_port']}/")

    def start_json(self, *args):
        process = subprocess.Popen([IRONBOW, "run", "--json", "--rtsp-port", "none", "--tcam-port", "0", "--control", "none", "--state", "none",
                                    *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            while True:
                event = json.loads(process.stdout.readline())
                if event["event"] == "started":
                    return event
        finally:
            process.terminate()
            process.stdout.close()
            process.wait()

    def test_what_makes_no_sense(self):
        for args in (("--http-port", "70000"), ("--http-port", "none", "--http-open"), ("--http-port", "none", "--web", "/tmp")):
            self.fails(2, "run", *args)
        help_text = run("run", "--help").stdout.decode()
        for option in "--http-port", "--http-open", "--http-name", "--web":
            self.assertIn(option, help_text)

    def test_files_from_a_directory(self):
        place = self.directory()
        os.mkdir(os.path.join(place, "web"))
        os.mkdir(os.path.join(place, "web", "sub"))
        for name, text in (("web/index.html", "<p>mine"), ("web/sub/a.js", "1"), ("web/.hidden", "x"), ("secret", "s"),
                           ("web/empty.css", "")):
            with open(os.path.join(place, name), "w") as file:
                file.write(text)
        os.symlink(os.path.join(place, "secret"), os.path.join(place, "web", "link.txt"))
        os.symlink(place, os.path.join(place, "web", "up"))
        os.mkfifo(os.path.join(place, "web", "pipe.txt"))
        camera = self.start("--web", os.path.join(place, "web"))
        with camera.http() as web:
            self.assertEqual(web.get("/").body, b"<p>mine")
            script = web.get("/sub/a.js")
            self.assertEqual((script.body, script.headers["content-type"]), (b"1", "text/javascript; charset=utf-8"))
            self.assertEqual(web.get("/sub/a.js", **{"If-None-Match": script.headers["etag"]}).status, 304)
            self.assertEqual(web.get("/empty.css").body, b"")
            for path in ("/link.txt", "/up/secret", "/.hidden", "/../secret", "/sub/../../secret", "/%2e%2e/secret",
                         "/..%2fsecret", "/%2e%2e%2fsecret", "/sub/%2e%2e/%2e%2e/secret", "/..\\secret", "/..%5csecret",
                         "//etc/passwd", "/%2fetc/passwd", "/sub", "/sub/", "/pipe.txt", "/index.html%00.txt",
                         "/" + "a" * 300, "/%zz", "/sub//../../secret", "/./../secret"):
                self.is_error(web.get(path), 404)


class Recordings(HttpCase):
    def setUp(self):
        self.place = self.directory()
        self.camera = self.start_stepped("--record-dir", self.place)
        self.web = self.camera.http()
        self.addCleanup(self.web.close)

    def record(self, **body):
        with self.camera.stepping():
            return self.web.ask("POST", "/api/v1/recording", body)

    def test_a_recording_from_beginning_to_end(self):
        answer = self.record(format="cptv", name="one")
        self.assertEqual(answer.status, 201, answer)
        self.assertTrue(answer.json["active"])
        self.assertEqual(answer.json["name"], "one.cptv")
        self.is_error(self.record(format="cptv"), 409, "under way")
        self.is_error(self.web.ask("DELETE", "/api/v1/recordings/one.cptv"), 409, "being recorded")
        self.camera.ok("step 2s")
        self.assertTrue(self.web.get("/api/v1/status").json["recording"]["active"])
        with self.camera.stepping():
            done = self.web.ask("DELETE", "/api/v1/recording")
        self.assertEqual(done.status, 200, done)
        self.assertFalse(done.json["active"])
        self.assertGreater(done.json["frames"], 10)
        self.is_error(self.web.ask("DELETE", "/api/v1/recording"), 409)
        listed = self.web.get("/api/v1/recordings").json
        self.assertEqual([row["name"] for row in listed], ["one.cptv"])
        with open(os.path.join(self.place, "one.cptv"), "rb") as file:
            content = file.read()
        self.assertEqual(listed[0]["bytes"], len(content))
        whole = self.web.get("/api/v1/recordings/one.cptv")
        self.assertEqual(whole.body, content)
        self.assertEqual(whole.headers["content-disposition"], "attachment; filename*=UTF-8''one.cptv")
        self.assertEqual(whole.headers["accept-ranges"], "bytes")
        self.assertEqual(self.web.ask("DELETE", "/api/v1/recordings/one.cptv").status, 200)
        self.is_error(self.web.get("/api/v1/recordings/one.cptv"), 404)
        self.assertEqual(self.web.get("/api/v1/recordings").json, [])

    def test_a_recording_that_is_deleted_meanwhile_ends(self):
        self.assertEqual(self.record(format="mkv", name="a").status, 201)
        self.camera.ok("step 2s")
        os.unlink(os.path.join(self.place, "a.mkv"))
        with open(os.path.join(self.place, "a.mkv"), "w") as file:
            file.write("other")
        with self.camera.stepping():
            answer = self.web.ask("DELETE", "/api/v1/recording")
        # It may have been noticed before.
        state = self.web.get("/api/v1/recording").json
        self.assertIn(answer.status, (200, 409), answer)
        self.assertFalse(state["active"])
        self.assertIn("deleted", state["problem"])
        with open(os.path.join(self.place, "a.mkv")) as file:
            self.assertEqual(file.read(), "other")

    def test_ranges(self):
        content = os.urandom(300000)
        with open(os.path.join(self.place, "a.mkv"), "wb") as file:
            file.write(content)
        for header, first, count in (("bytes=0-9", 0, 10), ("bytes=299990-", 299990, 10), ("bytes=-100", 299900, 100),
                                     ("bytes=100-200000", 100, 199901), ("bytes=5-999999", 5, 299995)):
            part = self.web.get("/api/v1/recordings/a.mkv", Range=header)
            self.assertEqual((part.status, part.body), (206, content[first:first + count]))
            self.assertEqual(part.headers["content-range"], f"bytes {first}-{first + count - 1}/300000")
        outside = self.web.get("/api/v1/recordings/a.mkv", Range="bytes=300000-")
        self.assertEqual((outside.status, outside.headers["content-range"]), (416, "bytes */300000"))
        whole = self.web.get("/api/v1/recordings/a.mkv", Range="bytes=0-1,4-5")
        self.assertEqual((whole.status, whole.body), (200, content))
        tag = whole.headers["etag"]
        self.assertEqual(self.web.get("/api/v1/recordings/a.mkv", Range="bytes=0-1", **{"If-Range": tag}).status, 206)
        self.assertEqual(self.web.get("/api/v1/recordings/a.mkv", Range="bytes=0-1", **{"If-Range": '"x"'}).status, 200)
        self.assertEqual(self.web.get("/api/v1/recordings/a.mkv", **{"If-None-Match": tag}).status, 304)
        self.assertEqual(self.web.ask("HEAD", "/api/v1/recordings/a.mkv").headers["content-length"], "300000")

    def test_a_file_that_shrinks_meanwhile_ends_the_connection(self):
        path = os.path.join(self.place, "a.mkv")
        with open(path, "wb") as file:
            file.write(bytes(8 << 20))
        self.web.request("GET", "/api/v1/recordings/a.mkv")
        self.assertEqual(self.web.head()[1]["content-length"], str(8 << 20))
        os.truncate(path, 1000)
        with self.assertRaises(ConnectionError):
            self.web.exactly(8 << 20)

    def test_nothing_but_recordings_in_the_directory(self):
        secret = os.path.join(self.directory(), "secret.mkv")
        for path in secret, os.path.join(self.place, "notes.txt"), os.path.join(self.place, ".h.mkv"):
            with open(path, "w") as file:
                file.write("x")
        os.symlink(secret, os.path.join(self.place, "link.mkv"))
        os.mkdir(os.path.join(self.place, "dir.mkv"))
        os.mkfifo(os.path.join(self.place, "pipe.mkv"))
        self.assertEqual(self.web.get("/api/v1/recordings").json, [])
        for name in ("notes.txt", ".h.mkv", "link.mkv", "dir.mkv", "pipe.mkv", "..", "%2e%2e", "..%2fsecret.mkv",
                     "..%2f..%2fsecret.mkv", "%2e%2e%2fsecret.mkv", "a%00.mkv", "%zz.mkv", "..%5csecret.mkv", "no.mkv"):
            for method in "GET", "DELETE":
                answer = self.web.ask(method, f"/api/v1/recordings/{name}")
                self.assertIn(answer.status, (400, 404), (method, name))
        for name in "../a", "/tmp/a", "..", ".a", "a/b", "", "a\x00b", "a\nb", "-a", "a" * 300:
            self.is_error(self.record(format="cptv", name=name), 400)
        self.assertTrue(os.path.exists(secret))
        # A name that is no UTF-8 would make every document with it unreadable.
        with open(os.path.join(self.place.encode(), b"l\xff.mkv"), "w") as file:
            file.write("x")
        self.assertEqual(self.web.get("/api/v1/recordings").json, [])
        body = b'{"format":"cptv","name":"l\xff"}'
        self.web.send(f"POST /api/v1/recording HTTP/1.1\r\nHost: {self.web.host}\r\nContent-Type: application/json\r\n"
                      f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.is_error(self.web.answer(), 400, "name")
        self.is_error(self.record(format="avi"), 400, "mkv")

    def test_the_newest_of_many(self):
        for i in range(2500):
            path = os.path.join(self.place, f"{i}.mkv")
            with open(path, "wb"):
                pass
            os.utime(path, ns=(0, (i * 7919 % 2500) * 10**9))  # in no order that a directory would have
        listed = self.web.get("/api/v1/recordings").json
        self.assertEqual([row["modified_us"] for row in listed], [second * 10**6 for second in range(2499, 1499, -1)])

    def test_a_name_that_is_taken_is_not_overwritten(self):
        path = os.path.join(self.place, "a.cptv")
        with open(path, "w") as file:
            file.write("mine")
        answer = self.record(format="cptv", name="a")
        self.assertIn(answer.status, (409, 507), answer)
        with open(path) as file:
            self.assertEqual(file.read(), "mine")

    def test_without_a_recorder(self):
        camera = self.start_stepped()
        with camera.http() as web:
            self.assertFalse(web.get("/api/v1/recording").json["available"])
            for method, path in (("POST", "/api/v1/recording"), ("DELETE", "/api/v1/recording"),
                                 ("GET", "/api/v1/recordings"), ("GET", "/api/v1/recordings/a.mkv")):
                self.is_error(web.ask(method, path), 501, "--record-dir")


if __name__ == "__main__":
    unittest.main()
