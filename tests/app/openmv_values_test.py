"""What scripts read off the modules, by value; and every function of the old module sensor, by what it does."""
import os
import pathlib
import unittest

import program
import scripts

VALUES = """
import csi, sensor, image, machine, time, umalloc
def check(got, want):
    if got != want: print(len(want), [(g, w) for g, w in zip(got, want) if g != w], got)
for m in (csi, sensor):
    check([m.BINARY, m.GRAYSCALE, m.RGB565, m.BAYER, m.YUV422, m.JPEG, m.PNG],
          [0x08010000, 0x08020001, 0x0C030002, 0x05040001, 0x14050002, 0x06060000, 0x06070000])
    check([m.QCIF, m.CIF, m.QSIF, m.SIF, m.QQQVGA, m.QQVGA, m.QVGA, m.VGA, m.HQVGA, m.HVGA], [3, 4, 6, 7, 9, 10, 11, 12, 16, 17])
    check([m.WVGA, m.WVGA2, m.SVGA, m.XGA, m.WXGA, m.SXGA, m.SXGAM, m.UXGA, m.HD, m.FHD, m.QHD, m.QXGA, m.WQXGA, m.WQXGA2],
          list(range(26, 40)))
    check([m.OV2640, m.OV5640, m.OV7670, m.OV7690, m.OV7725, m.OV9650, m.MT9V022, m.MT9V024, m.MT9V032, m.MT9V034, m.MT9M114],
          [0x26, 0x56, 0x76, 0x76, 0x77, 0x96, 0x1313, 0x1324, 0x1313, 0x1324, 0x2481])
    check([m.BOSON320, m.BOSON640, m.LEPTON, m.HM01B0, m.HM0360, m.GC2145, m.GENX320ES, m.GENX320, m.PAG7920, m.PAG7936],
          [0xAE32, 0xAE64, 0x54, 0xB0, 0x60, 0x21, 0x30501C01, 0xB0602003, 0x7920, 0x7936])
    check([m.PAJ6100, m.FROGEYE2020, m.SOFTCSI, m.NORMAL, m.NEGATIVE], [0x6100, 0x2020, 0x50F7, 0, 1])
    check([m.IOCTL_SET_READOUT_WINDOW, m.IOCTL_GET_READOUT_WINDOW, m.IOCTL_SET_TRIGGERED_MODE, m.IOCTL_GET_TRIGGERED_MODE,
           m.IOCTL_SET_FOV_WIDE, m.IOCTL_GET_FOV_WIDE, m.IOCTL_TRIGGER_AUTO_FOCUS, m.IOCTL_PAUSE_AUTO_FOCUS,
           m.IOCTL_RESET_AUTO_FOCUS, m.IOCTL_WAIT_ON_AUTO_FOCUS, m.IOCTL_SET_NIGHT_MODE, m.IOCTL_GET_NIGHT_MODE],
          [0x100] + list(range(1, 12)))
    check([m.IOCTL_LEPTON_GET_WIDTH, m.IOCTL_LEPTON_GET_HEIGHT, m.IOCTL_LEPTON_GET_RADIOMETRY, m.IOCTL_LEPTON_GET_REFRESH,
           m.IOCTL_LEPTON_GET_RESOLUTION, m.IOCTL_LEPTON_RUN_COMMAND, m.IOCTL_LEPTON_SET_ATTRIBUTE,
           m.IOCTL_LEPTON_GET_ATTRIBUTE, m.IOCTL_LEPTON_GET_FPA_TEMP, m.IOCTL_LEPTON_GET_AUX_TEMP],
          list(range(0x0C, 0x16)))
    check([m.IOCTL_LEPTON_SET_MODE, m.IOCTL_LEPTON_GET_MODE, m.IOCTL_LEPTON_SET_RANGE, m.IOCTL_LEPTON_GET_RANGE,
           m.IOCTL_GET_RGB_STATS], [0x116, 0x17, 0x118, 0x19, 0x1F])
    check([hasattr(m, n) for n in ("IOCTL_HIMAX_MD_ENABLE", "PALETTE_DEPTH")], [False, False])
s = sensor
small = [s.CUSTOM, s.QQCIF, s.QQSIF, s.QQQQVGA, s.HQQQQVGA, s.HQQQVGA, s.HQQVGA, s.B64X32, s.B64X64, s.B128X64, s.B128X128]
check(small + [s.B160X160, s.B320X320, s.LCD, s.QQVGA2], [1, 2, 5, 8, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25])
check([hasattr(csi, n) for n in ("CUSTOM", "QQCIF", "QQSIF", "LCD")], [False] * 4)
i = image
check([i.BINARY, i.GRAYSCALE, i.RGB565, i.BAYER, i.YUV422, i.JPEG, i.PNG],
      [csi.BINARY, csi.GRAYSCALE, csi.RGB565, csi.BAYER, csi.YUV422, csi.JPEG, csi.PNG])
check([i.AREA, i.BILINEAR, i.BICUBIC, i.HMIRROR, i.VFLIP, i.TRANSPOSE, i.CENTER], [1, 2, 4, 16, 32, 64, 128])
check([i.EXTRACT_RGB_CHANNEL_FIRST, i.APPLY_COLOR_PALETTE_FIRST, i.SCALE_ASPECT_KEEP, i.SCALE_ASPECT_EXPAND],
      [256, 512, 1024, 2048])
check([i.SCALE_ASPECT_IGNORE, i.BLACK_BACKGROUND, i.ROTATE_90, i.ROTATE_180, i.ROTATE_270], [4096, 1 << 31, 96, 48, 80])
check([i.JPEG_SUBSAMPLING_AUTO, i.JPEG_SUBSAMPLING_444, i.JPEG_SUBSAMPLING_422, i.JPEG_SUBSAMPLING_420], [0, 0x11, 0x21, 0x22])
check([i.PALETTE_RAINBOW, i.PALETTE_IRONBOW], [0, 1])
check([i.binary_to_grayscale(1), i.binary_to_rgb(1), i.binary_to_lab(0), i.binary_to_yuv(1), i.grayscale_to_binary(128),
       i.grayscale_to_rgb(182), i.grayscale_to_lab(0), i.grayscale_to_yuv(128)],
      [255, (255, 255, 255), (0, 0, -1), (255, 0, 0), 1, (181, 182, 181), (0, 0, -1), (130, 0, 0)])
check([i.rgb_to_binary((255, 0, 0)), i.rgb_to_grayscale((120, 200, 120)), i.rgb_to_lab((120, 200, 120)), i.rgb_to_yuv((255, 0, 0))],
      [0, 169, (75, -40, 34), (75, -42, 127)])
check([i.lab_to_binary((100, 0, 0)), i.lab_to_grayscale((0, 0, 0)), i.lab_to_rgb((74, -38, 30)), i.lab_to_yuv((0, 0, 0))],
      [1, 0, (123, 199, 123), (0, 0, 0)])
check([i.yuv_to_binary((128, 0, 0)), i.yuv_to_grayscale((255, 0, 0)), i.yuv_to_rgb((0, 0, 0)), i.yuv_to_lab((0, 0, 0))],
      [1, 255, (0, 0, 0), (0, 0, -1)])
p = machine.Pin
check([p.IN, p.OUT, p.ALT, p.ANALOG, p.OPEN_DRAIN, p.IRQ_RISING == p.IRQ_FALLING], [0, 1, 2, 3, 17, False])
b = bytearray(2)
bus = machine.I2C(2)
bus.writeto(0x29, b"\\x01\\x0f", False)
bus.readfrom_into(0x29, b)
machine.idle()
check([bytes(b), time.gmtime(0)[:3], time.ticks_cpu() >= 0], [b"\\xea\\xcc", (2000, 1, 1), True])
a = image.Image(4, 4, image.GRAYSCALE)
check([a.assign(77) is a, bytes(a)], [True, b"M" * 16])
umalloc.print_stats()
text = str(csi.CSI(cid=csi.LEPTON))
check([text.split("Raw Buffer Addr:")[1].split()[0]], ["0xc3700000"])
"""

SENSOR = """
import sensor, image, time
from image import HMIRROR, VFLIP, TRANSPOSE
def expect(*facts):
    if not all(facts): print(facts)
def look():
    sensor.skip_frames(6)
    return sensor.snapshot().copy()
def grey(i): return i.to_grayscale(copy=True)
def mean(): return grey(look()).get_statistics().mean
def apart(a, b):
    if (a.width(), a.height()) != (b.width(), b.height()): return 255
    return grey(a).get_statistics(difference=grey(b)).mean
def raises(call, *args):
    try: call(*args)
    except Exception as e: return str(e)
expect(raises(sensor.get_pixformat), raises(sensor.get_framesize), raises(sensor.get_framerate), raises(sensor.get_windowing))
sensor.reset()
expect(sensor.get_fb() is None, sensor.get_id() == sensor.OV5640, raises(sensor.snapshot))
sensor.set_pixformat(sensor.RGB565)
sensor.set_framesize(sensor.QQVGA)
expect(sensor.get_pixformat() == sensor.RGB565, sensor.get_framesize() == sensor.QQVGA, sensor.width() == 160, sensor.height() == 120)
sensor.skip_frames(time=1000)
plain, usual = look(), mean()
for set, get, hint in ((sensor.set_hmirror, sensor.get_hmirror, HMIRROR), (sensor.set_vflip, sensor.get_vflip, VFLIP),
                       (sensor.set_transpose, sensor.get_transpose, TRANSPOSE)):
    before, nothing, on = get(), set(True), get()
    turned = look()
    set(False)
    expect(before is False, nothing is None, on is True, get() is False, apart(turned, plain.copy(hint=hint)) < 2,
           apart(turned, plain) > 10)
sensor.set_auto_rotation(True)
expect(sensor.get_auto_rotation() is True, apart(look(), plain) < 2)
sensor.set_auto_rotation(False)
expect(sensor.get_auto_rotation() is False)
bright = sensor.set_brightness(4), mean() > usual + 20, sensor.set_brightness(-4), mean() < usual - 20
expect(*bright)
expect(sensor.set_brightness(5) is False, sensor.set_brightness(0))
def spread(): return grey(look()).get_statistics().stdev
before = spread()
expect(sensor.set_contrast(3), spread() > before + 5, sensor.set_contrast(-3), spread() < before - 5, sensor.set_contrast(4) is False,
       sensor.set_contrast(0))
def colourful(): return look().get_statistics().a_stdev
before = colourful()
expect(sensor.set_saturation(3), colourful() > before + 2, sensor.set_saturation(-3), colourful() < before - 4,
       sensor.set_saturation(-4) is False, sensor.set_saturation(0))
expect(sensor.set_colorbar(True), look().get_pixel(149, 60) == (0, 0, 0), look().get_pixel(10, 60) == (255, 255, 255),
       sensor.set_colorbar(False), apart(look(), plain) < 2)
expect(sensor.set_special_effect(sensor.NEGATIVE), abs(mean() - (255 - usual)) < 4, sensor.set_special_effect(sensor.NORMAL),
       sensor.set_special_effect(2) is False, abs(mean() - usual) < 4)
expect(sensor.set_lens_correction(True, 1, 2))
sensor.set_auto_gain(False, gain_db=0.0)
sensor.set_auto_exposure(False, exposure_us=3000)
expect(sensor.get_gain_db() == 0.0, abs(sensor.get_exposure_us() - 3000) < 30)
dark = mean()
sensor.set_auto_gain(False, gain_db=6)
expect(abs(sensor.get_gain_db() - 6) < 0.3, mean() > dark + 20)
sensor.set_auto_exposure(False, exposure_us=9000)
expect(abs(sensor.get_exposure_us() - 9000) < 30, mean() > dark + 60)
sensor.set_auto_gain(True, gain_db_ceiling=18.0)
sensor.set_auto_exposure(True)
expect(sensor.set_gainceiling(32), sensor.set_gainceiling(64) is False, raises(sensor.set_gainceiling, 3))
expect(abs(mean() - usual) < 12)
def red(): return look().get_statistics().a_mean
sensor.set_auto_whitebal(False, rgb_gain_db=(0.0, 0.0, 0.0))
expect(sensor.get_rgb_gain_db() == (0.0, 0.0, 0.0))
before = red()
sensor.set_auto_whitebal(False, rgb_gain_db=(6.0, 0.0, 0.0))
expect(abs(sensor.get_rgb_gain_db()[0] - 6) < 0.05, red() > before + 10)
sensor.set_auto_whitebal(True)
sensor.set_auto_blc(False, [1, 2, 3, 4, 5, 6, 7, 8])
expect(sensor.get_blc_regs() == [1, 2, 3, 4, 5, 6, 7, 8], sensor.set_auto_blc(True) is None)
sensor.set_framerate(5)
expect(sensor.get_framerate() == 5, raises(sensor.set_framerate, 0))
start = time.ticks_ms()
sensor.skip_frames(4)
expect(600 <= time.ticks_diff(time.ticks_ms(), start) <= 1200)
sensor.set_framerate(1000)
sensor.set_framebuffers(2)
expect(sensor.get_framebuffers() == 2, raises(sensor.set_framebuffers, 0))
# A snapshot that waits is seen, and whole.
sensor.snapshot()
expect(sensor.get_frame_available() is False)
time.sleep_ms(200)
expect(sensor.get_frame_available() is True, apart(sensor.snapshot(), plain) < 12, sensor.get_fb().size() == 38400)
seen = []
sensor.set_frame_callback(lambda: seen.append(1))
sensor.set_vsync_callback(lambda state: seen.append(state))
sensor.snapshot()
sensor.set_frame_callback(None)
sensor.set_vsync_callback(None)
time.sleep_ms(1)
sensor.snapshot()
time.sleep_ms(1)
expect(sorted(seen) == [0, 1, 1])
sensor.set_windowing(40, 20)
window = sensor.snapshot()
expect(sensor.get_windowing() == (60, 50, 40, 20), apart(window, plain.copy(roi=(60, 50, 40, 20))) < 12)
sensor.set_windowing((1, 2, 30, 40))
expect(sensor.get_windowing() == (1, 2, 30, 40), raises(sensor.set_windowing, (1, 2, 3)))
sensor.set_color_palette(image.PALETTE_IRONBOW)
expect(sensor.get_color_palette() == 1, raises(sensor.set_color_palette, 2), sensor.ioctl(sensor.IOCTL_GET_NIGHT_MODE) is False)
for set in (sensor.disable_full_flush, sensor.disable_delays):
    expect(set() is False, set(True) is None, set() is True)
start = time.ticks_ms()
sensor.set_framesize(sensor.QVGA)
expect(time.ticks_diff(time.ticks_ms(), start) < 60)
sensor.disable_delays(False)
start = time.ticks_ms()
sensor.set_pixformat(sensor.JPEG)
expect(100 <= time.ticks_diff(time.ticks_ms(), start) < 200)
expect(sensor.set_quality(5))
small = look().size()
expect(sensor.set_quality(95), look().size() > 2 * small, raises(sensor.set_quality, 101))
expect(sensor.set_transpose(False) is None, raises(sensor.set_transpose, True), raises(sensor.set_windowing, (8, 8)))
sensor.flush()
expect(sensor.__read_reg(0x300A) == 0x56, sensor.__write_reg(0x3A02, 5) is None, sensor.__read_reg(0x3A02) == 5)
for stop in (sensor.sleep, sensor.shutdown):
    stop(True)
    expect(raises(sensor.snapshot))
    stop(False)
    sensor.snapshot()
sensor.reset()
expect(raises(sensor.get_pixformat), sensor.get_color_palette() == 0, sensor.get_hmirror() is False)
expect(raises(sensor.alloc_extra_fb, 1, 2, 3) == "alloc_extra_fb is deprecated",
       raises(sensor.dealloc_extra_fb) == "dealloc_extra_fb is deprecated")
"""


@unittest.skipUnless(scripts.micropython_top(), "MicroPython's sources are not there")
class Values(program.Case):
    def prints(self, script, text):
        path = pathlib.Path(self.directory()) / "script.py"
        path.write_text(script)
        result = program.run("script", os.fspath(path))
        self.assertEqual((result.stdout.decode(), result.stderr.decode(), result.returncode), (text, "", 0))

    def test_constants_and_small_functions(self):
        self.prints(VALUES, "umalloc: nothing, it is not used here\n")

    def test_every_function_of_sensor(self):
        self.prints(SENSOR, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
