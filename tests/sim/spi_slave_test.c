/// The simulated slave SPI port raw, from both ends of its wire.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "sim/spi_slave.h"
#include "tests/core/support_random.h"

#define PACKET 1000u
#define ROOM (PACKET + 200u)
#define SEEDS 100u

static struct ib_sim_spi_slave wire;
static struct ib_spi_slave port;
static uint8_t packet[PACKET], out[ROOM];

static void begin(uint32_t seed) {
    struct random random = {seed + 1};
    ib_sim_spi_slave_init(&wire, seed);
    port = ib_sim_spi_slave_port(&wire);
    for (unsigned i = 0; i < PACKET; i++)
        packet[i] = (uint8_t)(1 + random_below(&random, 255)); // never 0: zeros are the wire's
}

static int arm(size_t size) {
    return port.ops->arm(port.context, packet, size);
}

static int told(void) {
    return port.ops->poll(port.context);
}

static uint64_t transfer(size_t size, uint32_t clock_hz) {
    memset(out, 0xEE, sizeof out);
    return ib_sim_spi_slave_transfer(&wire, out, size, clock_hz);
}

static void assert_zeros(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            fail_msg("byte %zu is 0x%02X, not 0", i, bytes[i]);
}

static void a_packet_goes_over(void **state) {
    (void)state;
    begin(1);
    assert_false(ib_sim_spi_slave_armed(&wire));
    assert_int_equal(told(), 0);
    assert_int_equal(arm(PACKET), IB_OK);
    assert_true(ib_sim_spi_slave_armed(&wire));
    assert_int_equal(told(), 0);
    assert_int_equal(transfer(PACKET, 8000000), PACKET);
    assert_memory_equal(out, packet, PACKET);
    assert_int_equal(out[PACKET], 0xEE);
    assert_false(ib_sim_spi_slave_armed(&wire));
    // The next one only when the slave knows.
    assert_int_equal(arm(PACKET), IB_E_BUSY);
    assert_int_equal(told(), 1);
    assert_int_equal(told(), 0);
    assert_int_equal(arm(PACKET), IB_OK);
    assert_int_equal(arm(PACKET), IB_E_BUSY);
    assert_int_equal(wire.transactions, 1);
    assert_int_equal(wire.empty_transactions, 0);
    assert_int_equal(wire.short_transactions, 0);
}

static void what_cannot_be_armed(void **state) {
    (void)state;
    begin(1);
    assert_int_equal(port.ops->arm(port.context, NULL, 5), IB_E_RANGE);
    assert_int_equal(port.ops->arm(port.context, packet, 0), IB_E_RANGE);
    assert_false(ib_sim_spi_slave_armed(&wire));
    assert_int_equal(arm(1), IB_OK);
}

static void the_wire_takes_its_time(void **state) {
    (void)state;
    static const struct {
        size_t size;
        uint32_t clock_hz;
        uint64_t expected_us;
    } rows[] = {
        {0, 8000000, 0},       {1, 8000000, 1},  {1, 1000000, 8},
        {1, 3000000, 3},       {3, 7000000, 4},  {1000, 16000000, 500},
        {1001, 16000000, 501}, {7, 1, 56000000}, {1, UINT32_MAX, 1},
    };
    begin(1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(transfer(rows[i].size, rows[i].clock_hz), rows[i].expected_us);
    assert_int_equal(wire.transactions, sizeof rows / sizeof rows[0]);
    // Without a clock nothing happens.
    assert_int_equal(arm(PACKET), IB_OK);
    assert_int_equal(transfer(10, 0), 0);
    assert_zeros(out, 10);
    assert_true(ib_sim_spi_slave_armed(&wire));
    assert_int_equal(told(), 0);
    assert_int_equal(wire.transactions, sizeof rows / sizeof rows[0]);
}

static void nothing_armed_reads_zeros(void **state) {
    (void)state;
    begin(1);
    assert_int_equal(transfer(100, 1000000), 800);
    assert_zeros(out, 100);
    assert_int_equal(out[100], 0xEE);
    assert_int_equal(told(), 0); // there was nothing to be used up
    assert_int_equal(transfer(100, 20000000), 40);
    assert_zeros(out, 100);
    assert_int_equal(wire.empty_transactions, 2);
    assert_int_equal(arm(PACKET), IB_OK);
    // Between the end of one packet and the next there are zeros, too.
    (void)transfer(PACKET, 8000000);
    (void)transfer(PACKET, 8000000);
    assert_zeros(out, PACKET);
    assert_int_equal(wire.empty_transactions, 3);
    assert_int_equal(told(), 1);
    assert_int_equal(told(), 0);
}

static void behind_the_packet_are_zeros(void **state) {
    (void)state;
    begin(1);
    assert_int_equal(arm(PACKET), IB_OK);
    (void)transfer(PACKET + 100, 8000000);
    assert_memory_equal(out, packet, PACKET);
    assert_zeros(out + PACKET, 100);
    assert_int_equal(out[PACKET + 100], 0xEE);
    assert_int_equal(wire.short_transactions, 0);
}

static void a_short_transaction_uses_it_up(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, PACKET - 1};
    begin(1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(arm(PACKET), IB_OK);
        (void)transfer(sizes[i], 8000000);
        assert_memory_equal(out, packet, sizes[i]);
        assert_int_equal(out[sizes[i]], 0xEE);
        assert_false(ib_sim_spi_slave_armed(&wire));
        assert_int_equal(wire.short_transactions, i + 1);
        assert_int_equal(told(), 1);
    }
    assert_int_equal(wire.empty_transactions, 0);
    assert_int_equal(ib_sim_spi_slave_transfer(&wire, NULL, 0, 1000000), 0);
}

/// What arrives is the packet with bytes missing, then zeros. Return: how many are missing.
static unsigned missing(size_t size, uint32_t seed) {
    size_t at = 0, arrived = 0;
    for (; arrived < size && out[arrived] != 0; arrived++, at++) {
        while (at < PACKET && packet[at] != out[arrived])
            at++;
        if (at == PACKET)
            fail_msg("seed %u: byte %zu was never sent in that order", seed, arrived);
    }
    assert_zeros(out + arrived, size - arrived);
    return PACKET - (unsigned)arrived;
}

static void too_fast_a_clock_loses_bytes(void **state) {
    (void)state;
    static const uint32_t clocks_hz[] = {8000001, 10000000, 16000000, 40000000};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t lost = 0;
        for (uint32_t seed = 0; seed < SEEDS; seed++) {
            begin(seed);
            assert_int_equal(arm(PACKET), IB_OK);
            (void)transfer(ROOM, clocks_hz[i]);
            unsigned now = missing(ROOM, seed);
            if (now == 0)
                fail_msg("seed %u: nothing lost at %u Hz", seed, clocks_hz[i]);
            lost += now;
            assert_int_equal(told(), 1);
        }
        // On average what is above 8 MHz, and at least the one.
        uint64_t expected = (uint64_t)PACKET * SEEDS * (clocks_hz[i] - 8000000) / clocks_hz[i];
        assert_in_range(lost, expected * 95 / 100 + SEEDS / 2, expected * 105 / 100 + 2 * SEEDS);
    }
}

/// Also when the controller stops early: the loss is among what it has read.
static void too_fast_and_short(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        for (unsigned i = 0; i < PACKET; i++)
            packet[i] = (uint8_t)(1 + i % 255);
        assert_int_equal(arm(PACKET), IB_OK);
        (void)transfer(20, 8000001);
        if (memcmp(out, packet, 20) == 0)
            fail_msg("seed %u: nothing lost", seed);
        assert_int_equal(out[20], 0xEE);
    }
    begin(1);
    assert_int_equal(arm(1), IB_OK);
    (void)transfer(1, 9000000);
    assert_int_equal(out[0], 0);
}

static void the_seed_decides(void **state) {
    (void)state;
    static uint8_t first[ROOM];
    begin(5);
    assert_int_equal(arm(PACKET), IB_OK);
    (void)transfer(ROOM, 12000000);
    memcpy(first, out, ROOM);
    begin(5);
    assert_int_equal(arm(PACKET), IB_OK);
    (void)transfer(ROOM, 12000000);
    assert_memory_equal(out, first, ROOM);
    begin(5);
    wire.random ^= 0x1234;
    assert_int_equal(arm(PACKET), IB_OK);
    (void)transfer(ROOM, 12000000);
    assert_memory_not_equal(out, first, ROOM);
}

static void restart_takes_it_back(void **state) {
    (void)state;
    begin(1);
    assert_int_equal(arm(PACKET), IB_OK);
    assert_int_equal(port.ops->restart(port.context), IB_OK);
    assert_false(ib_sim_spi_slave_armed(&wire));
    assert_int_equal(told(), 0);
    (void)transfer(10, 8000000);
    assert_zeros(out, 10);
    assert_int_equal(arm(PACKET), IB_OK);
    (void)transfer(PACKET, 8000000);
    // A transaction that was not told yet is forgotten.
    assert_int_equal(port.ops->restart(port.context), IB_OK);
    assert_int_equal(told(), 0);
    assert_int_equal(arm(PACKET), IB_OK);
}

static void bits_flip(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        begin(seed);
        ib_sim_spi_slave_fault(&wire, IB_SIM_SPI_SLAVE_BIT_FLIPS);
        for (unsigned round = 0; round < 2; round++) { // with a packet, and with none
            if (round == 0)
                assert_int_equal(arm(PACKET), IB_OK);
            (void)transfer(ROOM, 8000000);
            unsigned flips = 0;
            for (unsigned i = 0; i < ROOM; i++)
                flips += (unsigned)__builtin_popcount(
                    out[i] ^ (unsigned)(round == 0 && i < PACKET ? packet[i] : 0));
            if (flips != 1)
                fail_msg("seed %u: %u flips", seed, flips);
        }
        (void)transfer(0, 8000000);
        assert_int_equal(told(), 1);
        ib_sim_spi_slave_fault(&wire, IB_SIM_SPI_SLAVE_WELL);
        (void)transfer(ROOM, 8000000);
        assert_zeros(out, ROOM);
    }
}

static void a_dead_port(void **state) {
    (void)state;
    begin(1);
    ib_sim_spi_slave_fault(&wire, IB_SIM_SPI_SLAVE_DEAD);
    // It cannot be set up again; until somebody tries, it works.
    assert_int_equal(arm(PACKET), IB_OK);
    (void)transfer(PACKET, 8000000);
    assert_memory_equal(out, packet, PACKET);
    assert_int_equal(told(), 1);
    assert_int_equal(arm(PACKET), IB_OK);
    assert_int_equal(port.ops->restart(port.context), IB_E_IO);
    assert_false(ib_sim_spi_slave_armed(&wire));
    assert_int_equal(arm(PACKET), IB_E_IO);
    assert_int_equal(told(), IB_E_IO);
    (void)transfer(10, 8000000);
    assert_zeros(out, 10);
    assert_int_equal(port.ops->restart(port.context), IB_E_IO);
    ib_sim_spi_slave_fault(&wire, IB_SIM_SPI_SLAVE_WELL);
    assert_int_equal(arm(PACKET), IB_E_IO); // the cause has gone, the port is still down
    assert_int_equal(port.ops->restart(port.context), IB_OK);
    assert_int_equal(told(), 0);
    assert_int_equal(arm(PACKET), IB_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_goes_over),
        cmocka_unit_test(what_cannot_be_armed),
        cmocka_unit_test(the_wire_takes_its_time),
        cmocka_unit_test(nothing_armed_reads_zeros),
        cmocka_unit_test(behind_the_packet_are_zeros),
        cmocka_unit_test(a_short_transaction_uses_it_up),
        cmocka_unit_test(too_fast_a_clock_loses_bytes),
        cmocka_unit_test(too_fast_and_short),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(restart_takes_it_back),
        cmocka_unit_test(bits_flip),
        cmocka_unit_test(a_dead_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
