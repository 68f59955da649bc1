/// Three growing blocks. See work_memory.h.
#include "ports/micropython/image/work_memory.h"

#include <stdlib.h>

#include "openmv/image_source.h"
#include "py/runtime.h"

static struct block {
    void *memory;
    size_t bytes;
} blocks[IB_WORK_KINDS];

void *ib_work_memory(enum ib_work kind, size_t bytes) {
    struct block *block = &blocks[kind];
    if (bytes <= block->bytes && block->memory)
        return block->memory;
    free(block->memory);
    *block = (struct block){0};
    size_t rounded = (bytes + 4095) / 4096 * 4096 + 4096;
    // One operation's pieces are limited each for themselves; together they are a few times that.
    if (bytes <= 4 * IB_IMAGE_WORK_MAX_BYTES)
        block->memory = aligned_alloc(64, rounded);
    if (!block->memory)
        mp_raise_msg(&mp_type_MemoryError, MP_ERROR_TEXT("Failed to allocate memory"));
    block->bytes = rounded;
    return block->memory;
}

void ib_work_release(void) {
    for (int kind = 0; kind < IB_WORK_KINDS; kind++) {
        free(blocks[kind].memory);
        blocks[kind] = (struct block){0};
    }
}
