#include "openmv/identity.h"

#include "core/status.h"

void ib_identity_text(const uint8_t id[IB_IDENTITY_ID_BYTES], char out[IB_IDENTITY_TEXT_SIZE]) {
    static const char DIGITS[] = "0123456789ABCDEF";
    // Words from the last to the first, each from its high byte: all bytes backwards.
    for (unsigned i = 0; i < IB_IDENTITY_ID_BYTES; i++) {
        uint8_t byte = id[IB_IDENTITY_ID_BYTES - 1 - i];
        out[2 * i] = DIGITS[byte >> 4];
        out[2 * i + 1] = DIGITS[byte & 15];
    }
    out[2 * IB_IDENTITY_ID_BYTES] = 0;
}

const uint16_t ib_cpu_mhz[IB_CPU_SPEEDS] = {60, 120, 240, 480};

int ib_cpu_clocks(struct ib_cpu_clocks *out, uint32_t mhz) {
    for (unsigned i = 0; i < IB_CPU_SPEEDS; i++) {
        if (ib_cpu_mhz[i] != mhz)
            continue;
        uint32_t hz = mhz * 1000000u;
        *out = (struct ib_cpu_clocks){hz, hz / 2, hz / 4, hz / 4};
        return IB_OK;
    }
    return IB_E_UNSUPPORTED;
}
