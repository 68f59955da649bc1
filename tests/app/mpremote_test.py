"""The real mpremote against a Pure Thermal: what people do with it."""
import os
import shutil
import subprocess
import sys
import unittest

from program import LIMIT_S
from scripts import ScriptCase, micropython_top


def find_mpremote():
    """The command that runs it, or why there is none."""
    top = micropython_top()
    tool = top and os.path.join(top, "tools", "mpremote", "mpremote.py")
    if not tool or not os.path.exists(tool):
        return None, "MicroPython's sources are not there"
    for python in ("/usr/bin/python3", sys.executable):
        if subprocess.run([python, "-c", "import serial, platformdirs"], capture_output=True).returncode == 0:
            return [python, "-B", tool], ""
    return None, "no python3-serial and python3-platformdirs"


class Mpremote(ScriptCase):
    def setUp(self):
        self.command, why = find_mpremote()
        if not self.command:
            self.skipTest(why)
        self.folder = self.directory()
        self.start_board("--flash", self.folder + "/flash.img")

    def remote(self, *words, code=0):
        result = subprocess.run([*self.command, "connect", self.port, *words], capture_output=True, timeout=LIMIT_S,
                                stdin=subprocess.DEVNULL, env=dict(os.environ, HOME=self.folder))
        output = result.stdout.decode() + result.stderr.decode()
        self.assertEqual(result.returncode, code, output)
        return output.replace("\r\n", "\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_exec_run_eval(self):
        self.assertEqual(self.remote("exec", "print('a', 1 + 1)"), "a 2\n")
        self.assertEqual(self.remote("eval", "6 * 7"), "42\n")
        script = self.write("script.py", "import sys\nfor i in range(3): print(i, sys.platform)\n")
        self.assertEqual(self.remote("run", script), "".join(f"{i} OpenMVPureThermal\n" for i in range(3)))
        self.assertIn("ZeroDivisionError", self.remote("exec", "1/0", code=1))
        # A long one goes by raw paste, window by window.
        long = self.write("long.py", "x = 0\n" + "x += 1  # and so on\n" * 2000 + "print(x)\n")
        self.assertEqual(self.remote("run", long), "2000\n")

    def test_a_running_script_is_interrupted(self):
        self.remote("exec", "--no-follow", "print('on')\nwhile True: pass")
        self.assertEqual(self.remote("exec", "print('mine')"), "mine\n")

    def test_files(self):
        self.assertIn("main.py", self.remote("fs", "ls"))
        big = self.write("big.bin", "0123456789abcdef" * 4096)
        self.remote("fs", "cp", big, ":big.bin")
        self.remote("fs", "cp", ":big.bin", self.folder + "/back.bin")
        with open(big, "rb") as a, open(self.folder + "/back.bin", "rb") as b:
            self.assertEqual(a.read(), b.read())
        self.remote("fs", "mkdir", ":made")
        self.remote("fs", "cp", self.write("small.txt", "small"), ":made/small.txt")
        self.assertEqual(self.remote("fs", "cat", ":made/small.txt"), "small")
        self.remote("fs", "rm", ":made/small.txt")
        self.remote("fs", "rmdir", ":made")
        self.assertNotIn("made", self.remote("fs", "ls"))
        self.write("tree/a.txt", "a")
        self.write("tree/sub/b.txt", "b")
        self.remote("fs", "cp", "-r", self.folder + "/tree", ":")
        self.assertEqual(self.remote("fs", "cat", ":tree/sub/b.txt"), "b")
        self.assertIn("65536", self.remote("fs", "ls"))
        self.assertIn("flash", self.remote("df"))

    def test_mount(self):
        self.write("lib/mod.py", "VALUE = 'from the host'\n")
        self.assertIn("from the host\n",
                      self.remote("mount", self.folder + "/lib", "exec", "import mod; print(mod.VALUE)"))
        self.remote("mount", self.folder + "/lib", "exec", "f = open('written', 'w'); f.write('back'); f.close()")
        with open(self.folder + "/lib/written") as file:
            self.assertEqual(file.read(), "back")

    def test_soft_reset(self):
        self.remote("exec", "kept = 1")
        self.assertEqual(self.remote("resume", "exec", "print(kept)"), "1\n")
        self.remote("soft-reset")
        self.assertIn("NameError", self.remote("resume", "exec", "print(kept)", code=1))

    def test_romfs(self):
        self.write("rom/hello.py", "def say(): return 'hello from /rom'\n")
        self.assertIn("8388608", self.remote("romfs", "query"))
        self.assertIn("deployed", self.remote("romfs", "--no-mpy", "deploy", self.folder + "/rom"))
        self.assertEqual(self.remote("exec", "import hello; print(hello.say())"), "hello from /rom\n")

    def test_the_drive_is_readable_by_others(self):
        self.remote("exec", "f = open('for_others.txt', 'w'); f.write('hello\\n'); f.close()")
        self.assertEqual(self.program.stop(), 0)
        if not shutil.which("mtype"):
            self.skipTest("no mtools")
        image = self.folder + "/flash.img"
        self.assertEqual(subprocess.run(["mtype", "-i", image, "::for_others.txt"], capture_output=True,
                                        check=True).stdout, b"hello\n")
        fsck = shutil.which("fsck.fat", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")
        if fsck:
            result = subprocess.run([fsck, "-n", image], capture_output=True)
            self.assertNotIn(b"errors", result.stdout, result.stdout)


if __name__ == "__main__":
    unittest.main()
