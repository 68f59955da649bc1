/// Local time by the C library's rules for this machine's zone.
#include "apps/ironbow/moment.h"

#include <stdio.h>
#include <time.h>

int64_t ib_app_moment_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int32_t split(int64_t unix_us, struct tm *out) {
    int64_t seconds = unix_us / 1000000, rest = unix_us % 1000000;
    if (rest < 0) {
        seconds--;
        rest += 1000000;
    }
    time_t moment = (time_t)seconds;
    if (!localtime_r(&moment, out))
        *out = (struct tm){.tm_year = 70, .tm_mday = 1};
    return (int32_t)(rest / 1000);
}

void ib_app_moment_texts(int64_t unix_us, char time[24], char date[24]) {
    struct tm civil;
    int32_t ms = split(unix_us, &civil);
    snprintf(time, 24, "%d:%02d:%02d.%d", civil.tm_hour, civil.tm_min, civil.tm_sec, (int)ms);
    snprintf(date, 24, "%d/%d/%02d", civil.tm_mon + 1, civil.tm_mday, civil.tm_year % 100);
}

int64_t ib_app_moment_of(const char *time, const char *date) {
    int hour, minute, second, ms = 0, month, day, year;
    int parts = sscanf(time, "%2d:%2d:%2d.%3d", &hour, &minute, &second, &ms);
    if (parts < 3 || sscanf(date, "%2d/%2d/%4d", &month, &day, &year) != 3)
        return 0;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 || ms < 0 ||
        month < 1 || month > 12 || day < 1 || day > 31 || year < 0)
        return 0;
    struct tm civil = {.tm_sec = second,
                       .tm_min = minute,
                       .tm_hour = hour,
                       .tm_mday = day,
                       .tm_mon = month - 1,
                       .tm_year = year < 100 ? year + 100 : year - 1900,
                       .tm_isdst = -1};
    time_t moment = mktime(&civil);
    return moment == (time_t)-1 ? 0 : (int64_t)moment * 1000000 + (int64_t)ms * 1000;
}

void ib_app_moment_iso(int64_t unix_us, char *out, size_t size) {
    struct tm civil;
    time_t moment = (time_t)(unix_us / 1000000);
    if (!gmtime_r(&moment, &civil))
        civil = (struct tm){.tm_year = 70, .tm_mday = 1};
    snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", civil.tm_year + 1900,
             civil.tm_mon + 1, civil.tm_mday, civil.tm_hour, civil.tm_min, civil.tm_sec,
             (int)(unix_us % 1000000));
}

void ib_app_moment_tiff(int64_t unix_us, char *out, size_t size) {
    struct tm civil;
    split(unix_us, &civil);
    snprintf(out, size, "%04d:%02d:%02d %02d:%02d:%02d", civil.tm_year + 1900, civil.tm_mon + 1,
             civil.tm_mday, civil.tm_hour, civil.tm_min, civil.tm_sec);
}
