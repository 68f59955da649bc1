"""Firmware updates over the protocol: the whole flow, and everything that goes wrong in it."""
import unittest

import firmware_image
from update_flow import CHUNK, FACTORY, UPDATE, UpdateCase, encoded

OTA_BIT = 1 << 18


class Flow(UpdateCase):
    def test_the_whole_flow(self):
        """README, OTA FW Update Process, steps 1 to 6, with the LED of each."""
        image = firmware_image.build("7.1", data_bytes=3 * CHUNK)
        state = self.directory()
        camera = self.camera("--state", state)
        client = camera.client()
        self.addCleanup(client.close)
        status = client.ask("get_status")["status"]
        self.assertEqual(status["Version"], FACTORY)
        self.assertTrue(status["Model"] & OTA_BIT)
        camera.ok("step 200ms")
        self.assertEqual(self.led(camera), "solid green")
        self.ask(client, image)
        camera.ok("step 100ms")
        self.assertEqual(self.led(camera), "alternating red/green")
        colours = set()
        for _ in range(8):
            led = camera.ok("led")
            colours.add((led["red"], led["green"]))
            camera.ok("step 125ms")
        self.assertEqual(colours, {(True, False), (False, True)})
        self.confirm(camera)
        self.assertEqual(self.led(camera), "blinking green")
        asked = []
        while True:
            packet = self.hear(camera, client)
            if "cam_info" in packet:
                break
            asked.append((packet["get_fw"]["start"], packet["get_fw"]["length"]))
            self.assertEqual(set(packet["get_fw"]), {"start", "length"})
            self.send(client, image, *asked[-1])
        pieces = range(0, len(image), CHUNK)
        self.assertEqual(asked, [(at, min(CHUNK, len(image) - at)) for at in pieces])
        self.assertEqual(packet["cam_info"], {"info_value": UPDATE, "info_string": "Firmware update success"})
        self.assertEqual(camera.ok("status")["firmware"], FACTORY)
        camera.ok("step 600ms")
        with self.assertRaises(ConnectionError):
            client.packet()
        self.assertEqual(self.led(camera), "solid red")
        camera.ok("step 5s")
        status = camera.ok("status")
        self.assertEqual((status["firmware"], status["update"]["slot"], status["update"]["probation"]),
                         ("7.1", 0, False))
        self.assertEqual(self.led(camera), "solid yellow")
        with camera.client() as again:
            self.assertEqual(again.ask("get_status")["status"]["Version"], "7.1")
            again.send("get_image")
            with camera.stepping():
                self.assertEqual(again.image().metadata["Version"], "7.1")
        # It stays: in the other slot goes the next one, which may be older, and the program may end.
        self.update(camera, firmware_image.build("6.0", segments=1))
        self.assertEqual(camera.ok("status")["update"]["slot"], 1)
        self.assertEqual(camera.stop(), 0)
        camera = self.camera("--state", state)
        self.assertEqual(camera.ok("status")["firmware"], "6.0")
        self.assertEqual(camera.stop(), 0)

    def test_images_of_other_shapes(self):
        """Many segments, no hash, an empty segment, one chunk only, the longest version."""
        camera = self.camera()
        for image in (firmware_image.build("1.0", segments=16, hashed=False),
                      firmware_image.build("v" * 32, segments=1, data_bytes=0),
                      firmware_image.build("2.0", segments=2, data_bytes=0),
                      firmware_image.build("2.1", data_bytes=65536 + 400)):
            with self.subTest(firmware_image.parse(image)):
                self.update(camera, image)
        self.assertEqual(camera.stop(), 0)

    def test_a_stream_stops(self):
        image = firmware_image.build()
        camera = self.camera()
        with camera.client() as client:
            self.assertEqual(client.ask("stream_on")["cam_info"]["info_value"], 1)
            with camera.stepping():
                client.image()
            client.send("fw_update_request", length=len(image), version="7.1")
            packet = client.packet()
            while "radiometric" in packet:
                packet = client.packet()
            self.assertEqual(packet["cam_info"]["info_value"], 1)
            camera.ok("step 3s")
            self.assertEqual(client.ask("get_status")["status"]["Version"], FACTORY)
        self.assertEqual(camera.stop(), 0)


class Failures(UpdateCase):
    def test_the_client_goes(self):
        """A desktop that disappears at any moment: the LED returns, the firmware stays, the next update works."""
        image = firmware_image.build()
        camera = self.camera()
        for moment in ("asked", "receiving", "a chunk in", "half a command"):
            with self.subTest(moment):
                client = camera.client()
                self.ask(client, image)
                camera.ok("step 100ms")
                self.assertEqual(self.led(camera), "alternating red/green")
                if moment != "asked":
                    self.confirm(camera)
                if moment == "a chunk in":
                    self.transfer(camera, client, image, chunks=1)
                if moment == "half a command":
                    client.socket.sendall(b'\x02{"cmd":"fw_segment","args":{"start":0,')
                client.close()
                camera.ok("step 100ms")
                self.step_until(camera, "idle")
                camera.ok("step 200ms")
                self.assertEqual(self.led(camera), "solid yellow")
                self.unharmed(camera)
        self.update(camera, image)
        self.assertEqual(camera.stop(), 0)

    def test_segments_that_are_wrong(self):
        """Each is answered with what is wrong, and the same chunk is still wanted."""
        image = firmware_image.build("7.1", data_bytes=2 * CHUNK)
        camera = self.camera()
        with camera.client() as client:
            early = client.ask("fw_segment", start=0, length=4, data="AAAA")["cam_info"]
            self.assertEqual(early["info_value"], 0)
            self.ask(client, image)
            early = client.ask("fw_segment", start=0, length=CHUNK, data=encoded(image[:CHUNK]))["cam_info"]
            self.assertEqual(early["info_value"], 0)
            self.assertIn("no chunk was asked for", early["info_string"])
            self.confirm(camera)
            self.assertEqual(self.wanted(camera, client), (0, CHUNK))
            good = {"start": 0, "length": CHUNK, "data": encoded(image[:CHUNK])}
            for change, why in (
                    ({"start": 4096}, "expected start 0, got 4096"),
                    ({"start": -1}, "expected start 0, got -1"),
                    ({"start": "0"}, "start must be a number"),
                    ({"length": CHUNK - 1}, "expected 8192 bytes, got 8191"),
                    ({"length": CHUNK + 1}, "expected 8192 bytes, got 8193"),
                    ({"length": -8192}, "expected 8192 bytes, got -8192"),
                    ({"length": None}, "length must be a number"),
                    ({"data": encoded(image[:CHUNK - 1])}, "the data has 8191"),
                    ({"data": encoded(image[:CHUNK + 1])}, "more than 8192"),
                    ({"data": ""}, "the data has 0"),
                    ({"data": "A" + good["data"][1:-3] + "*=="}, "not base64"),
                    ({"data": good["data"][:-1]}, "not base64"),
                    ({"data": 7}, "data must be a string")):
                with self.subTest(change):
                    info = client.ask("fw_segment", **{**good, **change})["cam_info"]
                    self.assertEqual(info["info_value"], 0)
                    self.assertTrue(info["info_string"].startswith("fw_segment failed"), info)
                    self.assertIn(why, info["info_string"])
            for key in good:
                with self.subTest(missing=key):
                    short = {name: value for name, value in good.items() if name != key}
                    self.assertEqual(client.ask("fw_segment", **short)["cam_info"]["info_value"], 0)
            self.assertEqual(self.stage(camera), "receiving")
            self.send(client, image, 0, CHUNK)
            self.assertEqual(self.wanted(camera, client), (CHUNK, CHUNK))
            self.send(client, image, 0, CHUNK)  # a late answer to a repeated request: not a word
            self.send(client, image, CHUNK, CHUNK)
            self.assertEqual(self.transfer(camera, client, image), "Firmware update success")
        self.assertEqual(camera.stop(), 0)

    def test_images_that_are_wrong(self):
        """The old firmware stays, the message says why, fault 8 until the next request."""
        good = firmware_image.build("7.1", data_bytes=2 * CHUNK)
        broken = bytearray(good)
        broken[9000] ^= 0x40
        padded = bytearray(firmware_image.build("7.1", hashed=False, data_bytes=36))
        self.assertEqual(padded[-2], 0)
        padded[-2] = 1
        failed, invalid = "Firmware update flash update failed: ", "Firmware update validation failed: "
        rows = (
            ("no image", b"\x00" * len(good), failed + "not an ESP32 firmware image"),
            ("another chip", firmware_image.build(chip=9), failed),
            ("no descriptor", firmware_image.build(descriptor=0x12345678), failed),
            ("17 segments", bytes([0xE9, 17]) + good[2:], failed),
            ("another project", firmware_image.build(project="tCamMinj"), failed + "it is for tCamMinj, not tCamMini"),
            ("another version", firmware_image.build("7.10"), failed + "it is version 7.10, not 7.1"),
            ("truncated", good[:len(good) - 4096], invalid),
            ("oversize", good + b"\0" * 4096, invalid),
            ("checksum", firmware_image.build(hashed=False, checksum=0), invalid + "the checksum"),
            ("a bit", bytes(broken), invalid),
            ("hash", good[:-1] + bytes([good[-1] ^ 1]), invalid + "SHA-256"),
            ("padding", bytes(padded), invalid),
        )
        camera = self.camera()
        with camera.client() as client:
            for name, image, text in rows:
                with self.subTest(name):
                    self.ask(client, image, version="7.1")
                    camera.ok("step 20ms")
                    self.assertEqual(camera.ok("status")["board_fault"], "none")
                    self.confirm(camera)
                    said = self.transfer(camera, client, image)
                    self.assertTrue(said.startswith(text), said)
                    self.assertGreater(len(said), len(failed), "no reason is given")
                    self.unharmed(camera)
                    camera.ok("step 100ms")
                    led = camera.ok("led")
                    self.assertEqual((led["led"], led["blinks"]), ("series of red blinks", 8))
                    self.assertEqual(camera.ok("status")["board_fault"], "update")
            # The button, held, ends it as well.
            camera.ok("button press 5500ms")
            camera.ok("step 12s")
        self.assertEqual(camera.ok("status")["board_fault"], "none")
        self.assertEqual(self.led(camera), "solid yellow")
        self.update(camera, good)
        self.assertEqual(camera.stop(), 0)

    def test_requests_that_are_wrong(self):
        camera = self.camera()
        with camera.client() as client:
            for args in ({"length": 0}, {"length": -16}, {"length": 288}, {"length": 20001}, {"length": (2 << 20) + 16},
                         {"length": "20000"}, {"length": None}, {"version": 7}, {"version": "x" * 33},
                         {"version": None}, {"length": 1 << 40}):
                with self.subTest(args):
                    full = {"length": 20000, "version": "7.1", **args}
                    info = client.ask("fw_update_request", **full)["cam_info"]
                    self.assertEqual(info["info_value"], 0, info)
                    self.assertTrue(info["info_string"].startswith("fw_update_request failed"), info)
            for full in ({"length": 20000}, {"version": "7.1"}, {}):
                self.assertEqual(client.ask("fw_update_request", **full)["cam_info"]["info_value"], 0)
            camera.ok("step 200ms")
            self.assertEqual(self.led(camera), "solid green")
            self.unharmed(camera)
        self.assertEqual(camera.stop(), 0)

    def test_a_second_client_and_a_second_request(self):
        image = firmware_image.build()
        camera = self.camera()
        with camera.client() as first, camera.client() as second:
            self.ask(first, image)
            info = second.ask("fw_update_request", length=len(image), version="7.1")["cam_info"]
            self.assertEqual(info["info_value"], 0)
            self.assertIn("another client's update is under way", info["info_string"])
            self.ask(first, image)  # its own starts over
            self.confirm(camera)
            info = second.ask("fw_segment", start=0, length=4, data="AAAA")["cam_info"]
            self.assertEqual(info["info_value"], 0)
            self.assertEqual(self.transfer(camera, first, image, chunks=1), None)
            self.ask(first, image)  # … also in the middle
            self.confirm(camera)
            packet = self.hear(camera, first)
            while packet["get_fw"]["start"] != 0:
                packet = self.hear(camera, first)
            self.send(first, image, 0, CHUNK)
            self.assertEqual(self.transfer(camera, first, image), "Firmware update success")
        self.assertEqual(camera.stop(), 0)

    def test_nobody_presses_the_button(self):
        camera = self.camera()
        with camera.client() as client:
            self.ask(client, firmware_image.build())
            camera.ok("step 59s")
            self.assertEqual(self.stage(camera), "asked")
            camera.ok("step 2s")
            self.assertEqual(self.said(camera, client), "Firmware update request timed out")
            camera.ok("step 100ms")
            self.assertEqual(self.led(camera), "solid green")
            self.unharmed(camera)
        self.assertEqual(camera.stop(), 0)

    def test_the_client_does_not_answer(self):
        image = firmware_image.build()
        camera = self.camera()
        with camera.client() as client:
            self.ask(client, image)
            self.confirm(camera)
            self.assertEqual(self.wanted(camera, client), (0, CHUNK))
            self.send(client, image, 0, CHUNK)
            for _ in range(6):
                self.assertEqual(self.wanted(camera, client)[0], CHUNK)
                camera.ok("step 9800ms")
            self.assertEqual(self.said(camera, client), "Host did not respond to multiple chunk requests")
            camera.ok("step 100ms")
            self.assertEqual(self.led(camera), "solid green")
            self.unharmed(camera)
        self.assertEqual(camera.stop(), 0)

    def test_a_short_press_aborts(self):
        image = firmware_image.build()
        camera = self.camera()
        with camera.client() as client:
            self.ask(client, image)
            self.confirm(camera)
            self.transfer(camera, client, image, chunks=1)
            self.assertEqual(self.wanted(camera, client)[0], CHUNK)
            camera.ok("step 1s")
            camera.ok("button press")
            camera.ok("step 500ms")
            self.assertEqual(self.said(camera, client), "Firmware update terminated by user")
            self.assertEqual(self.led(camera), "solid green")
            self.unharmed(camera)
            info = client.ask("fw_segment", start=CHUNK, length=CHUNK, data=encoded(image[:CHUNK]))["cam_info"]
            self.assertEqual(info["info_value"], 0)
        self.assertEqual(camera.stop(), 0)

    def test_the_flash_fails(self):
        """Fault 8 by name, at the erase and in the middle of writing; it ends, and an update works."""
        image = firmware_image.build()
        camera = self.camera("--state", self.directory())
        names = {row["name"] for row in camera.ok("faults")["faults"]}
        self.assertIn("update", names)
        with camera.client() as client:
            camera.ok("fault update")
            self.ask(client, image)
            camera.ok("button press")
            self.assertRegex(self.said(camera, client), "^Firmware update flash init failed: .")
            camera.ok("step 100ms")
            led = camera.ok("led")
            self.assertEqual((led["led"], led["blinks"]), ("series of red blinks", 8))
            camera.ok("heal")
            self.ask(client, image)
            self.confirm(camera)
            self.assertEqual(camera.ok("status")["board_fault"], "none")
            self.transfer(camera, client, image, chunks=1)
            self.assertEqual(self.wanted(camera, client)[0], CHUNK)
            camera.ok("fault update")
            self.send(client, image, CHUNK, CHUNK)
            self.assertRegex(self.said(camera, client), "^Firmware update flash update failed: .")
            self.unharmed(camera)
            camera.ok("heal")
        self.update(camera, image)
        self.assertEqual(camera.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
