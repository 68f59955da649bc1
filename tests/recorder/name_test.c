/// Names of recordings: from the date, and from outside.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apps/ironbow/recorder_name.h"

static void a_date_is_local(void **state) {
    (void)state;
    char path[64];
    const int64_t wall_us = 1767225599999999; // 2025-12-31 23:59:59.999999 UTC
    setenv("TZ", "UTC", 1);
    tzset();
    assert_true(
        ib_app_recorder_date_path(path, sizeof path, "/r", wall_us, IB_APP_RECORDING_MKV, 1));
    assert_string_equal(path, "/r/2025-12-31_23-59-59.mkv");
    setenv("TZ", "XXX-05:30", 1); // east of Greenwich
    tzset();
    assert_true(
        ib_app_recorder_date_path(path, sizeof path, "/r", wall_us, IB_APP_RECORDING_CPTV, 12));
    assert_string_equal(path, "/r/2026-01-01_05-29-59-12.cptv");
    assert_false(ib_app_recorder_date_path(path, 30, "/r", wall_us, IB_APP_RECORDING_CPTV, 12));
    assert_false(ib_app_recorder_date_path(path, sizeof path, "/r", -1, IB_APP_RECORDING_MKV, 1));
}

static void names_from_outside_stay_inside(void **state) {
    static const char *const GOOD[] = {"kettle.mkv", "a", "Küche 2.cptv",
                                       "2026-01-01_00-00-00.tmjsn", "a..b"};
    static const char *const BAD[] = {
        "",      ".",  "..",   "../x.mkv", "/x.mkv", "a/b.mkv", ".x.mkv",  "-x.mkv", "a\nb.mkv",
        "a\x7f", " a", "a\\b", "$(x)",     "a;b",    "C:x.mkv", "\033[2J", "a\"b",   "*"};
    (void)state;
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++)
        if (!ib_app_recorder_name_good(GOOD[i]))
            fail_msg("%s", GOOD[i]);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        if (ib_app_recorder_name_good(BAD[i]))
            fail_msg("%s", BAD[i]);
    char name[102];
    memset(name, 'x', sizeof name);
    name[101] = 0;
    assert_false(ib_app_recorder_name_good(name));
    name[100] = 0;
    assert_true(ib_app_recorder_name_good(name));
}

static void formats_have_names(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        enum ib_app_recording_format format = (enum ib_app_recording_format)i, found;
        assert_true(ib_app_recording_format_named(ib_app_recording_ending(format) + 1, &found));
        assert_int_equal(found, format);
    }
    enum ib_app_recording_format found;
    assert_false(ib_app_recording_format_named("avi", &found));
    assert_false(ib_app_recording_format_named("", &found));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_is_local),
        cmocka_unit_test(names_from_outside_stay_inside),
        cmocka_unit_test(formats_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
