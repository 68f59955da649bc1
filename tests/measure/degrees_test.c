/// Degrees as people write and read them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "measure/degrees.h"

static void fixed_points_agree(void **state) {
    static const double rows[][3] = {// °C, °F, K
                                     {0, 32, 273.15},
                                     {100, 212, 373.15},
                                     {-40, -40, 233.15},
                                     {37, 98.6, 310.15}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int degrees = IB_DEGREES_C; degrees <= IB_DEGREES_K; degrees++) {
            enum ib_degrees unit = (enum ib_degrees)degrees;
            assert_true(fabs(ib_degrees_from_k(unit, rows[i][2]) - rows[i][degrees]) < 1e-9);
            assert_true(fabs(ib_degrees_to_k(unit, rows[i][degrees]) - rows[i][2]) < 1e-9);
        }
    }
    assert_true(ib_degrees_from_step_k(IB_DEGREES_F, 5) == 9);
    assert_true(ib_degrees_to_step_k(IB_DEGREES_F, 9) == 5);
    assert_true(ib_degrees_from_step_k(IB_DEGREES_C, 5) == 5);
}

static void printed_numbers_are_rounded_and_bear_their_unit(void **state) {
    static const struct {
        enum ib_degrees degrees;
        double kelvin;
        unsigned places;
        const char *temperature, *step;
    } rows[] = {
        {IB_DEGREES_C, 309.7499, 1, "36.6 °C", "309.7 K"},
        {IB_DEGREES_C, 273.04, 1, "-0.1 °C", "273.0 K"},
        {IB_DEGREES_F, 310.15, 2, "98.60 °F", "558.27 °F"},
        {IB_DEGREES_K, 300, 0, "300 K", "300 K"},
        {IB_DEGREES_C, INFINITY, 1, "? °C", "? K"},
        {IB_DEGREES_K, NAN, 1, "? K", "? K"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[40];
        struct ib_text text;
        ib_text_init(&text, room, sizeof room);
        ib_degrees_put(&text, rows[i].degrees, rows[i].kelvin, rows[i].places);
        assert_string_equal(room, rows[i].temperature);
        ib_text_init(&text, room, sizeof room);
        ib_degrees_put_step(&text, rows[i].degrees, rows[i].kelvin, rows[i].places);
        assert_string_equal(room, rows[i].step);
    }
}

static void numbers_are_as_short_as_they_can_be(void **state) {
    static const struct {
        double value;
        const char *text;
    } rows[] = {{55, "55"},   {54.5, "54.5"}, {0.95, "0.95"}, {-3.14159, "-3.142"}, {0, "0"},
                {100, "100"}, {0.0004, "0"},  {-0.5, "-0.5"}, {1000.1, "1000.1"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[40];
        struct ib_text text;
        ib_text_init(&text, room, sizeof room);
        ib_degrees_put_number(&text, rows[i].value, 3);
        assert_string_equal(room, rows[i].text);
    }
}

static void temperatures_are_read_with_and_without_a_letter(void **state) {
    static const struct {
        const char *text;
        size_t taken;
        double kelvin;
    } rows[] = {
        {"55", 2, 328.15},
        {"-3.5C", 5, 269.65},
        {"131F", 4, 328.15},
        {"328.15K", 7, 328.15},
        {"55c for", 3, 328.15},
        {"55for", 2, 328.15},
        {"100°C", 6, 373.15},
        {"0 F", 1, 273.15},
        {"x", 0, 0},
        {"", 0, 0},
    };
    double kelvin;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t taken = ib_degrees_parse(rows[i].text, strlen(rows[i].text), IB_DEGREES_C, &kelvin);
        assert_int_equal(taken, rows[i].taken);
        if (taken > 0)
            assert_true(fabs(kelvin - rows[i].kelvin) < 1e-9);
    }
    assert_int_equal(ib_degrees_parse_step("9F", 2, IB_DEGREES_C, &kelvin), 2);
    assert_true(kelvin == 5);
    assert_int_equal(ib_degrees_parse("32", 2, IB_DEGREES_F, &kelvin), 2);
    assert_true(kelvin == 273.15);
}

static void letters_are_units(void **state) {
    (void)state;
    assert_int_equal(ib_degrees_of_letter('f'), IB_DEGREES_F);
    assert_int_equal(ib_degrees_of_letter('C'), IB_DEGREES_C);
    assert_int_equal(ib_degrees_of_letter('R'), -1);
    assert_int_equal(ib_degrees_letter(IB_DEGREES_K), 'K');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_points_agree),
        cmocka_unit_test(printed_numbers_are_rounded_and_bear_their_unit),
        cmocka_unit_test(numbers_are_as_short_as_they_can_be),
        cmocka_unit_test(temperatures_are_read_with_and_without_a_letter),
        cmocka_unit_test(letters_are_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
