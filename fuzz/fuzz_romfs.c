/// ROMFS images from outside. What the checker lets through is walked the way MicroPython walks it, which trusts every
/// length; so a walk that leaves the image is a hole in the checker.
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "openmv/romfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t *begin, *end;
static volatile uint8_t sink;

/// As MicroPython reads one: without a limit to its length.
static size_t number(const uint8_t **at, const uint8_t *limit) {
    size_t value = 0;
    for (;;) {
        IB_ASSERT(*at < limit);
        uint8_t byte = *(*at)++;
        value = value << 7 | (byte & 0x7F);
        if (!(byte & 0x80))
            return value;
    }
}

static void touch(const uint8_t *data, size_t size) {
    IB_ASSERT(data >= begin && size <= (size_t)(end - data));
    for (size_t i = 0; i < size; i++)
        sink = data[i];
}

static void walk(const uint8_t *at, const uint8_t *limit) {
    while (at < limit) {
        size_t kind = number(&at, limit), size = number(&at, limit);
        const uint8_t *next = at + size;
        touch(at, size);
        if (kind == 3) {
            size_t length = number(&at, next), offset = number(&at, next);
            touch(begin + offset, length);
        } else if (kind == 4 || kind == 5) {
            size_t name = number(&at, next);
            touch(at, name);
            walk(at + name, next);
        }
        at = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char why[64];
    long used = ib_romfs_check(bytes, size, why, sizeof why);
    if (used < 0) {
        IB_ASSERT(strlen(why) > 0);
        return 0;
    }
    const uint8_t *at = bytes;
    (void)number(&at, bytes + size);
    size_t payload = number(&at, bytes + size);
    begin = at;
    end = at + payload;
    IB_ASSERT(end == bytes + used && (size_t)used <= size);
    walk(begin, end);
    return 0;
}
