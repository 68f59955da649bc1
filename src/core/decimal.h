/// Decimal text to double, without a C library and without depending on a locale.
#ifndef IB_CORE_DECIMAL_H
#define IB_CORE_DECIMAL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The longest number at the start of `text`: a sign, digits with at most one point among them, an
/// exponent; what strtod would take, but no infinities, NaNs or hexadecimal, and no leading blanks.
/// At most 100000 characters are looked at.
/// Return: the number of characters taken, 0 when there is no number. `out` may be NULL. The value
///         is within one unit in the last place of strtod's; infinity when too large.
size_t ib_decimal_parse(const char *text, size_t size, double *out);

#ifdef __cplusplus
}
#endif

#endif
