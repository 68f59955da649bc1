"""The simulated network behind set_wifi: trial, way back, loss and return, and who notices."""
import contextlib
import socket
import unittest

from board_case import HOME, NAME, BoardCase
from program import LIMIT_S, Client

AP_FLAGS, AP_ALONE, STATION, STATION_SEEKS, STATION_FIXED = 15, 7, 143, 135, 159


class NetworkCase(BoardCase):
    def setUp(self):
        self.begin()

    def network(self):
        return self.program.ok("network")

    def wifi(self):
        return self.ask("get_wifi")["wifi"]

    def refused(self):
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.program.port), timeout=LIMIT_S)

    def gone(self, client):
        """The camera has closed it; what was on its way may still come."""
        with self.assertRaises(ConnectionError):
            while True:
                client.packet()
        client.close()

    def streaming(self):
        client = self.program.client()
        self.assertEqual(client.ask("stream_on")["cam_info"]["info_value"], 1)
        self.step("1s")
        client.image()
        return client

    def serves(self):
        """The port answers, and images come."""
        client = self.streaming()
        client.close()


class Change(NetworkCase):
    def test_to_a_good_network(self):
        program = self.program
        others = [self.streaming() for _ in range(4)]
        self.set_wifi(**HOME)
        # The reply got out; now the network goes, and everybody with it.
        self.step("300ms")
        for client in others:
            self.gone(client)
        for _ in range(6):
            self.assertFalse(self.network()["connected"])
            self.refused()
            self.assertEqual(program.ok("status")["tcam_port"], program.port)
            self.step("500ms")
        network = self.network()
        self.assertTrue(network["connected"], network)  # 0.25 + 0.3 + 1.5 + 0.4 + 0.6 s
        self.assertEqual((network["mode"], network["ssid"], network["stage"], network["ip"]),
                         ("station", "HomeNetwork", "ready", "192.168.1.57"))
        self.assertFalse(network["trial"])
        wifi = self.wifi()
        self.assertEqual((wifi["flags"], wifi["cur_ip_addr"], wifi["sta_ssid"], wifi["ap_ssid"]),
                         (STATION, "192.168.1.57", "HomeNetwork", NAME))
        self.assertNotIn("ironbow-home", str(wifi))
        self.serves()
        self.assertEqual(program.ok("status")["tcam_port"], program.port)
        self.assertEqual(program.ok("status")["discovery"], "off")  # nobody else could connect

    def test_to_a_fixed_address(self):
        self.program.ok("network no-dhcp")
        self.set_wifi(**dict(HOME, flags=145, sta_ip_addr="192.168.1.200",
                             sta_netmask="255.255.255.0"))
        self.connected()
        wifi = self.wifi()
        self.assertEqual((wifi["flags"], wifi["cur_ip_addr"]), (STATION_FIXED, "192.168.1.200"))

    def test_a_wrong_password_is_taken_back(self):
        program = self.program
        self.set_wifi(**dict(HOME, sta_pw="not the right one"))
        self.step("300ms")
        for second in range(0, 59, 2):
            network = self.network()
            self.assertEqual((network["mode"], network["trial"], network["connected"]),
                             ("station", True, False), second)
            self.assertEqual(self.led(), "blinking yellow")
            self.step("2s")
        self.refused()
        self.step("3s")
        self.assertEqual(self.network()["mode"], "access-point")
        self.connected(5)
        self.assertEqual(program.ok("counters")["board"]["network_rollbacks"], 1)
        wifi = self.wifi()
        self.assertEqual((wifi["flags"], wifi["cur_ip_addr"], wifi["sta_ssid"]),
                         (AP_FLAGS, "192.168.4.1", ""))
        self.serves()
        self.assertIn("back to the network settings before", program.stderr())
        self.assertIn("password", program.stderr())

    def test_no_such_network_and_no_address(self):
        for fault, args, reason in (("none", dict(HOME, sta_ssid="Nowhere"), "range"),
                                    ("no-dhcp", HOME, "DHCP"), ("refuses", HOME, "")):
            with self.subTest((fault, args["sta_ssid"])):
                self.program.ok(f"network {fault}")
                self.set_wifi(**args)
                self.step("5s")
                seen = self.network()
                self.assertTrue(seen["trial"] and not seen["connected"], seen)
                reasons = set()  # each comes and goes with its attempt
                for _ in range(40):
                    self.step("200ms")
                    reasons.add(self.network().get("reason", ""))
                self.assertTrue(any(reason in text and text for text in reasons), reasons)
                self.program.ok("network none")
                self.hold("5500ms")
                self.step("9s")
                self.connected()
                self.assertEqual(self.network()["mode"], "access-point")

    def test_a_trial_that_is_interrupted(self):
        """The program dies in it. The next one tries for another minute, and goes back."""
        self.end()
        state = self.directory()
        program = self.begin("--state", state)
        self.set_wifi(ap_ssid="Before")
        self.connected()
        self.set_wifi(**dict(HOME, sta_pw="not the right one"))
        self.step("20s")
        program.kill()
        self.begin("--state", state, run_s=0)
        self.step("50s")
        self.assertTrue(self.network()["trial"])
        self.step("15s")
        self.assertEqual((self.network()["mode"], self.network()["ssid"]),
                         ("access-point", "Before"))
        self.connected()

    def test_another_change_comes_before_the_minute_is_over(self):
        """Through the button, as the port is closed: the default access point."""
        self.set_wifi(**dict(HOME, sta_pw="not the right one"))
        self.step("10s")
        self.hold("6s")
        self.step("9s")
        self.connected(5)
        self.assertEqual((self.network()["mode"], self.network()["trial"]),
                         ("access-point", False))
        self.step("60s")
        self.assertEqual(self.program.ok("counters")["board"]["network_rollbacks"], 0)
        self.serves()

    def test_two_at_once(self):
        """Both are taken, the later one counts."""
        one, two = self.program.client(), self.program.client()
        one.ask("set_wifi", **dict(HOME, sta_ssid="Nowhere"))
        two.ask("set_wifi", **HOME)
        for client in (one, two):
            self.gone(client)
        self.connected()
        self.assertEqual(self.network()["ssid"], "HomeNetwork")

    def test_off(self):
        """Bit 0 clear: nobody comes in any more, but for the one with a finger on the button."""
        self.set_wifi(flags=0)
        self.step("1s")
        self.refused()
        self.assertEqual((self.network()["mode"], self.network()["flags"], self.led()),
                         ("disabled", 0, "blinking yellow"))
        self.step("20s")
        self.refused()
        self.hold("6s")
        self.step("12s")
        self.assertEqual(self.wifi()["flags"], AP_FLAGS)

    def test_what_is_refused_changes_nothing(self):
        program = self.program
        before = self.wifi()
        counters = program.ok("counters")["board"]
        bad = ({}, {"ap_ssid": ""}, {"ap_ssid": "x" * 33}, {"ap_pw": "seven77"},
               {"ap_pw": "x" * 64}, {"ap_ip_addr": "192.168.4"}, {"ap_ip_addr": "192.168.04.1"},
               {"sta_netmask": "255.0.255.0"}, {"flags": 256}, {"flags": -1}, {"flags": "1"},
               {"flags": 129}, {"ap_ssid": 7}, {"ap_ssid": "a\0b"},
               dict(HOME, sta_pw="short"), dict(HOME, ap_ssid="Fine", sta_ssid="x" * 40))
        with program.client() as client:
            for args in bad:
                with self.subTest(args):
                    info = client.ask("set_wifi", **args)["cam_info"]
                    self.assertEqual(info["info_value"], 0)
                    self.assertTrue(info["info_string"].startswith("set_wifi failed"), info)
            self.step("5s")
            self.assertIn("status", client.ask("get_status"))
        self.assertEqual(self.wifi(), before)
        after = program.ok("counters")["board"]
        self.assertEqual((after["network_starts"], after["settings_saves"]),
                         (counters["network_starts"], counters["settings_saves"]))

    def test_a_new_name_is_everywhere(self):
        name = "Küche \"7\" \\ north"
        self.set_wifi(ap_ssid=name)
        self.connected()
        self.assertEqual(self.program.ok("status")["name"], name)
        self.assertEqual(self.wifi()["ap_ssid"], name)
        self.assertEqual(self.ask("get_status")["status"]["Camera"], name)
        with self.program.client() as client:
            client.send("get_image")
            with self.program.stepping():
                self.assertEqual(client.image().metadata["Camera"], name)


class Loss(NetworkCase):
    def test_retried_for_ever(self):
        program = self.program
        self.set_wifi(**HOME)
        self.connected()
        for away in (3, 70):
            with self.subTest(away):
                client = self.streaming()
                program.ok("air out HomeNetwork")
                self.gone(client)
                self.refused()
                self.step(f"{away}s")
                self.refused()
                network = self.network()
                self.assertEqual((network["mode"], network["ssid"], network["trial"],
                                  network["flags"], network["ip"]),
                                 ("station", "HomeNetwork", False, STATION_SEEKS, "0.0.0.0"))
                program.ok("air in HomeNetwork")
                self.connected()
                self.serves()
        board = program.ok("counters")["board"]
        self.assertEqual((board["network_losses"], board["network_rollbacks"]), (2, 0))
        self.assertEqual(program.ok("status")["tcam_port"], program.port)

    def test_the_station_goes_and_comes(self):
        """Without it the access point stands, but nobody can come in."""
        client = self.streaming()
        self.program.ok("station go")
        self.gone(client)
        self.refused()
        self.assertEqual(self.network()["flags"], AP_ALONE)
        self.step("20s")
        self.refused()
        self.program.ok("station come")
        self.connected(5)
        self.assertEqual(self.wifi()["flags"], AP_FLAGS)
        self.serves()

    def test_frames_go_on_without_a_network(self):
        self.program.ok("station go")
        self.assertGreater(self.frames_in("5s"), 35)

    def test_another_address(self):
        program = self.program
        program.ok("air in Attic long-enough 10.1.2.3")
        self.set_wifi(sta_ssid="Attic", sta_pw="long-enough", flags=129)
        self.connected()
        self.assertEqual(self.wifi()["cur_ip_addr"], "10.1.2.3")
        program.ok("air out Attic")
        program.ok("air in Attic long-enough 10.1.2.99")
        self.connected()
        self.assertEqual(self.wifi()["cur_ip_addr"], "10.1.2.99")
        points = {point["ssid"]: point for point in program.ok("air")["air"]}
        self.assertEqual(points["Attic"]["ip"], "10.1.2.99")
        self.assertEqual(len(points), 3)

    def test_a_network_that_comes_and_goes_quickly(self):
        program = self.program
        with contextlib.ExitStack() as stack:
            for turn in range(30):
                client = stack.enter_context(Client(program.port))
                client.send("stream_on")
                program.ok("station go")
                self.step("50ms")
                self.refused()
                program.ok("station come")
                self.connected(5)
                self.assertEqual(program.ok("status")["clients"], 0, turn)
        self.serves()
        counters = program.ok("counters")["tcam_port"]
        self.assertEqual(counters["accepted"], counters["closed"])


class Broken(NetworkCase):
    def test_a_dead_radio(self):
        program = self.program
        client = self.streaming()
        program.ok("network radio-dead")
        self.gone(client)
        self.refused()
        self.shows_fault("storage", 1)  # "non-volatile storage or Wi-Fi"
        self.assertEqual(self.network()["stage"], "broken")
        self.assertEqual(self.network()["flags"], 1)
        self.step("12s")
        self.shows_fault("storage", 1)
        self.assertGreater(self.frames_in("2s"), 10)
        program.ok("network none")
        self.connected(15)
        self.assertEqual(program.ok("status")["board_fault"], "none")
        self.assertEqual(self.led(), "solid yellow")
        self.serves()

    def test_a_dead_radio_in_a_trial(self):
        """A broken interface does not make the trial longer."""
        self.set_wifi(**HOME)
        self.program.ok("network radio-dead")
        self.step("62s")
        self.program.ok("network none")
        self.connected()
        self.assertEqual(self.network()["mode"], "access-point")

    def test_the_port_is_taken_meanwhile(self):
        """By another program, while nobody could reach it: fault 6 until it is free again."""
        program = self.program
        program.ok("station go")
        with socket.create_server(("127.0.0.1", program.port)):
            program.ok("station come")
            self.step("5s")
            self.shows_fault("network", 1)
            self.step("10s")
            self.shows_fault("network", 1)
            self.assertEqual(program.stderr().count("fault 6 (network):"), 1)
            program.ok("heal")  # heals what was done on purpose: not this
            self.step("1s")
            self.shows_fault("network", 1)
        self.step("2s")
        self.assertEqual(program.ok("status")["board_fault"], "none")
        self.serves()

    def test_bad_words(self):
        for line in ("network dead", "air up", "air in", "air out", "air out Nowhere",
                     "air in Nowhere", "air in A short 999.1.1.1", f"air in {'x' * 33} -",
                     "station", "station stay"):
            self.assertIs(self.program.ask(line)["ok"], False, line)
        for name in "ab":
            self.program.ok(f"air in {name} -")
        self.assertIs(self.program.ask("air in c -")["ok"], False)


class Host(BoardCase):
    def test_the_machines_network_is_left_as_it_is(self):
        program = self.begin("--network", "host")
        for line in ("air", "station go", "network radio-dead"):
            self.assertIn("not simulated", program.ask(line)["error"])
        wifi = self.ask("get_wifi")["wifi"]
        self.assertEqual((wifi["flags"], wifi["cur_ip_addr"]), (AP_FLAGS, "127.0.0.1"))
        with program.client() as client:
            for args in (HOME, dict(HOME, ap_ssid="Shed"), {"flags": 0}):
                info = client.ask("set_wifi", **args)["cam_info"]
                self.assertEqual(info["info_value"], 0)
                self.assertIn("only ap_ssid", info["info_string"])
        self.set_wifi(ap_ssid="Shed")
        self.step("2s")
        wifi = self.ask("get_wifi")["wifi"]
        self.assertEqual((wifi["flags"], wifi["cur_ip_addr"], wifi["ap_ssid"]),
                         (AP_FLAGS, "127.0.0.1", "Shed"))
        self.assertEqual(program.ok("counters")["board"]["network_losses"], 0)


if __name__ == "__main__":
    unittest.main()
