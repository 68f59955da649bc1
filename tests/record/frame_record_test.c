/// Frame records: bytes at their places, all of it back, nothing impossible.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/frame_record.h"

static struct ib_frame example(void) {
    struct ib_frame frame = {.captured_us = 0x1122334455667788,
                             .sequence = 0x01020304,
                             .source_counter = 0x05060708,
                             .uptime_ms = 0x090A0B0C,
                             .flags = IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY | IB_FRAME_AFTER_GAP,
                             .scale_ck = 10,
                             .fpa_ck = 30000,
                             .housing_ck = 29000,
                             .unit = IB_UNIT_KELVIN,
                             .gain_mode = IB_GAIN_AUTO,
                             .gain = IB_GAIN_LOW,
                             .ffc_state = IB_FFC_RUNNING};
    for (uint16_t i = 0; i < IB_FRAME_TELEMETRY_WORDS; i++)
        frame.telemetry[i] = (uint16_t)(i * 257);
    return frame;
}

/// CRC-32 bit by bit, over all bytes with 0 where it stands.
static void put_crc(uint8_t *bytes, size_t size) {
    uint32_t crc = 0xFFFFFFFF;
    memset(bytes + 52, 0, 4);
    for (size_t i = 0; i < size * 8; i++) {
        uint32_t bit = (uint32_t)bytes[i / 8] >> i % 8 & 1;
        crc = crc >> 1 ^ ((crc ^ bit) & 1 ? 0xEDB88320u : 0);
    }
    crc = ~crc;
    for (size_t i = 0; i < 4; i++)
        bytes[52 + i] = (uint8_t)(crc >> 8 * i);
}

static void the_bytes(void **state) {
    (void)state;
    static const uint8_t facts[52] = {
        'I',  'B',  'F',  '1',  56,   0,    240,  0,    //
        0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, // wall time -2
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, //
        4,    3,    2,    1,    8,    7,    6,    5,    //
        0x0C, 0x0B, 0x0A, 0x09, 11,   0,    0,    0,    //
        10,   0,    0x30, 0x75, 0x48, 0x71, 1,    2,    //
        1,    2,    0,    0};
    struct ib_frame frame = example();
    uint8_t bytes[IB_FRAME_RECORD_BYTES];
    assert_int_equal(ib_frame_record_write(bytes, &frame, -2), 56 + 480);
    assert_memory_equal(bytes, facts, sizeof facts);
    assert_int_equal(bytes[56 + 2 * 5], 5);
    assert_int_equal(bytes[56 + 2 * 5 + 1], 5);
    frame.flags &= ~(uint32_t)IB_FRAME_TELEMETRY;
    assert_int_equal(ib_frame_record_write(bytes, &frame, -2), 56);
    assert_int_equal(bytes[6], 0);
}

static void all_of_it_comes_back(void **state) {
    (void)state;
    struct ib_frame frame = example(), back;
    uint8_t bytes[IB_FRAME_RECORD_BYTES + 4];
    int64_t wall_us;
    memset(&back, 0, sizeof back);
    int size = ib_frame_record_write(bytes, &frame, 1764000000123456);
    assert_int_equal(ib_frame_record_read(bytes, (size_t)size, &back, &wall_us), IB_OK);
    assert_true(wall_us == 1764000000123456);
    assert_memory_equal(&back, &frame, sizeof frame);
    // A later version's facts are longer: what stands between is skipped.
    memmove(bytes + 60, bytes + 56, 480);
    memset(bytes + 56, 0, 4);
    bytes[4] = 60;
    put_crc(bytes, 60 + 480);
    memset(&back, 0, sizeof back);
    assert_int_equal(ib_frame_record_read(bytes, (size_t)size + 4, &back, &wall_us), IB_OK);
    assert_memory_equal(&back, &frame, sizeof frame);
}

static void what_is_impossible_is_refused(void **state) {
    (void)state;
    struct ib_frame frame = example(), back = {.sequence = 77};
    int64_t wall_us;
    uint8_t good[IB_FRAME_RECORD_BYTES];
    size_t size = (size_t)ib_frame_record_write(good, &frame, 0);
    const struct {
        size_t at;
        uint8_t value;
        int status;
    } cases[] = {{0, 'X', IB_E_NOT_FOUND}, {4, 55, IB_E_FORMAT},     {4, 57, IB_E_TRUNCATED},
                 {6, 239, IB_E_RANGE},     {6, 241, IB_E_TRUNCATED}, {36, 9, IB_E_RANGE},
                 {40, 0, IB_E_RANGE},      {40, 101, IB_E_RANGE},    {46, 0, IB_E_RANGE},
                 {46, 3, IB_E_RANGE},      {47, 4, IB_E_RANGE},      {48, 4, IB_E_RANGE},
                 {49, 4, IB_E_RANGE},      {50, 2, IB_E_RANGE},      {7, 0xFF, IB_E_TRUNCATED},
                 {5, 0xFF, IB_E_TRUNCATED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[IB_FRAME_RECORD_BYTES];
        memcpy(bytes, good, sizeof bytes);
        bytes[cases[i].at] = cases[i].value;
        if (cases[i].status == IB_E_RANGE) {
            assert_int_equal(ib_frame_record_read(bytes, size, &back, &wall_us), IB_E_CRC);
            put_crc(bytes, cases[i].at == 6 ? size - 2 : size);
        }
        assert_int_equal(ib_frame_record_read(bytes, size, &back, &wall_us), cases[i].status);
    }
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1);
        assert_non_null(exact);
        memcpy(exact, good, cut);
        assert_int_equal(ib_frame_record_read(exact, cut, &back, &wall_us),
                         cut < 4 ? IB_E_NOT_FOUND : IB_E_TRUNCATED);
        free(exact);
    }
    assert_int_equal(back.sequence, 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes),
        cmocka_unit_test(all_of_it_comes_back),
        cmocka_unit_test(what_is_impossible_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
