/// Our own exp, log and the rest against the C library's, and their exact bits against a record.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/real.h"
#include "tests/core/support_random.h"

#define SAMPLES 200000
#define RELATIVE 1e-14
#define ABSOLUTE 1e-14

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/// Any finite double, evenly over the exponents.
static double any(struct random *random) {
    for (;;) {
        uint64_t bits = random_u64(random);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isfinite(x))
            return x;
    }
}

static void near(const char *what, double x, double y, double got, double expected) {
    if (got == expected || (isnan(got) && isnan(expected)))
        return;
    // Results below the normal range have fewer bits than a relative bound asks for.
    double allowed = fabs(expected) * RELATIVE + 2 * 4.9406564584124654e-324;
    if (!(fabs(got - expected) <= allowed))
        fail_msg("%s of %a, %a: %a, expected %a", what, x, y, got, expected);
}

static void same(double got, double expected) {
    if (isnan(expected))
        assert_true(isnan(got));
    else if (bits_of(got) != bits_of(expected))
        fail_msg("%a, expected %a", got, expected);
}

static void exp_and_log_over_their_range(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < SAMPLES; i++) {
        double x = random_between(&random, -750, 712);
        near("exp", x, 0, ib_exp(x), exp(x));
        x = random_between(&random, -1, 1);
        near("exp", x, 0, ib_exp(x), exp(x));
        x = any(&random);
        near("exp", x, 0, ib_exp(x), exp(x));
        x = fabs(x);
        near("log", x, 0, ib_ln(x), log(x));
        x = random_between(&random, 0.5, 2);
        near("log", x, 0, ib_ln(x), log(x));
        x = 1 + random_between(&random, -1e-6, 1e-6);
        near("log", x, 0, ib_ln(x), log(x));
    }
}

static void pow_over_its_range(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < SAMPLES; i++) {
        double x = random_between(&random, 0, 4), y = random_between(&random, -1000, 1000);
        near("pow", x, y, ib_pow(x, y), pow(x, y));
        x = random_between(&random, 200, 800); // kelvin, to the fourth and back
        near("pow", x, 4, ib_pow(x, 4), pow(x, 4));
        near("pow", x, 0.25, ib_pow(x, 0.25), pow(x, 0.25));
        x = fabs(any(&random));
        y = random_between(&random, -3, 3);
        near("pow", x, y, ib_pow(x, y), pow(x, y));
        x = any(&random);
        y = any(&random);
        near("pow", x, y, ib_pow(x, y), pow(x, y));
        x = random_between(&random, -10, 10);
        y = (double)random_below(&random, 41) - 20;
        near("pow", x, y, ib_pow(x, y), pow(x, y));
    }
}

static void angles_over_their_range(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < SAMPLES; i++) {
        double limit = i % 2 ? 1e9 : 10;
        double x = random_between(&random, -limit, limit);
        if (fabs(ib_sin(x) - sin(x)) > ABSOLUTE || fabs(ib_cos(x) - cos(x)) > ABSOLUTE)
            fail_msg("sin or cos of %a", x);
        double multiple = (double)random_below(&random, 600000000) * (M_PI / 2);
        if (fabs(ib_sin(multiple) - sin(multiple)) > ABSOLUTE)
            fail_msg("sin of %a", multiple);
        double y = any(&random);
        x = any(&random);
        near("atan2", y, x, ib_atan2(y, x), atan2(y, x));
        y = random_between(&random, -1, 1);
        x = random_between(&random, -1, 1);
        near("atan2", y, x, ib_atan2(y, x), atan2(y, x));
    }
}

static void sqrt_is_exact(void **state) {
    (void)state;
    struct random random = {4};
    for (int i = 0; i < SAMPLES; i++) {
        double x = fabs(any(&random));
        same(ib_sqrt(x), sqrt(x));
    }
    assert_true(isnan(ib_sqrt(-1)));
    same(ib_sqrt(INFINITY), INFINITY);
    same(ib_sqrt(-0.0), -0.0);
}

static const double special[] = {0.0,    -0.0,       1,          -1,       0.5,       -0.5,
                                 2,      -2,         3,          -3,       2.5,       1e300,
                                 -1e300, 1e-300,     DBL_MAX,    -DBL_MAX, DBL_MIN,   4.9e-324,
                                 0x1p53, 0x1p53 + 2, 0x1p53 - 1, INFINITY, -INFINITY, NAN,
                                 709.7,  709.8,      -745.1,     -745.2};
#define SPECIALS (sizeof special / sizeof special[0])

/// Where the C library's answer is exact, ours must be the same, sign of zero included.
static void exactly(const char *what, double x, double y, double got, double expected) {
    if (isfinite(expected) && expected != 0) {
        near(what, x, y, got, expected);
        return;
    }
    if (!(isnan(got) && isnan(expected)) && bits_of(got) != bits_of(expected))
        fail_msg("%s of %a, %a: %a, expected %a", what, x, y, got, expected);
}

static void special_values(void **state) {
    (void)state;
    for (size_t i = 0; i < SPECIALS; i++) {
        double x = special[i];
        exactly("exp", x, 0, ib_exp(x), exp(x));
        exactly("log", x, 0, ib_ln(x), log(x));
        for (size_t k = 0; k < SPECIALS; k++) {
            exactly("pow", x, special[k], ib_pow(x, special[k]), pow(x, special[k]));
            exactly("atan2", x, special[k], ib_atan2(x, special[k]), atan2(x, special[k]));
        }
    }
    same(ib_sin(0.0), 0.0);
    same(ib_sin(-0.0), -0.0);
    same(ib_cos(0.0), 1.0);
    same(ib_exp(0.0), 1.0);
    same(ib_ln(1.0), 0.0);
    assert_true(isnan(ib_sin(INFINITY)) && isnan(ib_cos(-INFINITY)) && isnan(ib_sin(NAN)));
    assert_true(isnan(ib_sin(1.1e9)) && isnan(ib_cos(-1.1e9))); // beyond the stated range
}

static void add(uint64_t *sum, double value) {
    *sum = (*sum ^ bits_of(value)) * 0x100000001B3u;
}

/// Every machine and every compiler must come to the same bits: a change of this number is a change
/// of pixels. The number is this loop's own result, computed once with GCC 12 on x86-64.
static void the_same_bits_everywhere(void **state) {
    (void)state;
    uint64_t sum = 0xCBF29CE484222325u;
    for (int i = 1; i <= 10000; i++) {
        double x = i / 64.0;
        add(&sum, ib_exp(x - 80));
        add(&sum, ib_ln(x));
        add(&sum, ib_pow(x, 1.7));
        add(&sum, ib_pow(x, -4));
        add(&sum, ib_sin(x * 977));
        add(&sum, ib_cos(x * 977));
        add(&sum, ib_atan2(x - 70, 40 - x));
        add(&sum, ib_sqrt(x));
    }
    if (sum != 0xF6BC00E0B20D281Au)
        fail_msg("bits sum up to 0x%016llX", (unsigned long long)sum);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_and_log_over_their_range),
        cmocka_unit_test(pow_over_its_range),
        cmocka_unit_test(angles_over_their_range),
        cmocka_unit_test(sqrt_is_exact),
        cmocka_unit_test(special_values),
        cmocka_unit_test(the_same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
