"""Both sensors through random settings: whatever a script does to them, a picture is whole, of its size and format.

`IRONBOW_SEED=N` takes other steps, `IRONBOW_ROUNDS=N` more of them.
"""
import os
import pathlib
import unittest

import program
import scripts

SEED = os.environ.get("IRONBOW_SEED", "1")
ROUNDS = os.environ.get("IRONBOW_ROUNDS", "250")
SCRIPT = """
import csi, image, random, sys, time
random.seed(int(sys.argv[1]))
below = random.randrange
sensors = [csi.CSI(), csi.CSI(cid=csi.LEPTON)]
sensors[0].reset()
sensors[1].reset(hard=False)
into = [image.Image(40, 30, f) for f in (image.GRAYSCALE, image.RGB565, image.BINARY)]
NAMES = {csi.GRAYSCALE: "grayscale", csi.RGB565: "rgb565", csi.YUV422: "yvu422", csi.JPEG: "jpeg", csi.BAYER: "bayer_bggr"}
SIZES = (csi.QQVGA, csi.QVGA, csi.VGA, (200, 152), (333, 201), csi.HVGA, csi.QQQVGA, (96, 64))
log = []

def expect(*facts):
    if not all(facts):
        print(facts, log[-20:])
        sys.exit(1)

def check(c, i):
    kind, data = c.pixformat(), bytes(i)
    w, h = (c.width(), c.height()) if kind == csi.JPEG else c.window()[2:]
    if kind in (csi.BAYER, csi.YUV422): w -= w % 2
    if c.transpose(): w, h = h, w
    expect((i.width(), i.height()) == (w, h), i.format() == kind, NAMES[kind] in str(i), i.size() == len(data))
    if kind == csi.JPEG:
        expect(data[:2] == b"\\xff\\xd8", data[-2:] == b"\\xff\\xd9")
    else:
        expect(len(data) == w * h * (kind & 255), w * h < 400 or min(data) < max(data))

def settings(c, lepton):
    step = below(10)
    if step == 0: c.pixformat(list(NAMES)[below(5)])
    elif step == 1: c.framesize(SIZES[below(len(SIZES))])
    elif step == 2: c.window((below(320) - 20, below(220) - 20, 1 + below(300), 1 + below(200)))
    elif step == 3: c.framebuffers((1, 2, 3, 4, 6, 100)[below(6)])
    elif step == 4: (c.hmirror, c.vflip, c.transpose, c.color_palette)[below(4)](bool(below(2)))
    elif step == 5: c.framerate((1, 5, 20, 1000)[below(4)])
    elif step == 6: time.sleep_ms(below(300))
    elif step == 7 and lepton:
        c.ioctl(csi.IOCTL_LEPTON_SET_MODE, below(2), below(2))
        c.ioctl(csi.IOCTL_LEPTON_SET_RANGE, 15, 40)
    elif step == 7: c.ioctl(csi.IOCTL_SET_READOUT_WINDOW, (below(900) - 450, below(900) - 450, 100 + below(2600), 100 + below(1900)))
    elif step == 8 and below(4) == 0: c.reset(hard=False)
    elif step == 9: c.sleep(True); c.sleep(False)

def pictures(c):
    step = below(6)
    if step == 0:
        waits = c.readable()
        i = c.snapshot(blocking=False)
        expect(i or not waits)
        if i: check(c, i)
    elif step == 1: expect(c.snapshot(time=below(100)) is None, c.snapshot(frames=below(3)) is None)
    elif step == 2: expect(c.snapshot(image=into[below(3)]) is None)
    else:
        i = c.snapshot()
        check(c, i)
        # What is made of it in the frame buffer is gone with the next one.
        if step == 3 and c.pixformat() in (csi.GRAYSCALE, csi.RGB565): i.to_jpeg() if below(2) else i.scale(x_scale=0.5 + below(2))
        return 1
    return 0

taken = 0
for _ in range(int(sys.argv[2])):
    lepton = below(2)
    try:
        if below(2): settings(sensors[lepton], lepton)
        else: taken += pictures(sensors[lepton])
        log.append(lepton)
    except (RuntimeError, ValueError, OSError) as e:
        expect("verflow" not in str(e), "apture" not in str(e), "I/O" not in str(e))
        log.append((lepton, str(e)))
print(taken)
"""


class Steps(program.Case):
    @unittest.skipUnless(scripts.micropython_top(), "MicroPython's sources are not there")
    def test_random_steps(self):
        path = pathlib.Path(self.directory()) / "steps.py"
        path.write_text(SCRIPT)
        result = program.run("script", os.fspath(path), SEED, ROUNDS)
        self.assertEqual((result.returncode, result.stderr), (0, b""), f"seed {SEED}: {result.stdout}")
        self.assertGreater(int(result.stdout), int(ROUNDS) // 30)


if __name__ == "__main__":
    unittest.main(verbosity=2)
