/// CSV: numbers worked out by hand, in every unit, and no degrees where there are none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/csv.h"

static uint16_t pixels[6] = {27315, 27314, 27316, 0, 65535, 31015};
static char out[2048];

static struct ib_frame example(void) {
    return (struct ib_frame){.sequence = 7,
                             .width_px = 3,
                             .height_px = 2,
                             .unit = IB_UNIT_KELVIN,
                             .scale_ck = 1,
                             .gain = IB_GAIN_HIGH,
                             .ffc_state = IB_FFC_DONE,
                             .pixels = pixels,
                             .capacity_px = 6};
}

static void check_row(const struct ib_frame *frame, enum ib_csv_unit unit, uint16_t y,
                      const char *expected) {
    int size = ib_csv_row(out, sizeof out, frame, unit, y);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(out, expected, strlen(expected));
}

static void rows_in_every_unit(void **state) {
    (void)state;
    struct ib_frame frame = example();
    check_row(&frame, IB_CSV_CELSIUS, 0, "0.00,-0.01,0.01\n");
    check_row(&frame, IB_CSV_CELSIUS, 1, "-273.15,382.20,37.00\n");
    check_row(&frame, IB_CSV_KELVIN, 1, "0.00,655.35,310.15\n");
    check_row(&frame, IB_CSV_FAHRENHEIT, 0, "32.00,31.98,32.02\n"); // 31.982, 32.018
    check_row(&frame, IB_CSV_FAHRENHEIT, 1, "-459.67,719.96,98.60\n");
    check_row(&frame, IB_CSV_COUNTS, 1, "0,65535,31015\n");
    frame.scale_ck = 10; // low gain: 0.1 K
    check_row(&frame, IB_CSV_KELVIN, 0, "2731.50,2731.40,2731.60\n");
}

static void no_degrees_without_temperatures(void **state) {
    (void)state;
    struct ib_frame frame = example();
    for (int unit = IB_CSV_CELSIUS; unit <= IB_CSV_COUNTS; unit++) {
        frame.unit = IB_UNIT_COUNTS;
        frame.scale_ck = 0;
        check_row(&frame, (enum ib_csv_unit)unit, 1, "0,65535,31015\n");
        assert_string_equal(ib_csv_unit_name(&frame, (enum ib_csv_unit)unit), "counts");
        frame.unit = IB_UNIT_GREY8;
        check_row(&frame, (enum ib_csv_unit)unit, 1, "0,65535,31015\n");
        assert_string_equal(ib_csv_unit_name(&frame, (enum ib_csv_unit)unit), "grey");
    }
}

static void titles(void **state) {
    (void)state;
    struct ib_frame frame = example();
    static const char celsius[] = "# ironbow frame=7 time=2026-11-28T10:00:00Z width=3 height=2 "
                                  "unit=C decimals=2 gain=high ffc=done\n";
    int size = ib_csv_title(out, sizeof out, &frame, IB_CSV_CELSIUS, "2026-11-28T10:00:00Z");
    assert_int_equal(size, sizeof celsius - 1);
    assert_memory_equal(out, celsius, sizeof celsius - 1);
    frame.unit = IB_UNIT_COUNTS;
    frame.gain = IB_GAIN_UNKNOWN;
    frame.ffc_state = IB_FFC_RUNNING;
    frame.flags = IB_FRAME_AFTER_GAP;
    static const char counts[] = "# ironbow frame=7 time=unknown width=3 height=2 unit=counts "
                                 "decimals=0 gain=unknown ffc=running after_gap=1\n";
    size = ib_csv_title(out, sizeof out, &frame, IB_CSV_CELSIUS, "unknown");
    assert_int_equal(size, sizeof counts - 1);
    assert_memory_equal(out, counts, sizeof counts - 1);
}

static void summaries(void **state) {
    (void)state;
    struct ib_frame frame = example();
    // The mean is (27315+27314+27316+0+65535+31015)/6 = 29749.17 centikelvin.
    static const char celsius[] = "7,now,C,-273.15,0,1,382.20,1,1,24.34,done,high,0\n";
    int size = ib_csv_summary(out, sizeof out, &frame, IB_CSV_CELSIUS, "now");
    assert_int_equal(size, sizeof celsius - 1);
    assert_memory_equal(out, celsius, sizeof celsius - 1);
    frame.unit = IB_UNIT_COUNTS;
    frame.flags = IB_FRAME_AFTER_GAP;
    static const char counts[] = "7,now,counts,0,0,1,65535,1,1,29749.17,done,high,1\n";
    size = ib_csv_summary(out, sizeof out, &frame, IB_CSV_CELSIUS, "now");
    assert_int_equal(size, sizeof counts - 1);
    assert_memory_equal(out, counts, sizeof counts - 1);
    size = ib_csv_summary_title(out, sizeof out);
    unsigned titles_commas = 0, row_commas = 0;
    for (int i = 0; i < size; i++)
        titles_commas += out[i] == ',';
    for (size_t i = 0; i < sizeof counts; i++)
        row_commas += counts[i] == ',';
    assert_int_equal(titles_commas, row_commas);
}

static void too_little_room_is_said(void **state) {
    (void)state;
    struct ib_frame frame = example();
    for (size_t room = 0; room < 15; room++) {
        char *exact = malloc(room + 1);
        assert_non_null(exact);
        assert_int_equal(ib_csv_row(exact, room, &frame, IB_CSV_CELSIUS, 0), IB_E_NO_SPACE);
        assert_int_equal(ib_csv_title(exact, room, &frame, IB_CSV_CELSIUS, "x"), IB_E_NO_SPACE);
        assert_int_equal(ib_csv_summary(exact, room, &frame, IB_CSV_CELSIUS, "x"), IB_E_NO_SPACE);
        free(exact);
    }
    assert_true(ib_csv_row(out, IB_CSV_ROW_BYTES(3), &frame, IB_CSV_CELSIUS, 1) > 0);
    frame.scale_ck = 10;
    for (int i = 0; i < 6; i++)
        assert_true(ib_csv_row(out, IB_CSV_ROW_BYTES(3), &frame, IB_CSV_FAHRENHEIT, 1) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_every_unit),
        cmocka_unit_test(no_degrees_without_temperatures),
        cmocka_unit_test(titles),
        cmocka_unit_test(summaries),
        cmocka_unit_test(too_little_room_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
