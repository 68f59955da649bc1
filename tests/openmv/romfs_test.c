/// ROMFS images: what the writer makes, byte by byte, and what the checker refuses.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "openmv/romfs.h"

static char why[128];

static long check(const void *image, size_t size) {
    return ib_romfs_check(image, size, why, sizeof why);
}

/// Written down from the format's description.
static void smallest(void **state) {
    (void)state;
    static const uint8_t EMPTY[] = {0xD2, 0xCD, 0x31, 0x00};
    // One file "a" with the three bytes "xyz", made compact as mpremote makes it.
    static const uint8_t ONE[] = {0xD2, 0xCD, 0x31, 0x09, 5, 7, 1, 'a', 2, 3, 'x', 'y', 'z'};
    // A folder "d", a pointer to data in front of it, padding, an unknown record, padded numbers.
    static const uint8_t RICH[] = {
        0xD2, 0xCD, 0x31, 0x80, 24,                             // 24 bytes
        2,    2,    'h',  'i',                                  // data
        4,    10,   1,    'd',  5,    6,    1, 'f', 3, 2, 2, 2, // a folder, a file, "2 bytes at 2"
        1,    0,    9,    1,    0xEE, 0x80, 1, 0,               // padding, unknown, padding
    };
    assert_int_equal(check(EMPTY, sizeof EMPTY), 4);
    assert_int_equal(check(ONE, sizeof ONE), 13);
    assert_int_equal(check(RICH, sizeof RICH), 29);
}

static void written(void **state) {
    (void)state;
    static const uint8_t EXPECTED[] = {
        0xD2, 0xCD, 0x31, 0x80, 0x80, 0x80, 0x80, 0x1C,      // the image: 28 bytes
        4,    0x80, 0x80, 0x80, 0x80, 0x16, 0x80, 1,    'd', // a folder of 22 bytes, its name
        5,    0x80, 0x80, 0x80, 0x80, 0x0D, 0x80, 1,    'f', // a file of 13 bytes, its name
        2,    0x80, 0x80, 0x80, 0x80, 0x04, 't',  'e',  'x', 't',
    };
    uint8_t out[64];
    struct ib_romfs_writer writer;
    ib_romfs_begin(&writer, out, sizeof out);
    ib_romfs_open_folder(&writer, "d");
    memcpy(ib_romfs_add_file(&writer, "f", 4, 1), "text", 4);
    ib_romfs_close_folder(&writer);
    assert_int_equal(ib_romfs_end(&writer), 36);
    assert_memory_equal(out, EXPECTED, 36);
    assert_int_equal(check(out, 36), 36);
}

static void aligned(void **state) {
    (void)state;
    static uint8_t out[1 << 16];
    for (size_t align = 1; align <= 4096; align *= 2) {
        struct ib_romfs_writer writer;
        ib_romfs_begin(&writer, out, sizeof out);
        for (int i = 0; i < 7; i++) {
            char name[16];
            snprintf(name, sizeof name, "%.*s", i + 1, "abcdefgh");
            uint8_t *data = ib_romfs_add_file(&writer, name, (size_t)i * 3, align);
            assert_non_null(data);
            assert_int_equal((size_t)(data - out) % align, 0);
            memset(data, 0, (size_t)i * 3);
        }
        long size = ib_romfs_end(&writer);
        assert_true(size > 0 && size % 2 == 0);
        assert_int_equal(check(out, sizeof out), size);
    }
}

static void too_much(void **state) {
    (void)state;
    uint8_t out[200];
    char name[300];
    struct ib_romfs_writer writer;
    // Every size of storage: an image, or the error; nothing behind its end.
    for (size_t size = 0; size < 100; size++) {
        memset(out, 0xEE, sizeof out);
        ib_romfs_begin(&writer, out, size);
        uint8_t *data = ib_romfs_add_file(&writer, "name", 30, 4);
        if (data)
            memset(data, 1, 30);
        long used = ib_romfs_end(&writer);
        assert_true(used == IB_E_NO_SPACE || (size_t)used <= size);
        for (size_t i = size; i < sizeof out; i++)
            assert_int_equal(out[i], 0xEE);
    }
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    const char *const bad[] = {"", "a/b", name};
    for (size_t i = 0; i < 3; i++) {
        ib_romfs_begin(&writer, out, sizeof out);
        assert_null(ib_romfs_add_file(&writer, bad[i], 1, 1));
        assert_int_equal(ib_romfs_end(&writer), IB_E_INVAL);
    }
    static uint8_t large[4096];
    ib_romfs_begin(&writer, large, sizeof large);
    for (unsigned i = 0; i < IB_ROMFS_DEPTH + 3; i++)
        ib_romfs_open_folder(&writer, "d");
    assert_int_equal(ib_romfs_end(&writer), IB_E_RANGE);
}

static void refused(void **state) {
    (void)state;
    static const struct {
        const char *why;
        size_t size;
        uint8_t image[24];
    } BAD[] = {
        {"no ROMFS header at byte 0", 0, {0}},
        {"no ROMFS header at byte 0", 4, {0xD2, 0xCD, 0x32, 0}},
        {"no ROMFS header at byte 0", 3, {0xD2, 0xCD, 0x31}},
        {"the image is cut off at byte 4", 5, {0xD2, 0xCD, 0x31, 2, 1}},
        {"the image is cut off at byte 5", 5, {0xD2, 0xCD, 0x31, 0x81, 0x80}},
        {"an unused record at byte 6", 6, {0xD2, 0xCD, 0x31, 2, 0, 0}},
        {"a record is cut off at byte 5", 5, {0xD2, 0xCD, 0x31, 1, 1}},
        {"a record is longer than what it lies in at byte 6", 6, {0xD2, 0xCD, 0x31, 2, 1, 1}},
        {"a name is longer than its record at byte 7", 8, {0xD2, 0xCD, 0x31, 4, 4, 2, 2, 'a'}},
        {"a name is no name at byte 7", 7, {0xD2, 0xCD, 0x31, 3, 4, 1, 0}},
        {"a name is no name at byte 7", 8, {0xD2, 0xCD, 0x31, 4, 4, 2, 1, '/'}},
        {"a file without data at byte 8", 8, {0xD2, 0xCD, 0x31, 4, 5, 2, 1, 'a'}},
        {"a pointer leads out of the image at byte 12",
         12,
         {0xD2, 0xCD, 0x31, 8, 5, 6, 1, 'a', 3, 2, 9, 0}},
        {"a pointer is cut off at byte 11", 11, {0xD2, 0xCD, 0x31, 7, 5, 5, 1, 'a', 3, 1, 1}},
        {"something inside a file at byte 10",
         12,
         {0xD2, 0xCD, 0x31, 8, 5, 6, 1, 'a', 5, 2, 1, 'b'}},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        // Exactly so long, for the sanitizer.
        uint8_t *image = malloc(BAD[i].size + 1);
        memcpy(image, BAD[i].image, BAD[i].size);
        uint8_t *exact = realloc(image, BAD[i].size ? BAD[i].size : 1);
        assert_int_equal(check(exact, BAD[i].size), IB_E_FORMAT);
        assert_string_equal(why, BAD[i].why);
        free(exact);
    }
    // Folders without end.
    uint8_t deep[3 + 1 + 3 * 40];
    memcpy(deep, "\xD2\xCD\x31", 3);
    deep[3] = 3 * 40;
    for (int i = 0; i < 40; i++) {
        uint8_t *at = deep + 4 + 3 * i;
        at[0] = 4, at[1] = (uint8_t)(1 + 3 * (39 - i)), at[2] = 0;
    }
    assert_int_equal(check(deep, sizeof deep), IB_E_FORMAT);
}

/// Cut off anywhere, it is refused.
static void cuts(void **state) {
    (void)state;
    uint8_t out[200];
    struct ib_romfs_writer writer;
    ib_romfs_begin(&writer, out, sizeof out);
    memset(ib_romfs_add_file(&writer, "a", 20, 4), 0, 20);
    ib_romfs_open_folder(&writer, "b");
    memset(ib_romfs_add_file(&writer, "c", 20, 4), 0, 20);
    ib_romfs_close_folder(&writer);
    long size = ib_romfs_end(&writer);
    for (long i = 0; i < size; i++)
        assert_int_equal(check(out, (size_t)i), IB_E_FORMAT);
    assert_int_equal(check(out, (size_t)size), size);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest), cmocka_unit_test(written), cmocka_unit_test(aligned),
        cmocka_unit_test(too_much), cmocka_unit_test(refused), cmocka_unit_test(cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
