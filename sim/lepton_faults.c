/// Misbehaviour: each kind by name, how long it lasts, and what ends it. What a fault does stands
/// where it happens, in the doors and in the FFC.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/status.h"

/// What ends a fault beside `heal`.
enum end {
    BY_COUNT,   ///< used up
    BY_TIME,    ///< its duration
    BY_SILENCE, ///< 185 ms without clocking
    BY_RESET,   ///< the reset line, or power
    BY_POWER,   ///< the power line only
    BY_BOOT,    ///< any boot
    BY_HEAL,    ///< nothing else
};

struct kind {
    const char *name;
    const char *about;
    enum end end;
    uint32_t count; ///< when none is asked for
    uint64_t duration_us;
};

static const struct kind kinds[IB_FAULT_COUNT] = {
    [IB_FAULT_NONE] = {"none", "nothing is wrong", BY_HEAL, 0, 0},
    [IB_FAULT_I2C_NACK] = {"i2c-nack", "the next I2C transactions are not acknowledged", BY_COUNT,
                           3, 0},
    [IB_FAULT_I2C_STUCK] = {"i2c-stuck", "the I2C bus is held low for a while", BY_TIME, 0, 50000},
    [IB_FAULT_I2C_BIT_FLIP] = {"i2c-bit-flip", "one bit of the next I2C reads is wrong", BY_COUNT,
                               1, 0},
    [IB_FAULT_PACKET_BIT_FLIP] = {"packet-bit-flip",
                                  "one payload bit of the next video packets is wrong", BY_COUNT, 1,
                                  0},
    [IB_FAULT_CRC_ERROR] = {"crc-error", "the checksum of the next video packets is wrong",
                            BY_COUNT, 1, 0},
    [IB_FAULT_PACKET_DROP] = {"packet-drop", "the next video packets are left out", BY_COUNT, 1, 0},
    [IB_FAULT_PACKET_DUPLICATE] = {"packet-duplicate", "the next video packets come twice",
                                   BY_COUNT, 1, 0},
    [IB_FAULT_PACKET_LATE] = {"packet-late", "the next segments or frames start late", BY_COUNT, 1,
                              3000},
    [IB_FAULT_STALE_SEGMENT] = {"stale-segment",
                                "the next segments are those of the frame before, checksums good",
                                BY_COUNT, 1, 0},
    [IB_FAULT_SEGMENT_ORDER] = {"segment-order",
                                "the next frames come with their segments as 1, 2, 4, 3", BY_COUNT,
                                1, 0},
    [IB_FAULT_DISCARD_STORM] = {"discard-storm", "nothing but discard packets for a while", BY_TIME,
                                0, 300000},
    [IB_FAULT_DESYNC] = {"desync", "garbage until the host is silent for 185 ms", BY_SILENCE, 0, 0},
    [IB_FAULT_BYTE_SLIP] = {"byte-slip",
                            "the stream is shifted by a byte until the host is silent for 185 ms",
                            BY_SILENCE, 0, 0},
    [IB_FAULT_MISO_LOW] = {"miso-low", "the data line reads 0 for a while", BY_TIME, 0, 300000},
    [IB_FAULT_MISO_HIGH] = {"miso-high", "the data line reads 1 for a while", BY_TIME, 0, 300000},
    [IB_FAULT_CCI_BUSY] = {"cci-busy", "the next command stays BUSY until a reset or power cycle",
                           BY_RESET, 0, 0},
    [IB_FAULT_REBOOT] = {"reboot", "the module reboots in the middle of the next command", BY_COUNT,
                         1, 0},
    [IB_FAULT_FREEZE] = {"freeze", "video stops changing until the module reboots", BY_BOOT, 0, 0},
    [IB_FAULT_HANG] = {"hang", "everything stops answering until the reset line", BY_RESET, 0, 0},
    [IB_FAULT_LATCH_UP] = {"latch-up", "everything stops answering until the power line", BY_POWER,
                           0, 0},
    [IB_FAULT_FFC_BROWN_OUT] = {"ffc-brown-out",
                                "the supply dips at the next FFC: a reboot with defaults", BY_COUNT,
                                1, 0},
    [IB_FAULT_FFC_LONG] = {"ffc-long", "the next FFC takes longer", BY_COUNT, 1, 2000000},
    [IB_FAULT_FFC_NO_VIDEO] = {"ffc-no-video", "FFCs send no video and lose synchronisation",
                               BY_HEAL, 0, 0},
    [IB_FAULT_REBOOT_DEAF] = {"reboot-deaf",
                              "the next reboot by command ends in silence until the reset line",
                              BY_RESET, 0, 0},
    [IB_FAULT_UNPLUG] = {"unplug", "the module is not there", BY_HEAL, 0, 0},
};

const char *ib_sim_fault_name(enum ib_sim_fault fault) {
    return (unsigned)fault < IB_FAULT_COUNT ? kinds[fault].name : NULL;
}

const char *ib_sim_fault_about(enum ib_sim_fault fault) {
    return (unsigned)fault < IB_FAULT_COUNT ? kinds[fault].about : NULL;
}

enum ib_sim_fault ib_sim_fault_named(const char *name) {
    for (unsigned i = 0; name && i < IB_FAULT_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return (enum ib_sim_fault)i;
    }
    return IB_FAULT_NONE;
}

static bool active(const struct ib_sim_lepton *self, unsigned fault, uint64_t now_us) {
    const struct ib_sim_lepton_trouble *trouble = &self->faults[fault];
    if (!trouble->on)
        return false;
    return kinds[fault].end != BY_TIME || now_us < trouble->until_us;
}

bool ib_sim_lepton_has(const struct ib_sim_lepton *self, enum ib_sim_fault fault) {
    return active(self, fault, self->now_us);
}

bool ib_sim_lepton_take(struct ib_sim_lepton *self, enum ib_sim_fault fault) {
    struct ib_sim_lepton_trouble *trouble = &self->faults[fault];
    if (!trouble->on)
        return false;
    if (--trouble->count == 0)
        trouble->on = false;
    return true;
}

void ib_sim_lepton_cured(struct ib_sim_lepton *self, bool by_power) {
    for (unsigned i = 0; i < IB_FAULT_COUNT; i++) {
        // A reboot that is still to fail is not prevented by a reset before it.
        if (i == IB_FAULT_REBOOT_DEAF && self->power != IB_SIM_POWER_DEAD)
            continue;
        if (kinds[i].end == BY_RESET || (by_power && kinds[i].end == BY_POWER))
            self->faults[i].on = false;
    }
}

int ib_sim_lepton_fault(struct ib_sim_lepton *self, enum ib_sim_fault fault, uint32_t count,
                        uint64_t duration_us) {
    if ((unsigned)fault >= IB_FAULT_COUNT || fault == IB_FAULT_NONE)
        return IB_E_INVAL;
    // Only 160x120 has segments to mix up.
    if (fault == IB_FAULT_SEGMENT_ORDER && self->model->width_px != 160)
        return IB_E_INVAL;
    ib_sim_lepton_advance(self, self->clock->now_us);
    struct ib_sim_lepton_trouble *trouble = &self->faults[fault];
    trouble->on = true;
    trouble->count = count ? count : kinds[fault].count;
    trouble->duration_us = duration_us ? duration_us : kinds[fault].duration_us;
    trouble->until_us = self->now_us + trouble->duration_us;
    self->last_fault = (uint8_t)fault;
    if (fault == IB_FAULT_DESYNC)
        ib_sim_lepton_vospi_lose(self, IB_SIM_LOST_GARBAGE);
    else if (fault == IB_FAULT_BYTE_SLIP)
        ib_sim_lepton_vospi_lose(self, IB_SIM_LOST_SHIFT);
    else if (fault == IB_FAULT_UNPLUG)
        ib_sim_lepton_plug(self, false);
    else if ((fault == IB_FAULT_HANG || fault == IB_FAULT_LATCH_UP) &&
             self->power != IB_SIM_POWER_OFF)
        ib_sim_lepton_die(self);
    return IB_OK;
}

void ib_sim_lepton_heal(struct ib_sim_lepton *self) {
    ib_sim_lepton_advance(self, self->clock->now_us);
    bool dead = self->power == IB_SIM_POWER_DEAD;
    for (unsigned i = 0; i < IB_FAULT_COUNT; i++)
        self->faults[i].on = false;
    if (self->cci.stuck) {
        self->cci.stuck = false;
        self->cci.busy = false;
        self->cci.result = -1; // given up
    }
    // The stream goes on with the next unit; a loss by the host's fault still needs silence.
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    if (vospi->sync == IB_SIM_SYNC_LOST &&
        (vospi->lost == IB_SIM_LOST_GARBAGE || vospi->lost == IB_SIM_LOST_SHIFT))
        vospi->sync = IB_SIM_SYNC_WAIT;
    if (!self->plugged)
        ib_sim_lepton_plug(self, true);
    else if (dead)
        ib_sim_lepton_lines(self, false);
    ib_sim_lepton_due(self);
}

enum ib_sim_fault ib_sim_lepton_faulty(const struct ib_sim_lepton *self) {
    uint64_t now_us = self->clock->now_us;
    if (active(self, self->last_fault, now_us))
        return (enum ib_sim_fault)self->last_fault;
    for (unsigned i = 1; i < IB_FAULT_COUNT; i++) {
        if (active(self, i, now_us))
            return (enum ib_sim_fault)i;
    }
    return IB_FAULT_NONE;
}
