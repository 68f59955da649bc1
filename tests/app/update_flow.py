"""The desktop's side of a firmware update, for the tests of it."""
import base64

import firmware_image
import program
from program import Case

CHUNK = 8192
FACTORY = "0.1"
UPDATE = 6  # cam_info code


def encoded(data):
    return base64.b64encode(data).decode()


class UpdateCase(Case):
    """A virtual camera in stepped time that has frames, and the desktop's side of an update."""

    def camera(self, *args, settle="3s"):
        camera = self.start(*args, step=True)
        camera.ok(f"step {settle}")
        self.assertIsNotNone(camera.ok("status")["frame"])
        return camera

    def fails(self, code, *args, **kwargs):
        """One line on standard error. (Case.fails takes the verb's for the log's room of that name.)"""
        result = program.run(*args, **kwargs)
        errors = result.stderr.decode()
        self.assertEqual(result.returncode, code, errors)
        self.assertTrue(errors.startswith("ironbow: update: "), errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors

    def stage(self, camera):
        return camera.ok("status")["update"]["stage"]

    def led(self, camera):
        return camera.ok("led")["led"]

    def hear(self, camera, client, step="10ms"):
        """The next packet, for which time may have to move."""
        with camera.stepping(step):
            return client.packet()

    def said(self, camera, client, step="10ms"):
        """The update's own message: cam_info with code 6."""
        info = self.hear(camera, client, step)["cam_info"]
        self.assertEqual(info["info_value"], UPDATE, info)
        return info["info_string"]

    def ask(self, client, image, version=None, length=None):
        version = version or firmware_image.parse(image).version
        client.send("fw_update_request", length=len(image) if length is None else length, version=version)
        packet = client.packet()
        while "get_fw" in packet:  # of the update before, already on its way
            packet = client.packet()
        info = packet["cam_info"]
        self.assertEqual((info["info_value"], info["info_string"]), (1, "fw_update_request success"))

    def step_until(self, camera, stage):
        for _ in range(500):
            if self.stage(camera) == stage:
                return
            camera.ok("step 20ms")
        self.fail(f"never {stage}: {camera.ok('status')['update']}")

    def confirm(self, camera):
        camera.ok("button press")
        self.step_until(camera, "receiving")

    def wanted(self, camera, client):
        packet = self.hear(camera, client)
        self.assertIn("get_fw", packet)
        return packet["get_fw"]["start"], packet["get_fw"]["length"]

    def send(self, client, image, start, length):
        client.send("fw_segment", start=start, length=length, data=encoded(image[start:start + length]))

    def transfer(self, camera, client, image, chunks=None):
        """Answer what is asked for; how it ended, as text, or None after so many chunks."""
        count = 0
        while chunks is None or count < chunks:
            packet = self.hear(camera, client)
            if "cam_info" in packet:
                self.assertEqual(packet["cam_info"]["info_value"], UPDATE, packet)
                return packet["cam_info"]["info_string"]
            start, length = packet["get_fw"]["start"], packet["get_fw"]["length"]
            self.send(client, image, start, length)
            count += 1
        return None

    def attempt(self, camera, client, image, **asked):
        """A whole transfer up to the camera's verdict."""
        self.ask(client, image, **asked)
        self.confirm(camera)
        return self.transfer(camera, client, image)

    def update(self, camera, image):
        """A whole update that works, restart and proof included."""
        version = firmware_image.parse(image).version
        with camera.client() as client:
            self.assertEqual(self.attempt(camera, client, image), "Firmware update success")
            camera.ok("step 600ms")
            with self.assertRaises(ConnectionError):
                client.packet()
        self.assertEqual(camera.ok("status")["firmware"], version)
        camera.ok("step 5s")
        self.assertFalse(camera.ok("status")["update"]["probation"])

    def unharmed(self, camera, firmware=FACTORY):
        status = camera.ok("status")
        self.assertEqual(status["firmware"], firmware)
        self.assertEqual(status["update"]["stage"], "idle")
