# Any call to both cameras: an exception of those below at worst, and never for long. After chance.py.
import csi
import image
import time

MOST_MS = 60000
wrong = ['not at the end']  # what must not be: told, as warnings are printed in between
csi.devices()  # they are looked for once, as when the board is switched on: before the faults
REQUESTS = [getattr(csi, n) for n in dir(csi) if n.startswith('IOCTL_')]
METHODS = sorted(n for n in dir(csi.CSI) if n[:1] != '_' and n != 'ioctl')
ERRORS = (TypeError, ValueError, OSError, RuntimeError, IndexError, MemoryError, OverflowError,
          AttributeError, NotImplementedError)


def some(r):
    k = r(12)
    if k < 4:
        return r(300) - 20
    if k == 4:
        return r.of(2**31 - 1, 2**31, -2**31, 2**63, -2**70, 65535, 65536, 255, 256)
    if k == 5:
        return r.of(0.5, -1.0, 1e30, float('nan'), float('inf'), -1e-30, 0.0)
    if k == 6:
        return r.of(None, True, 'x', b'bytes', {}, csi, lambda *a: r(2))
    if k == 7:
        return image.Image(r(40) + 1, r(40) + 1, r.of(image.GRAYSCALE, image.RGB565, image.BINARY))
    if k == 8:
        return bytes(r(70))
    parts = [some(r) if r(8) == 0 else r(300) - 20 for _ in range(r(6))]
    return parts if k == 9 else tuple(parts)


# Frames are mostly small: large ones cost the simulator more than they find.
def framesize(r):
    if r(6) == 0:
        return (r(400), r(400))
    return r.of(csi.WQXGA2, csi.HD, csi.VGA) if r(20) == 0 else r.of(
        csi.QQQVGA, csi.QQVGA, csi.QVGA, csi.QCIF, csi.HQVGA, r(40))


def window(r):
    return tuple(r(200) - 20 for _ in range(r.of(2, 4)))


def pixformat(r):
    return r.of(csi.GRAYSCALE, csi.RGB565, csi.YUV422, csi.BAYER, csi.JPEG, csi.BINARY)


# Callbacks come in the middle of other calls, and make calls of their own.
def callback(r, depth):
    if depth > 1 or r(3) == 0:
        return r.of(None, lambda *a: None, lambda *a: 1 // 0)
    return lambda *a: r(6) == 0 and attempt(r, depth + 1)


def switch(r):
    return r(2)


PLAUSIBLE = {
    'pixformat': pixformat, 'framesize': framesize, 'window': window,
    'framerate': lambda r: r(70), 'framebuffers': lambda r: r(5), 'quality': lambda r: r(105),
    'gainceiling': lambda r: 1 << r(9), 'color_palette': lambda r: r(3),
    'brightness': lambda r: r(9) - 4, 'contrast': lambda r: r(9) - 4,
    'saturation': lambda r: r(9) - 4, 'special_effect': lambda r: r(3)}
KEYWORDS = {
    'auto_gain': ('gain_db', lambda r: r(30)),
    'auto_exposure': ('exposure_us', lambda r: r(100000)),
    'auto_whitebal': ('rgb_gain_db', lambda r: (r(9), r(9), r(9))),
    'auto_blc': ('regs', lambda r: [r(256) for _ in range(8)])}


def snapshot(r, c):
    how = {}
    if r(4) == 0:
        how['time'] = r.of(-1, 0, 10, r(2000))
    if r(4) == 0:
        how['frames'] = r.of(-1, 0, 1, r(4))
    if r(4) == 0:
        how['blocking'] = r(2)
    if r(6) == 0:
        how['image'] = r.of(some(r), image.Image(160, 120, csi.RGB565))
    image_of = c.snapshot(**how)
    if image_of and image_of.size() < 50000:
        sum(bytes(image_of))


def command(r):
    return r.of(0x0200, 0x0248, 0x0300, 0x0800, 0x4800, 0x4E00) | r(64) << 2 | r(4)


def ioctl(r, c):
    request = r.of(*REQUESTS)
    if request == csi.IOCTL_WAIT_ON_AUTO_FOCUS:
        args = [r(8000)][:r(2)]  # it does wait so long
    elif r(6) == 0:
        args = [some(r) for _ in range(r(4))]
    elif request == csi.IOCTL_LEPTON_RUN_COMMAND:
        args = [command(r)]
    elif request == csi.IOCTL_LEPTON_GET_ATTRIBUTE:
        args = [command(r), r(40)]
    elif request == csi.IOCTL_LEPTON_SET_ATTRIBUTE:
        args = [command(r), bytes(r(256) for _ in range(2 * r(10)))]
    elif request == csi.IOCTL_SET_READOUT_WINDOW:
        args = [tuple(r(3000) for _ in range(r.of(2, 4)))]
    elif request == csi.IOCTL_LEPTON_SET_RANGE:
        args = [r(300) - 100.0, r(600) - 50.0]
    else:
        args = [r(2) for _ in range(r(3))]
    c.ioctl(request, *args)


def call(r, c, depth):
    k = r(12)
    if k < 3:
        snapshot(r, c)
    elif k < 5:
        ioctl(r, c)
    elif k < 7:
        c.reset(hard=r(2))
        c.pixformat(pixformat(r))
        c.framesize(framesize(r))
    else:
        name = r.of(*METHODS)
        if name == 'snapshot':
            return
        kw = {}
        if name.endswith('_callback'):
            args = [callback(r, depth)]
        elif r(6) == 0:
            args = [some(r) for _ in range(r(4))]
        elif name in KEYWORDS and r(2):
            key, value = KEYWORDS[name]
            args, kw = [r(2)], {key: value(r)}
        else:
            args = [PLAUSIBLE.get(name, switch)(r)][:r(4)]
        getattr(c, name)(*args, **kw)


def attempt(r, depth=0):
    begun = time.ticks_ms()
    what = 'CSI'
    try:
        c = csi.CSI(cid=r.of(csi.OV5640, csi.OV5640, csi.LEPTON, csi.LEPTON, csi.SOFTCSI))
        what = str(c)
        call(r, c, depth)
    except ERRORS:
        pass
    except Exception as e:
        wrong.append('%r: %s' % (e, what))
    took = time.ticks_diff(time.ticks_ms(), begun)
    if took > MOST_MS:
        wrong.append('%d ms: %s' % (took, what))


def fuzz(seed, calls):
    r = R(seed)
    for _ in range(calls):
        attempt(r)
    wrong.pop(0)


def well():
    for cid in (csi.OV5640, csi.LEPTON):
        for left in range(9, -1, -1):
            try:
                c = csi.CSI(cid=cid)
                c.reset()
                c.frame_callback(None)
                c.vsync_callback(None)
                c.pixformat(csi.GRAYSCALE)
                c.framesize(csi.QQVGA)
                c.snapshot()
                break
            except (OSError, RuntimeError) as e:
                if left == 0:
                    wrong.append('%x: %s' % (cid, e))
                time.sleep(5)
