/// Every misbehaviour of the simulated Lepton, and how long the camera needs to recover from it.
///
/// Times are on the step clock, from the moment the fault begins to the first good frame after the
/// last moment without one: the longest silence that a reader of the hub sees.
#include "rig.h"

#include <string.h>

struct row {
    enum ib_sim_fault fault;
    uint32_t count;
    uint64_t duration_us;
    uint64_t silence_limit_us; ///< the longest time without a frame that is acceptable
    bool heal; ///< ends only when the fault is ended from outside, after `duration_us`
};

#define MS 1000u
#define S 1000000u

// One frame time is 113 ms. What costs a frame: 227 ms. A resync: about 0.7 s. A reboot: about 3.5
// s.
static const struct row rows[] = {
    {IB_FAULT_I2C_NACK, 3, 0, 240 * MS, false},
    {IB_FAULT_I2C_STUCK, 0, 500 * MS, 1 * S, false},
    {IB_FAULT_I2C_BIT_FLIP, 2, 0, 6 * S, false},
    {IB_FAULT_PACKET_BIT_FLIP, 1, 0, 400 * MS, false},
    {IB_FAULT_CRC_ERROR, 1, 0, 400 * MS, false},
    {IB_FAULT_PACKET_DROP, 1, 0, 1 * S, false},
    {IB_FAULT_PACKET_DUPLICATE, 1, 0, 1 * S, false},
    {IB_FAULT_PACKET_LATE, 1, 3 * MS, 1 * S, false},
    {IB_FAULT_STALE_SEGMENT, 1, 0, 400 * MS, false},
    {IB_FAULT_SEGMENT_ORDER, 1, 0, 1 * S, false},
    {IB_FAULT_DISCARD_STORM, 0, 600 * MS, 2 * S, false},
    {IB_FAULT_DESYNC, 0, 0, 1500 * MS, false},
    {IB_FAULT_BYTE_SLIP, 0, 0, 1500 * MS, false},
    {IB_FAULT_MISO_LOW, 0, 500 * MS, 2 * S, false},
    {IB_FAULT_MISO_HIGH, 0, 500 * MS, 2 * S, false},
    {IB_FAULT_CCI_BUSY, 0, 0, 8 * S, false},
    {IB_FAULT_REBOOT, 0, 0, 8 * S, false},
    {IB_FAULT_FREEZE, 0, 0, 8 * S, false},
    {IB_FAULT_HANG, 0, 0, 10 * S, false},
    {IB_FAULT_LATCH_UP, 0, 0, 15 * S, false},
    {IB_FAULT_FFC_BROWN_OUT, 0, 0, 8 * S, false},
    {IB_FAULT_FFC_LONG, 0, 1500 * MS, 8 * S, false},
    {IB_FAULT_FFC_NO_VIDEO, 0, 0, 4 * S, false},
    {IB_FAULT_REBOOT_DEAF, 0, 0, 12 * S, false},
    {IB_FAULT_UNPLUG, 0, 20 * S, 20 * S + 15 * S, true},
};

/// Some faults wait for something to hit: a command, an FFC, a reboot.
static void provoke(struct rig *rig, enum ib_sim_fault fault) {
    struct ib_camera_request r = {.ask = IB_ASK_FFC};
    uint16_t words[2] = {0, 0};

    switch (fault) {
    case IB_FAULT_FFC_BROWN_OUT:
    case IB_FAULT_FFC_LONG:
    case IB_FAULT_FFC_NO_VIDEO:
        rig_ask(rig, &r);
        break;
    case IB_FAULT_I2C_NACK:
    case IB_FAULT_I2C_STUCK:
    case IB_FAULT_I2C_BIT_FLIP:
    case IB_FAULT_CCI_BUSY:
    case IB_FAULT_REBOOT:
        r.ask = IB_ASK_CCI;
        r.cci.command = 0x0248;
        r.cci.words = 2;
        r.cci.data = words;
        rig_ask(rig, &r);
        break;
    case IB_FAULT_REBOOT_DEAF:
        r.ask = IB_ASK_RESET;
        r.rung = IB_RUNG_REBOOT;
        rig_ask(rig, &r);
        break;
    default:
        break;
    }
}

/// The longest time between two good frames while `us` pass; `*since_us` carries over.
static uint64_t longest_silence(struct rig *rig, uint64_t us, uint64_t *since_us) {
    uint64_t end_us = rig->sim_clock.now_us + us, longest_us = 0;
    while (rig->sim_clock.now_us < end_us) {
        bool frame = rig_until_frame(rig, end_us - rig->sim_clock.now_us) != IB_NEVER;
        uint64_t silent_us = rig->sim_clock.now_us - *since_us;
        if (silent_us > longest_us)
            longest_us = silent_us;
        if (frame)
            *since_us = rig->sim_clock.now_us;
    }
    return longest_us;
}

static bool check(const struct row *row, const char *model) {
    struct rig *rig = rig_new(&(struct rig_config){.model = model, .seed = 21});
    struct ib_camera_state before, after;

    rig_boot(rig);
    rig_run(rig, 1000000);
    ib_camera_state(&rig->camera, &before);
    uint64_t since_us = before.last_frame_us;
    int begun = ib_sim_lepton_fault(&rig->part, row->fault, row->count, row->duration_us);
    if (begun == IB_E_INVAL && row->fault == IB_FAULT_SEGMENT_ORDER && rig->last.width_px == 80) {
        print_message("%-18s %-4s has no segments\n", ib_sim_fault_name(row->fault), model);
        return true;
    }
    assert_int_equal(begun, IB_OK);
    provoke(rig, row->fault);
    uint64_t silence_us = 0;
    if (row->heal) {
        silence_us = longest_silence(rig, row->duration_us, &since_us);
        ib_sim_lepton_heal(&rig->part);
    }
    uint64_t later_us = longest_silence(rig, 20000000, &since_us);
    if (later_us > silence_us)
        silence_us = later_us;
    ib_camera_state(&rig->camera, &after);
    print_message(
        "%-18s %-4s longest silence %7.3f s; resync %u reboot %u reset %u power %u, source "
        "resyncs %u, crc %u, order %u\n",
        ib_sim_fault_name(row->fault), model, (double)silence_us * 1e-6, after.counters.rung[0],
        after.counters.rung[1], after.counters.rung[2], after.counters.rung[3],
        after.source.resyncs - before.source.resyncs, after.source.bad_crc, after.source.bad_order);
    assert_true(rig->last.flags & IB_FRAME_TELEMETRY);
    rig_assert_calm(rig);
    if (after.stage == IB_STAGE_RUNNING && silence_us <= row->silence_limit_us)
        return true;
    print_error("%s on a %s: stage %s, silent for %.3f s, allowed %.3f s\n",
                ib_sim_fault_name(row->fault), model, ib_camera_stage_name(after.stage),
                (double)silence_us * 1e-6, (double)row->silence_limit_us * 1e-6);
    return false;
}

static void every_fault_160x120(void **state) {
    (void)state;
    bool good = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        good &= check(&rows[i], "3.5");
    assert_true(good);
}

static void every_fault_80x60(void **state) {
    (void)state;
    bool good = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        good &= check(&rows[i], "2.5");
    assert_true(good);
}

static void every_fault_is_in_the_table(void **state) {
    (void)state;
    for (int fault = IB_FAULT_NONE + 1; fault < IB_FAULT_COUNT; fault++) {
        bool found = false;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            found |= rows[i].fault == (enum ib_sim_fault)fault;
        if (!found)
            fail_msg("fault %d has no row", fault);
    }
}

/// A whole segment of the frame before, with good CRCs and the right number: a torn frame that only
/// its pixels betray.
static void a_stale_segment_is_not_handed_out(void **state) {
    enum { BAND_PX = RIG_PX / 4 };
    static uint16_t before[RIG_PX];
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 24, .scene = "kettle", .noisy = true});
    struct ib_camera_state s;
    rig_boot(rig);
    rig_run(rig, 3000000);
    unsigned frames = 0;
    for (unsigned fault = 0; fault < 5; fault++) {
        assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_STALE_SEGMENT, 1, 0), IB_OK);
        for (unsigned i = 0; i < 15; i++, frames++) {
            memcpy(before, rig->last_px, sizeof before);
            assert_true(rig_until_frame(rig, 1000000) != IB_NEVER);
            for (unsigned band = 0; band < 4; band++)
                if (memcmp(&before[band * BAND_PX], &rig->last_px[band * BAND_PX], BAND_PX * 2) ==
                    0)
                    fail_msg("fault %u, frame %u: segment %u is the one before", fault, i,
                             band + 1);
        }
    }
    ib_camera_state(&rig->camera, &s);
    assert_int_equal(s.source.dropped, 5);
    assert_int_equal(s.counters.rung[IB_RUNG_RESYNC], 0);
}

/// Somebody who asks for one FFC after the other must not keep the ladder from being climbed.
static void ffcs_without_end_do_not_hide_a_freeze(void **state) {
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 25});
    rig_boot(rig);
    assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_FREEZE, 0, 0), IB_OK);
    uint64_t start_us = rig->sim_clock.now_us;
    uint32_t frames = rig->frames;
    while (rig->frames < frames + 10 && rig->sim_clock.now_us < start_us + 30000000) {
        struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
        rig_ask(rig, &ffc);
        rig_run(rig, 20000);
    }
    struct ib_camera_state s;
    ib_camera_state(&rig->camera, &s);
    print_message("FFC after FFC and a freeze: reboot %u\n", s.counters.rung[IB_RUNG_REBOOT]);
    assert_true(s.counters.rung[IB_RUNG_REBOOT] >= 1);
}

/// Without reset and power lines the camera climbs what there is, for ever, and is back when the
/// module is.
static void without_lines_it_keeps_trying(void **state) {
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 22, .no_lines = true});
    struct ib_camera_state s;
    rig_boot(rig);
    ib_sim_lepton_plug(&rig->part, false);
    rig_run(rig, 120000000);
    ib_camera_state(&rig->camera, &s);
    assert_int_not_equal(s.stage, IB_STAGE_RUNNING);
    assert_true(s.counters.rung[IB_RUNG_RESYNC] >= 10);
    assert_int_equal(s.counters.rung[IB_RUNG_RESET], 0);
    ib_sim_lepton_plug(&rig->part, true);
    uint64_t took_us = rig_until_frame(rig, 30000000);
    assert_true(took_us != IB_NEVER);
    print_message("plugged in again without lines: frames after %.3f s\n", (double)took_us * 1e-6);
}

static void a_camera_without_a_module_starts_when_it_comes(void **state) {
    (void)state;
    struct rig *rig = rig_new(&(struct rig_config){.seed = 23});
    ib_sim_lepton_plug(&rig->part, false);
    rig_run(rig, 60000000);
    assert_int_equal(rig->frames, 0);
    ib_sim_lepton_plug(&rig->part, true);
    uint64_t took_us = rig_until_frame(rig, 30000000);
    assert_true(took_us != IB_NEVER);
    print_message("plugged in for the first time: frames after %.3f s\n", (double)took_us * 1e-6);
}

/// Pulled out and another model put in, at once or while the camera is on its ladder: size, unit
/// and name follow, what is wanted and fits is there again.
static void another_module_in_the_socket(void **state) {
    static const struct {
        const char *from, *to;
        uint16_t width_px;
        uint8_t unit;
    } swaps[] = {{"3.5", "2.5", 80, IB_UNIT_KELVIN},  {"2.5", "3.5", 160, IB_UNIT_KELVIN},
                 {"3.5", "3.0", 160, IB_UNIT_COUNTS}, {"3.0", "3.5", 160, IB_UNIT_KELVIN},
                 {"3.5", "1.5", 80, IB_UNIT_COUNTS},  {"2.0", "3.1R", 160, IB_UNIT_KELVIN}};
    static const uint64_t away_us[] = {0, 300000, 1500000, 2700000, 4000000, 9000000};
    (void)state;
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++)
        for (size_t k = 0; k < sizeof away_us / sizeof *away_us; k++) {
            struct rig *rig = rig_new(&(struct rig_config){.model = swaps[i].from, .seed = 25});
            struct ib_camera_state before, after;
            struct ib_camera_request r = {
                .ask = IB_ASK_SETTINGS,
                .settings = {.mask = IB_SETTING_EMISSIVITY, .emissivity_pct = 50}};
            rig_boot(rig);
            assert_int_equal(rig_ask(rig, &r), IB_OK);
            ib_camera_state(&rig->camera, &before);
            if (away_us[k])
                ib_sim_lepton_plug(&rig->part, false);
            rig_run(rig, away_us[k]);
            rig_swap(rig, swaps[i].to, 26);
            uint64_t took_us = rig_until_frame(rig, 15000000);
            rig_run(rig, 8000000);
            ib_camera_state(&rig->camera, &after);
            print_message("%s to %s after %.1f s: frames after %.3f s\n", swaps[i].from,
                          swaps[i].to, (double)away_us[k] * 1e-6, (double)took_us * 1e-6);
            assert_int_equal(after.stage, IB_STAGE_RUNNING);
            assert_string_equal(after.identity.name, swaps[i].to);
            assert_true(after.identity.serial != before.identity.serial);
            assert_int_equal(rig->last.width_px, swaps[i].width_px);
            assert_int_equal(rig->last.unit, swaps[i].unit);
            assert_true(rig->last.flags & IB_FRAME_TELEMETRY);
            if (after.identity.radiometric)
                assert_int_equal(rig->last.telemetry[99], 4096);
            assert_true(after.spot[2] < rig->last.height_px);
            rig_assert_calm(rig);
        }
}

/// Asked for a rung while another holds a line: the line is let go.
static void a_rung_asked_for_in_the_middle_of_another(void **state) {
    static const uint64_t later_us[] = {0, 2000, 8000, 200000, 495000, 600000, 1600000};
    (void)state;
    for (int first = 0; first < IB_RUNG_COUNT; first++)
        for (int second = 0; second < IB_RUNG_COUNT; second++)
            for (size_t k = 0; k < sizeof later_us / sizeof *later_us; k++) {
                struct rig *rig = rig_new(&(struct rig_config){.seed = 27});
                struct ib_camera_request a = {.ask = IB_ASK_RESET,
                                              .rung = (enum ib_camera_rung)first};
                struct ib_camera_request b = {.ask = IB_ASK_RESET,
                                              .rung = (enum ib_camera_rung)second};
                rig_boot(rig);
                assert_int_equal(rig_ask(rig, &a), IB_OK);
                rig_run(rig, later_us[k]);
                assert_int_equal(rig_ask(rig, &b), IB_OK);
                uint64_t took_us = rig_until_frame(rig, 20000000);
                if (took_us > 7000000)
                    fail_msg("%s, after %llu us %s: frames after %.3f s",
                             ib_camera_rung_name(a.rung), (unsigned long long)later_us[k],
                             ib_camera_rung_name(b.rung), (double)took_us * 1e-6);
                rig_run(rig, 3000000);
                assert_int_equal(rig->last.unit, IB_UNIT_KELVIN);
            }
}

/// A request for recovery in every moment of booting: the module is identified all the same.
static void a_rung_asked_for_while_booting(void **state) {
    (void)state;
    for (int rung = 0; rung < IB_RUNG_COUNT; rung++)
        for (unsigned k = 0; k < 26; k++) {
            struct rig *rig = rig_new(&(struct rig_config){.model = "2.5", .seed = 28});
            struct ib_camera_request r = {.ask = IB_ASK_RESET, .rung = (enum ib_camera_rung)rung};
            struct ib_camera_state s;
            rig_run(rig, k * 97000);
            assert_int_equal(rig_ask(rig, &r), IB_OK);
            uint64_t took_us = rig_until_frame(rig, 20000000);
            rig_run(rig, 3000000);
            ib_camera_state(&rig->camera, &s);
            if (s.identity.model != IB_LEPTON_2_5 || rig->last.width_px != 80 ||
                rig->last.unit != IB_UNIT_KELVIN || took_us > 8000000)
                fail_msg("%s %u ms after power-on: %s, %u pixels wide, frames after %.3f s",
                         ib_camera_rung_name(r.rung), k * 97, s.identity.name, rig->last.width_px,
                         (double)took_us * 1e-6);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_in_the_table),
        cmocka_unit_test(every_fault_160x120),
        cmocka_unit_test(every_fault_80x60),
        cmocka_unit_test(a_stale_segment_is_not_handed_out),
        cmocka_unit_test(ffcs_without_end_do_not_hide_a_freeze),
        cmocka_unit_test(without_lines_it_keeps_trying),
        cmocka_unit_test(a_camera_without_a_module_starts_when_it_comes),
        cmocka_unit_test(another_module_in_the_socket),
        cmocka_unit_test(a_rung_asked_for_in_the_middle_of_another),
        cmocka_unit_test(a_rung_asked_for_while_booting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
