"""`ironbow firmware`, cross-checked with a builder, a parser and signatures that are not its own; and whose firmware
the camera takes."""
import base64
import json
import os
import stat
import unittest

import ed25519
import firmware_image
import program
from update_flow import UpdateCase

SIGNED = b"ironbow update 1"


class FirmwareCase(UpdateCase):
    def setUp(self):
        self.place = self.directory()

    def path(self, name):
        return os.path.join(self.place, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def fails(self, code, *args, **kwargs):
        result = program.run("firmware", *args, **kwargs)
        errors = result.stderr.decode()
        self.assertEqual(result.returncode, code, errors)
        self.assertTrue(errors.startswith("ironbow: firmware: "), errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors

    def firmware(self, *args):
        return self.works("firmware", *args).decode()

    def shown(self, name, *args):
        return json.loads(self.firmware("show", self.path(name), "--json", *args))

    def key(self, name):
        """The bytes of a key file: one line of base64 behind comments."""
        lines = [line for line in self.read(name).decode().splitlines() if line and not line.startswith("#")]
        self.assertEqual(len(lines), 1)
        return base64.b64decode(lines[0], validate=True)


class Files(FirmwareCase):
    def test_make(self):
        """What is made is what the independent reader takes, of about the length that was asked for."""
        for number, size in enumerate((None, 0, 304, 1000, 65537, 2 << 20)):
            with self.subTest(size):
                name = f"{number}.bin"
                self.firmware("make", "--version", f"4.{number}", "-o", self.path(name),
                              *(() if size is None else ("--size", str(size))))
                image = firmware_image.parse(self.read(name))
                self.assertEqual((image.version, image.project, image.signature), (f"4.{number}", "tCamMini", None))
                self.assertLessEqual(abs(image.size - max(65536 if size is None else size, 336)), 32)
        self.firmware("make", "-o", self.path("a"))
        self.firmware("make", "-o", self.path("b"))
        self.assertEqual(self.read("a"), self.read("b"), "the same command gives the same file")
        self.assertEqual(firmware_image.parse(self.read("a")).version, "9.9")
        self.assertEqual(self.works("firmware", "make", "-o", "-"), self.read("a"))

    def test_show(self):
        for number, image in enumerate((firmware_image.build("3.2"), firmware_image.build("1", segments=16, hashed=False),
                                        firmware_image.build("y" * 32, project="other"))):
            with self.subTest(number):
                self.write(f"{number}", image)
                parsed = firmware_image.parse(image)
                self.assertEqual(self.shown(f"{number}"), {
                    "project": parsed.project, "version": parsed.version, "size_bytes": parsed.size,
                    "segments": parsed.segments, "sha256": parsed.digest, "signature": "none"})
                text = self.firmware("show", self.path(f"{number}"))
                for part in (parsed.project, parsed.version, str(parsed.size), parsed.digest, "none"):
                    self.assertIn(part, text)

    def test_show_says_what_is_wrong(self):
        good = firmware_image.build()
        for name, image, why in (("short", good[:200], "size"), ("magic", b"\x7F" + good[1:], ""),
                                 ("chip", firmware_image.build(chip=2), ""), ("cut", good[:-16], ""),
                                 ("hash", good[:-1] + bytes([good[-1] ^ 1]), "SHA-256"),
                                 ("sum", firmware_image.build(hashed=False, checksum=1), "checksum"),
                                 ("descriptor", firmware_image.build(descriptor=1), "")):
            with self.subTest(name):
                with self.assertRaises((ValueError, IndexError)):
                    firmware_image.parse(image)
                err = self.fails(1, "show", self.write(name, image))
                self.assertIn("not a firmware image", err)
                self.assertIn(why if why != "size" else "byte", err)

    def test_keys(self):
        out = self.firmware("keys", self.path("owner"))
        self.assertIn("owner.pub", out)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("owner")).st_mode), 0o600)
        secret, public = self.key("owner"), self.key("owner.pub")
        self.assertEqual((len(secret), len(public)), (64, 32))
        self.assertEqual(ed25519.public_key(secret[:32]), public)
        self.assertEqual(secret[32:], public)
        before = self.read("owner")
        self.assertIn("never replaced", self.fails(1, "keys", self.path("owner")))
        os.unlink(self.path("owner.pub"))
        self.assertIn("never replaced", self.fails(1, "keys", self.path("owner")))
        self.assertEqual(self.read("owner"), before)
        self.assertFalse(os.path.exists(self.path("owner.pub")))
        self.assertIn("No such file", self.fails(1, "keys", self.path("no/where")))

    def test_sign(self):
        self.firmware("keys", self.path("owner"))
        self.firmware("keys", self.path("other"))
        plain = firmware_image.build("3.2")
        self.write("plain", plain)
        self.firmware("sign", self.path("plain"), "--key", self.path("owner"), "-o", self.path("signed"))
        signed = self.read("signed")
        self.assertEqual(signed[:len(plain)], plain)
        parsed = firmware_image.parse(signed)
        message = SIGNED + bytes.fromhex(parsed.digest)
        self.assertTrue(ed25519.verify(self.key("owner.pub"), message, parsed.signature))
        self.assertFalse(ed25519.verify(self.key("other.pub"), message, parsed.signature))
        self.assertEqual(self.shown("signed", "--key", self.path("owner.pub"))["signature"], "good")
        self.assertEqual(self.shown("signed", "--key", self.path("other.pub"))["signature"], "WRONG")
        self.assertIn("not checked", self.shown("signed")["signature"])
        self.assertEqual(self.shown("signed")["sha256"], firmware_image.parse(plain).digest)
        # Signing again replaces the signature; one made elsewhere is as good.
        self.firmware("sign", self.path("signed"), "--key", self.path("other"), "-o", self.path("again"))
        self.assertEqual(len(self.read("again")), len(signed))
        self.assertEqual(self.shown("again", "--key", self.path("other.pub"))["signature"], "good")
        own = ed25519.sign(self.key("owner")[:32], message)
        self.write("own", plain + firmware_image.TRAILER_MAGIC + own)
        self.assertEqual(self.shown("own", "--key", self.path("owner.pub"))["signature"], "good")
        self.assertEqual(own, parsed.signature, "Ed25519 is deterministic")

    def test_keys_that_are_none(self):
        self.firmware("keys", self.path("owner"))
        image = self.write("plain", firmware_image.build())
        sign = ("sign", image, "-o", self.path("out"), "--key")
        self.assertIn("no secret key", self.fails(1, *sign, self.path("owner.pub")))
        self.assertIn("no secret key", self.fails(1, *sign, self.write("text", b"# only\nwords\n")))
        self.assertIn("No such file", self.fails(1, *sign, self.path("nowhere")))
        self.assertFalse(os.path.exists(self.path("out")))
        self.assertIn("not a firmware image", self.fails(1, "sign", self.path("text"), "-o", self.path("out"),
                                                         "--key", self.path("owner")))
        self.firmware("sign", image, "-o", self.path("out"), "--key", self.path("owner"))
        self.assertIn("no public key", self.fails(1, "show", self.path("out"), "--key", self.path("owner")))

    def test_command_lines_that_make_no_sense(self):
        image = self.write("plain", firmware_image.build())
        for args in ((), ("paint",), ("paint", image), ("show",), ("keys",), ("sign", image),
                     ("sign", image, "-o", self.path("x")), ("make",), ("make", image, "-o", self.path("x")),
                     ("make", "--version", "", "-o", self.path("x")), ("show", image, "more"),
                     ("make", "--version", "v" * 32, "-o", self.path("x")),
                     ("make", "--size", "1e6", "-o", self.path("x")),
                     ("make", "--size", str(17 << 20), "-o", self.path("x"))):
            with self.subTest(args):
                self.fails(2, *args)
        self.assertEqual(os.listdir(self.place), ["plain"])


class Whose(FirmwareCase):
    """--update-key and --signed-only: the table of docs/update.md, The signature."""

    def setUp(self):
        super().setUp()
        for name in ("owner", "other"):
            self.firmware("keys", self.path(name))
        self.plain = firmware_image.build("7.1", data_bytes=600)
        self.write("plain", self.plain)
        self.signed = {}
        for name in ("owner", "other"):
            self.firmware("sign", self.path("plain"), "--key", self.path(name), "-o", self.path("signed"))
            self.signed[name] = self.read("signed")

    def verdict(self, camera, image):
        with camera.client() as client:
            said = self.attempt(camera, client, image, version="7.1")
        if said == "Firmware update success":
            camera.ok("step 6s")
            self.assertEqual(camera.ok("status")["firmware"], "7.1")
        else:
            self.unharmed(camera)
        return said

    def test_no_key(self):
        camera = self.camera()
        for image in (self.plain, self.signed["owner"]):
            self.assertEqual(self.verdict(camera, image), "Firmware update success")
        self.assertEqual(camera.stop(), 0)

    def test_a_key(self):
        camera = self.camera("--update-key", self.path("owner.pub"))
        self.assertEqual(self.verdict(camera, self.signed["other"]),
                         "Firmware update validation failed: the signature is not a good one")
        spoilt = self.signed["owner"][:-1] + bytes([self.signed["owner"][-1] ^ 1])
        self.assertIn("the signature is not a good one", self.verdict(camera, spoilt))
        for image in (self.plain, self.signed["owner"]):
            self.assertEqual(self.verdict(camera, image), "Firmware update success")
        self.assertEqual(camera.stop(), 0)

    def test_signed_only(self):
        camera = self.camera("--update-key", self.path("owner.pub"), "--signed-only")
        self.assertEqual(self.verdict(camera, self.plain), "Firmware update validation failed: the image is not signed")
        self.assertIn("the signature is not a good one", self.verdict(camera, self.signed["other"]))
        # The signature is over the image it stands behind, not over any.
        foreign = firmware_image.build("7.1", data_bytes=700) + self.signed["owner"][-firmware_image.TRAILER:]
        self.assertIn("the signature is not a good one", self.verdict(camera, foreign))
        own = ed25519.sign(self.key("owner")[:32], SIGNED + bytes.fromhex(firmware_image.parse(self.plain).digest))
        self.assertEqual(self.verdict(camera, self.plain + firmware_image.TRAILER_MAGIC + own),
                         "Firmware update success")
        self.assertEqual(camera.stop(), 0)

    def test_keys_that_are_none(self):
        for code, args in ((2, ("--signed-only",)), (1, ("--update-key", self.path("nowhere"))),
                           (1, ("--update-key", self.path("owner"))), (1, ("--update-key", self.path("plain")))):
            with self.subTest(args):
                result = program.run("run", "--tcam-port", "0", "--state", "none", "--control", "none", *args)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(b"ironbow: run: ", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
