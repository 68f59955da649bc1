/// See colouring.h.
#include "apps/ironbow/colouring.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "image/palette.h"
#include "measure/degrees.h"

#define ABSOLUTE_ZERO_C (-273.15)
#define HOTTEST_C 5000

const struct ib_app_colouring ib_app_colouring_default = {.palette = "ironbow",
                                                          .range = IB_RANGE_MIN_MAX};

bool ib_app_colouring_mode(const char *text, enum ib_range_mode *out) {
    static const struct {
        const char *name;
        enum ib_range_mode mode;
    } MODES[] = {{"min-max", IB_RANGE_MIN_MAX},
                 {"percentile", IB_RANGE_PERCENTILE},
                 {"equalised", IB_RANGE_EQUALISED}};
    for (size_t i = 0; i < sizeof MODES / sizeof MODES[0]; i++) {
        if (strcmp(text, MODES[i].name) != 0)
            continue;
        *out = MODES[i].mode;
        return true;
    }
    return false;
}

bool ib_app_colouring_celsius(const char *text, double *out) {
    double kelvin;
    size_t size = strlen(text);
    if (size == 0 || ib_degrees_parse(text, size, IB_DEGREES_C, &kelvin) != size)
        return false;
    *out = ib_degrees_from_k(IB_DEGREES_C, kelvin);
    return *out >= ABSOLUTE_ZERO_C && *out <= HOTTEST_C;
}

bool ib_app_colouring_range(struct ib_app_colouring *self, const char *text) {
    char low[64];
    const char *colon = strchr(text, ':');
    if (!colon)
        return ib_app_colouring_mode(text, &self->range);
    if ((size_t)(colon - text) >= sizeof low)
        return false;
    memcpy(low, text, (size_t)(colon - text));
    low[colon - text] = 0;
    self->range = IB_RANGE_FIXED;
    return ib_app_colouring_celsius(low, &self->low_c) &&
           ib_app_colouring_celsius(colon + 1, &self->high_c) && self->high_c > self->low_c;
}

void ib_app_colouring_palettes(char *out, size_t size) {
    struct ib_text text;
    ib_text_init(&text, out, size);
    for (size_t i = 0; i < ib_palette_count(); i++) {
        if (ib_palette_at(i)->exact)
            continue;
        ib_text_str(&text, text.size ? ", " : "");
        ib_text_str(&text, ib_palette_at(i)->name);
    }
}

int ib_app_colouring_palette(const char **out, const struct ib_app_verb *verb, const char *name) {
    char names[400], problem[480];
    *out = name;
    if (ib_palette_find(name))
        return 0;
    ib_app_colouring_palettes(names, sizeof names);
    snprintf(problem, sizeof problem, "no such palette; there are %s", names);
    return ib_app_usage(verb, name, problem);
}

int32_t ib_app_colouring_value(const struct ib_frame *frame, double celsius) {
    double value = (celsius - ABSOLUTE_ZERO_C) * 100 / frame->scale_ck + 0.5;
    return value < 0 ? 0 : value > IB_RANGE_MOST ? (int32_t)IB_RANGE_MOST : (int32_t)value;
}
