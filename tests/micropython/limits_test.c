/// Scripts that ask for more than there is: each gets an error, and the board goes on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>

#include "support_board.h"

static struct board board;

static unsigned descriptors(void) {
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static int prepare(void **state) {
    (void)state;
    board_prepare(&board);
    board_start(&board, NULL, NULL, NULL);
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_prints(&board, "print('usable')", "usable\r\n");
    board_clean(&board);
    return 0;
}

static void memory(void **state) {
    (void)state;
    board_raises(&board, "def f():\n  x = []\n  while True: x.append(bytearray(10000))\nf()",
                 "MemoryError");
    board_raises(&board, "bytearray(1 << 30)", "MemoryError");
    board_raises(&board, "def g():\n  y = ''\n  while True: y += 'abcdefgh' * 100000\ng()",
                 "MemoryError");
    board_prints(&board, "import gc; gc.collect(); print(gc.mem_free() > 15 << 20)", "True\r\n");
    // What a global keeps stays: a soft reset is the way out, as on the board.
    board_raises(&board, "x = []\nwhile True: x.append(bytearray(10000))", "MemoryError");
    board_soft_reset(&board);
    // With nothing left at all, what is raised still has its text.
    board_raises(&board,
                 "import micropython\nmicropython.heap_lock()\ntry: raise ValueError('here')\n"
                 "finally: micropython.heap_unlock()",
                 "ValueError");
}

static void recursion(void **state) {
    (void)state;
    board_raises(&board, "def f(): return f()\nf()",
                 "RuntimeError: maximum recursion depth exceeded");
    board_raises(&board, "class A:\n  def __repr__(self): return repr(self)\nrepr(A())",
                 "RuntimeError: maximum recursion depth exceeded");
    board_raises(&board, "x = []\nfor i in range(100000): x = [x]\nrepr(x)",
                 "RuntimeError: maximum recursion depth exceeded");
    board_raises(&board, "import json; json.loads('[' * 100000)", "E");
    board_raises(&board, "eval('(' * 10000)", "Error");
    // As deep as on the board is no trouble.
    board_prints(&board, "def g(n): return 0 if n == 0 else 1 + g(n - 1)\nprint(g(300))",
                 "300\r\n");
}

static void never_ending(void **state) {
    (void)state;
    board_run(&board, "pass");
    board_type(&board, "print('a')\nwhile True:\n  try:\n    while True: pass\n  except "
                       "BaseException: print('again')\x04");
    board_expect(&board, "a\r\n");
    ib_vm_interrupt(board.vm);
    board_expect(&board, "again\r\n");
    ib_vm_reset(board.vm, IB_VM_RESET_SOFT);
    board_expect(&board, "MPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
}

/// A scheduled function that does not end locks everything else out; the reset does not ask it.
static void never_ending_callback(void **state) {
    (void)state;
    board_run(&board, "import micropython\ndef f(x):\n  print('in')\n  while True: pass");
    board_type(&board, "micropython.schedule(f, 0)\n\x04");
    board_expect(&board, "in\r\n");
    ib_vm_reset(board.vm, IB_VM_RESET_SOFT);
    board_expect(&board, "MPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
}

static void reset_in(const char *script) {
    board_run(&board, "pass");
    board_type(&board, script);
    board_type(&board, "\x04");
    board_expect(&board, "here\r\n");
    ib_vm_reset(board.vm, IB_VM_RESET_SOFT);
    board_expect(&board, "MPY: soft reboot\r\n"); // then what its last words come to
    board_expect(&board, "raw REPL; CTRL-B to exit\r\n>");
}

/// Machine code never looks up, and is stopped where it is: in a collection, as good as always. What was
/// open is closed all the same.
static void broken_off_in_a_collection(void **state) {
    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); // it holds signals back
#endif
    static const char SCRIPT[] =
        "import gc, socket\n"
        "s = [socket.socket() for i in range(20)]\n"
        "many = [[i] for i in range(20000)]\n"
        "@micropython.native\ndef f():\n  while True: gc.collect()\nprint('here')\nf()";
    unsigned before = descriptors();
    for (unsigned i = 0; i < 3; i++) {
        reset_in(SCRIPT);
        assert_int_equal(descriptors(), before);
    }
}

/// A disk made of Python, with a file on it that only the end of the life closes. What its writes do then is
/// the script's affair, and the board's life goes on.
static void never_ending_disk(void **state) {
    (void)state;
    static const char DISK[] =
        "import vfs, gc, time, socket\n"
        "class Disk:\n"
        "  def __init__(self): self.bytes = bytearray(51200); self.bad = False\n"
        "  def readblocks(self, n, b): b[:] = self.bytes[n * 512:n * 512 + len(b)]\n"
        "  def writeblocks(self, n, b):\n"
        "    if self.bad: bad()\n"
        "    self.bytes[n * 512:n * 512 + len(b)] = b\n"
        "  def ioctl(self, what, x): return {4: 100, 5: 512}.get(what)\n"
        "d = Disk(); vfs.VfsFat.mkfs(d); vfs.mount(d, '/ram')\n"
        "files = [open('/ram/x%d' % i, 'w') for i in range(5)]\n"
        "for f in files: f.write('abc' * 600)\n"
        "s = [socket.socket() for i in range(20)]\n"
        "d.bad = True\n"
        "print('here')\n";
    static const char *const BAD[] = {"while True: pass", "time.sleep(1000)", "gc.collect()", "x"};
    unsigned before = descriptors();
    for (unsigned i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        char script[sizeof DISK + 64];
        snprintf(script, sizeof script, "def bad():\n  %s\n%s", BAD[i], DISK);
        reset_in(script);
        assert_int_equal(descriptors(), before);
        board_prints(&board, "print(sum(range(10)))", "45\r\n");
    }
}

static void full_disk(void **state) {
    (void)state;
    board_raises(&board, "b = bytes(65536)\nf = open('/flash/big', 'wb')\nwhile True: f.write(b)",
                 "OSError: 28");
    board_prints(&board, "f.close(); import os; print(os.stat('big')[6] > 23 << 20)", "True\r\n");
    board_raises(&board, "with open('more', 'w') as f: f.write('x' * 10000)", "OSError: 28");
    board_prints(&board, "print(len(open('main.py').read()) > 100)", "True\r\n");
    board_soft_reset(&board);
    board_prints(&board,
                 "import os; os.remove('big'); f = open('more', 'w'); print(f.write('x' * 10000)); "
                 "f.close()",
                 "10000\r\n");
}

static void wrong_arguments(void **state) {
    (void)state;
    board_raises(&board, "open('/nowhere/x')", "OSError: [Errno 19] ENODEV");
    board_raises(&board, "open('/rom/x', 'w')", "OSError");
    board_raises(&board, "open('/flash/' + 'x' * 300, 'w')", "OSError");
    board_raises(&board, "open('/flash/\\x00', 'w')", "OSError");
    board_raises(&board, "import os; os.urandom(-1)", "ValueError");
    board_raises(&board, "import vfs; vfs.rom_ioctl(4, 0, -1, b'x'); vfs.rom_ioctl(77, 0, 0).x",
                 "AttributeError");
    board_prints(
        &board,
        "print(vfs.rom_ioctl(4, 0, 8 << 20, b'x') < 0, vfs.rom_ioctl(4, 0, -1, b'x') < 0, "
        "vfs.rom_ioctl(3, 0, 9 << 20) < 0, vfs.rom_ioctl(2, 1) < 0, vfs.rom_ioctl(4, 0) < 0)",
        "True True True True True\r\n");
    board_raises(&board, "import machine; machine.freq(1)", "NotImplementedError");
}

int main(void) {
#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        BOARD_TEST(memory),
        BOARD_TEST(recursion),
        BOARD_TEST(never_ending),
        BOARD_TEST(never_ending_callback),
        BOARD_TEST(broken_off_in_a_collection),
        BOARD_TEST(never_ending_disk),
        BOARD_TEST(full_disk),
        BOARD_TEST(wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
