/// The image module, called from a script: the least of many runs, by the script's own clock. With the best
/// vector code that this machine has, and again as on a machine that ends at AVX2.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benches/report.h"
#include "benches/support_tier.h"
#include "ports/linux/codec.h"
#include "ports/micropython/vm.h"

/// The scene of whole numbers that other cameras are measured with, too.
static const char script[] =
    "import gc, image, time\n"
    "def scene(w, h):\n"
    "  img = image.Image(w, h, image.GRAYSCALE)\n"
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
    "def least(name, f):\n"
    "  best = 1000000\n"
    "  gc.collect()\n"
    "  for i in range(300):\n"
    "    t = time.ticks_us()\n"
    "    f(); f(); f(); f()\n"
    "    best = min(best, time.ticks_diff(time.ticks_us(), t))\n"
    "  print('=', best / 4, name)\n"
    "s, m = scene(160, 120), scene(320, 240)\n"
    "d = image.Image(800, 480, image.RGB565)\n"
    "ramp = image.Image(256, 1, image.GRAYSCALE)\n"
    "for i in range(256): ramp[i] = i\n"
    "c = m.to_ironbow(copy=True)\n"
    "I, B, C = image.PALETTE_IRONBOW, image.BILINEAR, image.BICUBIC\n"
    "least('draw_image 800x480 ironbow bilinear',\n"
    "  lambda: d.draw_image(s, x_scale=5, y_scale=4, color_palette=I, hint=B))\n"
    "least('draw_image 800x480 alpha palette',\n"
    "  lambda: d.draw_image(s, x_scale=5, y_scale=4, color_palette=I, alpha_palette=ramp, "
    "hint=B))\n"
    "least('draw_image 800x480 ironbow bicubic',\n"
    "  lambda: d.draw_image(s, x_scale=5, y_scale=4, color_palette=I, hint=C))\n"
    "least('get_statistics 320x240 grey', lambda: m.get_statistics())\n"
    "least('get_statistics 320x240 colour', lambda: c.get_statistics())\n"
    "least('find_blobs 320x240 grey',\n"
    "  lambda: m.find_blobs([(150, 255)], pixels_threshold=20, area_threshold=20))\n"
    "least('to_jpeg q90 320x240 colour', lambda: c.to_jpeg(quality=90, copy=True))\n"
    "least('to_jpeg q90 320x240 grey', lambda: m.to_jpeg(quality=90, copy=True))\n"
    "least('to_ironbow 320x240 copy', lambda: m.to_ironbow(copy=True))\n"
    "least('copy 320x240 grey', lambda: m.copy())\n"
    "print('= end')\n";

static struct ib_vm *vm;
static char text[1 << 16];
static size_t size;

/// Until the output has that; what comes before its end is given as a string and thrown away.
static const char *until(const char *wanted) {
    static char before[1 << 16];
    for (;;) {
        size += ib_vm_pull(vm, (uint8_t *)text + size, sizeof text - 1 - size);
        text[size] = 0;
        char *found = strstr(text, wanted);
        if (found) {
            size_t end = (size_t)(found - text) + strlen(wanted);
            memcpy(before, text, end);
            before[end] = 0;
            size -= end;
            memmove(text, text + end, size + 1);
            return before;
        }
        usleep(1000);
    }
}

/// All of the script's figures; `tier` is told behind their names.
/// Return: whether it came to its end.
static bool measure(const char *tier) {
    double value;
    (void)ib_vm_feed(vm, (const uint8_t *)script, sizeof script - 1);
    (void)ib_vm_feed(vm, (const uint8_t *)"\x04", 1);
    until("OK");
    for (;;) {
        char name[128], full[192];
        const char *line = until("\n");
        if (sscanf(line, "= %lf %127[^\r\n]", &value, name) == 2) {
            snprintf(full, sizeof full, "script: %s%s", name, tier);
            bench_report(full, value, "us", 0, NULL);
        } else if (strstr(line, "= end")) {
            until(">"); // the prompt of the raw REPL
            return true;
        } else {
            printf("%s", line);
            return false;
        }
    }
}

int main(void) {
    char problem[512];
    struct ib_linux_codec *codec;
    if (ib_linux_codec_open(&codec) < 0)
        return 1;
    const struct ib_openmv_hands hands = {.codec = ib_linux_codec_table(codec)};
    const struct ib_vm_config config = {.hands = &hands};
    if (ib_vm_start(&vm, &config, problem, sizeof problem) != 0) {
        printf("SKIP: no script engine\n");
        return 0;
    }
    until(">>> ");
    (void)ib_vm_feed(vm, (const uint8_t *)"\x01", 1);
    until("CTRL-B to exit\r\n>");
    bool good = measure("");
    // The script's thread waits for input now; what it is handed next is what it sees of this.
    if (good && bench_only_avx2())
        good = measure(", AVX2");
    int status = ib_vm_stop(vm, 10000);
    ib_linux_codec_close(codec);
    return !good || status != 0;
}
