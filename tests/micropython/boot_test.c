/// Boot order and the ways back to it: cold boots, soft resets, resets, stops.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_board.h"

static struct board board;

static int prepare(void **state) {
    (void)state;
    board_prepare(&board);
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_clean(&board);
    return 0;
}

static void write_file(const char *path, const char *text) {
    char script[1024];
    snprintf(script, sizeof script, "with open('%s','w') as f: f.write(%s)", path, text);
    board_prints(&board, script, "");
}

static struct ib_vm_state state_now(void) {
    struct ib_vm_state state;
    ib_vm_state(board.vm, &state);
    return state;
}

static void first_boot(void **state) {
    (void)state;
    board_start(&board, "flash.img", NULL, NULL);
    board_expect(&board, "MicroPython v1.25.0; OPENMVPT with STM32H743\r\n");
    board_expect(&board, ">>> ");
    board_prints(&board, "import os; print(os.getcwd(), sorted(os.listdir()))",
                 "/flash ['.openmv_disk', 'README.txt', 'main.py']\r\n");
    board_prints(&board, "import sys; print(sys.path)",
                 "['', '.frozen', '/flash', '/flash/lib']\r\n");
    board_prints(&board, "import sys, os; print(sys.platform, os.uname().machine)",
                 "OpenMVPureThermal OPENMVPT with STM32H743\r\n");
    // 24 MB, less what the file system itself takes.
    board_prints(&board, "s = os.statvfs('/flash'); print(23 << 20 < s[1] * s[2] <= 24 << 20)",
                 "True\r\n");
    board_prints(&board, "import machine; print(machine.reset_cause() == machine.PWRON_RESET)",
                 "True\r\n");
    assert_int_equal(state_now().cold_boots, 1);
    assert_int_equal(state_now().soft_resets, 0);
}

static void boot_always_main_once(void **state) {
    (void)state;
    board_start(&board, "flash.img", NULL, NULL);
    write_file("boot.py", "'print(\"boot\", __name__)'");
    write_file("main.py", "'print(\"main\", __name__); here = 1'");
    board_stop(&board);
    board_start(&board, "flash.img", NULL, NULL);
    board_expect(&board, "boot __main__\r\nmain __main__\r\n");
    board_expect(&board, ">>> ");
    // At the prompt both have left their names.
    board_type(&board, "here\r");
    board_expect(&board, "1\r\n>>> ");
    board_type(&board, "\x04");
    board_expect(&board, "MPY: soft reboot\r\nboot __main__\r\n");
    board_expect(&board, ">>> ");
    assert_null(strstr(board.text, "main"));
    board_type(&board, "here\r");
    board_expect(&board, "NameError");
    assert_int_equal(state_now().soft_resets, 1);
    board_type(&board, "import machine; machine.reset()\r");
    board_expect(&board, "boot __main__\r\nmain __main__\r\n");
    board_expect(&board, ">>> ");
    board_type(&board, "print(machine.reset_cause() if 'machine' in globals() else 'new')\r");
    board_expect(&board, "new\r\n");
    assert_int_equal(state_now().cold_boots, 2);
}

static void boot_that_fails(void **state) {
    (void)state;
    board_start(&board, "flash.img", NULL, NULL);
    write_file("boot.py", "'1/0'");
    write_file("main.py", "'print(\"main\")'");
    board_stop(&board);
    board_start(&board, "flash.img", NULL, NULL);
    board_expect(&board, "ZeroDivisionError");
    board_expect(&board, ">>> ");
    assert_null(strstr(board.text, "main"));
}

/// Every way to ask for a soft reset.
static void soft_resets(void **state) {
    (void)state;
    board_start(&board, NULL, NULL, NULL);
    board_expect(&board, ">>> ");
    board_type(&board, "import machine; machine.soft_reset()\r");
    board_expect(&board, "MPY: soft reboot\r\n");
    board_expect(&board, ">>> ");
    board_type(&board, "import sys; sys.exit()\r");
    board_expect(&board, "MPY: soft reboot\r\n");
    board_expect(&board, ">>> ");
    ib_vm_reset(board.vm, IB_VM_RESET_SOFT);
    board_expect(&board, "MPY: soft reboot\r\n");
    board_expect(&board, ">>> ");
    board_soft_reset(&board);
    // The raw prompt stays raw, as mpremote needs it.
    board_prints(&board, "import machine; print(machine.reset_cause() == machine.SOFT_RESET)",
                 "True\r\n");
    assert_int_equal(state_now().soft_resets, 4);
}

static void no_way_out_of_a_script(void **state) {
    (void)state;
    board_start(&board, "flash.img", NULL, NULL);
    write_file("boot.py", "'print(\"boot\")\\nwhile True:\\n  try:\\n    while True: pass\\n"
                          "  except BaseException: print(\"no\")\\n  finally: print(\"never\")'");
    board_stop(&board);
    board_start(&board, "flash.img", NULL, NULL);
    board_expect(&board, "boot\r\n");
    board_until(&board, IB_VM_BOOT);
    ib_vm_interrupt(board.vm);
    board_expect(&board, "no\r\nnever\r\n");
    // A reset breaks it off without asking, and runs into it again.
    ib_vm_reset(board.vm, IB_VM_RESET_SOFT);
    board_expect(&board, "MPY: soft reboot\r\nboot\r\n");
    ib_vm_reset(board.vm, IB_VM_RESET_HARD);
    board_expect(&board, "boot\r\n");
    ib_vm_reset(board.vm, IB_VM_RESET_SAFE);
    board_expect(&board, ">>> ");
    board_type(&board, "import os; os.remove('boot.py')\r");
    board_expect(&board, ">>> ");
    ib_vm_reset(board.vm, IB_VM_RESET_HARD);
    board_expect(&board, ">>> ");
}

static void bootloader(void **state) {
    (void)state;
    board_start(&board, NULL, NULL, NULL);
    board_expect(&board, ">>> ");
    board_type(&board, "import machine; machine.bootloader()\r");
    board_until(&board, IB_VM_BOOTLOADER);
    board_type(&board, "print(1)\r\x03\x04");
    ib_vm_interrupt(board.vm);
    assert_int_equal(state_now().stage, IB_VM_BOOTLOADER);
    ib_vm_reset(board.vm, IB_VM_RESET_HARD);
    board_expect(&board, ">>> ");
    board_until(&board, IB_VM_PROMPT);
    board_type(&board, "import machine; machine.bootloader()\r");
    board_until(&board, IB_VM_BOOTLOADER); // and stopped in it
}

static void deep_sleep_wakes_into_a_reset(void **state) {
    (void)state;
    board_start(&board, NULL, NULL, NULL);
    board_expect(&board, ">>> ");
    board_type(&board, "import machine; machine.lightsleep(1); machine.deepsleep(1)\r");
    board_expect(&board, "MicroPython v1.25.0");
    board_expect(&board, ">>> ");
    assert_int_equal(state_now().cold_boots, 2);
}

/// With everything open that can be: nothing may leak (the sanitizer tells), nothing stay open.
static void two_hundred_lives(void **state) {
    (void)state;
    static const char SCRIPT[] =
        "import socket, network, asyncio, io, json\n"
        "network.WINC()\n"
        "files = [open('f%d' % i, 'w') for i in range(3)]\n"
        "for f in files: f.write('x' * 600)\n"
        "servers = [socket.socket() for _ in range(3)]\n"
        "for s in servers: s.bind(('127.0.0.1', 0)); s.listen()\n"
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0))\n"
        "listing = os.ilistdir('/flash') if 'os' in globals() else None\n"
        "async def idle(): await asyncio.sleep(100)\n"
        "task = asyncio.create_task(idle())\n"
        "big = bytearray(100000)\n"
        "print(json.loads('[1]'))\n";
    board_start(&board, NULL, NULL, NULL);
    for (int i = 0; i < 200; i++) {
        board_prints(&board, SCRIPT, "[1]\r\n");
        board_soft_reset(&board);
    }
    board_prints(&board, "import os; print(os.stat('/flash/f2')[6])", "600\r\n");
    assert_int_equal(state_now().soft_resets, 200);
    assert_int_equal(state_now().events_lost, 0);
}

static void one_at_a_time(void **state) {
    (void)state;
    struct ib_vm *second;
    struct ib_vm_config config = {0};
    char problem[128];
    board_start(&board, NULL, NULL, NULL);
    assert_int_equal(ib_vm_start(&second, &config, problem, sizeof problem), -1);
    assert_string_equal(problem, "there is a script engine already");
    board_stop(&board);
    board_start(&board, NULL, NULL, NULL); // stopped at once, whatever it is doing
}

int main(void) {
#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        BOARD_TEST(first_boot),
        BOARD_TEST(boot_always_main_once),
        BOARD_TEST(boot_that_fails),
        BOARD_TEST(soft_resets),
        BOARD_TEST(no_way_out_of_a_script),
        BOARD_TEST(bootloader),
        BOARD_TEST(deep_sleep_wakes_into_a_reset),
        BOARD_TEST(two_hundred_lives),
        BOARD_TEST(one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
