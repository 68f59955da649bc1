/// Any I2C traffic, with time, faults and video in between: the part keeps its promises.

#include <stddef.h>
#include <stdint.h>

#include "core/check.h"
#include "core/status.h"
#include "sim/lepton.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ib_sim_clock sim_clock;
static struct ib_sim_lepton part;
static uint8_t bytes[4096];

static void view(const struct ib_sim_scene *self, double time_s, uint64_t seed, float hfov_deg,
                 struct ib_sim_surface *out) {
    (void)self, (void)seed, (void)hfov_deg;
    for (int i = 0; i < out->width_px * out->height_px; i++) {
        out->kelvin[i] = 290.0f + (float)time_s + (float)(i & 31);
        out->emissivity[i] = 0.95f;
    }
}

static void check_status(const struct ib_i2c *i2c) {
    uint8_t address[2] = {0, 2}, status[2];
    struct ib_i2c_part parts[2] = {{address, 2, 0}, {status, 2, 1}};
    if (ib_sim_lepton_faulty(&part) || ib_i2c_transfer(i2c, 0x2A, parts, 2) != IB_OK)
        return; // a bit of the answer may be wrong, or it is away
    IB_ASSERT((status[1] & 0xFE) == 6);
    IB_ASSERT(!(status[1] & 1) || status[0] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const models[4] = {"3.5", "2.5", "3.0", "1.5"};
    static const struct ib_sim_scene scene = {.name = "fuzz", .view = view, .ambient_k = 295};
    ib_sim_clock_init(&sim_clock);
    struct ib_sim_lepton_config config = {
        .model = models[size & 3], .scene = &scene, .clock = &sim_clock, .quiet = true};
    IB_ASSERT(ib_sim_lepton_init(&part, &config) == IB_OK);
    ib_sim_clock_spend(&sim_clock, 1300000);
    struct ib_i2c i2c = ib_sim_lepton_i2c(&part);
    struct ib_spi spi = ib_sim_lepton_spi(&part);
    for (size_t at = 0; at + 2 < size;) {
        unsigned what = data[at] & 7u, amount = data[at + 1];
        size_t left = size - at - 2;
        size_t take = amount < left ? amount : left;
        at += 2;
        if (what < 4) { // write bytes of the input, then read as many as the first says
            for (size_t i = 0; i < take; i++)
                bytes[i] = data[at + i];
            struct ib_i2c_part parts[2] = {{bytes, take, 0}, {bytes + 256, what * 64u, 1}};
            int status = ib_i2c_transfer(&i2c, 0x2A, parts, what ? 2 : 1);
            IB_ASSERT(status == IB_OK || status == IB_E_NACK || status == IB_E_TIMEOUT);
            at += take;
        } else if (what == 4) {
            ib_sim_clock_spend(&sim_clock, (uint64_t)amount * amount * 16);
        } else if (what == 5) {
            IB_ASSERT(ib_spi_transfer(&spi, NULL, bytes, amount * 16u) == IB_OK);
        } else if (what == 6) {
            ib_sim_lepton_fault(&part, (enum ib_sim_fault)(amount % IB_FAULT_COUNT), 0, 0);
        } else {
            struct ib_gpio line =
                amount & 2 ? ib_sim_lepton_power(&part) : ib_sim_lepton_reset(&part);
            ib_gpio_set(&line, amount & 1);
        }
        check_status(&i2c);
    }
    return 0;
}
