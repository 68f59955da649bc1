"""The old module sensor: the first sensor of csi, as functions."""

import csi
from time import ticks_diff, ticks_ms

from csi import *

CUSTOM = 1
QQCIF = 2
QQSIF = 5
QQQQVGA = 8
HQQQQVGA = 13
HQQQVGA = 14
HQQVGA = 15
B64X32 = 18
B64X64 = 19
B128X64 = 20
B128X128 = 21
B160X160 = 22
B320X320 = 23
LCD = 24
QQVGA2 = 25

_csi = csi.CSI()
_delays = True
_fflush = True


def _renew():
    global _csi
    _csi = csi.CSI(delays=_delays, fflush=_fflush)


def reset():
    _csi.reset()


def sleep(enable):
    _csi.sleep(enable)


def shutdown(enable):
    _csi.shutdown(enable)


def flush():
    _csi.flush()


def snapshot(**kwargs):
    return _csi.snapshot(**kwargs)


def skip_frames(n=None, *, time=None):
    if time is None:
        time = 300 if n is None else -1
    start = ticks_ms()
    while n is None or n > 0:
        if time >= 0 and ticks_diff(ticks_ms(), start) > time:
            break
        _csi.snapshot()
        if n is not None:
            n -= 1


def width():
    return _csi.width()


def height():
    return _csi.height()


def get_fb():
    return _csi._get_fb()


def get_id():
    return _csi.cid()


def get_frame_available():
    return _csi.readable()


def set_pixformat(pixformat):
    _csi.pixformat(pixformat)


def get_pixformat():
    return _csi.pixformat()


def set_framesize(framesize):
    _csi.framesize(framesize)


def get_framesize():
    return _csi.framesize()


def set_framerate(rate):
    _csi.framerate(rate)


def get_framerate():
    return _csi.framerate()


def set_windowing(*roi):
    _csi.window(roi[0] if len(roi) == 1 else roi)


def get_windowing():
    return _csi.window()


def set_gainceiling(gainceiling):
    return _csi.gainceiling(gainceiling)


def set_contrast(contrast):
    return _csi.contrast(contrast)


def set_brightness(brightness):
    return _csi.brightness(brightness)


def set_saturation(saturation):
    return _csi.saturation(saturation)


def set_quality(quality):
    return _csi.quality(quality)


def set_colorbar(enable):
    return _csi.colorbar(enable)


def set_auto_gain(enable, **kwargs):
    _csi.auto_gain(enable, **kwargs)


def get_gain_db():
    return _csi.gain_db()


def set_auto_exposure(enable, **kwargs):
    _csi.auto_exposure(enable, **kwargs)


def get_exposure_us():
    return _csi.exposure_us()


def set_auto_whitebal(enable, **kwargs):
    _csi.auto_whitebal(enable, **kwargs)


def get_rgb_gain_db():
    return _csi.rgb_gain_db()


def set_auto_blc(enable, regs=None):
    _csi.auto_blc(enable, regs)


def get_blc_regs():
    return _csi.blc_regs()


def set_hmirror(enable):
    _csi.hmirror(enable)


def get_hmirror():
    return _csi.hmirror()


def set_vflip(enable):
    _csi.vflip(enable)


def get_vflip():
    return _csi.vflip()


def set_transpose(enable):
    _csi.transpose(enable)


def get_transpose():
    return _csi.transpose()


def set_auto_rotation(enable):
    _csi.auto_rotation(enable)


def get_auto_rotation():
    return _csi.auto_rotation()


def set_framebuffers(count):
    _csi.framebuffers(count)


def get_framebuffers():
    return _csi.framebuffers()


def disable_delays(disable=None):
    global _delays
    if disable is None:
        return not _delays
    _delays = not disable
    _renew()


def disable_full_flush(disable=None):
    global _fflush
    if disable is None:
        return not _fflush
    _fflush = not disable
    _renew()


def set_special_effect(effect):
    return _csi.special_effect(effect)


def set_lens_correction(enable, radi, coef):
    return _csi.lens_correction(enable, radi, coef)


def set_vsync_callback(callback):
    _csi.vsync_callback(callback)


def set_frame_callback(callback):
    _csi.frame_callback(callback)


def ioctl(*args):
    return _csi.ioctl(*args)


def set_color_palette(palette):
    _csi.color_palette(palette)


def get_color_palette():
    return _csi.color_palette()


def __write_reg(address, value):
    _csi.__write_reg(address, value)


def __read_reg(address):
    return _csi.__read_reg(address)


def alloc_extra_fb(*args):
    raise OSError("alloc_extra_fb is deprecated")


def dealloc_extra_fb(*args):
    raise OSError("dealloc_extra_fb is deprecated")
