"""tools/conformance against small cameras that are wrong in one place each: the right check sees it."""
import concurrent.futures
import contextlib
import json
import socket
import threading
import unittest

from conformance_case import ConformanceCase
from stand_in import StandIn

WORKERS = 8


class Broken(ConformanceCase):
    """Each row: what a camera does wrong, the check that has to see it, its verdict and a word of the reason."""

    def stand_in(self, *wrong, **kwargs):
        camera = StandIn(*wrong, **kwargs)
        self.addCleanup(camera.close)
        return camera

    def verdict(self, wrong, only):
        code, verdicts, _ = self.suite(self.stand_in(*wrong).port, "--destructive", "--patience", "3", "--only", only)
        self.assertIn(only, verdicts)
        self.assertEqual(code, 1 if verdicts[only][0] == "fail" else 0)
        return verdicts[only]

    def rows(self, *rows):
        """All at once: they wait more than they work. Without what is wrong each check passes."""
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            good = {only: pool.submit(self.verdict, (), only) for _, only, _, _ in rows}
            bad = [pool.submit(self.verdict, (wrong,), only) for wrong, only, _, _ in rows]
        for (wrong, only, verdict, word), result in zip(rows, bad):
            with self.subTest(wrong):
                self.assertEqual(good[only].result(), ("pass", ""))
                got, why = result.result()
                self.assertEqual(got, verdict, why)
                self.assertIn(word, why)

    def test_status_and_images(self):
        self.rows(
            ("no Version", "get_status: Version", "fail", "major.minor"),
            ("time with AM", "get_status: Time", "fail", "HH:MM:SS"),
            ("clock stands", "get_status: Time", "fail", "stands still"),
            ("reserved bit", "get_status: Model bits 15:9 and 31:19, reserved, read as 0", "fail", "reserved"),
            ("3.x model", "get_status: Model bits 15:9 and 31:19, reserved, read as 0", "deviation", "3.x"),
            ("battery", "get_status: Model bit 16, has battery", "fail", "Battery"),
            ("year -30", "get_status: Date", "deviation", "negative"),
            ("one word missing", "get_image: radiometric, 19200 words", "fail", "38398"),
            ("bytes for words", "get_image: radiometric, 19200 words", "fail", "base64"),
            ("no telemetry", "get_image: telemetry, 240 words", "fail", "telemetry"),
            ("the same frame", "get_image: telemetry, 240 words", "fail", "uptime"),
            ("metadata without Date", "get_image: metadata Date", "fail", "not there"),
            ("agc in 16 bits", "get_image: radiometric, 8 bits with AGC", "fail", "pixel"),
            ("low gain in 0.01 K", "get_image: radiometric, 0.01 K in High gain, 0.1 K in Low gain", "fail", "same scene"),
        )

    def test_settings(self):
        self.rows(
            ("lax set_time", "set_time: all args must be included", "fail", "accepted"),
            ("ignores set_time", "set_time: dow, day, mon, year", "skip", "keeps its own"),
            ("lax set_config", "set_config: no known arg fails", "fail", "accepted"),
            ("emissivity 101", "set_config: emissivity out of range", "fail", "101"),
            ("gain below 0", "set_config: gain_mode out of range", "deviation", "below 0"),
            ("forgets left-out", "set_config: left-out args keep their value", "fail", "another one changed"),
            ("lepton emissivity", "set_config: emissivity reaches the Lepton", "fail", "80 %"),
            ("lax spotmeter", "set_spotmeter: all four argument values must be specified", "fail", "accepted"),
            ("rows are columns", "set_spotmeter: c1, c2, r1, r2", "fail", "rows 30-41"),
            ("no ffc", "run_ffc", "fail", "flat field"),
        )

    def test_streams(self):
        self.rows(
            ("one image more", "set_stream_on: num_frames", "fail", "fourth"),
            ("ends by itself", "set_stream_on: num_frames 0, no limit", "fail", "ended after 10"),
            ("no delay", "set_stream_on: delay_msec, between images", "fail", "apart"),
            ("the same frame", "set_stream_on: delay_msec 0, every image another one", "fail", "twice"),
            ("no acknowledge", "set_stream_on: acknowledged", "deviation", "no cam_info"),
            ("no acknowledge", "set_stream_off: when nothing streams", "deviation", "no cam_info"),
            ("no acknowledge", "set_spotmeter: c1, c2, r1, r2", "deviation", "no cam_info"),
            ("streams on for the next client", "set_stream_on: ends with the connection", "fail", "next client"),
        )

    def test_registers_and_network(self):
        self.rows(
            ("big-endian registers", "get_lep_cci: command, length, status, data", "fail", "telemetry"),
            ("length 0", "set_lep_cci: length", "deviation", "all firmware"),
            ("lax set_lep_cci", "set_lep_cci: bad data is refused", "fail", "accepted"),
            ("tells passwords", "get_wifi: password information is not sent", "fail", "ap_pw"),
            ("flag bit 5", "get_wifi: flags bit 6:5, unused", "fail", "flags"),
            ("not connected", "get_wifi: flags bit 3, Wifi Connected", "fail", "flags"),
            ("takes a part", "set_wifi: one bad value refuses the whole command", "fail", "a part"),
        )

    def test_lax_network_settings(self):
        """What was taken is put back."""
        got, why = self.verdict(("lax addresses",), "set_wifi: addresses that are none are refused")
        self.assertEqual(got, "deviation", why)
        self.assertIn("192.168.4.256", why)

    def test_the_protocol(self):
        self.rows(
            ("codes", "cam_info code 2: command unimplemented", "fail", "not code 2"),
            ("codes", "cam_info code 3: not a json string", "fail", "not code 3"),
            ("second start", "delimiters: a second start begins anew", "deviation", "lost"),
            ("noise", "delimiters: nothing but packets was sent", "fail", "outside"),
            ("asks for firmware", "get_fw: never unasked", "fail", "one came"),
            ("tells events", "responses: none but the documented ones", "fail", "event"),
        )

    def test_a_connection_that_breaks(self):
        """The check that was under way fails, the next ones go on."""
        camera = self.stand_in()
        process = self.begin(camera.port, "--only", "get_status")
        first = process.stdout.readline()
        camera.wrong.add("hangs up")
        code, verdicts, _ = self.finish(process)
        self.assertEqual(json.loads(first)["verdict"], "pass")
        self.assertEqual(code, 1)
        self.assertEqual([row for row in verdicts.values() if row[0] == "fail"],
                         [("fail", "the camera has closed the connection")])
        self.assertGreater(len([row for row in verdicts.values() if row[0] == "pass"]), 5)

    def test_a_slow_camera(self):
        """It answers after half a second and serves one client at a time."""
        processes = [self.begin(self.stand_in(delay_s=0.5).port, "--only", only)
                     for only in ("get_wifi: flags bit 7", "set_stream_off: when", "cam_info code 2", "several commands")]
        for process in processes:
            self.assertTrue(self.good(process))

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        code, verdicts, err = self.suite(port)
        self.assertEqual((code, verdicts), (2, {}))
        self.assertIn("127.0.0.1", err)

    def test_no_camera(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n\x03")
                    connection.recv(4096)
            thread = threading.Thread(target=serve)
            thread.start()
            code, verdicts, err = self.suite(listener.getsockname()[1])
            thread.join()
        self.assertEqual((code, verdicts), (2, {}))
        self.assertIn("start delimiter", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
