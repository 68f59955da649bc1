/// Numbers and durations as people write them: the whole text counts, nothing is guessed.
#include "apps/ironbow/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_S (100.0 * 86400.0)

bool ib_app_parse_u64(const char *text, uint64_t max, uint64_t *out) {
    uint64_t value = 0;
    if (!*text)
        return false;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        uint64_t digit = (uint64_t)(*p - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

/// The number at the start; *rest is what follows.
static bool leading_real(const char *text, double *out, const char **rest) {
    // strtod would also take "inf", "0x1p3" and leading blanks.
    const char *digits = text + (*text == '-' || *text == '+');
    if (!isdigit((unsigned char)*digits) && *digits != '.')
        return false;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
        return false;
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    *rest = end;
    return end != text && errno == 0 && isfinite(*out);
}

bool ib_app_parse_real(const char *text, double *out) {
    const char *rest;
    return leading_real(text, out, &rest) && *rest == 0;
}

bool ib_app_parse_duration_us(const char *text, uint64_t *out) {
    static const struct {
        const char *name;
        double us;
    } UNITS[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"min", 60e6}, {"h", 3600e6}};
    double number;
    const char *rest;
    if (!leading_real(text, &number, &rest) || number < 0)
        return false;
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (strcmp(rest, UNITS[i].name) != 0)
            continue;
        double us = number * UNITS[i].us;
        if (us > LONGEST_S * 1e6)
            return false;
        *out = (uint64_t)(us + 0.5);
        return true;
    }
    return false;
}
