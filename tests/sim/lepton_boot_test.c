/// Power, reset, boot and the lines, in bytes and microseconds.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

static int probe(void) {
    uint8_t bytes[2];
    return rig_read(0x0002, bytes, 2);
}

static void unknown_models_are_refused(void **state) {
    (void)state;
    struct ib_sim_clock clock;
    ib_sim_clock_init(&clock);
    struct ib_sim_lepton_config config = {.model = "9.9", .clock = &clock};
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_E_NOT_FOUND);
    config.model = NULL;
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_E_NOT_FOUND);
    config.model = "3.5";
    config.clock = NULL;
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_E_INVAL);
}

static void silent_for_950_ms_and_counts_haste(void **state) {
    (void)state;
    rig_make("3.5", NULL);
    assert_int_equal(probe(), IB_E_NACK);
    rig_wait_until_us(949900);
    assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(ib_sim_lepton_violations(&rig.part)->i2c_during_boot, 2);
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 2);
    rig_wait_until_us(950000);
    assert_int_equal(rig_peek(0x0002), 0x0006);
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 2);
}

static void transfers_cost_wire_time(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    uint64_t begin_us = rig.clock.now_us;
    rig_peek(0x0002);
    // Start, address, two bytes; start, address, two bytes; stop: 57 bits at 400 kHz.
    assert_int_equal(rig.clock.now_us - begin_us, 57 * 10 / 4);
    uint8_t bytes[164 * 10];
    begin_us = rig.clock.now_us;
    ib_spi_transfer(&rig.spi, NULL, bytes, sizeof bytes);
    assert_int_equal(rig.clock.now_us - begin_us, 656);
    begin_us = rig.clock.now_us;
    for (int i = 0; i < 10; i++)
        ib_spi_transfer(&rig.spi, NULL, bytes, 164);
    assert_int_equal(rig.clock.now_us - begin_us, 656); // 65.6 us each: the rest is kept
}

static void start_up_ffc_then_ready(void **state) {
    (void)state;
    rig_make("3.5", NULL);
    rig_wait_until_us(960000);
    assert_int_equal(rig_get_32(0x0244), 1);
    assert_int_equal(rig_get_32(0x024C), 2);
    uint16_t words[4];
    assert_int_equal(rig_get(0x0204, words, 4), 0);
    assert_int_equal(rig_u32(words), 4); // flat field in process
    // 14 frames of 1/26.5 s after 950 ms the collecting begins, 8 frames later it is over.
    rig_wait_until_us(950000 + 14 * 37736 + 5000);
    assert_int_equal(rig_get_32(0x0244), 2);
    rig_wait_until_us(950000 + 867924 - 6000);
    assert_int_equal(rig_get_32(0x0244), 1);
    rig_wait_until_us(950000 + 867925);
    assert_int_equal(rig_get_32(0x0244), 0);
    assert_int_equal(rig_get_32(0x024C), 3);
    assert_int_equal(rig_get(0x0204, words, 4), 0);
    assert_int_equal(rig_u32(words), 0);
    rig_clean();
}

static void parts_without_shutter_wait_for_the_host(void **state) {
    (void)state;
    rig_make("1.6", NULL);
    rig_wait_until_us(1000000);
    assert_int_equal(rig_get_32(0x0244), 0);
    uint16_t words[16];
    assert_int_equal(rig_get(0x0204, words, 4), 0);
    assert_int_equal(rig_u32(words), 1); // initialising: no video yet
    assert_int_equal(rig_get(0x023C, words, 16), 0);
    assert_int_equal(rig_u32(words), 2);     // external
    assert_int_equal(rig_u32(words + 6), 1); // desired
    rig_wait_until_us(60000000);
    assert_int_equal(rig_get(0x023C, words, 16), 0);
    assert_int_equal(rig_u32(words + 6), 1);
    assert_int_equal(rig_run(0x0242), 0);
    rig_wait_us(1000000);
    assert_int_equal(rig_get(0x023C, words, 16), 0);
    assert_int_equal(rig_u32(words + 6), 0);
    assert_int_equal(rig_get_32(0x0244), 0);
    rig_clean();
}

static void first_video_at_1200_ms(void **state) {
    (void)state;
    rig_make("3.5", NULL);
    rig_wait_until_us(1100000);
    struct packet packet;
    uint64_t first_us = 0;
    for (int i = 0; i < 3000 && !first_us; i++) {
        rig_packet(&packet, 164);
        if (!packet.discard)
            first_us = rig.clock.now_us;
    }
    // The first transfer is within the silence before the stream: it starts with the first unit.
    assert_in_range(first_us, 1200000, 1200200);
    assert_int_equal(packet.number, 0);
    assert_true(packet.crc_ok);
    rig_clean();
}

static void clocking_through_a_reboot_needs_silence(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    rig_sync();
    struct unit unit;
    assert_true(rig_unit(&unit, 60, 100000));
    assert_int_equal(rig_poke(0x0004, 0x4842), IB_OK);
    struct packet packet;
    uint64_t until_us = rig.clock.now_us + 2000000;
    while (rig.clock.now_us < until_us) {
        rig_packet(&packet, 164);
        if (rig.clock.now_us > until_us - 1900000)
            assert_true(packet.discard);
    }
    rig_sync();
    assert_true(rig_unit(&unit, 60, 20000));
}

static void reset_line_boots_anew(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    assert_int_equal(ib_gpio_set(&rig.reset, 1), IB_OK);
    assert_int_equal(ib_gpio_get(&rig.reset), 1);
    assert_int_equal(probe(), IB_E_NACK);
    rig_wait_us(10000);
    assert_int_equal(ib_gpio_set(&rig.reset, 0), IB_OK);
    uint64_t begin_us = rig.clock.now_us;
    rig_wait_us(951000);
    assert_int_equal(rig_peek(0x0002), 0x0006);
    assert_int_equal(rig_get_32(0x0218), 0); // defaults are back
    uint32_t uptime_ms = rig_get_32(0x020C);
    assert_in_range(uptime_ms, 951, (rig.clock.now_us - begin_us) / 1000);
    rig_clean();
}

static void a_short_reset_is_a_violation(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    ib_gpio_set(&rig.reset, 1);
    rig_wait_us(150);
    ib_gpio_set(&rig.reset, 0);
    assert_int_equal(ib_sim_lepton_violations(&rig.part)->reset_too_short, 1);
    rig_wait_us(1000000);
    ib_gpio_set(&rig.reset, 1);
    rig_wait_us(250);
    ib_gpio_set(&rig.reset, 0);
    assert_int_equal(ib_sim_lepton_violations(&rig.part)->reset_too_short, 1);
}

static void power_off_reads_zero_and_on_boots(void **state) {
    (void)state;
    rig_ready("2.5", NULL);
    ib_gpio_set(&rig.power, 0);
    assert_int_equal(ib_gpio_get(&rig.power), 0);
    assert_int_equal(probe(), IB_E_NACK);
    uint8_t bytes[164];
    memset(bytes, 0x55, sizeof bytes);
    ib_spi_transfer(&rig.spi, NULL, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 0);
    rig_wait_us(100000);
    ib_gpio_set(&rig.power, 1);
    assert_int_equal(probe(), IB_E_NACK);
    assert_int_equal(ib_sim_lepton_violations(&rig.part)->i2c_during_boot, 1);
    rig_wait_us(951000);
    assert_int_equal(probe(), IB_OK);
}

static void reboot_by_command_is_away_for_950_ms(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    assert_int_equal(rig_poke(0x0006, 0), IB_OK);
    assert_int_equal(rig_poke(0x0004, 0x4842), IB_OK);
    uint64_t begin_us = rig.clock.now_us;
    rig_wait_us(5000);
    while (probe() != IB_OK)
        rig_wait_us(1000);
    assert_in_range(rig.clock.now_us - begin_us, 950000, 954000);
    assert_int_equal(rig_get_32(0x0218), 0);
    rig_clean(); // the host cannot see this boot begin: asking is allowed
}

static void power_down_and_wake_by_register_0(void **state) {
    (void)state;
    static const uint16_t commands[4] = {0x4802, 0x4806, 0x480A, 0x480E};
    for (int i = 0; i < 4; i++) {
        rig_ready("3.5", NULL);
        assert_int_equal(rig_poke(0x0004, commands[i]), IB_OK);
        rig_wait_us(5000);
        assert_int_equal(probe(), IB_E_NACK);
        assert_int_equal(rig_poke(0x0000, 1), IB_E_NACK);
        assert_int_equal(rig_poke(0x0000, 0), IB_OK);
        assert_int_equal(probe(), IB_E_NACK);
        rig_wait_us(951000);
        assert_int_equal(rig_peek(0x0002), 0x0006);
    }
}

static void unplugged_and_plugged(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    ib_sim_lepton_plug(&rig.part, false);
    assert_int_equal(probe(), IB_E_NACK);
    ib_gpio_set(&rig.reset, 1);
    rig_wait_us(1000);
    ib_gpio_set(&rig.reset, 0);
    rig_wait_us(2000000);
    assert_int_equal(probe(), IB_E_NACK);
    ib_sim_lepton_plug(&rig.part, true);
    assert_int_equal(probe(), IB_E_NACK);
    rig_wait_us(951000);
    assert_int_equal(probe(), IB_OK);
    rig_clean();
}

static unsigned pulses(uint64_t from_us, uint64_t to_us, uint64_t *first_us) {
    unsigned edges = 0;
    int before = 0;
    *first_us = 0;
    for (uint64_t at_us = from_us; at_us < to_us; at_us += 50) {
        rig_wait_until_us(at_us);
        int level = ib_gpio_get(&rig.vsync);
        if (level && !before) {
            if (!edges)
                *first_us = rig.clock.now_us;
            edges++;
        }
        before = level;
    }
    return edges;
}

static void vsync_pulses_in_mode_5(void **state) {
    (void)state;
    uint64_t first_us, later_us;
    rig_ready("3.5", NULL);
    assert_int_equal(pulses(3100000, 3200000, &first_us), 0);
    assert_int_equal(rig_set_32(0x4855, 5), 0);
    assert_int_equal(ib_gpio_set(&rig.vsync, 1), IB_E_UNSUPPORTED);
    assert_int_equal(pulses(4200300, 5200300, &first_us), 106);
    // Units lie 1/106 s apart from 1.2 s on.
    assert_in_range(first_us, 4200000 + 9433, 4200000 + 9433 + 60);
    assert_int_equal(rig_set_32(0x4859, 2), 0);
    assert_int_equal(pulses(6200300, 7200300, &later_us), 106);
    assert_in_range(later_us, 6200000 + 1000, 6200000 + 1060);
    assert_int_equal(rig_set_32(0x4859, -3), 0);
    assert_int_equal(pulses(8200300, 9200300, &later_us), 106);
    assert_in_range(later_us, 8200000 + 9433 - 1500, 8200000 + 9433 - 1440);

    rig_ready("2.0", NULL);
    assert_int_equal(rig_set_32(0x4855, 5), 0);
    assert_in_range(pulses(4000000, 14000000, &first_us), 264, 266); // 26.5 a second
    rig_clean();
}

static void rig_bytes(uint8_t *out, size_t size) {
    rig_make("3.5", NULL);
    rig.part.config.quiet = false;
    struct ib_sim_lepton_config config = rig.part.config;
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_OK);
    rig_wait_until_us(2000000);
    ib_spi_transfer(&rig.spi, NULL, out, size);
}

static void same_calls_same_bytes(void **state) {
    (void)state;
    static uint8_t first[164 * 800], second[164 * 800];
    rig_bytes(first, sizeof first);
    rig_bytes(second, sizeof second);
    assert_memory_equal(first, second, sizeof first);
    assert_int_not_equal(first[164 * 700], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_models_are_refused),
        cmocka_unit_test(silent_for_950_ms_and_counts_haste),
        cmocka_unit_test(transfers_cost_wire_time),
        cmocka_unit_test(start_up_ffc_then_ready),
        cmocka_unit_test(parts_without_shutter_wait_for_the_host),
        cmocka_unit_test(first_video_at_1200_ms),
        cmocka_unit_test(clocking_through_a_reboot_needs_silence),
        cmocka_unit_test(reset_line_boots_anew),
        cmocka_unit_test(a_short_reset_is_a_violation),
        cmocka_unit_test(power_off_reads_zero_and_on_boots),
        cmocka_unit_test(reboot_by_command_is_away_for_950_ms),
        cmocka_unit_test(power_down_and_wake_by_register_0),
        cmocka_unit_test(unplugged_and_plugged),
        cmocka_unit_test(vsync_pulses_in_mode_5),
        cmocka_unit_test(same_calls_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
