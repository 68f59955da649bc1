/// The video stream packet by packet: cadence, checksums, layout, keeping and losing step.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

static struct unit unit;
static struct picture picture, other;

static void constant(uint16_t value) {
    assert_int_equal(rig_set(0x483D, &value, 1), 0);
    assert_int_equal(rig_set_32(0x482D, 3), 0);
    rig_wait_us(200000); // the next unique frame has it
}

static void checksums_of_known_packets(void **state) {
    (void)state;
    // Header n and 80 zero words, or 80 times 30000: from the definition of the checksum.
    static const struct {
        uint16_t value;
        unsigned number;
        uint16_t crc;
    } rows[] = {{0, 0, 0x0000},  {0, 1, 0x654C},     {0, 20, 0xB117},
                {0, 59, 0xE9DD}, {30000, 0, 0x0021}, {30000, 20, 0xB136}};
    rig_ready("3.5", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        constant(rows[i].value);
        struct packet packet;
        do
            rig_packet(&packet, 164);
        while (packet.discard || packet.number != rows[i].number);
        assert_int_equal(packet.bytes[2] << 8 | packet.bytes[3], rows[i].crc);
        assert_int_equal(packet.bytes[4] << 8 | packet.bytes[5], rows[i].value);
        rig_sync();
    }
    rig_clean();
}

static void large_cadence_over_ten_seconds(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    rig_sync();
    uint64_t begin_us = rig.clock.now_us, first_us = 0, last_us = 0;
    unsigned units = 0, unique = 0, phase = 12;
    while (rig.clock.now_us < begin_us + 10000000) {
        assert_true(rig_unit(&unit, 60, 20000));
        assert_int_equal(unit.bad_crc, 0);
        assert_int_equal(unit.bad_order, 0);
        if (phase == 12 && unit.segment == 1)
            phase = 0;
        if (phase < 12) {
            assert_int_equal(unit.segment, phase < 4 ? phase + 1 : 0);
            phase = (phase + 1) % 12;
        }
        unique += unit.segment == 1;
        first_us = units ? first_us : unit.first_us;
        last_us = unit.first_us;
        units++;
    }
    assert_in_range(units, 1058, 1061);
    assert_in_range(unique, 88, 89); // 8.83 a second
    // 1/106 s apart, to the microsecond over the whole time.
    uint64_t expected_us = (uint64_t)(units - 1) * 1000000 / 106;
    assert_in_range(last_us - first_us, expected_us - 80, expected_us + 80);
    rig_clean();
}

static void small_cadence_sends_each_frame_thrice(void **state) {
    (void)state;
    rig_ready("2.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_sync();
    static struct unit before;
    unsigned units = 0, repeated = 0;
    uint32_t counter = 0, first_counter = 0;
    uint64_t begin_us = rig.clock.now_us;
    while (rig.clock.now_us < begin_us + 10000000) {
        assert_true(rig_unit(&unit, 63, 45000));
        assert_int_equal(unit.bad_crc + unit.bad_order, 0);
        uint32_t now = rig_u32(unit.words[60] + 20);
        if (units && now == counter) {
            repeated++;
            assert_memory_equal(unit.words, before.words, sizeof unit.words);
        } else if (units) {
            assert_int_equal(now, counter + 1);
            if (counter > first_counter)
                assert_int_equal(repeated, 2);
            repeated = 0;
        } else {
            first_counter = now;
        }
        counter = now;
        before = unit;
        units++;
    }
    assert_in_range(units, 264, 266);
    assert_in_range(counter - first_counter, 87, 89);
    rig_clean();
}

static void synchronising_takes_one_unit(void **state) {
    (void)state;
    static const struct {
        const char *model;
        uint64_t limit_us;
    } rows[] = {{"3.5", 9434}, {"2.0", 37736}};
    for (int i = 0; i < 2; i++) {
        rig_ready(rows[i].model, NULL);
        for (int turn = 0; turn < 7; turn++) {
            rig_wait_us(185000 + (uint64_t)turn * 3333);
            struct packet packet;
            uint64_t begin_us = rig.clock.now_us;
            rig_packet(&packet, 164);
            assert_true(packet.discard);
            assert_int_equal(packet.bytes[0] << 8 | packet.bytes[1], 0xFFFF);
            while (packet.discard)
                rig_packet(&packet, 164);
            assert_int_equal(packet.number, 0);
            assert_true(rig.clock.now_us - begin_us < rows[i].limit_us + 132);
        }
    }
    rig_clean();
}

/// In step, and `packets` into a unit.
static void go_into_unit(unsigned packets) {
    struct packet packet;
    rig_sync();
    assert_true(rig_unit(&unit, 60, 100000));
    do
        rig_packet(&packet, 164);
    while (packet.discard);
    for (unsigned i = 1; i < packets; i++)
        rig_packet(&packet, 164);
}

/// Whole units with the right numbers keep coming?
static bool in_step(void) {
    for (int i = 0; i < 14; i++) {
        if (!rig_unit(&unit, 60, 60000) || unit.bad_order || unit.bad_crc)
            return false;
        if (rig.large && unit.segment == 1)
            return true;
    }
    return !rig.large;
}

static void what_loses_step(void **state) {
    (void)state;
    static const char *models[2] = {"3.5", "2.5"};
    for (int m = 0; m < 2; m++) {
        uint64_t unit_us = m ? 37736 : 9434;
        rig_ready(models[m], NULL);
        // A pause that still lets the unit be read to its end is none of them.
        go_into_unit(30);
        rig_wait_us(3000);
        struct packet packet;
        for (unsigned i = 30; i < 60; i++) {
            rig_packet(&packet, 164);
            assert_int_equal(packet.number, i);
        }
        assert_true(in_step());
        // A unit not read to its end.
        go_into_unit(59);
        rig_wait_us(unit_us);
        assert_false(in_step());
        // Silence that is too short does not help, 185 ms does.
        rig_wait_us(184000);
        assert_false(in_step());
        rig_wait_us(185000);
        assert_true(in_step());
        // A whole unit left out.
        go_into_unit(60);
        rig_wait_us(2 * unit_us);
        assert_false(in_step());
        rig_sync();
        assert_true(in_step());
        rig_clean();
    }
}

static void lost_streams_differ(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    bool seen[4] = {false};
    for (int turn = 0; turn < 4; turn++) {
        go_into_unit(10);
        rig_wait_us(50000);
        unsigned video = 0, distinct = 0, last = 999, numbered = 0, first = 999;
        for (int i = 0; i < 1500; i++) {
            struct packet packet;
            rig_packet(&packet, 164);
            if (packet.discard)
                continue;
            assert_true(packet.crc_ok);
            video++;
            distinct += packet.number != last;
            last = packet.number;
            if (packet.number < first)
                first = packet.number;
            numbered += packet.number == 20 && packet.ttt != 0;
        }
        if (video == 0)
            seen[0] = true; // discards only
        else if (distinct == 1)
            seen[1] = true; // the same line for ever
        else if (first > 0)
            seen[2] = true; // a wrong start
        else if (numbered == 0)
            seen[3] = true; // no segment is valid
    }
    assert_true(seen[0] && seen[1] && seen[2] && seen[3]);
    rig_clean();
}

static void again_with_spi_hz(uint32_t hz) {
    rig_make("3.5", NULL);
    struct ib_sim_lepton_config config = rig.part.config;
    config.spi_hz = hz;
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_OK);
    rig_wait_until_us(3000000);
}

static void slow_clocks(void **state) {
    (void)state;
    // 9 MHz: 60 packets take 8.75 ms of 9.43.
    again_with_spi_hz(9000000);
    assert_true(in_step());
    assert_true(in_step());
    // 8 MHz: 9.84 ms, never a whole unit.
    again_with_spi_hz(8000000);
    assert_false(in_step());
    // 800 kHz: one packet takes longer than three lines.
    again_with_spi_hz(800000);
    struct packet packet;
    do
        rig_packet(&packet, 164);
    while (packet.discard);
    assert_int_equal(packet.number, 0);
    uint32_t losses = 0;
    for (int i = 0; i < 20; i++) {
        rig_packet(&packet, 164);
        losses += packet.discard || packet.number != (unsigned)i + 1;
    }
    assert_true(losses > 15);
}

static void one_long_transfer_is_the_same_stream(void **state) {
    (void)state;
    static uint8_t bytes[164 * 700];
    rig_ready("3.5", NULL);
    ib_spi_transfer(&rig.spi, NULL, bytes, sizeof bytes); // 46 ms
    unsigned expected = 0, units = 0, discards = 0;
    for (unsigned i = 0; i < 700; i++) {
        const uint8_t *packet = bytes + 164 * i;
        if ((packet[0] & 0x0F) == 0x0F) {
            assert_int_equal(expected, 0); // only between units
            discards++;
            continue;
        }
        assert_int_equal(packet[1], expected);
        expected = (expected + 1) % 60;
        units += expected == 0;
    }
    assert_in_range(units, 4, 5);
    assert_true(discards > 300);
    rig_clean();
}

static void a_packet_in_two_transfers(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    go_into_unit(10);
    uint8_t bytes[64];
    ib_spi_transfer(&rig.spi, NULL, bytes, sizeof bytes);
    assert_int_equal(bytes[1], 10);
    assert_int_equal(ib_sim_lepton_violations(&rig.part)->partial_packet, 1);
    struct packet packet;
    rig_packet(&packet, 164);
    assert_int_equal(packet.number, 11); // the broken one is gone
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 1);
    assert_int_equal(ib_spi_transfer(&rig.spi, NULL, NULL, 164), IB_OK);
    rig_packet(&packet, 164);
    assert_int_equal(packet.number, 13);
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 1);
}

/// The ramp that test source 2 shows.
static void assert_ramp(const struct picture *shown, unsigned pixels) {
    assert_int_equal(shown->bad, 0);
    for (unsigned i = 0; i < pixels; i++) {
        if (shown->pixels[i] != (i & 0x3FFF))
            fail_msg("pixel %u is %u", i, shown->pixels[i]);
    }
}

static void layouts_lose_no_pixel(void **state) {
    (void)state;
    static const char *models[2] = {"3.5", "2.5"};
    for (int m = 0; m < 2; m++) {
        rig_ready(models[m], NULL);
        unsigned pixels = m ? 80 * 60 : 160 * 120;
        assert_int_equal(rig_set_32(0x482D, 2), 0);
        for (int telemetry = 0; telemetry < 3; telemetry++) {
            assert_int_equal(rig_set_32(0x0219, telemetry != 0), 0);
            if (telemetry)
                assert_int_equal(rig_set_32(0x021D, telemetry == 2), 0);
            rig_wait_us(200000);
            assert_true(rig_picture(&picture, telemetry, 1000000));
            assert_ramp(&picture, pixels);
            if (telemetry) {
                assert_int_equal(picture.rows[0], 14);
                assert_int_equal(picture.rows[72], 7);
                for (unsigned i = 240; i < 320; i++)
                    assert_int_equal(picture.rows[i], 0);
            }
        }
        rig_clean();
    }
}

static void test_pictures(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x482D, 4), 0);
    rig_wait_us(200000);
    assert_true(rig_picture(&picture, 0, 1000000));
    assert_int_equal(picture.pixels[0], 0);
    assert_int_equal(picture.pixels[159], 16383);
    assert_int_equal(picture.pixels[160 * 119 + 159], 16383);
    assert_int_equal(rig_set_32(0x482D, 5), 0);
    rig_wait_us(200000);
    assert_true(rig_picture(&picture, 0, 1000000));
    assert_int_equal(picture.pixels[159], 0);
    assert_int_equal(picture.pixels[160 * 119], 16383);
    rig_clean();
}

static void a_change_of_telemetry_makes_a_reader_lose_step(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    rig_sync();
    assert_true(in_step());
    // 61 packets from the next frame on: a reader of 60 does not notice in time.
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    (void)in_step(); // up to the new frame's first 60 packets
    assert_false(in_step());
    rig_sync();
    assert_true(rig_unit(&unit, 61, 20000));
    assert_int_equal(unit.bad_order, 0);
    rig_clean();
}

static void colour(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    uint16_t lut[512];
    for (unsigned i = 0; i < 256; i++) {
        lut[2 * i] = (uint16_t)((255 - i) << 8); // reserved, R
        lut[2 * i + 1] = (uint16_t)(i | 0x4200); // G, B
    }
    assert_int_equal(rig_set(0x0309, lut, 512), 0);
    assert_int_equal(rig_set_32(0x0331, 3), 0);
    assert_int_equal(rig_get_32(0x4828), 3); // one setting, two names
    uint16_t zero = 0;
    assert_int_equal(rig_set(0x483D, &zero, 1), 0);
    assert_int_equal(rig_set_32(0x482D, 3), 0);
    rig_sync();
    struct packet packet;
    do
        rig_packet(&packet, 244);
    while (packet.discard || packet.number != 1);
    assert_true(packet.crc_ok);
    assert_int_equal(packet.bytes[2] << 8 | packet.bytes[3], 0xF95B);
    uint16_t value = 100 << 6;
    assert_int_equal(rig_set(0x483D, &value, 1), 0);
    assert_int_equal(rig_set_32(0x0305, 8), 0);
    rig_sync();
    do
        rig_packet(&packet, 244);
    while (packet.discard || packet.number != 59);
    assert_true(packet.crc_ok);
    for (unsigned i = 0; i < 80; i++) {
        assert_int_equal(packet.bytes[4 + 3 * i], 155);
        assert_int_equal(packet.bytes[5 + 3 * i], 100);
        assert_int_equal(packet.bytes[6 + 3 * i], 0x42);
    }
    rig_clean();
}

static void switched_off_video_is_discards(void **state) {
    (void)state;
    static const uint16_t switches[2] = {0x4825, 0x4831}; // output enable, output channel
    rig_ready("3.5", NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rig_set_32(switches[i], 0), 0);
        rig_sync();
        assert_false(rig_unit(&unit, 1, 100000));
        assert_int_equal(rig_set_32(switches[i], 1), 0);
        assert_true(rig_unit(&unit, 60, 20000)); // it was never out of step
    }
    rig_clean();
}

static void frozen_video_keeps_its_counter(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    ib_sim_lepton_scene(&rig.part, ib_sim_scene_named("person"));
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_sync();
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(rig_set_32(0x0325, 1), 0);
    rig_wait_us(300000);
    assert_true(rig_picture(&picture, 2, 1000000));
    rig_wait_us(2000000);
    assert_true(rig_picture(&other, 2, 1000000));
    assert_memory_equal(picture.pixels, other.pixels, sizeof picture.pixels);
    assert_int_equal(rig_u32(picture.rows + 20), rig_u32(other.rows + 20));
    assert_true(rig_u32(other.rows + 1) >= rig_u32(picture.rows + 1) + 2000);
    assert_int_equal(rig_set_32(0x0325, 0), 0);
    rig_wait_us(300000);
    assert_true(rig_picture(&other, 2, 1000000));
    assert_memory_not_equal(picture.pixels, other.pixels, sizeof picture.pixels);
    assert_true(rig_u32(picture.rows + 20) < rig_u32(other.rows + 20));
    rig_clean();
}

static void pixels_are_the_scene(void **state) {
    (void)state;
    // Quiet and TLinear at 0.01 K: the middle of the kettle scene is what the scene says.
    rig_ready("3.5", NULL);
    rig_sync();
    assert_true(rig_picture(&picture, 0, 1000000));
    float truth_k = ib_sim_lepton_truth_k(&rig.part, 5, 5);
    float read_k = (float)picture.pixels[5 * 160 + 5] * 0.01f;
    assert_true(read_k > truth_k - 3 && read_k < truth_k + 3);
    assert_true(truth_k > 250 && truth_k < 400);
    assert_true(ib_sim_lepton_truth_k(&rig.part, 160, 0) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_of_known_packets),
        cmocka_unit_test(large_cadence_over_ten_seconds),
        cmocka_unit_test(small_cadence_sends_each_frame_thrice),
        cmocka_unit_test(synchronising_takes_one_unit),
        cmocka_unit_test(what_loses_step),
        cmocka_unit_test(lost_streams_differ),
        cmocka_unit_test(slow_clocks),
        cmocka_unit_test(one_long_transfer_is_the_same_stream),
        cmocka_unit_test(a_packet_in_two_transfers),
        cmocka_unit_test(layouts_lose_no_pixel),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(a_change_of_telemetry_makes_a_reader_lose_step),
        cmocka_unit_test(colour),
        cmocka_unit_test(switched_off_video_is_discards),
        cmocka_unit_test(frozen_video_keeps_its_counter),
        cmocka_unit_test(pixels_are_the_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
