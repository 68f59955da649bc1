/// Degrees as numbers and as text. See degrees.h.
#include "measure/degrees.h"

#include "core/decimal.h"

#define ZERO_C_K 273.15
#define F_PER_K 1.8

static const struct {
    char letter;
    const char *symbol;
} scales[] = {
    [IB_DEGREES_C] = {'C', "\xC2\xB0"
                           "C"},
    [IB_DEGREES_F] = {'F', "\xC2\xB0"
                           "F"},
    [IB_DEGREES_K] = {'K', "K"},
};

double ib_degrees_from_k(enum ib_degrees degrees, double kelvin) {
    switch (degrees) {
    case IB_DEGREES_C:
        return kelvin - ZERO_C_K;
    case IB_DEGREES_F:
        return (kelvin - ZERO_C_K) * F_PER_K + 32;
    case IB_DEGREES_K:
    default:
        return kelvin;
    }
}

double ib_degrees_to_k(enum ib_degrees degrees, double value) {
    switch (degrees) {
    case IB_DEGREES_C:
        return value + ZERO_C_K;
    case IB_DEGREES_F:
        return (value - 32) / F_PER_K + ZERO_C_K;
    case IB_DEGREES_K:
    default:
        return value;
    }
}

double ib_degrees_from_step_k(enum ib_degrees degrees, double kelvin) {
    return degrees == IB_DEGREES_F ? kelvin * F_PER_K : kelvin;
}

double ib_degrees_to_step_k(enum ib_degrees degrees, double value) {
    return degrees == IB_DEGREES_F ? value / F_PER_K : value;
}

const char *ib_degrees_symbol(enum ib_degrees degrees) {
    return scales[degrees].symbol;
}

char ib_degrees_letter(enum ib_degrees degrees) {
    return scales[degrees].letter;
}

int ib_degrees_of_letter(char letter) {
    for (int i = IB_DEGREES_C; i <= IB_DEGREES_K; i++) {
        if (letter == scales[i].letter || letter == scales[i].letter + ('a' - 'A'))
            return i;
    }
    return -1;
}

/// Steps of 1/10^places, halves away from zero. False: no number that makes sense.
static bool rounded(double value, unsigned places, int64_t *out) {
    for (unsigned i = 0; i < places; i++)
        value *= 10;
    if (!(value > -1e15 && value < 1e15))
        return false;
    *out = (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
    return true;
}

static void put_rounded(struct ib_text *text, double value, unsigned places) {
    int64_t steps;
    if (rounded(value, places, &steps))
        ib_text_fixed(text, steps, places);
    else
        ib_text_char(text, '?');
}

void ib_degrees_put(struct ib_text *text, enum ib_degrees degrees, double kelvin, unsigned places) {
    put_rounded(text, ib_degrees_from_k(degrees, kelvin), places);
    ib_text_char(text, ' ');
    ib_text_str(text, ib_degrees_symbol(degrees));
}

void ib_degrees_put_step(struct ib_text *text, enum ib_degrees degrees, double kelvin,
                         unsigned places) {
    put_rounded(text, ib_degrees_from_step_k(degrees, kelvin), places);
    ib_text_char(text, ' ');
    ib_text_str(text, degrees == IB_DEGREES_F ? ib_degrees_symbol(degrees) : "K");
}

void ib_degrees_put_number(struct ib_text *text, double value, unsigned places) {
    int64_t steps;
    if (!rounded(value, places, &steps)) {
        ib_text_char(text, '?');
        return;
    }
    for (; places > 0 && steps % 10 == 0; places--)
        steps /= 10;
    ib_text_fixed(text, steps, places);
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// A number and the letter behind it. Return: characters taken.
static size_t parse(const char *text, size_t size, enum ib_degrees *degrees, double *value) {
    size_t at = ib_decimal_parse(text, size, value);
    if (at == 0)
        return 0;
    size_t letter = at;
    if (letter + 2 < size && text[letter] == '\xC2' && text[letter + 1] == '\xB0')
        letter += 2;
    int found = letter < size ? ib_degrees_of_letter(text[letter]) : -1;
    if (found < 0 || (letter + 1 < size && is_letter(text[letter + 1])))
        return at;
    *degrees = (enum ib_degrees)found;
    return letter + 1;
}

size_t ib_degrees_parse(const char *text, size_t size, enum ib_degrees degrees, double *kelvin) {
    double value;
    size_t taken = parse(text, size, &degrees, &value);
    if (taken > 0)
        *kelvin = ib_degrees_to_k(degrees, value);
    return taken;
}

size_t ib_degrees_parse_step(const char *text, size_t size, enum ib_degrees degrees,
                             double *kelvin) {
    double value;
    size_t taken = parse(text, size, &degrees, &value);
    if (taken > 0)
        *kelvin = ib_degrees_to_step_k(degrees, value);
    return taken;
}
