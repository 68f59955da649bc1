/// Copying frames: everything but the storage, and only when it fits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/frame.h"
#include "core/status.h"

static void a_copy_has_everything_but_the_storage(void **state) {
    (void)state;
    uint16_t pixels[12], room[20];
    for (uint16_t i = 0; i < 12; i++)
        pixels[i] = (uint16_t)(i * 5000);
    memset(room, 0xAA, sizeof room);
    struct ib_frame from = {.captured_us = 123456789012,
                            .sequence = 7,
                            .flags = IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY,
                            .width_px = 4,
                            .height_px = 3,
                            .scale_ck = 1,
                            .unit = IB_UNIT_KELVIN,
                            .pixels = pixels,
                            .capacity_px = 12};
    from.telemetry[239] = 99;
    struct ib_frame to = {.sequence = 1, .pixels = room, .capacity_px = 20};
    assert_int_equal(ib_frame_copy(&to, &from), IB_OK);
    assert_ptr_equal(to.pixels, room);
    assert_int_equal(to.capacity_px, 20);
    assert_memory_equal(room, pixels, sizeof pixels);
    assert_int_equal(room[12], 0xAAAA);
    assert_int_equal(to.telemetry[239], 99);
    assert_int_equal(to.sequence, 7);
    assert_true(to.captured_us == 123456789012);
    assert_int_equal(to.flags, from.flags);
    assert_int_equal(to.width_px, 4);
    assert_int_equal(to.unit, IB_UNIT_KELVIN);
}

static void too_small_a_storage_stays_untouched(void **state) {
    (void)state;
    uint16_t pixels[12] = {1, 2, 3}, room[11] = {0};
    struct ib_frame from = {.sequence = 7, .width_px = 4, .height_px = 3, .pixels = pixels};
    struct ib_frame to = {.sequence = 1, .pixels = room, .capacity_px = 11};
    assert_int_equal(ib_frame_copy(&to, &from), IB_E_NO_SPACE);
    assert_int_equal(to.sequence, 1);
    assert_int_equal(room[0], 0);
}

static void an_empty_frame_needs_no_storage(void **state) {
    (void)state;
    struct ib_frame from = {.sequence = 7};
    struct ib_frame to = {.sequence = 1};
    assert_int_equal(ib_frame_copy(&to, &from), IB_OK);
    assert_int_equal(to.sequence, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_has_everything_but_the_storage),
        cmocka_unit_test(too_small_a_storage_stays_untouched),
        cmocka_unit_test(an_empty_frame_needs_no_storage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
