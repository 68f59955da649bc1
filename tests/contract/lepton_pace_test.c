/// Control and video on one loop: long control blocks while video runs, on slow and fast buses.
///
/// The loop here is the camera's in small: video whenever it is due, else one transfer of control.
/// What a transfer costs is the simulated wires' affair, so a piece of a block that is too long for
/// the slack between two units shows as a loss of synchronisation.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "sim/lepton.h"

#define USER_LUT 0x0308

static struct ib_sim_clock sim_clock;
static struct ib_clock clock_table;
static struct ib_sim_lepton part;
static struct ib_i2c i2c;
static struct ib_spi spi;
static struct ib_lepton_cci cci_engine;
static struct ib_cci cci;
static struct ib_lepton_capture capture;
static struct ib_source source;
static struct ib_frame frame;
static uint16_t pixels[160 * 120];
static uint64_t video_us;
static unsigned frames;

static void power_up(const char *model, uint32_t i2c_hz, uint32_t spi_hz, size_t max_bytes) {
    ib_sim_clock_init(&sim_clock);
    clock_table = ib_sim_clock_table(&sim_clock);
    struct ib_sim_lepton_config config = {.model = model,
                                          .seed = 5,
                                          .clock = &sim_clock,
                                          .scene = ib_sim_scene_named("person"),
                                          .i2c_hz = i2c_hz,
                                          .spi_hz = spi_hz};
    assert_int_equal(ib_sim_lepton_init(&part, &config), IB_OK);
    i2c = ib_sim_lepton_i2c(&part);
    spi = ib_sim_lepton_spi(&part);
    spi.max_bytes = max_bytes;
    ib_lepton_cci_init(&cci_engine, &i2c, &cci);
    ib_lepton_capture_init(&capture, &spi, &source);
    ib_clock_wait_until(&clock_table, 3000000);
    memset(&frame, 0, sizeof frame);
    frame.pixels = pixels;
    frame.capacity_px = 160 * 120;
    frames = 0;
}

static void start_video(const char *model) {
    bool large = model[0] == '3';
    struct ib_source_format format = {large ? 160 : 80, large ? 120 : 60, IB_TELEMETRY_FOOTER};
    assert_int_equal(source.ops->start(source.context, &format, sim_clock.now_us), IB_OK);
    video_us = sim_clock.now_us;
}

static bool step_video(void) {
    uint64_t now_us = ib_clock_now(&clock_table);
    if (now_us < video_us)
        return false;
    frames += source.ops->step(source.context, now_us, &frame, &video_us) == 1;
    return true;
}

/// One command, video going on meanwhile.
static void talk(uint16_t command, uint16_t count, uint16_t *data) {
    struct ib_cci_command c = {.command = command,
                               .words = count,
                               .data = data,
                               .deadline_us = sim_clock.now_us + 5000000};
    struct ib_cci_outcome outcome;
    uint64_t due_us = sim_clock.now_us;

    assert_int_equal(cci.ops->start(cci.context, &c, sim_clock.now_us), IB_OK);
    for (;;) {
        if (video_us && step_video())
            continue;
        uint64_t now_us = ib_clock_now(&clock_table);
        if (now_us >= due_us && cci.ops->poll(cci.context, now_us, &outcome, &due_us))
            break;
        ib_clock_wait_until(&clock_table, video_us && video_us < due_us ? video_us : due_us);
    }
    assert_int_equal(outcome.status, IB_OK);
}

static void run_video(uint64_t us) {
    uint64_t until_us = sim_clock.now_us + us;
    while (sim_clock.now_us < until_us) {
        step_video();
        ib_clock_wait_until(&clock_table, video_us < until_us ? video_us : until_us);
    }
}

/// Ten times 512 words out and in again.
static void blocks_while_video_runs(const char *model, uint32_t i2c_hz, uint32_t spi_hz,
                                    size_t max_bytes) {
    uint16_t on[2] = {1, 0}, sent[512], got[512];
    struct ib_source_counters before, after;

    print_message("%s, I2C %u Hz, SPI %u Hz, %zu bytes a transfer\n", model, (unsigned)i2c_hz,
                  (unsigned)spi_hz, max_bytes);
    video_us = 0;
    power_up(model, i2c_hz, spi_hz, max_bytes);
    talk(0x0219, 2, on);
    start_video(model);
    run_video(1000000);
    source.ops->counters(source.context, &before);
    uint32_t losses = part.vospi.losses;
    uint64_t begin_us = sim_clock.now_us;
    unsigned frames_before = frames;
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < 512; i++)
            sent[i] = (uint16_t)(i * 257 + round);
        talk(USER_LUT + 1, 512, sent);
        talk(USER_LUT, 512, got);
        assert_memory_equal(sent, got, sizeof sent);
    }
    source.ops->counters(source.context, &after);
    uint64_t took_us = sim_clock.now_us - begin_us;
    assert_int_equal(part.vospi.losses, losses);
    assert_int_equal(after.resyncs, before.resyncs);
    assert_int_equal(after.bad_order, before.bad_order);
    assert_int_equal(after.dropped, before.dropped);
    assert_in_range(frames - frames_before, took_us * 53 / 6000000 - 1, took_us * 53 / 6000000 + 1);
    assert_int_equal(ib_sim_lepton_violation_count(&part), 0);
}

static void every_speed_of_the_buses(void **state) {
    static const uint32_t i2c_hz[] = {100000, 400000, 1000000};
    static const uint32_t spi_hz[] = {10000000, 12500000, 16000000, 20000000};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t s = 0; s < 4; s++) {
            blocks_while_video_runs("3.5", i2c_hz[i], spi_hz[s], 0);
            blocks_while_video_runs("2.5", i2c_hz[i], spi_hz[s], 0);
        }
}

static void every_size_of_a_transfer(void **state) {
    static const size_t bytes[] = {164, 1000, 4096, 65536};
    (void)state;
    for (size_t b = 0; b < 4; b++) {
        blocks_while_video_runs("3.5", 400000, 16000000, bytes[b]);
        blocks_while_video_runs("2.5", 400000, 16000000, bytes[b]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_speed_of_the_buses),
        cmocka_unit_test(every_size_of_a_transfer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
