/// What the tCam-Mini's board costs beside the camera: memory of the LED, button, network and
/// update engines together, and the time of one step.
#include <stdlib.h>
#include <string.h>

#include "bus/clock.h"
#include "core/status.h"
#include "device/device.h"
#include "report.h"
#include "sim/flash.h"
#include "sim/network.h"

#define MEMORY_ASKED_KIB 48.0
#define RECORD_BYTES (2 * IB_SIM_FLASH_SECTOR_BYTES)
#define SLOT_BYTES (64 * IB_SIM_FLASH_SECTOR_BYTES)

static struct ib_device device;
static struct ib_sim_network network;
static struct ib_sim_flash flash[4];
static struct ib_storage storage[4];
static uint8_t flash_bytes[4][2][SLOT_BYTES];

static int level_set(void *context, int level) {
    *(int *)context = level;
    return IB_OK;
}

static int level_get(void *context) {
    return *(int *)context;
}

static const struct ib_gpio_ops level_ops = {level_set, level_get};

static void memory(void) {
    double engines = sizeof(struct ib_led) + sizeof(struct ib_button) + sizeof(struct ib_network) +
                     sizeof(struct ib_ota);
    bench_report("device: LED engine", sizeof(struct ib_led), "bytes", 0, NULL);
    bench_report("device: button engine", sizeof(struct ib_button), "bytes", 0, NULL);
    bench_report("device: network engine", sizeof(struct ib_network), "bytes", 0, NULL);
    bench_report("device: update engine with its chunk", sizeof(struct ib_ota), "bytes", 0, NULL);
    bench_report("device: these four together", engines / 1024, "KiB",
                 engines / 1024 / MEMORY_ASKED_KIB, "of the 48 KiB asked");
    bench_report("device: the whole board's state", sizeof(struct ib_device) / 1024.0, "KiB",
                 sizeof(struct ib_device) / 1024.0 / MEMORY_ASKED_KIB, "of the 48 KiB asked");
}

static void start(void) {
    static int button, red, green;
    static struct ib_gpio button_line = {&level_ops, &button}, red_line = {&level_ops, &red},
                          green_line = {&level_ops, &green};
    static struct ib_link link;

    ib_sim_network_init(&network);
    link = ib_sim_network_link(&network);
    for (unsigned i = 0; i < 4; i++) {
        ib_sim_flash_init(&flash[i], flash_bytes[i][0], flash_bytes[i][1],
                          i < 2 ? RECORD_BYTES : SLOT_BYTES, i + 1);
        storage[i] = ib_sim_flash_storage(&flash[i]);
    }
    struct ib_ota_config ota = {.slot = {&storage[2], &storage[3]},
                                .record = &storage[1],
                                .project = "tCamMini",
                                .factory_version = "2.1"};
    struct ib_device_config config = {.mode = IB_DEVICE_WIFI,
                                      .default_name = "tCam-Mini-EFB5",
                                      .storage = &storage[0],
                                      .link = &link,
                                      .button = &button_line,
                                      .red = &red_line,
                                      .green = &green_line,
                                      .ota = &ota};
    if (ib_device_init(&device, &config, 0) != IB_OK)
        abort();
}

/// Nanoseconds a step, over `count` steps at the times that the board asks for, with a frame every
/// 113 ms.
static double steps(unsigned count, uint64_t *now_us, unsigned clients) {
    struct ib_camera_state camera;
    memset(&camera, 0, sizeof camera);
    camera.stage = IB_STAGE_RUNNING;
    camera.settings.emissivity_pct = 100;
    camera.counters.setups = 1;
    struct ib_device_view view = {.camera = &camera, .clients = clients};
    double start_s = bench_now_s();
    for (unsigned i = 0; i < count; i++) {
        uint64_t due_us;
        camera.counters.frames = (uint32_t)(*now_us / 113000);
        ib_device_step(&device, &view, *now_us, &due_us);
        *now_us = due_us > *now_us ? due_us : *now_us + 1;
    }
    return (bench_now_s() - start_s) * 1e9 / count;
}

int main(void) {
    uint64_t now_us = 0;

    memory();
    start();
    (void)steps(1000, &now_us, 0);
    bench_report("device: a step, connected", steps(2000000, &now_us, 1), "ns", 0, NULL);
    ib_sim_network_station(&network, false, now_us);
    bench_report("device: a step, blinking", steps(2000000, &now_us, 0), "ns", 0, NULL);
    ib_device_fault(&device, IB_DEVICE_FAULT_NETWORK, true);
    bench_report("device: a step, in a fault", steps(2000000, &now_us, 0), "ns", 0, NULL);
    return 0;
}
