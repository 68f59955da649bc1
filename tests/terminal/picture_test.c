/// Numbers and places of the picture in a terminal; its look is tested from outside (view_test.py).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/terminal_picture.h"

static void assert_value(uint8_t unit, uint16_t scale_ck, int32_t value,
                         enum ib_app_degrees degrees, const char *wanted) {
    char text[32];
    struct ib_frame frame = {.unit = unit, .scale_ck = scale_ck};
    ib_app_terminal_value(text, sizeof text, &frame, value, degrees);
    assert_string_equal(text, wanted);
}

static void temperatures_are_rounded_to_tenths(void **state) {
    (void)state;
    assert_value(IB_UNIT_KELVIN, 1, 29655, IB_APP_CELSIUS, "23.4 °C");
    assert_value(IB_UNIT_KELVIN, 1, 29659, IB_APP_CELSIUS, "23.4 °C");
    assert_value(IB_UNIT_KELVIN, 1, 29660, IB_APP_CELSIUS, "23.5 °C");
    assert_value(IB_UNIT_KELVIN, 1, 27315, IB_APP_CELSIUS, "0.0 °C");
    assert_value(IB_UNIT_KELVIN, 1, 27311, IB_APP_CELSIUS, "0.0 °C");
    assert_value(IB_UNIT_KELVIN, 1, 27310, IB_APP_CELSIUS, "-0.1 °C");
    assert_value(IB_UNIT_KELVIN, 1, 23315, IB_APP_CELSIUS, "-40.0 °C");
    assert_value(IB_UNIT_KELVIN, 1, 23315, IB_APP_FAHRENHEIT, "-40.0 °F");
    assert_value(IB_UNIT_KELVIN, 1, 37315, IB_APP_FAHRENHEIT, "212.0 °F");
    assert_value(IB_UNIT_KELVIN, 1, 25537, IB_APP_FAHRENHEIT, "0.0 °F");
    assert_value(IB_UNIT_KELVIN, 1, 27315, IB_APP_KELVIN, "273.2 K");
    assert_value(IB_UNIT_KELVIN, 10, 7231, IB_APP_CELSIUS, "450.0 °C");
    assert_value(IB_UNIT_KELVIN, 10, 65535, IB_APP_KELVIN, "6553.5 K");
}

static void no_temperature_no_degrees(void **state) {
    (void)state;
    for (int degrees = IB_APP_CELSIUS; degrees <= IB_APP_KELVIN; degrees++) {
        assert_value(IB_UNIT_COUNTS, 0, 8123, (enum ib_app_degrees)degrees, "8123");
        assert_value(IB_UNIT_GREY8, 0, 255, (enum ib_app_degrees)degrees, "255");
    }
}

static void the_picture_fits_and_keeps_its_shape(void **state) {
    (void)state;
    static const unsigned SHAPES[][2] = {{160, 120}, {80, 60}, {256, 192}, {32, 24}, {10, 100}};
    for (unsigned i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        unsigned width = SHAPES[i][0], height = SHAPES[i][1];
        for (unsigned columns = 1; columns < 200; columns += 7) {
            for (unsigned rows = 3; rows < 80; rows += 3) {
                struct ib_app_cells cells = {.columns = columns, .rows = rows};
                struct ib_rect place;
                ib_app_terminal_picture_place(&cells, width, height, &place);
                assert_true(place.x >= 0 && place.y >= 0 && place.w >= 0 && place.h > 0);
                assert_true(place.x + place.w <= (int32_t)columns);
                assert_true(place.y + place.h <= (int32_t)rows - 2);
                assert_true(place.w == (int32_t)columns || place.h == (int32_t)rows - 2);
                // Within half a cell of the frame's shape.
                int64_t off =
                    (int64_t)place.w * height - (int64_t)2 * place.h * width; // in 1/height columns
                if (place.h > 1)
                    assert_true(llabs(off) <= (int64_t)(width > height ? width : height));
            }
        }
    }
    struct ib_app_cells none = {.columns = 80, .rows = 2};
    struct ib_rect place;
    ib_app_terminal_picture_place(&none, 160, 120, &place);
    assert_int_equal(place.w, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(temperatures_are_rounded_to_tenths),
        cmocka_unit_test(no_temperature_no_degrees),
        cmocka_unit_test(the_picture_fits_and_keeps_its_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
