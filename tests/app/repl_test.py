"""The Pure Thermal from outside: its serial port, its buttons and card slot, its command line."""
import os
import unittest

from scripts import Port, ScriptCase


class Repl(ScriptCase):
    def test_prompts(self):
        self.start_board()
        port = self.open_port()
        port.prompt()
        port.send(b"1 + 1\r")
        port.until(b"1 + 1\r\n2\r\n>>> ")
        port.raw()
        self.assertEqual(port.run("print('x' * 20000)"), ("x" * 20000 + "\r\n", ""))
        out, traceback = port.run("1/0")
        self.assertEqual(out, "")
        self.assertIn("ZeroDivisionError", traceback)
        self.assertEqual(self.program.stop(), 0)
        self.assertFalse(os.path.lexists(self.port))

    def test_people_come_and_go(self):
        """What one leaves unread the next one does not get, and the script goes on."""
        self.start_board()
        port = Port(self.port)
        port.raw()
        port.send(b"n = 0\nwhile True:\n  n += 1\n  print('line', n)\n\x04")
        port.until(b"line 100\r\n")
        port.close()
        port = self.open_port()
        port.raw()
        self.assertEqual(port.run("print('here')"), ("here\r\n", ""))
        number = int(port.run("print(n)")[0])
        self.assertGreaterEqual(number, 100)

    def test_identity(self):
        self.start_board("--mac", "02:00:00:12:AB:CD")
        port = self.open_port()
        port.raw()
        self.assertEqual(port.run("import machine; print(len(machine.unique_id()), machine.unique_id()[6:].hex())"),
                         ("12 02000012abcd\r\n", ""))

    def test_buttons(self):
        program = self.start_board()
        port = self.open_port()
        port.raw()
        port.send(b"print('busy')\nwhile True:\n  try:\n    while True: pass\n  except BaseException: print('no')\n\x04")
        port.until(b"busy\r\n")
        self.assertEqual(program.ok("script")["script"], "prompt")
        program.ok("script interrupt")
        port.until(b"no\r\n")
        program.ok("script soft-reset")
        port.until(b"MPY: soft reboot\r\n")
        program.ok("script reset")
        port.prompt()
        status = program.ok("script")
        self.assertEqual((status["cold_boots"], status["soft_resets"]), (2, 1))
        self.assertIn("must be interrupt", program.ask("script jump")["error"])

    def test_board_around(self):
        """Pins, buses and parts by the control socket; the Lepton starts as a Pure Thermal's does."""
        program = self.start_board()
        status = program.until(lambda status: status["frame"], "a frame")
        self.assertEqual((status["frame"]["agc"], status["frame"]["unit"]), (True, "grey8"))
        port = self.open_port()
        port.raw()  # main.py blinks for ever; after a soft reset all is dark
        port.send(b"\x04")
        port.until(b"raw REPL")
        status = program.ok("status")
        self.assertEqual(status["script"], "prompt")
        self.assertEqual(status["leds"], {name: False for name in ("LED_RED", "LED_GREEN", "LED_BLUE", "LED_WHITE")})
        # The status LED and the button of a tCam-Mini are not there.
        self.assertNotIn("led", status)
        self.assertIn("its script's", program.ask("led")["error"])
        pins = {pin["name"]: pin for pin in program.ok("pins")["pins"]}
        self.assertEqual(len(pins), 15)
        self.assertEqual(pins["P0"], {"name": "P0", "level": 0, "direction": "input", "pull": "none", "outside": "float",
                                      "changes": 0})
        program.ok("pin P0 high")
        program.ok("pin P9 low")
        pins = {pin["name"]: pin for pin in program.ok("pins")["pins"]}
        self.assertEqual([(pins[name]["level"], pins[name]["outside"]) for name in ("P0", "P9")], [(1, "high"), (0, "low")])
        self.assertIn("no such pin", program.ask("pin P10 high")["error"])
        self.assertIn("must be high, low or float", program.ask("pin P0 up")["error"])
        for line in ("i2c 1 nack 3", "i2c 2 stuck 5ms", "i2c 4 bit-flip", "i2c 4 well", "part ov5640 nack count=2",
                     "part vl53l1x never-ready duration=1s", "part vl53l1x heal", "distance 400", "light 0.5"):
            program.ok(line)
        parts = {part["name"]: part for part in program.ok("parts")["parts"]}
        self.assertEqual((parts["ov5640"]["fault"], parts["vl53l1x"]["fault"], parts["vl53l1x"]["truth_mm"]), ("nack", "none", 400))
        for line, why in (("i2c 3 nack", "no such bus"), ("i2c 1 cold", "must be nack"), ("i2c 2 nack 5ms", "must be a number"),
                          ("i2c 2 stuck 5", "must be a duration"), ("part lepton nack", "no such part"),
                          ("part ov5640 sulk", "no such fault"), ("part ov5640 nack 3", "must be count=10"), ("light 101", "must be a number")):
            self.assertIn(why, program.ask(line)["error"], line)

    def test_a_recording_has_no_colours(self):
        clip = self.directory() + "/clip.tmjsn"
        self.works("record", "-o", clip, "--frames", "5")
        program = self.start_board("--camera", "replay:" + clip)
        self.assertEqual([part["name"] for part in program.ok("parts")["parts"]], ["vl53l1x"])

    def test_hard_fault(self):
        program = self.start_board()
        port = self.open_port()
        port.raw()
        port.send(b"print('busy')\nwhile True:\n  try:\n    while True: pass\n  except BaseException: print('no')\n\x04")
        port.until(b"busy\r\n")
        program.ok("script fault")
        program.until(lambda status: status["script"] == "fault", "the fault")
        program.ok("script fault")  # once more is the same
        self.assertEqual(program.ok("script")["script"], "fault")
        program.ok("script reset")
        port.prompt()
        program.until(lambda status: status["script"] == "prompt", "the prompt")

    def test_card(self):
        program = self.start_board()
        card = self.directory() + "/card.img"
        port = self.open_port()
        port.raw()
        with open(card, "wb") as file:
            file.truncate(1 << 20)
        program.ok(f"sdcard insert {card}")
        port.until(b"MPY: /sdcard: no file system")
        self.assertIn("one already", program.ask(f"sdcard insert {card}")["error"])
        program.ok("sdcard remove")
        self.assertFalse(program.ok("script")["card"])
        self.assertIn("no card", program.ask("sdcard remove")["error"])
        self.assertIn("cannot be opened", program.ask("sdcard insert /nowhere/x")["error"])

    def test_storage_is_kept(self):
        folder = self.directory()
        self.start_board("--state", folder)
        port = self.open_port()
        port.raw()
        port.run("f = open('kept', 'w'); f.write('yes'); f.close()")
        self.assertEqual(self.program.stop(), 0)
        self.start_board("--state", folder)
        port = self.open_port()
        port.raw()
        self.assertEqual(port.run("print(open('kept').read())"), ("yes\r\n", ""))
        # It is one board's at a time.
        text = self.fails(1, "run", "--board", "pure-thermal", "--flash", folder + "/flash.img", "--control", "none",
                          "--state", "none")
        self.assertIn("another program uses it", text)

    def test_romfs(self):
        folder = self.directory()
        os.makedirs(folder + "/src/models")
        with open(folder + "/src/models/net.tflite", "wb") as file:
            file.write(bytes(range(256)) * 100)
        with open(folder + "/src/hello.py", "w") as file:
            file.write("WORD = 'hello'\n")
        self.works("romfs", "build", folder + "/src", "-o", folder + "/rom.img")
        self.assertIn(b"a whole ROMFS", self.works("romfs", "check", folder + "/rom.img"))
        # The same folder, the same bytes.
        with open(folder + "/rom.img", "rb") as file:
            self.assertEqual(self.works("romfs", "build", folder + "/src", "-o", "-"), file.read())
        self.start_board("--rom", folder + "/rom.img")
        port = self.open_port()
        port.raw()
        self.assertEqual(port.run("import hello, os, uctypes; print(hello.WORD, os.listdir('/rom'))\n"
                                  "m = memoryview(open('/rom/models/net.tflite', 'rb'))\n"
                                  "print(len(m), m[255], uctypes.addressof(m) % 16)"),
                         ("hello ['hello.py', 'models']\r\n25600 255 0\r\n", ""))

    def test_command_line(self):
        base = ("run", "--control", "none", "--state", "none")
        folder = self.directory()
        self.assertIn("needs --board pure-thermal", self.fails(2, *base, "--rom", "x"))
        self.assertIn("needs --board pure-thermal", self.fails(2, *base, "--af-firmware", "x"))
        self.assertIn("ironbow script", self.fails(2, *base, "--board", "pure-thermal", "--clock", "step"))
        self.assertIn("cannot be read", self.fails(1, *base, "--board", "pure-thermal", "--af-firmware", folder + "/none"))
        self.assertIn("must be tcam-mini, tcam or pure-thermal", self.fails(2, *base, "--board", "openmv"))
        self.assertIn("needs --board tcam-mini", self.fails(2, *base, "--board", "pure-thermal", "--mode", "hardware"))
        with open(folder + "/text", "w") as file:
            file.write("not an image\n" * 10000)
        for option in ("--flash", "--sdcard", "--rom"):
            with self.subTest(option):
                self.fails(1, *base, "--board", "pure-thermal", option, folder + "/text")
        for words in (("romfs",), ("romfs", "build"), ("romfs", "build", folder), ("romfs", "burn", "x")):
            self.fails(2, *words)
        self.fails(1, "romfs", "build", folder + "/nowhere", "-o", folder + "/out")
        self.fails(1, "romfs", "check", folder + "/text")
        os.mkfifo(folder + "/fifo")
        self.assertIn("neither a file nor a folder", self.fails(1, "romfs", "build", folder, "-o", "/dev/null"))


if __name__ == "__main__":
    unittest.main()
