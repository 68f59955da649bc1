/// The log hook: silent when nobody listens, word for word when somebody does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/log.h"

struct heard {
    enum ib_log_level level;
    const char *room;
    const char *text;
    int count;
};

static void hear(void *context, enum ib_log_level level, const char *room, const char *text) {
    struct heard *self = context;
    *self = (struct heard){level, room, text, self->count + 1};
}

static void a_zeroed_or_missing_log_is_silent(void **state) {
    (void)state;
    struct ib_log silent = {0};
    ib_log(&silent, IB_LOG_ERROR, "camera", "nobody hears this");
    ib_log(NULL, IB_LOG_ERROR, "camera", "nor this");
}

static void a_listener_hears_every_word(void **state) {
    (void)state;
    struct heard heard = {0};
    struct ib_log log = {hear, &heard};
    ib_log(&log, IB_LOG_WARNING, "lepton", "synchronisation lost");
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.level, IB_LOG_WARNING);
    assert_string_equal(heard.room, "lepton");
    assert_string_equal(heard.text, "synchronisation lost");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zeroed_or_missing_log_is_silent),
        cmocka_unit_test(a_listener_hears_every_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
