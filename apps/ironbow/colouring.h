/// Which colours a picture gets, in the words of a command line or a query: palette and range.
#ifndef IB_APP_COLOURING_H
#define IB_APP_COLOURING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/verb.h"
#include "core/frame.h"
#include "image/range.h"

struct ib_app_colouring {
    const char *palette; ///< by name; kept
    enum ib_range_mode range;
    double low_c, high_c; ///< FIXED: degrees Celsius of the first and the last colour
};

/// Ironbow, from the coldest to the hottest pixel.
extern const struct ib_app_colouring ib_app_colouring_default;

/// "min-max", "percentile", "equalised". Return: whether it is one of them.
bool ib_app_colouring_mode(const char *text, enum ib_range_mode *out);
/// A temperature that makes sense: "15", "59F", "288K". Return: whether it is one.
bool ib_app_colouring_celsius(const char *text, double *out);
/// One of those, or "15:40", "59F:104F". Return: whether it is a range.
bool ib_app_colouring_range(struct ib_app_colouring *self, const char *text);
#define IB_APP_RANGE_WANTED                                                                        \
    "must be temperatures such as 15:40 or 59F:104F, or min-max, percentile, equalised"

/// Return: 0, or the exit code of a usage error that has been said with the names that there are.
int ib_app_colouring_palette(const char **out, const struct ib_app_verb *verb, const char *name);
/// "ironbow, grey, …": those that people choose from.
void ib_app_colouring_palettes(char *out, size_t size);

/// The pixel value of a temperature, or the one that comes nearest. The frame must be KELVIN.
int32_t ib_app_colouring_value(const struct ib_frame *frame, double celsius);

#endif
