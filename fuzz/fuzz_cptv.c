/// Fuzz: the CPTV reader. The first byte says how long the pieces are that the rest is fed in; the
/// events must be the same as for the rest as a whole.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/cptv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STORAGE_PX 4096

static uint16_t storage[STORAGE_PX];

struct outcome {
    int end;
    uint32_t frames;
    uint64_t position;
    uint64_t sum;
};

static struct outcome run(const uint8_t *data, size_t size, size_t piece) {
    struct ib_cptv reader;
    struct outcome outcome = {.sum = 1};
    ib_cptv_init(&reader, storage, STORAGE_PX);
    for (size_t at = 0; at < size;) {
        size_t count = size - at < piece ? size - at : piece, used;
        int event = ib_cptv_feed(&reader, data + at, count, &used);
        at += used;
        if (used > count || (event == IB_CPTV_MORE && used != count))
            abort();
        if (event < 0) {
            if (!reader.problem || event != ib_cptv_end(&reader))
                abort();
            break;
        }
        size_t count_px = (size_t)reader.header.width_px * reader.header.height_px;
        if (event == IB_CPTV_HEADER && (count_px == 0 || count_px > STORAGE_PX))
            abort();
        for (size_t i = 0; event == IB_CPTV_FRAME && i < count_px; i++)
            outcome.sum = (outcome.sum ^ storage[i]) * 0x100000001B3u;
    }
    outcome.end = ib_cptv_end(&reader);
    outcome.frames = reader.frames;
    outcome.position = reader.position;
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct outcome whole = run(data + 1, size - 1, size);
    struct outcome pieces = run(data + 1, size - 1, (size_t)data[0] % 64 + 1);
    if (whole.end != pieces.end || whole.frames != pieces.frames ||
        whole.position != pieces.position || whole.sum != pieces.sum)
        abort();
    return 0;
}
