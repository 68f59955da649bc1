/// The texts that scripts see when a picture file is wrong, from the files themselves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"
#include "image/bmp.h"
#include "image/pnm.h"
#include "openmv/file_problem.h"

static void readers_say_what_the_board_says(void **state) {
    static const struct {
        const char *file;
        const char *text;
    } rows[] = {
        {"P5 1 1 254 A", "Unsupported format!"},
        {"P5 x 1 255 A", "File corrupted!"},
        {"P5 2 2 255 A", "Failed to read requested bytes!"},
    };
    struct ib_pnm pnm;
    struct ib_bmp bmp;
    uint8_t head[58] = {'B', 'M', [10] = 54, [14] = 40, [18] = 1, [22] = 1, [26] = 2, [28] = 24};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = strlen(rows[i].file);
        int status = ib_pnm_look(&pnm, (const uint8_t *)rows[i].file, size, size);
        assert_true(status < 0);
        assert_string_equal(ib_openmv_file_problem(status), rows[i].text);
    }
    assert_string_equal(ib_openmv_file_problem(ib_bmp_look(&bmp, head, 58, 58)),
                        "Unexpected value read!");
    head[26] = 1;
    assert_string_equal(ib_openmv_file_problem(ib_bmp_look(&bmp, head, 58, 58)), "File corrupted!");
    head[28] = 32;
    assert_string_equal(ib_openmv_file_problem(ib_bmp_look(&bmp, head, 58, 58)),
                        "Unsupported format!");
}

static void every_status_has_a_text(void **state) {
    (void)state;
    for (int status = 0; status > -40; status--)
        assert_true(strlen(ib_openmv_file_problem(status)) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_say_what_the_board_says),
        cmocka_unit_test(every_status_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
