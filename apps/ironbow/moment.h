/// Unix time and what an image JSON says: local time and date, to the millisecond, without a zone.
#ifndef IB_APP_MOMENT_H
#define IB_APP_MOMENT_H

#include <stddef.h>
#include <stdint.h>

/// The years 1 to 9999: what files may say. Differences of such moments fit.
#define IB_APP_MOMENT_LEAST_US (-62135596800000000)
#define IB_APP_MOMENT_MOST_US 253402300799999999

/// Unix time now.
int64_t ib_app_moment_now(void);

/// "H:MM:SS.m" (.5 is 5 ms) and "M/D/YY".
void ib_app_moment_texts(int64_t unix_us, char time[24], char date[24]);

/// The same back. Return: Unix time in microseconds, 0 when the texts are not such (or empty).
int64_t ib_app_moment_of(const char *time, const char *date);

/// "2026-11-28T10:11:12.345678Z": UTC.
void ib_app_moment_iso(int64_t unix_us, char *out, size_t size);
/// "2026-11-28 10:11:12.345": local, for people.
void ib_app_moment_print(int64_t unix_us, char *out, size_t size);
/// "2026:11:28 10:11:12": local, as TIFF files say it.
void ib_app_moment_tiff(int64_t unix_us, char *out, size_t size);

#endif
