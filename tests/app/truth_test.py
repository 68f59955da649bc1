"""Rows of the README's tables that are best seen through the whole program: the two modes, the USB port, what the
LED says while things go wrong, names, the button. docs/truth-table.md says which row is which test.
"""
import base64
import fcntl
import json
import os
import queue
import re
import select
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import unittest

import program
from program import IRONBOW, LIMIT_S, Case, Client, Running


class Hardware(Running):
    """`ironbow run --mode hardware`: no port, but a serial line and a slave SPI port."""

    def __init__(self, *args):
        self.directory = tempfile.mkdtemp(prefix="ib")
        self.control = os.path.join(self.directory, "control.sock")
        self.slave = os.path.join(self.directory, "slave.sock")
        self.errors = open(os.path.join(self.directory, "stderr"), "w+b")
        self.process = subprocess.Popen(
            [IRONBOW, "run", "--json", "--mode", "hardware", "--state", "none", "--clock", "step",
             "--control", self.control, "--slave", self.slave, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors)
        self.lines = []
        self.queue = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = None
        try:
            self.started = json.loads(self.line())
        except BaseException:
            self.kill()
            raise

    def transfer(self, size, clock_hz=7000000):
        """The SPI controller: one transaction."""
        with socket.socket(socket.AF_UNIX) as wires:
            wires.settimeout(LIMIT_S)
            wires.connect(self.slave)
            wires.sendall(f"transfer {size} {clock_hz}\n".encode())
            with self.stepping("20ms"), wires.makefile("rb") as file:
                head = file.readline()
                if head != f"data {size}\n".encode():
                    raise AssertionError(head)
                return file.read(size)


class Line:
    """The other end of a pty, as a socket that Client can use."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def sendall(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def recv(self, size, limit_s=LIMIT_S):
        """b"" when nothing comes for so long."""
        if not select.select([self.fd], [], [], limit_s)[0]:
            return b""
        return os.read(self.fd, size)

    def close(self):
        os.close(self.fd)


class SerialClient(Client):
    def __init__(self, path):
        self.socket = Line(path)
        self.buffer = b""


class Modes(Case):
    def test_mode_1_mode_pulled_high_wifi_socket_with_json(self):
        camera = self.start(step=True)
        self.assertEqual(camera.ok("network")["mode"], "access-point")
        with camera.client() as client:
            self.assertEqual(client.ask("get_status")["status"]["Model"] & 0xFF, 2)
            client.send("get_image")
            with camera.stepping():
                self.assertIn("metadata", vars(client.image()))
        self.assertEqual(camera.stop(), 0)

    def test_mode_2_mode_grounded_hardware_interface_serial_and_slave_spi(self):
        camera = Hardware()
        self.addCleanup(camera.kill)
        self.assertNotIn("tcam", camera.started)
        self.assertIn("error", camera.ask("network"))
        with SerialClient(camera.started["serial"]) as client:
            self.assertEqual(client.ask("get_status")["status"]["Model"] & 0xFF, 3)
            camera.ok("step 5s")
            self.assertEqual(camera.ok("led")["led"], "solid green")
            client.send("get_image")
            with camera.stepping("50ms"):
                size = client.packet()["image_ready"]
        self.assertEqual(size % 4, 0)
        data = camera.transfer(size)
        self.assertEqual(struct.unpack(">I", data[-4:])[0], sum(data[:-4]) & 0xFFFFFFFF)
        self.assertEqual((data[0], data[-5]), (2, 3))
        image = program.Image(json.loads(data[1:-5]))
        self.assertEqual(image.metadata["Model"] & 0xFF, 3)
        self.assertEqual(camera.stop(), 0)

    def test_hardware_interface_serial_port_230400_baud(self):
        camera = Hardware()
        self.addCleanup(camera.kill)
        line = Line(camera.started["serial"])
        self.addCleanup(line.close)
        iflag, oflag, cflag, lflag, inspeed, outspeed, _ = termios.tcgetattr(line.fd)
        self.assertEqual((inspeed, outspeed), (termios.B230400, termios.B230400))
        # 8N1, and every byte as it is.
        self.assertEqual(cflag & (termios.CSIZE | termios.PARENB | termios.CSTOPB), termios.CS8)
        self.assertEqual(iflag & (termios.IXON | termios.ICRNL | termios.ISTRIP), 0)
        self.assertEqual(oflag & termios.OPOST, 0)
        self.assertEqual(lflag & (termios.ECHO | termios.ICANON | termios.ISIG), 0)
        self.assertEqual(camera.stop(), 0)

    def test_hardware_interface_needs_no_client_to_be_ready(self):
        camera = Hardware()
        self.addCleanup(camera.kill)
        camera.ok("step 200ms")
        self.assertEqual(camera.ok("led")["led"], "solid red")
        camera.ok("step 5s")
        self.assertEqual(camera.ok("led")["led"], "solid green")
        camera.ok("button press 6s")
        camera.ok("step 7s")
        self.assertEqual(camera.ok("led")["led"], "solid green")
        self.assertEqual(camera.stop(), 0)


class Features(Case):
    def test_firmware_2_0_lepton_3_0_is_supported(self):
        camera = self.start("--camera", "sim:lepton-3.0", step=True)
        camera.ok("step 5s")
        with camera.client() as client:
            self.assertEqual(client.ask("get_status")["status"]["Model"] & 0x3FF, 0x102)
            client.send("get_image")
            with camera.stepping():
                image = client.image()
        self.assertEqual(image.telemetry[208], 0)  # no TLinear: counts, not temperatures
        self.assertLess(max(image.pixels), 1 << 14)
        self.assertGreater(len(set(image.pixels)), 100)
        self.assertEqual(camera.stop(), 0)

    def test_firmware_2_0_the_full_8_7_fps(self):
        camera = self.start(step=True)
        before = camera.ok("step 5s")["frames"]
        counters = []
        with camera.client() as client:
            self.assertEqual(client.ask("stream_on")["cam_info"]["info_value"], 1)
            for _ in range(200):
                frames = camera.ok("step 50ms")["frames"] - before
                while len(counters) < frames:
                    counters.append(client.image().counter)
        self.assertGreaterEqual(len(counters), 87)  # in ten seconds of the camera's time
        self.assertEqual(len(set(counters)), len(counters))
        self.assertEqual(camera.stop(), 0)


class Lepton(Case):
    """Arguments that mean something to the Lepton: seen in what it puts into its own telemetry."""

    def setUp(self):
        self.camera = self.start(step=True)
        self.camera.ok("step 5s")
        self.client = self.camera.client()
        self.addCleanup(self.client.close)

    def tearDown(self):
        if self.camera.process.returncode is None:
            self.assertEqual(self.camera.stop(), 0)

    def ask(self, name, **args):
        with self.camera.stepping("50ms"):
            return self.client.ask(name, **args)

    def set(self, name, **args):
        self.assertEqual(self.ask(name, **args)["cam_info"],
                         {"info_value": 1, "info_string": f"{name} success"})

    def image(self, condition):
        """The first image that is so; ten are enough for every setting."""
        for _ in range(10):
            self.client.send("get_image")
            with self.camera.stepping("50ms"):
                image = self.client.image()
            if condition(image.telemetry):
                return image
        raise AssertionError(image.telemetry)

    def test_set_config_agc_enabled(self):
        self.assertGreater(max(self.image(lambda t: t[208] == 1).pixels), 255)
        self.set("set_config", agc_enabled=1)
        self.assertLessEqual(max(self.image(lambda t: t[3] >> 12 & 1).pixels), 255)
        self.assertEqual(self.client.ask("get_config")["config"]["agc_enabled"], 1)
        self.set("set_config", agc_enabled=0)
        self.assertGreater(max(self.image(lambda t: not t[3] >> 12 & 1).pixels), 255)

    def test_set_config_emissivity(self):
        for percent in (1, 98, 100):
            self.set("set_config", emissivity=percent)
            self.image(lambda t, wanted=round(percent * 81.92): t[99] == wanted)

    def test_set_config_gain_mode(self):
        for mode, resolution in ((1, 0), (2, None), (0, 1)):
            self.set("set_config", gain_mode=mode)
            image = self.image(lambda t, wanted=mode: t[165] == wanted)
            if resolution is not None:  # 0.1 K a count in low gain, 0.01 K in high
                self.assertEqual(image.telemetry[209], resolution)

    def test_set_spotmeter_c1_c2_r1_r2(self):
        self.set("set_spotmeter", c1=79, c2=80, r1=59, r2=60)
        image = self.image(lambda t: t[214:218] == [59, 79, 60, 80])
        self.assertEqual(image.telemetry[213], 4)  # pixels
        box = [image.pixels[row * 160 + column] for row in (59, 60) for column in (79, 80)]
        self.assertTrue(min(box) - 100 <= image.telemetry[210] <= max(box) + 100)

    def test_command_run_ffc(self):
        before = self.image(lambda t: True).telemetry
        self.set("run_ffc")
        after = self.image(lambda t: True).telemetry
        self.assertGreater(after[30] | after[31] << 16, before[30] | before[31] << 16)

    def test_get_lep_cci_and_set_lep_cci_command_length_data(self):
        """The README's own examples."""
        reply = self.ask("set_lep_cci", command=20173, length=4, data="OwBPADwAUAA=")
        self.assertEqual(reply, {"cci_reg": {"command": 20173, "length": 4, "status": 6}})
        reply = self.ask("get_lep_cci", command=20172, length=4)
        self.assertEqual(reply, {"cci_reg": {"command": 20172, "length": 4, "status": 6,
                                             "data": "OwBPADwAUAA="}})
        self.image(lambda t: t[214:218] == [59, 79, 60, 80])


class UsbPort(Case):
    def setUp(self):
        self.path = os.path.join(self.directory(), "usb")

    def text(self, line, wanted):
        """What the port says until `wanted` has come."""
        text = b""
        while wanted not in text:
            more = line.recv(4096)
            self.assertTrue(more, text)
            text += more
        return text.decode()

    def test_usb_port_serial_logging(self):
        camera = self.start("--log-port", self.path, "--state", self.directory())
        line = Line(self.path)
        self.addCleanup(line.close)
        text = self.text(line, b"\r\n")
        for row in text.split("\r\n")[:-1]:
            self.assertRegex(row, r"^[EWID] \(\d+\) [\w-]+: .")
        self.assertEqual(camera.stop(), 0)

    def test_usb_port_serial_logging_is_held_to_115200_baud(self):
        """More is said than the line carries: then lines are left out, counted, and nobody waits."""
        camera = self.start("--log-port", self.path, step=True)
        line = Line(self.path)
        self.addCleanup(line.close)
        text, start = b"", time.monotonic()
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(LIMIT_S)
            control.connect(camera.control)
            file = control.makefile("rb")
            while b"lines left out: the port is too slow" not in text:
                self.assertLess(time.monotonic() - start, LIMIT_S, text[-300:])
                control.sendall(b"fault network\nheal\n" * 100)
                for _ in range(200):
                    self.assertTrue(json.loads(file.readline())["ok"])
                more = line.recv(65536, 0.0)
                while more:
                    text += more
                    more = line.recv(65536, 0.0)
        # Ten bits a byte, and a burst. What slows the test down only gives it more room.
        elapsed_s = time.monotonic() - start
        self.assertLessEqual(len(text), 2 * 8192 + 4096 + 11520 * (elapsed_s + 1))
        self.assertEqual(camera.stop(), 0)

    def test_usb_port_reset_and_boot_mode_lines_are_not_carried(self):
        camera = self.start("--log-port", self.path, step=True)
        camera.ok("step 5s")
        before = camera.ok("counters")["board"]["restarts"]
        for _ in range(3):
            line = Line(self.path)
            with self.assertRaises(OSError):  # what a programmer would pull: RTS and DTR
                fcntl.ioctl(line.fd, termios.TIOCMBIS,
                            struct.pack("I", termios.TIOCM_RTS | termios.TIOCM_DTR))
            line.sendall(b"\xc0\x00\x08\x24\x00\x00\x00\x00\x00\x07\x07\x12\x20\xc0")
            line.close()
        camera.ok("step 5s")
        status = camera.ok("status")
        self.assertEqual(camera.ok("counters")["board"]["restarts"], before)
        self.assertEqual((status["stage"], status["led"]), ("running", "solid yellow"))
        self.assertEqual(camera.stop(), 0)

    def test_usb_port_additional_start_up_and_fault_information(self):
        camera = self.start("--log-port", self.path, step=True)
        line = Line(self.path)
        self.addCleanup(line.close)
        camera.ok("fault lepton-cci")
        camera.ok("step 30s")
        self.assertRegex(self.text(line, b"fault 4"), r"fault 4 \(lepton-cci\): .*Lepton")
        camera.ok("heal")
        camera.ok("step 40s")
        self.text(line, b"fault 4 (lepton-cci) is gone")
        self.assertEqual(camera.stop(), 0)


class Status(Case):
    """The LED of the whole program, each state reached by what brings it in life."""

    def setUp(self):
        self.camera = self.start(step=True)

    def tearDown(self):
        if self.camera.process.returncode is None:
            self.assertEqual(self.camera.stop(), 0)

    def led(self):
        return self.camera.ok("led")["led"]

    def lights(self, count, step):
        """The set of colours seen in so many steps."""
        seen = set()
        for _ in range(count):
            led = self.camera.ok("led")
            seen.add((led["red"], led["green"]))
            self.camera.ok(f"step {step}")
        return seen

    def test_status_solid_red_initializing(self):
        self.camera.ok("step 100ms")
        self.assertEqual(self.led(), "solid red")
        self.assertEqual(self.lights(5, "50ms"), {(True, False)})

    def test_status_blinking_yellow_ap_mode_no_client(self):
        self.camera.ok("station go")
        self.camera.ok("step 5s")
        self.assertEqual((self.led(), self.lights(8, "250ms")),
                         ("blinking yellow", {(True, True), (False, False)}))

    def test_status_solid_yellow_ap_mode_client_connected(self):
        self.camera.ok("step 5s")
        self.assertEqual((self.led(), self.lights(8, "250ms")), ("solid yellow", {(True, True)}))

    def join(self):
        with self.camera.client() as client:
            reply = client.ask("set_wifi", sta_ssid="HomeNetwork", sta_pw="ironbow-home", flags=129)
            self.assertEqual(reply["cam_info"]["info_value"], 1)
        self.camera.ok("step 10s")
        self.assertEqual(self.camera.ok("network")["mode"], "station")

    def test_status_blinking_yellow_client_mode_not_connected_to_an_ap(self):
        self.camera.ok("step 5s")
        self.join()
        self.camera.ok("air out HomeNetwork")
        self.camera.ok("step 1s")
        self.assertEqual((self.led(), self.lights(8, "250ms")),
                         ("blinking yellow", {(True, True), (False, False)}))

    def test_status_solid_yellow_client_mode_connected_to_an_ap(self):
        self.camera.ok("step 5s")
        self.join()
        self.assertEqual((self.led(), self.lights(8, "250ms")), ("solid yellow", {(True, True)}))

    def test_status_solid_green_wifi_mode_socket_connected(self):
        self.camera.ok("step 5s")
        with self.camera.client() as client:
            client.ask("get_status")
            self.camera.ok("step 100ms")
            self.assertEqual((self.led(), self.lights(8, "250ms")),
                             ("solid green", {(False, True)}))

    def test_status_fast_blink_yellow_wifi_reset(self):
        self.camera.ok("step 5s")
        self.camera.ok("button press 6s")
        self.camera.ok("step 5200ms")
        self.assertEqual((self.led(), self.lights(10, "50ms")),
                         ("fast blink yellow", {(True, True), (False, False)}))

    def ask_update(self, client):
        path = os.path.join(self.directory(), "try.bin")
        self.works("firmware", "make", "--version", "9.9", "-o", path)
        reply = client.ask("fw_update_request", length=os.path.getsize(path), version="9.9")
        self.assertEqual(reply["cam_info"]["info_value"], 1)

    def test_status_alternating_red_green_update_requested(self):
        self.camera.ok("step 5s")
        with self.camera.client() as client:
            self.ask_update(client)
            self.camera.ok("step 100ms")
            self.assertEqual((self.led(), self.lights(10, "125ms")),
                             ("alternating red/green", {(True, False), (False, True)}))

    def test_status_blinking_green_update_in_process(self):
        self.camera.ok("step 5s")
        with self.camera.client() as client:
            self.ask_update(client)
            self.camera.ok("button press")
            self.camera.ok("step 2s")
            self.assertEqual(client.packet()["get_fw"]["start"], 0)
            self.assertEqual((self.led(), self.lights(10, "50ms")),
                             ("blinking green", {(False, True), (False, False)}))


class Update(Case):
    def test_ota_step_6_validated_cam_info_and_reboot(self):
        """All six steps with a whole program, and what it reports afterwards."""
        camera = self.start(step=True)
        camera.ok("step 5s")
        path = os.path.join(self.directory(), "try.bin")
        self.works("firmware", "make", "--version", "9.9", "-o", path)
        with open(path, "rb") as file:
            firmware = file.read()
        sent = bytearray()
        with camera.client() as client:
            reply = client.ask("fw_update_request", length=len(firmware), version="9.9")
            self.assertEqual(reply["cam_info"]["info_value"], 1)
            camera.ok("step 1s")
            camera.ok("button press")
            with camera.stepping("50ms"):
                packet = client.packet()
                while "get_fw" in packet:
                    at, size = packet["get_fw"]["start"], packet["get_fw"]["length"]
                    self.assertEqual((at, size), (len(sent), min(8192, len(firmware) - at)))
                    piece = firmware[at:at + size]
                    sent += piece
                    client.send("fw_segment", start=at, length=size,
                                data=base64.b64encode(piece).decode())
                    packet = client.packet()
            self.assertEqual(packet["cam_info"],
                             {"info_value": 6, "info_string": "Firmware update success"})
            self.assertEqual(sent, firmware)
            with camera.stepping("50ms"), self.assertRaises(ConnectionError):
                while True:
                    client.packet()  # it restarts: all connections end
        camera.ok("step 10s")
        status = camera.ok("status")
        self.assertEqual((status["firmware"], status["stage"]), ("9.9", "running"))
        self.assertEqual((status["update"]["slot"], status["update"]["probation"]), (0, False))
        with camera.client() as client:
            self.assertEqual(client.ask("get_status")["status"]["Version"], "9.9")
        self.assertEqual(camera.stop(), 0)


class Faults(Case):
    """Each blink code brought about by its name, shown by the LED, and gone again."""

    def shows(self, name, blinks, step="30s"):
        camera = self.start(step=True)
        camera.ok("step 5s")
        self.assertEqual(camera.ok("led")["blinks"], 0)
        camera.ok(f"fault {name}")
        camera.ok(f"step {step}")
        led = camera.ok("led")
        self.assertEqual((led["led"], led["blinks"], led["fault"]),
                         ("series of red blinks", blinks, name))
        self.assertEqual(camera.ok("status")["board_fault"], name)
        # A series: so many times red from dark to dark, then two seconds of nothing.
        flashes, dark, lit = [], 0, False
        for _ in range(2 * (blinks * 10 + 40)):
            led = camera.ok("led")
            self.assertFalse(led["green"])
            if led["red"] and not lit:
                flashes.append(dark)
            dark = 0 if led["red"] else dark + 1
            lit = led["red"]
            camera.ok("step 50ms")
        pauses = [i for i, before in enumerate(flashes) if before > 20]
        self.assertGreaterEqual(len(pauses), 1, flashes)
        if len(pauses) > 1:
            self.assertEqual(pauses[1] - pauses[0], blinks, flashes)
        camera.ok("heal")
        camera.ok("step 60s")
        self.assertEqual(camera.ok("led")["blinks"], 0)
        self.assertEqual(camera.stop(), 0)

    def test_fault_1_blink_peripheral_initialization_failed(self):
        self.shows("peripheral", 1)

    def test_fault_2_blinks_storage_or_wifi_initialization_failed(self):
        self.shows("storage", 2)

    def test_fault_3_blinks_memory_buffer_allocation_failed(self):
        self.shows("memory", 3)

    def test_fault_4_blinks_lepton_cci_communication_failed(self):
        self.shows("lepton-cci", 4)

    def test_fault_5_blinks_lepton_vospi_communication_failed(self):
        self.shows("lepton-vospi", 5)

    def test_fault_6_blinks_internal_network_error(self):
        self.shows("network", 6)

    def test_fault_7_blinks_lepton_vospi_synchronization(self):
        self.shows("lepton-sync", 7, "90s")

    def test_fault_8_blinks_update_failed(self):
        camera = self.start(step=True)
        camera.ok("step 5s")
        camera.ok("fault update")
        with camera.client() as client:
            self.assertEqual(client.ask("fw_update_request", length=20000,
                                        version="9.9")["cam_info"]["info_value"], 1)
            camera.ok("button press")
            camera.ok("step 2s")
            info = client.packet()["cam_info"]
            self.assertEqual(info["info_value"], 6)
            self.assertIn("failed", info["info_string"])
        led = camera.ok("led")
        self.assertEqual((led["led"], led["blinks"], led["fault"]),
                         ("series of red blinks", 8, "update"))
        self.assertEqual(camera.stop(), 0)


class Wifi(Case):
    def test_wifi_default_ssid_tcam_mini_hhhh(self):
        for mac, digits in (("02:00:00:12:ef:b5", "EFB5"), ("aa-bb-cc-dd-00-0a", "000A")):
            camera = self.start("--mac", mac)
            with camera.client() as client:
                wifi = client.ask("get_wifi")["wifi"]
                self.assertEqual(wifi["ap_ssid"], f"tCam-Mini-{digits}")
                self.assertEqual(client.ask("get_status")["status"]["Camera"], wifi["ap_ssid"])
            self.assertEqual(camera.stop(), 0)

    def test_wifi_one_device_at_a_time_several_are_served(self):
        camera = self.start("--max-clients", "3")
        clients = [camera.client() for _ in range(3)]
        for client in clients:
            self.addCleanup(client.close)
            self.assertIn("status", client.ask("get_status"))
        with camera.client() as fourth:
            self.assertEqual(fourth.packet(), {"cam_info": {"info_value": 0,
                                                            "info_string": "Too many clients"}})
        self.assertIn("status", clients[0].ask("get_status"))
        self.assertEqual(camera.stop(), 0)

    def test_wifi_is_not_encrypted(self):
        camera = self.start()
        with socket.create_connection(("127.0.0.1", camera.port), timeout=LIMIT_S) as plain:
            plain.sendall(b'\x02{"cmd":"get_status"}\x03')
            self.assertRegex(plain.recv(4096), rb'^\x02{"status":{"Camera":"tCam-Mini-')
        self.assertEqual(camera.stop(), 0)

    def test_button_held_more_than_5_s_resets_wifi(self):
        camera = self.start(step=True)
        camera.ok("step 5s")
        with camera.client() as client:
            reply = client.ask("set_wifi", sta_ssid="HomeNetwork", sta_pw="ironbow-home", flags=129)
            self.assertEqual(reply["cam_info"]["info_value"], 1)
        camera.ok("step 10s")
        network = camera.ok("network")
        self.assertEqual((network["mode"], network["ssid"], network["ip"]),
                         ("station", "HomeNetwork", "192.168.1.57"))
        camera.ok("button press 4s")
        camera.ok("step 10s")
        self.assertEqual(camera.ok("network")["mode"], "station")
        camera.ok("button press 6s")
        camera.ok("step 15s")
        network = camera.ok("network")
        self.assertEqual((network["mode"], network["ip"]), ("access-point", "192.168.4.1"))
        self.assertTrue(re.fullmatch(r"tCam-Mini-[0-9A-F]{4}", network["ssid"]), network)
        self.assertEqual(camera.stop(), 0)


if __name__ == "__main__":
    unittest.main()
