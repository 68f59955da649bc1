"""ironbow watch: alarms on simulated scenes, and what hangs on them."""
import http.server
import json
import os
import signal
import subprocess
import threading
import unittest

from program import IRONBOW, LIMIT_S, Case, run


class Hook:
    """A web server that keeps what is posted."""

    def __init__(self, answer=204):
        hook = self
        self.posts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.posts.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(answer)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/alarms?room=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join(LIMIT_S)
        self.server.server_close()


class Watch(Case):
    def watch(self, code, *args, **kwargs):
        """The finished run, its lines of JSON, and its last one."""
        result = run("watch", "--json", *args, **kwargs)
        self.assertEqual(result.returncode, code, result.stderr.decode())
        lines = [json.loads(line) for line in result.stdout.decode().splitlines()]
        self.assertEqual(lines[-1]["event"], "end")
        return lines[:-1], lines[-1]

    def hook(self, **kwargs):
        hook = Hook(**kwargs)
        self.addCleanup(hook.close)
        return hook

    def test_an_alarm_is_exit_code_3(self):
        events, end = self.watch(3, "--roi", "r1=60,40,60x60", "--above", "55", "--for", "3s")
        self.assertEqual([event["event"] for event in events], ["alarm"])
        event = events[0]
        self.assertEqual(event["alarm"], "r1")
        self.assertEqual(event["rule"], "r1.max>55 for 3s")
        self.assertEqual(event["camera"], "sim:lepton-3.5?scene=kettle")
        self.assertFalse(event["test"])
        self.assertTrue(55 < event["value_c"] < 100, event)
        self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        # Three seconds before it could be raised, and three after the start-up FFC.
        self.assertTrue(6 < event["camera_s"] < 12, event)
        self.assertEqual(end["alarms"], 1)

    def test_without_an_alarm_it_ends_well(self):
        events, end = self.watch(0, "--above", "300", "--duration", "20s")
        self.assertEqual(events, [])
        self.assertEqual(end["alarms"], 0)
        self.assertTrue(100 < end["judged"] < end["frames"] < 180, end)
        said = self.works("watch", "--above", "300", "--duration", "10s").decode()
        self.assertRegex(said, r"no alarm\npicture: [\d.]+ °C to [\d.]+ °C \(± [\d.]+ K\)\n")
        said = self.works("watch", "--above", "500", "--duration", "10s", "--units", "F").decode()
        self.assertRegex(said, r"picture: [\d.]+ °F to 1\d\d\.\d °F \(± [\d.]+ °F\)\n")
        self.assertEqual(self.works("watch", "-q", "--above", "300", "--duration", "10s"), b"")

    def test_two_stages_and_keep_going(self):
        """The kettle heats for 150 s, boils, and is emptied."""
        events, end = self.watch(3, "--roi", "lid=0,0,160x120", "--keep-going", "--duration", "300s",
                                 "--alarm", "hot=lid.max>90 pre 80 hyst 2 for 2s clear 2s")
        self.assertEqual([event["event"] for event in events][:4], ["pre-alarm", "alarm", "pre-alarm", "ok"])
        self.assertEqual([event["from"] for event in events][:4], ["ok", "pre-alarm", "alarm", "pre-alarm"])
        self.assertTrue(80 <= events[0]["value_c"] < 90 <= events[1]["value_c"], events)
        self.assertGreaterEqual(end["alarms"], 1)

    def test_an_ffc_is_not_judged(self):
        """For 200 s above: an FFC (every 180 s at least) lies in it, and the time after it does not count."""
        times, ends = {}, {}
        for settle in ("0s", "3s", "20s"):
            events, ends[settle] = self.watch(3, "--roi", "r1=0,0,160x120", "--alarm",
                                              f"a=r1.max>5 for 200s settle {settle} blind 30s")
            times[settle] = events[0]["camera_s"]
        for settle, longer in (("3s", 3), ("20s", 20)):
            self.assertGreater(times[settle] - times["0s"], longer)
            self.assertGreater(ends[settle]["masked"]["ffc"], 8 * longer)
        # As long as the FFC itself goes on, nothing is judged in any case.
        self.assertTrue(0 < ends["0s"]["masked"]["ffc"] < 12, ends)

    def test_an_alarm_that_an_ffc_would_raise_is_not_raised(self):
        """An alarm that counts itself blind after 2 s shows where the FFCs are: none of them ends it or raises it."""
        events, _ = self.watch(3, "--keep-going", "--duration", "200s", "--roi", "r1=0,0,160x120",
                               "--alarm", "a=r1.max>5 blind 2s")
        changes = [(event["from"], event["event"]) for event in events]
        self.assertGreaterEqual(changes.count(("alarm", "blind")), 1)
        self.assertEqual(set(changes) - {("waiting", "blind")}, {("blind", "alarm"), ("alarm", "blind")})

    def test_a_camera_without_temperatures_is_refused(self):
        for model in ("3.0", "2.0"):
            text = self.fails(1, "watch", "-q", "--camera", f"sim:lepton-{model}", "--above", "30")
            self.assertIn("not radiometric: its pixels are counts, not temperatures", text)
        result = run("watch", "--json", "--camera", "sim:lepton-3.0", "--below", "30")
        self.assertNotIn(b"value_c", result.stdout)

    def test_a_dead_camera_is_blind_and_not_well(self):
        text = self.fails(1, "watch", "-q", "--above", "30", "--fault", "unplug", "--duration", "1h")
        self.assertIn("picture: nothing to judge for 10 s (no_frame)", text)
        events, end = self.watch(0, "--above", "30", "--fault", "unplug", "--duration", "60s", "--keep-going")
        self.assertEqual([event["event"] for event in events], ["blind"])
        self.assertEqual(end["frames"], 0)

    def test_below_outside_difference_and_rise(self):
        for rule, expected in (("a=p.min<12", "value_c"), ("a=p.max outside 0..50", "value_c"),
                               ("a=p.max-q.mean>10", "value_k"), ("a=q.mean-10>5", "value_k"),
                               ("a=p.max rises 2/min", "value_k_per_min")):
            with self.subTest(rule):
                events, _ = self.watch(3, "--roi", "p=0,0,160x120", "--roi", "q=spot:5,5,3",
                                       "--alarm", rule, "--duration", "100s")
                self.assertIn(expected, events[0])
        events, _ = self.watch(3, "--roi", "p=0,0,160x120", "--below", "53.6F", "--units", "F")
        self.assertEqual(events[0]["rule"], "p.min<12")

    def test_emissivity_of_regions(self):
        """Half the emissivity: much warmer than the room becomes warmer still."""
        values = {}
        for name, args in (("camera's", []), ("0.5", ["--emissivity", "0.5"]), ("50 %", ["--emissivity", "50%"]),
                           ("50", ["--emissivity", "50", "--reflected", "22"])):
            events, _ = self.watch(3, "--above", "40", "--camera", "sim:lepton-3.5?quiet=1", *args)
            values[name] = events[0]["value_c"]
        self.assertGreater(values["0.5"], values["camera's"] + 20)
        self.assertEqual(values["0.5"], values["50 %"])
        self.assertEqual(values["0.5"], values["50"])
        events, _ = self.watch(3, "--roi", "a=0,0,160x120@e=1", "--above", "40", "--emissivity", "0.5",
                               "--camera", "sim:lepton-3.5?quiet=1")
        self.assertEqual(events[0]["value_c"], values["camera's"])

    def test_a_recording_is_measured_like_its_pixels(self):
        path = os.path.join(self.directory(), "shot.tjsn")
        said = json.loads(self.works("snap", "-o", path, "--json"))
        events, _ = self.watch(3, "--camera", f"replay:{path}", "--above", "30")
        self.assertAlmostEqual(events[0]["value_c"], said["frame"]["max_c"], places=2)

    def test_a_command_finds_the_event_in_its_environment(self):
        path = os.path.join(self.directory(), "out")
        command = f'echo "$IRONBOW_ALARM|$IRONBOW_EVENT|$IRONBOW_VALUE|$IRONBOW_UNIT|$IRONBOW_RULE" >{path}; echo words'
        events, _ = self.watch(3, "--above", "40", "--exec", command)
        with open(path, encoding="utf-8") as file:
            name, event, value, unit, rule = file.read().strip().split("|")
        self.assertEqual((name, event, unit, rule), ("picture", "alarm", "C", "picture.max>40"))
        self.assertEqual(float(value), events[0]["value_c"])
        result = run("watch", "-q", "--above", "40", "--exec", "exit 7")
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"--exec: exit code 7", result.stderr)

    def test_a_webhook_gets_every_event(self):
        hook = self.hook()
        events, _ = self.watch(3, "--above", "40", "--webhook", hook.url)
        (path, kind, body), = hook.posts
        self.assertEqual((path, kind), ("/alarms?room=1", "application/json"))
        self.assertEqual(body, {k: v for k, v in events[0].items() if k != "camera_s"})

    def test_a_webhook_that_fails_is_reported(self):
        hook = self.hook(answer=500)
        result = run("watch", "-q", "--above", "40", "--webhook", hook.url)
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"--webhook: answered HTTP/1.0 500", result.stderr)
        hook.close()
        result = run("watch", "-q", "--above", "40", "--webhook", hook.url)
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"--webhook: Connection refused", result.stderr)

    def test_trying_out_what_hangs_on_an_alarm(self):
        hook = self.hook()
        events, _ = self.watch(0, "--above", "400", "--test", "--webhook", hook.url)
        self.assertEqual(len(hook.posts), 1)
        self.assertTrue(hook.posts[0][2]["test"] and events[0]["test"])

    def test_real_time(self):
        events, _ = self.watch(3, "--roi", "p=0,0,160x120", "--alarm", "a=p.max>40 settle 0s", "--real-time",
                               "--exec", "exit 0")
        self.assertEqual(events[0]["event"], "alarm")

    def test_it_can_be_interrupted(self):
        process = subprocess.Popen([IRONBOW, "watch", "--above", "400", "--real-time", "--json", "--keep-going",
                                    "--alarm", "a=picture.max>20 settle 0s"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with process:
            self.addCleanup(process.kill)
            self.assertIn(b'"alarm":"a"', process.stdout.readline())
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=LIMIT_S)
        self.assertEqual((process.returncode, errors), (3, b""))
        self.assertIn(b'"event":"end"', out)

    def test_wrong_command_lines(self):
        for args, wanted in (
                ([], "--above: is missing"),
                (["--above", "hot"], "hot: must be a temperature"),
                (["--above", "-300"], "-300: must be a temperature"),
                (["--above", "5", "--for", "3"], "3: must be a time"),
                (["--above", "5", "--pre", "6"], "5: pre must be reached before"),
                (["--above", "5", "--below", "1", "--pre", "4"], "--pre: of which limit?"),
                (["--alarm", "r1>5", "--for", "3s"], "belong to --above and --below"),
                (["--above", "5", "--hysteresis", "x"], "x: must be a number of degrees"),
                (["--above", "5", "--emissivity", "0"], "0: must be 0.01 to 1"),
                (["--above", "5", "--emissivity", "101%"], "101%: must be 0.01 to 1"),
                (["--above", "5", "--units", "R"], "R: must be C, F or K"),
                (["--above", "5", "--duration", "0s"], "0s: must be a time"),
                (["--above", "5", "--roi", "r1=5"], "r1=5: character 5: expected ',' and y"),
                (["--above", "5", "--roi", "a=1,1", "--roi", "a=2,2"], "a region of that name"),
                (["--alarm", "r9.max>5", "--roi", "r1=1,1"], "there is no region r9"),
                (["--alarm", "r1.max>5 fro 3s", "--roi", "r1=1,1"], "character 10: expected for"),
                (["--alarm", "a=r1>5", "--alarm", "a=r1>6", "--roi", "r1=1,1"], "an alarm of that name"),
                (["--above", "5", "--webhook", "https://x/"], "https is not supported"),
                (["--above", "5", "--webhook", "ftp://x/"], "must be http://"),
                (["--above", "5", "--webhook", "http://x:99999/"], "must be http://HOST:PORT"),
                (["--above", "5", "--webhook", "http://x/a b"], "%20"),
                (["--above", "5", "--fault", "no-such"], "no such fault"),
                (["--above", "5", "word"], "word: unexpected"),
                (["--above", "5", "--camera", "sim:lepton-9"], "sim:lepton-9"),
        ):
            with self.subTest(args):
                self.assertIn(wanted, self.fails(2, "watch", *args))


if __name__ == "__main__":
    unittest.main()
