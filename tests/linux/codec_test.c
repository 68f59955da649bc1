/// The codec table: JPEG and PNG both ways, against files made by hand, by zlib and by libjpeg itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <zlib.h>

#include "core/bytes.h"
#include "core/status.h"
#include "image/color.h"
#include "ports/linux/codec.h"
#include "tests/core/support_random.h"

#define MOST_BYTES (1 << 20)

static struct ib_linux_codec *owner;
static const struct ib_codec *codec;
static uint8_t file[MOST_BYTES];

static int open_codec(void **state) {
    (void)state;
    if (ib_linux_codec_open(&owner) != IB_OK)
        return -1;
    codec = ib_linux_codec_table(owner);
    return 0;
}

static int close_codec(void **state) {
    (void)state;
    ib_linux_codec_close(owner);
    ib_linux_codec_close(NULL);
    return 0;
}

static const uint32_t each[] = {[IB_CODEC_GREY] = 1, [IB_CODEC_RGB565] = 2, [IB_CODEC_RGB888] = 3};

/// A picture in a block of exactly its size; its rows are `gap` bytes longer than they must be.
static struct ib_codec_picture picture_of(enum ib_codec_pixels as, int32_t width, int32_t height,
                                          uint32_t gap) {
    struct ib_codec_picture picture = {.width_px = width,
                                       .height_px = height,
                                       .stride_bytes = (uint32_t)width * each[as] + gap,
                                       .pixels_as = as};
    picture.pixels = calloc((size_t)height, picture.stride_bytes);
    assert_non_null(picture.pixels);
    return picture;
}

static uint8_t *row_of(const struct ib_codec_picture *picture, int32_t y) {
    return (uint8_t *)picture->pixels + (size_t)y * picture->stride_bytes;
}

/// Red, green and blue of a pixel.
static void colours_of(const struct ib_codec_picture *picture, int32_t x, int32_t y, int rgb[3]) {
    const uint8_t *row = row_of(picture, y);
    uint16_t packed = 0;
    if (picture->pixels_as == IB_CODEC_RGB565)
        packed = ((const uint16_t *)(const void *)row)[x];
    for (int c = 0; c < 3; c++)
        rgb[c] = picture->pixels_as == IB_CODEC_GREY     ? row[x]
                 : picture->pixels_as == IB_CODEC_RGB888 ? row[3 * x + c]
                                                         : ib_rgb565_channel(packed, c);
}

/// Slopes that JPEG keeps well: red to the right, green down, blue against both.
static void paint_slopes(const struct ib_codec_picture *picture) {
    for (int32_t y = 0; y < picture->height_px; y++) {
        uint8_t *row = row_of(picture, y);
        for (int32_t x = 0; x < picture->width_px; x++) {
            unsigned red = (unsigned)(40 + x * 2) & 255, green = (unsigned)(30 + y * 3) & 255;
            unsigned blue = (unsigned)(220 - x - y) & 255;
            if (picture->pixels_as == IB_CODEC_GREY)
                row[x] = (uint8_t)red;
            else if (picture->pixels_as == IB_CODEC_RGB565)
                ((uint16_t *)(void *)row)[x] = ib_rgb565_of(red, green, blue);
            else {
                row[3 * x] = (uint8_t)red;
                row[3 * x + 1] = (uint8_t)green;
                row[3 * x + 2] = (uint8_t)blue;
            }
        }
    }
}

static void paint_noise(const struct ib_codec_picture *picture, struct random *random) {
    for (int32_t y = 0; y < picture->height_px; y++)
        random_bytes(random, row_of(picture, y),
                     (size_t)picture->width_px * each[picture->pixels_as]);
}

static int64_t encode(enum ib_codec_kind kind, const struct ib_codec_picture *picture, int quality,
                      enum ib_codec_sampling sampling) {
    return codec->ops->encode(codec->context, kind, picture, quality, sampling, file, sizeof file);
}

/// From a block of exactly that size: reading behind it is seen by the sanitizers.
static int decode_bytes(enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                        const struct ib_codec_picture *into) {
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy + 1, bytes, size);
    int status = codec->ops->decode(codec->context, kind, copy + 1, size, into);
    free(copy);
    return status;
}

static int look_bytes(enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                      struct ib_codec_facts *facts) {
    return codec->ops->look(codec->context, kind, bytes, size, facts);
}

// ---- JPEG ----

static void one_jpeg(enum ib_codec_pixels from, enum ib_codec_pixels to, int32_t width,
                     int32_t height, enum ib_codec_sampling sampling) {
    struct ib_codec_picture source = picture_of(from, width, height, 6);
    struct ib_codec_picture back = picture_of(to, width, height, 2);
    struct ib_codec_facts facts;
    int worst = 0;
    paint_slopes(&source);
    int64_t size = encode(IB_CODEC_JPEG, &source, 95, sampling);
    assert_true(size > 0);
    assert_int_equal(look_bytes(IB_CODEC_JPEG, file, (size_t)size, &facts), IB_OK);
    assert_int_equal(facts.width_px, width);
    assert_int_equal(facts.height_px, height);
    assert_int_equal(facts.components, from == IB_CODEC_GREY ? 1 : 3);
    assert_int_equal(decode_bytes(IB_CODEC_JPEG, file, (size_t)size, &back), IB_OK);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            int a[3], b[3];
            colours_of(&source, x, y, a);
            colours_of(&back, x, y, b);
            if (to == IB_CODEC_GREY && from != IB_CODEC_GREY) // JFIF's brightness
                a[0] = a[1] = a[2] = (299 * a[0] + 587 * a[1] + 114 * a[2] + 500) / 1000;
            for (int c = 0; c < 3; c++)
                worst = abs(a[c] - b[c]) > worst ? abs(a[c] - b[c]) : worst;
        }
    // 5 bits of colour lose up to 8 on the way in (as noise) and up to 8 on the way out.
    int allowed = 8 + (from == IB_CODEC_RGB565 ? 8 : 0) + (to == IB_CODEC_RGB565 ? 8 : 0);
    if (worst > allowed)
        fail_msg("%d to %d, %d x %d, sampling %d: %d away", from, to, width, height, sampling,
                 worst);
    free(source.pixels);
    free(back.pixels);
}

static void jpegs_come_back_nearly_the_same(void **state) {
    static const int32_t sizes[][2] = {{1, 1}, {8, 8}, {16, 16}, {17, 9}, {33, 31}, {64, 48}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int from = 0; from < 3; from++)
            for (int to = 0; to < 3; to++)
                for (int sampling = 0; sampling < 3; sampling++)
                    one_jpeg((enum ib_codec_pixels)from, (enum ib_codec_pixels)to, sizes[i][0],
                             sizes[i][1], (enum ib_codec_sampling)sampling);
}

/// Where a segment's content begins, by its marker; `nth` 0 the first such one.
static const uint8_t *segment_of(size_t size, uint8_t marker, unsigned nth, size_t *length) {
    for (size_t at = 2; at + 4 <= size && file[at] == 0xFF; at += 2u + ib_get_be16(file + at + 2)) {
        if (file[at + 1] != marker || nth-- > 0)
            continue;
        *length = ib_get_be16(file + at + 2) - 2u;
        return file + at + 4;
    }
    fail_msg("no segment %02x", marker);
    return NULL;
}

/// The first of the tables K.1 and K.2 of T.81 in their zigzag order, scaled as IJG does it.
static void tables_follow_the_quality(void **state) {
    static const int standard[2][10] = {{16, 11, 12, 14, 12, 10, 16, 14, 13, 14},
                                        {17, 18, 18, 24, 21, 24, 47, 26, 26, 47}};
    struct ib_codec_picture picture = picture_of(IB_CODEC_RGB888, 16, 16, 0);
    size_t length;
    (void)state;
    for (int quality = 0; quality <= 100; quality++) {
        int64_t size = encode(IB_CODEC_JPEG, &picture, quality, IB_CODEC_444);
        assert_true(size > 0);
        int q = quality ? quality : 1, scale = q < 50 ? 5000 / q : 200 - 2 * q;
        for (unsigned table = 0; table < 2; table++) {
            const uint8_t *bytes = segment_of((size_t)size, 0xDB, table, &length);
            assert_int_equal(length, 65);
            assert_int_equal(bytes[0], table);
            for (int i = 0; i < 10; i++) {
                int wanted = (standard[table][i] * scale + 50) / 100;
                wanted = wanted < 1 ? 1 : wanted > 255 ? 255 : wanted;
                assert_int_equal(bytes[1 + i], wanted);
            }
        }
    }
    assert_int_equal(encode(IB_CODEC_JPEG, &picture, -1, IB_CODEC_444), IB_E_RANGE);
    assert_int_equal(encode(IB_CODEC_JPEG, &picture, 101, IB_CODEC_444), IB_E_RANGE);
    free(picture.pixels);
}

static void heads_say_what_was_asked_for(void **state) {
    static const uint8_t factors[] = {
        [IB_CODEC_444] = 0x11, [IB_CODEC_422] = 0x21, [IB_CODEC_420] = 0x22};
    size_t length;
    (void)state;
    for (int sampling = 0; sampling < 3; sampling++)
        for (int as = 0; as < 3; as++) {
            struct ib_codec_picture picture = picture_of((enum ib_codec_pixels)as, 24, 18, 0);
            bool grey = as == IB_CODEC_GREY;
            int64_t size = encode(IB_CODEC_JPEG, &picture, 90, (enum ib_codec_sampling)sampling);
            assert_true(size > 0);
            assert_memory_equal(file, "\xFF\xD8\xFF\xE0\0\x10JFIF", 11);
            assert_memory_equal(file + size - 2, "\xFF\xD9", 2);
            const uint8_t *frame = segment_of((size_t)size, 0xC0, 0, &length); // baseline
            const uint8_t shape[] = {
                8, 0, 18, 0, 24, grey ? 1 : 3, 1, grey ? 0x11 : factors[sampling], 0};
            assert_int_equal(length, grey ? 9 : 15);
            assert_memory_equal(frame, shape, sizeof shape);
            if (!grey)
                assert_memory_equal(frame + 9, "\2\x11\1\3\x11\1", 6);
            // T.81, K.3: the codes of the standard table for DC, brightness.
            const uint8_t *codes = segment_of((size_t)size, 0xC4, 0, &length);
            assert_memory_equal(
                codes, "\0\0\1\5\1\1\1\1\1\1\0\0\0\0\0\0\0\0\1\2\3\4\5\6\7\x8\x9\xA\xB", 29);
            free(picture.pixels);
        }
}

/// Middle grey is nothing but zeros: one DC code of the size 0 (00) and one end of block (1010).
static void a_grey_block_is_known_to_the_bit(void **state) {
    struct ib_codec_picture picture = picture_of(IB_CODEC_GREY, 8, 8, 0);
    (void)state;
    memset(picture.pixels, 128, 64);
    int64_t size = encode(IB_CODEC_JPEG, &picture, 50, IB_CODEC_444);
    assert_true(size > 3);
    assert_memory_equal(file + size - 3, "\x2B\xFF\xD9", 3); // 001010, filled up with ones
    free(picture.pixels);
}

static void packed_colours_encode_as_plain_ones(void **state) {
    struct random random = {565};
    static uint8_t first[MOST_BYTES];
    (void)state;
    for (int32_t width = 1; width < 70; width += 3) {
        struct ib_codec_picture packed = picture_of(IB_CODEC_RGB565, width, 20, 4);
        struct ib_codec_picture plain = picture_of(IB_CODEC_RGB888, width, 20, 0);
        paint_noise(&packed, &random);
        for (int32_t y = 0; y < 20; y++)
            for (int32_t x = 0; x < width; x++) {
                int rgb[3];
                colours_of(&packed, x, y, rgb);
                for (int c = 0; c < 3; c++)
                    row_of(&plain, y)[3 * x + c] = (uint8_t)rgb[c];
            }
        for (int kind = 0; kind < 2; kind++) {
            int64_t size = encode((enum ib_codec_kind)kind, &packed, 80, IB_CODEC_422);
            assert_true(size > 0);
            memcpy(first, file, (size_t)size);
            assert_int_equal(encode((enum ib_codec_kind)kind, &plain, 80, IB_CODEC_422), size);
            assert_memory_equal(first, file, (size_t)size);
        }
        free(packed.pixels);
        free(plain.pixels);
    }
}

/// What libjpeg itself writes with everything that cameras do.
struct recipe {
    const char *name;
    int components;
    bool progressive, arithmetic, optimised, separate;
    int restart;
    int status; ///< of look
};

static size_t by_libjpeg(const struct recipe *recipe, int width, int height) {
    struct jpeg_compress_struct encoder;
    struct jpeg_error_mgr errors;
    unsigned char *memory = NULL;
    unsigned long size = 0;
    uint8_t row[4 * 64];
    static const jpeg_scan_info scans[] = {
        {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &memory, &size);
    encoder.image_width = (JDIMENSION)width;
    encoder.image_height = (JDIMENSION)height;
    encoder.input_components = recipe->components;
    encoder.in_color_space = recipe->components == 1   ? JCS_GRAYSCALE
                             : recipe->components == 3 ? JCS_RGB
                                                       : JCS_CMYK;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, 80, TRUE);
    encoder.optimize_coding = recipe->optimised;
    encoder.arith_code = recipe->arithmetic;
    encoder.restart_interval = (unsigned)recipe->restart;
    if (recipe->progressive)
        jpeg_simple_progression(&encoder);
    if (recipe->separate) {
        encoder.scan_info = scans;
        encoder.num_scans = 3;
    }
    jpeg_start_compress(&encoder, TRUE);
    for (int y = 0; y < height; y++) {
        JSAMPROW at = row;
        for (int i = 0; i < width * recipe->components; i++)
            row[i] = (uint8_t)(i * 5 + y * 3);
        jpeg_write_scanlines(&encoder, &at, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    assert_true(size <= sizeof file);
    memcpy(file, memory, size);
    free(memory);
    return size;
}

static void decode_by_libjpeg(size_t size, J_COLOR_SPACE space, uint8_t *out) {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    decoder.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&decoder);
    jpeg_mem_src(&decoder, file, size);
    jpeg_read_header(&decoder, TRUE);
    decoder.out_color_space = space;
    jpeg_start_decompress(&decoder);
    while (decoder.output_scanline < decoder.output_height) {
        JSAMPROW row = out + (size_t)decoder.output_scanline * decoder.output_width *
                                 (unsigned)decoder.output_components;
        jpeg_read_scanlines(&decoder, &row, 1);
    }
    jpeg_finish_decompress(&decoder);
    jpeg_destroy_decompress(&decoder);
}

static const struct recipe recipes[] = {
    {.name = "grey", .components = 1},
    {.name = "colour", .components = 3},
    {.name = "optimised", .components = 3, .optimised = true},
    {.name = "restarts", .components = 3, .restart = 2},
    {.name = "scans", .components = 3, .separate = true},
    {.name = "progressive", .components = 3, .progressive = true, .status = IB_E_UNSUPPORTED},
    {.name = "grey progressive", .components = 1, .progressive = true, .status = IB_E_UNSUPPORTED},
    {.name = "arithmetic", .components = 3, .arithmetic = true, .status = IB_E_UNSUPPORTED},
    {.name = "four colours", .components = 4, .status = IB_E_UNSUPPORTED},
};

static void baseline_alone_is_decoded(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
        const struct recipe *recipe = &recipes[i];
        size_t size = by_libjpeg(recipe, 37, 21);
        uint8_t expected[37 * 21 * 3] = {0};
        struct ib_codec_facts facts;
        assert_int_equal(look_bytes(IB_CODEC_JPEG, file, size, &facts), recipe->status);
        for (int to = 0; to < 3; to++) {
            struct ib_codec_picture back = picture_of((enum ib_codec_pixels)to, 37, 21, 0);
            assert_int_equal(decode_bytes(IB_CODEC_JPEG, file, size, &back), recipe->status);
            if (recipe->status != IB_OK) {
                free(back.pixels);
                continue;
            }
            decode_by_libjpeg(size, to == IB_CODEC_GREY ? JCS_GRAYSCALE : JCS_RGB, expected);
            for (size_t p = 0; to == IB_CODEC_RGB565 && p < 37 * 21; p++) {
                uint16_t packed = ((uint16_t *)back.pixels)[p];
                assert_int_equal(packed, expected[3 * p] >> 3 << 11 |
                                             expected[3 * p + 1] >> 2 << 5 |
                                             expected[3 * p + 2] >> 3);
            }
            if (to != IB_CODEC_RGB565)
                assert_memory_equal(back.pixels, expected, 37 * 21 * each[to]);
            free(back.pixels);
        }
    }
}

// ---- PNG ----

struct builder {
    uint8_t bytes[1 << 16];
    size_t size;
};

static void put_chunk(struct builder *self, const char *name, const uint8_t *content, size_t size) {
    uint8_t *at = self->bytes + self->size;
    assert_true(self->size + size + 12 <= sizeof self->bytes);
    ib_put_be32(at, (uint32_t)size);
    memcpy(at + 4, name, 4);
    if (size > 0)
        memcpy(at + 8, content, size);
    ib_put_be32(at + 8 + size, (uint32_t)crc32(0, at + 4, (uInt)(size + 4)));
    self->size += size + 12;
}

static void begin_png(struct builder *self, int32_t width, int32_t height, uint8_t bits,
                      uint8_t type, uint8_t interlaced) {
    uint8_t head[13] = {[8] = bits, [9] = type, [12] = interlaced};
    ib_put_be32(head, (uint32_t)width);
    ib_put_be32(head + 4, (uint32_t)height);
    memcpy(self->bytes, "\x89PNG\r\n\x1A\n", 8);
    self->size = 8;
    put_chunk(self, "IHDR", head, sizeof head);
}

static void end_png(struct builder *self, const uint8_t *raw, size_t size) {
    static uint8_t packed[1 << 16];
    uLongf packed_size = sizeof packed;
    assert_int_equal(compress(packed, &packed_size, raw, size), Z_OK);
    // Pixels come in as many pieces as somebody likes.
    put_chunk(self, "IDAT", packed, packed_size / 2);
    put_chunk(self, "IDAT", NULL, 0);
    put_chunk(self, "IDAT", packed + packed_size / 2, packed_size - packed_size / 2);
    put_chunk(self, "IEND", NULL, 0);
}

/// What a file of every kind holds, and what a pixel of it is: made without libpng.
struct kind {
    uint8_t type, bits;
    unsigned channels;
};

static const struct kind kinds[] = {{0, 1, 1}, {0, 2, 1}, {0, 4, 1}, {0, 8, 1},
                                    {2, 8, 3}, {3, 1, 1}, {3, 2, 1}, {3, 4, 1},
                                    {3, 8, 1}, {4, 8, 2}, {6, 8, 4}};

#define SIDE 11

struct made {
    struct builder png;
    uint8_t palette[256][3], alphas[256];
    uint8_t samples[SIDE][SIDE][4];
    size_t transparent; ///< entries of the palette that have an alpha; else whether one value is
    uint8_t missing[3]; ///< that value
};

static size_t put_pass(const struct made *made, const struct kind *kind, uint8_t *raw, int x0,
                       int y0, int dx, int dy) {
    size_t size = 0;
    for (int y = y0; y < SIDE && x0 < SIDE; y += dy) {
        unsigned held = 0, count = 0;
        raw[size++] = 0; // no filter
        for (int x = x0; x < SIDE; x += dx)
            for (unsigned c = 0; c < kind->channels; c++) {
                held = held << kind->bits | made->samples[y][x][c];
                count += kind->bits;
                if (count == 8) {
                    raw[size++] = (uint8_t)held;
                    held = count = 0;
                }
            }
        if (count > 0)
            raw[size++] = (uint8_t)(held << (8 - count));
    }
    return size;
}

static void make_png(struct made *made, const struct kind *kind, bool interlaced, bool transparent,
                     struct random *random) {
    // PNG, second edition, 8.2: where each pass begins, and its steps.
    static const int passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                     {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    static uint8_t raw[1 << 14];
    size_t size = 0, colours = (size_t)1 << kind->bits;
    random_bytes(random, made->palette, sizeof made->palette);
    random_bytes(random, made->alphas, sizeof made->alphas);
    random_bytes(random, made->samples, sizeof made->samples);
    for (int i = 0; i < SIDE * SIDE * 4; i++)
        made->samples[i / 4 / SIDE][i / 4 % SIDE][i % 4] &= (uint8_t)((1u << kind->bits) - 1);
    begin_png(&made->png, SIDE, SIDE, kind->bits, kind->type, interlaced);
    put_chunk(&made->png, "tEXt", (const uint8_t *)"Comment\0hello", 13);
    if (kind->type == 3)
        put_chunk(&made->png, "PLTE", made->palette[0], 3 * colours);
    made->transparent = transparent ? 1 : 0;
    memcpy(made->missing, made->samples[3][3], 3);
    if (transparent && kind->type == 3) {
        made->transparent = colours - colours / 3;
        put_chunk(&made->png, "tRNS", made->alphas, made->transparent);
    } else if (transparent) {
        const uint8_t value[6] = {0, made->missing[0], 0, made->missing[1], 0, made->missing[2]};
        put_chunk(&made->png, "tRNS", value, 2 * kind->channels);
    }
    for (int pass = 0; interlaced && pass < 7; pass++)
        size += put_pass(made, kind, raw + size, passes[pass][0], passes[pass][1], passes[pass][2],
                         passes[pass][3]);
    if (!interlaced)
        size = put_pass(made, kind, raw, 0, 0, 1, 1);
    end_png(&made->png, raw, size);
}

static void expected_of(const struct made *made, const struct kind *kind, int x, int y,
                        int rgb[3]) {
    const uint8_t *sample = made->samples[y][x];
    int alpha = 255, most = (1 << kind->bits) - 1;
    for (int c = 0; c < 3; c++)
        rgb[c] = kind->type == 3       ? made->palette[sample[0]][c]
                 : kind->channels >= 3 ? sample[c]
                                       : sample[0] * 255 / most;
    if (kind->type == 4 || kind->type == 6)
        alpha = sample[kind->channels - 1];
    else if (kind->type == 3)
        alpha = sample[0] < made->transparent ? made->alphas[sample[0]] : 255;
    else if (made->transparent && memcmp(sample, made->missing, kind->channels) == 0)
        alpha = 0;
    for (int c = 0; c < 3; c++)
        rgb[c] = (rgb[c] * alpha + 127) / 255;
}

static void every_kind_of_png_is_decoded(void **state) {
    struct random random = {89504};
    static struct made made;
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (int variant = 0; variant < 4; variant++) {
            const struct kind *kind = &kinds[k];
            struct ib_codec_facts facts;
            bool alpha = kind->type == 4 || kind->type == 6;
            make_png(&made, kind, variant & 1, variant & 2 && !alpha, &random);
            assert_int_equal(look_bytes(IB_CODEC_PNG, made.png.bytes, made.png.size, &facts),
                             IB_OK);
            assert_int_equal(facts.width_px, SIDE);
            assert_int_equal(facts.height_px, SIDE);
            assert_int_equal(facts.components, kind->type == 0 || kind->type == 4 ? 1 : 3);
            for (int to = 0; to < 3; to++) {
                struct ib_codec_picture back = picture_of((enum ib_codec_pixels)to, SIDE, SIDE, 2);
                assert_int_equal(decode_bytes(IB_CODEC_PNG, made.png.bytes, made.png.size, &back),
                                 IB_OK);
                for (int y = 0; y < SIDE; y++)
                    for (int x = 0; x < SIDE; x++) {
                        int wanted[3], got[3];
                        expected_of(&made, kind, x, y, wanted);
                        colours_of(&back, x, y, got);
                        for (int c = 0; c < 3; c++) {
                            int w = to == IB_CODEC_GREY
                                        ? (38 * wanted[0] + 75 * wanted[1] + 15 * wanted[2]) >> 7
                                    : to == IB_CODEC_RGB888 ? wanted[c]
                                    : c == 1                ? (wanted[c] >> 2) << 2 | wanted[c] >> 6
                                             : (wanted[c] >> 3) << 3 | wanted[c] >> 5;
                            if (w != got[c])
                                fail_msg("type %d, %d bits, variant %d, to %d, pixel %d,%d.%d: %d, "
                                         "not %d",
                                         kind->type, kind->bits, variant, to, x, y, c, got[c], w);
                        }
                    }
                free(back.pixels);
            }
        }
}

/// Undo PNG's filters (PNG, second edition, 9.2) of rows of `count` bytes.
static void unfilter(uint8_t *raw, int rows, size_t count, size_t back) {
    for (int y = 0; y < rows; y++) {
        uint8_t *row = raw + (size_t)y * (count + 1), filter = *row++;
        for (size_t i = 0; i < count; i++) {
            int a = i >= back ? row[i - back] : 0,
                b = y > 0 ? row[(ptrdiff_t)i - (ptrdiff_t)count - 1] : 0;
            int c = y > 0 && i >= back ? row[(ptrdiff_t)(i - back) - (ptrdiff_t)count - 1] : 0;
            int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
            int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
            int add = filter == 0   ? 0
                      : filter == 1 ? a
                      : filter == 2 ? b
                      : filter == 3 ? (a + b) / 2
                                    : paeth;
            assert_true(filter <= 4);
            row[i] = (uint8_t)(row[i] + add);
        }
    }
}

static void what_is_written_is_a_png(void **state) {
    struct random random = {13};
    (void)state;
    for (int as = 0; as < 3; as++)
        for (int32_t width = 1; width < 40; width += 7) {
            struct ib_codec_picture picture = picture_of((enum ib_codec_pixels)as, width, 9, 4);
            static uint8_t packed[MOST_BYTES], raw[1 << 14];
            uLongf raw_size = sizeof raw;
            size_t packed_size = 0, channels = as == IB_CODEC_GREY ? 1 : 3;
            if (width % 2)
                paint_noise(&picture, &random);
            else
                paint_slopes(&picture);
            int64_t size = encode(IB_CODEC_PNG, &picture, 90, IB_CODEC_444);
            assert_true(size > 0);
            assert_memory_equal(file, "\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16);
            assert_int_equal(ib_get_be32(file + 16), width);
            assert_int_equal(ib_get_be32(file + 20), 9);
            const uint8_t rest[] = {8, channels == 1 ? 0 : 2, 0, 0, 0};
            assert_memory_equal(file + 24, rest, 5);
            size_t at = 8;
            for (; at < (size_t)size; at += 12 + ib_get_be32(file + at)) {
                uint32_t length = ib_get_be32(file + at);
                assert_int_equal(ib_get_be32(file + at + 8 + length),
                                 crc32(0, file + at + 4, length + 4));
                if (memcmp(file + at + 4, "IDAT", 4) == 0) {
                    memcpy(packed + packed_size, file + at + 8, length);
                    packed_size += length;
                }
            }
            assert_int_equal(at, size);
            assert_memory_equal(file + size - 8, "IEND", 4);
            assert_int_equal(uncompress(raw, &raw_size, packed, packed_size), Z_OK);
            assert_int_equal(raw_size, 9 * (1 + (size_t)width * channels));
            unfilter(raw, 9, (size_t)width * channels, channels);
            for (int32_t y = 0; y < 9; y++)
                for (int32_t x = 0; x < width; x++) {
                    int rgb[3];
                    colours_of(&picture, x, y, rgb);
                    for (size_t c = 0; c < channels; c++)
                        assert_int_equal(raw[(size_t)y * (1 + (size_t)width * channels) + 1 +
                                             (size_t)x * channels + c],
                                         rgb[c]);
                }
            struct ib_codec_picture back = picture_of((enum ib_codec_pixels)as, width, 9, 0);
            assert_int_equal(decode_bytes(IB_CODEC_PNG, file, (size_t)size, &back), IB_OK);
            for (int32_t y = 0; y < 9; y++)
                assert_memory_equal(row_of(&back, y), row_of(&picture, y),
                                    (size_t)width * each[as]);
            free(back.pixels);
            free(picture.pixels);
        }
}

// ---- what goes wrong ----

static void too_little_room_is_said_and_kept_to(void **state) {
    struct ib_codec_picture picture = picture_of(IB_CODEC_RGB565, 20, 12, 0);
    (void)state;
    paint_slopes(&picture);
    for (int kind = 0; kind < 2; kind++) {
        int64_t size = encode((enum ib_codec_kind)kind, &picture, 90, IB_CODEC_444);
        assert_true(size > 0);
        for (int64_t room = 0; room <= size; room++) {
            uint8_t *out = malloc((size_t)room ? (size_t)room : 1);
            assert_non_null(out);
            int64_t got = codec->ops->encode(codec->context, (enum ib_codec_kind)kind, &picture, 90,
                                             IB_CODEC_444, out, (size_t)room);
            if (room == size) {
                assert_int_equal(got, size);
                assert_memory_equal(out, file, (size_t)size);
            } else if (got != IB_E_NO_SPACE) {
                fail_msg("kind %d, room %d of %d: %d", kind, (int)room, (int)size, (int)got);
            }
            free(out);
        }
    }
    free(picture.pixels);
}

static void another_size_or_kind_is_refused(void **state) {
    struct ib_codec_picture picture = picture_of(IB_CODEC_GREY, 20, 12, 0);
    static const int32_t wrong[][2] = {{12, 20}, {19, 12}, {21, 12}, {20, 11}, {20, 13}};
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        enum ib_codec_kind other = kind == IB_CODEC_PNG ? IB_CODEC_JPEG : IB_CODEC_PNG;
        struct ib_codec_facts facts;
        size_t size = (size_t)encode((enum ib_codec_kind)kind, &picture, 90, IB_CODEC_444);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            struct ib_codec_picture into = picture_of(IB_CODEC_GREY, wrong[i][0], wrong[i][1], 0);
            assert_int_equal(decode_bytes((enum ib_codec_kind)kind, file, size, &into), IB_E_INVAL);
            free(into.pixels);
        }
        assert_int_equal(decode_bytes(other, file, size, &picture), IB_E_FORMAT);
        assert_int_equal(look_bytes(other, file, size, &facts), IB_E_FORMAT);
    }
    picture.width_px = 0;
    assert_int_equal(encode(IB_CODEC_JPEG, &picture, 90, IB_CODEC_444), IB_E_RANGE);
    assert_int_equal(encode(IB_CODEC_PNG, &picture, 90, IB_CODEC_444), IB_E_RANGE);
    free(picture.pixels);
}

/// A file cut after each byte gives an error; a JPEG of which only its end is missing may do without.
static void every_early_end_is_noticed(void **state) {
    struct random random = {2};
    (void)state;
    for (int kind = 0; kind < 2; kind++)
        for (int as = 0; as < 2; as++) {
            struct ib_codec_picture picture = picture_of((enum ib_codec_pixels)as, 18, 10, 0);
            struct ib_codec_picture whole = picture_of((enum ib_codec_pixels)as, 18, 10, 0);
            struct ib_codec_picture part = picture_of((enum ib_codec_pixels)as, 18, 10, 0);
            paint_noise(&picture, &random);
            size_t size = (size_t)encode((enum ib_codec_kind)kind, &picture, 90, IB_CODEC_444);
            assert_int_equal(decode_bytes((enum ib_codec_kind)kind, file, size, &whole), IB_OK);
            for (size_t cut = 0; cut < size; cut++) {
                int status = decode_bytes((enum ib_codec_kind)kind, file, cut, &part);
                if (status == IB_OK && kind == IB_CODEC_JPEG && cut + 2 >= size)
                    assert_memory_equal(part.pixels, whole.pixels, 18 * 10 * each[as]);
                else if (status != IB_E_TRUNCATED)
                    fail_msg("kind %d, %zu of %zu bytes: %d", kind, cut, size, status);
            }
            free(picture.pixels);
            free(whole.pixels);
            free(part.pixels);
        }
}

static void every_damaged_byte_is_survived(void **state) {
    struct random random = {20261128};
    struct ib_codec_picture picture = picture_of(IB_CODEC_RGB888, 18, 10, 0);
    struct ib_codec_picture back = picture_of(IB_CODEC_RGB888, 18, 10, 0);
    (void)state;
    paint_slopes(&picture);
    for (int kind = 0; kind < 2; kind++) {
        size_t size = (size_t)encode((enum ib_codec_kind)kind, &picture, 90, IB_CODEC_420);
        size_t unnoticed = 0;
        for (size_t at = 0; at < size; at++) {
            uint8_t good = file[at];
            file[at] ^= (uint8_t)(1 + random_below(&random, 255));
            int status = decode_bytes((enum ib_codec_kind)kind, file, size, &back);
            file[at] = good;
            unnoticed += status == IB_OK;
            if (status != IB_OK && status != IB_E_FORMAT && status != IB_E_TRUNCATED &&
                status != IB_E_UNSUPPORTED && status != IB_E_INVAL && status != IB_E_RANGE)
                fail_msg("kind %d, byte %zu: %d", kind, at, status);
        }
        // Every byte of a PNG is under a checksum, or has only one right value.
        if (kind == IB_CODEC_PNG)
            assert_int_equal(unnoticed, 0);
        // And what comes next is not harmed.
        assert_int_equal(decode_bytes((enum ib_codec_kind)kind, file, size, &back), IB_OK);
    }
    free(picture.pixels);
    free(back.pixels);
}

static void bombs_are_refused_by_their_heads(void **state) {
    static struct builder png;
    struct ib_codec_facts facts;
    struct ib_codec_picture picture = picture_of(IB_CODEC_GREY, 8, 8, 0);
    (void)state;
    begin_png(&png, 0x7FFFFFFF, 0x7FFFFFFF, 8, 2, 0);
    end_png(&png, (const uint8_t *)"", 1);
    assert_int_equal(look_bytes(IB_CODEC_PNG, png.bytes, png.size, &facts), IB_E_RANGE);
    assert_int_equal(decode_bytes(IB_CODEC_PNG, png.bytes, png.size, &picture), IB_E_RANGE);
    begin_png(&png, 8, 8, 16, 0, 0);
    assert_int_equal(look_bytes(IB_CODEC_PNG, png.bytes, png.size, &facts), IB_E_UNSUPPORTED);
    size_t size = (size_t)encode(IB_CODEC_JPEG, &picture, 90, IB_CODEC_444), length;
    uint8_t *frame = file + (segment_of(size, 0xC0, 0, &length) - file);
    ib_put_be16(frame + 1, 0xFFFF);
    ib_put_be16(frame + 3, 0xFFFF);
    assert_int_equal(look_bytes(IB_CODEC_JPEG, file, size, &facts), IB_E_RANGE);
    assert_int_equal(decode_bytes(IB_CODEC_JPEG, file, size, &picture), IB_E_RANGE);
    frame[0] = 12;
    assert_int_equal(look_bytes(IB_CODEC_JPEG, file, size, &facts), IB_E_UNSUPPORTED);
    free(picture.pixels);
}

/// A JPEG may say the same component's scan again and again: each would cost a whole picture.
static void endless_scans_are_refused(void **state) {
    static const struct recipe separate = {.components = 3, .separate = true};
    struct ib_codec_picture picture = picture_of(IB_CODEC_GREY, 16, 16, 0);
    size_t size = by_libjpeg(&separate, 16, 16), scan = 0, tables;
    (void)state;
    for (size_t at = 2; file[at + 1] != 0xDA; at += 2u + ib_get_be16(file + at + 2))
        scan = at + 2u + ib_get_be16(file + at + 2);
    for (tables = scan + 2; !(file[tables] == 0xFF && file[tables + 1] != 0); tables++)
        ;
    size_t scan_size = tables - scan;
    static uint8_t copy[MOST_BYTES];
    size_t total = tables;
    memcpy(copy, file, tables);
    for (int i = 0; i < 5000; i++, total += scan_size)
        memcpy(copy + total, file + scan, scan_size);
    memcpy(copy + total, file + tables, size - tables);
    total += size - tables;
    assert_int_equal(decode_bytes(IB_CODEC_JPEG, copy, total, &picture), IB_E_FORMAT);
    free(picture.pixels);
}

/// Texts that would unpack to far more than the picture are not unpacked.
static void texts_are_not_unpacked(void **state) {
    static struct builder png;
    static uint8_t zeros[1 << 20], packed[1 << 14];
    uLongf packed_size = sizeof packed - 9;
    struct ib_codec_picture picture = picture_of(IB_CODEC_GREY, 1, 1, 0);
    (void)state;
    memcpy(packed, "Comment\0", 9);
    assert_int_equal(compress(packed + 9, &packed_size, zeros, sizeof zeros), Z_OK);
    begin_png(&png, 1, 1, 8, 0, 0);
    for (int i = 0; i < 20; i++)
        put_chunk(&png, "zTXt", packed, packed_size + 9);
    end_png(&png, (const uint8_t *)"\0\x77", 2);
    assert_int_equal(decode_bytes(IB_CODEC_PNG, png.bytes, png.size, &picture), IB_OK);
    assert_int_equal(*(uint8_t *)picture.pixels, 0x77);
    free(picture.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpegs_come_back_nearly_the_same),
        cmocka_unit_test(tables_follow_the_quality),
        cmocka_unit_test(heads_say_what_was_asked_for),
        cmocka_unit_test(a_grey_block_is_known_to_the_bit),
        cmocka_unit_test(packed_colours_encode_as_plain_ones),
        cmocka_unit_test(baseline_alone_is_decoded),
        cmocka_unit_test(every_kind_of_png_is_decoded),
        cmocka_unit_test(what_is_written_is_a_png),
        cmocka_unit_test(too_little_room_is_said_and_kept_to),
        cmocka_unit_test(another_size_or_kind_is_refused),
        cmocka_unit_test(every_early_end_is_noticed),
        cmocka_unit_test(every_damaged_byte_is_survived),
        cmocka_unit_test(bombs_are_refused_by_their_heads),
        cmocka_unit_test(endless_scans_are_refused),
        cmocka_unit_test(texts_are_not_unpacked),
    };
    return cmocka_run_group_tests(tests, open_codec, close_codec);
}
