"""After a firmware update's restart, and a program that is killed in the middle of one."""
import os
import random
import threading
import unittest

import firmware_image
import program
from update_flow import FACTORY, UpdateCase

SEED = int(os.environ.get("SEED", "20261120"))


class Probation(UpdateCase):
    def restarted(self, camera, image):
        """Up to the restart; the module is out of its socket before it."""
        with camera.client() as client:
            self.assertEqual(self.attempt(camera, client, image), "Firmware update success")
            camera.ok("unplug")
            camera.ok("step 600ms")
        status = camera.ok("status")
        self.assertEqual(status["firmware"], firmware_image.parse(image).version)
        self.assertTrue(status["update"]["probation"])

    def test_without_a_good_frame_it_goes_back(self):
        camera = self.camera("--state", self.directory())
        self.restarted(camera, firmware_image.build("7.1"))
        camera.ok("step 30s")
        with camera.client() as client:
            refused = client.ask("fw_update_request", length=30000 // 16 * 16, version="8")["cam_info"]
            self.assertEqual(refused["info_value"], 0)
            self.assertIn("has not proved itself", refused["info_string"])
        camera.ok("step 28s")
        self.assertEqual(camera.ok("status")["firmware"], "7.1")
        camera.ok("step 3s")
        status = camera.ok("status")
        self.assertEqual((status["firmware"], status["update"]["slot"], status["update"]["probation"]),
                         (FACTORY, -1, False))
        camera.ok("plug")
        camera.ok("step 30s")
        self.unharmed(camera)
        self.update(camera, firmware_image.build("7.2"))
        self.assertEqual(camera.stop(), 0)

    def test_a_late_frame_proves_it(self):
        state = self.directory()
        camera = self.camera("--state", state)
        self.restarted(camera, firmware_image.build("7.1"))
        camera.ok("step 20s")
        camera.ok("plug")
        camera.ok("step 35s")
        self.assertFalse(camera.ok("status")["update"]["probation"])
        camera.ok("step 30s")
        self.assertEqual(camera.ok("status")["firmware"], "7.1")
        self.assertEqual(camera.stop(), 0)
        camera = self.camera("--state", state)
        self.unharmed(camera, "7.1")
        self.assertEqual(camera.stop(), 0)

    def test_one_start_is_all_it_gets(self):
        """The program dies on probation: the old firmware runs."""
        state = self.directory()
        camera = self.camera("--state", state)
        self.restarted(camera, firmware_image.build("7.1"))
        camera.kill()
        camera = self.camera("--state", state)
        self.unharmed(camera)
        self.assertFalse(camera.ok("status")["update"]["probation"])
        self.assertEqual(camera.stop(), 0)


class Killed(UpdateCase):
    """kill -9: the old firmware or the proved new one runs, and an update works afterwards."""

    def start_and_look(self, state, allowed):
        camera = self.camera("--state", state)
        status = camera.ok("status")
        self.assertIn(status["firmware"], allowed)
        self.assertEqual(status["update"]["stage"], "idle")
        camera.ok("step 5s")
        self.assertFalse(camera.ok("status")["update"]["probation"])
        return camera, status["firmware"]

    def test_at_every_stage(self):
        state = self.directory()
        camera, running = self.start_and_look(state, {FACTORY})
        stages = ("asked", "erasing", "receiving", "some chunks", "all chunks", "success", "restarted", "proved")
        for number, moment in enumerate(stages):
            with self.subTest(moment):
                version = f"8.{number}"
                image = firmware_image.build(version)
                client = camera.client()
                self.ask(client, image)
                if moment == "erasing":
                    camera.ok("button press")
                elif moment != "asked":
                    self.confirm(camera)
                if moment == "some chunks":
                    self.transfer(camera, client, image, chunks=2)
                elif moment == "all chunks":
                    self.transfer(camera, client, image, chunks=3)
                elif stages.index(moment) > stages.index("all chunks"):
                    self.assertEqual(self.transfer(camera, client, image), "Firmware update success")
                if moment == "restarted":
                    camera.ok("step 600ms")
                elif moment == "proved":
                    camera.ok("step 8s")
                camera.kill()
                client.close()
                # Its one start is the one after the success; a restart that has happened was that one.
                allowed = {"all chunks": {running, version}, "success": {version}, "proved": {version}}
                camera, running = self.start_and_look(state, allowed.get(moment, {running}))
        self.update(camera, firmware_image.build("9.0"))
        self.assertEqual(camera.stop(), 0)

    def test_at_random_moments(self):
        state = self.directory()
        chance = random.Random(SEED)
        running = FACTORY
        for number in range(6):
            version, delay_s = f"8.{number}", chance.uniform(0, 0.4)
            with self.subTest(f"SEED={SEED}", number=number, delay_s=delay_s):
                camera, running = self.start_and_look(state, {running})
                killer = threading.Timer(delay_s, camera.process.kill)
                killer.start()
                try:
                    with camera.client() as client:
                        self.attempt(camera, client, firmware_image.build(version, data_bytes=300000))
                        camera.ok("step 2s")
                        camera.process.wait(program.LIMIT_S)
                except (OSError, ValueError):
                    pass  # it was killed in between: somewhere
                killer.join()
                camera.kill()
                camera, running = self.start_and_look(state, {running, version})
                camera.kill()
        camera, running = self.start_and_look(state, {running})
        self.update(camera, firmware_image.build("9.0"))
        self.assertEqual(camera.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
