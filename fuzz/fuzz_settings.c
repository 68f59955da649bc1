/// Fuzz: the settings' record. What is read is allowed, and is written as the same bytes again; what is
/// refused leaves nothing behind.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "device/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ib_settings settings, untouched;
    uint8_t again[IB_SETTINGS_BYTES];
    const char *why;
    memset(&settings, 0x5A, sizeof settings);
    memcpy(&untouched, &settings, sizeof settings);
    int status = ib_settings_read(&settings, data, size);
    if (status < 0) {
        if (status != IB_E_TRUNCATED && status != IB_E_FORMAT && status != IB_E_RANGE)
            abort();
        if (memcmp(&untouched, &settings, sizeof settings) != 0)
            abort();
        return 0;
    }
    if (ib_network_settings_check(&settings.network, &why) < 0 ||
        ib_network_settings_check(&settings.before, &why) < 0 ||
        settings.lepton.emissivity_pct < 1 || settings.lepton.emissivity_pct > 100 ||
        settings.lepton.gain > 2)
        abort();
    // A later version may have appended fields; all else has one way to be written.
    size_t known = ib_settings_write(&settings, again);
    if (known > size || memcmp(again, data, 2) != 0 || ib_get_le16(data + 2) != size ||
        memcmp(again + 4, data + 4, known - 4) != 0)
        abort();
    return 0;
}
