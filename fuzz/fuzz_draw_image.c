/// Any picture onto any other with any arguments: no crash, nothing written outside of the
/// destination's pixels, the same bytes in every flavour of instructions.
///
/// Input: a header of arguments, then bytes for palettes and pixels.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "image/draw_image.h"

#define demand(condition) ((condition) ? (void)0 : abort())
static const uint8_t *bytes;
static size_t bytes_count, bytes_at;

static void fill(void *out, size_t count) {
    for (uint8_t *to = out; count > 0; count--)
        *to++ = bytes_count ? bytes[bytes_at++ % bytes_count] : 0x5A;
}

static struct ib_image picture(const uint8_t *header) {
    struct ib_image image =
        ib_image_of(NULL, (enum ib_pixels)(header[0] % 5), ib_get_le16(header + 1) % 300 + 1,
                    ib_get_le16(header + 3) % 300 + 1);
    image.stride_bytes = (image.stride_bytes + 3u) / 4 * 4 + header[5] % 3 * 4u;
    size_t count = image.stride_bytes * (size_t)image.height_px;
    fill(image.pixels = malloc(count), count); // the sanitizer guards both ends
    return image;
}

/// Nothing was written between the rows.
static void check_padding(const struct ib_image *image, const uint8_t *original) {
    uint32_t row = ib_image_row_bytes(image->format, image->width_px), stride = image->stride_bytes;
    for (int32_t y = 0; y < image->height_px; y++)
        demand(memcmp(ib_image_row(image, y) + row, original + (size_t)y * stride + row,
                      stride - row) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 48)
        return 0;
    bytes = data + 48, bytes_count = size - 48, bytes_at = 0;
    uint16_t palette565[256];
    uint8_t palette888[768], alphas[256];
    fill(palette565, 512), fill(palette888, 768), fill(alphas, 256);
    struct ib_image dst = picture(data), src = picture(data + 6), mask = picture(data + 12);
    struct ib_draw draw = ib_draw_plain();
    draw.scale.x = (int16_t)ib_get_le16(data + 18), draw.scale.y = (int16_t)ib_get_le16(data + 20);
    memcpy(&draw.scale.x_scale, data + 22, 4), memcpy(&draw.scale.y_scale, data + 26, 4);
    draw.scale.roi = (struct ib_rect){(int8_t)data[30], (int8_t)data[31], (int8_t)data[32],
                                      (int16_t)ib_get_le16(data + 33)};
    draw.scale.hints = ib_get_le32(data + 35);
    draw.rgb_channel = (int8_t)data[39] % 5, draw.alpha = (int16_t)ib_get_le16(data + 40) % 300;
    draw.palette_rgb565 = data[42] & 1 ? palette565 : NULL;
    draw.palette_rgb888 = data[42] & 2 ? palette888 : NULL;
    draw.alpha_palette = data[42] & 4 ? alphas : NULL;
    draw.mask = data[42] & 8 ? &mask : NULL;
    const struct ib_image *from = data[42] & 16 ? &dst : &src; // onto itself
    size_t count = dst.stride_bytes * (size_t)dst.height_px;
    int64_t needed = ib_draw_image_scratch_bytes(&dst, from, &draw);
    size_t scratch_bytes = needed > 0 ? (size_t)needed : 0;
    uint8_t *first = malloc(count), *original = malloc(count), *scratch = malloc(scratch_bytes);
    memcpy(original, dst.pixels, count);
    for (int v = IB_VECTORS_NONE; v <= IB_VECTORS_VBMI; v++) {
        memcpy(dst.pixels, original, count);
        draw.vectors = (enum ib_vectors)v;
        int result = ib_draw_image(&dst, from, &draw, scratch, scratch_bytes);
        demand(result == (needed > 0 ? 1 : (int)needed));
        demand(result == 1 || memcmp(dst.pixels, original, count) == 0);
        check_padding(&dst, original);
        if (v == IB_VECTORS_NONE)
            memcpy(first, dst.pixels, count);
        demand(memcmp(first, dst.pixels, count) == 0);
    }
    free(src.pixels), free(dst.pixels), free(mask.pixels);
    free(first), free(original), free(scratch);
    return 0;
}
