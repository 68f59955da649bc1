/// /flash, /sdcard and /rom: what is made, what overrides what, and what damage does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openmv/romfs.h"
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

/// A card image of 1 MB as this board formats it, with one file.
static void make_card(const char *name, const char *file, const char *text) {
    static uint8_t blank[1 << 20];
    char script[512];
    board_file(&board, name, blank, sizeof blank);
    board_start(&board, name, NULL, NULL); // as its flash drive
    snprintf(
        script, sizeof script,
        "import os\nfor f in os.listdir(): os.remove(f)\nwith open('%s','w') as f: f.write('%s')",
        file, text);
    board_prints(&board, script, "");
    board_stop(&board);
}

static void says_in_log(const char *text) {
    if (!strstr(board.warnings, text))
        fail_msg("no '%s' in: %s", text, board.warnings);
}

static void flash_keeps(void **state) {
    (void)state;
    board_start(&board, "flash.img", NULL, NULL);
    board_prints(&board,
                 "import os; os.mkdir('a'); f = open('a/b', 'w'); f.write('kept'); f.close()", "");
    board_stop(&board);
    board_start(&board, "flash.img", NULL, NULL);
    board_prints(&board, "print(open('/flash/a/b').read())", "kept\r\n");
    // Also what a script left open.
    board_prints(&board, "f = open('open', 'w'); f.write('too'); None", "");
    board_stop(&board);
    board_start(&board, "flash.img", NULL, NULL);
    board_prints(&board, "print(open('open').read())", "too\r\n");
}

/// Somebody's file is never formatted, nor one that another program uses.
static void flash_refused(void **state) {
    (void)state;
    static char text[100 * 512];
    memset(text, 'a', sizeof text);
    board_file(&board, "letter.txt", text, 1000);
    assert_non_null(
        strstr(board_refused(&board, "letter.txt", NULL, NULL), "not the size of a disk image"));
    board_file(&board, "letter.txt", text, 100 * 512);
    assert_non_null(
        strstr(board_refused(&board, "letter.txt", NULL, NULL), "not the size of a disk image"));
    static char longer[256 * 512];
    memset(longer, 'a', sizeof longer);
    board_file(&board, "letter.txt", longer, sizeof longer);
    assert_non_null(strstr(board_refused(&board, "letter.txt", NULL, NULL), "it is left as it is"));
    FILE *file = fopen(board_path(&board, 3, "letter.txt"), "rb");
    assert_int_equal(fgetc(file), 'a');
    fclose(file);
    assert_non_null(strstr(board_refused(&board, "no/where.img", NULL, NULL), "cannot be opened"));
    assert_non_null(strstr(board_refused(&board, ".", NULL, NULL), "opened"));
    board_start(&board, "flash.img", NULL, NULL);
    struct ib_vm *first = board.vm;
    assert_non_null(first);
}

static void flash_damaged(void **state) {
    (void)state;
    board_start(&board, "flash.img", NULL, NULL);
    board_until(&board, IB_VM_PROMPT);
    board_stop(&board);
    // The boot sector's numbers, but not its signature.
    FILE *file = fopen(board_path(&board, 3, "flash.img"), "r+b");
    fseek(file, 11, SEEK_SET);
    for (int i = 0; i < 60; i++)
        fputc(0xA5, file);
    fclose(file);
    board_start(&board, "flash.img", NULL, NULL);
    board_expect(&board,
                 "MPY: /flash: no file system, or a damaged one; the image is left as it is\r\n");
    board_prints(&board, "import os; print(os.listdir('/'))", "[]\r\n");
    says_in_log("script: /flash");
    board_stop(&board);
    // Damage behind it: nothing worse than errors, at random.
    for (unsigned seed = 1; seed <= 20; seed++) {
        unlink(board_path(&board, 3, "flash.img"));
        board_start(&board, "flash.img", NULL, NULL);
        board_until(&board, IB_VM_PROMPT);
        board_stop(&board);
        srand(seed);
        file = fopen(board_path(&board, 3, "flash.img"), "r+b");
        for (int i = 0; i < 400; i++) {
            fseek(file, 512 + rand() % 65536, SEEK_SET);
            fputc(rand(), file);
        }
        fclose(file);
        board_start(&board, "flash.img", NULL, NULL);
        board_run(
            &board,
            "import os\nfor f in os.listdir('/flash') if '/flash' else []:\n"
            "  try: print(len(open('/flash/' + f).read()))\n  except Exception as e: print(e)");
        board_prints(&board, "print('usable')", "usable\r\n");
        board_stop(&board);
    }
}

static void card_overrides(void **state) {
    (void)state;
    make_card("card.img", "main.py", "print(\"from the card\")");
    board_start(&board, "flash.img", "card.img", NULL);
    board_expect(&board, "from the card\r\n");
    board_prints(&board, "import os, sys; print(os.getcwd(), sys.path)",
                 "/sdcard ['', '.frozen', '/flash', '/flash/lib', '/sdcard', '/sdcard/lib']\r\n");
    board_prints(&board, "print(sorted(os.listdir('/')), sorted(os.listdir('/sdcard')))",
                 "['flash', 'sdcard'] ['.openmv_disk', 'main.py']\r\n");
    board_prints(&board, "open('/flash/SKIPSD', 'w').close()", "");
    board_reset(&board);
    board_prints(&board, "import os; print(os.getcwd(), os.listdir('/'))", "/flash ['flash']\r\n");
}

static void card_comes_and_goes(void **state) {
    (void)state;
    char problem[256];
    make_card("card.img", "data", "one");
    make_card("other.img", "data", "two");
    board_start(&board, "flash.img", NULL, NULL);
    board_raises(&board, "open('/sdcard/data')", "OSError: [Errno 19] ENODEV");
    assert_int_equal(ib_vm_card_remove(board.vm), -1);
    const char *card = board_path(&board, 1, "card.img"),
               *other = board_path(&board, 2, "other.img");
    assert_int_equal(ib_vm_card_insert(board.vm, card, problem, sizeof problem), 0);
    board_prints(&board, "f = open('/sdcard/data'); print(f.read(1))", "o\r\n");
    assert_int_equal(ib_vm_card_insert(board.vm, other, problem, sizeof problem), -1);
    assert_non_null(strstr(problem, "there is one already"));
    // Pulled in the middle of a write; another one comes. The first one's writer reaches neither.
    board_prints(
        &board, "import os; w = open('/sdcard/new', 'w'); w.write('x' * 5000); os.chdir('/sdcard')",
        "");
    assert_int_equal(ib_vm_card_remove(board.vm), 0);
    board_raises(&board, "w.write('y' * 5000); w.flush()", "OSError: [Errno 5] EIO");
    board_raises(&board, "open('/sdcard/data')", "OSError: [Errno 19] ENODEV");
    assert_int_equal(ib_vm_card_insert(board.vm, other, problem, sizeof problem), 0);
    board_prints(&board, "print(os.listdir('/sdcard'), open('/sdcard/data').read())",
                 "['data'] two\r\n");
    board_raises(&board, "w.write('y' * 5000); w.flush()", "OSError: [Errno 5] EIO");
    board_prints(&board, "print(open('/flash/README.txt').read()[:4])", "This\r\n");
    board_soft_reset(&board);
    board_prints(&board, "import os; print(os.getcwd())", "/sdcard\r\n");
    assert_int_equal(ib_vm_card_remove(board.vm), 0);
    board_prints(&board, "print(os.listdir('/'))", "['flash']\r\n");
    board_soft_reset(&board);
    board_prints(&board, "import os; print(os.getcwd())", "/flash\r\n");
}

static void card_that_cannot_be_read(void **state) {
    (void)state;
    static uint8_t noise[1 << 17];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 37);
    board_file(&board, "noise.img", noise, sizeof noise);
    board_start(&board, "flash.img", "noise.img", NULL);
    board_expect(&board, "MPY: /sdcard: no file system that can be read on the card\r\n");
    board_prints(&board, "import os; print(os.getcwd())", "/flash\r\n");
}

/// exFAT as mkfs makes it.
static void card_exfat(void **state) {
    (void)state;
    char command[512];
    const char *path = board_path(&board, 3, "exfat.img");
    snprintf(command, sizeof command,
             "PATH=$PATH:/sbin:/usr/sbin; truncate -s 8M '%s' && mkfs.exfat '%s' >/dev/null 2>&1",
             path, path);
    if (system(command) != 0) {
        print_message("SKIP: no mkfs.exfat\n");
        skip();
    }
    board_start(&board, "flash.img", "exfat.img", NULL);
    board_prints(&board, "import os; print(os.getcwd())", "/sdcard\r\n");
    board_prints(&board,
                 "f = open('a rather long name', 'w'); f.write('x' * 100000); f.close(); "
                 "print(os.stat('a rather long name')[6])",
                 "100000\r\n");
}

// ---- the ROM ----

static size_t make_rom(uint8_t *out, size_t size) {
    struct ib_romfs_writer writer;
    static const char CODE[] = "def f(): return 'from the ROM'\n";
    ib_romfs_begin(&writer, out, size);
    memcpy(ib_romfs_add_file(&writer, "code.py", sizeof CODE - 1, 1), CODE, sizeof CODE - 1);
    ib_romfs_open_folder(&writer, "models");
    memset(ib_romfs_add_file(&writer, "net.tflite", 40000, 16), 7, 40000);
    ib_romfs_close_folder(&writer);
    (void)ib_romfs_add_file(&writer, "empty", 0, 1);
    long used = ib_romfs_end(&writer);
    assert_true(used > 40000);
    return (size_t)used;
}

static void rom(void **state) {
    (void)state;
    static uint8_t image[60000];
    board_file(&board, "rom.img", image, make_rom(image, sizeof image));
    board_start(&board, NULL, NULL, "rom.img");
    board_prints(&board, "import os; print(sorted(os.listdir('/rom')), os.listdir('/rom/models'))",
                 "['code.py', 'empty', 'models'] ['net.tflite']\r\n");
    board_prints(&board, "import code; print(code.f())", "from the ROM\r\n");
    // Used where it lies: a view of 40 KB that costs no memory of scripts.
    board_prints(&board,
                 "import gc; gc.collect(); a = gc.mem_alloc(); m = "
                 "memoryview(open('/rom/models/net.tflite','rb')); "
                 "print(len(m), m[39999], gc.mem_alloc() - a < 1000)",
                 "40000 7 True\r\n");
    board_prints(&board, "import uctypes; print(uctypes.addressof(m) % 16)", "0\r\n");
    board_raises(&board, "open('/rom/new', 'w')", "OSError");
    board_prints(&board, "print(len(open('/rom/empty').read()))", "0\r\n");
}

static void rom_written_and_kept(void **state) {
    (void)state;
    board_start(&board, "flash.img", NULL, "rom.img"); // which is not there yet
    char script[512];
    board_prints(&board, "import os; print('rom' in os.listdir('/'))", "False\r\n");
    // The board makes it itself: a folder-less image of one file, byte by byte.
    snprintf(
        script, sizeof script,
        "import vfs\nimage = b'\\xd2\\xcd1\\x0e\\x05\\x0b\\x04a.py\\x02\\x04x=42\\x00\\x00'[:17]\n"
        "image = b'\\xd2\\xcd1\\x0e' + b'\\x05\\x0b\\x04a.py\\x02\\x04x=42' + b'\\x01'*0\n"
        "image = image[:3] + bytes([len(image) - 4]) + image[4:]\n"
        "print(vfs.rom_ioctl(1), len(vfs.rom_ioctl(2, 0)), vfs.rom_ioctl(3, 0, len(image)))\n"
        "print(vfs.rom_ioctl(4, 0, 0, image), vfs.rom_ioctl(5, 0))");
    board_prints(&board, script, "1 8388608 16\r\n0 0\r\n");
    board_soft_reset(&board);
    board_prints(&board, "import a; print(a.x)", "42\r\n");
    board_stop(&board);
    board_start(&board, "flash.img", NULL, "rom.img");
    board_prints(&board, "import a; print(a.x)", "42\r\n");
    // A damaged one is kept as it is, and not mounted.
    board_prints(&board,
                 "import vfs; vfs.rom_ioctl(4, 0, 3, b'\\xff\\xff\\xff\\x7f'); vfs.rom_ioctl(5, 0)",
                 "");
    board_soft_reset(&board);
    board_prints(&board, "import os; print('rom' in os.listdir('/'))", "False\r\n");
    says_in_log("/rom: the image is damaged");
    board_stop(&board);
    assert_non_null(
        strstr(board_refused(&board, "flash.img", NULL, "rom.img"), "is not a ROMFS image"));
}

/// Whatever the checker lets through, MicroPython reads without harm (the sanitizer tells).
static void rom_mutations(void **state) {
    (void)state;
    static uint8_t image[60000], changed[60000];
    size_t size = make_rom(image, sizeof image);
    char why[128];
    unsigned passed = 0;
    board.config.heap_bytes = 1 << 20;
    srand(1);
    for (int round = 0; round < 4000 && passed < 60; round++) {
        memcpy(changed, image, size);
        for (int i = 1 + rand() % 3; i > 0; i--) {
            // Where the records are, not in the data.
            size_t at = (size_t)rand() % 130;
            changed[at < 110 ? at : size - (at - 109)] = (uint8_t)rand();
        }
        if (ib_romfs_check(changed, size, why, sizeof why) < 0)
            continue;
        passed++;
        board_file(&board, "rom.img", changed, size);
        board_start(&board, NULL, NULL, "rom.img");
        board_run(&board,
                  "import os\ndef walk(p):\n  for e in os.ilistdir(p):\n    q = p + '/' + e[0]\n"
                  "    try: walk(q) if e[1] == 0x4000 else hash(open(q, 'rb').read())\n"
                  "    except Exception as x: print(x)\n"
                  "try: walk('/rom')\nexcept Exception as x: print(x)");
        board_stop(&board);
    }
    assert_true(passed >= 20);
}

int main(void) {
#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        BOARD_TEST(flash_keeps),          BOARD_TEST(flash_refused),
        BOARD_TEST(flash_damaged),        BOARD_TEST(card_overrides),
        BOARD_TEST(card_comes_and_goes),  BOARD_TEST(card_that_cannot_be_read),
        BOARD_TEST(card_exfat),           BOARD_TEST(rom),
        BOARD_TEST(rom_written_and_kept), BOARD_TEST(rom_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
