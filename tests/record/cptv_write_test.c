/// The CPTV writer: bytes worked out by hand, and what the reader makes of everything it writes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/status.h"
#include "record/cptv_write.h"
#include "tests/core/support_random.h"

#define MOST_PX (160 * 120)

static uint8_t bytes[IB_CPTV_HEADER_BYTES + 4 * IB_CPTV_FRAME_BYTES(MOST_PX)];
static uint16_t before[MOST_PX];
static uint16_t storage[MOST_PX];

static void the_bytes_of_a_tiny_recording(void **state) {
    (void)state;
    // 3 x 2 pixels: 10 12 11 / 20 19 21 goes 10 12 11, then 21 19 20: 2 -1 10 -2 1 in 5 bits.
    static const uint8_t expected[] = {
        'C',  'P',  'T',  'V', 2,                                                         //
        'H',  5,    8,    'T', 1, 2, 0, 0,   0, 0,   0, 0,                                //
        4,    'X',  3,    0,   0, 0, 4, 'Y', 2, 0,   0, 0, 1,   'C', 1, 2, 'D', 'm', 'e', //
        'F',  3,    4,    't', 7, 0, 0, 0,   1, 'w', 5, 4, 'f', 8,   0, 0, 0,             //
        10,   0,    0,    0,                                                              //
        0x17, 0xD5, 0xE0, 0x80};
    static const uint16_t pixels[] = {10, 12, 11, 20, 19, 21};
    const struct ib_cptv_header header = {
        .width_px = 3, .height_px = 2, .timestamp_us = 0x201, .device = "me"};
    const struct ib_cptv_frame frame = {.time_on_ms = 7, .fpa_c = NAN, .fpa_at_ffc_c = NAN};
    uint16_t last[6] = {0};
    int size = ib_cptv_write_header(bytes, sizeof bytes, &header);
    assert_true(size > 0);
    int more =
        ib_cptv_write_frame(bytes + size, sizeof bytes - (size_t)size, &frame, pixels, last, 3, 2);
    assert_int_equal(size + more, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
    assert_memory_equal(last, pixels, sizeof pixels);
    // The same again: nothing changes, one bit a pixel.
    assert_int_equal(ib_cptv_write_frame(bytes, sizeof bytes, &frame, pixels, last, 3, 2), 17 + 5);
}

static void all_that_a_header_says_comes_back(void **state) {
    (void)state;
    struct ib_cptv_header header = {.width_px = 80,
                                    .height_px = 60,
                                    .timestamp_us = 1764000000123456,
                                    .fps = 9,
                                    .model = "lepton3.5",
                                    .brand = "flir",
                                    .firmware = "0.1",
                                    .serial = 0xFEDCBA98,
                                    .motion = IB_CPTV_KELVIN_10,
                                    .background_frame = true};
    memset(header.device, 'n', sizeof header.device - 1);
    int size = ib_cptv_write_header(bytes, sizeof bytes, &header);
    struct ib_cptv reader;
    size_t used;
    ib_cptv_init(&reader, storage, MOST_PX);
    assert_int_equal(ib_cptv_feed(&reader, bytes, (size_t)size, &used), IB_CPTV_HEADER);
    assert_int_equal(used, size);
    header.version = 2;
    assert_int_equal(reader.header.version, 2);
    assert_int_equal(reader.header.width_px, 80);
    assert_int_equal(reader.header.height_px, 60);
    assert_true(reader.header.timestamp_us == header.timestamp_us);
    assert_int_equal(reader.header.fps, 9);
    assert_int_equal(reader.header.serial, header.serial);
    assert_string_equal(reader.header.device, header.device);
    assert_string_equal(reader.header.model, header.model);
    assert_string_equal(reader.header.brand, header.brand);
    assert_string_equal(reader.header.firmware, header.firmware);
    assert_string_equal(reader.header.motion, header.motion);
    assert_true(reader.header.background_frame);
}

static void draw(struct random *random, uint16_t *pixels, size_t count, int kind, int index) {
    for (size_t i = 0; i < count; i++) {
        uint32_t noise = random_below(random, kind == 0 ? 65536 : kind == 1 ? 40 : 1);
        pixels[i] = kind == 2   ? (uint16_t)((i + (size_t)index) % 2 ? 65535 : 0)
                    : kind == 0 ? (uint16_t)noise
                                : (uint16_t)(29000 + noise + i % 160);
    }
}

static void every_frame_comes_back(void **state) {
    (void)state;
    struct random random = {41};
    static const uint16_t shapes[][2] = {{1, 1}, {1, 5}, {5, 1}, {7, 6}, {80, 60}, {160, 120}};
    static uint16_t pixels[3][MOST_PX];
    for (size_t shape = 0; shape < sizeof shapes / sizeof shapes[0]; shape++) {
        for (int kind = 0; kind < 4; kind++) {
            struct ib_cptv_header header = {.width_px = shapes[shape][0],
                                            .height_px = shapes[shape][1]};
            size_t count = (size_t)header.width_px * header.height_px;
            struct ib_cptv_frame frames[3];
            size_t size = (size_t)ib_cptv_write_header(bytes, sizeof bytes, &header);
            memset(before, 0, sizeof before);
            for (int i = 0; i < 3; i++) {
                draw(&random, pixels[i], count, kind, i);
                frames[i] = (struct ib_cptv_frame){
                    .time_on_ms = (uint32_t)random_u64(&random),
                    .last_ffc_ms = (uint32_t)random_u64(&random),
                    .fpa_c = i == 1 ? NAN : 31.25f,
                    .fpa_at_ffc_c = i == 2 ? NAN : -10.5f,
                    .background = i == 0,
                    .marked = i == 1,
                    .flags = IB_FRAME_AFTER_GAP | IB_FRAME_FFC,
                    .ffc_state = IB_FFC_RUNNING,
                };
                int more =
                    ib_cptv_write_frame(bytes + size, IB_CPTV_FRAME_BYTES(count), &frames[i],
                                        pixels[i], before, header.width_px, header.height_px);
                assert_true(more > 0);
                size += (size_t)more;
            }
            struct ib_cptv reader;
            ib_cptv_init(&reader, storage, MOST_PX);
            size_t used, at = 0;
            assert_int_equal(ib_cptv_feed(&reader, bytes, size, &used), IB_CPTV_HEADER);
            at += used;
            for (int i = 0; i < 3; i++) {
                assert_int_equal(ib_cptv_feed(&reader, bytes + at, size - at, &used),
                                 IB_CPTV_FRAME);
                at += used;
                const struct ib_cptv_frame *got = &reader.frame;
                assert_memory_equal(storage, pixels[i], count * 2);
                assert_int_equal(got->time_on_ms, frames[i].time_on_ms);
                assert_int_equal(got->last_ffc_ms, frames[i].last_ffc_ms);
                assert_true(i == 1 ? isnan(got->fpa_c) : got->fpa_c == 31.25f);
                assert_true(i == 2 ? isnan(got->fpa_at_ffc_c) : got->fpa_at_ffc_c == -10.5f);
                assert_int_equal(got->background, i == 0);
                assert_int_equal(got->marked, i == 1);
                assert_int_equal(got->flags, i == 1 ? frames[i].flags : 0);
                assert_int_equal(got->ffc_state, i == 1 ? IB_FFC_RUNNING : 0);
            }
            assert_int_equal(at, size);
            assert_int_equal(ib_cptv_end(&reader), IB_OK);
        }
    }
}

static void too_little_room_changes_nothing(void **state) {
    (void)state;
    const struct ib_cptv_header header = {.width_px = 8, .height_px = 4};
    const struct ib_cptv_frame frame = {.fpa_c = NAN, .fpa_at_ffc_c = NAN};
    uint16_t pixels[32] = {1}, last[32] = {2};
    for (size_t room = 0; room < 80; room++) {
        uint8_t *exact = malloc(room + 1);
        assert_non_null(exact);
        assert_int_equal(ib_cptv_write_header(exact, room, &header), IB_E_NO_SPACE);
        int size = ib_cptv_write_frame(exact, room, &frame, pixels, last, 8, 4);
        assert_int_equal(size, IB_E_NO_SPACE);
        assert_int_equal(last[0], 2);
        free(exact);
    }
    const struct ib_cptv_header nothing = {.width_px = 8};
    assert_int_equal(ib_cptv_write_header(bytes, sizeof bytes, &nothing), IB_E_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_of_a_tiny_recording),
        cmocka_unit_test(all_that_a_header_says_comes_back),
        cmocka_unit_test(every_frame_comes_back),
        cmocka_unit_test(too_little_room_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
