"""ironbow info: identity, settings, temperatures, health; for people and machines."""
import json
import unittest

from program import Case

MODELS = {
    "1.5": ("500-0643-00", 80, False, False), "1.6": ("500-0690-00", 80, False, False),
    "2.0": ("500-0659-01", 80, False, True), "2.5": ("500-0763-01", 80, True, True),
    "3.0": ("500-0726-01", 160, False, True), "3.1R": ("500-0758-03", 160, True, True),
    "3.5": ("500-0771-01", 160, True, True),
}


class Info(Case):
    def info(self, *args):
        return json.loads(self.works("info", "--json", *args))

    def test_models(self):
        for model, (part, width, radiometric, shutter) in MODELS.items():
            with self.subTest(model):
                info = self.info("--camera", f"sim:lepton-{model}")
                identity = info["identity"]
                self.assertEqual(identity["part_number"][:8], part[:8])
                self.assertEqual(identity["width_px"], width)
                self.assertEqual(identity["radiometric"], radiometric)
                self.assertEqual(identity["shutter"], shutter)
                self.assertEqual("tlinear" in info["settings"], radiometric)

    def test_default_camera(self):
        info = self.info()
        self.assertIs(info["ok"], True)
        self.assertEqual(info["identity"]["model"], "3.5")
        settings = info["settings"]
        self.assertEqual((settings["agc"], settings["tlinear"], settings["gain"]),
                         (False, True, "high"))
        self.assertEqual((settings["emissivity_pct"], settings["telemetry"]), (100.0, "footer"))
        self.assertEqual(settings["spotmeter_px"], [59, 79, 60, 80])
        temperatures = info["temperatures"]
        self.assertTrue(10 < temperatures["sensor_c"] < 60, temperatures)
        self.assertTrue(temperatures["scene_min_c"] <= temperatures["scene_mean_c"]
                        <= temperatures["scene_max_c"])
        health = info["health"]
        self.assertEqual((health["stage"], health["ffc"]), ("running", "done"))
        self.assertEqual(health["camera"]["cci_errors"], 0)
        self.assertEqual(health["source"]["bad_crc"], 0)
        self.assertGreater(health["source"]["frames"], 0)

    def test_text(self):
        text = self.works("info").decode()
        self.assertIn("500-0771-01", text)
        self.assertRegex(text, r"sensor +[\d.]+ °C")
        self.assertNotIn("{", text)

    def test_of_a_running_program(self):
        program = self.start("--camera", "sim:lepton-2.5", step=True)
        program.ok("step 8s")
        with program.stepping():
            info = self.info("--control", program.control)
            text = self.works("info", "--control", program.control).decode()
        self.assertEqual(info["identity"]["model"], "2.5")
        self.assertEqual(info["camera"], "sim:lepton-2.5")
        self.assertIn("500-0763-01", text)
        self.assertEqual(program.stop(), 0)

    def test_nobody_there(self):
        self.assertIn("no ironbow is running there",
                      self.fails(1, "info", "--control", self.directory() + "/none.sock"))


if __name__ == "__main__":
    unittest.main()
