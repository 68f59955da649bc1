/// The whole chain on the step clock: scene, simulated Lepton, both buses, driver, camera, hub. And
/// how much memory one camera's state takes.
#include <stdlib.h>
#include <string.h>

#include "boards/tcam_mini.h"
#include "camera/camera.h"
#include "core/status.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "report.h"
#include "sim/lepton.h"
#include "tcam/tcam.h"

#define SLOTS 4
#define PX (160 * 120)

static struct ib_sim_clock sim_clock;
static struct ib_sim_lepton part;
static struct ib_hub hub;
static uint16_t pixels[SLOTS * PX];
static struct ib_camera camera;
static struct ib_lepton_cci cci_engine;
static struct ib_lepton_capture capture;

/// Simulated seconds a real second, over `simulated_s` seconds of running camera.
static double run(const char *model, const char *scene, double simulated_s) {
    const struct ib_board_tcam_mini *board = &ib_board_tcam_mini;
    struct ib_cci cci;
    struct ib_source source;
    struct ib_camera_state state;

    ib_sim_clock_init(&sim_clock);
    struct ib_clock clock = ib_sim_clock_table(&sim_clock);
    struct ib_sim_lepton_config config = {.model = model,
                                          .seed = 1,
                                          .scene = ib_sim_scene_named(scene),
                                          .clock = &sim_clock,
                                          .i2c_hz = board->lepton_i2c_hz,
                                          .spi_hz = board->lepton_spi_hz};
    if (ib_sim_lepton_init(&part, &config) < 0)
        abort();
    struct ib_i2c i2c = ib_sim_lepton_i2c(&part);
    struct ib_spi spi = ib_sim_lepton_spi(&part);
    ib_lepton_cci_init(&cci_engine, &i2c, &cci);
    ib_lepton_capture_init(&capture, &spi, &source);
    source.cci = &cci;
    if (ib_hub_init(&hub, SLOTS, pixels, SLOTS * PX) < 0)
        abort();
    struct ib_camera_config camera_config = {.source = &source,
                                             .hub = &hub,
                                             .wanted = board->wanted,
                                             .wanted_count = board->wanted_count};
    if (ib_camera_init(&camera, &camera_config) < 0)
        abort();
    double start_s = bench_now_s();
    uint64_t end_us = (uint64_t)(simulated_s * 1e6), due_us;
    while (sim_clock.now_us < end_us) {
        ib_camera_step(&camera, ib_clock_now(&clock), &due_us);
        ib_clock_wait_until(&clock, due_us);
    }
    double took_s = bench_now_s() - start_s;
    ib_camera_state(&camera, &state);
    if (state.counters.frames < 8 * simulated_s) {
        fprintf(stderr, "bench_camera: only %u frames in %g s\n", state.counters.frames,
                simulated_s);
        exit(1);
    }
    return simulated_s / took_s;
}

int main(void) {
    static const char *const scenes[] = {"kettle", "person", "board", "house"};
    char name[64];

    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        snprintf(name, sizeof name, "camera: 3.5, %s", scenes[i]);
        double speed = run("3.5", scenes[i], 60);
        bench_report(name, speed, "x real", speed, "real time");
    }
    double speed = run("2.5", "kettle", 60);
    bench_report("camera: 2.5, kettle", speed, "x real", speed, "real time");

    double kib = 1024.0;
    double driver = (double)(sizeof cci_engine + sizeof capture),
           slots = (double)(sizeof hub + sizeof pixels), owner = (double)sizeof camera,
           protocol = (double)sizeof(struct ib_tcam),
           session = (double)sizeof(struct ib_tcam_session);
    bench_report("state: driver and assembler", driver / kib, "KiB", 0, NULL);
    bench_report("state: hub with 4 slots", slots / kib, "KiB", 0, NULL);
    bench_report("state: camera", owner / kib, "KiB", 0, NULL);
    bench_report("state: protocol with one encoded packet", protocol / kib, "KiB", 0, NULL);
    bench_report("state: one client's session", session / kib, "KiB", 0, NULL);
    bench_report("state: one camera with one client",
                 (driver + slots + owner + protocol + session) / kib, "KiB", 0, NULL);
    return 0;
}
