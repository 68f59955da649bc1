/// machine, pyb and omv on fake pins and buses: what scripts do to them, seen from the other side.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <string.h>

#include "core/status.h"
#include "support_board.h"
#include "support_wiring.h"

static struct board board;
static struct wiring wiring;

static int prepare(void **state) {
    static const uint8_t ID[IB_VM_ID_BYTES] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB,
                                               0xCD, 0xEF, 0x10, 0x32, 0x54, 0x76};
    (void)state;
    board_prepare(&board);
    wiring_init(&wiring);
    board.config.hands = &wiring.hands;
    memcpy(board.config.id, ID, sizeof ID);
    board_start(&board, NULL, NULL, NULL);
    board_without_main(&board);
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_prints(&board, "print('usable')", "usable\r\n");
    board_clean(&board);
    return 0;
}

/// Red, green, blue, white as levels.
static void assert_lights(int red, int green, int blue, int white) {
    const int expected[] = {red, green, blue, white};
    const unsigned pins[] = {IB_PT_LED_RED, IB_PT_LED_GREEN, IB_PT_LED_BLUE, IB_PT_LED_WHITE};
    for (unsigned i = 0; i < 4; i++)
        if (wiring_level(&wiring, pins[i]) != expected[i])
            fail_msg("LED %u is at %d", i, !expected[i]);
}

static void lights(void **state) {
    (void)state;
    board_run(&board, "from machine import LED, Pin\nr = LED('LED_RED'); w = LED('LED_WHITE')");
    assert_lights(1, 1, 1, 0); // dark: the white one is active high
    board_run(&board, "r.on()");
    assert_lights(0, 1, 1, 0);
    board_prints(&board, "print(r.value(), r.boardname(), r)", "1 LED_RED LED(LED_RED)\r\n");
    board_run(&board, "r.toggle(); LED('LED_BLUE').value(1)");
    assert_lights(1, 1, 0, 0);
    board_run(&board, "LED('LED_BLUE').off(); LED('LED_GREEN').low()");
    assert_lights(1, 0, 1, 0);
    board_run(&board, "LED('LED_GREEN').high()");
    // The page's words for the white one.
    board_run(&board, "w.low()");
    assert_lights(1, 1, 1, 1);
    board_run(&board, "w.high()");
    assert_lights(1, 1, 1, 0);
    board_run(&board, "w.off()"); // inverts the sense, says the page
    assert_lights(1, 1, 1, 1);
    board_run(&board, "w.on()");
    assert_lights(1, 1, 1, 0);
    board_run(&board, "Pin('LED_WHITE', Pin.OUT).high()");
    assert_lights(1, 1, 1, 1);
    board_run(&board, "import pyb\npyb.LED(4).off(); pyb.LED(1).on(); pyb.LED(3).intensity(9)");
    assert_lights(0, 1, 0, 0);
    board_prints(&board,
                 "print([pyb.LED(i).intensity() for i in (1, 2, 3, 4)], pyb.LED(4))\n"
                 "for i in (2, 3, 4): pyb.LED(i).toggle()",
                 "[255, 0, 255, 0] LED(4)\r\n");
    assert_lights(0, 0, 1, 1);
    board_soft_reset(&board);
    assert_lights(1, 1, 1, 0);
    board_raises(&board, "import machine; machine.LED('LED_PINK')",
                 "ValueError: Pin(LED_PINK) doesn't exist");
    board_raises(&board, "machine.LED(1)", "TypeError");
    board_raises(&board, "import pyb; pyb.LED(5)", "ValueError: LED(5) doesn't exist");
    board_raises(&board, "pyb.LED(0)", "ValueError: LED(0) doesn't exist");
}

static void pins(void **state) {
    (void)state;
    board_prints(&board,
                 "from machine import Pin\n"
                 "p = Pin('P0', Pin.OUT, value=1); print(p, p.value(), p())\n"
                 "print(Pin('PB15') is p, Pin('B15') is p, Pin(p) is p, Pin.board.P0 is p, "
                 "Pin.cpu.B15 is p)\n"
                 "print(p.name(), p.names(), p.port(), p.pin(), p.mode() == Pin.OUT_PP, p.pull())",
                 "Pin(Pin.cpu.B15, mode=Pin.OUT) 1 1\r\nTrue True True True True\r\n"
                 "B15 ['B15', 'P0'] 1 15 True 0\r\n");
    assert_int_equal(wiring.pins[IB_PT_P0].direction, IB_PIN_OUTPUT);
    assert_int_equal(wiring_level(&wiring, IB_PT_P0), 1);
    board_run(&board, "p.off()");
    assert_int_equal(wiring_level(&wiring, IB_PT_P0), 0);
    board_run(&board, "p(1)");
    assert_int_equal(wiring_level(&wiring, IB_PT_P0), 1);
    board_run(&board, "p.toggle()");
    assert_int_equal(wiring_level(&wiring, IB_PT_P0), 0);
    assert_int_equal(wiring.pins[IB_PT_P0].changes, 4);

    board_prints(&board, "q = Pin('P1', Pin.IN, Pin.PULL_UP); print(q, q())",
                 "Pin(Pin.cpu.B14, mode=Pin.IN, pull=Pin.PULL_UP) 1\r\n");
    wiring_drive(&wiring, IB_PT_P1, 0);
    board_prints(&board, "print(q.value())", "0\r\n");
    // Open drain: 1 lets go, and somebody else decides.
    wiring_drive(&wiring, IB_PT_P9, -1);
    board_prints(&board, "o = Pin('P9', Pin.OPEN_DRAIN, Pin.PULL_UP, value=1); print(o())",
                 "1\r\n");
    wiring_drive(&wiring, IB_PT_P9, 0);
    board_prints(&board, "print(o()); o.init(Pin.ANALOG); print(o, o())",
                 "0\r\nPin(Pin.cpu.E2, mode=Pin.ANALOG) 0\r\n");
    // A name alone changes nothing.
    board_prints(&board, "print(Pin('P0'), Pin('BUZZER'))",
                 "Pin(Pin.cpu.B15, mode=Pin.OUT) Pin(Pin.cpu.A1, mode=Pin.IN)\r\n");
    board_run(&board, "p.on()");
    board_soft_reset(&board);
    assert_int_equal(wiring.pins[IB_PT_P0].direction, IB_PIN_INPUT);
    assert_int_equal(wiring_level(&wiring, IB_PT_P0), 0);

    board_raises(&board, "from machine import Pin; Pin('P77')",
                 "ValueError: Pin(P77) doesn't exist");
    board_raises(&board, "Pin('P0', 99)", "ValueError: invalid pin mode: 99");
    board_raises(&board, "Pin('P0', Pin.IN, 9)", "ValueError: invalid pin pull: 9");
    board_raises(&board, "Pin('P0', Pin.ALT)", "ValueError: invalid pin af: -1");
    board_raises(&board, "Pin(5)", "TypeError");
    board_raises(&board, "Pin.board.P77", "AttributeError");
}

static void signals(void **state) {
    (void)state;
    board_prints(&board,
                 "from machine import Pin, Signal\n"
                 "s = Signal('P3', Pin.OUT, invert=True, value=1); print(s(), Pin('P3')())\n"
                 "s.off(); print(s.value(), Pin('P3')())\n"
                 "t = Signal(s, invert=True); t.on(); print(t(), s(), Pin('P3')())\n"
                 "u = Signal(Pin('P2', Pin.OUT)); u(1); print(u(), Pin('P2')())",
                 "1 0\r\n0 1\r\n1 0 1\r\n1 1\r\n");
    board_raises(&board, "Signal()", "TypeError");
    board_raises(&board, "Signal(open('README.txt'))", "TypeError");
    board_raises(&board, "Signal(3)", "TypeError");
}

static void edges(void **state) {
    (void)state;
    board_run(&board, "import time\nfrom machine import Pin\nseen = []\n"
                      "p = Pin('P1', Pin.IN, Pin.PULL_UP)\n"
                      "def handler(pin): seen.append((pin is p, pin()))\n"
                      "def until(n):\n"
                      "  while len(seen) < n: time.sleep(1)\n"
                      "p.irq(handler, Pin.IRQ_FALLING)");
    board_type(&board, "print('waits'); until(1); print(seen)\x04");
    board_expect(&board, "waits\r\n");
    wiring_drive(&wiring, IB_PT_P1, 0);
    board_expect(&board, "[(True, 0)]\r\n");
    wiring_drive(&wiring, IB_PT_P1, -1); // rising: not asked for
    // In a loop that never waits; both edges, by default.
    board_run(&board, "seen.clear(); p.irq(handler)");
    board_type(&board, "print('loops')\nwhile not seen: pass\nprint(seen)\x04");
    board_expect(&board, "loops\r\n");
    wiring_drive(&wiring, IB_PT_P1, 0);
    board_expect(&board, "[(True, 0)]\r\n");
    // By the script's own hand, and with an exception in between.
    board_prints(&board,
                 "seen.clear(); p.irq(None)\n"
                 "q = Pin('P4', Pin.OUT)\n"
                 "def bad(pin): seen.append(1); raise ValueError('mine')\n"
                 "q.irq(bad, Pin.IRQ_RISING)\n"
                 "for i in range(3): q(0); q(1)\n"
                 "until(3); print(seen)",
                 "Traceback (most recent call last):\r\n  File \"<stdin>\", line 3, in bad\r\n"
                 "ValueError: mine\r\nTraceback (most recent call last):\r\n"
                 "  File \"<stdin>\", line 3, in bad\r\nValueError: mine\r\n"
                 "Traceback (most recent call last):\r\n  File \"<stdin>\", line 3, in bad\r\n"
                 "ValueError: mine\r\n[1, 1, 1]\r\n");
    board_raises(&board, "p.irq(3)", "TypeError: handler must be callable or None");
    board_raises(&board, "p.irq(handler, 0)", "ValueError: invalid interrupt mode: 0");
    board_raises(&board, "p.irq(handler, 1 << 20 | 1)", "ValueError: invalid interrupt mode");
    // B12 and D12 have one interrupt line.
    board_raises(&board, "Pin('P3').irq(handler); Pin('P7').irq(handler)",
                 "OSError: IRQ resource already taken by Pin('B12')");
    board_prints(&board, "Pin('P3').irq(None); print(Pin('P7').irq(handler))", "None\r\n");
    board_soft_reset(&board);
    for (unsigned pin = 0; pin < IB_PT_PINS; pin++)
        assert_int_equal(wiring.pins[pin].edges, 0);
}

static void held(void **state) {
    (void)state;
    board_run(&board, "import machine, pyb, time\nfrom machine import Pin\nseen = []\n"
                      "def f(x): seen.append(x)\n"
                      "p = Pin('P1', Pin.OUT); p.irq(f)\n"
                      "t = machine.Timer(-1)");
    board_prints(&board,
                 "s = machine.disable_irq(); print(s, machine.disable_irq())\n"
                 "for i in range(50): p(1); p(0)\n"
                 "print(len(seen)); machine.enable_irq(1); print(len(seen))\n"
                 "machine.enable_irq(s); time.sleep_ms(1)\n"
                 "print(len(seen), seen[0] is p)",
                 "0 1\r\n0\r\n0\r\n1 True\r\n");
    board_prints(
        &board,
        "a = pyb.disable_irq(); b = pyb.disable_irq(); pyb.enable_irq(b)\n"
        "p(1); print(a, b, len(seen)); pyb.enable_irq(a); time.sleep_ms(1); print(len(seen))",
        "True False 1\r\n2\r\n");
    // Who forgets it is still stopped, and the next life hears again.
    board_type(&board, "machine.disable_irq(); print('deaf')\nwhile True: pass\x04");
    board_expect(&board, "deaf\r\n");
    ib_vm_interrupt(board.vm);
    board_expect(&board, "KeyboardInterrupt");
    board_soft_reset(&board);
    board_prints(&board,
                 "from machine import Pin\nseen = []\n"
                 "p = Pin('P1', Pin.OUT); p.irq(lambda x: seen.append(x)); p(1)\n"
                 "import time; time.sleep_ms(1)\n"
                 "print(len(seen))",
                 "1\r\n");
}

static void buses(void **state) {
    (void)state;
    wiring.memory[0x0F] = 0xEA;
    wiring.memory[0x10] = 0xCC;
    board_prints(&board,
                 "from machine import I2C, Pin\n"
                 "b = I2C(2); print(b, b.scan())",
                 "I2C(2, scl=B10, sda=B11, freq=400000, timeout=50000) [41]\r\n");
    wiring_i2c(&wiring);
    board_prints(&board, "print(b.readfrom_mem(0x29, 0x010F, 2, addrsize=16))",
                 "b'\\xea\\xcc'\r\n");
    assert_string_equal(wiring_i2c(&wiring), "S 29W 01 0f S 29R ea cc P\n");
    board_prints(&board,
                 "b.writeto_mem(0x29, 0x20, b'\\x01\\x02', addrsize=16)\n"
                 "x = bytearray(2); b.readfrom_mem_into(0x29, 0x20, x, addrsize=16); print(x)",
                 "bytearray(b'\\x01\\x02')\r\n");
    assert_string_equal(wiring_i2c(&wiring), "S 29W 00 20 01 02 P\nS 29W 00 20 S 29R 01 02 P\n");
    // Without a stop, what follows is the same transfer.
    board_prints(&board,
                 "print(b.writeto(0x29, b'\\x00\\x20', False), b.readfrom(0x29, 2))\n"
                 "print(b.writevto(0x29, (b'\\x00', b'\\x30\\x07', b'\\x08')))\n"
                 "b.writeto(0x29, b'\\x00', False); b.writeto(0x29, b'\\x40\\x55')",
                 "2 b'\\x01\\x02'\r\n4\r\n");
    assert_string_equal(wiring_i2c(&wiring),
                        "S 29W 00 20 S 29R 01 02 P\nS 29W 00 30 07 08 P\nS 29W 00 S 29W 40 55 P\n");
    board_raises(&board, "b.readfrom(0x30, 1)", "OSError: [Errno 19] ENODEV");
    wiring.i2c_status = IB_E_TIMEOUT;
    board_raises(&board, "b.readfrom(0x29, 1)", "OSError: [Errno 110] ETIMEDOUT");
    wiring.i2c_status = IB_E_IO;
    board_raises(&board, "b.writeto(0x29, b'1')", "OSError: [Errno 5] EIO");
    wiring.i2c_status = IB_OK;
    board_raises(&board, "I2C(1)", "ValueError: I2C(1) is reserved");
    board_raises(&board, "I2C(3)", "ValueError: I2C(3) doesn't exist");
    board_raises(&board, "I2C(2, freq=0)", "ValueError: unsupported freq");
    board_raises(&board, "b.readfrom(0x80, 1)", "ValueError");
    board_raises(&board, "b.start()", "OSError: I2C operation not supported");
    // Whoever takes a pin last has it.
    board_prints(&board, "c = I2C(4, freq=100_000); print(c, Pin('P7'))",
                 "I2C(4, scl=D12, sda=D13, freq=100000, timeout=50000) "
                 "Pin(Pin.cpu.D12, mode=Pin.ALT_OPEN_DRAIN)\r\n");
    board_raises(&board, "Pin('P7', Pin.OUT); c.readfrom(0x29, 1)",
                 "OSError: [Errno 110] ETIMEDOUT");
    board_prints(&board, "c.init(); print(len(c.readfrom(0x29, 1)))", "1\r\n");
    wiring.hands.i2c[4] = NULL;
    board_raises(&board, "I2C(4)", "OSError: [Errno 19] ENODEV");
}

static void identity(void **state) {
    (void)state;
    board_prints(&board,
                 "import omv, machine, pyb, cpufreq, umalloc\n"
                 "print(omv.arch(), omv.board_type(), omv.version_string(), omv.version_major, "
                 "omv.version_minor, omv.version_patch, omv.board_id(), omv.debug_mode())\n"
                 "print(machine.unique_id() == pyb.unique_id(), machine.freq())",
                 "OPENMVPT 65536 SDRAM H7 5.0.0 5 0 0 76543210EFCDAB8967452301 False\r\n"
                 "True (480000000, 240000000, 120000000, 120000000)\r\n");
    board_prints(&board,
                 "print(cpufreq.get_supported_frequencies(), cpufreq.get_current_frequencies())\n"
                 "cpufreq.set_frequency(120); print(cpufreq.get_current_frequencies())\n"
                 "print(machine.freq()[0], umalloc.stats())",
                 "[60, 120, 240, 480] [480, 240, 120, 120]\r\n[120, 60, 30, 30]\r\n"
                 "120000000 (0, 0, 0, 0, 0, 0, 0)\r\n");
    board_raises(&board, "cpufreq.set_frequency(100)", "OSError: Unsupported frequency!");
    board_raises(&board, "cpufreq.set_frequency(-1)", "OSError: Unsupported frequency!");
    board_reset(&board);
    board_prints(&board, "import machine; print(machine.freq()[0])", "480000000\r\n");
    board_raises(&board, "from machine import PWM", "ImportError");
    board_raises(&board, "from pyb import Servo", "ImportError");
}

static void clocks(void **state) {
    (void)state;
    board_prints(
        &board,
        "from machine import RTC\nimport time, os\n"
        "r = RTC(); r.datetime((2026, 4, 30, 4, 12, 0, 0, 0)); d = r.datetime()\n"
        "print(d[:6], len(d), time.localtime()[:5])\n"
        "f = open('dated', 'w'); f.close(); print(time.localtime(os.stat('dated')[8])[:5])",
        "(2026, 4, 30, 4, 12, 0) 8 (2026, 4, 30, 12, 0)\r\n(2026, 4, 30, 12, 0)\r\n");
    board_soft_reset(&board);
    board_prints(&board,
                 "from machine import RTC\nimport time\nprint(RTC().datetime()[:4], "
                 "time.time() == time.time_ns() // 10**9)",
                 "(2026, 4, 30, 4) True\r\n");
    board_raises(&board, "RTC().datetime((2026, 2, 29, 0, 0, 0, 0, 0))",
                 "ValueError: day must be 1..28");
    board_raises(&board, "RTC().datetime((1999, 1, 1, 0, 0, 0, 0, 0))",
                 "ValueError: year must be 2000..2099");
    board_raises(&board, "RTC().datetime((2026, 1, 1))", "ValueError");
    board_raises(&board, "RTC().datetime(5)", "TypeError");
    board_prints(&board,
                 "import pyb\na = pyb.millis(); pyb.delay(2); pyb.udelay(50)\n"
                 "print(pyb.elapsed_millis(a) >= 2, pyb.elapsed_micros(pyb.micros()) < 1 << 29)",
                 "True True\r\n");
    board_raises(&board, "import machine; machine.time_pulse_us(5, 1)", "TypeError");
    board_prints(&board, "print(machine.time_pulse_us(machine.Pin('P1'), 1, 100))", "-2\r\n");
}

/// What each of them raises, with a wrong argument or none at all: never more than an exception.
static void nonsense(void **state) {
    (void)state;
    board_prints(
        &board,
        "import machine, pyb, omv, cpufreq, umalloc, time\n"
        "makes = [lambda: machine.Pin('P0', 1), lambda: machine.LED('LED_RED'),\n"
        "  lambda: machine.Signal('P0', 1), lambda: machine.I2C(2), lambda: "
        "machine.Timer(-1),\n"
        "  lambda: machine.RTC(), lambda: time.clock(), lambda: pyb.LED(1)]\n"
        "bad = [(), (None,), (-1,), (0,), (1 << 70,), ('x',), (b'',), ([],), (1.5,), (1, "
        "2), (1, 2, 3, 4),\n"
        "  (None, None), ((), ()), (float('nan'),)]\n"
        "n = 0\n"
        "for make in makes:\n"
        "  o = make(); print(type(o).__name__, end=' ')\n"
        "  for name in dir(o):\n"
        "    f = getattr(o, name)\n"
        "    if not callable(f): continue\n"
        "    for args in bad:\n"
        "      n += 1\n"
        "      try: f(*args)\n"
        "      except (TypeError, ValueError, OSError, OverflowError, AttributeError): pass\n"
        "    del f\n"
        "for module in (machine, pyb, omv, cpufreq):\n"
        "  for name in dir(module):\n"
        "    f = getattr(module, name)\n"
        "    if name in ('reset', 'soft_reset', 'hard_reset', 'bootloader', 'deepsleep', "
        "'lightsleep', 'WDT', 'idle', 'wfi'): continue\n"
        "    if not callable(f): continue\n"
        "    for args in bad:\n"
        "      n += 1\n"
        "      try: f(*args)\n"
        "      except (TypeError, ValueError, OSError, OverflowError, AttributeError, "
        "NotImplementedError): pass\n"
        "machine.enable_irq(0)\n"
        "print(n > 1000)",
        "Pin LED Signal I2C Timer RTC clock LED True\r\n");
}

/// A board of which nothing is there.
static void without_hands(void **state) {
    (void)state;
    board_stop(&board);
    board.config.hands = NULL;
    board_start(&board, NULL, NULL, NULL);
    board_raises(&board, "from machine import LED, Pin, I2C; LED('LED_RED')",
                 "OSError: [Errno 19] ENODEV");
    board_raises(&board, "Pin('P0')", "OSError: [Errno 19] ENODEV");
    board_raises(&board, "I2C(2)", "OSError: [Errno 19] ENODEV");
    board_soft_reset(&board);
}

/// Whoever presses Ctrl-C while the board is still starting does not wait for main.py for ever.
static void early_interrupt(void **state) {
    (void)state;
    board_stop(&board);
    board_start(&board, NULL, NULL, NULL); // a new flash: its main.py blinks for ever
    board_type(&board, "\x03");
    board_until(&board, IB_VM_PROMPT);
}

int main(void) {
#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        BOARD_TEST(lights),
        BOARD_TEST(pins),
        BOARD_TEST(signals),
        BOARD_TEST(edges),
        BOARD_TEST(held),
        BOARD_TEST(buses),
        BOARD_TEST(identity),
        BOARD_TEST(clocks),
        BOARD_TEST(nonsense),
        BOARD_TEST(without_hands),
        BOARD_TEST(early_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
