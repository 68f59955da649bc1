/// exp, log, pow, sin, cos, atan2 and sqrt from additions, multiplications, divisions and table
/// constants only. See real.h for the accuracy.
///
/// Each function reduces its argument to a short interval, sums a Taylor series there and undoes
/// the reduction. Constants come in two or more parts where one double would not be exact enough.
/// Special values: C99, annex F.9.
#include "core/real.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LN2_HIGH 0x1.62e42fee00000p-1 // 32 bits: times any exponent is exact
#define LN2_LOW 0x1.a39ef35793c76p-33
#define LOG2_E 0x1.71547652b82fep+0
#define SQRT_2 0x1.6a09e667f3bcdp+0
#define PI_HIGH 0x1.921fb54442d18p+1
#define PI_LOW 0x1.1a62633145c07p-53
#define TWO_OVER_PI 0x1.45f306dc9c883p-1

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double infinity(void) {
    return from_bits(0x7FF0000000000000u);
}

static double not_a_number(void) {
    return from_bits(0x7FF8000000000000u);
}

static bool is_nan(double x) {
    return x != x;
}

static bool is_negative(double x) {
    return bits_of(x) >> 63;
}

static double absolute(double x) {
    return from_bits(bits_of(x) & 0x7FFFFFFFFFFFFFFFu);
}

/// 2^exponent for normal exponents.
static double power_of_two(int exponent) {
    return from_bits((uint64_t)(exponent + 1023) << 52);
}

static int nearest(double x) {
    return (int)(x < 0 ? x - 0.5 : x + 0.5);
}

/// c[0] + c[1] x + c[2] x^2 + …
static double polynomial(const double *c, int count, double x) {
    double sum = c[count - 1];
    for (int i = count - 2; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

// ---- Pairs: a value as high + low, low being what high rounds away ----

struct pair {
    double high;
    double low;
};

static struct pair exact_sum(double a, double b) {
    double sum = a + b;
    double b_part = sum - a;
    return (struct pair){sum, (a - (sum - b_part)) + (b - b_part)};
}

/// For |a|, |b| below 2^990: halves of 26 bits multiply without rounding (Dekker).
static struct pair exact_product(double a, double b) {
    double product = a * b;
    double a_wide = a * 134217729.0, b_wide = b * 134217729.0; // 2^27 + 1
    double a_high = a_wide - (a_wide - a), b_high = b_wide - (b_wide - b);
    double a_low = a - a_high, b_low = b - b_high;
    double error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    return (struct pair){product, error};
}

// ---- exp, log, pow ----

/// e^(high + low), |low| far below 1.
static double exp_of(double high, double low) {
    static const double inverse_factorials[] = {
        1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,
        1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
        1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0,
    };
    if (is_nan(high))
        return high;
    if (high > 710)
        return infinity();
    if (high < -746)
        return 0;
    int k = nearest(high * LOG2_E);
    double r = (high - k * LN2_HIGH) - (k * LN2_LOW - low);
    double e = 1 + (r + r * r * polynomial(inverse_factorials, 12, r));
    // In two steps: the whole power may lie outside the range of doubles where the result does not.
    return e * power_of_two(k / 2) * power_of_two(k - k / 2);
}

double ib_exp(double x) {
    return exp_of(x, 0);
}

/// The logarithm of a positive, finite x with about 60 bits.
static struct pair log_of(double x) {
    // 2 atanh(s) = 2 s + 2 s (s^2 / 3 + s^4 / 5 + …), s = (m - 1) / (m + 1), |s| < 0.172
    static const double odd_inverses[] = {0,        1.0 / 3,  1.0 / 5,  1.0 / 7,
                                          1.0 / 9,  1.0 / 11, 1.0 / 13, 1.0 / 15,
                                          1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
    int k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits = bits_of(x);
    k += (int)(bits >> 52) - 1023;
    double m = from_bits((bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u);
    if (m > SQRT_2) {
        m /= 2;
        k++;
    }
    double f = m - 1;
    struct pair d = exact_sum(m, 1);
    double s = f / d.high;
    struct pair back = exact_product(s, d.high);
    double s_low = (((f - back.high) - back.low) - s * d.low) / d.high;
    double rest = 2 * s_low + 2 * s * polynomial(odd_inverses, 12, s * s);
    struct pair sum = exact_sum(k * LN2_HIGH, 2 * s);
    return exact_sum(sum.high, sum.low + (k * LN2_LOW + rest));
}

double ib_ln(double x) {
    if (is_nan(x) || x == infinity())
        return x;
    if (x == 0)
        return -infinity();
    if (x < 0)
        return not_a_number();
    struct pair log = log_of(x);
    return log.high + log.low;
}

enum parity { FRACTION, EVEN, ODD };

static enum parity parity_of(double y) {
    if (absolute(y) >= 0x1p53)
        return EVEN;
    int64_t whole = (int64_t)y;
    if ((double)whole != y)
        return FRACTION;
    return whole & 1 ? ODD : EVEN;
}

/// x^y for x > 0, neither infinite nor NaN, y finite.
static double pow_positive(double x, double y) {
    if (x == 1)
        return 1;
    if (absolute(y) >= 0x1p65) // |log x| >= 2^-53: far outside the range of doubles
        return (x > 1) == (y > 0) ? infinity() : 0;
    struct pair log = log_of(x);
    struct pair exponent = exact_product(y, log.high);
    return exp_of(exponent.high, exponent.low + y * log.low);
}

double ib_pow(double x, double y) {
    if (y == 0 || x == 1)
        return 1;
    if (is_nan(x) || is_nan(y))
        return not_a_number();
    double size = absolute(x);
    if (absolute(y) == infinity()) {
        if (size == 1)
            return 1;
        return (size > 1) == (y > 0) ? infinity() : 0;
    }
    enum parity parity = parity_of(y);
    double result;
    if (size == 0 || size == infinity())
        result = (size == 0) == (y < 0) ? infinity() : 0;
    else if (x < 0 && parity == FRACTION)
        return not_a_number();
    else
        result = pow_positive(size, y);
    return is_negative(x) && parity == ODD ? -result : result;
}

double ib_sqrt(double x) {
    return __builtin_sqrt(x);
}

// ---- sin, cos ----

#define LARGEST_ANGLE 1e9

/// x minus the nearest multiple of pi/2; `quadrant` says which multiple. The first three parts have
/// 23 bits, so that their products with a quadrant number of 30 bits are exact.
static double to_quadrant(double x, int *quadrant) {
    int k = nearest(x * TWO_OVER_PI);
    *quadrant = k & 3;
    double r = x - k * 0x1.921fb40000000p+0;
    r -= k * 0x1.4442d00000000p-24;
    r -= k * 0x1.8469880000000p-48;
    return r - k * 0x1.8cc51701b839ap-72;
}

static double sin_near_zero(double r) {
    static const double c[] = {-1.0 / 6,
                               1.0 / 120,
                               -1.0 / 5040,
                               1.0 / 362880,
                               -1.0 / 39916800,
                               1.0 / 6227020800.0,
                               -1.0 / 1307674368000.0,
                               1.0 / 355687428096000.0};
    double z = r * r;
    if (z == 0) // keeps the sign of -0
        return r;
    return r + r * z * polynomial(c, 8, z);
}

static double cos_near_zero(double r) {
    static const double c[] = {
        -1.0 / 2,       1.0 / 24,        -1.0 / 720,           1.0 / 40320,
        -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200.0, 1.0 / 20922789888000.0};
    double z = r * r;
    return 1 + z * polynomial(c, 8, z);
}

static double sin_quarters_on(double x, int quarters) {
    if (!(absolute(x) <= LARGEST_ANGLE))
        return not_a_number();
    int quadrant;
    double r = to_quadrant(x, &quadrant);
    quadrant = (quadrant + quarters) & 3;
    double value = quadrant & 1 ? cos_near_zero(r) : sin_near_zero(r);
    return quadrant & 2 ? -value : value;
}

double ib_sin(double x) {
    return sin_quarters_on(x, 0);
}

double ib_cos(double x) {
    return sin_quarters_on(x, 1);
}

// ---- atan2 ----

/// The angle of (x, y) for 0 <= y <= x, 0 < x.
static double atan_below_diagonal(double y, double x) {
    // atan(c) for c = 0, 1/4 … 1; the rest is the angle between (x, y) and (1, c), |t| < 0.125.
    static const double steps[] = {0, 0x1.f5b75f92c80ddp-3, 0x1.dac670561bb4fp-2,
                                   0x1.4978fa3269ee1p-1, 0x1.921fb54442d18p-1};
    static const double c[] = {-1.0 / 3, 1.0 / 5,   -1.0 / 7, 1.0 / 9,  -1.0 / 11,
                               1.0 / 13, -1.0 / 15, 1.0 / 17, -1.0 / 19};
    int step = nearest(y / x * 4);
    double t = step == 0 ? y / x : (y - x * (step * 0.25)) / (x + y * (step * 0.25));
    double z = t * t;
    return steps[step] + (t + t * z * polynomial(c, 9, z));
}

/// The angle of (x, y) for x, y >= 0, not NaN, not both 0.
static double atan_quadrant(double y, double x) {
    double larger = y > x ? y : x;
    if (larger == infinity()) {
        x = x == larger ? 1 : 0;
        y = y == larger ? 1 : 0;
    } else if (larger > 0x1p1000) { // x + c y would overflow
        x *= 0x1p-100;
        y *= 0x1p-100;
    } else if (larger < 0x1p-900) { // products would lose bits
        x *= 0x1p120;
        y *= 0x1p120;
    }
    if (y <= x)
        return atan_below_diagonal(y, x);
    return PI_HIGH / 2 - (atan_below_diagonal(x, y) - PI_LOW / 2);
}

double ib_atan2(double y, double x) {
    if (is_nan(x) || is_nan(y))
        return not_a_number();
    double angle;
    if (y == 0)
        angle = is_negative(x) ? PI_HIGH : 0;
    else {
        angle = atan_quadrant(absolute(y), absolute(x));
        if (is_negative(x))
            angle = PI_HIGH - (angle - PI_LOW);
    }
    return is_negative(y) ? -angle : angle;
}
