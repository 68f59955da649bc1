"""`ironbow script`: exit codes, what goes where, the same on every run, and how scripts are broken off."""
import os
import signal
import subprocess
import unittest

from program import IRONBOW, LIMIT_S, Case, run


class ScriptVerbCase(Case):
    def setUp(self):
        self.folder = self.directory()
        if b"built without MicroPython" in self.script("pass").stderr:
            self.skipTest("built without MicroPython")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def script(self, text, *args, name="main.py", **kwargs):
        return run("script", self.write(name, text), *args, **kwargs)

    def prints(self, text, expected, *args):
        result = self.script(text, *args)
        self.assertEqual((result.returncode, result.stdout.decode(), result.stderr.decode()), (0, expected, ""))


class Endings(ScriptVerbCase):
    def test_output_is_byte_for_byte(self):
        result = self.script("import sys\nprint('a\\nb')\nsys.stdout.write('c\\r\\n')\nsys.stdout.buffer.write(b'\\x00\\xff')\n"
                             "print('end', end='')")
        self.assertEqual(result.stdout, b"a\nb\nc\r\n\x00\xffend")
        self.assertEqual((result.stderr, result.returncode), (b"", 0))

    def test_a_lot_of_output_is_not_lost(self):
        result = self.script("for i in range(40000): print(i, 'x' * 20)")
        self.assertEqual(result.stdout.decode(), "".join(f"{i} {'x' * 20}\n" for i in range(40000)))

    def test_a_traceback_goes_to_standard_error(self):
        result = self.script("print('before')\ndef f():\n  return 1 / 0\nf()\n")
        self.assertEqual((result.returncode, result.stdout), (1, b"before\n"))
        self.assertEqual(result.stderr.decode(),
                         "Traceback (most recent call last):\n"
                         f'  File "{self.folder}/main.py", line 4, in <module>\n'
                         f'  File "{self.folder}/main.py", line 3, in f\n'
                         "ZeroDivisionError: divide by zero\n")

    def test_a_syntax_error(self):
        result = self.script("print('never')\nif\n")
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        self.assertIn(b"line 2\nSyntaxError: invalid syntax", result.stderr)

    def test_exit_codes(self):
        for value, code in (("", 0), ("None", 0), ("0", 0), ("7", 7), ("255", 255), ("-1", 255)):
            with self.subTest(value=value):
                result = self.script(f"import sys\nprint(1)\nsys.exit({value})\nprint(2)")
                self.assertEqual((result.returncode, result.stdout, result.stderr), (code, b"1\n", b""))
        result = self.script("import sys\nsys.exit('not today')")
        self.assertEqual((result.returncode, result.stderr), (1, b"not today\n"))

    def test_what_ends_a_board(self):
        for text, why in (("machine.reset()", "it has reset the board"), ("machine.deepsleep(10)", "it has reset the board"),
                          ("machine.bootloader()", "it has gone to the bootloader")):
            with self.subTest(text=text):
                result = self.script(f"import machine\n{text}\nprint('never')")
                self.assertEqual((result.returncode, result.stdout), (1, b""))
                self.assertIn(why, result.stderr.decode())

    def test_memory_and_recursion_end(self):
        result = self.script("a = []\nwhile True: a.append(bytearray(100000))")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"MemoryError", result.stderr)
        result = self.script("def f(): f()\nf()")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"RuntimeError: maximum recursion depth exceeded", result.stderr)

    def test_what_it_cannot_run(self):
        self.assertIn("No such file", self.fails(1, "script", self.folder + "/none.py"))
        self.assertIn("is missing", self.fails(2, "script"))
        self.assertIn("must be step or real", self.fails(2, "script", "x.py", "--clock", "warp"))
        self.assertIn("must be a time", self.fails(2, "script", "x.py", "--limit", "10"))
        path = self.write("main.py", "pass")
        self.assertIn("no such", self.fails(2, "script", path, "--camera", "sim:lepton-9"))
        self.assertIn("needs a simulated camera",
                      self.fails(2, "script", path, "--camera", "linux:/dev/none,/dev/none", "--clock", "step"))
        self.assertIn("flash image", self.fails(1, "script", path, "--flash", path))
        self.assertIn("cannot be read", self.fails(1, "script", path, "--af-firmware", self.folder + "/none"))
        self.assertIn("more than 8192", self.fails(1, "script", path, "--af-firmware", self.write("big", "x" * 8193)))
        self.assertIn("is empty", self.fails(1, "script", path, "--af-firmware", self.write("nothing", "")))

    def test_a_reader_that_goes_ends_it(self):
        path = self.write("main.py", "while True: print('on and on')")
        process = subprocess.Popen([IRONBOW, "script", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"on and on\n")
        process.stdout.close()
        self.assertEqual(process.wait(LIMIT_S), 1)
        self.assertIn(b"standard output: cannot be written", process.stderr.read())
        process.stderr.close()


class Place(ScriptVerbCase):
    def test_arguments(self):
        self.prints("import sys\nprint(sys.argv[1:])", "['a', 'b c', '--limit', '-x']\n", "a", "b c", "--", "--limit", "-x")
        result = subprocess.run(
            [IRONBOW, "script", "-", "word"], input=b"import sys\nprint(sys.argv, __file__)", capture_output=True, timeout=LIMIT_S)
        self.assertEqual(result.stdout, b"['<stdin>', 'word'] <stdin>\n")

    def test_the_scripts_folder(self):
        self.write("beside.py", "value = 41\n")
        self.write("pack/__init__.py", "from .part import more\n")
        self.write("pack/part.py", "more = 1\n")
        self.write("data/numbers.txt", "one\ntwo\n")
        self.prints("""
import os
import beside, pack
print(beside.value + pack.more, beside.__file__, __file__)
print(os.listdir('/remote'), os.listdir('/remote/data'))
print(os.getcwd(), os.stat('/remote/data/numbers.txt')[6], os.stat('/remote/pack')[0])
with open('/remote/data/numbers.txt') as f:
    print(f.readline(), f.read(), f.seek(1), f.read(2), [line for line in f])
with open('/remote/data/numbers.txt', 'rb') as f:
    print(f.read(), f.seek(-2, 2), f.read())
os.chdir('/remote/data')
print(os.getcwd(), open('../beside.py').read(), open('../../../../beside.py').read(5))
os.chdir('..')
print(os.getcwd(), os.listdir(), os.listdir('data'))
""", """42 /remote/beside.py /remote/main.py
['beside.py', 'data', 'main.py', 'pack'] ['numbers.txt']
/flash 8 16384
one
 two
 1 ne ['\\n', 'two\\n']
b'one\\ntwo\\n' 6 b'o\\n'
/remote/data value = 41
 value
/remote ['beside.py', 'data', 'main.py', 'pack'] ['numbers.txt']
""")

    def test_the_folder_is_only_read(self):
        self.prints("""
import os
def errno_of(f, *args):
    try:
        f(*args)
    except OSError as e:
        return e.errno
print([errno_of(open, '/remote/x', mode) for mode in ('w', 'a', 'r+', 'x', 'wb')])
print(errno_of(os.remove, '/remote/main.py'), errno_of(os.mkdir, '/remote/d'), errno_of(os.rename, '/remote/main.py', '/remote/b'))
print(errno_of(open, '/remote/none'), errno_of(open, '/remote'), errno_of(os.listdir, '/remote/none'), errno_of(os.chdir, '/remote/main.py'))
f = open('/remote/main.py'); f.close()
print(errno_of(f.read))
""", "[30, 30, 30, 30, 30]\n30 30 30\n2 21 2 20\n9\n")
        self.assertEqual(os.listdir(self.folder), ["main.py"])

    def test_many_open_files_are_closed(self):
        self.prints("for i in range(5000): open('/remote/main.py').read(1)\nprint('well')", "well\n")

    def test_flash_and_boot(self):
        flash = self.folder + "/flash.img"
        self.prints("f = open('boot.py', 'w'); f.write('print(\"boot\")'); f.close()\nprint('made')", "made\n", "--flash", flash)
        self.prints("import os\nprint(os.listdir('/flash'))", "boot\n['main.py', 'README.txt', '.openmv_disk', 'boot.py']\n",
                    "--flash", flash)
        result = self.script("f = open('boot.py', 'w'); f.write('1/0'); f.close()", "--flash", flash)
        self.assertEqual(result.stdout, b"boot\n")
        result = self.script("print('never')", "--flash", flash)
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        self.assertIn(b"boot.py", result.stderr)

    def test_nobody_types(self):
        self.prints("import sys\ntry:\n  input()\nexcept EOFError:\n  print('nobody')", "nobody\n")


class Time(ScriptVerbCase):
    def test_waiting_takes_no_time_and_loops_do(self):
        self.prints("""
import time
t = time.ticks_us(); time.sleep(100); print(time.ticks_diff(time.ticks_us(), t) // 1000)
t = time.ticks_us(); time.sleep_us(7); print(time.ticks_diff(time.ticks_us(), t) in range(7, 12))
t = time.ticks_us()
for i in range(100000): pass
print(time.ticks_diff(time.ticks_us(), t) - 100000 in range(20))
print(time.localtime(), time.time() - time.mktime((2026, 1, 1, 0, 0, 0, 0, 0)))
t = time.ticks_ms()
while time.ticks_diff(time.ticks_ms(), t) < 1000: pass
print('busy waits end')
""", "100000\nTrue\nTrue\n(2026, 1, 1, 0, 1, 40, 3, 1) 100\nbusy waits end\n")

    def test_the_same_on_every_run(self):
        text = """
import asyncio, gc, os, random, time
class Thing: pass
things = {Thing() for _ in range(50)}
for thing in things: print(thing)
print(time.time_ns(), os.urandom(8), random.random(), random.getrandbits(30), gc.mem_free())
async def task(n):
    for i in range(20):
        await asyncio.sleep_ms(random.randint(1, 30))
        print(n, i, time.ticks_us())
async def all():
    await asyncio.gather(*[task(n) for n in range(5)])
asyncio.run(all())
f = open('x', 'w'); f.write('x'); f.close()
print(os.stat('x'), time.ticks_us(), gc.mem_free())
"""
        first, second = (self.script(text) for _ in range(2))
        self.assertEqual((first.returncode, first.stderr), (0, b""))
        self.assertEqual(first.stdout, second.stdout)
        self.assertNotEqual(first.stdout, self.script(text, "--seed", "7").stdout)
        self.assertEqual(self.script(text, "--seed", "7").stdout, self.script(text, "--seed", "7").stdout)

    def test_limit(self):
        for text in ("while True: pass", "import time\nwhile True: time.sleep(1)", "import time\ntime.sleep(1000000)",
                     "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
                     "import machine\nmachine.lightsleep()", "import asyncio\nasync def f(): await asyncio.sleep(1000)\nasyncio.run(f())"):
            with self.subTest(text=text):
                result = self.script(text, "--limit", "3s")
                self.assertEqual((result.returncode, result.stdout), (124, b""))
                self.assertEqual(result.stderr.decode(),
                                 f"ironbow: script: {self.folder}/main.py: broken off at its --limit\n")
        self.prints("import time\ntime.sleep(2)\nprint('in time')", "in time\n", "--limit", "3s")
        # To the microsecond, and so the same output on every run.
        text = "import time\nwhile True:\n  print(time.ticks_us())"
        self.assertEqual(self.script(text, "--limit", "20ms").stdout, self.script(text, "--limit", "20ms").stdout)

    def test_limit_in_real_time(self):
        result = self.script("print('on')\nwhile True: pass", "--clock", "real", "--limit", "200ms")
        self.assertEqual((result.returncode, result.stdout), (124, b"on\n"))

    def test_real_time(self):
        self.prints("import time\nt = time.ticks_ms()\ntime.sleep_ms(60)\nprint(time.ticks_diff(time.ticks_ms(), t) >= 60)\n"
                    "print(time.localtime()[0] >= 2025)", "True\nTrue\n", "--clock", "real")

    def test_sockets_are_outside_of_simulated_time(self):
        self.prints("""
import network, socket
network.WINC().connect('any', 'password')
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(1)
s.settimeout(0.05)
try:
    s.accept()
except OSError as e:
    print(e.errno)
""", "110\n")


class Signals(ScriptVerbCase):
    def begin(self, text, *args):
        process = subprocess.Popen([IRONBOW, "script", self.write("main.py", text), *args], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"on\n")
        return process

    def test_ctrl_c(self):
        for clock in ("step", "real"):
            for text in ("while True: pass", "import time\ntime.sleep(8000000)", "import time\nwhile True: time.sleep(1)"):
                with self.subTest(clock=clock, text=text):
                    process = self.begin(f"print('on')\n{text}", "--clock", clock)
                    process.send_signal(signal.SIGINT)
                    self.assertEqual(process.wait(LIMIT_S), 130)
                    self.assertIn(b"KeyboardInterrupt", process.stderr.read())

    def test_a_script_may_handle_it(self):
        process = self.begin("print('on')\ntry:\n  while True: pass\nexcept KeyboardInterrupt:\n  print('well')")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(LIMIT_S), 0)
        self.assertEqual(process.stdout.read(), b"well\n")

    def test_the_second_one_is_not_asked(self):
        process = self.begin("print('on')\nwhile True:\n  try:\n    while True: pass\n  except BaseException:\n    print('no')")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.stdout.readline(), b"no\n")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(LIMIT_S), 130)

    def test_terminate(self):
        process = self.begin("print('on')\nwhile True:\n  try:\n    while True: pass\n  except BaseException:\n    print('no')")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT_S), 143)
        self.assertEqual(process.stdout.read(), b"")


if __name__ == "__main__":
    unittest.main()
