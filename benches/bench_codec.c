/// What JPEG and PNG cost through the codec table, and their sizes, on a picture of four warm discs
/// with a little noise: grey, and through the ironbow palette.
#include <string.h>

#include "benches/report.h"
#include "image/palette.h"
#include "ports/linux/codec.h"

#define MOST_PX (640 * 480)
#define ROUND_S 0.6 ///< a row goes on for so long

static uint8_t greys[MOST_PX];
static uint16_t colours[MOST_PX], back[MOST_PX];
static uint8_t out[4 * MOST_PX];

/// OpenMV's figures were measured with the same picture.
static int grey_at(int x, int y, int w, int h) {
    int v = 40 + x * 60 / w + y * 40 / h;
    for (int k = 1; k <= 4; k++) {
        int dx = x - w * k / 5, dy = y - h * (1 + k % 3) / 4, r = h / 8 - k * h / 60;
        r = r < 2 ? 2 : r;
        if (dx * dx + dy * dy < r * r)
            v += (r * r - dx * dx - dy * dy) * 110 / (r * r);
    }
    v += (int)((((uint32_t)(x * 73) ^ (uint32_t)(y * 151)) * 2654435761u) >> 29);
    return v > 255 ? 255 : v;
}

static void paint(int w, int h) {
    uint16_t palette[256];
    ib_palette_fill_rgb565(ib_palette_find("openmv-ironbow"), palette);
    for (int i = 0; i < w * h; i++) {
        greys[i] = (uint8_t)grey_at(i % w, i / w, w, h);
        colours[i] = palette[greys[i]];
    }
}

struct row {
    const char *name;
    enum ib_codec_kind kind;
    enum ib_codec_pixels pixels_as;
    int width_px, height_px, quality;
    double peer_us; ///< OpenMV's portable code on a host of this kind; 0 unknown
};

static void bench_row(const struct ib_codec *codec, const struct row *row) {
    bool grey = row->pixels_as == IB_CODEC_GREY;
    uint32_t stride_bytes = (uint32_t)row->width_px * (grey ? 1 : 2);
    const struct ib_codec_picture source = {grey ? (void *)greys : (void *)colours, row->width_px,
                                            row->height_px, stride_bytes, row->pixels_as};
    struct ib_codec_picture into = source;
    double encode_s = 1e9, decode_s = 1e9;
    int64_t size = 0;
    char name[96];
    into.pixels = back;
    paint(row->width_px, row->height_px);
    for (double begin = bench_now_s(), end = begin; end - begin < ROUND_S;) {
        double start = bench_now_s();
        size = codec->ops->encode(codec->context, row->kind, &source, row->quality, IB_CODEC_444,
                                  out, sizeof out);
        double middle = bench_now_s();
        if (size < 0 ||
            codec->ops->decode(codec->context, row->kind, out, (size_t)size, &into) != 0)
            abort();
        end = bench_now_s();
        encode_s = middle - start < encode_s ? middle - start : encode_s;
        decode_s = end - middle < decode_s ? end - middle : decode_s;
    }
    bench_report(row->name, encode_s * 1e6, "us", row->peer_us / (encode_s * 1e6),
                 row->peer_us > 0 ? "OpenMV 5.0.0" : NULL);
    snprintf(name, sizeof name, "%s, size", row->name);
    bench_report(name, (double)size, "bytes", 0, NULL);
    snprintf(name, sizeof name, "%s, decoded", row->name);
    bench_report(name, decode_s * 1e6, "us", 0, NULL);
}

int main(void) {
    static const struct row rows[] = {
        {"JPEG q90 320x240 grey", IB_CODEC_JPEG, IB_CODEC_GREY, 320, 240, 90, 431.4},
        {"JPEG q90 320x240 RGB565", IB_CODEC_JPEG, IB_CODEC_RGB565, 320, 240, 90, 1446.4},
        {"JPEG q90 640x480 grey", IB_CODEC_JPEG, IB_CODEC_GREY, 640, 480, 90, 2007.6},
        {"JPEG q90 640x480 RGB565", IB_CODEC_JPEG, IB_CODEC_RGB565, 640, 480, 90, 5723.2},
        {"PNG 160x120 grey", IB_CODEC_PNG, IB_CODEC_GREY, 160, 120, 0, 0},
        {"PNG 320x240 RGB565", IB_CODEC_PNG, IB_CODEC_RGB565, 320, 240, 0, 0},
    };
    struct ib_linux_codec *codec;
    if (ib_linux_codec_open(&codec) != 0)
        return 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        bench_row(ib_linux_codec_table(codec), &rows[i]);
    ib_linux_codec_close(codec);
    return 0;
}
