/// Civil dates from a count of microseconds and back, and the two texts that tCam clients read.
///
/// Years are counted from March, so that the leap day is the last day of a year and every month
/// before it has its place at a fixed slope of 30.6 days.
/// Source:  tCam-Mini README, get_status response (Time, Date) and set_time.
#include "tcam/wall.h"

#include "core/text.h"

#define DAY_US INT64_C(86400000000)
#define DAYS_TO_1970 719468 ///< from 0000-03-01

static bool leap(int32_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int32_t days_in_month(int32_t year, int32_t month) {
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[month - 1];
}

bool ib_tcam_civil_valid(const struct ib_tcam_civil *self) {
    return self->year >= 2000 && self->year <= 2099 && self->month >= 1 && self->month <= 12 &&
           self->day >= 1 && self->day <= days_in_month(self->year, self->month) &&
           self->hour >= 0 && self->hour <= 23 && self->minute >= 0 && self->minute <= 59 &&
           self->second >= 0 && self->second <= 59 && self->millisecond >= 0 &&
           self->millisecond <= 999;
}

/// Days from 0000-03-01 to the first of March of `year`.
static int64_t days_before_march(int64_t year) {
    return 365 * year + year / 4 - year / 100 + year / 400;
}

int64_t ib_tcam_civil_us(const struct ib_tcam_civil *self) {
    int64_t from_march = (self->month + 9) % 12;
    int64_t year = self->month <= 2 ? self->year - 1 : self->year;
    int64_t day = days_before_march(year) + (from_march * 306 + 5) / 10 + self->day - 1;
    int64_t seconds = (int64_t)self->hour * 3600 + (int64_t)self->minute * 60 + self->second;
    return (day - DAYS_TO_1970) * DAY_US + seconds * 1000000 + (int64_t)self->millisecond * 1000;
}

void ib_tcam_civil_from_us(struct ib_tcam_civil *self, int64_t wall_us) {
    int64_t day = wall_us / DAY_US + DAYS_TO_1970;
    int64_t ms = wall_us % DAY_US / 1000;

    // A mean year has 365.2425 days: the quotient is right or one too many.
    int64_t year = (day * 10000 + 14780) / 3652425;
    if (day < days_before_march(year))
        year--;
    int64_t rest = day - days_before_march(year);
    int64_t from_march = (100 * rest + 52) / 3060;

    self->year = (int32_t)(year + (from_march >= 10));
    self->month = (int32_t)((from_march + 2) % 12 + 1);
    self->day = (int32_t)(rest - (from_march * 306 + 5) / 10 + 1);
    self->hour = (int32_t)(ms / 3600000);
    self->minute = (int32_t)(ms / 60000 % 60);
    self->second = (int32_t)(ms / 1000 % 60);
    self->millisecond = (int32_t)(ms % 1000);
}

void ib_tcam_civil_time(const struct ib_tcam_civil *self, char *out, size_t capacity) {
    struct ib_text text;
    ib_text_init(&text, out, capacity);
    ib_text_i64(&text, self->hour);
    ib_text_char(&text, ':');
    ib_text_pad(&text, (uint32_t)self->minute, 2);
    ib_text_char(&text, ':');
    ib_text_pad(&text, (uint32_t)self->second, 2);
    ib_text_char(&text, '.');
    ib_text_i64(&text, self->millisecond);
}

void ib_tcam_civil_date(const struct ib_tcam_civil *self, char *out, size_t capacity) {
    struct ib_text text;
    ib_text_init(&text, out, capacity);
    ib_text_i64(&text, self->month);
    ib_text_char(&text, '/');
    ib_text_i64(&text, self->day);
    ib_text_char(&text, '/');
    ib_text_pad(&text, (uint32_t)(self->year - 2000), 2);
}
