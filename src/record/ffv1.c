/// FFV1 encoder. See ffv1.h.
///
/// A pixel is predicted from its neighbours; what it differs by is a symbol whose bits each have an
/// adapting probability (a "state"), chosen by how the neighbours differ among themselves. Bits go
/// through a range coder of 16 bits.
/// Source:  RFC 9043: 3.3 (prediction), 3.5 (context), 3.8.1 (range coder, symbols), 4.2, 4.3
///          (parameters, configuration record), 4.5 to 4.9 (frame, slice).
#include "record/ffv1.h"

#include <string.h>

#include "core/status.h"
#include "record/ffv1_private.h"

/// How far neighbours differ, in levels: each number is where the next level begins. Chosen on
/// recordings of a Lepton: more levels would not have been learnt by the end of so small a picture.
/// Three levels up and down, of three differences: 5 * 5 * 5 contexts, of which one half mirrors
/// the other.
static const uint8_t LEVELS[] = {6, 40, 128};
#define LEVEL_COUNT 3
#define WAYS (2 * LEVEL_COUNT - 1)
#define CONTEXTS ((WAYS * WAYS * WAYS + 1) / 2)

struct coder {
    uint32_t low; ///< 16 bits, and a carry
    uint32_t range;
    uint8_t *out;
    size_t size;
    size_t capacity;
    bool full;
};

static void begin(struct coder *self, uint8_t *out, size_t capacity) {
    *self = (struct coder){.range = 0xFF00, .out = out, .capacity = capacity};
}

/// The upper byte of `low` goes out; a carry goes into the bytes before.
static void shift_out(struct coder *self) {
    if (self->low > 0xFFFF) {
        size_t at = self->size;
        while (at > 0 && ++self->out[--at] == 0)
            ;
        self->low &= 0xFFFF;
    }
    if (self->size < self->capacity)
        self->out[self->size++] = (uint8_t)(self->low >> 8);
    else
        self->full = true;
    self->low = (self->low & 0xFF) << 8;
    self->range <<= 8;
}

static inline void put_bit(struct coder *self, uint8_t *state, bool bit) {
    uint32_t ones = self->range * *state >> 8;
    self->range -= ones;
    if (bit) {
        self->low += self->range;
        self->range = ones;
        *state = ib_ffv1_one_state[*state];
    } else {
        *state = (uint8_t)(256 - ib_ffv1_one_state[256 - *state]);
    }
    if (self->range < 0x100)
        shift_out(self);
}

static inline void put_symbol(struct coder *self, uint8_t *states, int value, bool with_sign) {
    put_bit(self, states, value == 0);
    if (value == 0)
        return;
    unsigned size = (unsigned)(value < 0 ? -value : value);
    unsigned exponent = 31 - (unsigned)__builtin_clz(size);
    for (unsigned i = 0; i < exponent; i++)
        put_bit(self, states + IB_FFV1_EXPONENT + ib_ffv1_least(i, 9), true);
    put_bit(self, states + IB_FFV1_EXPONENT + ib_ffv1_least(exponent, 9), false);
    for (unsigned i = exponent; i-- > 0;)
        put_bit(self, states + IB_FFV1_MANTISSA + ib_ffv1_least(i, 9), size >> i & 1);
    if (with_sign)
        put_bit(self, states + IB_FFV1_SIGN + ib_ffv1_least(exponent, 10), value < 0);
}

/// As few bytes as the decoder needs. Return: the size so far.
static size_t finish(struct coder *self) {
    self->low += 0xFF;
    shift_out(self);
    return self->size;
}

static int level_of(unsigned distance) {
    int level = 0;
    while (distance >= LEVELS[level])
        level++;
    return level;
}

/// A table of levels as lengths of its runs (4.3.1). The first table's levels, times 0, is a table
/// of nothing but 0.
static void put_table(struct coder *self, bool all_zero) {
    uint8_t states[IB_FFV1_SYMBOL_STATES];
    memset(states, IB_FFV1_EVEN, sizeof states);
    if (all_zero) {
        put_symbol(self, states, 127, false);
        return;
    }
    for (int level = 0, from = 0; level < LEVEL_COUNT; from = LEVELS[level++])
        put_symbol(self, states, LEVELS[level] - from - 1, false);
}

int ib_ffv1_config(uint8_t *out, size_t capacity) {
    uint8_t states[IB_FFV1_SYMBOL_STATES];
    struct coder coder;
    if (capacity < IB_FFV1_CONFIG_BYTES)
        return IB_E_NO_SPACE;
    memset(states, IB_FFV1_EVEN, sizeof states);
    begin(&coder, out, capacity);
    put_symbol(&coder, states, 3, false);  // version
    put_symbol(&coder, states, 4, false);  // its first stable variant
    put_symbol(&coder, states, 1, false);  // range coder with the default transitions
    put_symbol(&coder, states, 0, false);  // luma, if any colour
    put_symbol(&coder, states, 16, false); // bits
    put_bit(&coder, states, false);        // no colour
    put_symbol(&coder, states, 0, false);
    put_symbol(&coder, states, 0, false);
    put_bit(&coder, states, false);       // no further plane
    put_symbol(&coder, states, 0, false); // slices across - 1
    put_symbol(&coder, states, 0, false); // slices down - 1
    put_symbol(&coder, states, 1, false); // sets of tables
    for (int table = 0; table < 5; table++)
        put_table(&coder, table >= 3);
    put_bit(&coder, states, false);       // no states to begin with
    put_symbol(&coder, states, 1, false); // slices have a CRC
    put_symbol(&coder, states, 1, false); // every frame stands alone
    size_t size = finish(&coder);
    uint32_t crc = ib_ffv1_crc(0, out, size);
    for (int shift = 24; shift >= 0; shift -= 8)
        out[size++] = (uint8_t)(crc >> shift);
    return (int)size;
}

static void put_slice_header(struct coder *self) {
    uint8_t states[IB_FFV1_SYMBOL_STATES], key_frame = IB_FFV1_EVEN;
    memset(states, IB_FFV1_EVEN, sizeof states);
    put_bit(self, &key_frame, true);
    // Place and size (- 1) in slices; the set of tables, for colour too though there is none.
    for (int i = 0; i < 6; i++)
        put_symbol(self, states, 0, false);
    put_symbol(self, states, 3, false); // progressive
    put_symbol(self, states, 1, false); // square pixels
    put_symbol(self, states, 1, false);
}

/// `levels` for differences of -128 to 127, by their low byte.
static void put_pixels(struct coder *self, const uint16_t *pixels, size_t width, size_t height,
                       const int8_t levels[256], uint8_t *states) {
    const uint16_t *above = NULL, *above2 = NULL;
    for (size_t y = 0; y < height && !self->full; y++) {
        const uint16_t *row = pixels + y * width;
        for (size_t x = 0; x < width; x++) {
            struct ib_ffv1_around near;
            ib_ffv1_look(&near, row, above, above2, x, width);
            int context = levels[(uint8_t)(near.left - near.corner)] +
                          WAYS * levels[(uint8_t)(near.corner - near.top)] +
                          WAYS * WAYS * levels[(uint8_t)(near.top - near.right)];
            int difference = (int16_t)row[x] - ib_ffv1_predict(&near);
            if (context < 0) {
                context = -context;
                difference = -difference;
            }
            put_symbol(self, states + context * IB_FFV1_SYMBOL_STATES,
                       (int16_t)(uint16_t)difference, true);
        }
        above2 = above;
        above = row;
    }
}

int ib_ffv1_encode(uint8_t *out, size_t capacity, const uint16_t *pixels, uint16_t width_px,
                   uint16_t height_px, uint8_t *states) {
    _Static_assert(CONTEXTS * IB_FFV1_SYMBOL_STATES <= IB_FFV1_STATES_BYTES, "states");
    const size_t tail = IB_FFV1_SIZE_BYTES + IB_FFV1_CHECK_BYTES;
    int8_t levels[256];
    if (width_px == 0 || height_px == 0)
        return IB_E_RANGE;
    if (capacity < tail)
        return IB_E_NO_SPACE;
    for (unsigned i = 0; i < 128; i++) {
        levels[i] = (int8_t)level_of(i);
        levels[255 - i] = (int8_t)-level_of(i < 127 ? i + 1 : 127);
    }
    memset(states, IB_FFV1_EVEN, CONTEXTS * IB_FFV1_SYMBOL_STATES);
    struct coder coder;
    begin(&coder, out, capacity - tail);
    put_slice_header(&coder);
    put_pixels(&coder, pixels, width_px, height_px, levels, states);
    put_bit(&coder, &(uint8_t){IB_FFV1_SENTINEL}, false);
    size_t size = finish(&coder);
    if (coder.full)
        return IB_E_NO_SPACE;
    if (size > 0xFFFFFF)
        return IB_E_RANGE;
    const uint8_t end[4] = {(uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, 0};
    memcpy(out + size, end, sizeof end);
    size += sizeof end;
    uint32_t crc = ib_ffv1_crc(0, out, size);
    for (int shift = 24; shift >= 0; shift -= 8)
        out[size++] = (uint8_t)(crc >> shift);
    return (int)size;
}
