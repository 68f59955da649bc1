/// The modules csi and sensor from scripts: arguments, answers, texts, callbacks, resets.
///
/// A simulated Lepton with its owner, a register file for the colour camera and a port whose frames are
/// numbered; all of them live in the script's waits, on a step clock.
#include "../camera/rig.h"
#include "../ov5640/support_part.h"
#include "support_board.h"

#include <stdio.h>
#include <string.h>

static struct board board;
static struct rig *rig;
static struct part part;
static struct ib_openmv_hands hands;
static struct ib_clock the_clock;
static struct ib_picture_in port;
static struct ib_picture_in_format port_format;
static uint64_t frame_us;
static unsigned frame_number;

// ---- time ----

static uint64_t now_us(void *context) {
    (void)context;
    if (part.now_us > rig->sim_clock.now_us) // its bus takes time
        rig_run(rig, part.now_us - rig->sim_clock.now_us);
    part.now_us = ib_clock_now(&rig->clock);
    return part.now_us;
}

static void wait_until(void *context, uint64_t when_us) {
    (void)context;
    uint64_t now = rig->sim_clock.now_us;
    if (when_us > now)
        rig_run(rig, when_us - now);
    (void)now_us(NULL);
}

static void wake(void *context) {
    (void)context;
}

// ---- frames of the colour camera: 50 a second ----

static int port_start(void *context, const struct ib_picture_in_format *format, uint64_t at_us) {
    (void)context;
    port_format = *format;
    frame_us = at_us + 20000;
    return IB_OK;
}

static void port_stop(void *context) {
    (void)context;
}

static int port_take(void *context, uint64_t at_us, uint8_t *into, size_t room, size_t *bytes,
                     uint64_t *end_us, uint64_t *due_us) {
    (void)context;
    static const uint8_t jpeg[] = {0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xD9, 0, 0};
    *due_us = frame_us;
    if (at_us < frame_us)
        return 0;
    *end_us = frame_us;
    frame_us = at_us + 20000;
    *bytes =
        port_format.line_bytes ? port_format.taken_bytes * port_format.taken_lines : sizeof jpeg;
    if (*bytes > room)
        return IB_E_NO_SPACE;
    if (port_format.line_bytes == 0)
        memcpy(into, jpeg, sizeof jpeg);
    else
        memset(into, (int)(frame_number++ % 251), *bytes);
    return 1;
}

static int prepare(void **state) {
    static const struct ib_clock_ops clock_ops = {now_us, wait_until, wake};
    static const struct ib_picture_in_ops port_ops = {port_start, port_stop, port_take};
    (void)state;
    rig = rig_new(&(struct rig_config){.model = "3.5", .scene = "person", .seed = 7});
    part_init(&part);
    port = (struct ib_picture_in){&port_ops, NULL};
    frame_number = 0;
    hands = (struct ib_openmv_hands){
        .camera_bus = &part.i2c,
        .visible = &port,
        .lepton = &rig->camera,
        .frames = &rig->hub,
    };
    the_clock = (struct ib_clock){&clock_ops, NULL};
    board_prepare(&board);
    board.config.clock = &the_clock;
    board.config.hands = &hands;
    board_start(&board, NULL, NULL, NULL);
    board_prints(&board, "import csi, image, time", "");
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_prints(&board, "print('usable')", "usable\r\n");
    board_clean(&board);
    return 0;
}

#define NOT_DETECTED "RuntimeError: Failed to detect the image sensor or image sensor is detached."
#define NO_FORMAT "RuntimeError: Pixel format is not supported or is not set."
#define NO_SIZE "RuntimeError: Frame size is not supported or is not set."
#define BAD_ARGUMENT "RuntimeError: An invalid argument is used."
#define NOT_FORMAT                                                                                 \
    "RuntimeError: The requested operation is not supported on the current pixel format."
#define REFUSED "RuntimeError: Sensor control failed."

static void nothing_there(void **state) {
    (void)state;
    board_prepare(&board);
    board.config.hands = NULL;
    board_start(&board, NULL, NULL, NULL);
    board_prints(&board, "import csi; print(csi.devices())", "[]\r\n");
    board_raises(&board, "csi.CSI()", NOT_DETECTED);
    board_raises(&board, "csi.CSI(cid=csi.LEPTON)", NOT_DETECTED);
    board_raises(&board, "csi.CSI(cid=csi.OV7725)", NOT_DETECTED);
    board_raises(&board, "import sensor", NOT_DETECTED);
    board_raises(&board, "csi.CSI(csi.OV5640)", "TypeError");
    board_prints(&board, "print(csi.CSI(cid=csi.SOFTCSI).cid() == 0x50F7)", "True\r\n");
}

static void both_there(void **state) {
    (void)state;
    board_prints(&board, "print([hex(i) for i in csi.devices()])", "['0x56', '0x5435']\r\n");
    board_prints(&board, "print(hex(csi.CSI().cid()), hex(csi.CSI(cid=csi.LEPTON).cid()))",
                 "0x56 0x5435\r\n");
    board_prints(&board, "print(csi.CSI(cid=0x5435).cid() == 0x5435)", "True\r\n");
    board_raises(&board, "csi.CSI(cid=0x5425)", NOT_DETECTED);
    // One sensor, however many objects.
    board_prints(&board,
                 "a = csi.CSI(); b = csi.CSI(); a.reset(); a.pixformat(csi.RGB565); "
                 "print(b.pixformat() == csi.RGB565)",
                 "True\r\n");
}

static void constants(void **state) {
    (void)state;
    board_prints(&board,
                 "print(hex(csi.BINARY), hex(csi.GRAYSCALE), hex(csi.RGB565), hex(csi.BAYER), "
                 "hex(csi.YUV422), hex(csi.JPEG), hex(csi.PNG))",
                 "0x8010000 0x8020001 0xc030002 0x5040001 0x14050002 0x6060000 0x6070000\r\n");
    board_prints(&board,
                 "print([getattr(csi, n) for n in ('QCIF','CIF','QSIF','SIF','QQQVGA','QQVGA',"
                 "'QVGA','VGA','HQVGA','HVGA','WVGA','WVGA2','SVGA','XGA','WXGA','SXGA','SXGAM',"
                 "'UXGA','HD','FHD','QHD','QXGA','WQXGA','WQXGA2')])",
                 "[3, 4, 6, 7, 9, 10, 11, 12, 16, 17, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, "
                 "37, 38, 39]\r\n");
    board_prints(&board, "print(hasattr(csi, 'QQCIF'), csi.NORMAL, csi.NEGATIVE)", "False 0 1\r\n");
    board_prints(&board,
                 "print([hex(getattr(csi, 'IOCTL_' + n)) for n in ('SET_READOUT_WINDOW',"
                 "'GET_READOUT_WINDOW','TRIGGER_AUTO_FOCUS','WAIT_ON_AUTO_FOCUS',"
                 "'LEPTON_SET_MODE','LEPTON_GET_MODE','LEPTON_SET_RANGE','LEPTON_GET_RANGE',"
                 "'GET_RGB_STATS')])",
                 "['0x100', '0x1', '0x6', '0x9', '0x116', '0x17', '0x118', '0x19', '0x1f']\r\n");
}

static void settings(void **state) {
    (void)state;
    board_prints(&board, "c = csi.CSI(); c.reset()", "");
    board_raises(&board, "c.pixformat()", NO_FORMAT);
    board_raises(&board, "c.framesize()", NO_SIZE);
    board_raises(&board, "c.width()", NO_SIZE);
    board_raises(&board, "c.window()", NO_SIZE);
    board_raises(&board, "c.window((1, 2))", NO_SIZE);
    board_raises(&board, "c.framerate()",
                 "RuntimeError: Frame rate is not supported or is not set.");
    board_raises(&board, "c.snapshot()", NO_FORMAT);
    board_raises(&board, "c.pixformat(csi.PNG)", NO_FORMAT);
    board_raises(&board, "c.pixformat(-1)", NO_FORMAT);
    board_raises(&board, "c.pixformat(1 << 80)", "OverflowError");
    board_raises(&board, "c.pixformat(None)", "TypeError");
    board_prints(&board, "c.pixformat(csi.GRAYSCALE); print(c.pixformat() == csi.GRAYSCALE)",
                 "True\r\n");
    board_raises(&board, "c.snapshot()", NO_SIZE);
    board_raises(&board, "c.framesize(8)", NO_SIZE);
    board_raises(&board, "c.framesize(1)", NO_SIZE);
    board_raises(&board, "c.framesize(99)", NO_SIZE);
    board_raises(&board, "c.framesize((1, 2, 3))", NO_SIZE);
    board_raises(&board, "c.framesize((0, 2))", NO_SIZE);
    board_prints(&board,
                 "c.framesize(csi.QVGA); print(c.framesize(), c.width(), c.height(), c.window())",
                 "11 320 240 (0, 0, 320, 240)\r\n");
    board_prints(&board, "c.framesize([200, 100]); print(c.framesize(), c.width(), c.height())",
                 "(200, 100) 200 100\r\n");
    board_prints(&board, "c.window((100, 50)); print(c.window(), c.width())",
                 "(50, 25, 100, 50) 200\r\n");
    board_prints(&board, "c.window((150, -10, 100, 50)); print(c.window())",
                 "(150, 0, 50, 40)\r\n");
    board_raises(&board, "c.window((1, 2, 3))",
                 "ValueError: Expected (w, h) or (x, y, w, h) tuple/list.");
    board_raises(&board, "c.window(5)", "ValueError: Expected (w, h) or (x, y, w, h) tuple/list.");
    board_raises(&board, "c.window((0, 10))", "ValueError: Invalid ROI dimensions!");
    board_raises(&board, "c.window((500, 0, 10, 10))",
                 "ValueError: ROI does not overlap on the image!");
    board_raises(&board, "c.framerate(0)",
                 "RuntimeError: Frame rate is not supported or is not set.");
    board_prints(&board, "c.framerate(25); print(c.framerate())", "25\r\n");
    board_raises(&board, "c.framebuffers(0)", BAD_ARGUMENT);
    board_prints(&board, "print(c.framebuffers()); c.framebuffers(2); print(c.framebuffers())",
                 "3\r\n2\r\n");
    board_raises(&board, "c.framebuffers(100000)", "RuntimeError: Frame buffer error.");
    board_prints(&board,
                 "c.framebuffers(3); c.hmirror(True); c.vflip(1); print(c.hmirror(), "
                 "c.vflip(), c.transpose(), c.auto_rotation())",
                 "True True False False\r\n");
    board_prints(&board, "print(c.color_palette()); c.color_palette(1); print(c.color_palette())",
                 "0\r\n1\r\n");
    board_raises(&board, "c.color_palette(2)", BAD_ARGUMENT);
    board_prints(&board, "c.pixformat(csi.YUV422)", "");
    board_raises(&board, "c.transpose(True)", NOT_FORMAT);
    board_prints(&board, "c.framesize(csi.QVGA); c.pixformat(csi.JPEG)", "");
    board_raises(&board, "c.window((10, 10))", NOT_FORMAT);
    board_raises(&board, "c.snapshot(1)", "TypeError");
    board_raises(&board, "c.snapshot(update=False)", "TypeError");
    board_prints(&board, "c.shutdown(True); c.sleep(False); c.flush()", "");
}

static void looks(void **state) {
    (void)state;
    board_prints(&board, "c = csi.CSI(); c.reset(); c.pixformat(csi.RGB565); c.framesize(csi.VGA)",
                 "");
    board_prints(&board,
                 "print(c.brightness(4), c.brightness(5), c.contrast(-3), c.contrast(-4), "
                 "c.saturation(3), c.saturation(9), c.gainceiling(32), c.gainceiling(128))",
                 "True False True False True False True False\r\n");
    board_raises(&board, "c.gainceiling(3)", BAD_ARGUMENT);
    board_raises(&board, "c.quality(101)", "OSError");
    board_raises(&board, "c.quality(-1)", "OSError");
    board_prints(&board,
                 "print(c.quality(90), c.colorbar(True), c.special_effect(csi.NEGATIVE), "
                 "c.special_effect(7), c.lens_correction(True, 1, 2))",
                 "True True True False True\r\n");
    board_prints(&board, "c.auto_gain(False, gain_db=12); print(round(c.gain_db()))", "12\r\n");
    board_prints(&board,
                 "c.auto_exposure(False, exposure_us=10000); "
                 "print(9800 < c.exposure_us() < 10200)",
                 "True\r\n");
    board_prints(&board,
                 "c.auto_whitebal(False, rgb_gain_db=(3, 0, 6)); print([round(g) for g in "
                 "c.rgb_gain_db()])",
                 "[3, 0, 6]\r\n");
    board_prints(&board, "c.auto_blc(False, regs=[1, 2, 3, 4, 5, 6, 7, 8]); print(c.blc_regs())",
                 "[1, 2, 3, 4, 5, 6, 7, 8]\r\n");
    board_raises(&board, "c.auto_whitebal(False, rgb_gain_db=(1, 2))", "ValueError");
    board_prints(&board, "c.__write_reg(0x5001, 0x83); print(hex(c.__read_reg(0x5001)))",
                 "0x83\r\n");
    board_raises(&board, "c.__read_reg(-1)", BAD_ARGUMENT);
    // The soft one can nothing of that.
    board_prints(&board, "s = csi.CSI(cid=csi.SOFTCSI); s.reset(); print(s.brightness(0))",
                 "False\r\n");
    board_prints(&board,
                 "s.auto_gain(False); s.auto_exposure(False); s.auto_whitebal(False)\n"
                 "s.auto_blc(False)",
                 "\x1b[31mWARNING: Auto Gain control is not supported by this image sensor."
                 "\x1b[0m\r\n"
                 "\x1b[31mWARNING: Auto Exposure control is not supported by this image sensor."
                 "\x1b[0m\r\n"
                 "\x1b[31mWARNING: Auto White Balance control is not supported by this image "
                 "sensor.\x1b[0m\r\n"
                 "\x1b[31mWARNING: Auto BLC control is not supported by this image sensor."
                 "\x1b[0m\r\n");
    board_raises(&board, "s.gain_db()",
                 "The requested operation is not supported by the image sensor.");
}

static void snapshots(void **state) {
    (void)state;
    board_prints(
        &board, "c = csi.CSI(); c.reset(); c.pixformat(csi.GRAYSCALE); c.framesize(csi.QQVGA)", "");
    board_prints(&board,
                 "i = c.snapshot(); j = c.snapshot()\nprint(i.width(), i.height(), i.format() == "
                 "csi.GRAYSCALE, i.size(), bytes(j)[0] - bytes(i)[0])",
                 "160 120 True 19200 1\r\n");
    board_prints(&board, "print(isinstance(i, image.Image), c.snapshot(blocking=False))",
                 "True None\r\n");
    board_prints(&board, "print(c.readable()); time.sleep_ms(50); print(c.readable())",
                 "False\r\nTrue\r\n");
    board_prints(&board,
                 "t = time.ticks_ms(); print(c.snapshot(time=500)); d = time.ticks_diff("
                 "time.ticks_ms(), t); print(500 < d < 560)",
                 "None\r\nTrue\r\n");
    board_prints(&board,
                 "t = time.ticks_ms(); print(c.snapshot(frames=10)); print(180 < time.ticks_diff("
                 "time.ticks_ms(), t) < 260)",
                 "None\r\nTrue\r\n");
    // Into an image: stretched, converted, and nothing comes back.
    board_prints(&board,
                 "m = image.Image(80, 80, image.RGB565); print(c.snapshot(image=m)); v = "
                 "bytes(c.snapshot())[0] - 1\np = m.get_pixel((0, 0), rgbtuple=True)\n"
                 "print(abs(p[1] - v) < 4, m.width())",
                 "None\r\nTrue 80\r\n");
    board_raises(&board, "c.snapshot(image=5)", "Error");
    board_raises(&board, "c.snapshot(image=image.Image(8, 8, image.JPEG, buffer=bytearray(9)))",
                 "ValueError: Expected a mutable image");
    board_prints(&board,
                 "c.pixformat(csi.JPEG); i = c.snapshot(); print(i.format() == csi.JPEG, i.size(), "
                 "bytes(i)[:2])",
                 "True 10 b'\\xff\\xd8'\r\n");
    board_raises(&board, "c.snapshot(image=m)", NOT_FORMAT);
    board_raises(&board, "c.ioctl(csi.IOCTL_LEPTON_GET_WIDTH)", REFUSED);
}

static void callbacks(void **state) {
    (void)state;
    board_prints(&board,
                 "c = csi.CSI(cid=csi.SOFTCSI); c.reset(); c.pixformat(csi.GRAYSCALE); "
                 "c.framesize(csi.QQVGA); import gc",
                 "");
    board_prints(&board,
                 "n = []\ndef make():\n  x = [0] * 1000\n  return lambda: n.append(len(x))\n"
                 "c.frame_callback(make()); gc.collect()\nfor i in range(3): c.snapshot()\n"
                 "time.sleep_ms(1)\nprint(n)",
                 "[1000, 1000, 1000]\r\n");
    board_prints(&board,
                 "v = []; c.vsync_callback(v.append); c.snapshot(); time.sleep_ms(1); print(v)",
                 "[1, 0]\r\n");
    board_prints(&board,
                 "print(c.vsync_callback() == None, c.vsync_callback(None), "
                 "c.vsync_callback())",
                 "False None None\r\n");
    board_raises(&board, "c.frame_callback(5)", BAD_ARGUMENT);
    // A callback that takes pictures itself, and one that raises.
    board_prints(&board,
                 "k = []\nc.frame_callback(lambda: k or k.append(c.snapshot().width()))\n"
                 "c.snapshot(frames=4); print(k)",
                 "[160]\r\n");
    const char *text = board_run(&board, "c.frame_callback(lambda: 1 // 0); c.snapshot(frames=2)\n"
                                         "c.frame_callback(None); time.sleep_ms(1); print('on')");
    assert_non_null(strstr(text, "ZeroDivisionError"));
    assert_non_null(strstr(text, "on\r\n"));
    board_prints(&board,
                 "c.frame_callback(lambda: print('never')); c.reset(); "
                 "c.pixformat(csi.GRAYSCALE); c.framesize(csi.QQVGA); c.snapshot(); "
                 "time.sleep_ms(1); print(c.frame_callback())",
                 "None\r\n");
}

static void lepton(void **state) {
    (void)state;
    board_prints(&board,
                 "c = csi.CSI(cid=csi.LEPTON); c.reset(hard=False); "
                 "c.pixformat(csi.GRAYSCALE); c.framesize(csi.QVGA)",
                 "");
    board_prints(&board, "i = c.snapshot(); print(i.width(), i.height(), i.size())",
                 "320 240 76800\r\n");
    board_prints(&board,
                 "I = c.ioctl\nprint(I(csi.IOCTL_LEPTON_GET_WIDTH), I(csi.IOCTL_LEPTON_GET_HEIGHT),"
                 " I(csi.IOCTL_LEPTON_GET_RADIOMETRY), I(csi.IOCTL_LEPTON_GET_REFRESH), "
                 "I(csi.IOCTL_LEPTON_GET_RESOLUTION), I(csi.IOCTL_LEPTON_GET_MODE), "
                 "I(csi.IOCTL_LEPTON_GET_RANGE))",
                 "160 120 0 9 14 (False, False) (-10.0, 40.0)\r\n");
    board_prints(&board,
                 "I(csi.IOCTL_LEPTON_SET_MODE, True); I(csi.IOCTL_LEPTON_SET_RANGE, 20.0, 35)\n"
                 "print(I(csi.IOCTL_LEPTON_GET_RADIOMETRY), I(csi.IOCTL_LEPTON_GET_RESOLUTION), "
                 "I(csi.IOCTL_LEPTON_GET_MODE), I(csi.IOCTL_LEPTON_GET_RANGE))",
                 "1 16 (True, False) (20.0, 35.0)\r\n");
    board_prints(&board,
                 "I(csi.IOCTL_LEPTON_SET_MODE, True, True); print(I(csi.IOCTL_LEPTON_GET_MODE))",
                 "(True, True)\r\n");
    // Bytes as in the board's memory.
    board_prints(&board, "print(I(csi.IOCTL_LEPTON_GET_ATTRIBUTE, 0x481C, 6))",
                 "bytearray(b'500-0771-01\\x00')\r\n");
    board_prints(&board,
                 "print(I(csi.IOCTL_LEPTON_SET_ATTRIBUTE, 0x0304, b'\\x02\\x00\\x00\\x00')"
                 ", I(csi.IOCTL_LEPTON_GET_ATTRIBUTE, 0x0304, 2))",
                 "None bytearray(b'\\x02\\x00\\x00\\x00')\r\n");
    board_raises(&board, "I(csi.IOCTL_LEPTON_GET_ATTRIBUTE, 0x0304, 0)",
                 "OSError: 0 bytes transferred!");
    board_raises(&board, "I(csi.IOCTL_LEPTON_SET_ATTRIBUTE, 0x0304, b'')",
                 "OSError: 0 bytes transferred!");
    board_raises(&board, "I(csi.IOCTL_LEPTON_SET_ATTRIBUTE, 0x0304, b'\\x63\\x00\\x00\\x00')",
                 REFUSED);
    board_raises(&board, "I(csi.IOCTL_LEPTON_GET_ATTRIBUTE, 0x0304, -5)", BAD_ARGUMENT);
    board_raises(&board, "I(csi.IOCTL_LEPTON_GET_ATTRIBUTE, 0x0304, 1 << 20)", BAD_ARGUMENT);
    board_raises(&board, "I(csi.IOCTL_LEPTON_RUN_COMMAND, 70000)", BAD_ARGUMENT);
    board_raises(&board, "I(csi.IOCTL_LEPTON_RUN_COMMAND)", BAD_ARGUMENT);
    board_raises(&board, "I(csi.IOCTL_LEPTON_SET_RANGE, 5)", BAD_ARGUMENT);
    board_raises(&board, "I(csi.IOCTL_LEPTON_SET_RANGE, 'a', 5)", "TypeError");
    board_raises(&board, "I(0x7F)",
                 "The requested operation is not supported by the image sensor.");
    board_raises(&board, "I(csi.IOCTL_TRIGGER_AUTO_FOCUS)", REFUSED);
    board_raises(&board, "I(csi.IOCTL_GET_RGB_STATS)", REFUSED);
    board_raises(&board, "I()", "TypeError");
    board_raises(&board, "I(1, 2, 3, 4, 5)", "TypeError");
    board_prints(&board,
                 "print(0 < I(csi.IOCTL_LEPTON_GET_FPA_TEMP) < 60, "
                 "0 < I(csi.IOCTL_LEPTON_GET_AUX_TEMP) < 60)",
                 "True True\r\n");
    board_prints(&board, "print(I(csi.IOCTL_LEPTON_RUN_COMMAND, 0x0242))", "None\r\n");
    // It does not complain.
    board_prints(&board,
                 "print(c.brightness(100), c.gain_db(), c.exposure_us()); "
                 "c.auto_gain(False, gain_db=3)",
                 "True 0.0 0\r\n");
    board_prints(&board, "c.framesize(csi.QQQVGA)", "");
    board_raises(&board, "c.snapshot()", NO_SIZE);
    board_raises(&board, "c.pixformat(csi.JPEG)", NO_FORMAT);
}

static void ov5640_ioctls(void **state) {
    (void)state;
    board_prints(&board, "c = csi.CSI(); c.reset(); c.pixformat(csi.RGB565); c.framesize(csi.VGA)",
                 "");
    board_prints(&board,
                 "c.ioctl(csi.IOCTL_SET_READOUT_WINDOW, (1280, 960)); "
                 "print(c.ioctl(csi.IOCTL_GET_READOUT_WINDOW))",
                 "(0, 0, 1280, 960)\r\n");
    board_raises(&board, "c.ioctl(csi.IOCTL_SET_READOUT_WINDOW, (1, 2, 3))", "ValueError");
    board_raises(&board, "c.ioctl(csi.IOCTL_SET_READOUT_WINDOW)", BAD_ARGUMENT);
    board_prints(&board,
                 "c.ioctl(csi.IOCTL_SET_NIGHT_MODE, True); "
                 "print(c.ioctl(csi.IOCTL_GET_NIGHT_MODE))",
                 "True\r\n");
    board_raises(&board, "c.ioctl(csi.IOCTL_TRIGGER_AUTO_FOCUS)", REFUSED);
    board_raises(&board, "c.ioctl(csi.IOCTL_WAIT_ON_AUTO_FOCUS, 100)", REFUSED);
    board_raises(&board, "c.ioctl(csi.IOCTL_SET_TRIGGERED_MODE, True)", REFUSED);
    board_raises(&board, "c.ioctl(csi.IOCTL_SET_FOV_WIDE, True)", REFUSED);
}

static void printed(void **state) {
    (void)state;
    static const char *const keys[] = {
        "Name",          "Chip ID",       "Address",         "Powered On",
        "Auxiliary",     "Raw Output",    "Frame Rate",      "Clock Frequency",
        "Framebuffer {", "Dynamic",       "Raw Buffer Size", "Raw Buffer Addr",
        "Vbuffer Size",  "Vbuffer Count", "Used Queue Size", "Free Queue Size"};
    const char *text = board_run(
        &board, "c = csi.CSI(cid=csi.LEPTON); c.reset(hard=False); c.pixformat(csi.GRAYSCALE); "
                "c.framesize(csi.QVGA); print(c)");
    print_message("%s", text);
    assert_non_null(strstr(text, "CSI {"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        text = strstr(text, keys[i]); // in this order
        assert_non_null(text);
    }
}

static void interrupted(void **state) {
    (void)state;
    board_prints(&board,
                 "c = csi.CSI(cid=csi.SOFTCSI); c.reset(); c.pixformat(csi.GRAYSCALE); "
                 "c.framesize(csi.QQVGA)",
                 "");
    board_type(&board, "print('in')\nwhile True:\n  try: c.snapshot(time=1000000000)\n"
                       "  except KeyboardInterrupt: print('out'); break\x04");
    board_expect(&board, "in\r\n");
    ib_vm_interrupt(board.vm);
    board_expect(&board, "out\r\n");
    board_expect(&board, "\x04\x04>");
    board_prints(&board, "print(c.snapshot().width())", "160\r\n");
}

static void soft_resets(void **state) {
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        board_prints(&board,
                     "import csi, image\na = csi.CSI(); a.reset(); a.pixformat(csi.RGB565); "
                     "a.framesize(csi.VGA); x = a.snapshot()\n"
                     "b = csi.CSI(cid=csi.LEPTON); b.reset(hard=False); b.pixformat(csi.GRAYSCALE);"
                     " b.framesize(csi.QVGA); y = b.snapshot()\n"
                     "a.frame_callback(lambda: None); b.vsync_callback(lambda s: None)\n"
                     "b.ioctl(csi.IOCTL_LEPTON_SET_MODE, True)\nprint(x.size(), y.size())",
                     "614400 76800\r\n");
        board_soft_reset(&board);
        board_prints(&board, "import csi; a = csi.CSI(); print(a.frame_callback())", "None\r\n");
        board_raises(&board, "a.pixformat()", NO_FORMAT);
        board_prints(&board, "print(csi.CSI(cid=csi.LEPTON).ioctl(csi.IOCTL_LEPTON_GET_MODE))",
                     "(False, False)\r\n");
    }
}

static void old_module(void **state) {
    (void)state;
    board_prints(&board,
                 "import sensor\nsensor.reset(); sensor.set_pixformat(sensor.GRAYSCALE); "
                 "sensor.set_framesize(sensor.QVGA); sensor.skip_frames(time=500)\n"
                 "print(sensor.width(), sensor.height(), hex(sensor.get_id()), "
                 "sensor.get_fb().size(), sensor.get_framesize() == sensor.QVGA)",
                 "320 240 0x56 76800 True\r\n");
    board_prints(&board,
                 "sensor.set_windowing(100, 80); print(sensor.get_windowing()); "
                 "sensor.set_windowing((1, 2, 30, 40)); print(sensor.get_windowing())",
                 "(110, 80, 100, 80)\r\n(1, 2, 30, 40)\r\n");
    board_prints(&board,
                 "print(sensor.snapshot().width(), sensor.set_contrast(9), "
                 "sensor.get_frame_available())",
                 "30 False False\r\n");
    board_raises(&board, "sensor.alloc_extra_fb(1, 2, 3)", "OSError: alloc_extra_fb is deprecated");
    board_prints(&board,
                 "print(sensor.B64X32, sensor.B320X320, sensor.LCD, sensor.HQQVGA, sensor.QQCIF)",
                 "18 23 24 15 2\r\n");
    board_prints(&board,
                 "sensor.skip_frames(5); sensor.disable_delays(True); t = "
                 "time.ticks_ms(); sensor.set_framesize(sensor.VGA); "
                 "print(sensor.disable_delays(), time.ticks_diff(time.ticks_ms(), t) < 50)",
                 "True True\r\n");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_there, clean),
        TEST(both_there),
        TEST(constants),
        TEST(settings),
        TEST(looks),
        TEST(snapshots),
        TEST(callbacks),
        TEST(lepton),
        TEST(ov5640_ioctls),
        TEST(printed),
        TEST(interrupted),
        TEST(soft_resets),
        TEST(old_module),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
