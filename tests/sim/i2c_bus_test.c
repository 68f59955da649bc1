/// The simulated I2C bus raw: who is spoken to, what it costs, how it fails.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "sim/i2c_bus.h"

/// A part that keeps what it is told, and answers with a number of its own.
struct part {
    uint8_t answer, address7, told[4];
    unsigned calls;
    int status;
};

static struct part one, two;
static struct ib_sim_clock wire_time;
static struct ib_sim_i2c_bus bus;
static struct ib_i2c door;

static int talk(void *context, uint8_t address7, const struct ib_i2c_part *parts, size_t count) {
    struct part *self = context;
    self->calls++;
    self->address7 = address7;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].read)
            memset(parts[i].data, self->answer, parts[i].size);
        else
            memcpy(self->told, parts[i].data, parts[i].size < 4 ? parts[i].size : 4);
    }
    return self->status;
}

static const struct ib_i2c_ops PART_OPS = {.transfer = talk};

static void begin(void) {
    one = (struct part){.answer = 0x11};
    two = (struct part){.answer = 0x22};
    ib_sim_clock_init(&wire_time);
    ib_sim_i2c_bus_init(&bus, &wire_time, 100000);
    assert_int_equal(ib_sim_i2c_bus_attach(&bus, 0x2A, (struct ib_i2c){&PART_OPS, &one}), IB_OK);
    assert_int_equal(ib_sim_i2c_bus_attach(&bus, 0x3C, (struct ib_i2c){&PART_OPS, &two}), IB_OK);
    door = ib_sim_i2c_bus_table(&bus);
}

static int read_from(uint8_t address7, uint8_t *out, size_t size) {
    uint8_t pointer[2] = {0x30, 0x0A};
    const struct ib_i2c_part parts[] = {{pointer, 2, 0}, {out, size, 1}};
    return ib_i2c_transfer(&door, address7, parts, 2);
}

static void the_address_decides(void **state) {
    (void)state;
    uint8_t in[3];
    begin();
    assert_int_equal(read_from(0x3C, in, 3), IB_OK);
    assert_int_equal(in[0], 0x22);
    assert_int_equal(two.address7, 0x3C);
    assert_int_equal(two.told[0], 0x30);
    assert_int_equal(two.told[1], 0x0A);
    assert_int_equal(one.calls, 0);
    assert_int_equal(read_from(0x2A, in, 3), IB_OK);
    assert_int_equal(in[2], 0x11);
    assert_int_equal(two.calls, 1);
    assert_int_equal(wire_time.now_us, 0); // parts spend their own time
    assert_int_equal(bus.transfers, 2);
    assert_int_equal(bus.unanswered, 0);
}

static void nobody_there(void **state) {
    (void)state;
    uint8_t in[1] = {0x55};
    begin();
    assert_int_equal(read_from(0x29, in, 1), IB_E_NACK);
    assert_int_equal(in[0], 0x55);
    assert_int_equal(wire_time.now_us, 110);                            // 11 bits at 100 kHz
    assert_int_equal(ib_i2c_transfer(&door, 0x29, NULL, 0), IB_E_NACK); // a scan
    assert_int_equal(bus.unanswered, 2);
    one.status = IB_E_NACK;
    assert_int_equal(read_from(0x2A, in, 1), IB_E_NACK);
    assert_int_equal(bus.unanswered, 3);
}

static void parts_come_and_go(void **state) {
    (void)state;
    uint8_t in[1];
    struct ib_i2c part = {&PART_OPS, &one};
    begin();
    assert_int_equal(ib_sim_i2c_bus_attach(&bus, 0x3C, part), IB_E_BUSY);
    assert_int_equal(ib_sim_i2c_bus_attach(&bus, 0x07, part), IB_E_RANGE);
    assert_int_equal(ib_sim_i2c_bus_attach(&bus, 0x78, part), IB_E_RANGE);
    assert_int_equal(ib_sim_i2c_bus_detach(&bus, 0x2A), IB_OK);
    assert_int_equal(ib_sim_i2c_bus_detach(&bus, 0x2A), IB_E_NOT_FOUND);
    assert_int_equal(read_from(0x2A, in, 1), IB_E_NACK);
    assert_int_equal(read_from(0x3C, in, 1), IB_OK);
    for (uint8_t i = 1; i < IB_SIM_I2C_BUS_PARTS; i++)
        assert_int_equal(ib_sim_i2c_bus_attach(&bus, (uint8_t)(0x40 + i), part), IB_OK);
    assert_int_equal(ib_sim_i2c_bus_attach(&bus, 0x50, part), IB_E_NO_SPACE);
    assert_int_equal(read_from(0x47, in, 1), IB_OK);
    assert_int_equal(in[0], 0x11);
}

static void it_does_not_acknowledge(void **state) {
    (void)state;
    uint8_t in[1];
    begin();
    ib_sim_i2c_bus_fault(&bus, IB_SIM_I2C_BUS_NACK, 2);
    assert_int_equal(read_from(0x2A, in, 1), IB_E_NACK);
    assert_int_equal(read_from(0x3C, in, 1), IB_E_NACK);
    assert_int_equal(read_from(0x2A, in, 1), IB_OK);
    assert_int_equal(one.calls, 1);
    assert_int_equal(two.calls, 0);
    assert_int_equal(wire_time.now_us, 220);
}

static void it_is_stuck(void **state) {
    (void)state;
    uint8_t in[1];
    begin();
    ib_sim_i2c_bus_fault(&bus, IB_SIM_I2C_BUS_STUCK, 25000);
    assert_int_equal(read_from(0x2A, in, 1), IB_E_TIMEOUT);
    assert_int_equal(wire_time.now_us, 10000);
    assert_int_equal(read_from(0x2A, in, 1), IB_E_TIMEOUT);
    // Let go before the master gives up: the transaction then succeeds.
    assert_int_equal(read_from(0x2A, in, 1), IB_OK);
    assert_int_equal(wire_time.now_us, 25000);
    assert_int_equal(one.calls, 1);
    ib_sim_i2c_bus_fault(&bus, IB_SIM_I2C_BUS_STUCK, 0);
    ib_sim_i2c_bus_fault(&bus, IB_SIM_I2C_BUS_WELL, 0);
    assert_int_equal(read_from(0x2A, in, 1), IB_OK);
    assert_int_equal(wire_time.now_us, 25000);
}

static void a_bit_flips(void **state) {
    (void)state;
    uint8_t first[2], second[3];
    begin();
    for (unsigned round = 0; round < 100; round++) {
        uint8_t pointer = 7;
        const struct ib_i2c_part parts[] = {{first, 2, 1}, {&pointer, 1, 0}, {second, 3, 1}};
        const struct ib_i2c_part only_write[] = {{&pointer, 1, 0}};
        ib_sim_i2c_bus_fault(&bus, IB_SIM_I2C_BUS_BIT_FLIP, 1);
        assert_int_equal(ib_i2c_transfer(&door, 0x2A, only_write, 1), IB_OK); // nothing to flip
        assert_int_equal(ib_i2c_transfer(&door, 0x2A, parts, 3), IB_OK);
        unsigned flips = 0;
        for (unsigned i = 0; i < 2; i++)
            flips += (unsigned)__builtin_popcount(first[i] ^ 0x11u);
        for (unsigned i = 0; i < 3; i++)
            flips += (unsigned)__builtin_popcount(second[i] ^ 0x11u);
        assert_int_equal(flips, 1);
        assert_int_equal(pointer, 7);
        assert_int_equal(ib_i2c_transfer(&door, 0x2A, parts, 3), IB_OK);
        assert_int_equal(first[0] == 0x11 && first[1] == 0x11 && second[2] == 0x11, 1);
    }
}

static void faults_have_names(void **state) {
    (void)state;
    for (int fault = 0; fault < IB_SIM_I2C_BUS_FAULTS; fault++)
        assert_non_null(ib_sim_i2c_bus_fault_name((enum ib_sim_i2c_bus_fault)fault));
    assert_null(ib_sim_i2c_bus_fault_name(IB_SIM_I2C_BUS_FAULTS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_decides), cmocka_unit_test(nobody_there),
        cmocka_unit_test(parts_come_and_go),   cmocka_unit_test(it_does_not_acknowledge),
        cmocka_unit_test(it_is_stuck),         cmocka_unit_test(a_bit_flips),
        cmocka_unit_test(faults_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
