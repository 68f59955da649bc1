/// Where the collector looks for room. See pixel_memory.h.
#include "ports/micropython/image/pixel_memory.h"

#include "py/gc.h"
#include "py/misc.h"
#include "py/mpstate.h"

/// One byte of the collector's table stands for so many bytes of heap: four blocks.
#define BYTES_A_STEP ((size_t)4 * MICROPY_BYTES_PER_GC_BLOCK)
/// What is small lies among the small.
#define LEAST_BYTES 4096

_Static_assert(!MICROPY_GC_SPLIT_HEAP, "there is one area");
_Static_assert(MICROPY_GC_CONSERVATIVE_CLEAR, "what is new is zero");

/// The step behind the last piece. A heap that has changed since makes it no worse than any other.
static size_t behind;

/// The collector begins at a step of ours. It does not move that for more than one block.
static void *from_step(mp_state_mem_area_t *area, size_t step, size_t bytes) {
    size_t first_free = area->gc_last_free_atb_index; // nothing is free before it
    area->gc_last_free_atb_index = step;
    void *memory = m_malloc_maybe(bytes);
    area->gc_last_free_atb_index = first_free;
    return memory;
}

static void *above(mp_state_mem_area_t *area, size_t bytes) {
    size_t lowest = area->gc_alloc_table_byte_len / 4;
    uint16_t collects = MP_STATE_MEM(gc_auto_collect_enabled);
    if (area->gc_last_free_atb_index >= lowest || gc_is_locked())
        return NULL;
    if (behind < lowest || behind >= area->gc_alloc_table_byte_len)
        behind = lowest;
    // Collecting would begin at the beginning again: it is done here.
    MP_STATE_MEM(gc_auto_collect_enabled) = 0;
    void *memory = from_step(area, behind, bytes);
    if (!memory && collects) {
        gc_collect();
        memory = from_step(area, lowest, bytes);
    }
    MP_STATE_MEM(gc_auto_collect_enabled) = collects;
    return memory;
}

uint8_t *ib_pixel_memory(size_t bytes) {
    mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    void *memory = bytes < LEAST_BYTES ? NULL : above(area, bytes);
    if (!memory)
        return m_malloc(bytes);
    const byte *end = (const byte *)memory + bytes;
    behind = (size_t)(end - area->gc_pool_start) / BYTES_A_STEP;
    return memory;
}
