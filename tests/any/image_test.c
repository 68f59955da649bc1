/// The module image under any argument: an exception at worst, and the same pictures afterwards.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>

#include "../micropython/support_board.h"
#include "ports/linux/codec.h"
#include "support_campaign.h"

static struct board board;
static struct ib_linux_codec *codec;
static struct ib_openmv_hands hands;

static int prepare(void **state) {
    (void)state;
    assert_int_equal(ib_linux_codec_open(&codec), 0);
    hands.codec = ib_linux_codec_table(codec);
    board_prepare(&board);
    board.config.hands = &hands;
    board_start(&board, NULL, NULL, NULL);
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_clean(&board);
    ib_linux_codec_close(codec);
    return 0;
}

/// Each round is a life of its own, so that its seed alone replays it.
static void any_argument(void **state) {
    (void)state;
    struct campaign campaign;
    campaign_begin(&campaign, 4);
    while (campaign_next(&campaign)) {
        char script[128];
        board_file_runs(&board, IB_TEST_FOLDER "/chance.py");
        board_file_runs(&board, IB_TEST_FOLDER "/image.py");
        // Most calls are meant to do something, or this would test the checks only.
        snprintf(script, sizeof script, "print(fuzz(%u, 1000) > 300)", campaign.seed);
        board_prints(&board, script, "True\r\n");
        board_prints(&board, "clean()\nprint(crc() == before)", "True\r\n");
        board_soft_reset(&board);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_argument, prepare, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
