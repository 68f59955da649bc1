"""The live view: WebSocket handshakes, frames, status, events, and viewers that break RFC 6455."""
import json
import unittest

from http_client import Frame, HttpCase


class Live(HttpCase):
    def test_frames_come_in_order_and_whole(self):
        camera = self.start_stepped()
        with camera.live() as live, camera.http() as web:
            self.assertEqual(live.opened.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            first = live.picture()
            self.assertEqual((first.width, first.height, first.unit), (160, 120, 1))
            camera.ok("step 1s")
            newest = Frame(web.get("/api/v1/frame").body)
            second = live.picture()
            while second.sequence != newest.sequence:
                second = live.picture()
            self.assertGreater(second.sequence, first.sequence)
            self.assertEqual(second.pixels, newest.pixels)
            self.assertGreater(second.captured_us, first.captured_us)
            self.assertEqual((second.unix_us - first.unix_us), second.captured_us - first.captured_us)
            self.assertEqual((second.since_ffc_ms - first.since_ffc_ms) // 1000,
                             (second.uptime_ms - first.uptime_ms) // 1000)

    def test_status_comes_at_once_and_when_something_changes(self):
        camera = self.start_stepped()
        with camera.live() as live, camera.http() as web:
            status = live.text("status")
            self.assertEqual(status["clients"]["web"], 1)
            document = web.get("/api/v1/status").json
            self.assertEqual(set(document), set(status))
            with camera.stepping():
                web.ask("PATCH", "/api/v1/config", {"emissivity": 77})
            while live.text("status")["config"]["emissivity"] != 77:
                pass
            with camera.client() as client:
                client.ask("get_status")
                while live.text("status")["clients"]["tcam"] != 1:
                    pass
            # Time stands still, yet once a second it is said that all is well.
            for _ in range(3):
                live.text("status")
            while live.text("status")["ffc"]["period_ms"] is None:
                camera.ok("step 200ms")

    def test_events(self):
        camera = self.start_stepped("--record-dir", self.directory())
        with camera.live() as live, camera.http() as web:
            web.ask("POST", "/api/v1/ffc")
            with camera.stepping():
                states = []
                while "done" not in states:
                    states.append(live.event("ffc")["state"])
            self.assertIn("running", states)
            camera.ok("scene person")
            self.assertEqual(live.event("scene")["scene"], "person")
            camera.ok("fault discard-storm duration=60s")
            camera.ok("step 6s")
            self.assertNotEqual(live.event("stream")["stage"], "running")
            camera.ok("heal")
            camera.ok("step 8s")
            while live.event("stream")["stage"] != "running":
                pass
            with camera.stepping():
                web.ask("POST", "/api/v1/recording", {"format": "cptv"})
                self.assertTrue(live.event("recording")["active"])
                web.ask("DELETE", "/api/v1/recording")
                self.assertFalse(live.event("recording")["active"])

    def test_two_viewers_see_the_same_bytes(self):
        camera = self.start_stepped()
        with camera.live() as one, camera.live() as other:
            a = one.next(lambda opcode, data: opcode == 2 and data)
            b = other.next(lambda opcode, data: opcode == 2 and data)
            self.assertEqual(a, b)

    def test_pings_and_messages(self):
        camera = self.start_stepped()
        with camera.live() as live:
            live.say(9, b"are you there")
            self.assertEqual(live.next(lambda opcode, data: opcode == 10 and data), b"are you there")
            live.say(1, b"nobody reads this")
            live.say(2, b"or this" * 500)
            live.say(1, b"in ", fin=False)
            live.say(9, b"between")
            live.say(0, b"pieces")
            self.assertEqual(live.next(lambda opcode, data: opcode == 10 and data), b"between")
            live.say(10, b"unasked")
            live.say(9, b"")
            self.assertEqual(live.next(lambda opcode, data: opcode == 10 and (data,)), (b"",))

    def test_a_client_that_does_not_wait_for_the_answer(self):
        camera = self.start_stepped()
        with camera.http() as web:
            ping = b"\x89\x84\0\0\0\0ping"
            web.send(f"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode() +
                     ping * 300)
            self.assertEqual(web.head()[0], 101)
            data = b""
            while data.count(b"\x8a\x04ping") < 300:
                web.receive()
                data += web.buffer
                web.buffer = b""

    def test_closing(self):
        camera = self.start_stepped()
        with camera.live() as live:
            live.say(8, b"\x03\xe8bye")
            self.assertEqual(live.closing(), 1000)
            self.assertTrue(live.is_closed())
        with camera.live() as live:
            live.say(8)
            self.assertIsNone(live.closing())
            self.assertTrue(live.is_closed())

    def test_violations_have_their_codes(self):
        camera = self.start_stepped()

        def breaks(code, *frames):
            with camera.live() as live:
                for frame in frames:
                    live.say(**frame)
                self.assertEqual(live.closing(), code, frames)
                self.assertTrue(live.is_closed())
        breaks(1002, {"opcode": 1, "payload": b"hello", "mask": None})
        breaks(1002, {"opcode": 9, "payload": b"x", "fin": False})
        breaks(1002, {"opcode": 9, "payload": b"x" * 126})
        breaks(1002, {"opcode": 1, "payload": b"x", "rsv": 0x40})
        breaks(1002, {"opcode": 3})
        breaks(1002, {"opcode": 0, "payload": b"x"})
        breaks(1002, {"opcode": 1, "payload": b"x", "fin": False}, {"opcode": 1, "payload": b"y"})
        breaks(1002, {"opcode": 8, "payload": b"\x03\xee"})
        breaks(1007, {"opcode": 1, "payload": b"\xc3\x28"})
        breaks(1009, {"opcode": 1, "payload": b"x" * 5000})
        breaks(1009, {"opcode": 2, "payload": b"x" * 4000, "fin": False}, {"opcode": 0, "payload": b"x" * 200})

    def test_handshakes_that_are_none(self):
        camera = self.start_stepped()
        for headers, status in (({"Upgrade": "h2c"}, 426), ({"Connection": "close"}, 426), ({"Sec-WebSocket-Version": "8"}, 426),
                                ({"Sec-WebSocket-Key": "short"}, 400), ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZWFi"}, 400)):
            with camera.live(headers=headers) as live:
                self.is_error(live.opened, status)
                if "Sec-WebSocket-Version" in headers:
                    self.assertEqual(live.opened.headers["sec-websocket-version"], "13")
        self.is_error(camera.ask_http("GET", "/api/v1/live"), 426)
        self.is_error(camera.ask_http("POST", "/api/v1/live"), 405)
        # Tokens of a list, in any case.
        with camera.live(headers={"Connection": "keep-alive, UPGRADE", "Upgrade": "WebSocket"}) as live:
            self.assertEqual(live.opened.status, 101)

    def test_who_closes_his_side_is_gone(self):
        camera = self.start_stepped()
        with camera.live() as live:
            live.picture()
            live.socket.shutdown(1)
            with self.assertRaises(ConnectionError):
                while True:
                    live.frame()
        while camera.ask_http("GET", "/api/v1/status").json["clients"]["web"]:
            pass


class WithoutTelemetry(HttpCase):
    def test_an_old_small_module(self):
        camera = self.start("--camera", "sim:lepton-2.0", step=True)
        camera.ok("step 5s")
        with camera.live() as live:
            frame = live.picture()
            self.assertEqual((frame.width, frame.height), (80, 60))
            self.assertEqual((frame.unit, frame.scale_ck), (0, 0))
            self.assertEqual((frame.c1, frame.r2), (0xFFFF, 0xFFFF))
            status = live.text("status")
            self.assertFalse(status["radiometric"])
            self.assertIsNone(status["spotmeter"])
        with camera.http() as web:
            self.is_error(web.get("/raw"), 409)
            self.is_error(web.ask("PUT", "/api/v1/spotmeter", {"c1": 1, "c2": 2, "r1": 1, "r2": 2}), 409)
            self.assertEqual(web.get("/snapshot.jpg").status, 200)
            self.assertNotIn('roi="frame"', web.get("/metrics").body.decode())
            self.assertEqual(json.loads(web.get("/api/v1/status").body)["model"], "Lepton 2.0")


if __name__ == "__main__":
    unittest.main()
