/// Reading short texts that people type. See scan_private.h.
#include <string.h>

#include "core/decimal.h"
#include "core/status.h"
#include "measure/region.h"
#include "measure/scan_private.h"

#define LONGEST_US (100.0 * 86400e6)

void ib_scan_init(struct ib_scan *self, const char *text, size_t size, struct ib_text *problem) {
    *self = (struct ib_scan){text, size, 0, problem};
}

bool ib_scan_end(const struct ib_scan *self) {
    return self->at >= self->size;
}

char ib_scan_peek(const struct ib_scan *self) {
    return self->at < self->size ? self->text[self->at] : '\0';
}

bool ib_scan_char(struct ib_scan *self, char c) {
    if (ib_scan_end(self) || self->text[self->at] != c)
        return false;
    self->at++;
    return true;
}

static bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool ib_scan_word(struct ib_scan *self, const char *word) {
    size_t size = strlen(word);
    if (self->size - self->at < size || memcmp(self->text + self->at, word, size) != 0)
        return false;
    size_t end = self->at + size;
    if (is_word_char(word[size - 1]) && end < self->size && is_word_char(self->text[end]))
        return false;
    self->at = end;
    return true;
}

bool ib_scan_blanks(struct ib_scan *self) {
    size_t start = self->at;
    while (ib_scan_peek(self) == ' ' || ib_scan_peek(self) == '\t')
        self->at++;
    return self->at > start;
}

int ib_scan_fail_at(const struct ib_scan *self, size_t at, int status, const char *what) {
    if (self->problem) {
        ib_text_str(self->problem, "character ");
        ib_text_u64(self->problem, at + 1);
        ib_text_str(self->problem, ": ");
        ib_text_str(self->problem, what);
    }
    return status;
}

int ib_scan_fail(const struct ib_scan *self, int status, const char *what) {
    return ib_scan_fail_at(self, self->at, status, what);
}

static int expected(const struct ib_scan *self, const char *what, const char *kind) {
    char room[96];
    struct ib_text text;
    ib_text_init(&text, room, sizeof room);
    ib_text_str(&text, what);
    ib_text_str(&text, kind);
    return ib_scan_fail(self, IB_E_FORMAT, room);
}

static int beyond(const struct ib_scan *self, const char *what, double low, double high) {
    char room[96];
    struct ib_text text;
    ib_text_init(&text, room, sizeof room);
    ib_text_str(&text, what);
    ib_text_str(&text, " must be ");
    ib_degrees_put_number(&text, low, 4);
    ib_text_str(&text, " to ");
    ib_degrees_put_number(&text, high, 4);
    return ib_scan_fail(self, IB_E_RANGE, room);
}

int ib_scan_int(struct ib_scan *self, int32_t low, int32_t high, const char *what, int16_t *out) {
    int32_t value = 0;
    size_t at = self->at;
    while (at < self->size && self->text[at] >= '0' && self->text[at] <= '9') {
        if (value <= high)
            value = value * 10 + (self->text[at] - '0');
        at++;
    }
    if (at == self->at)
        return expected(self, what, " must be a whole number");
    if (value < low || value > high)
        return beyond(self, what, low, high);
    self->at = at;
    *out = (int16_t)value;
    return IB_OK;
}

int ib_scan_real(struct ib_scan *self, size_t end, double low, double high, const char *what,
                 double *out) {
    double value;
    size_t taken = ib_decimal_parse(self->text + self->at, end - self->at, &value);
    if (taken == 0)
        return expected(self, what, " must be a number");
    if (!(value >= low && value <= high))
        return beyond(self, what, low, high);
    self->at += taken;
    *out = value;
    return IB_OK;
}

int ib_scan_temperature(struct ib_scan *self, size_t end, enum ib_degrees degrees, const char *what,
                        double *kelvin) {
    size_t taken = ib_degrees_parse(self->text + self->at, end - self->at, degrees, kelvin);
    if (taken == 0)
        return expected(self, what, " must be a temperature such as 55, 131F or 328K");
    if (!ib_temperature_ok(*kelvin))
        return ib_scan_fail(self, IB_E_RANGE, "no such temperature (50 K to 5000 K)");
    self->at += taken;
    return IB_OK;
}

int ib_scan_step(struct ib_scan *self, size_t end, enum ib_degrees degrees, const char *what,
                 double *kelvin) {
    size_t taken = ib_degrees_parse_step(self->text + self->at, end - self->at, degrees, kelvin);
    if (taken == 0)
        return expected(self, what, " must be a number of degrees such as 2");
    if (!(*kelvin >= -IB_TEMPERATURE_MOST_K && *kelvin <= IB_TEMPERATURE_MOST_K))
        return ib_scan_fail(self, IB_E_RANGE, "no such difference (5000 K at most)");
    self->at += taken;
    return IB_OK;
}

int ib_scan_duration(struct ib_scan *self, const char *what, uint64_t *us) {
    static const struct {
        const char *name;
        double us;
    } units[] = {{"ms", 1e3}, {"s", 1e6}, {"min", 60e6}, {"m", 60e6}, {"h", 3600e6}};
    double number;
    size_t start = self->at;
    size_t taken = ib_decimal_parse(self->text + start, self->size - start, &number);
    self->at += taken;
    for (size_t i = 0; taken > 0 && number >= 0 && i < sizeof units / sizeof units[0]; i++) {
        if (!ib_scan_word(self, units[i].name))
            continue;
        if (number * units[i].us > LONGEST_US) {
            self->at = start;
            return expected(self, what, " must be 100 days at most");
        }
        *us = (uint64_t)(number * units[i].us + 0.5);
        return IB_OK;
    }
    self->at = start;
    return expected(self, what, " must be a time such as 3s, 250ms or 2m");
}

int ib_scan_name(struct ib_scan *self, char after, const char *stop, char out[32]) {
    size_t end = self->at;
    out[0] = '\0';
    while (end < self->size && self->text[end] != after &&
           (self->text[end] == '\0' || !strchr(stop, self->text[end])))
        end++;
    if (end >= self->size || self->text[end] != after)
        return IB_OK;
    size_t size = end - self->at;
    if (!ib_measure_name_ok(self->text + self->at, size))
        return ib_scan_fail(self, IB_E_FORMAT,
                            "a name is 1 to 31 of A-Z a-z 0-9 _ - and begins with a letter or _");
    memcpy(out, self->text + self->at, size);
    out[size] = '\0';
    self->at = end + 1;
    return IB_OK;
}

void ib_scan_put_duration(struct ib_text *text, uint64_t us) {
    static const struct {
        const char *name;
        uint64_t us;
    } units[] = {{"h", 3600000000u}, {"m", 60000000u}, {"s", 1000000u}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (us == 0 || us % units[i].us != 0)
            continue;
        ib_text_u64(text, us / units[i].us);
        ib_text_str(text, units[i].name);
        return;
    }
    ib_degrees_put_number(text, (double)us / 1e6, 3);
    ib_text_char(text, 's');
}
