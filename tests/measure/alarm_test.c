/// Alarms frame by frame: a temperature is written into a one-pixel picture, the state is read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/status.h"
#include "measure/alarm.h"
#include "tests/core/support_random.h"

#define FRAME_US 100000u

/// One pixel called r1, another called r2, and an alarm.
struct rig {
    struct ib_regions regions;
    struct ib_alarm_gate gate;
    struct ib_alarm alarm;
    struct ib_frame frame;
    uint16_t pixels[2];
    uint64_t now_us;
    unsigned events;
    struct ib_alarm_event event; ///< the latest
    char seen[64];               ///< the states entered, a letter each
};

static void rig_init(struct rig *self, const char *rule_text) {
    struct ib_alarm_rule rule;
    char room[160];
    struct ib_text problem;
    memset(self, 0, sizeof *self);
    ib_text_init(&problem, room, sizeof room);
    if (ib_alarm_parse(&rule, rule_text, strlen(rule_text), IB_DEGREES_C, &problem) != IB_OK)
        fail_msg("%s: %s", rule_text, room);
    ib_regions_init(&self->regions);
    for (int i = 0; i < 2; i++) {
        struct ib_region region;
        const char *text = i == 0 ? "r1=0,0" : "r2=1,0";
        assert_int_equal(ib_region_parse(&region, text, 6, NULL), IB_OK);
        assert_int_equal(ib_regions_add(&self->regions, &region), IB_OK);
    }
    self->now_us = 1000000;
    ib_alarm_gate_init(&self->gate);
    assert_int_equal(ib_alarm_init(&self->alarm, &rule, self->now_us), IB_OK);
    self->frame = (struct ib_frame){.width_px = 2,
                                    .height_px = 1,
                                    .pixels = self->pixels,
                                    .unit = IB_UNIT_KELVIN,
                                    .scale_ck = 1,
                                    .gain = IB_GAIN_HIGH};
    self->pixels[1] = 29315;
}

static void note(struct rig *self, bool changed) {
    if (!changed)
        return;
    assert_int_equal(self->event.to, self->alarm.state);
    assert_int_not_equal(self->event.from, self->event.to);
    assert_true(self->events < sizeof self->seen - 1);
    self->seen[self->events++] = "wopab"[self->event.to];
}

/// One frame at `c` degrees. Return: the state.
static int frame(struct rig *self, double c) {
    self->pixels[0] = (uint16_t)(c * 100 + 27315.5);
    self->frame.captured_us = self->now_us += FRAME_US;
    ib_alarm_gate_frame(&self->gate, &self->frame);
    ib_regions_measure(&self->regions, &self->frame, NULL);
    note(self, ib_alarm_frame(&self->alarm, &self->gate, &self->regions, &self->event));
    return self->alarm.state;
}

static int frames(struct rig *self, double c, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        frame(self, c);
    return self->alarm.state;
}

static int tick(struct rig *self, uint64_t us) {
    self->now_us += us;
    note(self, ib_alarm_tick(&self->alarm, self->now_us, &self->event));
    return self->alarm.state;
}

static void above_needs_its_time_and_its_hysteresis(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1.max>55 for 1s clear 500ms hyst 2");
    assert_int_equal(rig.alarm.state, IB_ALARM_WAITING);
    assert_int_equal(frame(&rig, 20), IB_ALARM_OK);
    assert_int_equal(frames(&rig, 55, 30), IB_ALARM_OK); // not above
    assert_int_equal(frames(&rig, 56, 10), IB_ALARM_OK); // 0.9 s
    assert_int_equal(frame(&rig, 20), IB_ALARM_OK);      // and from the start
    assert_int_equal(frames(&rig, 56, 10), IB_ALARM_OK);
    assert_int_equal(frame(&rig, 56), IB_ALARM_RAISED); // 1.0 s
    assert_true(rig.event.has_value && fabs(rig.event.value - 329.15) < 1e-9);
    assert_int_equal(rig.event.at_us, rig.now_us);
    assert_int_equal(frames(&rig, 53.5, 30), IB_ALARM_RAISED); // within the hysteresis
    assert_int_equal(frames(&rig, 52.9, 5), IB_ALARM_RAISED);  // 0.4 s
    assert_int_equal(frame(&rig, 53.5), IB_ALARM_RAISED);
    assert_int_equal(frames(&rig, 52.9, 5), IB_ALARM_RAISED);
    assert_int_equal(frame(&rig, 52.9), IB_ALARM_OK);
    assert_string_equal(rig.seen, "oao");
}

static void every_condition_looks_the_right_way(void **state) {
    static const struct {
        const char *rule;
        double good, bad, back; ///< degrees; `back` is beyond the limit less the hysteresis
    } rows[] = {
        {"a=r1>55 hyst 2", 55, 55.1, 53.1},
        {"a=r1<5 hyst 2", 5, 4.9, 6.9},
        {"a=r1 outside 10..40 hyst 2", 10, 9.9, 11.9},
        {"a=r1 outside 10..40 hyst 2", 40, 40.1, 38.1},
        {"a=r1.max-r2.max>15 hyst 1", 35, 35.1, 34.1}, // r2 is 20 °C
        {"a=r1.max-r2.max<-15 hyst 1", 5, 4.9, 5.9},
        {"a=r1.mean-30>5 hyst 1", 35, 35.1, 34.1},
        {"a=r1>131F hyst 3.6F", 55, 55.1, 53.1},
        {"a=r1>328.15K hyst 2K", 55, 55.1, 53.1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig rig;
        rig_init(&rig, rows[i].rule);
        if (frame(&rig, rows[i].good) != IB_ALARM_OK ||
            frame(&rig, rows[i].bad) != IB_ALARM_RAISED ||
            frame(&rig, rows[i].back) != IB_ALARM_RAISED)
            fail_msg("%s: %s", rows[i].rule, rig.seen);
        assert_int_equal(frame(&rig, 25), IB_ALARM_OK);
    }
}

static void two_stages_are_told_apart(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55 pre 50 for 500ms hyst 2");
    frame(&rig, 20);
    frames(&rig, 51, 10);
    assert_int_equal(rig.alarm.state, IB_ALARM_PRE);
    frames(&rig, 56, 10);
    assert_int_equal(rig.alarm.state, IB_ALARM_RAISED);
    frames(&rig, 52, 10);
    assert_int_equal(rig.alarm.state, IB_ALARM_PRE);
    frames(&rig, 40, 10);
    assert_string_equal(rig.seen, "opapo");
    // Both at once: the alarm is what is said.
    rig_init(&rig, "hot=r1>55 pre 50 for 500ms");
    frame(&rig, 20);
    frames(&rig, 60, 10);
    assert_string_equal(rig.seen, "oa");
    rig_init(&rig, "cold=r1 outside 0..40 pre 5..35");
    frame(&rig, 20);
    frame(&rig, 4);
    frame(&rig, -1);
    frame(&rig, 36);
    assert_string_equal(rig.seen, "opap");
}

static void an_ffc_is_not_judged_and_neither_are_3_s_after_it(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55");
    frame(&rig, 20);
    rig.frame.flags = IB_FRAME_FFC;
    assert_int_equal(frames(&rig, 90, 10), IB_ALARM_OK);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_FFC);
    rig.frame.flags = 0;
    assert_int_equal(frames(&rig, 90, 29), IB_ALARM_OK); // 2.9 s
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_FFC);
    assert_int_equal(frame(&rig, 90), IB_ALARM_RAISED);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_NONE);
    // Nor does one make an alarm end.
    rig.frame.ffc_state = IB_FFC_RUNNING;
    assert_int_equal(frames(&rig, 20, 10), IB_ALARM_RAISED);
    rig.frame.ffc_state = IB_FFC_DONE;
    assert_int_equal(frames(&rig, 20, 29), IB_ALARM_RAISED);
    assert_int_equal(frame(&rig, 20), IB_ALARM_OK);
}

/// Some modules send nothing at all during an FFC: the telemetry tells that there was one.
static void an_ffc_that_no_frame_showed_is_noticed(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55");
    rig.frame.flags = IB_FRAME_TELEMETRY;
    rig.frame.ffc_state = IB_FFC_DONE;
    rig.frame.uptime_ms = 500000;
    assert_int_equal(frame(&rig, 20), IB_ALARM_OK);
    rig.frame.telemetry[30] = 777;
    assert_int_equal(frames(&rig, 90, 30), IB_ALARM_OK);
    assert_int_equal(frame(&rig, 90), IB_ALARM_RAISED);
    // One that ended a second before the first picture: two more to wait.
    rig_init(&rig, "hot=r1>55");
    rig.now_us = 5000000;
    rig.frame.flags = IB_FRAME_TELEMETRY;
    rig.frame.ffc_state = IB_FFC_DONE;
    rig.frame.uptime_ms = 60000;
    rig.frame.telemetry[30] = 59000;
    assert_int_equal(frames(&rig, 90, 20), IB_ALARM_WAITING);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_FFC);
    assert_int_equal(frame(&rig, 90), IB_ALARM_RAISED);
}

static void timers_stand_still_while_nothing_is_judged(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55 for 1s settle 300ms");
    frame(&rig, 20);
    frames(&rig, 60, 9); // 0.8 s
    rig.frame.flags = IB_FRAME_FFC;
    frames(&rig, 60, 20);
    rig.frame.flags = 0;
    frames(&rig, 60, 2); // settling
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_FFC);
    assert_int_equal(frames(&rig, 60, 2), IB_ALARM_OK); // 0.9 s
    assert_int_equal(frame(&rig, 60), IB_ALARM_RAISED);
}

static void gain_switches_and_gaps_are_not_judged(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55");
    frame(&rig, 20);
    rig.frame.gain = IB_GAIN_LOW;
    assert_int_equal(frames(&rig, 90, 30), IB_ALARM_OK);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_GAIN);
    assert_int_equal(frame(&rig, 20), IB_ALARM_OK);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_NONE);
    rig.frame.flags = IB_FRAME_AFTER_GAP;
    assert_int_equal(frame(&rig, 90), IB_ALARM_OK);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_GAP);
    rig.frame.flags = 0;
    assert_int_equal(frame(&rig, 90), IB_ALARM_RAISED);
}

static void a_start_without_an_ffc_is_not_judged(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55");
    rig.frame.flags = IB_FRAME_TELEMETRY;
    rig.frame.ffc_state = IB_FFC_NEVER;
    rig.frame.uptime_ms = 3000;
    assert_int_equal(frames(&rig, 90, 5), IB_ALARM_WAITING);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_START);
    // Some never do one.
    rig.frame.uptime_ms = 12000;
    assert_int_equal(frame(&rig, 90), IB_ALARM_RAISED);
}

static void a_dead_camera_is_blind_and_never_ok(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55");
    assert_int_equal(tick(&rig, 9900000), IB_ALARM_WAITING);
    assert_int_equal(tick(&rig, 200000), IB_ALARM_BLIND);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_NO_FRAME);
    assert_false(rig.event.has_value);
    assert_int_equal(frame(&rig, 20), IB_ALARM_OK);
    uint64_t due_us = ib_alarm_due_us(&rig.alarm);
    assert_int_equal(due_us, rig.now_us + 10000000);
    assert_int_equal(tick(&rig, 9999999), IB_ALARM_OK);
    assert_int_equal(tick(&rig, 1), IB_ALARM_BLIND);
    assert_int_equal(tick(&rig, 1000000), IB_ALARM_BLIND); // said once
    assert_int_equal(frame(&rig, 90), IB_ALARM_RAISED);
    assert_string_equal(rig.seen, "boba");
}

static void an_alarm_survives_blindness(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55 clear 1m blind 2s");
    frame(&rig, 90);
    assert_int_equal(tick(&rig, 2000000), IB_ALARM_BLIND);
    assert_int_equal(frame(&rig, 20), IB_ALARM_RAISED); // its minute has not passed
    assert_string_equal(rig.seen, "aba");
}

static void no_degrees_are_blindness_too(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55");
    rig.frame.unit = IB_UNIT_COUNTS;
    rig.frame.scale_ck = 0;
    assert_int_equal(frames(&rig, 90, 99), IB_ALARM_WAITING);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_NOT_RADIOMETRIC);
    assert_int_equal(frame(&rig, 90), IB_ALARM_BLIND);
    // A region that is not in the picture, and one that is gone.
    rig_init(&rig, "hot=r3>55");
    assert_int_equal(frames(&rig, 90, 101), IB_ALARM_BLIND);
    assert_int_equal(rig.alarm.mask, IB_ALARM_MASK_NO_VALUE);
    rig_init(&rig, "hot=r1>55");
    rig.regions.region[0].points[0].x = 50;
    assert_int_equal(frames(&rig, 90, 101), IB_ALARM_BLIND);
}

static void a_latched_alarm_waits_for_somebody(void **state) {
    struct rig rig;
    (void)state;
    rig_init(&rig, "hot=r1>55 clear 500ms latch");
    frame(&rig, 20);
    frame(&rig, 60);
    assert_int_equal(frames(&rig, 20, 100), IB_ALARM_RAISED);
    note(&rig, ib_alarm_acknowledge(&rig.alarm, rig.now_us, &rig.event));
    assert_int_equal(rig.alarm.state, IB_ALARM_OK);
    // Acknowledged while the cause is there: it goes when the cause does.
    frame(&rig, 60);
    note(&rig, ib_alarm_acknowledge(&rig.alarm, rig.now_us, &rig.event));
    assert_int_equal(frames(&rig, 60, 10), IB_ALARM_RAISED);
    assert_int_equal(frames(&rig, 20, 6), IB_ALARM_OK);
    // And the next one latches anew.
    frame(&rig, 60);
    assert_int_equal(frames(&rig, 20, 50), IB_ALARM_RAISED);
    assert_string_equal(rig.seen, "oaoaoa");
}

static void a_test_changes_nothing(void **state) {
    struct rig rig;
    struct ib_alarm_event event;
    (void)state;
    rig_init(&rig, "hot=r1>55");
    frame(&rig, 20);
    ib_alarm_test(&rig.alarm, 5, &event);
    assert_true(event.test && event.to == IB_ALARM_RAISED && event.at_us == 5);
    assert_int_equal(rig.alarm.state, IB_ALARM_OK);
}

static void a_rise_is_that_of_a_straight_line(void **state) {
    struct rig rig;
    struct random random = {12};
    (void)state;
    // 6 K a minute, with half a kelvin of noise, for a limit of 5.
    rig_init(&rig, "r=r1 rises 5/min pre 3/min");
    for (int i = 0; i < 300; i++)
        frame(&rig, 20 + random_between(&random, -0.05, 0.05));
    assert_string_equal(rig.seen, "o");
    assert_true(fabs(rig.alarm.value) < 0.03);
    for (int i = 0; i < 300; i++)
        frame(&rig, 20 + 0.01 * i + random_between(&random, -0.02, 0.02));
    assert_int_equal(rig.alarm.state, IB_ALARM_RAISED);
    assert_true(fabs(rig.alarm.value * 60 - 6) < 1);
    // A jump at an FFC is no rise: the line begins anew after it.
    rig_init(&rig, "r=r1 rises 5/min");
    frames(&rig, 20, 100);
    rig.frame.flags = IB_FRAME_FFC;
    frames(&rig, 20, 10);
    rig.frame.flags = 0;
    frames(&rig, 23, 200);
    assert_string_equal(rig.seen, "o");
}

static void rules_read_back_as_themselves(void **state) {
    static const char *const rows[][2] = {
        {"hot=r1.max>55 for 3s hyst 2 pre 50", "hot=r1.max>55 for 3s hyst 2 pre 50"},
        {"r1>55", "r1.max>55"},
        {"r1<5", "r1.min<5"},
        {"r1.mean >= 55", NULL},
        {"x = r1>5", NULL},
        {"r1 > 131F, for 1500ms, latch", "r1.max>55 for 1.5s latch"},
        {"a=r1.mean outside -10..40.5 pre 0..30", "a=r1.mean outside -10..40.5 pre 0..30"},
        {"a=r1.max-r2.mean>5.5 hyst 0.5 clear 10s", "a=r1.max-r2.mean>5.5 clear 10s hyst 0.5"},
        {"a=motor-1.max-22C>5", "a=motor-1.max-22C>5"},
        {"a=r1 rises 0.5/s hyst 6/min", "a=r1.max rises 30/min hyst 6/min"},
        {"a=r1 rises 9F/min pre 3/min", "a=r1.max rises 5/min pre 3/min"},
        {"a=r1>5 settle 0s blind 1h", "a=r1.max>5 settle 0s blind 1h"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *in = rows[i][0];
        struct ib_alarm_rule rule;
        char room[IB_ALARM_TEXT_BYTES];
        struct ib_text text;
        for (int round = 0; rows[i][1] && round < 2; round++) {
            assert_int_equal(ib_alarm_parse(&rule, in, strlen(in), IB_DEGREES_C, NULL), IB_OK);
            ib_text_init(&text, room, sizeof room);
            ib_alarm_print(&text, &rule, true);
            assert_string_equal(room, rows[i][1]);
            in = rows[i][1];
        }
    }
    struct ib_alarm_rule rule;
    assert_int_equal(ib_alarm_parse(&rule, "r1>131", 6, IB_DEGREES_F, NULL), IB_OK);
    assert_true(fabs(rule.high - 328.15) < 1e-9);
}

static void wrong_rules_say_what_and_where(void **state) {
    static const char *const rows[][2] = {
        {"", "character 1: expected a region's name"},
        {"hot=", "character 5: expected a region's name"},
        {"5=r1>5", "character 1: a name is"},
        {"r1", "character 3: expected >, <, outside or rises"},
        {"r1.top>5", "character 4: expected min, max, mean or median"},
        {"r1>", "character 4: the limit must be a temperature"},
        {"r1>hot", "character 4: the limit must be a temperature"},
        {"r1>-300", "character 4: no such temperature"},
        {"r1>5x", "character 5: not understood"},
        {"r1>5 four 3s", "character 6: expected for, clear"},
        {"r1>5 for 3", "character 10: for must be a time"},
        {"r1>5 for -3s", "character 10: for must be a time"},
        {"r1>5 for 9999h", "character 10: for must be 100 days"},
        {"r1>5 hyst", "character 10: hyst must be a number"},
        {"r1>5 hyst -1", "hyst must be 0 or more"},
        {"r1>5 pre 6", "pre must be reached before"},
        {"r1<5 pre 4", "pre must be reached before"},
        {"r1 outside 10", "character 14: expected two limits"},
        {"r1 outside 40..10", "the lower limit must be below"},
        {"r1 outside 10..20 hyst 5", "hyst must leave room"},
        {"r1 rises 5", "character 11: expected /s, /min or /h"},
        {"r1 rises -5/s", "a rise must be above 0"},
        {"r1>5 blind 0s", "blind must be 1s"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_alarm_rule rule;
        char room[160];
        struct ib_text problem;
        ib_text_init(&problem, room, sizeof room);
        int status = ib_alarm_parse(&rule, rows[i][0], strlen(rows[i][0]), IB_DEGREES_C, &problem);
        if (status >= 0 || !strstr(room, rows[i][1]))
            fail_msg("%s: %d %s", rows[i][0], status, room);
    }
}

static void any_bytes_are_read_without_harm(void **state) {
    static const char alphabet[] = "r1r2..->< =5500CFK forhystpreoutsiderises/minlatchblind,\xC2";
    struct random random = {20261130};
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[48], room[160];
        size_t size = random_below(&random, sizeof text);
        for (size_t j = 0; j < size; j++)
            text[j] = alphabet[random_below(&random, sizeof alphabet)];
        struct ib_alarm_rule rule;
        struct ib_text problem;
        ib_text_init(&problem, room, sizeof room);
        int status = ib_alarm_parse(&rule, text, size, IB_DEGREES_C, &problem);
        assert_true(status == IB_OK ? ib_alarm_check(&rule, NULL) == IB_OK : room[0] != '\0');
    }
}

/// Whatever comes: a change is told when and only when the state differs; never two at once; and
/// nothing is "ok" that was not judged within its time.
static void any_story_keeps_the_promises(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        struct rig rig;
        rig_init(&rig, seed % 2 ? "a=r1>50 pre 40 for 300ms clear 500ms hyst 5 blind 2s settle 1s"
                                : "a=r1>50 for 200ms latch blind 3s");
        for (int i = 0; i < 400; i++) {
            uint8_t before = rig.alarm.state;
            unsigned events = rig.events;
            rig.frame.flags = random_below(&random, 12) == 0   ? IB_FRAME_FFC
                              : random_below(&random, 12) == 0 ? IB_FRAME_AFTER_GAP
                                                               : 0;
            if (random_below(&random, 30) == 0)
                rig.frame.gain ^= 1;
            if (random_below(&random, 15) == 0)
                tick(&rig, random_below(&random, 4000000));
            else if (random_below(&random, 20) == 0)
                note(&rig, ib_alarm_acknowledge(&rig.alarm, rig.now_us, &rig.event));
            else
                frame(&rig, random_between(&random, 30, 60));
            assert_int_equal(rig.events - events, before != rig.alarm.state);
            rig.events = 0;
            if (rig.now_us - rig.alarm.judged_us >= rig.alarm.rule.blind_us) {
                tick(&rig, 0);
                if (rig.alarm.state != IB_ALARM_BLIND)
                    fail_msg("seed %llu: blind, and says so not", (unsigned long long)seed);
                rig.events = 0;
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(above_needs_its_time_and_its_hysteresis),
        cmocka_unit_test(every_condition_looks_the_right_way),
        cmocka_unit_test(two_stages_are_told_apart),
        cmocka_unit_test(an_ffc_is_not_judged_and_neither_are_3_s_after_it),
        cmocka_unit_test(an_ffc_that_no_frame_showed_is_noticed),
        cmocka_unit_test(timers_stand_still_while_nothing_is_judged),
        cmocka_unit_test(gain_switches_and_gaps_are_not_judged),
        cmocka_unit_test(a_start_without_an_ffc_is_not_judged),
        cmocka_unit_test(a_dead_camera_is_blind_and_never_ok),
        cmocka_unit_test(an_alarm_survives_blindness),
        cmocka_unit_test(no_degrees_are_blindness_too),
        cmocka_unit_test(a_latched_alarm_waits_for_somebody),
        cmocka_unit_test(a_test_changes_nothing),
        cmocka_unit_test(a_rise_is_that_of_a_straight_line),
        cmocka_unit_test(rules_read_back_as_themselves),
        cmocka_unit_test(wrong_rules_say_what_and_where),
        cmocka_unit_test(any_bytes_are_read_without_harm),
        cmocka_unit_test(any_story_keeps_the_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
