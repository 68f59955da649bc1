/// Tables that pass everything on, or nothing.
#include "apps/ironbow/gate.h"

#include <stdbool.h>
#include <string.h>

#include "core/status.h"

static unsigned shut(const struct ib_app_gate *self) {
    return atomic_load_explicit(&self->shut, memory_order_relaxed);
}

static int i2c_transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                        size_t count) {
    struct ib_app_gate *self = context;
    if (shut(self) & IB_APP_GATE_NO_PERIPHERAL)
        return IB_E_IO;
    if (shut(self) & IB_APP_GATE_NO_CCI)
        return IB_E_NACK;
    return ib_i2c_transfer(&self->i2c, address7, parts, count);
}

static int spi_transfer(void *context, const uint8_t *tx, uint8_t *rx, size_t size) {
    struct ib_app_gate *self = context;
    if (shut(self) & (IB_APP_GATE_NO_PERIPHERAL | IB_APP_GATE_NO_VOSPI | IB_APP_GATE_NO_MEMORY))
        return IB_E_IO;
    int status = ib_spi_transfer(&self->spi, tx, rx, size);
    if (status == IB_OK && rx && (shut(self) & IB_APP_GATE_NO_SYNC))
        memset(rx, 0xFF, size);
    return status;
}

static const struct ib_i2c_ops I2C_OPS = {.transfer = i2c_transfer};
static const struct ib_spi_ops SPI_OPS = {.transfer = spi_transfer};

void ib_app_gate_init(struct ib_app_gate *self, struct ib_i2c *i2c, struct ib_spi *spi) {
    self->i2c = *i2c;
    self->spi = *spi;
    atomic_init(&self->shut, 0);
    *i2c = (struct ib_i2c){.ops = &I2C_OPS, .context = self};
    *spi = (struct ib_spi){.ops = &SPI_OPS, .context = self, .max_bytes = self->spi.max_bytes};
}

static bool storage_shut(const struct ib_app_storage_gate *self) {
    return (shut(self->gate) & self->mask) != 0;
}

static int storage_read(void *context, uint32_t offset, void *out, size_t size) {
    struct ib_app_storage_gate *self = context;
    return storage_shut(self) ? IB_E_IO : ib_storage_read(self->behind, offset, out, size);
}

static int storage_erase(void *context, uint32_t offset, uint32_t size) {
    struct ib_app_storage_gate *self = context;
    return storage_shut(self) ? IB_E_IO : ib_storage_erase(self->behind, offset, size);
}

static int storage_write(void *context, uint32_t offset, const void *bytes, size_t size) {
    struct ib_app_storage_gate *self = context;
    return storage_shut(self) ? IB_E_IO : ib_storage_write(self->behind, offset, bytes, size);
}

static int storage_sync(void *context) {
    struct ib_app_storage_gate *self = context;
    return storage_shut(self) ? IB_E_IO : ib_storage_sync(self->behind);
}

static const struct ib_storage_ops STORAGE_OPS = {
    .read = storage_read, .erase = storage_erase, .write = storage_write, .sync = storage_sync};

void ib_app_storage_gate_init(struct ib_app_storage_gate *self, const struct ib_app_gate *gate,
                              const struct ib_storage *behind, unsigned mask) {
    *self = (struct ib_app_storage_gate){
        .gate = gate,
        .behind = behind,
        .mask = mask,
        .storage = {.ops = &STORAGE_OPS,
                    .context = self,
                    .size_bytes = behind->size_bytes,
                    .sector_bytes = behind->sector_bytes},
    };
}
