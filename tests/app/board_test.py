"""The board around the camera as its owner sees it: status LED, button, faults, what it remembers.

Seeded: a failure says the seed, `SEED=n` replays it.
"""
import os
import random
import socket
import unittest

from board_case import FAULTS, HOME, NAME, BoardCase
from program import LIMIT_S, Client

FAST = [("yellow", 100), ("-", 100)]
SEED = int(os.environ.get("SEED", "1"))


def fault_pattern(number):
    pattern = [("red", 200), ("-", 300)] * number
    return [*pattern[:-1], ("-", 2300)]


class Led(BoardCase):
    """Every row of the table of the status LED."""

    def test_solid_red_until_the_lepton_is_set_up(self):
        self.begin(run_s=0)
        self.assertEqual((self.led(), self.colour()), ("solid red", "red"))
        while self.led() == "solid red":
            self.assertEqual(self.colour(), "red")
            self.assertLess(self.step("50ms")["time_s"], 10)
        self.assertIn(self.program.ok("status")["stage"], ("starting", "running"))
        self.steady("yellow")

    def test_access_point(self):
        """Blinking yellow without a station, solid yellow with one."""
        self.begin()
        self.assertEqual(self.led(), "solid yellow")
        self.program.ok("station go")
        self.assertEqual(self.led(), "blinking yellow")
        seen = self.waveform(7000)
        self.assertEqual(seen[0][0], "yellow")  # it begins lit
        self.assertAlmostEqual(seen[0][1], 1000, delta=50)
        self.repeats([("yellow", 1000), ("-", 1000)], 7000)
        self.program.ok("station come")
        self.shows("solid yellow", 5)
        self.steady("yellow")

    def test_client_of_a_network(self):
        self.begin()
        self.set_wifi(**HOME)
        self.shows("blinking yellow", 2)
        self.shows("solid yellow", 20)
        self.program.ok("air out HomeNetwork")
        self.shows("blinking yellow", 2)
        self.program.ok("air in HomeNetwork")
        self.shows("solid yellow", 20)

    def test_solid_green_with_a_client(self):
        program = self.begin()
        with program.client() as client:
            client.ask("get_status")
            self.assertEqual(self.led(), "solid green")
            self.steady("green", 1000)
            with program.client() as second:
                second.ask("get_status")
            program.until(lambda status: status["clients"] == 1, "one client")
            self.assertEqual(self.led(), "solid green")
        program.until(lambda status: status["clients"] == 0, "no clients")
        self.assertEqual(self.led(), "solid yellow")

    def test_reset_alert_and_what_it_does(self):
        program = self.begin()
        self.set_wifi(ap_ssid="Renamed")
        self.connected()
        self.assertEqual(self.ask("get_status")["status"]["Camera"], "Renamed")
        self.hold("6s")
        self.step("4900ms")
        self.assertEqual(self.led(), "solid yellow")
        # Sampled every 50 ms, and two samples count.
        self.assertLessEqual(self.shows("fast blink yellow", 0.5), 0.3)
        self.repeats(FAST, 2000)
        self.assertEqual(program.ok("status")["name"], "Renamed")
        self.step("1s")  # three seconds are over
        self.assertEqual(program.ok("status")["name"], NAME)
        self.shows("solid yellow", 10)
        self.assertEqual(self.ask("get_wifi")["wifi"]["ap_ssid"], NAME)

    def test_update_asked_and_running(self):
        """Alternating red and green until the button says yes, blinking green from then on, and
        what was there before when the client goes."""
        program = self.begin()
        with program.client() as client:
            reply = client.ask("fw_update_request", length=500000, version="9.9")
            self.assertEqual(reply["cam_info"]["info_value"], 1)
            self.assertEqual(self.led(), "alternating red/green")
            self.repeats([("red", 250), ("green", 250)], 3000)
            self.hold("200ms")
            self.shows("blinking green", 1)
            self.repeats([("green", 100), ("-", 100)], 2000)
            self.assertEqual(client.packet(), {"get_fw": {"start": 0, "length": 8192}})
        program.until(lambda status: status["clients"] == 0, "no clients")
        self.assertEqual(self.led(), "solid yellow")
        self.assertEqual(program.ok("status")["update"]["stage"], "idle")

    def test_update_nobody_confirms(self):
        program = self.begin()
        with program.client() as client:
            client.ask("fw_update_request", length=500000, version="9.9")
            self.step("59s")
            self.assertEqual(self.led(), "alternating red/green")
            self.step("2s")
            info = client.packet()["cam_info"]
            self.assertEqual(info["info_value"], 6)
            self.assertIn("timed out", info["info_string"])
            self.assertEqual(self.led(), "solid green")

    def test_series_of_red_blinks(self):
        self.begin()
        for number, name in ((1, "peripheral"), (3, "memory"), (6, "network")):
            with self.subTest(name):
                self.program.ok(f"fault {name}")
                self.shows_fault(name)
                self.repeats(fault_pattern(number), 3 * (500 * number + 2000))
                self.program.ok("heal")
                self.frames_come(30)
                self.assertEqual(self.led(), "solid yellow")


class Faults(BoardCase):
    def bring_about(self, name):
        """The fault, and whatever it needs to be felt."""
        self.program.ok(f"fault {name}")
        if name == "update":
            self.fail_an_update()
        self.shows_fault(name)

    def fail_an_update(self):
        with self.program.client() as client:
            client.ask("fw_update_request", length=500000, version="9.9")
            self.hold("200ms")
            with self.program.stepping("100ms"):
                info = client.packet()["cam_info"]
            self.assertEqual(info["info_value"], 6)
            self.assertIn("flash init failed", info["info_string"])

    def healed(self, name):
        self.program.ok("heal")
        if name == "update":  # stays until the button, or a new update
            self.step("5s")
            self.shows_fault(name)
            self.hold("5500ms")
            self.step("9s")
        self.frames_come(60)
        self.shows("solid yellow", 10)  # settings are tried every 5 s
        status = self.program.ok("status")
        self.assertEqual((status["board_fault"], status["stage"]), ("none", "running"))

    def test_each_comes_and_goes(self):
        program = self.begin()
        listed = {row["name"]: row.get("blinks") for row in program.ok("faults")["faults"]}
        for number, name in enumerate(FAULTS, 1):
            with self.subTest(name):
                self.assertEqual(listed[name], number)
                self.bring_about(name)
                self.assertEqual(program.ok("status")["board_fault"], name)
                self.step("6s")
                self.shows_fault(name, 0.5)
                self.healed(name)
        # Dead buses are felt by the camera, too: 4 and 5 come with 1, unseen behind it.
        counts = program.ok("counters")["board"]["faults"]
        self.assertTrue(all(counts), counts)
        self.assertEqual([counts[i] for i in (0, 1, 2, 5, 7)], [1] * 5)

    def test_each_from_the_start(self):
        for name in FAULTS[:7]:
            with self.subTest(name):
                self.begin("--fault", name, run_s=0)
                self.shows_fault(name)
                self.healed(name)
                self.end()

    def test_the_lowest_number_is_shown(self):
        self.begin()
        for name in ("network", "memory", "peripheral"):
            self.program.ok(f"fault {name}")
            self.shows_fault(name, 0.5)
        self.program.ok("heal")
        self.frames_come(30)
        self.assertEqual(self.led(), "solid yellow")

    def test_a_long_press_works_in_each(self):
        """The network settings are back to their defaults, the fault is still there and shown."""
        program = self.begin()
        for name in FAULTS:
            with self.subTest(name):
                self.set_wifi(ap_ssid=f"in {name}")
                self.connected()
                self.bring_about(name)
                self.assertEqual(program.ok("status")["name"], f"in {name}")
                self.hold("5500ms")
                self.step("5500ms")
                self.assertEqual(self.led(), "fast blink yellow")
                self.step("5s")
                self.assertEqual(program.ok("status")["name"], NAME)
                if name != "update":  # the button clears that one
                    self.shows_fault(name)
                program.ok("heal")
                self.frames_come(60)
                self.connected()
                self.assertEqual(self.ask("get_wifi")["wifi"]["ap_ssid"], NAME)

    def test_a_port_that_cannot_be_opened(self):
        """Fault 6 closes the port; it comes back with the same number."""
        program = self.begin()
        with program.client() as client:
            client.ask("get_status")
            program.ok("fault network")
            with self.assertRaises(ConnectionError):
                client.packet()
        self.refused()
        self.step("10s")
        self.refused()
        program.ok("heal")
        self.step("1s")
        with program.client() as client:
            self.assertIn("status", client.ask("get_status"))

    def refused(self):
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.program.port), timeout=LIMIT_S)


class Button(BoardCase):
    def setUp(self):
        self.begin()
        self.set_wifi(ap_ssid="Mine")
        self.connected()

    def name_after(self, seconds):
        self.step(f"{seconds}s")
        return self.program.ok("status")["name"]

    def presses(self):
        board = self.program.ok("counters")["board"]
        return board["presses_short"], board["presses_long"]

    def test_a_short_press_means_nothing(self):
        self.program.ok("button press")
        self.assertEqual(self.name_after(10), "Mine")
        self.assertEqual((self.presses(), self.led()), ((1, 0), "solid yellow"))

    def test_not_quite_long_enough(self):
        self.hold("4900ms")
        self.assertEqual(self.name_after(10), "Mine")
        self.assertEqual(self.presses(), (1, 0))

    def test_once_while_it_is_held(self):
        self.program.ok("button down")
        self.step("4900ms")
        self.assertEqual(self.presses(), (0, 0))
        self.step("300ms")
        self.assertEqual((self.presses(), self.led()), ((0, 1), "fast blink yellow"))
        self.assertEqual(self.name_after(20), NAME)
        self.assertEqual(self.presses(), (0, 1))
        self.program.ok("button up")
        self.step("1s")
        self.assertEqual(self.presses(), (0, 1))

    def test_a_bounce_is_no_press(self):
        for _ in range(20):
            self.program.ok("button press 30ms")
            self.step("170ms")
        self.assertEqual(self.presses(), (0, 0))

    def test_bad_words(self):
        for line in ("button", "button jump", "button press soon", "button press 0s",
                     "button down 3s", "button press 2h"):
            self.assertIs(self.program.ask(line)["ok"], False, line)

    def test_not_while_an_update_waits(self):
        """There a short press says yes, and a long one nothing."""
        with self.program.client() as client:
            client.ask("fw_update_request", length=500000, version="9.9")
            self.hold("6s")
            self.assertEqual(self.name_after(10), "Mine")
            self.assertEqual(self.led(), "alternating red/green")


class Memory(BoardCase):
    """What outlives the program."""

    def setUp(self):
        self.state = self.directory() + "/state"

    def again(self, *args, state=None, **kwargs):
        """End what runs, and start on the same directory."""
        self.end()
        return self.begin("--state", state or self.state, *args, **kwargs)

    def change_all(self):
        reply = self.ask("set_config", agc_enabled=1, emissivity=77, gain_mode=2)
        self.assertEqual(reply["cam_info"]["info_value"], 1)
        self.set_wifi(ap_ssid="Cellar", ap_pw="a password", ap_ip_addr="192.168.7.1")
        self.connected()
        self.step("2s")

    def remembered(self):
        config = self.ask("get_config")["config"]
        wifi = self.ask("get_wifi")["wifi"]
        return ((config["agc_enabled"], config["emissivity"], config["gain_mode"]),
                (wifi["ap_ssid"], wifi["ap_ip_addr"], wifi["cur_ip_addr"]))

    ALL = ((1, 77, 2), ("Cellar", "192.168.7.1", "192.168.7.1"))
    DEFAULT = ((0, 100, 0), (NAME, "192.168.4.1", "192.168.4.1"))

    def test_settings_survive(self):
        self.again()
        self.assertEqual(self.remembered(), self.DEFAULT)
        self.change_all()
        self.again()
        self.assertEqual(self.remembered(), self.ALL)
        # In force, too: the Lepton's own registers, and the image says so.
        with self.program.stepping():
            self.assertEqual(self.program.ok("cci agc_enable")["words"][0], 1)
            self.assertEqual(self.program.ok("cci sys_gain_mode")["words"][0], 2)
        with self.program.client() as client:
            client.send("get_image")
            with self.program.stepping():
                image = client.image()
        self.assertEqual(image.metadata["Camera"], "Cellar")
        self.assertEqual(image.telemetry[99], 77 * 8192 // 100)
        # Whoever repeats them costs no flash.
        saves = self.program.ok("counters")["board"]["settings_saves"]
        self.ask("set_config", agc_enabled=1, emissivity=77, gain_mode=2)
        self.step("5s")
        self.assertEqual(self.program.ok("counters")["board"]["settings_saves"], saves)
        # The button resets the network and leaves the Lepton alone.
        self.hold("6s")
        self.step("15s")
        self.again()
        self.assertEqual(self.remembered(), (self.ALL[0], self.DEFAULT[1]))

    def test_settings_that_can_be_read_late(self):
        """Until then nothing is written over them; then they are in force all the same."""
        self.again()
        self.change_all()
        self.again("--fault", "storage")
        self.shows_fault("storage", 1)
        self.assertEqual(self.remembered(), self.DEFAULT)
        with self.program.client() as client:
            info = client.ask("set_wifi", ap_ssid="Attic")["cam_info"]
            self.assertEqual(info["info_value"], 0)
        self.step("20s")
        self.program.ok("heal")
        self.step("8s")
        self.assertEqual(self.remembered(), self.ALL)
        self.assertEqual(self.program.ok("status")["board_fault"], "none")
        self.again()
        self.assertEqual(self.remembered(), self.ALL)

    def test_nothing_is_kept_without_a_state(self):
        self.again(state="none")
        self.change_all()
        self.again(state="none")
        self.assertEqual(self.remembered(), self.DEFAULT)
        self.assertFalse(os.path.exists("none"))

    def test_a_second_one_on_the_same_state(self):
        """On the default place it says so and runs; on a place that was asked for it does not."""
        home = self.directory()
        first = self.begin(home=home)
        self.assertNotIn("not be kept", first.stderr())
        second = self.start("--camera", "sim:lepton-3.5", step=True, home=home)
        second.ok("step 5s")
        self.assertIn("settings will not be kept", second.stderr())
        self.assertIn("another program is using it", second.stderr())
        self.assertGreater(second.ok("status")["frames"], 10)
        text = self.fails(1, "run", "--tcam-port", "0", "--control", "none",
                          "--state", f"{home}/ironbow/{NAME}")
        self.assertIn("another program is using it", text)
        self.assertEqual(second.stop(), 0)

    def test_a_state_that_cannot_be(self):
        place = self.directory()
        with open(place + "/file", "w", encoding="ascii") as file:
            file.write("no directory")
        os.makedirs(place + "/odd/settings.bin")
        for path, why in ((place + "/file", "Not a directory"),
                          (place + "/file/below", "Not a directory"),
                          ("/proc/ironbow", "/proc/ironbow"), ("", "")):
            text = self.fails(1, "run", "--tcam-port", "0", "--control", "none", "--state", path)
            self.assertIn(why, text)
        self.fails(1, "run", "--tcam-port", "0", "--control", "none", "--state", place + "/odd")
        self.assertEqual(sorted(os.listdir(place)), ["file", "odd"])

    def test_damaged_settings(self):
        self.again()
        self.change_all()
        self.end()
        path = self.state + "/settings.bin"
        with open(path, "rb") as file:
            good = file.read()
        random.seed(SEED)
        noise = random.randbytes(len(good))
        for what, content in (("noise", noise), ("nothing", b""), ("a piece", good[:20]),
                              ("zeros", bytes(len(good))),
                              ("bits", bytes(a ^ (1 << i % 8) for i, a in enumerate(good)))):
            with self.subTest(what):
                with open(path, "wb") as file:
                    file.write(content)
                self.again()
                self.assertEqual(self.remembered(), self.DEFAULT)
                self.assertIn("no stored settings were found" if what in ("nothing", "zeros") else
                              "the stored settings are damaged", self.program.stderr())
        self.end()
        # One of two copies is enough: one of them is the newest.
        half = len(good) // 2
        for damaged in (noise[:half] + good[half:], good[:half] + noise[half:]):
            with open(path, "wb") as file:
                file.write(damaged)
            self.again()
            self.assertEqual(self.remembered()[1], self.ALL[1])

    def test_killed_while_settings_change(self):
        """Nothing that was confirmed is lost, and nothing turns up that nobody has set."""
        chance = random.Random(SEED)
        name, emissivity = NAME, 100
        for turn in range(6):
            program = self.again()
            seen = self.remembered()
            self.assertEqual((seen[1][0], seen[0][1]), (name, emissivity), f"SEED={SEED} {turn}")
            stored = emissivity
            names = {name}
            for number in range(chance.randrange(1, 4)):
                name = f"turn {turn} name {number}"
                emissivity = chance.randrange(10, 100)
                reply = self.ask("set_config", emissivity=emissivity)
                self.assertEqual(reply["cam_info"]["info_value"], 1)
                self.set_wifi(ap_ssid=name)  # answered, therefore stored
                names = {name}
                self.connected()
                self.step("2s")
                stored = emissivity
            # And now some without waiting for anything.
            client = Client(program.port)
            allowed = {stored}
            for _ in range(chance.randrange(6)):
                allowed.add(chance.randrange(10, 100))
                client.send("set_config", emissivity=max(allowed))
                allowed.add(max(allowed))
            if chance.random() < 0.7:
                names.add(f"turn {turn} last")
                client.send("set_wifi", ap_ssid=f"turn {turn} last")
            for _ in range(chance.randrange(4)):
                self.step(f"{chance.randrange(1, 700)}ms")
            program.kill()
            client.close()
            self.again()
            self.assertNotIn("no stored settings", self.program.stderr())
            seen = self.remembered()
            self.assertIn(seen[1][0], names, f"SEED={SEED} turn {turn}")
            self.assertIn(seen[0][1], allowed, f"SEED={SEED} turn {turn}")
            name, emissivity = seen[1][0], seen[0][1]


class Endings(BoardCase):
    """Ctrl-C, whatever goes on."""

    def ends(self):
        self.assertEqual(self.program.stop(), 0)

    def test_before_anything_has_happened(self):
        self.begin(run_s=0)
        self.ends()

    def test_in_the_middle_of_a_step(self):
        program = self.begin(run_s=0)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(program.control)
            connection.sendall(b"step 100000s\n")
            program.until(lambda status: status["frames"] > 3, "frames")
            self.ends()

    def test_in_each_fault(self):
        for name in FAULTS[:7]:
            with self.subTest(name):
                self.begin("--fault", name)
                self.ends()

    def test_while_the_network_restarts(self):
        for milliseconds in (0, 200, 300, 600, 3000):
            with self.subTest(milliseconds):
                self.begin()
                self.set_wifi(**HOME)
                if milliseconds:
                    self.step(f"{milliseconds}ms")
                self.ends()

    def test_in_the_reset_alert(self):
        self.begin()
        self.program.ok("button down")
        self.step("6s")
        self.ends()

    def test_in_an_update(self):
        for presses, packets in ((0, 0), (1, 0), (1, 1)):
            with self.subTest((presses, packets)):
                program = self.begin()
                with program.client() as client:
                    client.ask("fw_update_request", length=500000, version="9.9")
                    if presses:
                        self.hold("200ms")
                        self.step("200ms")
                    if packets:
                        self.step("5s")
                        self.assertIn("get_fw", client.packet())
                    self.ends()

    def test_while_clients_stream_and_others_wait(self):
        program = self.begin()
        clients = [program.client() for _ in range(6)]
        for client in clients[:3]:
            client.send("stream_on")
        for client, command in zip(clients[3:], ("get_image", "run_ffc", "get_status")):
            client.send(command)
        program.until(lambda status: status["clients"] == 6, "six clients")
        self.step("2s")
        self.ends()
        for client in clients:
            client.close()

    def test_real_time(self):
        program = self.start("--camera", "sim:lepton-3.5")
        with program.client() as client:
            client.send("stream_on")
            client.packet()
            client.image()
            self.assertEqual(program.stop(), 0)


if __name__ == "__main__":
    unittest.main()
