/// A real Lepton on this machine's buses: spidev, i2c-dev and GPIO lines.
#include <stdio.h>
#include <stdlib.h>

#include "apps/ironbow/rig.h"
#include "boards/pure_thermal.h"
#include "core/status.h"
#include "ports/linux/gpiochip.h"
#include "ports/linux/i2cdev.h"
#include "ports/linux/spidev.h"

struct ib_app_hardware {
    struct ib_spidev spi;
    struct ib_i2cdev i2c;
    struct ib_gpiochip reset;
    struct ib_gpiochip power;
    bool spi_open, i2c_open, reset_open, power_open;
};

static int open_lines(struct ib_app_rig *self, struct ib_app_hardware *hardware, char *problem,
                      size_t problem_size) {
    const struct ib_app_uri *uri = &self->uri;
    // Power first: a reset line may hang on the module's own supply.
    if (uri->power[0]) {
        const struct ib_gpiochip_config config = {
            .line = uri->power, .output = true, .active_low = uri->power_low, .initial = 1};
        if (ib_gpiochip_open(&hardware->power, &config, problem, problem_size) != IB_OK)
            return -1;
        hardware->power_open = true;
        self->power = ib_gpiochip_table(&hardware->power);
    }
    if (uri->reset[0]) {
        // RESET_L: low on the wire is 1 here, held in reset.
        const struct ib_gpiochip_config config = {
            .line = uri->reset, .output = true, .active_low = !uri->reset_high, .initial = 0};
        if (ib_gpiochip_open(&hardware->reset, &config, problem, problem_size) != IB_OK)
            return -1;
        hardware->reset_open = true;
        self->reset = ib_gpiochip_table(&hardware->reset);
    }
    return 0;
}

int ib_app_hardware_open(struct ib_app_rig *self, char *problem, size_t problem_size) {
    const struct ib_app_uri *uri = &self->uri;
    struct ib_app_hardware *hardware = calloc(1, sizeof *hardware);
    self->hardware = hardware;
    if (!hardware) {
        snprintf(problem, problem_size, "out of memory");
        return -1;
    }
    if (open_lines(self, hardware, problem, problem_size) != 0)
        return -1;
    const struct ib_spidev_config spi = {
        .path = uri->spi,
        .speed_hz = uri->spi_hz                              ? uri->spi_hz
                    : self->board == IB_APP_RIG_PURE_THERMAL ? ib_board_pure_thermal.lepton_spi_hz
                                                             : ib_board_tcam_mini.lepton_spi_hz,
        .mode = 3, // engineering data sheet rev 200, section 4.2.1
        .needed_bytes = (size_t)IB_LEPTON_BURST_PACKETS * IB_VOSPI_PACKET_BYTES,
    };
    if (ib_spidev_open(&hardware->spi, &spi, problem, problem_size) != IB_OK)
        return -1;
    hardware->spi_open = true;
    const struct ib_i2cdev_config i2c = {.path = uri->i2c};
    if (ib_i2cdev_open(&hardware->i2c, &i2c, problem, problem_size) != IB_OK)
        return -1;
    hardware->i2c_open = true;
    self->spi = ib_spidev_table(&hardware->spi);
    self->i2c = ib_i2cdev_table(&hardware->i2c);
    return 0;
}

void ib_app_hardware_close(struct ib_app_rig *self) {
    struct ib_app_hardware *hardware = self->hardware;
    if (!hardware)
        return;
    if (hardware->spi_open)
        ib_spidev_close(&hardware->spi);
    if (hardware->i2c_open)
        ib_i2cdev_close(&hardware->i2c);
    if (hardware->reset_open)
        ib_gpiochip_close(&hardware->reset);
    if (hardware->power_open)
        ib_gpiochip_close(&hardware->power);
    free(hardware);
    self->hardware = NULL;
}
