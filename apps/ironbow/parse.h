/// Numbers and durations as people write them on a command line.
#ifndef IB_APP_PARSE_H
#define IB_APP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/// Decimal digits only, at most `max`.
/// Return: whether it was one.
bool ib_app_parse_u64(const char *text, uint64_t max, uint64_t *out);

/// A finite decimal number, the whole text.
/// Return: whether it was one.
bool ib_app_parse_real(const char *text, double *out);

/// "500us", "250ms", "1.5s", "2m" (or "2min"), "1h"; at most 100 days. The unit is needed.
/// Return: whether it was one.
bool ib_app_parse_duration_us(const char *text, uint64_t *out);

#endif
