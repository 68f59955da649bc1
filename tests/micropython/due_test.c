/// What comes without being waited for: timers and the watchdog, in real time and on a step clock; the
/// hard-fault indicator; and that a soft reset leaves nothing behind.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <arpa/inet.h>
#include <cmocka.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support_board.h"
#include "support_wiring.h"

// Only for ib_vm_halt: no script can bring a hard fault about.
#include "ports/micropython/vm_private.h"

static struct board board;
static struct wiring wiring;

static int start(const struct ib_clock *clock) {
    board_prepare(&board);
    wiring_init(&wiring);
    board.config.hands = &wiring.hands;
    board.config.clock = clock;
    board_start(&board, NULL, NULL, NULL);
    board_without_main(&board);
    return 0;
}

static int prepare(void **state) {
    (void)state;
    return start(NULL);
}

static int prepare_stepped(void **state) {
    (void)state;
    return start(&wiring.clock);
}

static int clean(void **state) {
    (void)state;
    board_prints(&board, "print('usable')", "usable\r\n");
    board_clean(&board);
    return 0;
}

// ---- timers ----

/// On the step clock the moments are exact: to the microseconds that reading the clock costs.
static void timers(void **state) {
    (void)state;
    board_prints(&board,
                 "import time\nfrom machine import Timer\n"
                 "at = []; start = time.ticks_ms()\n"
                 "def note(t): at.append((t, time.ticks_diff(time.ticks_ms(), start)))\n"
                 "a = Timer(-1); b = Timer(-1)\n"
                 "a.init(period=2000, mode=Timer.PERIODIC, callback=note)\n"
                 "b.init(period=5000, mode=Timer.ONE_SHOT, callback=note)\n"
                 "time.sleep(9); a.deinit(); time.sleep(9)\n"
                 "print([('a' if t is a else 'b', ms) for t, ms in at], a, b)",
                 "[('a', 2000), ('a', 4000), ('b', 5000), ('a', 6000), ('a', 8000)] "
                 "Timer(mode=PERIODIC, period=2000) Timer(mode=ONE_SHOT, period=5000)\r\n");
    // By frequency; in the constructor; again from inside the callback; kept though nobody else does.
    board_prints(&board,
                 "import gc\nn = 0; at.clear(); start = time.ticks_ms()\n"
                 "Timer(-1, freq=4, callback=note); gc.collect(); time.sleep(1.1)\n"
                 "print([ms for t, ms in at], at[0][0]); at[0][0].deinit()\n"
                 "def again(t):\n  global n\n  n += 1\n"
                 "  if n < 3: t.init(period=10 * n, mode=Timer.ONE_SHOT, callback=again)\n"
                 "again(Timer(-1)); time.sleep(1); print(n)",
                 "[250, 500, 750, 1000] Timer(mode=PERIODIC, period=250)\r\n3\r\n");
    // A loop that reads the clock makes time pass, too.
    board_prints(&board,
                 "at.clear(); start = time.ticks_ms(); t = Timer(-1, period=3, callback=note)\n"
                 "while len(at) < 3: time.ticks_us()\n"
                 "t.deinit(); print([ms for t, ms in at])",
                 "[3, 6, 9]\r\n");
    // An exception is told, and the timer goes on.
    board_prints(&board,
                 "n = 0\ndef bad(t):\n  global n\n  n += 1\n  raise ValueError(n)\n"
                 "t = Timer(period=10, callback=bad); time.sleep_ms(25); t.deinit()",
                 "Traceback (most recent call last):\r\n  File \"<stdin>\", line 5, in bad\r\n"
                 "ValueError: 1\r\n"
                 "Traceback (most recent call last):\r\n  File \"<stdin>\", line 5, in bad\r\n"
                 "ValueError: 2\r\n");
    board_raises(&board, "Timer(2)", "ValueError: Timer doesn't exist");
    board_raises(&board, "t.init(freq=0)", "ValueError: freq must be positive");
    board_raises(&board, "t.init(freq=float('nan'))", "ValueError: freq must be positive");
    board_raises(&board, "t.init(period=1, tick_hz=0)", "ValueError: tick_hz must be positive");
    board_raises(&board, "t.init(period=-5)", "ValueError: period must not be negative");
    board_raises(&board, "t.init(period=1 << 40)", "ValueError: period too large");
    board_raises(&board, "t.init(mode=3)", "ValueError: invalid mode: 3");
    board_raises(&board, "t.init(callback=3)", "TypeError: callback must be callable or None");
}

static void frame_clock(void **state) {
    (void)state;
    board_prints(
        &board,
        "import time\nc = time.clock()\n"
        "for i in range(20):\n  c.tick(); time.sleep_ms(40); f = c.fps()\n"
        "print(round(f, 1)); c.reset(); c.tick(); time.sleep_ms(50); print(round(c.avg()))",
        "25.0\r\n50\r\n");
}

/// In real time they come to a loop that does not look at anything.
static void timers_in_real_time(void **state) {
    (void)state;
    board_prints(&board,
                 "from machine import Timer\nn = 0\n"
                 "def count(t):\n  global n\n  n += 1\n"
                 "t = Timer(-1, period=1, callback=count)\n"
                 "while n < 20: pass\n"
                 "t.deinit(); print(n >= 20)",
                 "True\r\n");
    board_run(&board, "t.init()");
    board_soft_reset(&board); // while it runs
    board_prints(&board, "print('n' in globals())", "False\r\n");
}

// ---- the watchdog ----

static void expect_bite(const char *script) {
    struct ib_vm_state before;
    ib_vm_state(board.vm, &before);
    board_run(&board, "from machine import WDT\nimport time");
    board_type(&board, script);
    board_type(&board, "\x04");
    board_rebooted(&board, before.cold_boots);
    board_prints(&board, "import machine; print(machine.reset_cause() == machine.WDT_RESET)",
                 "True\r\n");
    board_soft_reset(&board);
    board_prints(&board, "import machine; print(machine.reset_cause() == machine.SOFT_RESET)",
                 "True\r\n");
}

static void watchdog(void **state) {
    (void)state;
    expect_bite("w = WDT(timeout=20)\nwhile True:\n  try:\n    while True: pass\n  except "
                "BaseException: pass\n  finally: continue");
    expect_bite("w = WDT(timeout=20)\nwhile True: time.sleep(100)");
    expect_bite("w = WDT(timeout=20)\nimport micropython\ndef f(x):\n  while True: pass\n"
                "micropython.schedule(f, 0)\nwhile True: pass");
    expect_bite(
        "WDT(timeout=20)\nx = []\nwhile True:\n  try:\n    while True: x.append(bytes(99))\n"
        "  except MemoryError: pass");
    // The reset has stopped it.
    board_prints(&board, "import time; time.sleep_ms(60); print('alive')", "alive\r\n");
    board_raises(&board, "from machine import WDT; WDT(timeout=0)",
                 "ValueError: WDT timeout too short");
    board_raises(&board, "WDT(timeout=32001)", "ValueError: WDT timeout too long");
    board_raises(&board, "WDT(1)", "ValueError: WDT(1) doesn't exist");
    board_raises(&board, "WDT(timeout=5).stop()", "AttributeError");
}

/// Scripts that never look up: in machine code of their own, and in loops of MicroPython's that a script
/// can only begin. Neither Ctrl-C nor a polite abort gets through to them.
static const char *const DEAF[] = {
#if defined(__x86_64__)
    "@micropython.native\ndef f():\n  while True: pass\nf()",
    "@micropython.viper\ndef f():\n  while True: pass\nf()",
#endif
    "sum(range(1 << 60))",
    "x = 10\nx ** 10000000",
};

static void deaf(void **state) {
    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); // it holds signals back
#endif
    for (unsigned i = 0; i < sizeof DEAF / sizeof DEAF[0]; i++) {
        char script[256];
        snprintf(script, sizeof script, "WDT(timeout=10)\n%s", DEAF[i]);
        expect_bite(script);
        // The other ways to end it: a reset from outside, and the end of the program.
        board_run(&board, "pass");
        snprintf(script, sizeof script, "print('deaf')\n%s\x04", DEAF[i]);
        board_type(&board, script);
        board_expect(&board, "deaf\r\n");
        ib_vm_reset(board.vm, IB_VM_RESET_SOFT);
        board_expect(&board, "MPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
        board_prints(&board, "f = open('/flash/x', 'w'); print(f.write('usable')); f.close()",
                     "6\r\n");
        board_type(&board, script);
        board_expect(&board, "deaf\r\n");
        board_stop(&board);
        board_start(&board, NULL, NULL, NULL);
        board_without_main(&board);
    }
}

/// At exact moments; fed it waits; a soft reset does not stop it. Without the prompt, at which time
/// flies on a step clock.
static void watchdog_stepped(void **state) {
    (void)state;
    board_run(&board, "b = open('/flash/boot.py', 'w'); b.write('''\n"
                      "import machine, time\n"
                      "while machine.reset_cause() == machine.SOFT_RESET:\n"
                      "  with open('/flash/log', 'a') as f: f.write('x')\n"
                      "  time.sleep(1)\n"
                      "'''); b.close()\n"
                      "m = open('/flash/main.py', 'w'); m.write('''\n"
                      "import machine, time\n"
                      "if machine.reset_cause() == machine.HARD_RESET:\n"
                      "  w = machine.WDT(timeout=5_000)\n"
                      "  for i in range(10): time.sleep(4); w.feed()\n"
                      "  w = machine.WDT(timeout=32_000)\n"
                      "  machine.soft_reset()\n"
                      "'''); m.close()");
    struct ib_vm_state before, after;
    ib_vm_state(board.vm, &before);
    uint64_t before_us = wiring.now_us;
    ib_vm_reset(board.vm, IB_VM_RESET_HARD);
    board.raw = false;
    board_expect(&board, "MPY: soft reboot");
    board_until(&board, IB_VM_PROMPT);
    ib_vm_state(board.vm, &after);
    assert_int_equal(after.cold_boots, before.cold_boots + 2);
    assert_true(wiring.now_us - before_us >= 72000000 && wiring.now_us - before_us < 72100000);
    board_prints(&board,
                 "import os, machine\n"
                 "print(os.stat('/flash/log')[6], machine.reset_cause() == machine.WDT_RESET)",
                 "32 True\r\n");
    board_run(&board, "os.remove('/flash/boot.py'); os.remove('/flash/main.py')");
}

/// What cannot be a time ends at once, as on the board; what is too long for a number is long.
static void odd_sleeps(void **state) {
    (void)state;
    board_prints(&board,
                 "import time\n"
                 "for t in (-1, -0.5, -1e6, 0): time.sleep(t)\n"
                 "time.sleep_ms(-1); time.sleep_us(-1); print('over')",
                 "over\r\n");
    // Dates that would be counted up to for years.
    board_raises(&board, "time.mktime((2020, 1 << 53, 1 << 53, 1 << 53, 0, 0, 0, 0))",
                 "OverflowError");
    board_prints(&board, "print(time.mktime((2000, 14, 400, 50, 70, 1000, 0, 0)))", "68959600\r\n");
    board_type(&board, "for ms in (1 << 62, (1 << 62) // 1000):\n"
                       "  try: print('long'); time.sleep_ms(ms); print('short')\n"
                       "  except KeyboardInterrupt: print('interrupted')\n\x04");
    for (int i = 0; i < 2; i++) {
        board_expect(&board, "long\r\n");
        ib_vm_interrupt(board.vm);
        board_expect(&board, "interrupted\r\n");
    }
    board_expect(&board, ">");
}

/// Timers that only run, and that nobody else holds, through collections: none is lost while it is being
/// put back into the list by another thread. (Fewer than can wait for their callbacks at once.)
static void timers_and_collections(void **state) {
    (void)state;
    board_prints(&board,
                 "import gc, time\nfrom machine import Timer\n"
                 "N = 14; n = [0] * N\n"
                 "def start(i):\n"
                 "  def tick(t): n[i] += 1\n"
                 "  Timer(-1, period=1 + i % 3, callback=tick)\n"
                 "for i in range(N): start(i)\n"
                 "end = time.ticks_add(time.ticks_ms(), 1500)\n"
                 "while time.ticks_diff(end, time.ticks_ms()) > 0:\n"
                 "  gc.collect(); x = [bytearray(112) for k in range(300)]\n"
                 "n = [0] * N; lost = N\n"
                 "for k in range(1000):\n"
                 "  time.sleep_ms(5)\n"
                 "  lost = n.count(0)\n"
                 "  if not lost: break\n"
                 "print(lost)",
                 "0\r\n");
    board_soft_reset(&board);
}

// ---- the hard-fault indicator ----

static void halt(struct ib_vm_event *event) {
    (void)event;
    ib_vm_halt(IB_VM_FAULT);
}

static void fault(void **state) {
    (void)state;
    static struct ib_vm_event event;
    event = (struct ib_vm_event){.call = halt};
    board_run(&board, "pass");
    unsigned before[IB_PT_PINS];
    for (unsigned pin = 0; pin < IB_PT_PINS; pin++)
        before[pin] = wiring.pins[pin].changes;
    assert_true(ib_vm_schedule(board.vm, &event));
    board_until(&board, IB_VM_FAULT);
    // Red, green and blue change again and again; the illuminator does not.
    const unsigned pins[] = {IB_PT_LED_RED, IB_PT_LED_GREEN, IB_PT_LED_BLUE};
    for (unsigned i = 0; i < 3; i++)
        for (;;) {
            pthread_mutex_lock(&wiring.mutex);
            unsigned now = wiring.pins[pins[i]].changes;
            pthread_mutex_unlock(&wiring.mutex);
            if (now >= before[pins[i]] + 4)
                break;
            usleep(1000);
        }
    assert_int_equal(wiring.pins[IB_PT_LED_WHITE].changes, before[IB_PT_LED_WHITE]);
    board_reset(&board);
    assert_int_equal(wiring_level(&wiring, IB_PT_LED_RED), 1);
    assert_int_equal(wiring_level(&wiring, IB_PT_LED_GREEN), 1);
    assert_int_equal(wiring_level(&wiring, IB_PT_LED_BLUE), 1);
    board_prints(&board, "import machine; print(machine.reset_cause() == machine.HARD_RESET)",
                 "True\r\n");
}

// ---- soft resets ----

static unsigned descriptors(void) {
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/// Everything a script can leave open, 200 times. The leak detector has the last word, at exit.
static void two_hundred_soft_resets(void **state) {
    (void)state;
    static const char SCRIPT[] =
        "import socket, machine, time, micropython, select, io\n"
        "from machine import Pin, Timer, I2C, LED\n"
        "f = open('/flash/left', 'w'); f.write('open')\n"
        "g = open('/flash/README.txt')\n"
        "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(2)\n"
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0))\n"
        "p = select.poll(); p.register(s, select.POLLIN)\n"
        "def tick(t): tick.n = getattr(tick, 'n', 0) + 1\n"
        "timers = [Timer(-1, period=i + 1, callback=lambda t: micropython.schedule(print, '')) for "
        "i "
        "in range(9)]\n"
        "Timer(-1, period=1, callback=lambda t: None)\n"
        "Pin('P1', Pin.IN).irq(lambda q: None); Pin('P4', Pin.OUT).irq(lambda q: None)\n"
        "b = I2C(2); b.writeto(0x29, b'\\x00', False)\n"
        "LED('LED_RED').on(); LED('LED_WHITE').low()\n"
        "r = machine.RTC(); c = time.clock(); sig = machine.Signal('P9', Pin.OUT, invert=True)\n"
        "machine.disable_irq()\n"
        "big = [bytearray(1000) for i in range(100)]; self = []; self.append(self)\n"
        "g2 = (x for x in range(9)); next(g2)";
    board_run(&board, SCRIPT);
    board_soft_reset(&board);
    unsigned before = descriptors();
    for (unsigned i = 0; i < 199; i++) {
        board_run(&board, SCRIPT);
        wiring_drive(&wiring, IB_PT_P1, i % 2);
        board_soft_reset(&board);
    }
    assert_int_equal(descriptors(), before);
    struct ib_vm_state now;
    ib_vm_state(board.vm, &now);
    assert_true(now.soft_resets >= 200);
    assert_int_equal(wiring_level(&wiring, IB_PT_LED_RED), 1);
    assert_int_equal(wiring_level(&wiring, IB_PT_LED_WHITE), 0);
    board_prints(&board, "import gc; gc.collect(); print(gc.mem_alloc() < 100_000)", "True\r\n");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
#define STEPPED(name) cmocka_unit_test_setup_teardown(name, prepare_stepped, clean)
    const struct CMUnitTest tests[] = {
        STEPPED(timers),
        STEPPED(frame_clock),
        TEST(timers_in_real_time),
        TEST(odd_sleeps),
        TEST(timers_and_collections),
        TEST(watchdog),
        TEST(deaf),
        TEST(fault),
        STEPPED(watchdog_stepped),
        TEST(two_hundred_soft_resets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
