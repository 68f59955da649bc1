/// The console under anything at all: a board that was sent it answers when asked again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../micropython/support_board.h"
#include "support_campaign.h"

static struct board board;
static struct campaign campaign;

static int prepare(void **state) {
    (void)state;
    board_prepare(&board);
    board_start(&board, NULL, NULL, NULL);
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_clean(&board);
    return 0;
}

static size_t below(size_t limit) {
    return random_below(&campaign.random, (uint32_t)limit);
}

/// What people's fingers and programs send at the friendly prompt.
static void friendly_bytes(void **state) {
    (void)state;
    static const char *const PIECES[] = {"\x01",
                                         "\x02",
                                         "\x03",
                                         "\x04",
                                         "\x05",
                                         "\x05"
                                         "A\x01",
                                         "\r",
                                         "\n",
                                         "print(1)",
                                         "while 1:pass",
                                         "'",
                                         "\"\"\"",
                                         "x=",
                                         "\x1b[A",
                                         "\x1b[",
                                         "\x7f",
                                         "\t",
                                         "(",
                                         "import os\r",
                                         "raise SystemExit",
                                         "input()",
                                         "\xff\xfe",
                                         "def f():\r"};
    campaign_begin(&campaign, 60);
    while (campaign_next(&campaign)) {
        for (int i = 0; i < 60; i++) {
            char bytes[2] = {(char)(1 + below(255)), 0};
            board_type(&board,
                       below(4) == 0 ? bytes : PIECES[below(sizeof PIECES / sizeof PIECES[0])]);
        }
        board_reset(&board);
        board_prints(&board, "print(6 * 7)", "42\r\n");
        board.raw = false;
    }
}

#define STREAM_MOST 32768

struct stream {
    size_t size;
    uint8_t bytes[STREAM_MOST];
};

static void put(struct stream *self, const void *bytes, size_t size) {
    if (size > STREAM_MOST - self->size)
        size = STREAM_MOST - self->size;
    memcpy(self->bytes + self->size, bytes, size);
    self->size += size;
}

/// Longer than any line, window or buffer on the way: text, a number, or plain noise.
static void put_long(struct stream *self) {
    uint8_t bytes[256];
    size_t kind = below(4);
    memset(bytes, "x 9("[kind], sizeof bytes);
    for (size_t left = below(below(8) ? 600 : 9000); left > 0;) {
        size_t some = left < sizeof bytes ? left : sizeof bytes;
        if (kind == 1)
            random_bytes(&campaign.random, bytes, sizeof bytes);
        put(self, bytes, some);
        left -= some;
    }
}

/// What a host may send at the raw prompt, right and wrong: scripts, pasted or not, cut short, with
/// damage, with flow control that nobody asked for.
static void put_piece(struct stream *self) {
    static const char *const SCRIPTS[] = {"print(1)\n",
                                          "for i in range(9):\n print(i)\n",
                                          "raise ValueError\n",
                                          "x = '",
                                          "while 1: pass\n",
                                          "import sys; sys.stdin.read(3)\n",
                                          "input()\n",
                                          "print('y' * 3000)\n",
                                          "import micropython; micropython.kbd_intr(3)\n",
                                          ""};
    static const char *const STARTS[] = {"\x01",
                                         "\x05"
                                         "A\x01",
                                         "\x05"
                                         "A\x00",
                                         "\x05"
                                         "B\x01",
                                         "\x02",
                                         ""};
    static const size_t START_SIZES[] = {1, 3, 3, 3, 1, 0};
    static const uint8_t ENDS[] = {4, 4, 4, 3, 1, 5, 0};
    size_t start = below(6), begin = self->size;
    put(self, STARTS[start], START_SIZES[start]);
    const char *script = SCRIPTS[below(sizeof SCRIPTS / sizeof SCRIPTS[0])];
    size_t size = strlen(script);
    if (below(10) == 0)
        put_long(self);
    put(self, script, below(4) == 0 ? below(size + 1) : size);
    if (self->size > begin && below(4) == 0)
        self->bytes[begin + below(self->size - begin)] = (uint8_t)below(256);
    put(self, &ENDS[below(sizeof ENDS)], 1);
}

/// As a host that reads all there is, and remembers the end of it.
static bool came(const char *answer) {
    const size_t kept = 1024;
    board_drain(&board);
    if (board.size > sizeof board.text / 2) {
        memmove(board.text, board.text + board.size - kept, kept + 1);
        board.size = kept;
    }
    return strstr(board.text, answer) != NULL;
}

/// What does not fit is lost, as on a line without flow control.
static void send(const struct stream *stream) {
    for (size_t at = 0; at < stream->size;) {
        size_t some = 1 + below(stream->size - at);
        (void)ib_vm_feed(board.vm, stream->bytes + at, some);
        at += some;
        (void)came("\n");
    }
}

/// A host finds its way back as hosts do, without a reset: Ctrl-C, Ctrl-A, a script; and again,
/// because a Ctrl-C that comes before a script begins is only a byte.
static void find_the_way_back(unsigned round) {
    char script[64], answer[64];
    snprintf(script, sizeof script, "\r\x03\x03\x01print('he' + 're', %u)\x04", round);
    snprintf(answer, sizeof answer, "here %u\r\n\x04\x04>", round);
    for (unsigned patience_ms = 1; patience_ms < 60000; patience_ms *= 2) {
        (void)ib_vm_feed(board.vm, (const uint8_t *)script, strlen(script));
        for (unsigned ms = 0; ms < patience_ms; ms++) {
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
            if (came(answer)) {
                board_expect(&board, answer);
                return;
            }
        }
    }
    fail_msg("no way back; the output is: %s", board.text);
}

static void raw_streams(void **state) {
    (void)state;
    static struct stream stream;
    board_until(&board, IB_VM_PROMPT);
    campaign_begin(&campaign, 200);
    while (campaign_next(&campaign)) {
        stream.size = 0;
        for (size_t i = below(8) + 1; i > 0; i--)
            put_piece(&stream);
        send(&stream);
        find_the_way_back(campaign.rounds);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(friendly_bytes, prepare, clean),
        cmocka_unit_test_setup_teardown(raw_streams, prepare, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
