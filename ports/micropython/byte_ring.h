/// Bytes in a ring. No locks: its users have one.
#ifndef IB_PORTS_MICROPYTHON_BYTE_RING_H
#define IB_PORTS_MICROPYTHON_BYTE_RING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ib_byte_ring {
    uint8_t *bytes; ///< kept
    size_t size;
    size_t first; ///< of the filled part
    size_t fill;
};

static inline size_t ib_byte_ring_room(const struct ib_byte_ring *self) {
    return self->size - self->fill;
}

/// Return: how many went in.
static inline size_t ib_byte_ring_put(struct ib_byte_ring *self, const void *bytes, size_t size) {
    size_t room = ib_byte_ring_room(self);
    size_t n = size < room ? size : room;
    size_t at = (self->first + self->fill) % self->size;
    size_t head = n < self->size - at ? n : self->size - at;
    if (n == 0)
        return 0;
    memcpy(self->bytes + at, bytes, head);
    memcpy(self->bytes, (const uint8_t *)bytes + head, n - head);
    self->fill += n;
    return n;
}

/// Return: how many came out.
static inline size_t ib_byte_ring_take(struct ib_byte_ring *self, void *out, size_t size) {
    size_t n = size < self->fill ? size : self->fill;
    size_t head = n < self->size - self->first ? n : self->size - self->first;
    if (n == 0)
        return 0;
    memcpy(out, self->bytes + self->first, head);
    memcpy((uint8_t *)out + head, self->bytes, n - head);
    self->first = (self->first + n) % self->size;
    self->fill -= n;
    return n;
}

#endif
