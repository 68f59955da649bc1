/// CRC-32: published values, the definition, pieces, and that every flipped bit shows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/crc32.h"
#include "tests/core/support_random.h"

/// The definition: one bit at a time.
static uint32_t by_definition(const uint8_t *data, size_t size) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size * 8; i++) {
        uint32_t bit = data[i / 8] >> i % 8 & 1;
        crc = (crc >> 1) ^ (((crc ^ bit) & 1) ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static void check_values(void **state) {
    (void)state;
    const uint8_t zeros[32] = {0};
    uint8_t ones[32];
    memset(ones, 0xFF, sizeof ones);
    assert_int_equal(ib_crc32(0, "123456789", 9), 0xCBF43926u);
    assert_int_equal(ib_crc32(0, "a", 1), 0xE8B7BE43u);
    assert_int_equal(ib_crc32(0, zeros, sizeof zeros), 0x190A55ADu);
    assert_int_equal(ib_crc32(0, ones, sizeof ones), 0xFF6CAB0Bu);
    assert_int_equal(ib_crc32(0, NULL, 0), 0);
    assert_int_equal(ib_crc32(0x12345678u, NULL, 0), 0x12345678u);
}

static void every_length(void **state) {
    (void)state;
    static uint8_t data[600];
    struct random random = {20261120};
    random_bytes(&random, data, sizeof data);
    for (size_t size = 0; size <= sizeof data; size++)
        if (ib_crc32(0, data, size) != by_definition(data, size))
            fail_msg("size %zu", size);
}

static void pieces_make_the_whole(void **state) {
    (void)state;
    static uint8_t data[3000];
    struct random random = {42};
    random_bytes(&random, data, sizeof data);
    uint32_t whole = by_definition(data, sizeof data);
    for (int run = 0; run < 100; run++) {
        uint64_t seed = random.state;
        uint32_t crc = 0;
        for (size_t at = 0; at < sizeof data;) {
            size_t size = random_below(&random, 300);
            if (size > sizeof data - at)
                size = sizeof data - at;
            crc = ib_crc32(crc, data + at, size);
            at += size;
        }
        if (crc != whole)
            fail_msg("pieces of seed %llu", (unsigned long long)seed);
    }
}

static void every_flipped_bit_shows(void **state) {
    (void)state;
    uint8_t data[128];
    struct random random = {7};
    random_bytes(&random, data, sizeof data);
    uint32_t good = ib_crc32(0, data, sizeof data);
    for (size_t bit = 0; bit < sizeof data * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(ib_crc32(0, data, sizeof data), good);
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_values),
        cmocka_unit_test(every_length),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(every_flipped_bit_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
