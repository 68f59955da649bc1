/// What recording costs: encoders alone, and whole recordings (encode, pack, write, store once a
/// second) as a share of one core at the camera's own pace, on the simulated kettle. Files go to a
/// temporary directory on the disk and are removed.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/recording.h"
#include "boards/tcam_mini.h"
#include "camera/camera.h"
#include "core/status.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "record/cptv_write.h"
#include "record/ffv1.h"
#include "report.h"
#include "sim/lepton.h"

#define SLOTS 4
#define PX (160 * 120)
#define FRAMES 180
#define SKIP_FRAMES 40 ///< start-up and its FFC
#define RUNS 5

static struct ib_frame frames[FRAMES];
static uint16_t frame_pixels[FRAMES][PX];
static struct ib_sim_clock sim_clock;
static struct ib_sim_lepton part;
static struct ib_hub hub;
static uint16_t hub_pixels[SLOTS * PX];
static struct ib_camera camera;
static struct ib_lepton_cci cci_engine;
static struct ib_lepton_capture capture;

static void require(bool condition, const char *what) {
    if (condition)
        return;
    fprintf(stderr, "bench_record: %s\n", what);
    exit(1);
}

/// FRAMES frames as the camera publishes them.
static void film_scene(void) {
    const struct ib_board_tcam_mini *board = &ib_board_tcam_mini;
    struct ib_cci cci;
    struct ib_source source;
    ib_sim_clock_init(&sim_clock);
    struct ib_clock clock = ib_sim_clock_table(&sim_clock);
    struct ib_sim_lepton_config config = {.model = "3.5",
                                          .seed = 1,
                                          .scene = ib_sim_scene_named("kettle"),
                                          .clock = &sim_clock,
                                          .i2c_hz = board->lepton_i2c_hz,
                                          .spi_hz = board->lepton_spi_hz};
    require(ib_sim_lepton_init(&part, &config) >= 0, "no simulated Lepton");
    struct ib_i2c i2c = ib_sim_lepton_i2c(&part);
    struct ib_spi spi = ib_sim_lepton_spi(&part);
    ib_lepton_cci_init(&cci_engine, &i2c, &cci);
    ib_lepton_capture_init(&capture, &spi, &source);
    source.cci = &cci;
    require(ib_hub_init(&hub, SLOTS, hub_pixels, SLOTS * PX) >= 0, "no hub");
    struct ib_camera_config camera_config = {.source = &source,
                                             .hub = &hub,
                                             .wanted = board->wanted,
                                             .wanted_count = board->wanted_count};
    require(ib_camera_init(&camera, &camera_config) >= 0, "no camera");
    uint32_t seen = 0;
    for (unsigned count = 0; count < SKIP_FRAMES + FRAMES;) {
        uint64_t due_us;
        ib_camera_step(&camera, ib_clock_now(&clock), &due_us);
        ib_clock_wait_until(&clock, due_us);
        const struct ib_frame *newest = ib_hub_newest(&hub, seen);
        if (!newest)
            continue;
        seen = newest->sequence;
        if (count >= SKIP_FRAMES) {
            struct ib_frame *frame = &frames[count - SKIP_FRAMES];
            frame->pixels = frame_pixels[count - SKIP_FRAMES];
            frame->capacity_px = PX;
            ib_frame_copy(frame, newest);
        }
        ib_hub_release(&hub, newest);
        count++;
    }
}

static double cpu_now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void bench_ffv1(void) {
    static uint8_t out[IB_FFV1_FRAME_BYTES(PX)], states[IB_FFV1_STATES_BYTES];
    double best_s = 1e9, size = 0;
    for (int run = 0; run < RUNS; run++) {
        double start_s = cpu_now_s();
        size = 0;
        for (int i = 0; i < FRAMES; i++)
            size += ib_ffv1_encode(out, sizeof out, frames[i].pixels, 160, 120, states);
        double took_s = cpu_now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
    }
    bench_report("record: FFV1 encode 160x120", best_s / FRAMES * 1e6, "us", 0, NULL);
    bench_report("record: FFV1 compression", FRAMES * PX * 2.0 / size, "x", 0, NULL);
}

static void bench_cptv(void) {
    static uint8_t out[IB_CPTV_FRAME_BYTES(PX)];
    static uint16_t before[PX];
    const struct ib_cptv_frame facts = {.fpa_c = NAN, .fpa_at_ffc_c = NAN};
    double best_s = 1e9;
    for (int run = 0; run < RUNS; run++) {
        memset(before, 0, sizeof before);
        double start_s = cpu_now_s();
        for (int i = 0; i < FRAMES; i++)
            ib_cptv_write_frame(out, sizeof out, &facts, frames[i].pixels, before, 160, 120);
        double took_s = cpu_now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
    }
    bench_report("record: CPTV encode 160x120", best_s / FRAMES * 1e6, "us", 0, NULL);
}

/// CPU seconds for FRAMES frames; `*bytes` how large the file is.
static double record(const char *path, enum ib_app_recording_format format, double *bytes) {
    struct ib_app_recording *recording;
    const struct ib_app_recording_config config = {
        .format = format, .camera = "bench", .firmware = "0", .model = "lepton3.5", .palette = ""};
    char problem[256] = "";
    double start_s = cpu_now_s();
    require(ib_app_recording_open(&recording, path, &config, problem, sizeof problem) == IB_OK,
            problem);
    for (int i = 0; i < FRAMES; i++) {
        int64_t wall_us = INT64_C(1764000000000000) + (int64_t)i * 113000;
        require(ib_app_recording_add(recording, &frames[i], wall_us, problem, sizeof problem) ==
                    IB_OK,
                problem);
        if (i % 9 == 8)
            require(ib_app_recording_sync(recording, problem, sizeof problem) == IB_OK, problem);
    }
    *bytes = (double)ib_app_recording_bytes(recording);
    require(ib_app_recording_close(recording, problem, sizeof problem) == IB_OK, problem);
    double took_s = cpu_now_s() - start_s;
    unlink(path);
    return took_s;
}

static void bench_recording(const char *directory, const char *name,
                            enum ib_app_recording_format format) {
    char path[256], text[64];
    double best_s = 1e9, bytes = 0;
    snprintf(path, sizeof path, "%s/clip%s", directory, name);
    for (int run = 0; run < RUNS; run++) {
        double took_s = record(path, format, &bytes);
        best_s = took_s < best_s ? took_s : best_s;
    }
    snprintf(text, sizeof text, "record: %s at 9 fps, of a core", name);
    bench_report(text, best_s / FRAMES * 9 * 100, "%", 0, NULL);
    snprintf(text, sizeof text, "record: %s, an hour", name);
    bench_report(text, bytes / FRAMES * 9 * 3600 / (1 << 20), "MiB", 0, NULL);
}

int main(void) {
    char directory[] = "/var/tmp/ironbow-bench-XXXXXX";
    film_scene();
    bench_ffv1();
    bench_cptv();
    require(mkdtemp(directory) != NULL, "no temporary directory");
    bench_recording(directory, ".cptv", IB_APP_RECORDING_CPTV);
    bench_recording(directory, ".mkv", IB_APP_RECORDING_MKV);
    bench_recording(directory, ".tmjsn", IB_APP_RECORDING_TMJSN);
    rmdir(directory);
    return 0;
}
