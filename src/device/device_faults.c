/// Faults: their names, where each comes from, and what the log hears of them.
///
/// One number can have several sources (somebody who tells it, the store, the network, the camera);
/// it is there as long as one of them says so.
/// Source:  tCam-Mini README, "Status Indicator", fault table.
#include "core/status.h"
#include "core/text.h"
#include "device/device_private.h"

#define TELLABLE ((1u << IB_DEVICE_FAULT_COUNT) - 2u) // all but "none"

static const struct {
    const char *name, *about;
} rows[IB_DEVICE_FAULT_COUNT] = {
    [IB_DEVICE_FAULT_NONE] = {"none", "nothing is wrong"},
    [IB_DEVICE_FAULT_PERIPHERAL] = {"peripheral", "the I2C or SPI bus of the board cannot be used: "
                                                  "look at its device, driver and permissions"},
    [IB_DEVICE_FAULT_STORAGE] = {"storage", "settings cannot be stored or the network interface "
                                            "cannot be used; the camera goes on with what it has"},
    [IB_DEVICE_FAULT_MEMORY] = {"memory", "there is no memory for the image buffers"},
    [IB_DEVICE_FAULT_CCI] = {"lepton-cci", "the Lepton does not answer on its control bus (I2C): "
                                           "is it seated in its socket, and SDA and SCL wired?"},
    [IB_DEVICE_FAULT_VOSPI] = {"lepton-vospi", "transfers on the Lepton's video bus (SPI) fail: "
                                               "look at the SPI device and its wires"},
    [IB_DEVICE_FAULT_NETWORK] = {"network", "clients cannot be served: the port cannot be opened, "
                                            "or the slave SPI port is dead"},
    [IB_DEVICE_FAULT_SYNC] = {"lepton-sync",
                              "the Lepton answers but no good image comes: look at "
                              "its video wires, the SPI speed and the system's load"},
    [IB_DEVICE_FAULT_UPDATE] = {"update",
                                "the firmware update failed and the old firmware runs on; "
                                "a new one or a long press of the button clears this"},
};

const char *ib_device_fault_name(enum ib_device_fault fault) {
    return (unsigned)fault < IB_DEVICE_FAULT_COUNT ? rows[fault].name : "?";
}

const char *ib_device_fault_about(enum ib_device_fault fault) {
    return (unsigned)fault < IB_DEVICE_FAULT_COUNT ? rows[fault].about : "?";
}

enum ib_device_fault ib_device_shown_fault(const struct ib_device *self) {
    for (unsigned fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++)
        if (self->faults >> fault & 1)
            return (enum ib_device_fault)fault;
    return IB_DEVICE_FAULT_NONE;
}

void ib_device_fault(struct ib_device *self, enum ib_device_fault fault, bool there) {
    uint32_t bit = (unsigned)fault < IB_DEVICE_FAULT_COUNT ? 1u << fault & TELLABLE : 0;
    if (there)
        self->told_faults |= bit;
    else
        self->told_faults &= ~bit;
    ib_device_refresh_faults(self);
}

/// A broken interface is started again and again. While such a start has not come to anything yet,
/// it is still the broken one.
static void refresh_network(struct ib_device *self) {
    const struct ib_network *network = &self->network;
    bool broken = network->status < 0 || network->state.stage == IB_LINK_BROKEN;
    bool undecided = network->running && (network->state.stage == IB_LINK_OFF ||
                                          network->state.stage == IB_LINK_STARTING);
    self->network_broken = broken || (self->network_broken && undecided);
}

static void say(const struct ib_device *self, unsigned fault, bool there) {
    char line[192];
    struct ib_text text;

    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, "fault ");
    ib_text_u64(&text, fault);
    ib_text_str(&text, " (");
    ib_text_str(&text, rows[fault].name);
    ib_text_str(&text, there ? "): " : ") is gone");
    if (there)
        ib_text_str(&text, rows[fault].about);
    ib_log(self->config.log, there ? IB_LOG_ERROR : IB_LOG_INFO, "device", line);
}

void ib_device_refresh_faults(struct ib_device *self) {
    refresh_network(self);
    uint32_t faults = self->told_faults;
    if (self->store.status < 0 || self->network_broken)
        faults |= 1u << IB_DEVICE_FAULT_STORAGE;
    if (self->watched != IB_DEVICE_FAULT_NONE)
        faults |= 1u << self->watched;
    if (self->has_ota && self->ota.failed)
        faults |= 1u << IB_DEVICE_FAULT_UPDATE;
    uint32_t changed = faults ^ self->faults;
    self->faults = faults;
    for (unsigned fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        if (!(changed >> fault & 1))
            continue;
        bool there = faults >> fault & 1;
        if (there)
            self->fault_counts[fault]++;
        say(self, fault, there);
    }
}
