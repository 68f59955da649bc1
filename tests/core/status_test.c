/// Every status code has a text of its own, and strangers get one too.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"

static void every_code_has_its_own_text(void **state) {
    (void)state;
    for (int a = IB_OK; a >= IB_E_OVERFLOW; a--) {
        const char *text = ib_status_text(a);
        assert_non_null(text);
        assert_true(strlen(text) > 1 && strlen(text) < 40);
        assert_string_not_equal(text, "unknown error");
        for (int b = IB_OK; b > a; b--)
            assert_string_not_equal(text, ib_status_text(b));
    }
}

static void useful_values_are_ok_and_strangers_unknown(void **state) {
    (void)state;
    assert_string_equal(ib_status_text(51983), "ok");
    assert_string_equal(ib_status_text(IB_E_OVERFLOW - 1), "unknown error");
    assert_string_equal(ib_status_text(INT32_MIN), "unknown error");
    assert_string_equal(ib_status_text(IB_E_TIMEOUT), "timed out");
    assert_string_equal(ib_status_text(IB_E_NACK), "no acknowledge on the bus");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_own_text),
        cmocka_unit_test(useful_values_are_ok_and_strangers_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
