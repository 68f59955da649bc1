/// CPTV: recordings written here by an encoder of our own, read back whole, in pieces and damaged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/cptv.h"
#include "tests/core/support_random.h"

// ---- An encoder: bytes appended one after the other ----

struct recording {
    uint8_t bytes[200000];
    size_t size;
    unsigned width_px, height_px;
    uint16_t before[160 * 120]; ///< the frame before
    size_t fields_at;           ///< where the section's field count stands
    size_t first_frame_at;
};

static struct recording rec;

static void put(const void *bytes, size_t size) {
    assert_true(rec.size + size <= sizeof rec.bytes);
    memcpy(rec.bytes + rec.size, bytes, size);
    rec.size += size;
}

static void put_le(uint64_t value, unsigned count) {
    for (; count > 0; count--, value >>= 8) {
        uint8_t byte = (uint8_t)value;
        put(&byte, 1);
    }
}

static void section(char letter) {
    put(&letter, 1);
    rec.fields_at = rec.size;
    put_le(0, 1);
}

static void field(char code, uint64_t value, uint8_t size) {
    put_le(size, 1);
    put(&code, 1);
    put_le(value, size);
    rec.bytes[rec.fields_at]++;
}

static void text_field(char code, const char *text) {
    put_le(strlen(text), 1);
    put(&code, 1);
    put(text, strlen(text));
    rec.bytes[rec.fields_at]++;
}

static void begin(uint8_t version, unsigned width_px, unsigned height_px) {
    memset(&rec, 0, sizeof rec);
    rec.width_px = width_px;
    rec.height_px = height_px;
    put("CPTV", 4);
    put_le(version, 1);
    section('H');
    field('T', 1536225685774768, 8);
    field('X', width_px, 4);
    field('Y', height_px, 4);
    field('C', 1, 1);
}

/// Pixel `i` along the snake: where it lies in the picture.
static size_t snake(size_t i) {
    size_t y = i / rec.width_px, x = i % rec.width_px;
    return y * rec.width_px + (y % 2 ? rec.width_px - 1 - x : x);
}

static unsigned bits_for(int64_t value) {
    unsigned bits = 1;
    while (value < -((int64_t)1 << (bits - 1)) || value >= (int64_t)1 << (bits - 1))
        bits++;
    return bits;
}

static int32_t change(const uint16_t *pixels, size_t i) {
    return (int32_t)pixels[snake(i)] - rec.before[snake(i)];
}

/// The frame's fields (more may have been written before) and its pixels, `width` bits each, 0: as
/// few as possible.
static void put_frame(const uint16_t *pixels, unsigned width) {
    size_t count = (size_t)rec.width_px * rec.height_px;
    for (size_t i = 1; i < count; i++) {
        unsigned needed = bits_for((int64_t)change(pixels, i) - change(pixels, i - 1));
        width = needed > width ? needed : width;
    }
    if (width == 0)
        width = 1;
    field('w', width, 1);
    field('f', 4 + ((uint64_t)(count - 1) * width + 7) / 8, 4);
    put_le((uint32_t)change(pixels, 0), 4);
    unsigned held = 0;
    uint8_t byte = 0;
    for (size_t i = 1; i < count; i++) {
        uint64_t delta = (uint64_t)((int64_t)change(pixels, i) - change(pixels, i - 1));
        for (unsigned bit = width; bit-- > 0;) {
            byte = (uint8_t)((unsigned)byte << 1 | (unsigned)(delta >> bit & 1));
            if (++held == 8) {
                put(&byte, 1);
                held = 0;
            }
        }
    }
    if (held > 0) {
        byte = (uint8_t)(byte << (8 - held));
        put(&byte, 1);
    }
    memcpy(rec.before, pixels, count * sizeof *pixels);
}

// ---- Reading back ----

static uint16_t storage[160 * 120];

struct seen {
    int status; ///< of the feed that failed, else of the end
    uint32_t headers, frames;
    uint64_t sum; ///< over everything the events said, in order
    struct ib_cptv reader;
};

static void add(struct seen *self, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        self->sum = (self->sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
}

/// Feed `size` bytes in pieces of up to `piece`, random pieces if that is 0.
static struct seen read_bytes(const uint8_t *bytes, size_t size, size_t piece,
                              struct random *random) {
    struct seen seen = {.sum = 1};
    ib_cptv_init(&seen.reader, storage, sizeof storage / sizeof storage[0]);
    for (size_t at = 0; at < size;) {
        size_t count = piece ? piece : random_below(random, 300), used;
        count = count > size - at ? size - at : count;
        uint8_t *exact = malloc(count + 1);
        assert_non_null(exact);
        memcpy(exact + 1, bytes + at, count);
        int event = ib_cptv_feed(&seen.reader, exact + 1, count, &used);
        free(exact);
        assert_true(used <= count && (event != IB_CPTV_MORE || used == count));
        at += used;
        assert_int_equal(seen.reader.position, at);
        if (event < 0) {
            seen.status = event;
            return seen;
        }
        seen.headers += event == IB_CPTV_HEADER;
        if (event == IB_CPTV_FRAME) {
            seen.frames++;
            assert_int_equal(seen.reader.frames, seen.frames);
            add(&seen, storage,
                (size_t)seen.reader.header.width_px * seen.reader.header.height_px * 2);
            add(&seen, &seen.reader.frame.time_on_ms, sizeof seen.reader.frame.time_on_ms);
        }
    }
    seen.status = ib_cptv_end(&seen.reader);
    return seen;
}

static struct seen read_all(void) {
    return read_bytes(rec.bytes, rec.size, rec.size, NULL);
}

static void random_picture(struct random *random, uint16_t *pixels, uint32_t spread) {
    for (size_t i = 0; i < (size_t)rec.width_px * rec.height_px; i++)
        pixels[i] = (uint16_t)((spread == 65536 ? 0 : 30000) + random_below(random, spread));
}

static void a_header_says_everything(void **state) {
    (void)state;
    begin(2, 160, 120);
    text_field('D', "nz99");
    text_field('E', "lepton3.5");
    text_field('B', "flir");
    text_field('V', "3.3.26");
    text_field('M', "some: yaml\nnobody: reads");
    text_field('?', "");
    field('N', 12345678, 4);
    field('Z', 9, 1);
    field('g', 1, 1);
    field('I', 300, 4);
    struct seen seen = read_all();
    const struct ib_cptv_header *header = &seen.reader.header;
    assert_int_equal(seen.status, IB_OK);
    assert_int_equal(seen.headers, 1);
    assert_int_equal(header->version, 2);
    assert_int_equal(header->width_px, 160);
    assert_int_equal(header->height_px, 120);
    assert_true(header->timestamp_us == 1536225685774768);
    assert_int_equal(header->fps, 9);
    assert_int_equal(header->serial, 12345678);
    assert_true(header->background_frame);
    assert_string_equal(header->device, "nz99");
    assert_string_equal(header->model, "lepton3.5");
    assert_string_equal(header->brand, "flir");
    assert_string_equal(header->firmware, "3.3.26");
}

static void long_names_are_cut(void **state) {
    (void)state;
    char name[201];
    memset(name, 'n', sizeof name - 1);
    name[200] = '\0';
    begin(2, 4, 4);
    text_field('D', name);
    struct seen seen = read_all();
    assert_int_equal(seen.status, IB_OK);
    assert_int_equal(strlen(seen.reader.header.device), IB_CPTV_TEXT - 1);
}

static void frame_fields_and_their_absence(void **state) {
    (void)state;
    static const uint16_t pixels[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 65535};
    for (uint8_t version = 1; version <= 2; version++) {
        begin(version, 4, 3);
        section('F');
        field('t', 61234, 4);
        field('c', 30000, 4);
        field('a', 0x41BC0000, 4); // 23.5
        field('b', 0xC0200000, 4); // -2.5
        field('g', 1, 1);
        field('q', 0x123456789A, 5);
        put_frame(pixels, 0);
        struct seen seen = read_all();
        assert_int_equal(seen.status, IB_OK);
        assert_int_equal(seen.frames, 1);
        assert_int_equal(seen.reader.frame.time_on_ms, version == 1 ? 61 : 61234);
        assert_int_equal(seen.reader.frame.last_ffc_ms, 30000);
        assert_true(seen.reader.frame.fpa_c == 23.5f);
        assert_true(seen.reader.frame.fpa_at_ffc_c == -2.5f);
        assert_true(seen.reader.frame.background);
        assert_memory_equal(storage, pixels, sizeof pixels);
        section('F');
        put_frame(pixels, 0); // nothing but the pixels: nothing stays from the frame before
        seen = read_all();
        assert_int_equal(seen.frames, 2);
        assert_true(isnan(seen.reader.frame.fpa_c) && isnan(seen.reader.frame.fpa_at_ffc_c));
        assert_int_equal(seen.reader.frame.last_ffc_ms, 0);
        assert_int_equal(seen.reader.frame.time_on_ms, 0);
        assert_false(seen.reader.frame.background);
        assert_memory_equal(storage, pixels, sizeof pixels);
    }
}

static void the_bytes_of_a_tiny_recording(void **state) {
    (void)state;
    // 3 x 2 pixels, written out by hand: 10 12 11 / 20 19 21 goes 10 12 11, then 21 19 20.
    static const uint8_t bytes[] = {
        'C',  'P',  'T',  'V', 2, 'H', 2,   4, 'X', 3, 0, 0, 0, 4, 'Y', 2, 0, 0, 0, //
        'F',  2,    1,    'w', 5, 4,   'f', 8, 0,   0, 0,                           //
        10,   0,    0,    0, // 2 = 00010, -1 = 11111, 10 = 01010, -2 = 11110, 1 = 00001
        0x17, 0xD5, 0xE0, 0x80};
    static const uint16_t expected[] = {10, 12, 11, 20, 19, 21};
    struct seen seen = read_bytes(bytes, sizeof bytes, sizeof bytes, NULL);
    assert_int_equal(seen.status, IB_OK);
    assert_int_equal(seen.frames, 1);
    assert_memory_equal(storage, expected, sizeof expected);
}

static void every_bit_width(void **state) {
    (void)state;
    struct random random = {8};
    uint16_t pixels[3][35];
    for (unsigned width = 1; width <= 32; width++) {
        begin(2, 7, 5);
        for (int i = 0; i < 3; i++) {
            uint32_t spread = width >= 18 ? 65536 : width > 2 ? 1u << (width / 2 - 1) : 1;
            random_picture(&random, pixels[i], spread);
            section('F');
            put_frame(pixels[i], width);
        }
        struct seen seen = read_all();
        assert_int_equal(seen.status, IB_OK);
        assert_int_equal(seen.frames, 3);
        assert_int_equal(seen.reader.bit_width, width);
        assert_memory_equal(storage, pixels[2], sizeof pixels[2]);
    }
}

static void every_shape(void **state) {
    (void)state;
    struct random random = {9};
    static uint16_t pixels[160 * 120];
    const unsigned shapes[][2] = {{1, 1}, {1, 9}, {9, 1}, {2, 2}, {80, 60}, {160, 120}, {120, 160}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        begin(2, shapes[i][0], shapes[i][1]);
        for (int k = 0; k < 2; k++) {
            random_picture(&random, pixels, k ? 500 : 65536);
            section('F');
            put_frame(pixels, 0);
        }
        struct seen seen = read_all();
        assert_int_equal(seen.status, IB_OK);
        assert_int_equal(seen.frames, 2);
        assert_memory_equal(storage, pixels, (size_t)shapes[i][0] * shapes[i][1] * 2);
    }
}

static void record_some(uint64_t seed, unsigned frames) {
    struct random random = {seed};
    uint16_t pixels[35];
    begin(2, 7, 5);
    text_field('D', "camera");
    rec.first_frame_at = rec.size;
    for (unsigned i = 0; i < frames; i++) {
        section('F');
        field('t', 1000 + 111 * i, 4);
        random_picture(&random, pixels, 1 + random_below(&random, 3000));
        put_frame(pixels, 0);
    }
}

static void any_split_gives_the_same_events(void **state) {
    (void)state;
    record_some(10, 20);
    struct seen whole = read_all();
    assert_int_equal(whole.status, IB_OK);
    assert_int_equal(whole.frames, 20);
    for (size_t piece = 1; piece < 100; piece++) {
        struct seen seen = read_bytes(rec.bytes, rec.size, piece, NULL);
        if (seen.status != IB_OK || seen.sum != whole.sum || seen.frames != 20)
            fail_msg("pieces of %zu bytes", piece);
    }
    struct random random = {11};
    for (int run = 0; run < 200; run++) {
        uint64_t seed = random.state;
        struct seen seen = read_bytes(rec.bytes, rec.size, 0, &random);
        if (seen.status != IB_OK || seen.sum != whole.sum || seen.frames != 20)
            fail_msg("pieces of seed %llu", (unsigned long long)seed);
    }
}

static void a_cut_recording_is_truncated(void **state) {
    (void)state;
    record_some(12, 2);
    size_t starts[3] = {rec.first_frame_at}, size = rec.size;
    record_some(12, 1);
    starts[1] = rec.size;
    starts[2] = size;
    record_some(12, 2);
    for (size_t cut = 0; cut <= size; cut++) {
        struct seen seen = read_bytes(rec.bytes, cut, cut, NULL);
        int expected = IB_E_TRUNCATED;
        if (cut < 6) // not even a header's letter
            expected = IB_E_FORMAT;
        for (int i = 0; i < 3; i++) {
            if (cut == starts[i])
                expected = IB_OK;
        }
        if (seen.status != expected)
            fail_msg("cut after %zu: %d", cut, seen.status);
        assert_int_equal(seen.frames, (cut >= starts[1]) + (cut >= starts[2]));
    }
}

static void check_refused(int status, const char *problem) {
    struct seen seen = read_all();
    assert_int_equal(seen.status, status);
    assert_non_null(seen.reader.problem);
    assert_string_equal(seen.reader.problem, problem);
    // and it stays refused, whatever comes
    size_t used = 99;
    uint64_t position = seen.reader.position;
    assert_int_equal(ib_cptv_feed(&seen.reader, rec.bytes, rec.size, &used), status);
    assert_int_equal(used, 0);
    assert_int_equal(seen.reader.position, position);
    assert_int_equal(ib_cptv_end(&seen.reader), status);
}

static void broken_headers_are_refused(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        begin(2, 4, 3);
        rec.bytes[i] ^= 0x20;
        check_refused(IB_E_FORMAT, "not a CPTV recording");
    }
    begin(3, 4, 3);
    check_refused(IB_E_FORMAT, "unknown CPTV version");
    begin(2, 4, 3);
    rec.bytes[5] = 'F';
    check_refused(IB_E_FORMAT, "no header section");
    begin(2, 0, 3);
    check_refused(IB_E_FORMAT, "width or height out of range");
    begin(2, 4, 65536);
    check_refused(IB_E_FORMAT, "width or height out of range");
    begin(2, 65535, 65535);
    check_refused(IB_E_NO_SPACE, "frames larger than the storage");
    begin(2, 160, 121);
    check_refused(IB_E_NO_SPACE, "frames larger than the storage");
    begin(2, 4, 3);
    field('X', 4, 2);
    check_refused(IB_E_FORMAT, "field of a wrong size");
    begin(2, 4, 3);
    field('T', 4, 9);
    check_refused(IB_E_FORMAT, "field of a wrong size");
    begin(2, 4, 3);
    field('Z', 0, 0);
    check_refused(IB_E_FORMAT, "field of a wrong size");
    begin(2, 4, 3);
    field('C', 2, 1);
    check_refused(IB_E_FORMAT, "unknown compression");
    memset(&rec, 0, sizeof rec);
    put("CPTV\2H\0", 7);
    check_refused(IB_E_FORMAT, "no width or height in the header");
}

static void broken_frames_are_refused(void **state) {
    (void)state;
    static const uint16_t pixels[12] = {100, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    begin(2, 4, 3);
    section('H');
    check_refused(IB_E_FORMAT, "not a frame section");
    begin(2, 4, 3);
    section('F');
    put_le(0, 1);
    check_refused(IB_E_FORMAT, "no bit width or size in a frame");
    for (unsigned width = 0; width <= 33; width += 33) {
        begin(2, 4, 3);
        section('F');
        field('w', width, 1);
        check_refused(IB_E_FORMAT, "bit width out of range");
    }
    for (int off = -1; off <= 1; off += 2) {
        begin(2, 4, 3);
        section('F');
        field('w', 8, 1);
        field('f', (uint64_t)(4 + 11 + off), 4);
        check_refused(IB_E_FORMAT, "frame size does not match its bit width");
    }
    begin(2, 4, 3);
    section('F');
    put_frame(pixels, 0);
    section('F'); // the width of the frame before does not count
    field('f', 15, 4);
    check_refused(IB_E_FORMAT, "no bit width or size in a frame");
    begin(2, 4, 3);
    section('F');
    field('t', 1, 8);
    check_refused(IB_E_FORMAT, "field of a wrong size");
}

static void pixels_out_of_range_are_refused(void **state) {
    (void)state;
    const struct {
        uint32_t first;
        uint32_t delta; // of 32 bits
    } cases[] = {{0xFFFFFFFF, 0}, {65536, 0},          {0x80000000, 0},          {0x7FFFFFFF, 0},
                 {5, 0xFFFFFFFA}, {65535, 1},          {65535, 0x7FFFFFFF},      {0, 0x80000000},
                 {0, 65536},      {30000, 0x80000000}, {30000, (uint32_t)-30001}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(2, 2, 1);
        section('F');
        field('w', 32, 1);
        field('f', 8, 4);
        put_le(cases[i].first, 4);
        for (int shift = 24; shift >= 0; shift -= 8)
            put_le(cases[i].delta >> shift & 0xFF, 1);
        check_refused(IB_E_FORMAT, "pixel out of range");
    }
    // Good alone, but not on top of the frame before.
    static const uint16_t bright[2] = {65535, 65535};
    begin(2, 2, 1);
    section('F');
    put_frame(bright, 0);
    section('F');
    memset(rec.before, 0, sizeof rec.before);
    put_frame(bright, 0);
    check_refused(IB_E_FORMAT, "pixel out of range");
}

static void any_flipped_bit_is_survived(void **state) {
    (void)state;
    record_some(13, 3);
    struct seen good = read_all();
    unsigned refused = 0, changed = 0;
    for (size_t bit = 0; bit < rec.size * 8; bit++) {
        rec.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct seen seen = read_all();
        refused += seen.status != IB_OK;
        changed += seen.status == IB_OK && seen.sum != good.sum;
        rec.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(refused > 100 && changed > 100); // CPTV has no checksum
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_says_everything),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(frame_fields_and_their_absence),
        cmocka_unit_test(the_bytes_of_a_tiny_recording),
        cmocka_unit_test(every_bit_width),
        cmocka_unit_test(every_shape),
        cmocka_unit_test(any_split_gives_the_same_events),
        cmocka_unit_test(a_cut_recording_is_truncated),
        cmocka_unit_test(broken_headers_are_refused),
        cmocka_unit_test(broken_frames_are_refused),
        cmocka_unit_test(pixels_out_of_range_are_refused),
        cmocka_unit_test(any_flipped_bit_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
