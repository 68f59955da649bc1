/// Fuzz: the Matroska reader. The first byte says how long the pieces are that the rest is fed in;
/// the events must be the same as for the rest as a whole. Frame records are read too.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/frame_record.h"
#include "record/matroska_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t storage[16384];

struct outcome {
    int end;
    uint32_t frames;
    uint64_t position;
    uint64_t sum;
};

static void add(struct outcome *self, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        self->sum = (self->sum ^ bytes[i]) * 0x100000001B3u;
}

static void take_frame(struct outcome *self, const struct ib_mkv_reader *reader) {
    static struct ib_frame frame;
    int64_t wall_us = reader->time_us;
    if (reader->block_size + reader->record_size > sizeof storage)
        abort();
    add(self, reader->block, reader->block_size);
    add(self, reader->record, reader->record_size);
    if (ib_frame_record_read(reader->record, reader->record_size, &frame, &wall_us) == IB_OK &&
        frame.unit > IB_UNIT_GREY8)
        abort();
    self->sum ^= (uint64_t)wall_us;
}

static struct outcome run(const uint8_t *data, size_t size, size_t piece) {
    struct ib_mkv_reader reader;
    struct outcome outcome = {.sum = 1};
    ib_mkv_reader_init(&reader, storage, sizeof storage);
    for (size_t at = 0; at <= size;) {
        size_t count = size - at < piece ? size - at : piece, used;
        int event = ib_mkv_reader_feed(&reader, data + at, count, &used);
        at += used;
        if (used > count || (event == IB_MKV_MORE && used != count))
            abort();
        if (event < 0 && (!reader.problem || event != ib_mkv_reader_end(&reader)))
            abort();
        if (event == IB_MKV_FRAME)
            take_frame(&outcome, &reader);
        if (event < 0 || (event == IB_MKV_MORE && at == size))
            break;
    }
    outcome.end = ib_mkv_reader_end(&reader);
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
