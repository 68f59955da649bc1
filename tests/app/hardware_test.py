"""The hardware interface: a serial line and a slave SPI port, read by a reader of its own.

Written from docs/hardware-interface.md alone, in two of the ways that page allows.
"""
import contextlib
import json
import os
import select
import signal
import socket
import unittest

from board_case import NAME, BoardCase
from program import LIMIT_S, Image, Running

WORST_BYTES = 52744
AHEAD_US = 15000


class Hardware(Running):
    """`ironbow run --mode hardware`: what it says first is where the wires are."""

    serial = slave = None

    def begun(self, line):
        word, _, rest = line.partition(" ")
        if word == "serial":
            self.serial = rest.split(" (")[0]
        elif word == "slave":
            self.slave = rest.split(" (")[0]
        assert word != "tcam", line
        return bool(self.serial and self.slave)


class Line:
    """The serial line's other end."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.buffer = b""

    def send(self, name, **args):
        command = {"cmd": name}
        if args:
            command["args"] = args
        self.write(b"\x02" + json.dumps(command).encode() + b"\x03")

    def write(self, data):
        while data:
            _, ready, _ = select.select([], [self.fd], [], LIMIT_S)
            if not ready:
                raise AssertionError("the serial line takes nothing")
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.fd, data):]

    def take(self):
        """Some bytes more."""
        ready, _, _ = select.select([self.fd], [], [], LIMIT_S)
        if not ready:
            raise AssertionError(f"nothing on the serial line, after {self.buffer!r}")
        with contextlib.suppress(BlockingIOError):
            self.buffer += os.read(self.fd, 4096)

    def packet(self):
        """Nothing may lie between two packets."""
        while b"\x03" not in self.buffer:
            self.take()
        packet, _, self.buffer = self.buffer.partition(b"\x03")
        if packet[:1] != b"\x02" or b"\x02" in packet[1:]:
            raise AssertionError(f"not a packet: {packet!r}")
        return json.loads(packet[1:])

    def close(self):
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class HardwareCase(BoardCase):
    def begin_hardware(self, *args, run_s=3, step=True):
        slave = self.directory() + "/slave.sock"
        self.program = Hardware("--camera", "sim:lepton-3.5?seed=3", "--mode", "hardware",
                                "--slave", slave, *args, step=step)
        self.addCleanup(self.program.kill)
        if run_s and step:
            self.step(f"{run_s}s")
        return self.program

    def line(self):
        line = Line(self.program.serial)
        self.addCleanup(line.close)
        return line

    def ask_line(self, line, name, **args):
        line.send(name, **args)
        return line.packet()

    def controller(self):
        """One connection to the slave port, as a file."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(LIMIT_S)
        connection.connect(self.program.slave)
        file = connection.makefile("rwb", buffering=0)
        connection.close()
        self.addCleanup(file.close)
        return file

    def exactly(self, file, size):
        data = b""
        while len(data) < size:
            piece = file.read(size - len(data))
            self.assertTrue(piece, f"{len(data)} of {size} bytes")
            data += piece
        return data

    def transfer(self, file, size, hz=7000000, step=True):
        """One transaction. The wires need their time, and the simulated clock may be ahead of the
        steps by what the Lepton's own wires carry."""
        file.write(f"transfer {size} {hz}\n".encode())
        self.program.ok("status")  # it has been read by now
        if step:
            self.step(f"{size * 8 * 1000000 // hz + AHEAD_US}us")
        self.assertEqual(file.readline(), f"data {size}\n".encode())
        return self.exactly(file, size)

    def image_ready(self, line):
        """Step until one is announced. Return: the number."""
        while b"\x03" not in line.buffer:
            self.step("20ms")
            while select.select([line.fd], [], [], 0)[0]:
                line.take()
        packet = line.packet()
        self.assertEqual(list(packet), ["image_ready"])
        size = packet["image_ready"]
        self.assertEqual(size % 4, 0)
        self.assertLessEqual(size, WORST_BYTES)
        return size

    def good(self, data):
        return sum(data[:-4]) & 0xFFFFFFFF == int.from_bytes(data[-4:], "big") and data[0] == 2

    def unpack(self, data):
        """As one reader does it: sum in the last four bytes; and as the other: behind 0x03."""
        self.assertTrue(self.good(data))
        end = data.index(3)
        self.assertEqual(end + 5, len(data))
        self.assertEqual(int.from_bytes(data[end + 1:end + 5], "big"),
                         sum(data[:end + 1]) & 0xFFFFFFFF)
        text = data[1:end].decode()
        self.assertIn(len(text) - len(text.rstrip(" ")), range(4))
        return Image(json.loads(text))

    def shoot(self, line, file, hz=7000000):
        """get_image, all the way."""
        line.send("get_image")
        return self.unpack(self.transfer(file, self.image_ready(line), hz))


class Board(HardwareCase):
    def test_led(self):
        self.begin_hardware(run_s=0)
        self.assertEqual((self.led(), self.colour()), ("solid red", "red"))
        self.shows("solid green", 10)
        self.steady("green")

    def test_name_and_model(self):
        self.begin_hardware("--mac", "02:00:00:12:ab:cd")
        line = self.line()
        status = self.ask_line(line, "get_status")["status"]
        self.assertEqual((status["Camera"], status["Model"] & 0xFF), ("tCam-Mini-ABCD", 3))
        with contextlib.closing(self.controller()) as file:
            image = self.shoot(line, file)
        self.assertEqual((image.metadata["Camera"], image.metadata["Model"]),
                         ("tCam-Mini-ABCD", status["Model"]))

    def test_no_ports_no_discovery(self):
        """No socket of this process is one of the network's."""
        program = self.begin_hardware("--mdns", "on")
        process = f"/proc/{program.process.pid}"
        ours = set()
        for name in os.listdir(process + "/fd"):
            with contextlib.suppress(OSError):
                ours.add(os.readlink(f"{process}/fd/{name}"))
        for table in ("tcp", "tcp6", "udp", "udp6"):
            with contextlib.suppress(FileNotFoundError), open(f"{process}/net/{table}") as file:
                for row in list(file)[1:]:
                    self.assertNotIn(f"socket:[{row.split()[9]}]", ours)
        self.assertEqual(program.ok("status")["tcam_port"], 0)
        self.assertNotIn("network", program.ok("status"))
        for line in ("network", "network none", "air", "station go"):
            self.assertIs(program.ask(line)["ok"], False, line)

    def test_no_wifi(self):
        self.begin_hardware()
        line = self.line()
        info = self.ask_line(line, "set_wifi", ap_ssid="Mine")["cam_info"]
        self.assertEqual(info["info_value"], 0)
        self.assertIn("no Wi-Fi", info["info_string"])
        self.step("2s")
        self.assertEqual(self.ask_line(line, "get_status")["status"]["Camera"], NAME)
        wifi = self.ask_line(line, "get_wifi")["wifi"]
        self.assertEqual((wifi["ap_ssid"], wifi["cur_ip_addr"]), (NAME, "0.0.0.0"))

    def test_a_long_press_means_nothing(self):
        self.begin_hardware()
        self.hold("8s")
        for _ in range(10):
            self.assertEqual((self.led(), self.colour()), ("solid green", "green"))
            self.step("1s")
        self.assertEqual(self.program.ok("counters")["board"]["presses_long"], 1)

    def test_stored_settings_are_left_alone(self):
        state = self.directory()
        self.begin("--state", state)
        self.ask("set_config", emissivity=50, gain_mode=1)
        self.set_wifi(ap_ssid="Mine")
        self.connected()
        self.step("3s")
        self.end()
        with open(state + "/settings.bin", "rb") as file:
            before = file.read()
        self.begin_hardware("--state", state)
        line = self.line()
        self.assertEqual(self.ask_line(line, "get_config")["config"],
                         {"agc_enabled": 0, "emissivity": 100, "gain_mode": 0})
        line.send("set_config", emissivity=77, agc_enabled=1)
        with self.program.stepping():
            self.assertEqual(line.packet()["cam_info"]["info_value"], 1)
        self.hold("6s")
        self.step("20s")
        self.assertEqual(self.ask_line(line, "get_config")["config"]["emissivity"], 77)
        self.end()
        with open(state + "/settings.bin", "rb") as file:
            self.assertEqual(file.read(), before)
        self.begin("--state", state)
        self.assertEqual(self.ask("get_config")["config"]["emissivity"], 50)
        self.assertEqual(self.program.ok("status")["name"], "Mine")

    def test_faults_are_shown(self):
        program = self.begin_hardware()
        for name in ("peripheral", "memory", "lepton-cci", "lepton-vospi", "lepton-sync"):
            with self.subTest(name):
                program.ok(f"fault {name}")
                self.shows_fault(name)
                program.ok("heal")
                self.frames_come(60)
                self.shows("solid green", 5)

    def test_a_dead_slave_port(self):
        """Images are off until the port can be set up again; the client is told, and the LED shows
        fault 6 until then."""
        program = self.begin_hardware()
        line = self.line()
        program.ok("fault network")
        self.shows_fault("network", 1)
        line.send("stream_on")
        self.assertEqual(line.packet()["cam_info"]["info_value"], 1)
        seen = []
        with program.stepping():
            while "cam_info" not in (packet := line.packet()):
                seen.append(packet)
        self.assertEqual(packet["cam_info"]["info_value"], 4)
        self.assertIn("images disabled", packet["cam_info"]["info_string"])
        self.assertLessEqual(len(seen), 1, seen)
        line.send("get_image")
        self.assertEqual(line.packet()["cam_info"]["info_string"][:16], "get_image failed")
        program.ok("heal")
        self.step("7s")
        self.shows("solid green", 1)
        line.send("get_status")
        while "status" not in (packet := line.packet()):
            self.assertIn("image_ready", packet)  # the stream goes on

    def test_what_makes_no_sense(self):
        for args in (("--serial", "x"), ("--slave", "x"),
                     ("--mode", "hardware", "--network", "sim"),
                     ("--mode", "hardware", "--secure-port", "0"),
                     ("--mode", "hardware", "--board", "tcam"), ("--mode", "wires")):
            self.fails(2, "run", "--control", "none", "--state", "none", *args)


class Images(HardwareCase):
    def test_at_every_clock_that_works(self):
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            counters = [self.shoot(line, file, hz).counter
                        for hz in (7000000, 8000000, 1000000, 7000000)]
        self.assertEqual(sorted(set(counters)), counters)
        self.assertEqual(self.program.ok("counters")["slave"],
                         {"sent": 4, "timeouts": 0, "dropped": 0})

    def test_the_pixels_are_those_of_the_frame(self):
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("get_image")
            size = self.image_ready(line)
            image = self.unpack(self.transfer(file, size))
        self.assertEqual(image.metadata["Model"] & 0xFF, 3)
        self.assertGreater(max(image.pixels), min(image.pixels) + 1000)  # a kettle
        self.assertEqual(image.telemetry[209], 1)

    def test_too_fast(self):
        """Above 8 MHz bytes are lost and the sum tells; the image is gone, the next one is good."""
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            for _ in range(3):
                line.send("get_image")
                self.assertFalse(self.good(self.transfer(file, self.image_ready(line), 12000000)))
                self.shoot(line, file)

    def test_wire_time(self):
        """The answer comes when the last bit has travelled."""
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("get_image")
            size = self.image_ready(line)
            file.write(f"transfer {size}\n".encode())
            self.program.ok("status")
            self.step("45ms")  # of 59.4 at the usual 7 MHz
            self.program.ok("status")
            self.assertEqual(select.select([file], [], [], 0)[0], [])
            self.step("30ms")
            self.assertEqual(file.readline(), f"data {size}\n".encode())
            self.unpack(self.exactly(file, size))

    def test_short_and_long_transactions(self):
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            # Nothing lies there: zeros.
            self.assertEqual(self.transfer(file, 1000), bytes(1000))
            # Too short: used up, and the rest does not come.
            line.send("get_image")
            size = self.image_ready(line)
            self.assertEqual(self.transfer(file, 5)[:1], b"\x02")
            self.assertEqual(self.transfer(file, size), bytes(size))
            # Too long: zeros behind it.
            line.send("get_image")
            size = self.image_ready(line)
            data = self.transfer(file, size + 100)
            self.unpack(data[:size])
            self.assertEqual(data[size:], bytes(100))
            self.shoot(line, file)

    def test_a_stream(self):
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("stream_on", num_frames=12)
            self.assertEqual(line.packet()["cam_info"]["info_string"], "stream_on success")
            counters = []
            for _ in range(12):
                image = self.unpack(self.transfer(file, self.image_ready(line)))
                counters.append(image.counter)
                self.step("10ms")
            self.assertEqual(len(set(counters)), 12)
            self.step("3s")
            self.assertIn("status", self.ask_line(line, "get_status"))

    def test_a_slow_host_gets_fewer(self):
        """Images that find the port occupied are dropped, and count as sent."""
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("stream_on", num_frames=20)
            line.packet()
            images = 0
            for _ in range(20):
                self.step("900ms")
                if not line.buffer and not select.select([line.fd], [], [], 0)[0]:
                    break
                self.unpack(self.transfer(file, self.image_ready(line)))
                images += 1
            counters = self.program.ok("counters")["slave"]
            self.assertEqual(counters["sent"], images)
            self.assertEqual(counters["sent"] + counters["dropped"], 20)
            self.assertEqual(counters["timeouts"], 0)
            self.assertGreater(counters["dropped"], 10)

    def test_nobody_reads(self):
        """After a second the camera takes the packet back and goes on."""
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("get_image")
            size = self.image_ready(line)
            self.step("900ms")
            self.assertEqual(self.program.ok("counters")["slave"]["timeouts"], 0)
            self.step("200ms")
            self.assertEqual(self.program.ok("counters")["slave"]["timeouts"], 1)
            self.assertEqual(self.transfer(file, size), bytes(size))
            self.shoot(line, file)
            # A whole stream that nobody reads: announced once a second, commands as ever.
            line.send("stream_on")
            self.assertEqual(line.packet()["cam_info"]["info_value"], 1)
            self.step("8s")
            line.send("stream_off")
            announced = 0
            while "image_ready" in (packet := line.packet()):
                announced += 1
            self.assertEqual(packet["cam_info"]["info_string"], "stream_off success")
            self.assertTrue(5 <= announced <= 8, announced)
            self.step("2s")
            self.shoot(line, file)
        self.assertEqual(self.led(), "solid green")

    def test_commands_while_a_packet_waits(self):
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("get_image")
            size = self.image_ready(line)
            self.assertIn("status", self.ask_line(line, "get_status"))
            self.assertIn("config", self.ask_line(line, "get_config"))
            line.send("get_image")  # waits until the port is free
            self.step("300ms")
            self.unpack(self.transfer(file, size))
            self.unpack(self.transfer(file, self.image_ready(line)))

    def test_real_time(self):
        """The camera's own clock moves everything: frames, wires, the second of patience."""
        program = self.begin_hardware(step=False)
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("get_image")
            size = line.packet()["image_ready"]
            file.write(f"transfer {size} 8000000\n".encode())
            self.assertEqual(file.readline(), f"data {size}\n".encode())
            self.exactly(file, size)  # good, or zeros when this machine was a second late
            line.send("get_image")
            self.assertIn("image_ready", line.packet())
            program.until(lambda _: program.ok("counters")["slave"]["timeouts"] > 0, "a time-out")
            line.send("get_image")
            self.assertIn("image_ready", line.packet())

    def test_a_controller_that_goes_in_the_middle(self):
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            line.send("get_image")
            file.write(f"transfer {self.image_ready(line)}\n".encode())
            self.program.ok("status")
        line.send("get_image")
        self.image_ready(line)
        with contextlib.closing(self.controller()) as file:
            self.transfer(file, 10)
            self.shoot(line, file)


class Slave(HardwareCase):
    """The socket of the slave port."""

    def test_wrong_requests(self):
        self.begin_hardware()
        for request, why in (("read 5", "transfer SIZE"), ("", "transfer SIZE"),
                             ("transfer", "transfer SIZE"), ("transfer 0", "SIZE must be"),
                             ("transfer 65537", "SIZE must be"), ("transfer -1", "SIZE must be"),
                             ("transfer x", "SIZE must be"), ("transfer 5 9999", "HZ must be"),
                             ("transfer 5 80000001", "HZ must be"),
                             ("transfer 5 7000000 1", "transfer SIZE"),
                             ("transfer  5", "SIZE must be"), ("TRANSFER 5", "transfer SIZE"),
                             ("transfer 5\0", ""), ("x" * 1000, "too long"), ("x" * 64, "too long"),
                             ("\xff\xfe", "transfer SIZE")):
            with self.subTest(request):
                with contextlib.closing(self.controller()) as file:
                    file.write(request.encode("latin-1") + b"\n")
                    answer = file.readline().decode()
                    self.assertTrue(answer.startswith("error "), answer)
                    self.assertIn(why, answer)
                    self.assertEqual(file.read(1), b"")
        with contextlib.closing(self.controller()) as file:
            self.shoot(self.line(), file)

    def test_one_at_a_time(self):
        self.begin_hardware()
        line = self.line()
        with contextlib.closing(self.controller()) as file:
            self.transfer(file, 4)
            with contextlib.closing(self.controller()) as second:
                self.assertEqual(second.readline(), b"error another program has the port\n")
                self.assertEqual(second.read(1), b"")
            self.shoot(line, file)
        with contextlib.closing(self.controller()) as file:
            self.shoot(line, file)

    def test_requests_in_a_row_and_in_pieces(self):
        self.begin_hardware()
        with contextlib.closing(self.controller()) as file:
            file.write(b"transfer 8\ntransfer 16 8000000\ntrans")
            self.program.ok("status")
            file.write(b"fer 4\n")
            with self.program.stepping("10ms"):
                for size in (8, 16, 4):
                    self.assertEqual(file.readline(), f"data {size}\n".encode())
                    self.assertEqual(self.exactly(file, size), bytes(size))


class Serial(HardwareCase):
    """The pty: people come and go, the camera stays."""

    def test_a_name_for_it(self):
        name = self.directory() + "/camera"
        program = self.begin_hardware("--serial", name)
        self.assertTrue(os.path.islink(name))
        with Line(name) as line:
            self.assertIn("status", self.ask_line(line, "get_status"))
        text = self.fails(1, "run", "--mode", "hardware", "--serial", name, "--state", "none",
                          "--control", "none", "--slave", self.directory() + "/s")
        self.assertIn("another program uses", text)
        self.assertEqual(program.stop(), 0)
        self.assertFalse(os.path.lexists(name))
        with open(name, "w", encoding="ascii") as file:
            file.write("mine")
        text = self.fails(1, "run", "--mode", "hardware", "--serial", name, "--state", "none",
                          "--control", "none", "--slave", self.directory() + "/s")
        self.assertIn("is not a link", text)
        with open(name, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")

    def test_a_name_left_behind(self):
        """By a run that was killed: taken over."""
        name = self.directory() + "/camera"
        program = self.begin_hardware("--serial", name)
        program.kill()
        self.assertTrue(os.path.lexists(name))
        self.begin_hardware("--serial", name)
        with Line(name) as line:
            self.assertIn("status", self.ask_line(line, "get_status"))

    def test_pieces_and_many_at_once(self):
        self.begin_hardware()
        line = self.line()
        for byte in b"\x02{\"cmd\":\"get_config\"}\x03":
            line.write(bytes([byte]))
            self.program.ok("status")
        self.assertIn("config", line.packet())
        line.write(b"\x02{\"cmd\":\"get_status\"}\x03noise\x02{\"cmd\":\"get_config\"}\x03"
                   b"\x02nonsense\x03\x02{\"cmd\":\"get_wifi\"}\x03")
        self.assertEqual([next(iter(line.packet())) for _ in range(4)],
                         ["status", "config", "cam_info", "wifi"])

    def test_nobody_for_long(self):
        """A stream goes on meanwhile; whoever comes then begins with a whole packet of now."""
        self.begin_hardware()
        with Line(self.program.serial) as line:
            line.send("stream_on")
            self.assertEqual(line.packet()["cam_info"]["info_value"], 1)
            self.image_ready(line)
        for _ in range(10):
            self.step("4s")
        with Line(self.program.serial) as line, contextlib.closing(self.controller()) as file:
            size = self.image_ready(line)
            image = self.unpack(self.transfer(file, size))
            newest = self.program.ok("status")["frame"]["sensor_counter"]
            self.assertLessEqual(newest - image.counter, 12)
            line.send("stream_off")
            while "image_ready" in (packet := line.packet()):
                pass
            self.assertEqual(packet["cam_info"]["info_string"], "stream_off success")

    def test_replies_that_nobody_took_are_not_told_to_the_next(self):
        program = self.begin_hardware("-v")
        for turn in range(8):
            before = program.ok("counters")["tcam"]["commands"]
            with Line(program.serial) as line:
                for _ in range(turn * 3 + 1):
                    line.send("get_config")
                program.until(lambda _: program.ok("counters")["tcam"]["commands"] > before,
                              "a command")
            # Gone before the replies were read; the camera sees that within 50 ms.
            program.until(lambda _: program.stderr().count("has left the serial line") > 2 * turn,
                          "a reader that has left")
            with Line(program.serial) as line:
                self.assertIn("status", self.ask_line(line, "get_status"))
            program.until(lambda _: program.stderr().count("has left") > 2 * turn + 1,
                          "a reader that has left")

    def test_half_a_command_is_left(self):
        """The next one's first command starts with 0x02: what was there is forgotten."""
        self.begin_hardware()
        with Line(self.program.serial) as line:
            line.write(b"\x02{\"cmd\":\"get_")
            self.program.ok("status")
        with Line(self.program.serial) as line:
            self.assertIn("status", self.ask_line(line, "get_status"))

    def test_a_line_that_nobody_reads(self):
        """Open, and never read: the camera goes on, and answers as soon as it is read again."""
        program = self.begin_hardware()
        line = self.line()
        for _ in range(200):
            with contextlib.suppress(BlockingIOError):
                os.write(line.fd, b"\x02{\"cmd\":\"get_status\"}\x03")
        self.assertGreater(self.frames_in("5s"), 30)
        self.assertEqual(program.ok("status")["stage"], "running")
        line.write(b"\x02{\"cmd\":\"get_config\"}\x03")
        while "status" in (packet := line.packet()):
            pass
        self.assertIn("config", packet)

    def test_ctrl_c(self):
        for turn in range(4):
            with self.subTest(turn):
                program = self.begin_hardware()
                if turn:
                    line = self.line()
                    line.send("stream_on")
                    line.packet()
                if turn > 1:
                    size = self.image_ready(line)
                if turn > 2:
                    self.controller().write(f"transfer {size}\n".encode())
                    program.ok("status")
                self.assertEqual(program.stop(signal.SIGTERM), 0)
                self.assertFalse(os.path.exists(program.slave))


if __name__ == "__main__":
    unittest.main()
