/// A frame of the simulated OV5640: what a script waits for beside its own work.
#include <stdint.h>
#include <stdlib.h>

#include "report.h"
#include "sim/ov5640.h"

static struct ib_sim_clock watch;
static struct ib_sim_ov5640 part;
static struct ib_i2c bus;
static uint8_t bytes[2592 * 1944 * 2];

static void poke(unsigned address, unsigned value, size_t size) {
    uint8_t all[4] = {(uint8_t)(address >> 8), (uint8_t)address, (uint8_t)(value >> 8),
                      (uint8_t)value};
    if (size == 1)
        all[2] = (uint8_t)value;
    struct ib_i2c_part one = {all, 2 + size, 0};
    if (ib_i2c_transfer(&bus, IB_SIM_OV5640_ADDRESS, &one, 1) < 0)
        exit(1);
}

static void set_up(unsigned width, unsigned height, unsigned every, unsigned dy, unsigned hts) {
    static const uint16_t rows[][2] = {{0x3103, 0x03}, {0x3017, 0xFF}, {0x3018, 0xFF},
                                       {0x3034, 0x1A}, {0x3036, 0x64}, {0x3037, 0x13},
                                       {0x3108, 0x01}, {0x3824, 0x02}, {0x4300, 0x6F},
                                       {0x501F, 0x01}, {0x5000, 0xA7}, {0x5001, 0xA3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        poke(rows[i][0], rows[i][1], 1);
    poke(0x3800, 8, 2);
    poke(0x3802, 2, 2);
    poke(0x3804, 2615, 2);
    poke(0x3806, 1953, 2);
    poke(0x3808, width, 2);
    poke(0x380A, height, 2);
    poke(0x380C, hts, 2);
    poke(0x380E, every == 2 ? 1000 : 1976, 2);
    poke(0x3810, every == 2 ? 4 : 8, 2);
    poke(0x3812, dy, 2);
    poke(0x3814, every == 2 ? 0x31 : 0x11, 1);
    poke(0x3815, every == 2 ? 0x31 : 0x11, 1);
}

static double frame_s(void) {
    struct ib_picture_in port = ib_sim_ov5640_port(&part);
    for (;;) {
        size_t size;
        uint64_t end_us, due_us = 0;
        double begin_s = bench_now_s();
        int got = port.ops->take(port.context, watch.now_us, bytes, sizeof bytes, &size, &end_us,
                                 &due_us);
        double took_s = bench_now_s() - begin_s;
        if (got < 0)
            exit(1);
        if (got)
            return took_s;
        watch.now_us = due_us;
    }
}

static void run(const char *name, const char *scene, unsigned width, unsigned height, int frames) {
    static void *memory;
    if (!memory)
        memory = malloc(ib_sim_ov5640_memory_bytes());
    ib_sim_clock_init(&watch);
    struct ib_sim_ov5640_config config = {.clock = &watch,
                                          .scene = ib_sim_scene_named(scene),
                                          .seed = 1,
                                          .memory = memory,
                                          .memory_bytes = ib_sim_ov5640_memory_bytes()};
    if (ib_sim_ov5640_init(&part, &config) < 0)
        exit(1);
    bus = ib_sim_ov5640_sccb(&part);
    ib_sim_clock_spend(&watch, 30000);
    bool large = width > 1296;
    set_up(width, height, large ? 1 : 2, large ? 4 : 56, large ? 5444 : 1700);
    struct ib_picture_in port = ib_sim_ov5640_port(&part);
    struct ib_picture_in_format format = {2 * width, height, 0, 0, 2 * width, height, 3};
    ib_sim_clock_spend(&watch, 2000000); // exposure and white balance have settled
    if (port.ops->start(port.context, &format, watch.now_us) < 0)
        exit(1);
    (void)frame_s(); // paints what stands still
    double best_s = 1e9;
    for (int i = 0; i < frames; i++) {
        double took_s = frame_s();
        best_s = took_s < best_s ? took_s : best_s;
    }
    bench_report(name, best_s * 1e3, "ms", 0, NULL);
}

int main(void) {
    run("visible: kettle 720x480 RGB565", "kettle", 720, 480, 100);
    run("visible: person 720x480 RGB565", "person", 720, 480, 100);
    run("visible: kettle 2592x1944 RGB565", "kettle", 2592, 1944, 10);
    return 0;
}
