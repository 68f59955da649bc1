/// Flat field correction, gain and heat: phases, triggers and what telemetry says about them.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

static struct picture picture, before;

static unsigned ffc_bits(const struct picture *shown) {
    return shown->rows[3] >> 4 & 3u;
}

static bool desired_bit(const struct picture *shown) {
    return shown->rows[3] >> 3 & 1u;
}

static void manual_ffc(uint16_t mode) {
    uint16_t object[16];
    assert_int_equal(rig_get(0x023C, object, 16), 0);
    object[0] = mode;
    assert_int_equal(rig_set(0x023D, object, 16), 0);
}

static void with_telemetry(const char *model) {
    rig_ready(model, NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
}

/// The FFC state the CCI reports, polled every millisecond until it changes.
static uint64_t until_state(uint32_t state, uint64_t limit_us) {
    uint64_t until_us = rig.clock.now_us + limit_us;
    while (rig_get_32(0x024C) != state) {
        assert_true(rig.clock.now_us < until_us);
        rig_wait_us(1000);
    }
    return rig.clock.now_us;
}

static void automatic_after_the_period(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    uint16_t object[16];
    assert_int_equal(rig_get(0x023C, object, 16), 0);
    object[10] = 30000; // ms
    object[11] = 0;
    object[14] = 0; // not by temperature
    assert_int_equal(rig_set(0x023D, object, 16), 0);
    // The start-up FFC ended at 950 ms and 23 frames: 30 s later the next one is announced.
    uint64_t imminent_us = until_state(1, 40000000);
    assert_in_range(imminent_us, 1817924 + 30000000, 1817924 + 30000000 + 113208 + 3000);
    uint64_t running_us = until_state(2, 5000000);
    assert_in_range(running_us - imminent_us, 1962264 - 6000, 1962264 + 6000); // 52 frames
    uint64_t done_us = until_state(3, 5000000);
    assert_in_range(done_us - running_us, 867924 - 6000, 867924 + 6000); // 23 frames
    assert_int_equal(rig_get(0x023C, object, 16), 0);
    assert_true(rig_u32(object + 8) < 10); // ms since
    rig_clean();
}

static void automatic_by_temperature(void **state) {
    (void)state;
    // A cold start warms up: 1.5 K come long before 180 s.
    rig_ready("3.5", NULL);
    uint16_t start_ck = rig_get_16(0x0214);
    uint64_t imminent_us = until_state(1, 100000000);
    assert_in_range(imminent_us, 30000000, 90000000);
    assert_in_range(rig_get_16(0x0214) - start_ck, 140, 165);
    // 3.0: no sooner than 3 K.
    rig_ready("3.0", NULL);
    start_ck = rig_get_16(0x0214);
    uint16_t words[16];
    do {
        rig_wait_us(1000000);
        assert_int_equal(rig_get(0x0204, words, 4), 0);
    } while (words[0] != 5);
    assert_in_range(rig_get_16(0x0214) - start_ck, 290, 320);
    rig_clean();
}

static void phases_in_telemetry(void **state) {
    (void)state;
    with_telemetry("3.5");
    uint16_t object[16];
    assert_int_equal(rig_get(0x023C, object, 16), 0);
    object[10] = 10000;
    object[11] = 0;
    object[14] = 0;
    assert_int_equal(rig_set(0x023D, object, 16), 0);
    rig_sync();
    unsigned frames[4] = {0};
    uint32_t counter = 0, frozen = 0;
    while (frames[3] < 200) {
        assert_true(rig_picture(&picture, 2, 1000000)); // the video never stops
        assert_int_equal(picture.bad, 0);
        unsigned bits = ffc_bits(&picture);
        uint32_t now = rig_u32(picture.rows + 20);
        if (bits == 1)
            assert_true(desired_bit(&picture));
        if (bits == 2) {
            assert_int_equal(now, counter);
            assert_memory_equal(picture.pixels, before.pixels, sizeof picture.pixels);
            frozen++;
        } else if (counter) {
            assert_int_equal(now, counter + 1);
        }
        if (frames[2] == 0)
            assert_true(rig_u32(picture.rows + 30) < 1900);
        counter = now;
        before = picture;
        frames[bits]++;
    }
    // Two rounds of 52 and 23 frames of 26.5 Hz, seen at 8.83 Hz.
    assert_int_equal(frames[0], 0);
    assert_in_range(frames[1], 34, 36);
    assert_in_range(frames[2], 14, 16);
    assert_int_equal(frozen, frames[2]);
    // What telemetry remembers of the last one.
    uint32_t last_ms = rig_u32(picture.rows + 30);
    uint32_t now_ms = rig_u32(picture.rows + 1);
    assert_true(now_ms > last_ms && now_ms - last_ms < 13000);
    assert_in_range(picture.rows[29], 29515, 29700);
    assert_in_range(picture.rows[32], 29515, 29700);
    assert_false(desired_bit(&picture));
    rig_clean();
}

static void without_freeze_the_shutter_shows(void **state) {
    (void)state;
    with_telemetry("3.5");
    uint16_t object[16];
    assert_int_equal(rig_get(0x023C, object, 16), 0);
    object[4] = 0;
    assert_int_equal(rig_set(0x023D, object, 16), 0);
    rig_sync();
    assert_true(rig_picture(&before, 2, 1000000));
    assert_int_equal(rig_run(0x0242), 0);
    rig_wait_us(300000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(ffc_bits(&picture), 2);
    assert_true(rig_u32(picture.rows + 20) > rig_u32(before.rows + 20));
    uint16_t least = 65535, most = 0;
    for (unsigned i = 0; i < 19200; i++) {
        least = picture.pixels[i] < least ? picture.pixels[i] : least;
        most = picture.pixels[i] > most ? picture.pixels[i] : most;
    }
    assert_true(most - least <= 20); // a paddle of one temperature, the housing's
    assert_in_range(least, picture.rows[26] - 30, picture.rows[26] + 30);
    rig_clean();
}

static void startup_shows_the_shutter_uncounted(void **state) {
    (void)state;
    rig_make("3.5", NULL);
    rig_wait_until_us(951000);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_sync();
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(ffc_bits(&picture), 2);
    assert_int_equal(rig_u32(picture.rows + 20), 0);
    while (ffc_bits(&picture) == 2)
        assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(ffc_bits(&picture), 3);
    assert_int_equal(rig_u32(picture.rows + 20), 1);
    rig_clean();
}

/// Looked at only when the FFC is over, the picture taken during it is still one of the shutter.
static void a_shutter_picture_says_so_however_late_it_is_read(void **state) {
    (void)state;
    rig_make("2.5", NULL);
    rig_wait_until_us(951000);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    // FFC until 1.818 s; frames at 1.766 s and 1.879 s, the third copy of the former at 1.841 s.
    rig_wait_until_us(1825000);
    assert_int_equal(rig_get_32(0x024C), 3);
    assert_true(rig_picture(&picture, 2, 30000));
    assert_int_equal(ffc_bits(&picture), 2);
    assert_int_equal(rig_u32(picture.rows + 20), 0);
    assert_true(rig_picture(&picture, 2, 100000));
    assert_int_equal(ffc_bits(&picture), 3);
    assert_int_equal(rig_u32(picture.rows + 20), 1);
    rig_clean();
}

static void manual_and_external_only_ask(void **state) {
    (void)state;
    for (uint16_t mode = 0; mode <= 2; mode += 2) {
        with_telemetry("3.5");
        manual_ffc(mode);
        rig_wait_us(200000000);
        rig_sync();
        assert_true(rig_picture(&picture, 2, 1000000));
        assert_int_equal(ffc_bits(&picture), 3);
        assert_true(desired_bit(&picture));
        assert_true(rig_u32(picture.rows + 30) < 2000);
        // A commanded one skips the announcement.
        assert_int_equal(rig_run(0x0242), 0);
        assert_int_equal(rig_get_32(0x024C), 2);
        rig_wait_us(1000000);
        rig_sync();
        assert_true(rig_picture(&picture, 2, 1000000));
        assert_int_equal(ffc_bits(&picture), 3);
        assert_false(desired_bit(&picture));
        rig_clean();
    }
}

static void averaging_takes_longer(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0225, 7), 0); // 128 frames
    assert_int_equal(rig_run(0x0242), 0);
    uint64_t begin_us = rig.clock.now_us;
    uint64_t done_us = until_state(3, 10000000);
    uint64_t expected_us = 143 * UINT64_C(2000000) / 53;
    assert_in_range(done_us - begin_us, expected_us - 6000, expected_us + 6000);
    rig_clean();
}

static void leaving_automatic_cancels_the_announcement(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    (void)until_state(1, 100000000);
    manual_ffc(0);
    assert_int_equal(rig_get_32(0x024C), 3);
    rig_wait_us(3000000);
    assert_int_equal(rig_get_32(0x024C), 3);
    rig_clean();
}

static void too_hot_and_too_cold_to_move(void **state) {
    (void)state;
    static const struct {
        const char *model;
        float ambient_k;
        uint32_t lockout;
    } rows[] = {{"3.5", 245, 2}, {"3.0", 332, 1}, {"2.5", 332, 0}};
    for (int i = 0; i < 3; i++) {
        with_telemetry(rows[i].model);
        ib_sim_lepton_ambient(&rig.part, rows[i].ambient_k);
        rig_wait_us(UINT64_C(3000000000));
        uint16_t object[16];
        assert_int_equal(rig_get(0x023C, object, 16), 0);
        assert_int_equal(rig_u32(object + 2), rows[i].lockout);
        rig_sync();
        assert_true(rig_picture(&picture, 2, 1000000));
        assert_int_equal(picture.rows[3] >> 15, rows[i].lockout != 0);
        if (rows[i].lockout) {
            assert_int_equal(rig_run(0x0242), 0);
            assert_int_equal(rig_get_32(0x0244), 0); // ignored
        }
        // It ends by itself.
        ib_sim_lepton_ambient(&rig.part, 295);
        rig_wait_us(UINT64_C(3000000000));
        assert_int_equal(rig_get(0x023C, object, 16), 0);
        assert_int_equal(rig_u32(object + 2), 0);
    }
    rig_clean();
}

static void shuts_down_in_ten_seconds_when_too_hot(void **state) {
    (void)state;
    with_telemetry("3.5");
    manual_ffc(0);
    ib_sim_lepton_ambient(&rig.part, 400);
    uint16_t words[4];
    do {
        rig_wait_us(100000);
        assert_int_equal(rig_get(0x0204, words, 4), 0);
    } while (words[0] != 6);
    uint64_t warned_us = rig.clock.now_us;
    assert_in_range(rig_get_16(0x0234), 250, 269);
    rig_sync();
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[4] >> 4 & 1, 1); // status bit 20
    uint8_t bytes[2];
    while (rig_read(0x0002, bytes, 2) == IB_OK)
        rig_wait_us(10000);
    assert_in_range(rig.clock.now_us - warned_us, 9900000, 10300000);
    // Cooled in between, it goes on.
    with_telemetry("3.5");
    manual_ffc(0);
    ib_sim_lepton_ambient(&rig.part, 400);
    do {
        rig_wait_us(100000);
        assert_int_equal(rig_get(0x0204, words, 4), 0);
    } while (words[0] != 6);
    ib_sim_lepton_ambient(&rig.part, 250);
    rig_wait_us(30000000);
    assert_int_equal(rig_get(0x0204, words, 4), 0);
    assert_int_equal(words[0], 0);
    assert_int_equal(rig_get_16(0x0234), 270);
    rig_clean();
}

static void gain_changes_with_an_ffc(void **state) {
    (void)state;
    with_telemetry("3.5");
    assert_int_equal(rig_set_32(0x0249, 1), 0);
    assert_int_equal(rig_get_32(0x024C), 2);
    assert_int_equal(rig_get_32(0x0254), 1); // desired until it is over
    rig_sync();
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[165], 1);
    assert_int_equal(picture.rows[166], 0);
    assert_int_equal(picture.rows[167], 1);
    rig_wait_us(1000000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(ffc_bits(&picture), 3);
    assert_int_equal(picture.rows[166], 1);
    assert_int_equal(picture.rows[167], 0);
    // Manual: at once, and the host is asked for an FFC.
    manual_ffc(0);
    assert_int_equal(rig_set_32(0x0249, 0), 0);
    assert_int_equal(rig_get_32(0x024C), 3);
    rig_wait_us(300000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[166], 0);
    assert_true(desired_bit(&picture));
    rig_clean();
}

static float uniform_k;

static void view_uniform(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                         float hfov_deg, struct ib_sim_surface *out) {
    (void)self;
    (void)time_s;
    (void)seed;
    (void)hfov_deg;
    for (int i = 0; i < out->width_px * out->height_px; i++) {
        out->kelvin[i] = uniform_k;
        out->emissivity[i] = 1;
    }
}

static int hot_rows;

/// The topmost rows hot, the others not.
static void view_upper_part(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                            float hfov_deg, struct ib_sim_surface *out) {
    uniform_k = 300;
    view_uniform(self, time_s, seed, hfov_deg, out);
    for (int i = 0; i < out->width_px * hot_rows; i++)
        out->kelvin[i] = 400;
}

static void automatic_gain_follows_the_scene(void **state) {
    (void)state;
    static const struct ib_sim_scene scene = {
        .name = "uniform", .about = "", .view = view_uniform, .ambient_k = 295};
    uniform_k = 380; // below the threshold of 388 K
    with_telemetry("3.5");
    ib_sim_lepton_scene(&rig.part, &scene);
    assert_int_equal(rig_set_32(0x4EC9, 1), 0); // automatic resolution
    assert_int_equal(rig_set_32(0x0249, 2), 0);
    rig_wait_us(3000000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[165], 2);
    assert_int_equal(picture.rows[166], 0);
    assert_int_equal(picture.rows[209], 1);
    uint32_t last_ms = rig_u32(picture.rows + 30);
    uniform_k = 420;
    rig_wait_us(3000000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[166], 1);
    assert_true(rig_u32(picture.rows + 30) > last_ms); // together with an FFC
    assert_int_equal(picture.rows[209], 0);
    assert_in_range(picture.pixels[9600], 4170, 4230); // 0.1 K
    // Back only below the other threshold, 358 K.
    uniform_k = 370;
    rig_wait_us(3000000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[166], 1);
    uniform_k = 340;
    rig_wait_us(3000000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[166], 0);
    assert_in_range(picture.pixels[9600], 33900, 34100);
    rig_clean();
}

/// An FFC that shows the paddle, which is cold, is no reason to go back to high gain.
static void a_shutter_in_view_is_not_a_cold_scene(void **state) {
    (void)state;
    static const struct ib_sim_scene scene = {
        .name = "uniform", .about = "", .view = view_uniform, .ambient_k = 295};
    uniform_k = 500;
    with_telemetry("3.5");
    ib_sim_lepton_scene(&rig.part, &scene);
    uint16_t words[16];
    assert_int_equal(rig_get(0x023C, words, 16), 0);
    words[4] = 0; // do not freeze
    assert_int_equal(rig_set(0x023D, words, 16), 0);
    assert_int_equal(rig_set_32(0x0249, 2), 0);
    rig_wait_us(3000000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[166], 1);
    uint32_t last_ms = rig_u32(picture.rows + 30);
    rig_wait_us(10000000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[166], 1);
    assert_int_equal(rig_u32(picture.rows + 30), last_ms); // and no FFC on FFC
    rig_clean();
}

/// A quarter of the picture and a little more, not a whole percent more, is enough.
static void gain_counts_pixels_not_percents(void **state) {
    (void)state;
    static const struct ib_sim_scene scene = {
        .name = "uniform", .about = "", .view = view_upper_part, .ambient_k = 295};
    for (hot_rows = 30; hot_rows <= 31; hot_rows++) {
        with_telemetry("3.5");
        ib_sim_lepton_scene(&rig.part, &scene);
        assert_int_equal(rig_set_32(0x0249, 2), 0);
        rig_wait_us(3000000);
        assert_true(rig_picture(&picture, 2, 1000000));
        assert_int_equal(picture.rows[166], hot_rows > 30); // 25 % is not more than 25 %
        rig_clean();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(automatic_after_the_period),
        cmocka_unit_test(automatic_by_temperature),
        cmocka_unit_test(phases_in_telemetry),
        cmocka_unit_test(without_freeze_the_shutter_shows),
        cmocka_unit_test(startup_shows_the_shutter_uncounted),
        cmocka_unit_test(a_shutter_picture_says_so_however_late_it_is_read),
        cmocka_unit_test(manual_and_external_only_ask),
        cmocka_unit_test(averaging_takes_longer),
        cmocka_unit_test(leaving_automatic_cancels_the_announcement),
        cmocka_unit_test(too_hot_and_too_cold_to_move),
        cmocka_unit_test(shuts_down_in_ten_seconds_when_too_hot),
        cmocka_unit_test(gain_changes_with_an_ffc),
        cmocka_unit_test(automatic_gain_follows_the_scene),
        cmocka_unit_test(a_shutter_in_view_is_not_a_cold_scene),
        cmocka_unit_test(gain_counts_pixels_not_percents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
