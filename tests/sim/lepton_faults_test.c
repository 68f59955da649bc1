/// Every misbehaviour as it looks on the wires, and what ends it.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

static struct unit unit;
static struct picture picture, other;

static int probe(void) {
    uint8_t bytes[2];
    return rig_read(0x0002, bytes, 2);
}

static void fault(enum ib_sim_fault which, uint32_t count, uint64_t duration_us) {
    assert_int_equal(ib_sim_lepton_fault(&rig.part, which, count, duration_us), IB_OK);
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), which);
}

static void over(void) {
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_NONE);
}

/// A 3.5 in step, telemetry in the footer, just after segment 1 of a frame was read.
static void in_step(void) {
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_sync();
    do
        assert_true(rig_unit(&unit, 61, 20000));
    while (unit.segment != 1);
}

/// The next 61 packets that are no discards.
static void read_unit(void) {
    assert_true(rig_unit(&unit, 61, 30000));
}

static void toggle_reset(void) {
    ib_gpio_set(&rig.reset, 1);
    rig_wait_us(10000);
    ib_gpio_set(&rig.reset, 0);
    rig_wait_us(951000);
}

static void toggle_power(void) {
    ib_gpio_set(&rig.power, 0);
    rig_wait_us(100000);
    ib_gpio_set(&rig.power, 1);
    rig_wait_us(951000);
}

static void names(void **state) {
    (void)state;
    for (int i = 0; i < IB_FAULT_COUNT; i++) {
        const char *name = ib_sim_fault_name((enum ib_sim_fault)i);
        assert_non_null(name);
        assert_true(strlen(ib_sim_fault_about((enum ib_sim_fault)i)) > 5);
        assert_int_equal(ib_sim_fault_named(name), i);
        for (const char *c = name; *c; c++)
            assert_true((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-');
    }
    assert_string_equal(ib_sim_fault_name(IB_FAULT_CRC_ERROR), "crc-error");
    assert_int_equal(ib_sim_fault_named("ffc-brown-out"), IB_FAULT_FFC_BROWN_OUT);
    assert_null(ib_sim_fault_name(IB_FAULT_COUNT));
    assert_null(ib_sim_fault_about(IB_FAULT_COUNT));
    assert_int_equal(ib_sim_fault_named("no-such"), IB_FAULT_NONE);
    assert_int_equal(ib_sim_fault_named(NULL), IB_FAULT_NONE);
    rig_ready("2.5", NULL);
    assert_int_equal(ib_sim_lepton_fault(&rig.part, IB_FAULT_NONE, 0, 0), IB_E_INVAL);
    assert_int_equal(ib_sim_lepton_fault(&rig.part, IB_FAULT_COUNT, 0, 0), IB_E_INVAL);
    assert_int_equal(ib_sim_lepton_fault(&rig.part, IB_FAULT_SEGMENT_ORDER, 0, 0), IB_E_INVAL);
    over();
}

static void i2c_nack(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    fault(IB_FAULT_I2C_NACK, 2, 0);
    assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(rig_poke(0x0006, 1), IB_E_NACK);
    assert_int_equal(probe(), IB_OK);
    over();
    fault(IB_FAULT_I2C_NACK, 0, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(probe(), IB_OK);
    rig_clean();
}

static void i2c_stuck(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    fault(IB_FAULT_I2C_STUCK, 0, 25000);
    uint64_t begin_us = rig.clock.now_us;
    while (probe() == IB_E_TIMEOUT)
        ;
    assert_in_range(rig.clock.now_us - begin_us, 25000, 36000);
    assert_int_equal(probe(), IB_OK);
    over();
    rig_clean();
}

static void i2c_bit_flip(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_poke(0x0008, 0x5AA5), IB_OK);
    fault(IB_FAULT_I2C_BIT_FLIP, 1, 0);
    unsigned wrong = rig_peek(0x0008) ^ 0x5AA5u;
    assert_true(wrong && !(wrong & (wrong - 1)));
    assert_int_equal(rig_peek(0x0008), 0x5AA5);
    over();
    rig_clean();
}

static void packet_bit_flip_and_crc_error(void **state) {
    (void)state;
    in_step();
    read_unit(); // segment 2
    static struct unit good;
    fault(IB_FAULT_PACKET_BIT_FLIP, 3, 0);
    read_unit();
    assert_int_equal(unit.bad_crc, 3);
    assert_int_equal(unit.bad_order, 0);
    over();
    // Fillers repeat segment 4: the same content, good and bad.
    read_unit();
    assert_int_equal(unit.bad_crc, 0);
    read_unit();
    good = unit;
    fault(IB_FAULT_PACKET_BIT_FLIP, 1, 0);
    read_unit();
    unsigned bits = 0;
    for (unsigned i = 0; i < 80; i++)
        bits += (unsigned)__builtin_popcount((unsigned)(unit.words[0][i] ^ good.words[0][i]));
    assert_int_equal(bits, 1);
    fault(IB_FAULT_CRC_ERROR, 2, 0);
    read_unit();
    assert_int_equal(unit.bad_crc, 2);
    assert_memory_equal(unit.words, good.words, sizeof good.words);
    over();
    rig_clean();
}

static void packet_drop_and_duplicate(void **state) {
    (void)state;
    in_step();
    struct packet packet;
    do
        rig_packet(&packet, 164);
    while (packet.discard || packet.number != 9);
    fault(IB_FAULT_PACKET_DROP, 2, 0);
    rig_packet(&packet, 164);
    assert_int_equal(packet.number, 12);
    fault(IB_FAULT_PACKET_DUPLICATE, 1, 0);
    rig_packet(&packet, 164);
    assert_int_equal(packet.number, 13);
    rig_packet(&packet, 164);
    assert_int_equal(packet.number, 13);
    assert_true(packet.crc_ok);
    over();
    for (unsigned number = 14; number <= 60; number++) {
        rig_packet(&packet, 164);
        assert_int_equal(packet.number, number);
    }
    read_unit();
    assert_int_equal(unit.bad_order + unit.bad_crc, 0);
    rig_clean();
}

static void packet_late(void **state) {
    (void)state;
    in_step();
    uint64_t before_us = unit.first_us;
    fault(IB_FAULT_PACKET_LATE, 1, 2000);
    read_unit();
    assert_in_range(unit.first_us - before_us, 11400, 11500);
    assert_int_equal(unit.segment, 2);
    over();
    read_unit();
    assert_in_range(unit.first_us - before_us, 18800, 18900);
    assert_int_equal(unit.segment, 3);
    assert_int_equal(unit.bad_order + unit.bad_crc, 0);
    rig_clean();
}

static void stale_segment(void **state) {
    (void)state;
    in_step();
    ib_sim_lepton_scene(&rig.part, ib_sim_scene_named("person"));
    assert_int_equal(rig_set_32(0x482D, 2), 0); // a ramp, then a constant
    rig_sync();
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.pixels[9], 9);
    uint16_t value = 55;
    assert_int_equal(rig_set(0x483D, &value, 1), 0);
    assert_int_equal(rig_set_32(0x482D, 3), 0);
    rig_sync();
    fault(IB_FAULT_STALE_SEGMENT, 0, 0);
    do
        read_unit();
    while (unit.segment == 0);
    assert_int_equal(unit.bad_crc, 0);
    assert_true(unit.words[0][1] != 55); // of the frame before
    over();
    assert_true(rig_picture(&picture, 2, 1000000));
    for (unsigned i = 0; i < 19200; i++)
        assert_int_equal(picture.pixels[i], 55);
    rig_clean();
}

static void segment_order(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_SEGMENT_ORDER, 1, 0);
    unsigned order[24];
    for (unsigned i = 0; i < 24; i++) {
        read_unit();
        assert_int_equal(unit.bad_crc + unit.bad_order, 0);
        order[i] = unit.segment;
    }
    // This frame 2 3 4, fillers, the next one mixed up, and right again after it.
    static const unsigned expected[24] = {2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                                          2, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    assert_memory_equal(order, expected, sizeof order);
    over();
    rig_clean();
}

static void discard_storm(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_DISCARD_STORM, 0, 100000);
    uint64_t begin_us = rig.clock.now_us;
    struct packet packet;
    do
        rig_packet(&packet, 164);
    while (packet.discard);
    assert_in_range(rig.clock.now_us - begin_us, 100000, 100000 + 9500);
    assert_int_equal(packet.number, 0);
    over();
    rig_clean();
}

static void desync(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_DESYNC, 0, 0);
    struct packet packet;
    unsigned good = 0, video = 0;
    for (int i = 0; i < 3000; i++) {
        rig_packet(&packet, 164);
        video += !packet.discard;
        good += !packet.discard && packet.crc_ok;
    }
    assert_true(video > 2000);
    assert_true(good < 5); // by chance
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_DESYNC);
    rig_wait_us(184000);
    rig_packet(&packet, 164);
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_DESYNC);
    rig_wait_us(185000);
    read_unit();
    assert_int_equal(unit.bad_crc + unit.bad_order, 0);
    over();
    rig_clean();
}

static void byte_slip(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_BYTE_SLIP, 0, 0);
    // The same bytes, one later: put back, the checksums are right again.
    uint8_t line[164 * 40 + 1];
    struct packet packet;
    do
        rig_packet(&packet, 164);
    while (packet.bytes[1] == 0xFF && packet.bytes[2] == 0xFF);
    memcpy(line, packet.bytes, 164);
    for (size_t i = 1; i < 40; i++) {
        rig_packet(&packet, 164);
        memcpy(line + 164 * i, packet.bytes, 164);
    }
    unsigned numbers = 0;
    for (size_t i = 0; i < 39; i++) {
        uint8_t whole[164];
        memcpy(whole, line + 164 * i + 1, 164);
        uint16_t crc = (uint16_t)(whole[2] << 8 | whole[3]);
        assert_int_equal(whole[1], numbers);
        numbers++;
        whole[0] &= 0x0F;
        whole[2] = whole[3] = 0;
        assert_int_equal(rig_crc(whole, 164), crc);
    }
    rig_sync();
    read_unit();
    assert_int_equal(unit.bad_crc + unit.bad_order, 0);
    over();
    rig_clean();
}

static void miso_stuck(void **state) {
    (void)state;
    for (int high = 0; high < 2; high++) {
        in_step();
        fault(high ? IB_FAULT_MISO_HIGH : IB_FAULT_MISO_LOW, 0, 50000);
        uint64_t until_us = rig.clock.now_us + 50000;
        while (rig.clock.now_us < until_us) {
            struct packet packet;
            rig_packet(&packet, 164);
            for (unsigned i = 0; i < 164; i++)
                assert_int_equal(packet.bytes[i], high ? 0xFF : 0x00);
            // Held low, the line forges a packet 0 with a good checksum.
            assert_int_equal(packet.crc_ok && !packet.discard, !high);
        }
        over();
        // The part itself was clocked all the time and is in step.
        struct packet packet;
        do
            rig_packet(&packet, 164);
        while (packet.discard || packet.number != 0);
        for (unsigned i = 1; i < 61; i++) {
            rig_packet(&packet, 164);
            assert_int_equal(packet.number, i);
        }
        rig_clean();
    }
}

static void cci_busy(void **state) {
    (void)state;
    for (int by_power = 0; by_power < 2; by_power++) {
        rig_ready("3.5", NULL);
        fault(IB_FAULT_CCI_BUSY, 0, 0);
        assert_int_equal(probe(), IB_OK);
        assert_int_equal(rig_poke(0x0004, 0x0218), IB_OK);
        rig_wait_us(10000000);
        assert_int_equal(rig_peek(0x0002), 0x0007);
        if (by_power)
            toggle_power();
        else
            toggle_reset();
        over();
        assert_int_equal(rig_get_32(0x0218), 0);
        rig_clean();
    }
    // Healed, the command is given up.
    fault(IB_FAULT_CCI_BUSY, 0, 0);
    assert_int_equal(rig_poke(0x0004, 0x0218), IB_OK);
    rig_wait_us(100000);
    ib_sim_lepton_heal(&rig.part);
    assert_int_equal(rig_peek(0x0002), 0xFF06);
    assert_int_equal(rig_get_32(0x0218), 0);
}

static void reboot_in_a_command(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0225, 5), 0);
    fault(IB_FAULT_REBOOT, 0, 0);
    assert_int_equal(rig_poke(0x0004, 0x0224), IB_OK);
    over();
    rig_wait_us(1000);
    assert_int_equal(probe(), IB_E_NACK);
    rig_wait_us(951000);
    assert_int_equal(rig_get_32(0x0224), 3);
    rig_clean();
}

static void freeze(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_FREEZE, 0, 0);
    assert_true(rig_picture(&picture, 2, 1000000));
    for (int i = 0; i < 20; i++) {
        assert_true(rig_picture(&other, 2, 1000000));
        assert_memory_equal(picture.rows, other.rows, sizeof picture.rows);
        assert_memory_equal(picture.pixels, other.pixels, sizeof picture.pixels);
    }
    assert_int_equal(rig_run(0x0242), 0); // the control interface lives
    rig_wait_us(1000000);
    assert_true(rig_picture(&other, 2, 1000000));
    assert_int_equal(rig_u32(picture.rows + 20), rig_u32(other.rows + 20));
    // A reboot by command is enough.
    assert_int_equal(rig_poke(0x0004, 0x4842), IB_OK);
    rig_wait_us(2500000);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    over();
    rig_wait_us(200000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_true(rig_picture(&other, 2, 1000000));
    assert_int_equal(rig_u32(picture.rows + 20) + 1, rig_u32(other.rows + 20));
    rig_clean();
}

static void all_bytes(uint8_t value) {
    struct packet packet;
    rig_packet(&packet, 164);
    for (unsigned i = 0; i < 164; i++)
        assert_int_equal(packet.bytes[i], value);
}

static void hang_and_latch_up(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_HANG, 0, 0);
    assert_int_equal(probe(), IB_E_NACK);
    all_bytes(0xFF);
    rig_wait_us(20000000);
    assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_HANG);
    toggle_reset();
    assert_int_equal(probe(), IB_OK);
    over();
    // A latch-up does not hear the reset line.
    fault(IB_FAULT_LATCH_UP, 0, 0);
    assert_int_equal(probe(), IB_E_NACK);
    all_bytes(0x00);
    toggle_reset();
    assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_LATCH_UP);
    toggle_power();
    assert_int_equal(probe(), IB_OK);
    over();
    // Power also ends a hang, and healing ends both.
    fault(IB_FAULT_HANG, 0, 0);
    toggle_power();
    assert_int_equal(probe(), IB_OK);
    fault(IB_FAULT_LATCH_UP, 0, 0);
    ib_sim_lepton_heal(&rig.part);
    rig_wait_us(951000);
    assert_int_equal(probe(), IB_OK);
    over();
    rig_clean();
}

/// Begun when the part was off or held anyway: the boot that follows is a good one.
static void hang_and_latch_up_of_a_part_that_is_off(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    ib_gpio_set(&rig.power, 0);
    fault(IB_FAULT_HANG, 0, 0);
    ib_gpio_set(&rig.power, 1);
    rig_wait_us(951000);
    assert_int_equal(probe(), IB_OK);
    over();
    ib_gpio_set(&rig.reset, 1);
    fault(IB_FAULT_HANG, 0, 0);
    rig_wait_us(10000);
    ib_gpio_set(&rig.reset, 0);
    rig_wait_us(951000);
    assert_int_equal(probe(), IB_OK);
    over();
    // Out of its socket a part has no power either.
    fault(IB_FAULT_LATCH_UP, 0, 0);
    ib_sim_lepton_plug(&rig.part, false);
    ib_sim_lepton_plug(&rig.part, true);
    rig_wait_us(951000);
    assert_int_equal(probe(), IB_OK);
    over();
    rig_clean();
}

static void ffc_brown_out(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0225, 5), 0);
    fault(IB_FAULT_FFC_BROWN_OUT, 0, 0);
    assert_int_equal(rig_poke(0x0004, 0x0242), IB_OK);
    rig_wait_us(6000);
    assert_int_equal(probe(), IB_E_NACK);
    over();
    rig_wait_us(951000);
    assert_int_equal(rig_get_32(0x0224), 3);
    assert_true(rig_get_32(0x020C) < 960);
    assert_int_equal(rig_get_32(0x024C), 2); // the start-up one goes well
    rig_wait_us(1000000);
    assert_int_equal(rig_get_32(0x024C), 3);
    rig_clean();
}

static void ffc_long(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    fault(IB_FAULT_FFC_LONG, 0, 1500000);
    assert_int_equal(rig_run(0x0242), 0);
    uint64_t begin_us = rig.clock.now_us;
    over();
    while (rig_get_32(0x0244))
        rig_wait_us(1000);
    assert_in_range(rig.clock.now_us - begin_us, 2360000, 2375000);
    rig_clean();
}

static void ffc_no_video(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_FFC_NO_VIDEO, 0, 0);
    assert_int_equal(rig_run(0x0242), 0);
    rig_sync();
    struct packet packet;
    uint64_t until_us = rig.clock.now_us + 3000000;
    while (rig.clock.now_us < until_us) {
        rig_packet(&packet, 164);
        assert_true(packet.discard);
    }
    rig_sync();
    read_unit();
    assert_int_equal(unit.bad_crc + unit.bad_order, 0);
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_FFC_NO_VIDEO);
    ib_sim_lepton_heal(&rig.part);
    over();
    assert_int_equal(rig_run(0x0242), 0);
    rig_sync();
    read_unit();
    rig_clean();
}

static void reboot_deaf(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    fault(IB_FAULT_REBOOT_DEAF, 0, 0);
    toggle_reset(); // not what it waits for
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_REBOOT_DEAF);
    assert_int_equal(rig_poke(0x0004, 0x4842), IB_OK);
    rig_wait_us(30000000);
    assert_int_equal(probe(), IB_E_NACK);
    toggle_reset();
    assert_int_equal(probe(), IB_OK);
    over();
    assert_int_equal(rig_poke(0x0004, 0x4842), IB_OK);
    rig_wait_us(960000);
    assert_int_equal(probe(), IB_OK);
    rig_clean();
}

static void unplug(void **state) {
    (void)state;
    in_step();
    fault(IB_FAULT_UNPLUG, 0, 0);
    assert_int_equal(probe(), IB_E_NACK);
    all_bytes(0x00);
    toggle_reset();
    toggle_power();
    assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_UNPLUG);
    ib_sim_lepton_heal(&rig.part);
    over();
    assert_int_equal(probe(), IB_E_NACK);
    rig_wait_us(951000);
    assert_int_equal(probe(), IB_OK);
    rig_clean();
    fault(IB_FAULT_UNPLUG, 0, 0);
    ib_sim_lepton_plug(&rig.part, true);
    over();
}

static void healing_puts_the_stream_back(void **state) {
    (void)state;
    static const enum ib_sim_fault kinds[2] = {IB_FAULT_DESYNC, IB_FAULT_BYTE_SLIP};
    for (int i = 0; i < 2; i++) {
        in_step();
        fault(kinds[i], 0, 0);
        struct packet packet;
        rig_packet(&packet, 164);
        ib_sim_lepton_heal(&rig.part);
        over();
        read_unit();
        assert_int_equal(unit.bad_crc + unit.bad_order, 0);
        rig_clean();
    }
}

static void several_at_once(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    fault(IB_FAULT_FREEZE, 0, 0);
    fault(IB_FAULT_I2C_NACK, 1, 0);
    assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(ib_sim_lepton_faulty(&rig.part), IB_FAULT_FREEZE);
    ib_sim_lepton_heal(&rig.part);
    over();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(i2c_nack),
        cmocka_unit_test(i2c_stuck),
        cmocka_unit_test(i2c_bit_flip),
        cmocka_unit_test(packet_bit_flip_and_crc_error),
        cmocka_unit_test(packet_drop_and_duplicate),
        cmocka_unit_test(packet_late),
        cmocka_unit_test(stale_segment),
        cmocka_unit_test(segment_order),
        cmocka_unit_test(discard_storm),
        cmocka_unit_test(desync),
        cmocka_unit_test(byte_slip),
        cmocka_unit_test(miso_stuck),
        cmocka_unit_test(cci_busy),
        cmocka_unit_test(reboot_in_a_command),
        cmocka_unit_test(freeze),
        cmocka_unit_test(hang_and_latch_up),
        cmocka_unit_test(hang_and_latch_up_of_a_part_that_is_off),
        cmocka_unit_test(ffc_brown_out),
        cmocka_unit_test(ffc_long),
        cmocka_unit_test(ffc_no_video),
        cmocka_unit_test(reboot_deaf),
        cmocka_unit_test(unplug),
        cmocka_unit_test(healing_puts_the_stream_back),
        cmocka_unit_test(several_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
