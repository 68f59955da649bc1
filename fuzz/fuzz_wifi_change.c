/// Fuzz: a set_wifi's arguments. Byte 0: which texts are given; byte 1: bit 0 flags are given, bits 7:1
/// the start's flags; bytes 2..5 flags; then for each text a size (0..127) and its bytes. A change is
/// taken whole and allowed, or refused without a trace; taken twice it changes nothing more.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "device/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// One record of what came out must be what a store would take.
static void check_stored(const struct ib_network_settings *network) {
    struct ib_settings settings, back;
    uint8_t bytes[IB_SETTINGS_BYTES];
    ib_settings_default(&settings, "fuzz");
    settings.network = *network;
    settings.trial = true;
    if (ib_settings_read(&back, bytes, ib_settings_write(&settings, bytes)) < 0 ||
        memcmp(&back.network, network, sizeof *network) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ib_network_settings start, out, untouched, again;
    struct ib_wifi_change change;
    const char *why = NULL;
    if (size < 6)
        return 0;
    memset(&change, 0, sizeof change);
    ib_network_settings_default(&start, "tCam-Mini-0001");
    memcpy(start.sta_ssid, "Home", 4);
    start.flags = data[1] & IB_WIFI_STORED & ~IB_WIFI_ENABLED;
    change.has_flags = data[1] & 1;
    change.flags = (int32_t)ib_get_le32(data + 2);
    size_t at = 6;
    for (int i = 0; i < IB_WIFI_TEXT_COUNT; i++) {
        if (!(data[0] >> i & 1) || at == size)
            continue;
        size_t count = data[at++] & 127;
        if (count > size - at)
            count = size - at;
        change.text[i] = (const char *)data + at;
        change.size[i] = count;
        at += count;
    }
    memset(&out, 0xA5, sizeof out);
    memcpy(&untouched, &out, sizeof out);
    int status = ib_network_settings_change(&start, &change, &out, &why);
    if (!why || (status == IB_OK) != (why[0] == 0))
        abort();
    if (status < 0) {
        if (memcmp(&out, &untouched, sizeof out) != 0)
            abort();
        return 0;
    }
    check_stored(&out);
    if (ib_network_settings_change(&out, &change, &again, &why) != IB_OK ||
        memcmp(&again, &out, sizeof out) != 0)
        abort();
    return 0;
}
