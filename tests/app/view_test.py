"""ironbow view and play, in a real pseudo-terminal: what is on the screen, and what is left of it."""
import os
import re
import signal
import unittest

from program import Case, run
from screen import Screen, paint
from terminal import Terminal

QUIET = "sim:lepton-3.5?scene=kettle&quiet=1"
TEMPERATURE = re.compile(r"(-?\d+\.\d) °C")


class ViewCase(Case):
    def terminal(self, *args, **kwargs):
        terminal = Terminal(*args, **kwargs)
        self.addCleanup(terminal.close)
        return terminal


class Once(Case):
    """One picture as lines of text: no terminal needed."""

    def picture(self, *args, columns=80, rows=30, env=None):
        env = {"COLORTERM": "truecolor", "TERM": "xterm", "NO_COLOR": "", **(env or {})}
        data = self.works("view", "--once", "--size", f"{columns}x{rows}", *args, env=env)
        self.assertEqual(data.count(b"\n"), rows)
        screen = Screen(columns, rows)
        screen.feed(data)
        return screen, data

    def test_the_kettle(self):
        screen, _ = self.picture()
        place = os.environ.get("IRONBOW_PICTURES")
        if place:
            with open(os.path.join(place, "terminal.png"), "wb") as file:
                file.write(paint(screen))
        colours = {colour for row in range(28) for half in screen.halves(row) if half for colour in half}
        self.assertGreater(len(colours), 100)
        low, high = map(float, TEMPERATURE.findall(screen.text(28)))
        self.assertTrue(5 < low < 30 and 60 < high < 110, screen.text(28))
        middle, hottest, coldest = map(float, TEMPERATURE.findall(screen.text(29)))
        self.assertEqual((low, high), (coldest, hottest))
        self.assertTrue(low < middle < high)
        # The hottest mark stands on bright ground, the coldest on dark.
        marks = {cell[0]: cell for row in screen.cells[:28] for cell in row if cell[0] in "▲▼+"}
        self.assertEqual(set(marks), set("▲▼+"))
        self.assertGreater(sum(marks["▲"][2]), 600)
        self.assertLess(sum(marks["▼"][2]), 60)

    def test_keeps_the_shape_in_every_size(self):
        """Four to three, as large as fits, in the middle: counted in halves of cells."""
        for columns, rows in ((80, 30), (80, 24), (40, 40), (200, 20), (33, 11), (300, 100)):
            with self.subTest((columns, rows)):
                screen, _ = self.picture(columns=columns, rows=rows)
                widths = [sum(half is not None for half in screen.halves(row)) for row in range(rows - 2)]
                width, height = max(widths), 2 * sum(w > 0 for w in widths)
                self.assertLessEqual(abs(width * 3 - height * 4), 7, (width, height))
                self.assertTrue(width == columns or height == 2 * (rows - 2), (width, height))

    def test_sizes_with_no_room(self):
        for columns, rows in ((1, 1), (2, 2), (5, 3), (500, 3), (3, 200)):
            with self.subTest((columns, rows)):
                self.picture(columns=columns, rows=rows)

    def test_the_scale_bar_has_the_palette(self):
        bar = [cell[2] for cell in self.picture()[0].cells[28] if cell[2]]
        brightness = [sum(colour) for colour in bar]
        self.assertEqual(sorted(brightness), brightness)
        self.assertLess(brightness[0], 30)
        self.assertGreater(brightness[-1], 650)

    def test_colours_as_the_terminal_has_them(self):
        _, data = self.picture(env={"COLORTERM": ""})
        self.assertIn(b"\033[48;5;", data)
        self.assertNotIn(b";2;", data)
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            _, data = self.picture(env=env)
            self.assertNotIn(b"\033", data)
            self.assertTrue(all(byte < 0x7F for byte in data))
            self.assertIn(b"@", data)

    def test_units(self):
        celsius = float(TEMPERATURE.search(self.picture("--camera", QUIET)[0].text(28)).group(1))
        fahrenheit = self.picture("--camera", QUIET, "--units", "F")[0].text(28)
        kelvin = self.picture("--camera", QUIET, "--units", "K")[0].text(28)
        self.assertAlmostEqual(float(re.match(r"(-?\d+\.\d) °F", fahrenheit).group(1)),
                               celsius * 1.8 + 32, delta=0.15)
        self.assertAlmostEqual(float(re.match(r"(\d+\.\d) K", kelvin).group(1)), celsius + 273.15, delta=0.11)

    def test_no_degrees_where_there_are_none(self):
        screen, data = self.picture("--camera", "sim:lepton-3.0")
        self.assertNotIn("°".encode(), data)
        self.assertRegex(screen.text(28), r"^\d{4,5} ")
        self.assertIn("no temperatures",
                      self.fails(1, "view", "--once", "--camera", "sim:lepton-3.0", "--range", "0:50"))

    def test_range(self):
        screen, _ = self.picture("--range", "0:300")
        self.assertIn("0.0 °C", screen.text(28))
        self.assertIn("300.0 °C locked", screen.text(28))
        dark = [sum(c) for row in range(28) for half in screen.halves(row) if half for c in half]
        self.assertLess(max(dark), 350, "everything is in the cold part")
        # More than 16 bits hold is a range all the same.
        self.assertIn("4000.0 °C locked", self.picture("--range", "300:4000")[0].text(28))

    def test_ranges(self):
        """The scale's ends are what the first and the last colour stand for."""
        ends = {}
        for mode in "min-max", "percentile", "equalised":
            screen, _ = self.picture("--range", mode)
            ends[mode] = [float(n) for n in re.findall(r"(-?[\d.]+) °C", screen.text(28))]
        coldest, hottest = ends["min-max"]
        for mode in "percentile", "equalised":
            self.assertTrue(coldest < ends[mode][0] < ends[mode][1] < hottest, ends)

    def test_other_shapes(self):
        screen, _ = self.picture("--camera", "sim:lepton-2.5", columns=60, rows=20)
        self.assertEqual(max(sum(half is not None for half in screen.halves(row)) for row in range(18)), 48)

    def test_command_lines(self):
        for args in (["--size", "80x30"], ["--once", "--size", "80"], ["--once", "--size", "0x3"],
                     ["--once", "--size", "501x3"], ["--units", "R"], ["--range", "5:5"],
                     ["--palette", "no"], ["file.cptv"], ["--once", "--camera", "sim:no"]):
            with self.subTest(args):
                self.assertEqual(run("view", *args).returncode, 2)

    def test_needs_a_terminal(self):
        self.assertIn("--once", self.fails(1, "view"))
        self.fails(1, "view", "--once", "--camera", "replay:/nowhere.cptv")


class Live(ViewCase):
    def begin(self, *args, **kwargs):
        terminal = self.terminal("view", *args, **kwargs)
        terminal.shows("°C")
        return terminal

    def test_shows_and_leaves(self):
        terminal = self.begin()
        modes = terminal.screen.modes
        self.assertEqual((modes[1049], modes[25], modes[7]), (True, False, False))
        terminal.shows("fps")
        terminal.press("q")
        self.assertEqual(terminal.wait(), (0, ""))
        terminal.restored()

    def test_keys(self):
        terminal = self.begin()
        terminal.press("h")
        terminal.shows("degrees Celsius, Fahrenheit, kelvin")
        terminal.press("h")
        terminal.until(lambda screen: not any("Fahrenheit" in line for line in screen.lines()), "no help")
        terminal.press("u")
        terminal.shows("°F")
        terminal.press("u")
        terminal.shows(" K")
        terminal.press("u")
        terminal.press("l")
        terminal.shows("locked")
        terminal.press("l")
        terminal.until(lambda screen: "locked" not in screen.text(22), "no lock")
        terminal.press("e")
        terminal.shows("colours equalised")
        terminal.press("e")
        terminal.shows("colours linear")
        terminal.press("p")
        terminal.shows("palette ")
        terminal.press(" ")
        terminal.shows("held")
        terminal.press("\033[A\033OPx\033")  # nothing that it knows
        terminal.press("f")
        terminal.shows(" FFC ")
        terminal.press("q")
        self.assertEqual(terminal.wait(), (0, ""))

    def test_an_update_is_one_piece_and_little(self):
        """After the first picture only what has changed is written."""
        terminal = self.begin("--camera", QUIET)
        begin = terminal.screen.updates
        written = terminal.screen.written
        terminal.until(lambda screen: screen.updates > begin + 20, "twenty updates")
        cells = (terminal.screen.written - written) / (terminal.screen.updates - begin)
        self.assertLess(cells, 0.5 * 80 * 24, cells)
        for update in terminal.data.split(b"\033[?2026h")[1:-1]:
            self.assertTrue(b"\033[?2026l" in update)

    def test_resize(self):
        terminal = self.begin(columns=100, rows=30)
        for columns, rows in ((60, 20), (120, 40)):
            terminal.resize(columns, rows)
            terminal.until(lambda screen, rows=rows: "°C" in screen.text(rows - 1) and
                           "h help" in screen.text(rows - 1), "the new size")
            line = terminal.screen.text(rows - 1).rstrip()
            self.assertEqual(len(line), columns, line)

    def test_signals_leave_the_terminal_as_it_was(self):
        for number, code in ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 0),
                             (signal.SIGQUIT, 0), (signal.SIGABRT, None), (signal.SIGBUS, None)):
            with self.subTest(number.name):
                terminal = self.begin()
                if number == signal.SIGINT:
                    terminal.press("\x03")
                else:
                    terminal.signal(number)
                if code is None:
                    # A crash is not hidden; a sanitizer has its say about it.
                    self.assertNotEqual(terminal.wait(crashed=True)[0], 0)
                else:
                    self.assertEqual(terminal.wait()[0], code)
                terminal.restored()

    def test_stop_and_go_on(self):
        terminal = self.begin()
        terminal.press("\x1a")
        terminal.until(lambda screen: screen.modes.get(1049) is False, "the old screen")
        terminal.restored()
        terminal.signal(signal.SIGCONT)
        terminal.until(lambda screen: screen.modes.get(1049) is True, "the other screen")
        terminal.shows("fps")
        terminal.press("q")
        self.assertEqual(terminal.wait(), (0, ""))
        terminal.restored()

    def test_a_terminal_that_cannot_move_its_cursor(self):
        terminal = self.terminal("view", term="dumb")
        code, errors = terminal.wait()
        self.assertEqual(code, 1)
        self.assertIn("TERM=dumb", errors)

    def test_no_image_is_said(self):
        terminal = self.terminal("view")
        terminal.shows("no image yet")


class Play(ViewCase):
    def setUp(self):
        self.path = os.path.join(self.directory(), "clip.cptv")
        self.works("record", "-o", self.path, "--frames", "60")

    def begin(self, *args):
        terminal = self.terminal("play", self.path, *args)
        terminal.shows("#")
        return terminal

    @staticmethod
    def number(screen):
        found = re.search(r"#(\d+)", screen.text(23))
        return int(found.group(1)) if found else 0

    def at(self, terminal, number):
        terminal.until(lambda screen: self.number(screen) == number, f"#{number}")

    def test_plays_to_the_end(self):
        terminal = self.begin()
        terminal.press("++++++")
        terminal.shows("end")
        self.at(terminal, 60)
        self.assertIn("100%", terminal.screen.text(23))
        self.assertRegex(terminal.screen.text(23), r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
        terminal.press("q")
        self.assertEqual(terminal.wait(), (0, ""))
        terminal.restored()

    def test_steps_and_seeks(self):
        terminal = self.begin()
        terminal.press(" ")
        terminal.shows("held")
        terminal.press("\033[H")
        self.at(terminal, 1)
        picture = terminal.screen.halves(10)
        terminal.press(".")
        self.at(terminal, 2)
        terminal.press("...")
        self.at(terminal, 5)
        terminal.press(",")
        self.at(terminal, 4)
        terminal.press(",,,,,,")
        self.at(terminal, 1)
        self.assertEqual(terminal.screen.halves(10), picture)
        terminal.press("\033[C")
        terminal.until(lambda screen: self.number(screen) in range(44, 48), "five seconds on")
        terminal.press("\033[C")
        self.at(terminal, 60)
        terminal.press("\033[D")
        terminal.until(lambda screen: self.number(screen) in range(14, 19), "five seconds back")

    def test_loops(self):
        terminal = self.begin("--loop")
        terminal.press("++++++")
        terminal.until(lambda screen: self.number(screen) > 40, "the end")
        terminal.until(lambda screen: self.number(screen) < 20, "the beginning")
        self.assertIn("loop", terminal.screen.text(23))

    def test_a_file_that_was_cut(self):
        with open(self.path, "r+b") as file:
            file.truncate(os.path.getsize(self.path) * 2 // 3)
        terminal = self.begin()
        terminal.press("++++++")
        terminal.shows("cut off")
        terminal.press("q")
        self.assertEqual(terminal.wait(), (0, ""))

    def test_files_that_are_none(self):
        self.assertIn("/nowhere", self.fails(1, "play", "/nowhere"))
        self.fails(2, "play")
        self.fails(2, "play", "a", "b")
        self.assertIn("terminal", self.fails(1, "play", self.path))
        with open(self.path, "wb") as file:
            file.write(b"nonsense")
        self.fails(1, "play", self.path)


if __name__ == "__main__":
    unittest.main()
