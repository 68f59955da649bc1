/// The module image in scripts: the same pictures as on the board, what calls accept, what they say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ports/linux/codec.h"
#include "support_board.h"

static struct board board;
static struct ib_linux_codec *codec;
static struct ib_openmv_hands hands;

/// The scene of whole numbers, checksums, and what every test has at hand.
static const char prelude[] =
    "import image, binascii, gc\n"
    "B, G, C = image.BINARY, image.GRAYSCALE, image.RGB565\n"
    "def scene(w, h):\n"
    "  img = image.Image(w, h, G)\n"
    "  p = img.bytearray()\n"
    "  discs = [(w*k//5, h*(1 + k%3)//4, max(2, h//8 - k*h//60)) for k in range(1, 5)]\n"
    "  for y in range(h):\n"
    "    for x in range(w):\n"
    "      v = 40 + x*60//w + y*40//h\n"
    "      for a, b, r in discs:\n"
    "        d = (x-a)*(x-a) + (y-b)*(y-b)\n"
    "        if d < r*r: v += (r*r - d)*110//(r*r)\n"
    "      v += ((((x*73) ^ (y*151)) * 2654435761) & 0xffffffff) >> 29\n"
    "      p[y*w + x] = min(v, 255)\n"
    "  return img\n"
    "def crc(img): return '%08x' % (binascii.crc32(img) & 0xffffffff)\n"
    "def flat(w, h, v, f=G):\n"
    "  img = image.Image(w, h, f)\n"
    "  img.draw_rectangle(0, 0, w, h, color=v, fill=True)\n"
    "  return img\n"
    "def near(a, b, d): return abs(a - b) <= d\n"
    "def says(f):\n"
    "  try: print('no error', f())\n"
    "  except Exception as e: print(type(e).__name__ + ':', e)\n"
    "small, large = scene(160, 120), scene(320, 240)\n";

static int prepare(void **state) {
    (void)state;
    assert_int_equal(ib_linux_codec_open(&codec), 0);
    hands.codec = ib_linux_codec_table(codec);
    board_prepare(&board);
    board.config.hands = &hands;
    board_start(&board, NULL, NULL, NULL);
    board_prints(&board, prelude, "");
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_clean(&board);
    ib_linux_codec_close(codec);
    return 0;
}

/// Checksums that OpenMV's own firmware 5.0 has for the same script.
static void same_script_same_picture(void **state) {
    (void)state;
    board_prints(&board,
                 "d = image.Image(800, 480, C)\n"
                 "def draw(x=0, **how):\n"
                 "  d.clear()\n"
                 "  d.draw_image(small, x, 0, **how)\n"
                 "  print(crc(d))\n"
                 "I, L = image.PALETTE_IRONBOW, image.BILINEAR\n"
                 "draw(x_scale=5, y_scale=4)\n"
                 "draw(x_scale=5, y_scale=4, hint=L)\n"
                 "draw(x_scale=5, y_scale=4, color_palette=I)\n"
                 "draw(x_scale=5, y_scale=4, color_palette=I, hint=L)\n"
                 "draw(x_scale=5, y_scale=4, color_palette=I,\n"
                 "     hint=L | image.APPLY_COLOR_PALETTE_FIRST)\n"
                 "draw(80, x_scale=4.0, color_palette=I, hint=L)\n",
                 "822bd938\r\ndc32eb2e\r\n0bf12e70\r\n9bd5f691\r\ncd127226\r\nc4138f03\r\n");
    board_prints(&board,
                 "print(crc(small.scale(x_scale=4, hint=L, copy=True)))\n"
                 "print(crc(small.scale(x_scale=4, copy=True)))\n"
                 "print(crc(small.to_ironbow(copy=True)))\n"
                 "colour = large.to_ironbow(copy=True)\n"
                 "print(crc(colour))\n"
                 "print(crc(large.to_rgb565(copy=True)))\n"
                 "print(crc(colour.to_grayscale(copy=True)))\n"
                 "print(crc(large.to_bitmap(copy=True)))\n",
                 "6baefaa0\r\nd805ab04\r\n5eba2938\r\n03c97523\r\n70610e05\r\nffdb4b98\r\n"
                 "51672eed\r\n");
}

static void same_script_same_numbers(void **state) {
    (void)state;
    board_prints(&board,
                 "found = large.find_blobs([(150, 255)], pixels_threshold=20, area_threshold=20)\n"
                 "print(len(found), [b.rect for b in found][:2], found[2][:3])\n"
                 "found = large.find_blobs([(150, 255)], merge=True)\n"
                 "print(len(found), found[0][0:4])\n"
                 "print(small.get_statistics()[:8])\n"
                 "print(large.get_stats()[:8])\n",
                 "4 [(181, 49, 24, 24), (50, 106, 30, 30)] (245, 109, 23)\r\n"
                 "4 (181, 49, 24, 24)\r\n"
                 "(96, 95, 84, 25, 40, 221, 79, 112)\r\n"
                 "(96, 95, 94, 25, 40, 224, 78, 112)\r\n");
}

static void objects(void **state) {
    (void)state;
    board_prints(&board,
                 "i = image.Image(40, 3, B)\n"
                 "print(i, len(i), i.width(), i.height(), i.size(), i.format() == B)\n"
                 "i[33] = 1\n"
                 "i[-1] = 1\n"
                 "print(i[32:35], i[119], bytes(i)[4:8], sum(sum(r) for r in i))\n"
                 "i = image.Image(4, 2, C)\n"
                 "i[1] = (255, 0, 8)\n"
                 "i[2] = 0x07E0\n"
                 "print(i[0:3], [r for r in i], len(i), isinstance(i, image.Image))\n"
                 "i[4:8] = (8, 4, 8)\n"
                 "i[0:2] = [(248, 0, 0), 1]\n"
                 "print(i[0:2], i[7])\n"
                 "i = image.Image(3, 2, G)\n"
                 "i[:] = 7\n"
                 "i[1:3] = [8, 9]\n"
                 "print(i[:], list(i))\n"
                 "b = i.bytearray()\n"
                 "b[0] = 1\n"
                 "says(lambda: b.extend(b'x'))\n"
                 "says(lambda: exec('b[0:1] = bytes(1000)'))\n"
                 "print(i[0], i.get_pixel((0, 0)), i.get_pixel(3, 0), i.get_pixel(-1, 0))\n"
                 "i.set_pixel((1, 1), 77).set_pixel(5, 5, 1).set_pixel(2, 1)\n"
                 "print(i[3:], i.get_pixel(1, 1, rgbtuple=True))\n",
                 "{\"w\":40, \"h\":3, \"type\":\"binary\", \"size\":24} 3 40 3 24 True\r\n"
                 "(0, 1, 0) 1 b'\\x02\\x00\\x00\\x00' 2\r\n"
                 "((0, 0, 0), (255, 0, 8), (0, 255, 0)) [[0, 63489, 2016, 0], [0, 0, 0, 0]] 2 "
                 "True\r\n"
                 "((255, 0, 0), (0, 0, 8)) (8, 4, 8)\r\n"
                 "(7, 8, 9, 7, 7, 7) [[7, 8, 9], [7, 7, 7]]\r\n"
                 "AttributeError: 'memoryview' object has no attribute 'extend'\r\n"
                 "ValueError: lhs and rhs should be compatible\r\n"
                 "1 1 None None\r\n"
                 "(7, 77, 255) (74, 77, 74)\r\n");
    board_prints(&board,
                 "y = image.Image(4, 1, image.YUV422, buffer=bytearray(b'abcdefgh'))\n"
                 "print(y, y[0], y[1:3], list(y), y.get_pixel(1, 0))\n"
                 "r = image.Image(4, 2, image.BAYER, buffer=bytearray(b'abcdefgh'))\n"
                 "print(r, r[7], list(r), len(r.get_pixel(0, 0, rgbtuple=True)))\n"
                 "s = image.Image(4, 2, image.JPEG, buffer=b'abcdefgh')\n"
                 "print(s, len(s), s[0], s[1:3], list(s)[:2], bytes(s))\n",
                 "{\"w\":4, \"h\":1, \"type\":\"yuv422\", \"size\":8} (97, 98) ((99, 100), (101, "
                 "102)) [[25185, 25699, 26213, 26727]] 25699\r\n"
                 "{\"w\":4, \"h\":2, \"type\":\"bayer_bggr\", \"size\":8} 104 [[97, 98, 99, 100], "
                 "[101, 102, 103, 104]] 3\r\n"
                 "{\"w\":4, \"h\":2, \"type\":\"jpeg\", \"size\":8} 8 97 (98, 99) [97, 98] "
                 "b'abcdefgh'\r\n");
}

static void a_callers_buffer(void **state) {
    (void)state;
    board_prints(&board,
                 "m = bytearray(64)\n"
                 "i = image.Image(8, 4, G, buffer=memoryview(m)[8:40])\n"
                 "i.clear().set_pixel(0, 0, 5)\n"
                 "print(m[8], i.bytearray()[0])\n"
                 "v = i.bytearray()\n"
                 "del i\n"
                 "v[31] = 9\n"
                 "print(m[39], len(v))\n"
                 "i = image.Image(8, 4, G, buffer=m)\n"
                 "i.to_rgb565()\n"
                 "print(i, len(m))\n"
                 "m.extend(bytes(5000))\n"
                 "junk = [bytearray(64) for k in range(100)]\n"
                 "i.draw_rectangle(0, 0, 8, 4, color=(255, 255, 255), fill=True)\n"
                 "print(m[:64] == b'\\xff' * 64, sum(sum(j) for j in junk))\n",
                 "5 5\r\n9 32\r\n{\"w\":8, \"h\":4, \"type\":\"rgb565\", \"size\":64} 64\r\n"
                 "True 0\r\n");
    board_prints(&board,
                 "says(lambda: image.Image(8, 4, G, buffer=bytearray(31)))\n"
                 "says(lambda: image.Image(8, 4, C, buffer=memoryview(bytearray(100))[1:]))\n"
                 "says(lambda: image.Image(8, 4, image.JPEG))\n"
                 "says(lambda: image.Image(8, 4, G, buffer=bytes(32)))\n"
                 "s = image.Image(8, 4, image.JPEG, buffer=bytes(32))\n"
                 "def f(): s[0] = 1\n"
                 "says(f)\n"
                 "says(s.bytearray)\n",
                 "ValueError: Buffer is too small\r\n"
                 "ValueError: Buffer is not aligned to its pixels\r\n"
                 "ValueError: Expected an image buffer\r\n"
                 "TypeError: object with buffer protocol required\r\n"
                 "ValueError: Image buffer is read-only\r\n"
                 "ValueError: Image buffer is read-only\r\n");
}

/// Numbers one by one or as a tuple, by place or by name: the same picture.
static void drawing(void **state) {
    (void)state;
    board_prints(
        &board,
        "def both(f, g):\n"
        "  a, b = image.Image(64, 48, C), image.Image(64, 48, C)\n"
        "  assert f(a) is a and g(b) is b\n"
        "  return crc(a) == crc(b) != crc(image.Image(64, 48, C))\n"
        "print(both(lambda i: i.draw_line(1, 2, 30, 40), lambda i: i.draw_line((1, 2, 30, 40),\n"
        "  color=(255, 255, 255), thickness=1)))\n"
        "print(both(lambda i: i.draw_rectangle(1, 2, 30, 40, 0x1234, 2),\n"
        "  lambda i: i.draw_rectangle([1, 2, 30, 40, 99], 0x1234, thickness=2, fill=False)))\n"
        "print(both(lambda i: i.draw_circle(20, 20, 9, (1, 99, 255), 1, True),\n"
        "  lambda i: i.draw_circle((20, 20, 9), color=(1, 99, 255), fill=True)))\n"
        "print(both(lambda i: i.draw_cross(20, 20, 7, 9, 2), lambda i: i.draw_cross((20, 20),\n"
        "  color=7, size=9, thickness=2)))\n"
        "print(both(lambda i: i.draw_string(3, 4, 'Hi', (9, 99, 9), 2),\n"
        "  lambda i: i.draw_string((3, 4), 'Hi', color=(9, 99, 9), scale=2.0, mono_space=True)))\n"
        "def by_hand(i):\n"
        "  i.draw_rectangle(5, 20, 30, 20, 0xF800).draw_cross(12, 30, 0x07E0)\n"
        "  return i.draw_string(6, 12, 'cat', 0xF800, mono_space=False)\n"
        "print(both(by_hand, lambda i: i.draw_detection((5, 20, 30, 20, 12, 30), 0xF800, 0x07E0,\n"
        "  label='cat', label_offset=(1, -8))))\n"
        "print(both(lambda i: i.draw_image((0, 255, 0), x_scale=0.5), lambda i:\n"
        "  i.draw_rectangle(0, 0, 32, 24, (0, 255, 0), fill=True)))\n"
        "m = image.Image(64, 48, B)\n"
        "m.draw_rectangle(25, 15, 11, 11, fill=True)\n"
        "print(both(lambda i: i.draw_image(0xF81F, mask=m), lambda i: i.draw_rectangle(25, 15, 11, "
        "11,\n"
        "  0xF81F, fill=True)))\n"
        "i = flat(64, 48, 9)\n"
        "i.clear(mask=m)\n"
        "print(i.get_pixel(30, 20), i.get_pixel(50, 20))\n",
        "True\r\nTrue\r\nTrue\r\nTrue\r\nTrue\r\nTrue\r\nTrue\r\nTrue\r\n0 9\r\n");
    board_prints(&board,
                 "i = small.copy()\n"
                 "i.draw_image(i, 10, 0, x_scale=-1, y_scale=1)\n"
                 "print([i.get_pixel(10 + x, 5) == small.get_pixel(159 - x, 5) for x in (0, 9, "
                 "149)])\n"
                 "i.draw_image(i, mask=i)\n"
                 "i = flat(10, 10, 100)\n"
                 "i.blend(flat(10, 10, 200), alpha=128)\n"
                 "print(i[0], [getattr(i, n) == i.draw_image for n in ('set', 'assign')])\n"
                 "i.replace(flat(10, 10, 7))\n"
                 "print(i[0])\n",
                 "[True, True, True]\r\n150 [True, True]\r\n7\r\n");
}

/// What the board's own tests of its image module expect, in scripts of ours.
static void as_the_boards_own_tests(void **state) {
    (void)state;
    board_prints(&board,
                 "i = flat(100, 100, 100)\n"
                 "j = i.copy()\n"
                 "i.draw_rectangle(0, 0, 100, 100, 200, fill=True)\n"
                 "print(i.get_statistics().mean, j.get_statistics().mean)\n"
                 "i = flat(100, 100, 50)\n"
                 "i.draw_rectangle(50, 0, 50, 100, 200, fill=True)\n"
                 "a, b = i.copy().crop(roi=(0, 0, 50, 50)), i.copy().crop(roi=(50, 0, 50, 50))\n"
                 "print(a.width(), a.height(), a.get_statistics().mean, b.get_statistics().mean)\n"
                 "s = i.get_statistics()\n"
                 "print(s.mean, s.min, s.max)\n"
                 "print(i.copy(hint=image.HMIRROR).get_pixel(10, 10),\n"
                 "  i.copy(hint=image.VFLIP).get_pixel(10, 10))\n"
                 "i.scale(x_scale=0.5)\n"
                 "print(i.width(), i.height(), i.get_statistics().mean)\n"
                 "i.scale(x_scale=0.5, y_scale=0.5)\n"
                 "print(i)\n"
                 "t = flat(60, 40, 1).copy(hint=image.TRANSPOSE)\n"
                 "print(t.width(), t.height())\n",
                 "200 100\r\n50 50 50 200\r\n125 50 200\r\n200 50\r\n50 50 125\r\n"
                 "{\"w\":25, \"h\":25, \"type\":\"grayscale\", \"size\":625}\r\n40 60\r\n");
    board_prints(&board,
                 "i = flat(50, 50, (10, 200, 30), C)\n"
                 "print(i.to_rainbow(copy=True), i.to_ironbow().format() == C)\n"
                 "i = image.Image(64, 64, C, copy_to_fb=True)\n"
                 "i.draw_rectangle(0, 0, 32, 64, (255, 255, 255), fill=True)\n"
                 "print(i.to_grayscale().format() == G, i)\n"
                 "print(i.to_bitmap().format() == B, i)\n"
                 "print(i.to_rgb565().format() == C, i)\n"
                 "print(i.get_pixel(3, 3), i.get_pixel(40, 3))\n"
                 "print(image.grayscale_to_rgb(182), image.rgb_to_grayscale((120, 200, 120)),\n"
                 "  image.rgb_to_lab((120, 200, 120)), image.lab_to_rgb((74, -38, 30)))\n"
                 "print(image.binary_to_rgb(1), image.grayscale_to_binary(127),\n"
                 "  image.rgb_to_yuv((255, 255, 255)), image.yuv_to_rgb((255, 0, 0)))\n",
                 "{\"w\":50, \"h\":50, \"type\":\"rgb565\", \"size\":5000} True\r\n"
                 "True {\"w\":64, \"h\":64, \"type\":\"grayscale\", \"size\":4096}\r\n"
                 "True {\"w\":64, \"h\":64, \"type\":\"binary\", \"size\":512}\r\n"
                 "True {\"w\":64, \"h\":64, \"type\":\"rgb565\", \"size\":8192}\r\n"
                 "(255, 255, 255) (0, 0, 0)\r\n"
                 "(181, 182, 181) 169 (75, -40, 34) (123, 199, 123)\r\n"
                 "(255, 255, 255) 0 (255, 0, 0) (255, 255, 255)\r\n");
    board_prints(&board,
                 "i = flat(64, 64, 40)\n"
                 "i.draw_rectangle(0, 0, 64, 24, 200, fill=True)\n"
                 "h = i.get_histogram()\n"
                 "print(len(h.bins()), h[0] == h.bins(), h[0][40], h[0][200], near(sum(h[0]), 1, "
                 "1e-6))\n"
                 "print(h.get_percentile(0.5).value, h.get_percentile(0.9)[0],\n"
                 "  40 <= h.get_threshold().value < 200, h.get_statistics()[0:8])\n"
                 "print(len(i.histogram(bins=8).bins()), i.get_hist(roi=(0, 0, 10, "
                 "10)).get_percentile(.5).l_value)\n"
                 "print(i.statistics(thresholds=[(100, 255)]).mean, i.get_statistics("
                 "difference=flat(64, 64, 50)).max)\n"
                 "c = flat(20, 10, (255, 0, 0), C)\n"
                 "h = c.get_histogram()\n"
                 "print([len(h[k]) for k in range(3)], c.get_statistics()[0:1] + "
                 "c.get_statistics()[16:17], c.get_statistics().b_mean)\n",
                 "256 True 0.625 0.375 True\r\n"
                 "40 200 True (100, 40, 40, 77, 40, 200, 40, 200)\r\n"
                 "8 200\r\n200 150\r\n"
                 "[101, 256, 256] (53, 80) 66\r\n");
}

static void blobs(void **state) {
    (void)state;
    board_prints(&board,
                 "i = image.Image(80, 60, C)\n"
                 "i.draw_rectangle(10, 10, 20, 8, (255, 0, 0), fill=True)\n"
                 "i.draw_rectangle(50, 30, 5, 15, (0, 0, 255), fill=True)\n"
                 "red, blue = (30, 80, 40, 127, 20, 127), (10, 60, 20, 127, -128, -20)\n"
                 "found = i.find_blobs([red, (), blue])\n"
                 "for b in found:\n"
                 "  print(b[0:7], b.code, b.count, b.area, b.density, b.rect, b.corners)\n"
                 "b = found[0]\n"
                 "print(len(b), b.x_hist_bins, b.y_hist_bins, b.cxf, b.cyf,\n"
                 // The centroid counts as (20, 14): 160 pixels, a - c = 4480, 2b = 80.
                 "  near(b.rotation, 0.5 * 80 / 4480, 1e-5))\n"
                 "print(image.get_solidity(b) > 0.9, image.get_convexity(b) > 0.9,\n"
                 "  image.get_major_axis_line(b), image.get_minor_axis_line(b)[0:2],\n"
                 "  image.get_enclosing_circle(b).r, len(image.get_enclosed_ellipse(b)))\n"
                 "i.draw_rectangle(b, color=0).draw_detection(b)\n"
                 "print(i.find_blobs([]), i.find_blobs([red], roi=(40, 0, 40, 60)))\n"
                 "g = large\n"
                 "t = [(150, 255)]\n"
                 "print(len(g.find_blobs(t, x_hist_bins_max=5)[0].x_hist_bins))\n"
                 "print(len(g.find_blobs(t, threshold_cb=lambda b: b.cx > 200)))\n"
                 "print(len(g.find_blobs(t, merge=True, margin=1000)),\n"
                 "  len(g.find_blobs(t, merge=True, margin=1000, merge_cb=lambda a, b: False)))\n"
                 "print(g.find_blobs(t, merge=True, margin=1000)[0].count)\n"
                 // In a callback everything else works, too.
                 "def cb(b):\n"
                 "  gc.collect()\n"
                 "  return len(g.find_blobs(t, roi=b.rect)) == 1 and g.to_jpeg(copy=True).size()\n"
                 "print(len(g.find_blobs(t, threshold_cb=cb)))\n"
                 "says(lambda: g.find_blobs(t, threshold_cb=lambda b: 1 // 0))\n"
                 "says(lambda: g.find_blobs(t, x_stride=0))\n"
                 "says(lambda: g.find_blobs([5]))\n"
                 "says(lambda: g.find_blobs([(1, 2)] * 33))\n",
                 "(10, 10, 20, 8, 20, 14, 160) 1 1 160 1.0 (10, 10, 20, 8) ((10, 13), (19, 10), "
                 "(29, 13), (19, 17))\r\n"
                 "(50, 30, 5, 15, 52, 37, 75) 2 1 75 1.0 (50, 30, 5, 15) ((50, 37), (52, 30), (54, "
                 "37), (52, 44))\r\n"
                 "23 [] [] 19.5 13.5 True\r\n"
                 "True True (x1=10, y1=13, x2=29, y2=13) (19, 10) 11 5\r\n"
                 "[] []\r\n5\r\n1\r\n1 4\r\n4\r\n4\r\n"
                 "ZeroDivisionError: divide by zero\r\nOSError: x_stride must be > 0\r\n"
                 "TypeError: expected a list of thresholds\r\n"
                 "ValueError: more than 32 thresholds\r\n");
}

static void files(void **state) {
    (void)state;
    board_prints(&board,
                 "import os\n"
                 "os.chdir('/flash')\n"
                 "colour = small.to_ironbow(copy=True)\n"
                 "for name, img in (('a.bmp', small), ('b.BMP', colour), ('c.pgm', small),\n"
                 "    ('d.ppm', colour), ('e.png', small), ('f.png', colour)):\n"
                 "  assert img.save(name) is img\n"
                 "  back = image.Image(name)\n"
                 "  kind = back.format()\n"
                 "  if kind == image.PNG:\n"
                 "    print(len(back) == os.stat(name)[6], bytes(back)[1:4])\n"
                 "    back = back.to_rgb565(copy=True) if img is colour else "
                 "back.to_grayscale(copy=True)\n"
                 "  print(name, kind == img.format(), crc(back) == crc(img))\n"
                 "  os.remove(name)\n",
                 "a.bmp True True\r\nb.BMP True True\r\nc.pgm True True\r\nd.ppm True True\r\n"
                 "True b'PNG'\r\ne.png False True\r\nTrue b'PNG'\r\nf.png False True\r\n");
    // Without an ending the format says it; a roi; a JPEG as it is; from a file into a picture.
    board_prints(&board,
                 "small.save('x')\n"
                 "j = small.to_jpeg(quality=80, copy=True)\n"
                 "j.save('x')\n"
                 "j.save('y.jpg')\n"
                 "small.to_png(copy=True).save('x.p')\n"
                 "image.Image(4, 2, image.BAYER, buffer=bytearray(b'abcdefgh')).save('x')\n"
                 "print([n for n in sorted(os.listdir()) if n[0] != '.'], open('y.jpg', "
                 "'rb').read() == bytes(j))\n"
                 "print(open('x.raw', 'rb').read())\n"
                 "small.save('r.pgm', roi=(150, 100, 100, 100))\n"
                 "r = image.Image('r.pgm')\n"
                 "print(r, crc(r) == crc(small.copy(roi=(150, 100, 10, 20))))\n"
                 "d = image.Image(160, 120, G)\n"
                 "d.draw_image('x.bmp')\n"
                 "print(crc(d) == crc(small))\n"
                 "d.draw_image('x.jpg')\n"
                 "print(max(abs(a - b) for a, b in zip(bytes(d), bytes(small))) < 30)\n"
                 "f = image.Image('x.jpg', copy_to_fb=True)\n"
                 "print(f.format() == image.JPEG, f.width(), f.to_rgb565(), f)\n"
                 "f.to_png()\n"
                 "g = f.to_grayscale()\n"
                 "print(g.size(), max(abs(a - b) for a, b in zip(bytes(g), bytes(small))) < 30)\n"
                 "f = image.Image('x.bmp', copy_to_fb=True)\n"
                 "print(crc(f) == crc(small), f.scale(x_scale=2))\n"
                 "for n in os.listdir(): n[1:2] == '.' and os.remove(n)\n",
                 "['README.txt', 'main.py', 'x.bmp', 'x.jpg', 'x.p.png', 'x.raw', 'y.jpg'] "
                 "True\r\nb'abcdefgh'\r\n"
                 "{\"w\":10, \"h\":20, \"type\":\"grayscale\", \"size\":200} True\r\n"
                 "True\r\nTrue\r\n"
                 "True 160 {\"w\":160, \"h\":120, \"type\":\"rgb565\", \"size\":38400} "
                 "{\"w\":160, \"h\":120, \"type\":\"rgb565\", \"size\":38400}\r\n"
                 "19200 True\r\n"
                 "True {\"w\":320, \"h\":240, \"type\":\"grayscale\", \"size\":76800}\r\n");
    board_prints(&board,
                 "def put(name, b):\n"
                 "  f = open(name, 'wb'); f.write(b); f.close()\n"
                 "put('g.ppm', b'P5\\n1 1\\n255\\nx')\n"
                 "put('t.bin', b'hello world')\n"
                 "put('s.pgm', b'P5\\n9 9\\n255\\nx')\n"
                 "put('m.pgm', b'P5\\n1 1\\n65535\\nxx')\n"
                 "put('j.jpg', b'\\xff\\xd8\\xff\\xc0zz')\n"
                 "put('p.png', b'\\x89PNGzzzzzzzzzz')\n"
                 "put('e.bmp', b'BM')\n"
                 "for n in ('g.ppm', 't.bin', 's.pgm', 'm.pgm', 'j.jpg', 'p.png', 'e.bmp', "
                 "'none'):\n"
                 "  says(lambda: image.Image(n))\n"
                 "for n in os.listdir(): n[1:2] == '.' and os.remove(n)\n"
                 "says(lambda: small.save('x.ppm'))\n"
                 "says(lambda: colour.save('x.pgm'))\n"
                 "says(lambda: j.save('x.bmp'))\n"
                 "says(lambda: small.save('x.raw'))\n"
                 "says(lambda: small.save('x.jpg', quality=0))\n"
                 "says(lambda: small.save('x.bmp', roi=(200, 0, 5, 5)))\n"
                 "says(lambda: small.save('/nowhere/x.bmp'))\n"
                 "says(lambda: small.save(5))\n"
                 "print([n for n in sorted(os.listdir()) if n[0] != '.'])\n",
                 "OSError: Image is not PPM!\r\nOSError: Unsupported format!\r\n"
                 "OSError: Failed to read requested bytes!\r\nOSError: Unsupported format!\r\n"
                 "OSError: JPEG decoder failed.\r\nRuntimeError: PNG decoder failed\r\n"
                 "OSError: Failed to read requested bytes!\r\nOSError: [Errno 2] ENOENT\r\n"
                 "OSError: Image is not PPM!\r\nOSError: Image is not PGM!\r\n"
                 "OSError: Image is not BMP!\r\nOSError: Image is not BAYER!\r\n"
                 "OSError: Error: 1 <= quality <= 100!\r\nOSError: No intersection!\r\n"
                 "OSError: [Errno 19] ENODEV\r\nTypeError: can't convert 'int' object to str "
                 "implicitly\r\n['README.txt', 'main.py']\r\n");
}

/// A file system in Python that fails, changes the image meanwhile, and is full.
static void files_in_python(void **state) {
    (void)state;
    board_prints(
        &board,
        "import os, io\n"
        "closed = []\n"
        "class File(io.IOBase):\n"
        "  def __init__(self, b, hook): self.b, self.at, self.hook = b, 0, hook\n"
        "  def readinto(self, m):\n"
        "    self.hook()\n"
        "    n = min(len(m), len(self.b) - self.at, 700)\n"
        "    m[:n] = self.b[self.at:self.at + n]\n"
        "    self.at += n\n"
        "    return n\n"
        "  def write(self, m):\n"
        "    self.hook()\n"
        "    self.b += bytes(m)\n"
        "    return len(m)\n"
        "  def ioctl(self, r, a):\n"
        "    if r == 4: closed.append(1)\n"
        "    return 0\n"
        "class Fs:\n"
        "  hook = lambda: None\n"
        "  def mount(self, ro, mk): pass\n"
        "  def umount(self): pass\n"
        "  def open(self, path, mode):\n"
        "    self.file = File(b'', Fs.hook)\n"
        "    return self.file\n"
        "fs = Fs()\n"
        "os.mount(fs, '/py')\n"
        "def save(hook, name):\n"
        "  Fs.hook = hook\n"
        "  i = small.copy()\n"
        "  i.save('/py/' + name)\n"
        "  return i\n"
        "i = save(lambda: gc.collect(), 'a.bmp')\n"
        "print(len(fs.file.b) == 54 + 1024 + 19200, len(closed))\n"
        "says(lambda: save(lambda: 1 // 0, 'a.bmp'))\n"
        "says(lambda: save(lambda: 1 // 0, 'a.jpg'))\n"
        "print(len(closed))\n"
        "i = small.copy()\n"
        "Fs.hook = lambda: (i.to_bitmap(), i.to_jpeg(copy=True))\n"
        "i.save('/py/a.jpg')\n"
        "print(len(fs.file.b) == small.to_jpeg(quality=50, copy=True).size(), i)\n"
        "os.umount('/py')\n",
        "True 1\r\nZeroDivisionError: divide by zero\r\nZeroDivisionError: divide by zero\r\n"
        "3\r\nTrue {\"w\":160, \"h\":120, \"type\":\"binary\", \"size\":2400}\r\n");
}

static void streams(void **state) {
    (void)state;
    board_prints(&board,
                 "j = large.to_jpeg(quality=90, copy=True)\n"
                 "print(j.format() == image.JPEG, len(j) == j.size() < large.size(), j[0], j[1],\n"
                 "  bytes(j)[-2:], j.width(), j.height())\n"
                 "print(5000 < j.size() < 15000, large.compress(quality=10, copy=True).size() < "
                 "j.size())\n"
                 "print(bytes(j.to_jpeg(copy=True)) == bytes(j), bytes(j.copy()) == bytes(j))\n"
                 "print(j.crop(roi=(0, 0, 100, 50), copy=True).to_grayscale(copy_to_fb=True))\n"
                 "c = large.to_rainbow(copy=True)\n"
                 "sizes = [c.to_jpeg(quality=70, subsampling=s, copy=True).size() for s in\n"
                 "  (image.JPEG_SUBSAMPLING_444, image.JPEG_SUBSAMPLING_422,\n"
                 "   image.JPEG_SUBSAMPLING_420, image.JPEG_SUBSAMPLING_AUTO)]\n"
                 "print(sizes[0] > sizes[1] > sizes[2], sizes[3] == sizes[0])\n"
                 "p = c.copy().to_png()\n"
                 "print(p.format() == image.PNG, crc(p.to_rgb565(copy=True)) == crc(c))\n"
                 "b = large.to_bitmap(copy=True)\n"
                 "print(crc(b.to_png(copy=True).to_bitmap(copy=True)) == crc(b))\n"
                 "s = c.copy().to_jpeg()\n" // in place there is room for its pixels again
                 "print(s.to_rgb565(), s)\n"
                 "says(lambda: j.draw_line(0, 0, 1, 1))\n"
                 "says(lambda: j.get_pixel(0, 0))\n"
                 "says(lambda: j.get_statistics())\n"
                 "says(lambda: j.to_rgb565())\n"
                 "says(lambda: image.Image(9, 9, image.JPEG, buffer=b'abc').to_rgb565(copy=True))\n"
                 "says(lambda: image.Image(9, 9, image.PNG, buffer=b'abc').to_rgb565(copy=True))\n"
                 "says(lambda: large.to_jpeg(quality=101))\n",
                 "True True 255 216 b'\\xff\\xd9' 320 240\r\nTrue True\r\nTrue True\r\n"
                 "{\"w\":100, \"h\":50, \"type\":\"grayscale\", \"size\":5000}\r\n"
                 "True True\r\nTrue True\r\nTrue\r\n"
                 "{\"w\":320, \"h\":240, \"type\":\"rgb565\", \"size\":153600} "
                 "{\"w\":320, \"h\":240, \"type\":\"rgb565\", \"size\":153600}\r\n"
                 "ValueError: Expected a mutable image\r\n"
                 "ValueError: Expected an uncompressed image\r\n"
                 "ValueError: Expected a mutable image\r\n"
                 "OSError: The image doesn't fit in the frame buffer!\r\n"
                 "OSError: JPEG decoder failed.\r\nRuntimeError: PNG decoder failed\r\n"
                 "ValueError: Quality ranges between 0 and 100\r\n");
}

/// A few bytes that claim to be a huge picture, and a disk that is full.
static void more_than_there_is(void **state) {
    (void)state;
    board_prints(
        &board,
        "import struct\n"
        "def chunk(kind, data):\n"
        "  return (struct.pack('>I', len(data)) + kind + data +\n"
        "    struct.pack('>I', binascii.crc32(kind + data) & 0xffffffff))\n"
        "bomb = (b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 16384,\n"
        "  16384, 8, 0, 0, 0, 0)) + chunk(b'IDAT', b'') + chunk(b'IEND', b''))\n"
        "p = image.Image(9, 9, image.PNG, buffer=bomb)\n"
        "says(lambda: p.to_grayscale(copy=True))\n"
        "says(lambda: small.draw_image(p))\n"
        "says(lambda: small.copy(x_scale=100, copy_to_fb=True))\n"
        "says(lambda: small.scale(x_scale=99).to_jpeg(copy=True))\n"
        "import os\n"
        "os.chdir('/flash')\n"
        "f = open('filler', 'wb')\n"
        "block = bytes(65536)\n"
        "try:\n"
        "  while f.write(block) == len(block): pass\n"
        "except OSError: pass\n"
        "f.close()\n"
        "says(lambda: large.to_rainbow(copy=True).save('x.bmp'))\n"
        "os.remove('filler')\n"
        "large.save('x.bmp')\n"
        "print(crc(image.Image('x.bmp')) == crc(large))\n"
        "os.remove('x.bmp')\n",
        "MemoryError: Failed to allocate memory\r\n"
        "MemoryError: Failed to allocate memory\r\n"
        "OSError: The image doesn't fit in the frame buffer!\r\n"
        "OSError: The image doesn't fit in the frame buffer!\r\n"
        "OSError: Failed to write requested bytes!\r\nTrue\r\n");
}

static void what_calls_say(void **state) {
    (void)state;
    static const struct {
        const char *call, *says;
    } rows[] = {
        {"image.Image(0, 5, G)", "OSError: Image width must be > 0"},
        {"image.Image(5)", "OSError: Image height must be > 0"},
        {"image.Image(5, 5)", "OSError: Pixel format is not set or unsupported"},
        {"image.Image(5, 5, 0x05040501)", "OSError: Pixel format is not set or unsupported"},
        {"image.Image(1 << 20, 5, G)", "OSError: Image width and height must be <= 16384"},
        {"image.Image(16384, 16384, C)", "MemoryError: memory allocation failed"},
        {"image.Image(16384, 16384, C, copy_to_fb=True)",
         "OSError: The image doesn't fit in the frame buffer!"},
        {"image.Image()", "TypeError"},
        {"image.Image(None)", "TypeError: Expected a path or a width, not 'NoneType'"},
        {"i.to_ndarray('f')", "NotImplementedError"},
        {"i.crop(roi=(0, 0, 0, 5))", "OSError: Invalid ROI dimensions!"},
        {"i.crop(roi=(100, 0, 5, 5))", "OSError: ROI does not overlap on the image!"},
        {"i.crop(roi=(1, 2, 3))", "ValueError: expected tuple/list of at least 4 elements"},
        {"i.crop(roi=5)", "TypeError: object 'int' isn't a tuple or list"},
        {"i.crop(x_scale=20)", "OSError: The image doesn't fit in the frame buffer!"},
        {"i.crop(x_scale=0)", "OSError: Image width must be > 0"},
        {"i.crop(x_scale=float('nan'))", "ValueError: Scale must be a finite number"},
        {"i.crop(y_scale=float('inf'))", "ValueError: Scale must be a finite number"},
        {"i.crop(x_scale='a')", "TypeError: can't convert str to float"},
        {"i.crop(alpha=256)", "ValueError: Alpha ranges between 0 and 255"},
        {"i.crop(rgb_channel=3)", "ValueError: RGB channel can be 0, 1, or 2"},
        {"i.crop(transform=[1])", "TypeError: Transform operations are not supported!"},
        {"i.crop(5)", "TypeError"},
        {"i.crop(nothing=5)", "TypeError"},
        {"i.to_rgb565(color_palette=7)", "ValueError: Invalid color palette"},
        {"i.to_rgb565(color_palette='x')", "ValueError: Invalid color palette"},
        {"i.to_rgb565(color_palette=i)", "ValueError: Unexpcted color palette format"},
        {"i.to_rgb565(color_palette=image.Image(5, 5, C))",
         "ValueError: Color palette must be 256 pixels"},
        {"i.to_rgb565(alpha_palette=image.Image(16, 16, C))",
         "ValueError: Unexpcted color palette format"},
        {"i.draw_image(image.Image(4, 4, image.BAYER), mask=image.Image(4, 4, image.BAYER))",
         "ValueError: Expected a mutable image"},
        {"image.Image(4, 4, image.BAYER).draw_image(i)", "ValueError: Expected a mutable image"},
        {"image.Image(4, 4, image.BAYER).scale(x_scale=2)",
         "ValueError: Only copying/cropping is supported for Bayer/YUV!"},
        {"i.draw_image(3.5)", "TypeError: object 'float' isn't a tuple or list"},
        {"i.draw_image(None)", "TypeError: Expected an image"},
        {"i.draw_line(1, 2, 3)", "ValueError: expected tuple/list of at least 4 elements"},
        {"i.draw_line((1, 2, 3))", "ValueError: expected tuple/list of at least 4 elements"},
        {"i.draw_line((1, 2, 3, 'a'))", "TypeError: can't convert str to int"},
        {"i.draw_line((1, 2, 3, 4.5))", "TypeError: can't convert float to int"},
        {"i.draw_line((1, 2, 3, 4), (1, 2))",
         "ValueError: expected tuple/list of at least 3 elements"},
        {"i.draw_line(())", "ValueError: expected tuple/list of at least 4 elements"},
        {"i.draw_line()", "TypeError"},
        {"i.draw_string((1, 2), 5)", "TypeError: can't convert 'int' object to str implicitly"},
        {"i.draw_string((1, 2), 'x', scale=0)", "OSError: Error: 0 < scale!"},
        {"i.draw_string((1, 2), 'x', scale=float('nan'))", "OSError: Error: 0 < scale!"},
        {"i.draw_string((1, 2), 'x', scale=1e30)", "OSError: Error: scale <= 1024!"},
        {"i.draw_detection((1, 2, 3, 4, 5, 6), label=7)",
         "TypeError: can't convert 'int' object to str implicitly"},
        {"i.get_histogram(bins=1)", "OSError: bins must be >= 2"},
        {"i.get_histogram(l_bins=0)", "OSError: l_bins must be >= 2"},
        {"i.get_histogram(bins=257)", "OSError: bins must be <= 256"},
        {"i.get_statistics(difference=image.Image(3, 3, G))",
         "OSError: Images must have the same shape!"},
        {"i.get_statistics(difference=5)", "TypeError: Expected an image"},
        {"i[100]", "IndexError"},
        {"i[-101]", "IndexError"},
        {"i['a']", "TypeError"},
        {"i[0:9:2]", "OSError: only slices with step=1 (aka None) are supported"},
        {"i.__setitem__(slice(0, 2), [1])", "AttributeError"},
        {"exec('i[0:2] = [1]')", "OSError: cannot grow or shrink image"},
        {"exec('i[0] = None')", "TypeError"},
        {"exec('del i[0]')", "TypeError"},
        {"image.rgb_to_lab(1, 2)", "ValueError: expected tuple/list of at least 3 elements"},
        {"image.get_solidity((1, 2))", "TypeError: expected a blob"},
    };
    board_prints(&board, "i = image.Image(10, 10, G)", "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char script[256];
        snprintf(script, sizeof script, "says(lambda: %s)", rows[i].call);
        const char *result = board_run(&board, script);
        if (strncmp(result, rows[i].says, strlen(rows[i].says)) != 0)
            fail_msg("%s: %s instead of %s", rows[i].call, result, rows[i].says);
    }
    board_prints(&board, "print(i)",
                 "{\"w\":10, \"h\":10, \"type\":\"grayscale\", \"size\":100}\r\n");
}

static void the_collector_keeps_up(void **state) {
    (void)state;
    board_prints(&board,
                 "gc.collect()\n"
                 "keep = large.copy()\n"
                 "view = large.to_rgb565(copy=True).bytearray()\n"
                 "for i in range(2000): last = large.copy()\n"
                 "for i in range(300): last = large.to_rgb565(copy=True).to_jpeg()\n"
                 "print(crc(keep) == crc(large), '%08x' % binascii.crc32(view))\n"
                 "keep = []\n"
                 "def fill():\n"
                 "  while True: keep.append(large.copy())\n"
                 "try: fill()\n"
                 "except MemoryError: print(len(keep) > 100)\n"
                 "keep = None\n"
                 "gc.collect()\n"
                 "print(crc(large.copy()) == crc(large))\n",
                 "True 70610e05\r\nTrue\r\nTrue\r\n");
    // Switched off, it is not there; nor is any memory while the heap is locked.
    board_prints(&board,
                 "import micropython\n"
                 "n = 0\n"
                 "gc.disable()\n"
                 "try:\n"
                 "  while True:\n"
                 "    last = large.copy()\n"
                 "    n += 1\n"
                 "except MemoryError: print(100 < n < 300)\n"
                 "gc.enable()\n"
                 "for i in range(500): last = large.copy()\n"
                 "micropython.heap_lock()\n"
                 "try: large.copy()\n"
                 "except MemoryError: n = -1\n"
                 "micropython.heap_unlock()\n"
                 "print(n, crc(large.copy()) == crc(last) == crc(large))\n",
                 "True\r\n-1 True\r\n");
}

/// What a life held is gone with it; the next one finds nothing of it.
static void lives(void **state) {
    (void)state;
    for (int i = 0; i < 200; i++) {
        board_prints(&board,
                     "import image\n"
                     "a = image.Image(64, 48, image.RGB565)\n"
                     "b = image.Image(64, 48, image.GRAYSCALE, copy_to_fb=True)\n"
                     "c = image.Image(64, 48, image.GRAYSCALE, buffer=bytearray(64 * 48))\n"
                     "d = a.draw_image(b, x_scale=0.5, hint=image.BILINEAR).to_jpeg(copy=True)\n"
                     "e = c.find_blobs([(0, 255)])\n"
                     "f = a.save('/flash/held.bmp')\n"
                     "g = image.Image('/flash/held.bmp')\n"
                     "v, it = a.bytearray(), iter(c)\n"
                     "print(b, len(e))\n",
                     "{\"w\":64, \"h\":48, \"type\":\"grayscale\", \"size\":3072} 1\r\n");
        board_soft_reset(&board);
    }
    board_prints(&board, "print('a' in globals())", "False\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_script_same_picture),
        cmocka_unit_test(same_script_same_numbers),
        cmocka_unit_test(objects),
        cmocka_unit_test(a_callers_buffer),
        cmocka_unit_test(drawing),
        cmocka_unit_test(as_the_boards_own_tests),
        cmocka_unit_test(blobs),
        cmocka_unit_test(files),
        cmocka_unit_test(files_in_python),
        cmocka_unit_test(streams),
        cmocka_unit_test(more_than_there_is),
        cmocka_unit_test(what_calls_say),
        cmocka_unit_test(the_collector_keeps_up),
        cmocka_unit_test(lives), // last: it forgets what the others have at hand
    };
    return cmocka_run_group_tests(tests, prepare, clean);
}
