/// Defaults, and the store that keeps settings. The record's bytes are in settings_record.c, the
/// rules for a change in settings_change.c. See settings.h.
#include "device/settings.h"

#include <string.h>

#include "core/status.h"

#define FALLBACK_NAME "tCam-Mini"

static void put_name(char out[IB_LINK_SSID_BYTES + 1], const char *name) {
    memset(out, 0, IB_LINK_SSID_BYTES + 1);
    if (!name || !name[0])
        name = FALLBACK_NAME;
    for (size_t i = 0; i < IB_LINK_SSID_BYTES && name[i]; i++)
        out[i] = name[i];
}

/// Source:  tCam-Mini README, "WiFi" (SSID, no password, 192.168.4.1); station address and mask as
///          the real unit has them.
void ib_network_settings_default(struct ib_network_settings *self, const char *name) {
    static const uint8_t ap_ip[4] = {192, 168, 4, 1};
    static const uint8_t sta_ip[4] = {192, 168, 4, 2};
    static const uint8_t netmask[4] = {255, 255, 255, 0};
    memset(self, 0, sizeof *self);
    put_name(self->ap_ssid, name);
    self->flags = IB_WIFI_ENABLED;
    memcpy(self->ap_ip, ap_ip, 4);
    memcpy(self->sta_ip, sta_ip, 4);
    memcpy(self->sta_netmask, netmask, 4);
}

void ib_settings_default(struct ib_settings *self, const char *name) {
    memset(self, 0, sizeof *self);
    ib_network_settings_default(&self->network, name);
    self->before = self->network;
    self->lepton.emissivity_pct = 100;
}

/// Load what is there. IB_E_NOT_FOUND: nothing usable.
static int load(struct ib_settings_store *self) {
    uint8_t bytes[IB_SETTINGS_BYTES];
    int size = ib_durable_load(&self->durable, bytes, sizeof bytes);
    if (size == IB_E_IO)
        return size;
    if (size < 0 || ib_settings_read(&self->now, bytes, (size_t)size) < 0)
        return IB_E_NOT_FOUND;
    return IB_OK;
}

/// Whether there is nothing but erased flash or a new file's zeros.
static bool is_blank(const struct ib_storage *storage) {
    uint8_t bytes[64];
    for (uint32_t offset = 0; offset < 2 * storage->sector_bytes; offset += storage->sector_bytes) {
        if (ib_storage_read(storage, offset, bytes, sizeof bytes) < 0)
            return false;
        for (size_t i = 0; i < sizeof bytes; i++)
            if (bytes[i] != 0xFF && bytes[i] != 0)
                return false;
    }
    return true;
}

int ib_settings_store_init(struct ib_settings_store *self, const struct ib_storage *storage,
                           const char *name) {
    memset(self, 0, sizeof *self);
    put_name(self->name, name);
    ib_settings_default(&self->now, self->name);
    self->were_reset = true;
    if (!storage)
        return IB_OK;
    self->status = ib_durable_init(&self->durable, storage, IB_SETTINGS_MAGIC);
    if (self->status < 0)
        return self->status;
    self->has_storage = true;
    self->status = load(self);
    if (self->status == IB_E_NOT_FOUND) {
        self->damaged = !is_blank(storage);
        struct ib_settings defaults = self->now;
        (void)ib_settings_store_save(self, &defaults);
    } else if (self->status == IB_OK) {
        self->were_reset = false;
    }
    // A storage that cannot be read is left alone: the settings may well be there.
    self->unread = self->status < 0;
    return self->status;
}

int ib_settings_store_save(struct ib_settings_store *self, const struct ib_settings *next) {
    uint8_t bytes[IB_SETTINGS_BYTES], present[IB_SETTINGS_BYTES];
    size_t size = ib_settings_write(next, bytes);
    struct ib_settings same;
    if (ib_settings_read(&same, bytes, size) < 0)
        return IB_E_INVAL; // never store what could not be loaded
    size_t present_size = ib_settings_write(&self->now, present);
    bool equal = size == present_size && memcmp(bytes, present, size) == 0;
    if (self->has_storage && !(equal && !self->unsaved && self->status == IB_OK)) {
        self->status = ib_durable_save(&self->durable, bytes, size);
        self->unsaved = self->status < 0 && !self->unread;
        if (self->status < 0)
            return self->status;
        self->unread = false;
        self->saves++;
    }
    self->now = *next;
    return IB_OK;
}

int ib_settings_store_force(struct ib_settings_store *self, const struct ib_settings *next) {
    int status = ib_settings_store_save(self, next);
    if (status < 0) {
        self->now = *next;
        self->unread = false; // somebody has said what is wanted
        self->unsaved = true;
    }
    return status;
}
