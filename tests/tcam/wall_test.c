/// Dates against the C library, day by day; the texts against examples.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tcam/wall.h"

#define DAY_US INT64_C(86400000000)

static void every_day_agrees_with_the_c_library(void **state) {
    (void)state;
    // To 2500: the clock may run on past the last day it can be set to.
    for (int64_t day = IB_TCAM_2000_US / DAY_US; day < 193600; day++) {
        int64_t second = day * 7919 % 86400;
        time_t when = (time_t)(day * 86400 + second);
        struct tm wanted;
        assert_non_null(gmtime_r(&when, &wanted));
        struct ib_tcam_civil got;
        ib_tcam_civil_from_us(&got, (int64_t)when * 1000000 + 999999);
        assert_int_equal(got.year, wanted.tm_year + 1900);
        assert_int_equal(got.month, wanted.tm_mon + 1);
        assert_int_equal(got.day, wanted.tm_mday);
        assert_int_equal(got.hour, wanted.tm_hour);
        assert_int_equal(got.minute, wanted.tm_min);
        assert_int_equal(got.second, wanted.tm_sec);
        assert_int_equal(got.millisecond, 999);
        assert_int_equal(ib_tcam_civil_us(&got), (int64_t)when * 1000000 + 999000);
        assert_int_equal(ib_tcam_civil_valid(&got), got.year < 2100);
    }
}

static void every_month_has_its_days(void **state) {
    (void)state;
    for (int32_t year = 1996; year <= 2104; year++) {
        for (int32_t month = 0; month <= 13; month++) {
            for (int32_t day = 0; day <= 32; day++) {
                struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
                timegm(&tm); // puts a date that does not exist in order
                bool exists = tm.tm_mon == month - 1 && tm.tm_mday == day;
                struct ib_tcam_civil civil = {.year = year, .month = month, .day = day};
                assert_int_equal(ib_tcam_civil_valid(&civil),
                                 exists && year >= 2000 && year <= 2099);
            }
        }
    }
}

static void texts_are_as_clients_know_them(void **state) {
    (void)state;
    static const struct {
        struct ib_tcam_civil civil;
        const char *time;
        const char *date;
    } cases[] = {
        {{2021, 2, 3, 17, 33, 49, 0}, "17:33:49.0", "2/3/21"},
        {{2021, 2, 3, 19, 0, 58, 644}, "19:00:58.644", "2/3/21"},
        {{2000, 1, 1, 0, 0, 0, 5}, "0:00:00.5", "1/1/00"},
        {{2009, 12, 31, 9, 5, 7, 50}, "9:05:07.50", "12/31/09"},
        {{2100, 10, 10, 23, 59, 59, 999}, "23:59:59.999", "10/10/100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[24];
        ib_tcam_civil_time(&cases[i].civil, text, sizeof text);
        assert_string_equal(text, cases[i].time);
        ib_tcam_civil_date(&cases[i].civil, text, sizeof text);
        assert_string_equal(text, cases[i].date);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(every_month_has_its_days),
        cmocka_unit_test(texts_are_as_clients_know_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
