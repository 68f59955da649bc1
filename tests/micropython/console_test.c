/// The console: both prompts, interrupts in everything that waits, output that nobody takes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support_board.h"

static struct board board;

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

static void friendly_prompt(void **state) {
    (void)state;
    board_expect(&board, ">>> ");
    board_type(&board, "1 + 2\r");
    board_expect(&board, "1 + 2\r\n3\r\n>>> ");
    // Compound statements continue, with the indent.
    board_type(&board, "for i in range(2):\rprint(i)\r\x7f\r");
    board_expect(&board, "0\r\n1\r\n>>> ");
    // Pasted text keeps its own.
    board_type(&board, "\x05if 1:\r    print('a')\r    print('b')\r\x04");
    board_expect(&board, "paste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ");
    board_expect(&board, "\r\na\r\nb\r\n>>> ");
    // History and editing.
    board_type(&board, "x = 7\r");
    board_expect(&board, ">>> ");
    board_type(&board, "\x1b[A\x1b[A\x1b[B\x7f"
                       "8\r");
    board_type(&board, "x\r");
    board_expect(&board, "8\r\n>>> ");
    board_type(&board, "import micr\t\r");
    board_expect(&board, "import micropython\r\n>>> ");
    board_type(&board, "abandoned\x03");
    board_expect(&board, "abandoned\r\n>>> ");
}

/// To the start of a line that is longer than any terminal, and back to its end.
static void long_line(void **state) {
    (void)state;
    static char line[12001];
    memset(line, '1', 12000);
    board_expect(&board, ">>> ");
    board_type(&board, line);
    board_type(&board, "\x01" // home
                       "0x");
    board_expect(&board, "\x1b[12000D");
    board_type(&board, "\x05 > 0\r");
    board_expect(&board, "True\r\n>>> ");
    // One character at its start costs the way back over the rest.
    board_type(&board, "'1234' + ''\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7f\r");
    board_expect(&board, "\b\x1b[K' + ''\x1b[6D");
    board_expect(&board, "'123'\r\n>>> ");
}

static void raw_prompt(void **state) {
    (void)state;
    board_prints(&board, "print('a\\nb')", "a\r\nb\r\n");
    board_raises(&board, "1/0", "ZeroDivisionError: divide by zero");
    board_raises(&board, "if", "SyntaxError: invalid syntax");
    board_prints(&board, "import sys; sys.stdout.buffer.write(b'\\n\\x01\\xff')", "\n\x01\xff");
    board_type(&board, "\x02");
    board_expect(&board, ">>> ");
}

static void raw_paste(void **state) {
    (void)state;
    char script[6000];
    board_run(&board, "pass");
    board_type(&board, "\x05"
                       "A\x01");
    // Understood; the window is half the buffer: 512, little-endian (its zeros are shown as '?').
    board_expect(&board, "R\x01?\x02\x01");
    int size = snprintf(script, sizeof script, "x = '%05000d'\nprint(len(x))\n\x04", 0);
    assert_true(size > 5000);
    board_type(&board, script);
    board_expect(&board, "\x04"
                         "5000\r\n\x04\x04>");
    // Another protocol is not known.
    board_type(&board, "\x05"
                       "B\x01");
    board_expect(&board, "R?>");
}

/// What waits, in one line, after it has said that it does.
static void interrupts(void **state) {
    (void)state;
    static const char *const WAITS[] = {
        "while True: pass",
        "import time; time.sleep(1000)",
        "time.sleep_ms(1000000)",
        "import machine; machine.lightsleep(1000000)",
        "machine.lightsleep()",
        "import sys; sys.stdin.read(1)",
        "input('')",
        "import select; p = select.poll(); p.register(sys.stdin, select.POLLIN); p.poll()",
        "p.poll(1000000)",
        "import socket, network; n = network.WINC(); s = socket.socket(); "
        "s.bind(('127.0.0.1', 0)); s.listen(); s.accept()",
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); u.recv(1)",
        "u.recvfrom(1)",
        "q = select.poll(); q.register(u, select.POLLIN); q.poll()",
        "import asyncio\nasync def long(): await asyncio.sleep(1000)\nasyncio.run(long())",
        "b = bytearray(1 << 20)\nwhile True: b = bytes(b)",
    };
    for (size_t i = 0; i < sizeof WAITS / sizeof WAITS[0]; i++) {
        char script[512];
        board_run(&board, "pass");
        snprintf(script, sizeof script, "print('waits')\n%s\x04", WAITS[i]);
        board_type(&board, script);
        board_expect(&board, "waits\r\n");
        board_type(&board, "\x03");
        board_expect(&board, "KeyboardInterrupt: \r\n\x04>");
    }
    // Until a script asks for the byte itself.
    board_type(&board, "import micropython; micropython.kbd_intr(-1); print('asks'); "
                       "print(ord(sys.stdin.read(1)))\x04");
    board_expect(&board, "asks\r\n");
    board_type(&board, "\x03");
    board_expect(&board, "3\r\n\x04\x04>");
}

/// Ctrl-C comes through behind input that a script does not read.
static void interrupt_behind_a_full_line(void **state) {
    (void)state;
    static uint8_t junk[100000];
    memset(junk, 'x', sizeof junk);
    junk[sizeof junk - 1] = 3;
    board_run(&board, "pass");
    board_type(&board, "print('busy')\nwhile True: pass\x04");
    board_expect(&board, "busy\r\n");
    assert_int_equal(ib_vm_feed(board.vm, junk, sizeof junk), sizeof junk);
    board_expect(&board, "KeyboardInterrupt");
    board_expect(&board, "\x04>");
    // What did fit is read now; then the line is whole again.
    board_type(&board, "\x03\x01");
    board_expect(&board, "raw REPL; CTRL-B to exit\r\n>");
    board_prints(&board, "print(1)", "1\r\n");
    // Without one, the line holds back what does not fit.
    board_type(&board, "print('busy')\nwhile True: pass\x04");
    board_expect(&board, "busy\r\n");
    size_t taken = ib_vm_feed(board.vm, junk, sizeof junk - 1);
    assert_true(taken > 0 && taken < sizeof junk - 1);
    assert_int_equal(ib_vm_feed(board.vm, junk, 10), 0);
    ib_vm_interrupt(board.vm);
    board_expect(&board, "\x04>");
}

/// A terminal that stalls: the script goes on after a while, and says so with a counter.
static void nobody_reads(void **state) {
    (void)state;
    struct ib_vm_state now;
    board_run(&board, "pass");
    const char *script = "print('x' * 100000); import machine; machine.bootloader()\x04";
    assert_int_equal(ib_vm_feed(board.vm, (const uint8_t *)script, strlen(script)), strlen(script));
    do {
        ib_vm_state(board.vm, &now);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    } while (now.stage != IB_VM_BOOTLOADER);
    assert_true(now.output_dropped_bytes >= 100000 - 65536);
}

static void output_is_whole(void **state) {
    (void)state;
    const char *text = board_run(&board, "for i in range(40000): print(i)");
    for (int i = 0; i < 40000; i++) {
        char line[16];
        int size = snprintf(line, sizeof line, "%d\r\n", i);
        assert_memory_equal(text, line, (size_t)size);
        text += size;
    }
    assert_int_equal(*text, 0);
}

// ---- news from other threads ----

static int calls;

static void count_call(struct ib_vm_event *event) {
    (void)event;
    calls++;
}

static void events(void **state) {
    (void)state;
    struct ib_vm_event event = {.call = count_call};
    struct ib_vm_state now;
    calls = 0;
    board_run(&board, "pass");
    for (int i = 1; i <= 20; i++) {
        assert_true(ib_vm_schedule(board.vm, &event));
        // It runs before the answer, whatever the engine waited for.
        board_prints(&board, "import time; time.sleep_ms(1)", "");
        assert_int_equal(calls, i);
    }
    board_type(&board, "import machine; machine.bootloader()\x04");
    board_until(&board, IB_VM_BOOTLOADER);
    assert_true(ib_vm_schedule(board.vm, &event));
    assert_false(ib_vm_schedule(board.vm, &event)); // still pending
    ib_vm_reset(board.vm, IB_VM_RESET_HARD);
    board_expect(&board, ">>> ");
    assert_false(event.pending);
    ib_vm_state(board.vm, &now);
    assert_int_equal(now.events_lost, 2);
    assert_int_equal(calls, 20);
}

int main(void) {
#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        BOARD_TEST(friendly_prompt), BOARD_TEST(long_line),
        BOARD_TEST(raw_prompt),      BOARD_TEST(raw_paste),
        BOARD_TEST(interrupts),      BOARD_TEST(interrupt_behind_a_full_line),
        BOARD_TEST(nobody_reads),    BOARD_TEST(output_is_whole),
        BOARD_TEST(events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
