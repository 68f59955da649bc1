/// A recording through the bus: exact pixels, its own settings, refusals by name.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

#define FRAMES 7

static uint16_t frames[FRAMES][160 * 120];
static uint16_t rows[FRAMES][240];
static struct picture picture;

struct tape {
    unsigned at, calls;
    bool rows;
    unsigned ffc; ///< index of a frame recorded during an FFC, FRAMES: none
    unsigned end; ///< fails from this call on
    uint16_t fpa_ck;
    bool always_ffc;
};

static int next(void *context, struct ib_sim_playback_frame *out) {
    struct tape *tape = context;
    if (++tape->calls >= tape->end)
        return IB_E_IO;
    out->pixels = frames[tape->at];
    out->telemetry = tape->rows ? rows[tape->at] : NULL;
    out->fpa_ck = tape->fpa_ck;
    out->ffc = tape->always_ffc || tape->at == tape->ffc;
    tape->at = (tape->at + 1) % FRAMES;
    return IB_OK;
}

static struct tape tape;
static struct ib_sim_playback playback;

/// Noise in all 16 bits: nothing that passed through a conversion would survive.
static void make_tape(const char *model, uint16_t width_px, uint16_t height_px, bool with_rows) {
    uint32_t dice = 12345;
    for (unsigned f = 0; f < FRAMES; f++) {
        for (unsigned i = 0; i < 160 * 120; i++) {
            dice = dice * 1664525 + 1013904223;
            frames[f][i] = (uint16_t)(dice >> 16);
        }
        for (unsigned i = 0; i < 240; i++) {
            dice = dice * 1664525 + 1013904223;
            rows[f][i] = (uint16_t)(dice >> 16);
        }
        rows[f][0] = 14;
        rows[f][72] = 7;
        rows[f][73] = 0;
        rows[f][3] = 0x1818 | (uint16_t)(f << 4 & 0x20);
        rows[f][4] = 0;
        rows[f][24] = (uint16_t)(30613 + f);
        rows[f][26] = 30518;
        static const uint16_t flux[8] = {8028, 29515, 8192, 29515, 8192, 0, 29515, 29515};
        memcpy(rows[f] + 99, flux, sizeof flux);
        static const uint16_t spot[8] = {29487, 29500, 29481, 4, 59, 70, 60, 71};
        memcpy(rows[f] + 210, spot, sizeof spot);
    }
    tape = (struct tape){.rows = with_rows, .ffc = FRAMES, .end = UINT32_MAX};
    playback = (struct ib_sim_playback){
        .facts = {.model = model,
                  .tlinear = true,
                  .resolution = 1,
                  .width_px = width_px,
                  .height_px = height_px},
        .next = next,
        .context = &tape,
    };
}

static void every_frame_in_order_bit_for_bit(void **state) {
    (void)state;
    static const struct {
        const char *model;
        uint16_t width_px, height_px;
    } sizes[2] = {{"3.5", 160, 120}, {"2.5", 80, 60}};
    for (int s = 0; s < 2; s++) {
        for (int telemetry = 0; telemetry < 3; telemetry++) {
            make_tape(sizes[s].model, sizes[s].width_px, sizes[s].height_px, telemetry == 2);
            rig_ready(NULL, &playback);
            if (telemetry) {
                assert_int_equal(rig_set_32(0x0219, 1), 0);
                assert_int_equal(rig_set_32(0x021D, telemetry == 2), 0);
            }
            rig_wait_us(200000); // the layout changes with a frame
            // Nobody looked so far: the first frame seen is the recording's first.
            unsigned shown = 0, copies = 0;
            size_t bytes = (size_t)sizes[s].width_px * sizes[s].height_px * 2;
            for (int i = 0; i < (s ? 60 : 20); i++) {
                assert_true(rig_picture(&picture, telemetry, 1000000));
                assert_int_equal(picture.bad, 0);
                if (s && shown &&
                    memcmp(picture.pixels, frames[(shown - 1) % FRAMES], bytes) == 0) {
                    copies++; // 80x60 sends each thrice
                    continue;
                }
                assert_memory_equal(picture.pixels, frames[shown % FRAMES], bytes);
                shown++;
            }
            assert_in_range(shown, s ? 19 : 20, 21);
            assert_int_equal(tape.calls, shown);
            assert_in_range(copies, s ? 38 : 0, s ? 41 : 0);
            rig_clean();
        }
    }
}

static void recorded_rows_with_own_time_and_counter(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    tape.ffc = 3;
    rig_ready(NULL, &playback);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_wait_us(200000);
    uint32_t counter = 0, uptime_ms = 0;
    for (unsigned f = 0; f < 10; f++) {
        assert_true(rig_picture(&picture, 2, 1000000));
        const uint16_t *own = rows[f % FRAMES];
        for (unsigned i = 0; i < 240; i++) {
            if ((i >= 1 && i <= 4) || i == 20 || i == 21 || i == 30 || i == 31)
                continue; // uptime, status, counter, uptime at the last FFC
            assert_int_equal(picture.rows[i], own[i]);
        }
        // Status: AGC and the rest as recorded; no wish for an FFC; complete, but for frame 3.
        assert_int_equal(picture.rows[3], f % FRAMES == 3 ? 0x1820 : 0x1830);
        uint32_t now = rig_u32(picture.rows + 20), now_ms = rig_u32(picture.rows + 1);
        if (f) {
            assert_int_equal(now, counter + 1);
            assert_in_range(now_ms - uptime_ms, 113, 114);
        } else {
            assert_true(now_ms > 3000 && now_ms < 4000);
        }
        counter = now;
        uptime_ms = now_ms;
    }
    rig_clean();
}

static void own_rows_when_there_are_none(void **state) {
    (void)state;
    make_tape("3.0", 160, 120, false);
    playback.facts.tlinear = false;
    playback.facts.agc = true;
    tape.fpa_ck = 31234;
    rig_ready(NULL, &playback);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_wait_us(200000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[0], 14);
    assert_int_equal(picture.rows[3], 0x1830);
    assert_int_equal(picture.rows[24], 31234);
    assert_int_equal(rig_get_16(0x0214), 31234);
    assert_int_equal(rig_get_32(0x0100), 1);
    rig_clean();
}

static void settings_of_the_recording(void **state) {
    (void)state;
    make_tape("3.1R", 160, 120, true);
    playback.facts.resolution = 0;
    playback.facts.gain_mode = 2;
    playback.facts.gain_effective = 1;
    rig_ready("2.5", &playback); // the recording knows better
    uint16_t words[16];
    assert_int_equal(rig_get(0x481C, words, 16), 0);
    assert_memory_equal(words, "500-0758-03", 12);
    assert_int_equal(rig_get_32(0x0100), 0);
    assert_int_equal(rig_get_32(0x4EC0), 1);
    assert_int_equal(rig_get_32(0x4EC4), 0);
    assert_int_equal(rig_get_32(0x0248), 2);
    const uint16_t flux[8] = {8028, 29515, 8192, 29515, 8192, 29515, 0, 29515};
    assert_int_equal(rig_get(0x4EBC, words, 8), 0);
    assert_memory_equal(words, flux, sizeof flux);
    const uint16_t spot[4] = {59, 70, 60, 71};
    assert_int_equal(rig_get(0x4ECC, words, 4), 0);
    assert_memory_equal(words, spot, sizeof spot);
    rig_clean();
}

static void what_would_change_pixels_is_refused(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    rig_ready(NULL, &playback);
    assert_null(ib_sim_lepton_refused(&rig.part));
    static const struct {
        uint16_t command;
        int32_t same, other;
        const char *name;
    } settings[] = {
        {0x0101, 0, 1, "agc_enable"},         {0x4EC1, 1, 0, "tlinear"},
        {0x4EC5, 1, 0, "tlinear_resolution"}, {0x0249, 0, 1, "gain_mode"},
        {0x4E11, 1, 0, "radiometry"},         {0x0301, 0, 1, "polarity"},
        {0x4829, 7, 3, "output_format"},      {0x482D, 1, 3, "output_source"},
        {0x4871, 1, 0, "temporal_filter"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const char *before = ib_sim_lepton_refused(&rig.part);
        assert_int_equal(rig_set_32(settings[i].command, settings[i].same), 0);
        assert_ptr_equal(ib_sim_lepton_refused(&rig.part), before);
        assert_int_equal(rig_set_32(settings[i].command, settings[i].other), -11);
        assert_string_equal(ib_sim_lepton_refused(&rig.part), settings[i].name);
        assert_int_equal(rig_get_32((uint16_t)(settings[i].command - 1)), settings[i].same);
    }
    uint16_t flux[8];
    assert_int_equal(rig_get(0x4EBC, flux, 8), 0);
    assert_int_equal(rig_set(0x4EBD, flux, 8), 0);
    flux[0] = 8192;
    assert_int_equal(rig_set(0x4EBD, flux, 8), -11);
    assert_string_equal(ib_sim_lepton_refused(&rig.part), "flux_parameters");
    // AGC's details touch no pixel while it is off, and all of them while it is on.
    assert_int_equal(rig_set(0x0131, (const uint16_t[]){7}, 1), 0);
    // What does not touch pixels is free.
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    assert_int_equal(rig_set(0x4ECD, (const uint16_t[]){0, 0, 9, 9}, 4), 0);
    assert_int_equal(rig_set_32(0x4EC9, 1), 0);
    make_tape("3.5", 160, 120, false);
    playback.facts.agc = true;
    rig_ready(NULL, &playback);
    assert_int_equal(rig_set(0x0131, (const uint16_t[]){7}, 1), -11);
    assert_string_equal(ib_sim_lepton_refused(&rig.part), "agc_heq_clip_low");
    rig_clean();
}

static void a_moved_spotmeter_measures_the_recording(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    for (unsigned f = 0; f < FRAMES; f++) {
        for (unsigned i = 0; i < 19200; i++)
            frames[f][i] = (uint16_t)(29000 + i / 160 * 10);
    }
    rig_ready(NULL, &playback);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    assert_int_equal(rig_set(0x4ECD, (const uint16_t[]){10, 3, 11, 4}, 4), 0);
    rig_wait_us(200000);
    assert_true(rig_picture(&picture, 2, 1000000));
    static const uint16_t expected[8] = {29105, 29110, 29100, 4, 10, 3, 11, 4};
    assert_memory_equal(picture.rows + 210, expected, sizeof expected);
    rig_clean();
}

/// Grey says no temperatures, but the rows do: both ways to ask give the same.
static void the_spotmeter_says_what_was_recorded(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    playback.facts.agc = true;
    rig_ready("3.5", &playback);
    uint16_t spot[4];
    assert_int_equal(rig_get(0x4ED0, spot, 4), 0);
    assert_memory_equal(spot, rows[0] + 210, sizeof spot);
    // Elsewhere nobody knows.
    static const uint16_t nothing[4] = {0};
    assert_int_equal(rig_set(0x4ECD, (const uint16_t[]){10, 3, 11, 4}, 4), 0);
    assert_int_equal(rig_get(0x4ED0, spot, 4), 0);
    assert_memory_equal(spot, nothing, sizeof spot);
    rig_clean();
}

static void an_ffc_loses_no_frame(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    rig_ready(NULL, &playback);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_wait_us(200000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_memory_equal(picture.pixels, frames[0], sizeof frames[0]);
    uint32_t counter = rig_u32(picture.rows + 20);
    assert_int_equal(rig_run(0x0242), 0);
    rig_sync();
    unsigned marked = 0;
    for (;;) {
        assert_true(rig_picture(&picture, 2, 1000000));
        if ((picture.rows[3] >> 4 & 3) == 3)
            break;
        assert_memory_equal(picture.pixels, frames[0], sizeof frames[0]);
        marked++;
    }
    assert_in_range(marked, 4, 8);
    // While nobody read, numbers passed; recorded frames did not.
    assert_memory_equal(picture.pixels, frames[1], sizeof frames[1]);
    assert_true(rig_u32(picture.rows + 20) > counter);
    // Never by itself: not by time, not by temperature.
    rig_wait_us(UINT64_C(600000000));
    assert_int_equal(rig_get_32(0x024C), 3);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.rows[3], 0x1830);
    assert_memory_equal(picture.pixels, frames[2], sizeof frames[2]);
    rig_clean();
}

static void a_recording_that_fails_stops_the_video(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    tape.end = 3;
    rig_ready(NULL, &playback);
    rig_sync();
    assert_true(rig_picture(&picture, 0, 1000000));
    assert_true(rig_picture(&picture, 0, 1000000));
    assert_memory_equal(picture.pixels, frames[1], sizeof frames[1]);
    rig_wait_us(200000);
    struct packet packet = {0};
    uint64_t until_us = rig.clock.now_us + 500000;
    while (rig.clock.now_us < until_us)
        rig_packet(&packet, 164);
    assert_true(packet.discard);
    assert_false(rig_picture(&picture, 0, 500000));
    assert_int_equal(rig_peek(0x0002), 6);
    rig_clean();
}

/// What to expect of the FFC bits while frame after frame of a tape is shown.
static void expect_states(const uint16_t *states, unsigned count) {
    rig_ready("3.5", &playback);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_wait_us(200000);
    for (unsigned i = 0; i < count; i++) {
        assert_true(rig_picture(&picture, 2, 1000000));
        assert_int_equal(picture.bad, 0);
        assert_int_equal(picture.rows[3] >> 4 & 3, states[i]);
    }
    rig_clean();
}

/// One image of an FFC under way, or from before the first, is still all there is to see.
static void nothing_but_an_ffc_is_a_view(void **state) {
    (void)state;
    static const uint16_t views[4] = {3, 3, 3, 3};
    for (uint16_t recorded = 0; recorded < 4; recorded++) {
        make_tape("3.5", 160, 120, true);
        tape.always_ffc = recorded == 2;
        for (unsigned f = 0; f < FRAMES; f++)
            rows[f][3] = (uint16_t)(0x0808 | recorded << 4);
        expect_states(views, 4);
    }
    // With something else to see, and old rows that code the states in another way.
    static const uint16_t one_in_seven[5] = {3, 3, 2, 3, 3}, old[5] = {2, 2, 1, 2, 2};
    make_tape("3.5", 160, 120, true);
    tape.ffc = 2;
    expect_states(one_in_seven, 5);
    make_tape("3.5", 160, 120, true);
    tape.ffc = 2;
    for (unsigned f = 0; f < FRAMES; f++)
        rows[f][0] = 8;
    expect_states(old, 5);
}

static void words_that_are_no_rows_are_replaced(void **state) {
    (void)state;
    static const struct {
        unsigned at;
        uint16_t value;
    } wrong[] = {{0, 0}, {0, 32}, {0, 0x0E00}, {72, 5}, {73, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        make_tape("3.5", 160, 120, true);
        for (unsigned f = 0; f < FRAMES; f++)
            rows[f][wrong[i].at] = wrong[i].value;
        rig_ready("3.5", &playback);
        assert_int_equal(rig_set_32(0x0219, 1), 0);
        rig_wait_us(200000);
        assert_true(rig_picture(&picture, 2, 1000000));
        assert_memory_equal(picture.pixels, frames[0], sizeof frames[0]);
        assert_int_equal(picture.rows[0], 14);
        assert_int_equal(picture.rows[38], 19200); // no recorded noise
        assert_int_equal(rig_u32(picture.rows + 72), 7);
        rig_clean();
    }
}

/// Asking for numbers when the next frame is due and has not gone out changes nothing about it.
static void questions_do_not_mix_frames(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    rig_ready("3.5", &playback);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    rig_wait_us(200000);
    assert_true(rig_picture(&picture, 2, 1000000));
    uint64_t first_us = picture.us;
    uint32_t counter = rig_u32(picture.rows + 20);
    static struct unit unit;
    for (unsigned f = 1; f < 6; f++) {
        for (int i = 0; i < 8; i++)
            assert_true(rig_unit(&unit, 61, 20000));
        // Frames begin every 12/106 s; the part was first seen a packet after that.
        rig_wait_until_us(first_us + f * UINT64_C(12000000) / 106 + 10);
        uint16_t spot[4];
        assert_int_equal(rig_get(0x4ED0, spot, 4), 0);
        assert_true(rig_picture(&picture, 2, 1000000));
        assert_int_equal(picture.bad, 0);
        assert_memory_equal(picture.pixels, frames[f], sizeof frames[f]);
        assert_int_equal(rig_u32(picture.rows + 20), counter + f);
        assert_int_equal(picture.rows[24], rows[f][24]);
    }
    rig_clean();
}

static void grey_of_14_bits_says_so(void **state) {
    (void)state;
    for (unsigned wide = 0; wide < 2; wide++) {
        make_tape("3.5", 160, 120, true);
        playback.facts.agc = true;
        for (unsigned f = 0; f < FRAMES; f++)
            for (unsigned i = 0; i < 19200; i++)
                frames[f][i] &= wide ? 0x3FFF : 0x00FF;
        rig_ready("3.5", &playback);
        assert_int_equal(rig_get_32(0x0144), wide);
        assert_int_equal(rig_set_32(0x0145, (int32_t)wide), 0);
        assert_int_equal(rig_set_32(0x0145, !wide), -11);
        assert_string_equal(ib_sim_lepton_refused(&rig.part), "agc_heq_scale");
        rig_clean();
    }
}

static void sizes_must_fit_the_model(void **state) {
    (void)state;
    make_tape("3.5", 80, 60, false);
    struct ib_sim_clock clock;
    ib_sim_clock_init(&clock);
    struct ib_sim_lepton_config config = {.playback = &playback, .clock = &clock};
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_E_INVAL);
    playback.facts.model = "7";
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_E_NOT_FOUND);
    assert_int_equal(tape.calls, 0);
}

static void truth_is_what_was_recorded(void **state) {
    (void)state;
    make_tape("3.5", 160, 120, true);
    rig_ready(NULL, &playback);
    float expected_k = (float)frames[0][160 * 7 + 9] * 0.01f;
    assert_true(ib_sim_lepton_truth_k(&rig.part, 9, 7) == expected_k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_in_order_bit_for_bit),
        cmocka_unit_test(recorded_rows_with_own_time_and_counter),
        cmocka_unit_test(own_rows_when_there_are_none),
        cmocka_unit_test(settings_of_the_recording),
        cmocka_unit_test(what_would_change_pixels_is_refused),
        cmocka_unit_test(a_moved_spotmeter_measures_the_recording),
        cmocka_unit_test(the_spotmeter_says_what_was_recorded),
        cmocka_unit_test(an_ffc_loses_no_frame),
        cmocka_unit_test(a_recording_that_fails_stops_the_video),
        cmocka_unit_test(nothing_but_an_ffc_is_a_view),
        cmocka_unit_test(words_that_are_no_rows_are_replaced),
        cmocka_unit_test(questions_do_not_mix_frames),
        cmocka_unit_test(grey_of_14_bits_says_so),
        cmocka_unit_test(sizes_must_fit_the_model),
        cmocka_unit_test(truth_is_what_was_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
