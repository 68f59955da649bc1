/// The simulated slave SPI port: see spi_slave.h.

#include "sim/spi_slave.h"

#include <string.h>

#include "core/status.h"

#define US_PER_S UINT64_C(1000000)

static uint32_t roll(struct ib_sim_spi_slave *self) {
    // xorshift32: the same calls after the same seed give the same dice.
    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    return self->random;
}

static int slave_arm(void *context, const uint8_t *bytes, size_t size) {
    struct ib_sim_spi_slave *self = context;
    if (!bytes || size == 0)
        return IB_E_RANGE;
    if (self->dead)
        return IB_E_IO;
    if (self->armed || self->over)
        return IB_E_BUSY;
    self->armed = bytes;
    self->size = size;
    return IB_OK;
}

static int slave_poll(void *context) {
    struct ib_sim_spi_slave *self = context;
    if (self->dead)
        return IB_E_IO;
    bool over = self->over;
    self->over = false;
    return over;
}

static int slave_restart(void *context) {
    struct ib_sim_spi_slave *self = context;
    self->armed = NULL;
    self->size = 0;
    self->over = false;
    self->dead = self->fault == IB_SIM_SPI_SLAVE_DEAD;
    return self->dead ? IB_E_IO : IB_OK;
}

static const struct ib_spi_slave_ops slave_ops = {slave_arm, slave_poll, slave_restart};

void ib_sim_spi_slave_init(struct ib_sim_spi_slave *self, uint32_t seed) {
    memset(self, 0, sizeof *self);
    self->random = seed * UINT32_C(0x9E3779B9) + UINT32_C(0x7F4A7C15);
    if (self->random == 0) // xorshift would stay there
        self->random = 1;
}

struct ib_spi_slave ib_sim_spi_slave_port(struct ib_sim_spi_slave *self) {
    return (struct ib_spi_slave){&slave_ops, self};
}

/// A slave that is clocked too fast gets its next byte ready too late: that byte never goes out, and
/// those behind it come early. At least one is lost, and on average what is above 8 MHz.
static void clock_out_with_losses(struct ib_sim_spi_slave *self, uint8_t *out, size_t size,
                                  uint32_t clock_hz) {
    size_t left = size < self->size ? size : self->size;
    size_t certain = left ? roll(self) % left : 0;
    size_t from = 0;
    for (size_t i = 0; i < size && from < self->size; i++) {
        while (from < self->size &&
               (from == certain || roll(self) % clock_hz >= IB_SIM_SPI_SLAVE_MOST_HZ)) {
            certain = from == certain ? SIZE_MAX : certain;
            from++;
        }
        if (from < self->size)
            out[i] = self->armed[from++];
    }
}

uint64_t ib_sim_spi_slave_transfer(struct ib_sim_spi_slave *self, uint8_t *out, size_t size,
                                   uint32_t clock_hz) {
    if (size)
        memset(out, 0, size);
    if (clock_hz == 0)
        return 0;
    self->transactions++;
    if (!self->armed) {
        self->empty_transactions++;
    } else {
        size_t sent = size < self->size ? size : self->size;
        if (clock_hz > IB_SIM_SPI_SLAVE_MOST_HZ)
            clock_out_with_losses(self, out, size, clock_hz);
        else if (sent)
            memcpy(out, self->armed, sent);
        self->short_transactions += size < self->size;
        self->armed = NULL;
        self->size = 0;
        self->over = true;
    }
    if (self->fault == IB_SIM_SPI_SLAVE_BIT_FLIPS && size) {
        size_t byte = roll(self) % size;
        out[byte] ^= (uint8_t)(1u << (roll(self) >> 29));
    }
    return ((uint64_t)size * 8 * US_PER_S + clock_hz - 1) / clock_hz;
}

bool ib_sim_spi_slave_armed(const struct ib_sim_spi_slave *self) {
    return self->armed != NULL;
}

void ib_sim_spi_slave_fault(struct ib_sim_spi_slave *self, enum ib_sim_spi_slave_fault fault) {
    self->fault = fault;
}
