"""ironbow ctl and the control socket, mostly on stepped time: what is asked has happened."""
import json
import socket
import unittest

from program import LIMIT_S, Case


class Commands(Case):
    def setUp(self):
        self.program = self.start("--camera", "sim:lepton-3.5?scene=kettle&seed=5", step=True)

    def tearDown(self):
        if self.program.process.returncode is None:
            self.assertEqual(self.program.stop(), 0)

    def error(self, line):
        answer = self.program.ask(line)
        self.assertIs(answer["ok"], False, answer)
        return answer["error"]

    def frames_come(self, limit_s):
        """Within so much simulated time, two seconds full of frames."""
        before = self.program.ok("step 1s")["frames"]
        for _ in range(limit_s // 2):
            after = self.program.ok("step 2s")["frames"]
            if after - before >= 12:
                return
            before = after
        self.fail(self.program.ok("status"))

    def test_time_stands_still_and_steps(self):
        self.assertEqual(self.program.ok("status")["stage"], "booting")
        before = self.program.ok("status")["time_s"]
        after = self.program.ok("step 2500ms")
        self.assertAlmostEqual(after["time_s"] - before, 2.5, delta=0.01)
        status = self.program.ok("status")
        self.assertAlmostEqual(status["time_s"], after["time_s"], delta=0.01)
        self.assertEqual((status["stage"], status["clock"]), ("running", "step"))
        frames = self.program.ok("step 10s")["frames"] - after["frames"]
        self.assertTrue(80 <= frames <= 90, frames)
        self.assertEqual(status["violations"], 0)

    def test_two_steps_at_once_add_up(self):
        with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as two:
            for connection in (one, two):
                connection.settimeout(LIMIT_S)
                connection.connect(self.program.control)
            one.sendall(b"step 3s\n")
            two.sendall(b"step 4s\n")
            times = [json.loads(c.makefile("rb").readline())["time_s"] for c in (one, two)]
        self.assertAlmostEqual(max(times), 7, delta=0.01)
        self.assertAlmostEqual(self.program.ok("status")["time_s"], 7, delta=0.01)

    def test_lines_in_one_packet_are_answered_in_order(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(self.program.control)
            connection.sendall(b"step 1s\nstatus\nnonsense\n\nscene person\r\nstatus\nhel")
            file = connection.makefile("rb")
            answers = [json.loads(file.readline()) for _ in range(6)]
            connection.sendall(b"p\n")
            answers.append(json.loads(file.readline()))
        self.assertEqual([a["ok"] for a in answers],
                         [True, True, False, False, True, True, True])
        self.assertAlmostEqual(answers[1]["time_s"], 1, delta=0.01)
        self.assertIn("nonsense", answers[2]["error"])
        self.assertEqual((answers[1]["scene"], answers[5]["scene"]), ("kettle", "person"))
        self.assertIn("commands", answers[6])

    def test_bad_lines(self):
        self.assertIn("no such command", self.error("STATUS"))
        self.assertIn("usage: step DURATION", self.error("step"))
        self.assertIn("usage: status", self.error("status now"))
        self.assertIn("too many words", self.error("fault" + " x" * 20))
        self.assertIn("longer than", self.error("x" * 5000))
        self.assertIn("must be a duration", self.error("step 10"))
        self.assertIn("no such scene", self.error("scene moon"))
        self.assertIn("degrees Celsius", self.error("ambient hot"))
        self.assertIn("no such fault", self.error("fault flood"))
        self.assertIn("must be count=", self.error("fault crc-error often=1"))
        self.assertIn("must be resync", self.error("reset everything"))
        self.assertTrue(self.program.ok("status"))

    def test_bytes_that_are_no_text(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(self.program.control)
            connection.sendall(b"\x00\xff\x80\"\\\n")
            answer = connection.makefile("rb").readline()
            self.assertIs(json.loads(answer.decode(errors="replace"))["ok"], False)

    def test_scene_changes_what_is_seen(self):
        self.program.ok("step 8s")
        kettle = self.program.ok("status")["frame"]
        self.program.ok("scene house")
        self.program.ok("step 2s")
        house = self.program.ok("status")["frame"]
        self.assertLess(house["max_c"], kettle["max_c"] - 20)
        names = [row["name"] for row in self.program.ok("scene")["scenes"]]
        self.assertTrue({"kettle", "person", "board", "house"} <= set(names))

    def test_faults_are_survived(self):
        """Each by name: it begins, heals, and frames come again; no rule of the part is broken."""
        self.program.ok("step 8s")
        names = [row["name"] for row in self.program.ok("faults")["faults"]]
        self.assertGreaterEqual(len(names), 20)
        for name in names:
            with self.subTest(name):
                self.program.ok(f"fault {name}")
                self.program.ok("step 3s")
                self.program.ok("heal")
                self.frames_come(40)
        self.assertEqual(self.program.ok("counters")["violations"]["command_while_busy"], 0)

    def test_unplug_and_plug(self):
        self.program.ok("step 8s")
        self.program.ok("unplug")
        frames = self.program.ok("step 1s")["frames"]
        status = self.program.ok("step 20s")
        self.assertEqual(status["frames"], frames)
        self.assertNotEqual(self.program.ok("status")["stage"], "running")
        self.program.ok("plug")
        self.assertGreater(self.program.ok("step 40s")["frames"], frames)
        status = self.program.ok("status")
        self.assertEqual(status["stage"], "running")
        self.assertGreater(status["last_recovery_s"], 20)

    def test_crc_errors_are_counted(self):
        self.program.ok("step 8s")
        self.assertEqual(self.program.ok("counters")["source"]["bad_crc"], 0)
        self.program.ok("fault crc-error count=3")
        self.program.ok("step 5s")
        self.assertEqual(self.program.ok("counters")["source"]["bad_crc"], 3)

    def test_reset_rungs(self):
        self.program.ok("step 8s")
        for rung, counter in (("resync", "resyncs"), ("reboot", "reboots"), ("reset", "resets"),
                              ("power", "power_cycles")):
            with self.subTest(rung):
                before = self.program.ok("counters")["camera"][counter]
                self.program.ok(f"reset {rung}")
                self.program.ok("step 15s")
                self.assertEqual(self.program.ok("counters")["camera"][counter], before + 1)
                self.assertEqual(self.program.ok("status")["stage"], "running")

    def test_cci_by_name_and_by_word(self):
        names = {c["name"]: c for c in self.program.ok("cci")["commands"]}
        self.assertEqual((names["rad_spotmeter_roi"]["words"], names["rad_spotmeter_roi"]["about"]),
                         (4, "get set"))
        self.program.ok("step 4s")
        with self.program.stepping():
            self.assertEqual(self.program.ok("cci rad_spotmeter_roi"),
                             {"ok": True, "command": 0x4ECC, "name": "rad_spotmeter_roi",
                              "status": 6, "words": [59, 79, 60, 80]})
            self.assertEqual(self.program.ok("cci rad_spotmeter_roi 10 20 30 0x28")["status"], 6)
            self.assertEqual(self.program.ok("cci 0x4ECC 4")["words"], [10, 20, 30, 40])
            self.assertEqual(self.program.ok("cci sys_gain_mode 1")["command"], 0x0249)
            self.assertEqual(self.program.ok("cci 0x0248")["words"], [1, 0])
            self.assertEqual(self.program.ok("cci sys_ping")["command"], 0x0202)
            self.assertIn("-3, range error", self.error("cci sys_gain_mode 7"))
            self.assertIn("-7", self.error("cci 0x4EFC 2"))
        self.assertIn("4 words are needed", self.error("cci rad_spotmeter_roi 1 2"))
        self.assertIn("has only run", self.error("cci sys_ping 1"))
        self.assertIn("no such command", self.error("cci sys_pong"))
        self.assertIn("16-bit", self.error("cci rad_spotmeter_roi 1 2 3 70000"))
        self.assertIn("how many words", self.error("cci 0x4EFC"))
        self.assertIn("1 to 512", self.error("cci 0x4ECC 513"))

    def test_ffc_and_info_wait_for_the_lepton(self):
        """Their answers need simulated time: somebody else moves it meanwhile."""
        self.program.ok("step 30s")
        self.assertGreater(self.program.ok("status")["frame"]["since_ffc_s"], 20)
        with self.program.stepping():
            self.program.ok("ffc")
            self.program.ok("step 500ms")
            self.assertLess(self.program.ok("status")["frame"]["since_ffc_s"], 20)
            self.assertEqual(self.program.ok("info")["identity"]["model"], "3.5")

    def test_ambient_warms_the_camera(self):
        self.program.ok("step 8s")
        before = self.program.ok("status")
        self.program.ok("ambient -10")
        self.program.ok("ambient 45.5")
        self.program.ok("step 60s")
        self.assertEqual(before["stage"], self.program.ok("status")["stage"])

    def test_quit(self):
        self.assertIs(self.program.ok("quit")["ok"], True)
        self.assertEqual(self.program.wait(), 0)

    def test_connection_that_goes_away_while_it_waits(self):
        for line in (b"step 100000s\n", b"ffc\n", b"info\n", b"status"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(self.program.control)
                connection.sendall(line)
        self.assertTrue(self.program.ok("status"))

    def test_many_connections(self):
        connections = []
        for _ in range(64):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(LIMIT_S)
            connection.connect(self.program.control)
            connection.sendall(b"status\n")
            self.assertIs(json.loads(connection.makefile("rb").readline())["ok"], True)
            connections.append(connection)
        with socket.socket(socket.AF_UNIX) as extra:
            extra.settimeout(LIMIT_S)
            extra.connect(self.program.control)
            self.assertIn("too many", json.loads(extra.makefile("rb").readline())["error"])
        for connection in connections:
            connection.close()


class Verb(Case):
    def test_text_and_json(self):
        program = self.start(step=True)
        program.ok("step 8s")
        control = ("--control", program.control)
        text = self.works("ctl", *control, "status").decode()
        self.assertRegex(text, r"(?m)^stage +running$")
        self.assertNotIn("{", text)
        self.assertEqual(json.loads(self.works("ctl", *control, "status", "--json"))["stage"],
                         "running")
        self.assertIn("kettle", self.works("ctl", *control, "scene").decode())
        self.assertIn("crc-error", self.works("ctl", *control, "faults").decode())
        self.assertEqual(self.works("ctl", *control, "ambient", "-5"), b"")
        self.assertIn("time", self.works("ctl", *control, "step", "250ms").decode())
        text = self.fails(1, "ctl", *control, "scene", "moon")
        self.assertIn("ctl: scene moon: moon: no such scene", text)
        text = self.fails(1, "ctl", *control, "--timeout", "200ms", "ffc")
        self.assertIn("no answer in time", text)
        self.assertEqual(self.works("ctl", *control, "quit"), b"")
        self.assertEqual(program.wait(), 0)

    def test_step_needs_stepped_time(self):
        program = self.start()
        self.assertIn("time runs by itself", program.ask("step 1s")["error"])
        self.assertEqual(program.stop(), 0)

    def test_nobody_there(self):
        text = self.fails(1, "ctl", "status")
        self.assertIn("no ironbow is running there", text)

    def test_something_else_answers(self):
        path = self.directory() + "/other.sock"
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(path)
            other.listen()
            import threading

            def serve():
                connection, _ = other.accept()
                with connection:
                    connection.recv(100)
                    connection.sendall(b"220 mail ready\n")
            threading.Thread(target=serve, daemon=True).start()
            self.assertIn("no ironbow", self.fails(1, "ctl", "--control", path, "status"))


if __name__ == "__main__":
    unittest.main()
