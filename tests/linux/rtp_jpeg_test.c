/// JPEG over RTP: pictures through our encoder and packets, put together again by a receiver written
/// from RFC 2435 alone, and decoded by libjpeg, whose standard Huffman tables are not ours.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "core/status.h"
#include "image/image.h"
#include "ports/linux/jpeg.h"
#include "stream/rtp_frame.h"
#include "tests/core/support_random.h"

/// A test that fails here ends the program: libjpeg says why.
struct pixels {
    unsigned width, height;
    uint8_t *rgb;
};

static struct pixels decode(const uint8_t *jpeg, size_t size) {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct pixels out;
    codec.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&codec);
    jpeg_mem_src(&codec, (uint8_t *)(uintptr_t)jpeg, size);
    jpeg_read_header(&codec, TRUE);
    codec.out_color_space = JCS_RGB;
    jpeg_start_decompress(&codec);
    out.width = codec.output_width;
    out.height = codec.output_height;
    out.rgb = malloc((size_t)3 * out.width * out.height);
    assert_non_null(out.rgb);
    while (codec.output_scanline < codec.output_height) {
        JSAMPROW row = out.rgb + (size_t)3 * out.width * codec.output_scanline;
        jpeg_read_scanlines(&codec, &row, 1);
    }
    jpeg_finish_decompress(&codec);
    assert_int_equal(errors.num_warnings, 0);
    jpeg_destroy_decompress(&codec);
    return out;
}

/// What the packets say, as a file without Huffman tables: the decoder knows the standard's.
struct receiver {
    uint8_t file[4 << 20];
    size_t size;
    size_t scan_at;
};

static void put(struct receiver *self, const void *bytes, size_t size) {
    assert_true(self->size + size <= sizeof self->file);
    memcpy(self->file + self->size, bytes, size);
    self->size += size;
}

/// RFC 2435, 3.1 and appendix B: everything that the scan needs before it.
static void begin_file(struct receiver *self, const uint8_t *payload, size_t size) {
    unsigned type = payload[4], width = payload[6] * 8u, height = payload[7] * 8u;
    bool restarts = type >= 64;
    const uint8_t *tables = payload + (restarts ? 12 : 8);
    assert_true(size >= 12 + 4 + 128);
    assert_int_equal(payload[5], 255);
    assert_int_equal(tables[1], 0); // 8 bits each
    assert_int_equal(tables[2] << 8 | tables[3], 128);
    self->size = 0;
    put(self, "\xFF\xD8", 2);
    for (uint8_t i = 0; i < 2; i++) {
        const uint8_t head[] = {0xFF, 0xDB, 0, 67, i};
        put(self, head, sizeof head);
        put(self, tables + 4 + 64 * i, 64);
    }
    if (restarts) {
        const uint8_t interval[] = {0xFF, 0xDD, 0, 4, payload[8], payload[9]};
        put(self, interval, sizeof interval);
    }
    const uint8_t frame[] = {0xFF,
                             0xC0,
                             0,
                             17,
                             8,
                             (uint8_t)(height >> 8),
                             (uint8_t)height,
                             (uint8_t)(width >> 8),
                             (uint8_t)width,
                             3,
                             0,
                             type % 64 == 0 ? 0x21 : 0x22,
                             0,
                             1,
                             0x11,
                             1,
                             2,
                             0x11,
                             1};
    put(self, frame, sizeof frame);
    put(self, "\xFF\xDA\0\x0C\x03\0\0\x01\x11\x02\x11\0\x3F\0", 14);
    self->scan_at = self->size;
}

static void receive(struct receiver *self, const struct ib_rtp_frame *frame) {
    for (unsigned i = 0; i < frame->packets; i++) {
        size_t size;
        const uint8_t *packet = ib_rtp_frame_packet(frame, i, &size);
        const uint8_t *payload = packet + 12;
        assert_true(size > 12 + 8 && size <= 1400);
        assert_int_equal(packet[0], 0x80);
        assert_int_equal(packet[1], i + 1 == frame->packets ? 0x80 | 26 : 26);
        assert_int_equal(packet[2] << 8 | packet[3], (65530 + i) & 0xFFFF);
        size_t offset = (size_t)payload[1] << 16 | (size_t)payload[2] << 8 | payload[3];
        size_t header = payload[4] >= 64 ? 12 : 8;
        if (offset == 0) {
            begin_file(self, payload, size - 12);
            header += 4 + 128;
        }
        assert_int_equal(offset, self->size - self->scan_at);
        put(self, payload + header, size - 12 - header);
    }
}

/// Noise on slopes: every kind of code occurs.
static void draw(struct ib_image *picture, struct random *random, unsigned noise) {
    for (int32_t y = 0; y < picture->height_px; y++) {
        uint8_t *row = ib_image_row(picture, y);
        for (int32_t x = 0; x < picture->width_px * 3; x++)
            row[x] = (uint8_t)((unsigned)(x + 2 * y) / 3 + random_below(random, noise + 1));
    }
}

static void one_picture(int32_t width, int32_t height, int quality, enum ib_codec_sampling sampling,
                        unsigned noise, struct random *random) {
    static struct receiver receiver;
    struct ib_jpeg *encoder;
    struct ib_rtp_jpeg jpeg;
    struct ib_rtp_frame frame;
    const uint8_t *file;
    size_t size;
    void *memory = malloc(ib_image_bytes(IB_PIXELS_RGB888, width, height));
    assert_non_null(memory);
    struct ib_image picture = ib_image_of(memory, IB_PIXELS_RGB888, width, height);
    draw(&picture, random, noise);
    assert_int_equal(ib_jpeg_open(&encoder), IB_OK);
    assert_int_equal(ib_jpeg_encode(encoder, &picture, quality, sampling, &file, &size), IB_OK);
    assert_int_equal(ib_rtp_jpeg_read(&jpeg, file, size), IB_OK);
    assert_int_equal(jpeg.width_px, width);
    assert_int_equal(jpeg.height_px, height);
    assert_int_equal(jpeg.type, sampling == IB_CODEC_420);
    size_t capacity = ib_rtp_frame_bytes(&jpeg);
    uint8_t *storage = malloc(capacity);
    assert_non_null(storage);
    assert_int_equal(ib_rtp_frame_build(&frame, &jpeg, 0, storage, capacity - 1), IB_E_NO_SPACE);
    assert_int_equal(ib_rtp_frame_build(&frame, &jpeg, 0, storage, capacity), IB_OK);
    assert_true(frame.size <= capacity && capacity - frame.size < 1404);
    const struct ib_rtp_stamp stamp = {.ssrc = 1, .sequence = 65530};
    ib_rtp_frame_stamp(&frame, &stamp);
    receive(&receiver, &frame);
    struct pixels sent = decode(file, size), got = decode(receiver.file, receiver.size);
    assert_int_equal(got.width, width);
    assert_int_equal(got.height, height);
    assert_memory_equal(sent.rgb, got.rgb, (size_t)3 * got.width * got.height);
    free(sent.rgb);
    free(got.rgb);
    free(storage);
    ib_jpeg_close(encoder);
    free(memory);
}

static void pictures_arrive_as_they_left(void **state) {
    (void)state;
    struct random random = {2435};
    static const int32_t sizes[][2] = {{640, 480}, {16, 16},   {8, 8},
                                       {24, 40},   {2040, 16}, {160, 2040}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        one_picture(sizes[i][0], sizes[i][1], 85, IB_CODEC_420, 20, &random);
        one_picture(sizes[i][0], sizes[i][1], 60, IB_CODEC_422, 60, &random);
    }
    one_picture(640, 480, 100, IB_CODEC_420, 255, &random);
    one_picture(640, 480, 1, IB_CODEC_420, 0, &random);
}

/// A small picture by libjpeg itself, with something that our encoder never does.
enum odd {
    NONE,
    PROGRESSIVE,
    OPTIMISED,
    GREY,
    FULL_COLOUR,
    RESTARTS,
    SEPARATE_SCANS,
    TALL_COLOUR,
};

static size_t odd_jpeg(enum odd odd, unsigned width, unsigned height, uint8_t **out) {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    struct random random = {99};
    unsigned long size = 0;
    *out = NULL;
    codec.err = jpeg_std_error(&errors);
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, out, &size);
    codec.image_width = width;
    codec.image_height = height;
    codec.input_components = odd == GREY ? 1 : 3;
    codec.in_color_space = odd == GREY ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&codec);
    if (odd == PROGRESSIVE)
        jpeg_simple_progression(&codec);
    codec.optimize_coding = odd == OPTIMISED;
    codec.restart_interval = odd == RESTARTS ? 3 : 0;
    if (odd == FULL_COLOUR)
        codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
    if (odd == TALL_COLOUR)
        codec.comp_info[1].v_samp_factor = 2;
    static const jpeg_scan_info separate[] = {
        {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
    if (odd == SEPARATE_SCANS) {
        codec.scan_info = separate;
        codec.num_scans = 3;
    }
    jpeg_start_compress(&codec, TRUE);
    uint8_t *line = malloc((size_t)3 * width);
    assert_non_null(line);
    while (codec.next_scanline < height) {
        random_bytes(&random, line, (size_t)3 * width);
        JSAMPROW row = line;
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    free(line);
    return size;
}

static void what_rtp_cannot_carry_is_refused(void **state) {
    (void)state;
    static const struct {
        enum odd odd;
        unsigned width, height;
        int status;
    } rows[] = {
        {NONE, 64, 48, IB_OK},
        {RESTARTS, 64, 48, IB_OK},
        {PROGRESSIVE, 64, 48, IB_E_UNSUPPORTED},
        {OPTIMISED, 64, 48, IB_E_UNSUPPORTED},
        {GREY, 64, 48, IB_E_UNSUPPORTED},
        {FULL_COLOUR, 64, 48, IB_E_UNSUPPORTED},
        {TALL_COLOUR, 64, 48, IB_E_UNSUPPORTED},
        {SEPARATE_SCANS, 64, 48, IB_E_UNSUPPORTED},
        {NONE, 63, 48, IB_E_RANGE},
        {NONE, 64, 44, IB_E_RANGE},
        {NONE, 2048, 16, IB_E_RANGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t *file;
        struct ib_rtp_jpeg jpeg;
        size_t size = odd_jpeg(rows[i].odd, rows[i].width, rows[i].height, &file);
        int status = ib_rtp_jpeg_read(&jpeg, file, size);
        if (status != rows[i].status)
            fail_msg("row %zu: %d (%s)", i, status, ib_status_text(status));
        free(file);
    }
}

static void restart_markers_travel(void **state) {
    (void)state;
    static struct receiver receiver;
    static uint8_t storage[1 << 20];
    uint8_t *file;
    struct ib_rtp_jpeg jpeg;
    struct ib_rtp_frame frame;
    size_t size = odd_jpeg(RESTARTS, 320, 240, &file);
    assert_int_equal(ib_rtp_jpeg_read(&jpeg, file, size), IB_OK);
    assert_int_equal(jpeg.type, 65);
    assert_int_equal(jpeg.restart_interval, 3);
    assert_int_equal(ib_rtp_frame_build(&frame, &jpeg, 0, storage, sizeof storage), IB_OK);
    const struct ib_rtp_stamp stamp = {.sequence = 65530};
    ib_rtp_frame_stamp(&frame, &stamp);
    receive(&receiver, &frame);
    struct pixels sent = decode(file, size), got = decode(receiver.file, receiver.size);
    assert_memory_equal(sent.rgb, got.rgb, (size_t)3 * got.width * got.height);
    free(sent.rgb);
    free(got.rgb);
    free(file);
}

static void no_cut_file_is_taken(void **state) {
    (void)state;
    uint8_t *file;
    struct ib_rtp_jpeg jpeg;
    size_t size = odd_jpeg(NONE, 64, 48, &file);
    assert_int_equal(ib_rtp_jpeg_read(&jpeg, file, size), IB_OK);
    for (size_t i = 0; i < size; i++) {
        uint8_t *cut = malloc(i ? i : 1); // a byte read too far is seen
        assert_non_null(cut);
        memcpy(cut, file, i);
        int status = ib_rtp_jpeg_read(&jpeg, cut, i);
        if (status != IB_E_TRUNCATED && status != IB_E_FORMAT)
            fail_msg("%zu of %zu bytes: %d", i, size, status);
        free(cut);
    }
    free(file);
}

static void ticks_do_not_drift(void **state) {
    (void)state;
    assert_int_equal(ib_rtp_ticks(0), 0);
    assert_int_equal(ib_rtp_ticks(1000000), 90000);
    assert_int_equal(ib_rtp_ticks(111111), 9999);
    // A year: 31536000 s * 90000, modulo 2^32.
    assert_int_equal(ib_rtp_ticks(31536000000000), (uint32_t)(31536000ull * 90000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_arrive_as_they_left),
        cmocka_unit_test(what_rtp_cannot_carry_is_refused),
        cmocka_unit_test(restart_markers_travel),
        cmocka_unit_test(no_cut_file_is_taken),
        cmocka_unit_test(ticks_do_not_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
