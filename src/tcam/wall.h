/// The camera's wall clock as people read it: dates of the Gregorian calendar, local time, no
/// zones.
///
/// It is not a time zone library and knows no leap seconds; the years are 2000 and later.
#ifndef IB_TCAM_WALL_H
#define IB_TCAM_WALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_TCAM_2000_US INT64_C(946684800000000) ///< 2000-01-01 00:00:00

struct ib_tcam_civil {
    int32_t year; ///< 2000 …
    int32_t month;
    int32_t day;
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t millisecond;
};

/// Whether such a moment exists and the clock can show it: 2000-01-01 to 2099-12-31.
bool ib_tcam_civil_valid(const struct ib_tcam_civil *self);

/// Microseconds since 1970 of a valid moment.
int64_t ib_tcam_civil_us(const struct ib_tcam_civil *self);

/// The moment of `wall_us` (>= 0).
void ib_tcam_civil_from_us(struct ib_tcam_civil *self, int64_t wall_us);

/// "H:MM:SS.m": the hour without padding, the milliseconds as a plain number (.5 is 5 ms).
void ib_tcam_civil_time(const struct ib_tcam_civil *self, char *out, size_t capacity);
/// "M/D/YY": month and day without padding.
void ib_tcam_civil_date(const struct ib_tcam_civil *self, char *out, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
