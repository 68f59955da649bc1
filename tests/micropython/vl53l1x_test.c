/// The frozen rangefinder driver, on a bus written in Python that keeps its registers in a dictionary.
///
/// The bus counts time in readings of the data-ready register: no test depends on how fast this machine is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>

#include "support_board.h"

static struct board board;

static const char part[] =
    "from vl53l1x import VL53L1X\n"
    "class Bus:\n"
    "  def __init__(self, **k):\n"
    "    self.r, self.log, self.polls, self.every = {}, [], 0, 3\n"
    "    self.ids, self.boot, self.mm, self.dead, self.gone = (0xEA, 0xCC), 2, 1000, False, 0\n"
    "    for name in k: setattr(self, name, k[name])\n"
    "  def readfrom_mem(self, address, register, n, *, addrsize=8):\n"
    "    assert address == 0x29 and addrsize == 16\n"
    "    if self.gone:\n"
    "      self.gone -= 1\n"
    "      raise OSError(19)\n"
    "    if register == 0x00E5:\n"
    "      self.boot -= 1\n"
    "      return bytes([self.boot <= 0])\n"
    "    if register == 0x010F: return bytes(self.ids)\n"
    "    if register == 0x0031:\n"
    "      self.polls += 1\n"
    "      if self.r.get(0x87) == 0x40 and not self.dead and self.polls % self.every == 0:\n"
    "        self.mm += 1\n"
    "        self.ready = True\n"
    "      return bytes([0xFE | (self.ready ^ (self.r[0x30] >> 4 & 1))])\n"
    "    if register == 0x0089:\n"
    "      self.log.append('read %d' % n)\n"
    "      return bytes([0xE0 | self.raw] + 12 * [0x55] + [self.mm >> 8, self.mm & 255, 7, 7])\n"
    "    return bytes(self.r.get(register + i, 0) for i in range(n))\n"
    "  raw, ready = 9, False\n"
    "  def writeto_mem(self, address, register, data, *, addrsize=8):\n"
    "    assert address == 0x29 and addrsize == 16\n"
    "    self.log.append((register, bytes(data)))\n"
    "    for i, b in enumerate(data): self.r[register + i] = b\n"
    "    if register == 0x86: self.ready = False\n";

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

/// The definitions again: the soft reset of another test may have taken them.
static int define(void **state) {
    (void)state;
    board_prints(&board, part, "");
    return 0;
}

static void set_up(void **state) {
    (void)state;
    board_prints(&board,
                 "b = Bus(r={0x22: 0x01, 0x23: 0x45})\n"
                 "v = VL53L1X(b)\n"
                 "for w in b.log: print(hex(w[0]), len(w[1]), w[1].hex() if len(w[1]) < 9 else "
                 "sum(w[1]))",
                 "0x0 1 00\r\n0x0 1 01\r\n0x2d 91 2659\r\n0x1e 2 0514\r\n0x86 1 01\r\n"
                 "0x87 1 40\r\n");
    // Some of the 91, by address.
    board_prints(&board,
                 "print([hex(b.r[a]) for a in (0x30, 0x4b, 0x5e, 0x5f, 0x61, 0x62, 0x6e, 0x6f, "
                 "0x7f, 0x80, 0x87)])",
                 "['0x1', '0xa', '0x1', '0xdb', '0x1', '0xf1', '0xf', '0x89', '0xc7', '0xff', "
                 "'0x40']\r\n");
    board_raises(&board, "VL53L1X(Bus(ids=(0xEA, 0xAA)))",
                 "RuntimeError: Failed to find expected ID register values. Check wiring!");
    board_raises(&board, "VL53L1X(Bus(boot=1 << 20))", "OSError: [Errno 110] ETIMEDOUT");
    // The wrong part does not boot either: the wiring is what is told.
    board_raises(&board, "VL53L1X(Bus(boot=1 << 20, ids=(0, 0)))", "Check wiring!");
    // While it boots it need not answer; a part that never does is the bus' error.
    board_prints(&board, "print(VL53L1X(Bus(gone=3)).read())", "1001\r\n");
    board_raises(&board, "VL53L1X(Bus(gone=1 << 20))", "OSError: [Errno 19] ENODEV");
}

static void distances(void **state) {
    (void)state;
    // The first call waits; later ones tell the newest, without.
    board_prints(&board,
                 "b = Bus()\nv = VL53L1X(b)\n"
                 "print(v.status, [v.read() for i in range(10)], b.polls, v.status)\n"
                 "print(b.log.count('read 17'))",
                 "255 [1001, 1001, 1001, 1002, 1002, 1002, 1003, 1003, 1003, 1004] 12 0\r\n4\r\n");
    // One for each look: all are new, each is cleared.
    board_prints(&board,
                 "b = Bus(every=1)\nv = VL53L1X(b)\nb.log.clear()\n"
                 "print([v.read() for i in range(3)], b.log.count((0x86, b'\\x01')))",
                 "[1001, 1002, 1003] 3\r\n");
    // Large ones, and what they are worth.
    board_prints(&board,
                 "for raw in (9, 6, 4, 8, 5, 3, 19, 7, 12, 18, 22, 23, 13, 0):\n"
                 "  b.raw, b.mm = raw, 0x0FFF\n"
                 "  print(v.read(), v.status, end=' ')\n",
                 "4096 0 4096 1 4096 2 4096 3 4096 4 4096 5 4096 6 4096 7 4096 9 4096 10 4096 11 "
                 "4096 12 4096 13 4096 255 ");
    // The interrupt may be active low.
    board_prints(&board, "b = Bus()\nv = VL53L1X(b)\nb.r[0x30] |= 0x10\nprint(v.read(), b.polls)",
                 "1001 3\r\n");
}

static void a_part_that_stops(void **state) {
    (void)state;
    board_raises(&board, "b = Bus(dead=True)\nv = VL53L1X(b)\nv.timeout_ms = 20\nv.read()",
                 "OSError: [Errno 110] ETIMEDOUT");
    board_prints(&board, "b.dead = False\nprint(v.read())", "1001\r\n");
    // The last distance is told for a while, then it is an error, and stays one.
    board_prints(&board,
                 "import time\nb.dead = True\nn = 0\n"
                 "try:\n"
                 "  while True:\n"
                 "    assert v.read() == 1001\n"
                 "    time.sleep_ms(1)\n"
                 "except OSError as e: print(e)\n"
                 "try: v.read()\n"
                 "except OSError as e: print(e)\n"
                 "v.reset()\nb.dead = False\nprint(v.read())",
                 "[Errno 110] ETIMEDOUT\r\n[Errno 110] ETIMEDOUT\r\n1002\r\n");
    board_raises(&board, "v.stop()\nv.read()", "ETIMEDOUT");
    board_prints(&board, "v.start()\nprint(v.read())", "1003\r\n");
    // Nobody there any more.
    board_raises(&board, "b.gone = 1\nv.read()", "OSError: [Errno 19] ENODEV");
}

static void it_waits_interruptibly(void **state) {
    (void)state;
    board_run(&board, "b = Bus(dead=True)\nv = VL53L1X(b)\nv.timeout_ms = 1000000");
    board_type(&board, "print('in')\nv.read()\n\x04");
    board_expect(&board, "in\r\n");
    ib_vm_interrupt(board.vm);
    board_expect(&board, "KeyboardInterrupt");
    board_expect(&board, ">");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(set_up, define),
        cmocka_unit_test_setup(distances, define),
        cmocka_unit_test_setup(a_part_that_stops, define),
        cmocka_unit_test_setup(it_waits_interruptibly, define),
    };
    return cmocka_run_group_tests(tests, prepare, clean);
}
