/// Capture against a module with a cadence: in step for minutes whatever the loop does in between,
/// and back in step after everything that can go wrong.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bus/clock.h"
#include "core/status.h"
#include "drivers/lepton/capture.h"
#include "tests/lepton/support_stream.h"

static struct stream stream;
static struct ib_spi spi;
static struct ib_lepton_capture capture;
static struct ib_source source;
static uint16_t pixels[STREAM_PX];
static struct ib_frame frame;

static uint32_t noise;      // of the loop around the capture
static uint32_t control_us; // a control transfer takes up to this, whenever there is time
static bool no_slot;

/// What came of it.
static uint32_t frames;
static uint32_t last_counter;
static uint32_t skipped; // frames the module had and we did not get
static uint64_t last_frame_us;
static uint64_t longest_gap_us;
static uint32_t errors;

static uint32_t next_noise(uint32_t below) {
    noise = noise * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(noise >> 8) * below >> 24);
}

static void begin(bool large, enum ib_source_telemetry telemetry) {
    const struct ib_source_format format = {large ? 160 : 80, large ? 120 : 60, (uint8_t)telemetry};
    stream_init(&stream, large, telemetry);
    spi = stream_spi(&stream);
    ib_lepton_capture_init(&capture, &spi, &source);
    memset(&frame, 0, sizeof frame);
    frame.pixels = pixels;
    frame.capacity_px = STREAM_PX;
    noise = 1;
    control_us = 0;
    no_slot = false;
    frames = skipped = errors = 0;
    last_counter = UINT32_MAX;
    last_frame_us = longest_gap_us = 0;
    assert_int_equal(source.ops->start(source.context, &format, stream.now_us), IB_OK);
}

static struct ib_source_counters counters(void) {
    struct ib_source_counters out;
    source.ops->counters(source.context, &out);
    return out;
}

static void take_frame(uint64_t stepped_us) {
    uint32_t counter = frame.source_counter;
    unsigned size = stream.large ? 19200 : 4800;
    if (frame.flags & IB_FRAME_TELEMETRY) {
        if (last_counter != UINT32_MAX) {
            bool ffc = counter == last_counter && (frame.flags & IB_FRAME_FFC);
            assert_true(counter > last_counter || ffc);
            if (counter > last_counter)
                skipped += counter - last_counter - 1;
            if (!ffc) // a gap is marked, and only a gap
                assert_int_equal((frame.flags & IB_FRAME_AFTER_GAP) != 0,
                                 counter - last_counter > 1);
        }
        last_counter = counter;
        for (unsigned i = 0; i < size; i++)
            assert_int_equal(pixels[i], stream_pixel(&stream, counter, i));
    }
    assert_true(frame.captured_us <= stepped_us);
    assert_true(stepped_us - frame.captured_us < 100000);
    if (frames > 0 && stream.now_us - last_frame_us > longest_gap_us)
        longest_gap_us = stream.now_us - last_frame_us;
    last_frame_us = stream.now_us;
    frames++;
}

/// The loop above: step when due, otherwise a control transfer now and then, otherwise sleep.
static void run_until(uint64_t end_us) {
    uint64_t due_us = 0;
    unsigned steps_at_once = 0;
    while (stream.now_us < end_us) {
        uint64_t now_us = stream.now_us;
        if (due_us > now_us) {
            if (control_us && next_noise(2))
                stream.now_us += 100 + next_noise(control_us - 100);
            else
                stream.now_us = due_us < end_us ? due_us : end_us;
            steps_at_once = 0;
            continue;
        }
        uint32_t before = stream.transfers;
        int status = source.ops->step(source.context, now_us, no_slot ? NULL : &frame, &due_us);
        assert_true(stream.transfers - before <= 1);
        assert_true(due_us >= now_us);
        stream.now_us += 5; // the loop's own time
        assert_true(++steps_at_once < 4000);
        if (status == 1)
            take_frame(now_us);
        else if (status < 0)
            errors++;
    }
    assert_true(stream.longest_bytes <= 4096);
}

static void assert_clean(uint32_t resyncs) {
    struct ib_source_counters c = counters();
    assert_int_equal(c.resyncs, resyncs);
    assert_int_equal(c.bad_crc, 0);
    assert_int_equal(c.bad_order, 0);
    assert_int_equal(c.dropped, 0);
    assert_int_equal(c.io_errors, 0);
    assert_int_equal(c.frames, frames);
    assert_int_equal(stream.times_lost, 0);
}

// ---- In step ----

static void it_synchronises_first(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    run_until(185000);
    assert_int_equal(stream.transfers, 0); // silence
    run_until(500000);
    assert_true(frames >= 2);
    assert_clean(1);
}

static void minutes_without_a_loss(void **state) {
    static const struct {
        bool large;
        enum ib_source_telemetry telemetry;
        uint32_t packet_us, jitter_us, control_us;
    } rows[] = {
        {true, IB_TELEMETRY_FOOTER, 66, 0, 0},      // 20 MHz
        {true, IB_TELEMETRY_FOOTER, 66, 700, 3200}, // ... with control at 100 kHz beside it
        {true, IB_TELEMETRY_HEADER, 82, 700, 800},  // 16 MHz, control at 400 kHz
        {true, IB_TELEMETRY_OFF, 82, 300, 800},
        {true, IB_TELEMETRY_FOOTER, 131, 200, 0}, // 10 MHz: 8 of 9.4 ms
        {false, IB_TELEMETRY_FOOTER, 66, 2000, 3200},
        {false, IB_TELEMETRY_HEADER, 131, 2000, 3200},
        {false, IB_TELEMETRY_OFF, 400, 500, 3200}, // 3.3 MHz
    };
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        begin(rows[r].large, rows[r].telemetry);
        stream.packet_us = rows[r].packet_us;
        stream.jitter_us = rows[r].jitter_us;
        control_us = rows[r].control_us;
        print_message("row %zu\n", r);
        run_until(60000000);
        assert_clean(1);
        assert_int_equal(skipped, 0);
        // 8.83 a second, less the first 0.2 s and what of a frame was missed at the beginning.
        assert_in_range(frames, 526, 529);
        assert_in_range(longest_gap_us, 100000, 130000);
        // It does not sit on the bus: less than half of what it reads are discards.
        struct ib_source_counters c = counters();
        assert_true(c.discards < c.packets / 2);
    }
}

/// 26 to 27 frames a second, the data sheet says; some margin beyond.
static void other_cadences_are_followed(void **state) {
    (void)state;
    for (int large = 0; large < 2; large++) {
        for (uint32_t pct = 95; pct <= 105; pct++) {
            begin(large, IB_TELEMETRY_FOOTER);
            stream.period_pct = pct;
            stream.jitter_us = 300;
            control_us = 2000;
            run_until(20000000);
            print_message("large %d, period %u %%\n", large, pct);
            assert_clean(1);
            assert_int_equal(skipped, 0);
            assert_true(frames > 165);
        }
    }
}

/// Anything, any time: what is handed out is exact all the same, and at the end it runs again.
static void whatever_happens_frames_are_exact(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        begin(seed % 4 != 0, seed % 3 ? IB_TELEMETRY_FOOTER : IB_TELEMETRY_HEADER);
        print_message("seed %u\n", seed);
        noise = seed;
        stream.seed = seed;
        stream.jitter_us = next_noise(800);
        stream.lost = (enum stream_lost)next_noise(3);
        control_us = 100 + next_noise(3000);
        for (unsigned i = 0; i < 16; i++) {
            static const enum stream_fault_kind kinds[] = {STREAM_DROP,    STREAM_REPEAT,
                                                           STREAM_FLIP,    STREAM_FLIP,
                                                           STREAM_SEGMENT, STREAM_TRUNCATED};
            stream_fault(&stream, kinds[next_noise(6)], 40 + next_noise(700), next_noise(60),
                         next_noise(1280));
        }
        for (unsigned i = 0; i < 6; i++) {
            stream.line = (enum stream_line)next_noise(5);
            stream.line_from_us = stream.now_us + 200000 + next_noise(800000);
            stream.line_to_us = stream.line_from_us + next_noise(30000);
            run_until(stream.now_us + 1000000 + next_noise(1000000));
            if (next_noise(2))
                stream.now_us += next_noise(60000); // the loop was held up
        }
        run_until(stream.now_us + 3000000);
        assert_true(stream.now_us - last_frame_us < 150000);
        assert_true(frames > 20);
    }
}

static void a_small_bus_works_in_small_pieces(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    source.ops->stop(source.context);
    spi.max_bytes = 200;
    const struct ib_source_format format = {160, 120, IB_TELEMETRY_FOOTER};
    assert_int_equal(source.ops->start(source.context, &format, stream.now_us), IB_OK);
    run_until(5000000);
    assert_int_equal(stream.longest_bytes, STREAM_BYTES);
    assert_int_equal(skipped, 0);
    assert_true(frames > 40);
    spi.max_bytes = 100;
    assert_int_equal(source.ops->start(source.context, &format, stream.now_us), IB_E_UNSUPPORTED);
}

static void without_a_slot_it_keeps_in_step(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    run_until(1000000);
    uint32_t before = frames;
    no_slot = true;
    run_until(3000000);
    assert_int_equal(frames, before);
    no_slot = false;
    run_until(4000000);
    assert_true(frames > before + 6);
    assert_in_range(skipped, 17, 19); // and the one after the gap says so
    assert_int_equal(counters().resyncs, 1);
    assert_int_equal(counters().bad_order, 0);
}

static void late_units_are_waited_for(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    for (uint32_t unit = 100; unit < 112; unit++)
        stream_fault(&stream, STREAM_LATE, unit, 0, 4000 + unit * 37 % 900);
    run_until(5000000);
    assert_clean(1);
    assert_int_equal(skipped, 0);
}

static void stopping_stops(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    run_until(1000000);
    source.ops->stop(source.context);
    uint32_t transfers = stream.transfers;
    uint64_t due_us = 0;
    stream.now_us += 1000000;
    assert_int_equal(source.ops->step(source.context, stream.now_us, &frame, &due_us), 0);
    assert_true(due_us == IB_NEVER);
    assert_int_equal(stream.transfers, transfers);
    const struct ib_source_format format = {160, 120, IB_TELEMETRY_FOOTER};
    uint32_t before = counters().frames;
    assert_int_equal(source.ops->start(source.context, &format, stream.now_us), IB_OK);
    run_until(stream.now_us + 1000000);
    assert_true(counters().frames > before + 5);
    assert_int_equal(counters().resyncs, 2);
}

// ---- Disturbed ----

static void single_faults_cost_one_frame(void **state) {
    static const struct {
        enum stream_fault_kind kind;
        uint32_t value;
    } kinds[] = {{STREAM_DROP, 0}, {STREAM_REPEAT, 0}, {STREAM_FLIP, 77}, {STREAM_SEGMENT, 6}};
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        for (uint32_t unit = 120; unit < 126; unit++) {
            for (uint32_t packet = 0; packet < 61; packet += 10) {
                begin(true, IB_TELEMETRY_FOOTER);
                stream_fault(&stream, kinds[k].kind, unit, packet, kinds[k].value);
                run_until(2000000);
                print_message("kind %zu unit %u packet %u\n", k, unit, packet);
                struct ib_source_counters c = counters();
                // Segment 1 beginning twice is whole the second time, and segment 4 ending twice
                // was whole already.
                bool harmless = kinds[k].kind == STREAM_REPEAT &&
                                ((unit == 120 && packet == 0) || (unit == 123 && packet == 60));
                bool lost = unit < 124 && !harmless;
                assert_int_equal(skipped, lost);
                assert_int_equal(c.resyncs, 1); // a single fault does not lose synchronisation
                assert_int_equal(c.dropped, lost);
                assert_int_equal(c.bad_crc, kinds[k].kind == STREAM_FLIP);
                assert_int_equal(c.bad_order, kinds[k].kind != STREAM_FLIP);
                assert_true(longest_gap_us < 240000);
            }
        }
    }
}

static void a_swapped_order_costs_one_frame(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    stream_fault(&stream, STREAM_SWAP, 122, 0, 1);
    stream_fault(&stream, STREAM_SWAP, 123, 0, (uint32_t)-1);
    run_until(3000000);
    assert_int_equal(skipped, 1);
    assert_int_equal(counters().bad_order, 1);
    assert_int_equal(counters().resyncs, 1);
}

static void a_short_unit_is_survived(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    stream_fault(&stream, STREAM_TRUNCATED, 121, 30, 0);
    run_until(3000000);
    assert_int_equal(skipped, 1);
    assert_int_equal(counters().bad_order, 1);
    assert_int_equal(counters().resyncs, 1);
}

static void one_bad_copy_of_80x60_costs_nothing(void **state) {
    (void)state;
    begin(false, IB_TELEMETRY_FOOTER);
    stream_fault(&stream, STREAM_FLIP, 30, 10, 3);
    stream_fault(&stream, STREAM_DROP, 34, 10, 0);
    run_until(3000000);
    assert_int_equal(skipped, 0);
    assert_int_equal(counters().resyncs, 1);
}

// ---- Out of step ----

static void a_stalled_loop_comes_back(void **state) {
    (void)state;
    for (int lost = STREAM_LOST_DISCARDS; lost <= STREAM_LOST_REPEATS; lost++) {
        for (uint64_t stall_us = 15000; stall_us < 600000; stall_us *= 3) {
            for (int large = 0; large < 2; large++) {
                begin(large, IB_TELEMETRY_FOOTER);
                stream.lost = (enum stream_lost)lost;
                run_until(2000000);
                // Stop in the middle of a unit.
                while (!capture.vospi.in_unit)
                    run_until(stream.now_us + 1);
                stream.now_us += stall_us;
                uint32_t before = frames;
                run_until(stream.now_us + 4000000);
                print_message("lost %d stall %u large %d: %u us\n", lost, (unsigned)stall_us, large,
                              (unsigned)longest_gap_us);
                assert_true(frames > before + 10);
                // It knows that it was late: four units (38 or 151 ms) without a good one are
                // enough; then 0.2 s of silence, and the next frame.
                assert_true(longest_gap_us < stall_us + 500000);
                assert_in_range(counters().resyncs, 1, 2);
            }
        }
    }
}

static void bad_lines_are_left_behind(void **state) {
    static const uint64_t from_us = 2000000;
    (void)state;
    for (int line = STREAM_LOW; line <= STREAM_SLIPPED; line++) {
        for (uint64_t length_us = 1000; length_us <= 3000000; length_us *= 15) {
            begin(true, IB_TELEMETRY_FOOTER);
            stream.line = (enum stream_line)line;
            stream.line_from_us = from_us;
            stream.line_to_us = from_us + length_us;
            run_until(from_us + length_us + 4000000);
            print_message("line %d for %u us: gap %u us, %u resyncs\n", line, (unsigned)length_us,
                          (unsigned)longest_gap_us, counters().resyncs);
            assert_true(stream.now_us - last_frame_us < 130000);
            assert_true(longest_gap_us < length_us + 1900000);
            if (line != STREAM_HIGH && length_us > 100000) {
                assert_true(counters().resyncs > 1);
                assert_true(counters().bad_crc + counters().bad_order > 0);
            }
        }
    }
}

static void always_invalid_segments_are_not_borne_for_ever(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    // From unit 120 on every unit is the filler at 124.
    for (uint32_t i = 0; i < 16; i++)
        stream_fault(&stream, STREAM_SWAP, 120 + i / 4 * 12 + i % 4, 0, 4);
    run_until(1300000 + 120 * 9434);
    assert_int_equal(counters().resyncs, 1);
    assert_int_equal(counters().bad_order, 0);
    assert_true(frames > 8);
}

static void an_ffc_without_video_is_waited_for(void **state) {
    (void)state;
    for (uint64_t length_us = 300000; length_us <= 1100000; length_us += 200000) {
        begin(true, IB_TELEMETRY_FOOTER);
        stream.silent_from_us = 2000000;
        stream.silent_to_us = 2000000 + length_us;
        run_until(5000000);
        print_message("silent for %u us: gap %u us\n", (unsigned)length_us,
                      (unsigned)longest_gap_us);
        assert_int_equal(counters().resyncs, 1);
        assert_int_equal(stream.times_lost, 0);
        assert_true(longest_gap_us < length_us + 350000);
    }
    // Announced, it may take its time.
    begin(true, IB_TELEMETRY_FOOTER);
    stream.freeze_from = 10; // frame 10 says "in progress"
    stream.freeze_to = 14;
    stream.silent_from_us = 1400000;
    stream.silent_to_us = 4000000;
    run_until(6000000);
    assert_int_equal(counters().resyncs, 1);
    assert_true(longest_gap_us > 2500000);
}

static void a_frozen_picture_is_not_a_loss(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    stream.freeze_from = 10;
    stream.freeze_to = 80; // eight seconds
    run_until(14000000);
    assert_clean(1);
    assert_int_equal(skipped, 0);
}

static void silence_leads_to_resyncs_for_ever(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    run_until(2000000);
    stream.silent_from_us = 0;
    stream.silent_to_us = UINT64_MAX;
    run_until(20000000);
    // The first after 1.2 s, then one every 1.2 s (0.2 s of silence, 1 s of listening).
    assert_in_range(counters().resyncs, 15, 17);
    stream.silent_to_us = stream.now_us;
    run_until(stream.now_us + 2000000);
    assert_true(stream.now_us - last_frame_us < 130000);
}

/// Every transfer of the first frames fails once: an error is said, and the stream comes back.
static void every_transfer_may_fail(void **state) {
    (void)state;
    for (int at = 1; at <= 120; at++) {
        begin(true, IB_TELEMETRY_FOOTER);
        stream.fail_at = at;
        run_until(1500000);
        assert_int_equal(errors, 1);
        assert_int_equal(counters().io_errors, 1);
        assert_int_equal(counters().resyncs, 2);
        assert_true(frames > 6);
        assert_true(longest_gap_us < 600000);
    }
}

static void counters_outlive_a_new_start(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    run_until(1000000);
    struct ib_source_counters before = counters();
    struct ib_source_format format = {160, 120, IB_TELEMETRY_OFF};
    assert_int_equal(source.ops->start(source.context, &format, stream.now_us), IB_OK);
    struct ib_source_counters after = counters();
    before.resyncs++;
    assert_memory_equal(&before, &after, sizeof before);
    format.width_px = 100;
    assert_int_equal(source.ops->start(source.context, &format, stream.now_us), IB_E_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_synchronises_first),
        cmocka_unit_test(minutes_without_a_loss),
        cmocka_unit_test(other_cadences_are_followed),
        cmocka_unit_test(whatever_happens_frames_are_exact),
        cmocka_unit_test(a_small_bus_works_in_small_pieces),
        cmocka_unit_test(without_a_slot_it_keeps_in_step),
        cmocka_unit_test(late_units_are_waited_for),
        cmocka_unit_test(stopping_stops),
        cmocka_unit_test(single_faults_cost_one_frame),
        cmocka_unit_test(a_swapped_order_costs_one_frame),
        cmocka_unit_test(a_short_unit_is_survived),
        cmocka_unit_test(one_bad_copy_of_80x60_costs_nothing),
        cmocka_unit_test(a_stalled_loop_comes_back),
        cmocka_unit_test(bad_lines_are_left_behind),
        cmocka_unit_test(always_invalid_segments_are_not_borne_for_ever),
        cmocka_unit_test(an_ffc_without_video_is_waited_for),
        cmocka_unit_test(a_frozen_picture_is_not_a_loss),
        cmocka_unit_test(silence_leads_to_resyncs_for_ever),
        cmocka_unit_test(every_transfer_may_fail),
        cmocka_unit_test(counters_outlive_a_new_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
