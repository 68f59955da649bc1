/// Decimal text to double, held against strtod.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "tests/core/support_random.h"

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/// Units in the last place between two doubles of the same sign.
static uint64_t distance(double a, double b) {
    uint64_t x = bits_of(a), y = bits_of(b);
    return x > y ? x - y : y - x;
}

static void check(const char *text, uint64_t allowed) {
    char *end;
    double expected = strtod(text, &end), got = NAN;
    size_t taken = ib_decimal_parse(text, strlen(text), &got);
    if (taken != (size_t)(end - text) || (taken > 0 && distance(got, expected) > allowed))
        fail_msg("\"%s\": %zu characters, %a, expected %a", text, taken, got, expected);
}

static void what_a_number_is(void **state) {
    (void)state;
    const char *const texts[] = {"0",    "-0",  "007",   "1.",     ".5",    "-.5",  "1.5.5", "1e5",
                                 "1e",   "1e+", "1e+5",  "1E-5",   "1e5.5", "--1",  "-",     ".",
                                 "+1",   "e5",  "-e5",   ".e5",    "1ee5",  "1-2",  "-.e1",  "",
                                 "1.e2", "0e0", "-0e-5", "00.100", "5-",    "1e--5"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check(texts[i], 0);
    double value = 7;
    assert_int_equal(ib_decimal_parse("0x10", 4, &value), 1); // strtod would take 16
    assert_int_equal(ib_decimal_parse("inf", 3, &value), 0);
    assert_int_equal(ib_decimal_parse(" 1", 2, &value), 0);
    assert_int_equal(ib_decimal_parse("12345", 2, &value), 2);
    assert_true(value == 12);
    assert_int_equal(ib_decimal_parse("2.5", 3, NULL), 3);
}

static void short_numbers_are_exact(void **state) {
    (void)state;
    for (int i = -20000; i <= 20000; i += 7) {
        for (int places = 0; places < 4; places++) {
            char text[32];
            snprintf(text, sizeof text, "%.*f", places, i / 100.0);
            check(text, 0);
        }
    }
}

static void long_and_extreme_numbers(void **state) {
    (void)state;
    const char *const texts[] = {"1e400",
                                 "-1e400",
                                 "1e-400",
                                 "4.9406564584124654e-324",
                                 "2.4703282292062327e-324",
                                 "2.4703282292062328e-324",
                                 "2.2250738585072011e-308",
                                 "2.2250738585072014e-308",
                                 "1.7976931348623157e308",
                                 "1.7976931348623159e308",
                                 "179769313486231570000000000000000000000000000000000000000000e249",
                                 "9007199254740993",
                                 "9007199254740992.5",
                                 "0.00000000000000000000000000000000000000000000000000000000001",
                                 "123456789012345678901234567890123456789012345678901234567890",
                                 "0e999999999999",
                                 "1e999999999999999999999",
                                 "1e-999999999999999999999",
                                 "18446744073709551615",
                                 "18446744073709551616",
                                 "0.1",
                                 "0.3"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check(texts[i], 1);
}

static void any_number_within_one_unit(void **state) {
    (void)state;
    struct random random = {11};
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = random_u64(&random);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        char text[64];
        snprintf(text, sizeof text, "%.*e", (int)random_below(&random, 25), x);
        check(text, 1);
        snprintf(text, sizeof text, "%.15g", random_between(&random, -1e6, 1e6));
        check(text, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_number_is),
        cmocka_unit_test(short_numbers_are_exact),
        cmocka_unit_test(long_and_extreme_numbers),
        cmocka_unit_test(any_number_within_one_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
