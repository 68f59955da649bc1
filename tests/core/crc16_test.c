/// CRC-16: the published check value, VoSPI packets, and every path against the definition.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/crc16.h"
#include "core/crc16_pclmul.h"
#include "tests/core/support_random.h"

/// The definition: one bit at a time.
static uint16_t by_definition(uint16_t crc, const uint8_t *data, size_t size) {
    for (size_t i = 0; i < size * 8; i++) {
        unsigned bit = data[i / 8] >> (7 - i % 8) & 1;
        unsigned top = crc >> 15;
        crc = (uint16_t)(crc << 1);
        if (top != bit)
            crc ^= 0x1021;
    }
    return crc;
}

static void check_values(void **state) {
    (void)state;
    assert_int_equal(ib_crc16(0, "123456789", 9), 0x31C3);
    assert_int_equal(ib_crc16_portable(0, "123456789", 9), 0x31C3);
    assert_int_equal(ib_crc16(0, "\x6E", 1), 0x8D68);
    assert_int_equal(ib_crc16(0, "\x01\x00\x00\x00", 4), 0x76B4);
    assert_int_equal(ib_crc16(0x1234, "", 0), 0x1234);
    assert_int_equal(ib_crc16(0, NULL, 0), 0);
}

static uint16_t packet_crc(unsigned number, int payload) {
    uint8_t packet[164] = {0, (uint8_t)number};
    for (unsigned i = 0; i < 80; i++) {
        unsigned word = payload < 0 ? i : (unsigned)payload;
        packet[4 + 2 * i] = (uint8_t)(word >> 8);
        packet[5 + 2 * i] = (uint8_t)word;
    }
    return ib_crc16(0, packet, sizeof packet);
}

static void lepton_packets(void **state) {
    (void)state;
    const struct {
        unsigned number;
        int payload; // of every word; -1: words 0..79
        uint16_t crc;
    } cases[] = {{0, 0, 0x0000},   {1, 0, 0x654C},     {20, 0, 0xB117},    {59, 0, 0xE9DD},
                 {60, 0, 0xC318},  {0, -1, 0x8C08},    {1, -1, 0xE944},    {20, -1, 0x3D1F},
                 {59, -1, 0x65D5}, {0, 30000, 0x0021}, {20, 30000, 0xB136}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(packet_crc(cases[i].number, cases[i].payload), cases[i].crc);
    uint8_t rgb[244] = {0, 1};
    assert_int_equal(ib_crc16(0, rgb, sizeof rgb), 0xF95B);
}

static void every_length_and_start_value(void **state) {
    (void)state;
    static uint8_t data[1024 + 3];
    struct random random = {20261120};
    random_bytes(&random, data, sizeof data);
    for (size_t size = 0; size <= 1024; size++) {
        const uint8_t *at = data + size % 4;
        uint16_t start = size % 3 == 0 ? 0 : (uint16_t)random_u64(&random);
        uint16_t expected = by_definition(start, at, size);
        if (ib_crc16(start, at, size) != expected || ib_crc16_portable(start, at, size) != expected)
            fail_msg("size %zu, start 0x%04X", size, start);
#if defined(__x86_64__)
        if (__builtin_cpu_supports("pclmul") && __builtin_cpu_supports("ssse3") &&
            size >= IB_CRC16_PCLMUL_MIN_BYTES)
            assert_int_equal(ib_crc16_pclmul(start, at, size), expected);
#endif
    }
}

static void pieces_make_the_whole(void **state) {
    (void)state;
    static uint8_t data[5000];
    struct random random = {42};
    random_bytes(&random, data, sizeof data);
    uint16_t whole = by_definition(0, data, sizeof data);
    for (int run = 0; run < 200; run++) {
        uint64_t seed = random.state;
        uint16_t crc = 0;
        for (size_t at = 0; at < sizeof data;) {
            size_t size = random_below(&random, 400);
            if (size > sizeof data - at)
                size = sizeof data - at;
            crc = ib_crc16(crc, data + at, size);
            at += size;
        }
        if (crc != whole)
            fail_msg("pieces of seed %llu", (unsigned long long)seed);
    }
}

static void every_flipped_bit_shows(void **state) {
    (void)state;
    uint8_t packet[164];
    struct random random = {7};
    random_bytes(&random, packet, sizeof packet);
    uint16_t good = ib_crc16(0, packet, sizeof packet);
    for (size_t bit = 0; bit < sizeof packet * 8; bit++) {
        packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(ib_crc16(0, packet, sizeof packet), good);
        packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_values),
        cmocka_unit_test(lepton_packets),
        cmocka_unit_test(every_length_and_start_value),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(every_flipped_bit_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
