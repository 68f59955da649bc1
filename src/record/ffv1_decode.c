/// FFV1 decoder. See ffv1.h; what a frame is made of, ffv1.c says.
#include <string.h>

#include "core/status.h"
#include "record/ffv1.h"
#include "record/ffv1_private.h"

#define MOST_CONTEXTS 32768u ///< RFC 9043, 4.3.1: len_count's product is limited
#define MOST_SLICES 256u     ///< in all; each has states of its own to be set up
/// The decoder may look this far beyond a slice's own bytes; one is usual.
#define MOST_BEYOND 2

struct coder {
    uint32_t low;
    uint32_t range;
    const uint8_t *at;
    const uint8_t *end;
    unsigned beyond; ///< bytes that were wanted behind the end: 0
    const uint8_t *one_state;
    const uint8_t *zero_state;
};

static uint8_t next_byte(struct coder *self) {
    if (self->at < self->end)
        return *self->at++;
    self->beyond++;
    return 0;
}

static void begin(struct coder *self, const uint8_t *bytes, size_t size, const uint8_t *one_state,
                  const uint8_t *zero_state) {
    *self = (struct coder){.range = 0xFF00,
                           .at = bytes,
                           .end = bytes + size,
                           .one_state = one_state,
                           .zero_state = zero_state};
    self->low = (uint32_t)next_byte(self) << 8;
    self->low |= next_byte(self);
}

static inline bool get_bit(struct coder *self, uint8_t *state) {
    uint32_t ones = self->range * *state >> 8;
    uint32_t zeros = self->range - ones;
    bool bit = self->low >= zeros;
    if (bit) {
        self->low -= zeros;
        self->range = ones;
        *state = self->one_state[*state];
    } else {
        self->range = zeros;
        *state = self->zero_state[*state];
    }
    // Not a loop: a state is never so extreme that one byte were not enough; damaged tables end by
    // reading beyond.
    if (self->range < 0x100) {
        self->range <<= 8;
        self->low = self->low << 8 | next_byte(self);
    }
    return bit;
}

static int get_symbol(struct coder *self, uint8_t *states, bool with_sign, int32_t *out) {
    *out = 0;
    if (get_bit(self, states))
        return IB_OK;
    unsigned exponent = 0;
    while (get_bit(self, states + IB_FFV1_EXPONENT + ib_ffv1_least(exponent, 9))) {
        if (++exponent > 30)
            return IB_E_FORMAT;
    }
    int32_t value = 1;
    for (unsigned i = exponent; i-- > 0;)
        value = value * 2 + get_bit(self, states + IB_FFV1_MANTISSA + ib_ffv1_least(i, 9));
    if (with_sign && get_bit(self, states + IB_FFV1_SIGN + ib_ffv1_least(exponent, 10)))
        value = -value;
    *out = value;
    return IB_OK;
}

/// An unsigned symbol of at most `most`.
static int get_number(struct coder *self, uint8_t *states, uint32_t most, uint32_t *out) {
    int32_t value;
    int status = get_symbol(self, states, false, &value);
    if (status == IB_OK && (uint32_t)value > most)
        status = IB_E_FORMAT;
    *out = (uint32_t)value;
    return status;
}

static void mirror_states(struct ib_ffv1_decoder *self) {
    self->zero_state[0] = 0;
    for (unsigned i = 1; i < 256; i++)
        self->zero_state[i] = (uint8_t)(256 - self->one_state[256 - i]);
}

/// Differences to the default transitions. A state of 0 would stop the coder.
static int get_transitions(struct ib_ffv1_decoder *self, struct coder *coder, uint8_t *states) {
    uint8_t one_state[256] = {0};
    for (unsigned i = 1; i < 256; i++) {
        int32_t difference;
        int status = get_symbol(coder, states, true, &difference);
        if (status != IB_OK)
            return status;
        one_state[i] = (uint8_t)(ib_ffv1_one_state[i] + (uint32_t)difference);
    }
    memcpy(self->one_state, one_state, sizeof one_state);
    return IB_OK;
}

/// One table: the lengths of its runs. Return: how many runs.
static int get_table(struct coder *coder, int8_t levels[256]) {
    uint8_t states[IB_FFV1_SYMBOL_STATES];
    memset(states, IB_FFV1_EVEN, sizeof states);
    unsigned level = 0;
    for (unsigned at = 0; at < 128; level++) {
        uint32_t length;
        int status = get_number(coder, states, 127 - at, &length);
        if (status != IB_OK)
            return status;
        memset(levels + at, (int)level, length + 1);
        at += length + 1;
    }
    for (unsigned i = 1; i < 128; i++)
        levels[256 - i] = (int8_t)-levels[i];
    levels[128] = (int8_t)-levels[127];
    return (int)level;
}

static int get_set(struct coder *coder, struct ib_ffv1_set *set) {
    uint32_t product = 1;
    for (int i = 0; i < 5; i++) {
        int runs = get_table(coder, set->levels[i]);
        if (runs < 0)
            return runs;
        set->levels_count[i] = (uint16_t)runs;
        product *= (uint32_t)(2 * runs - 1);
        if (product > MOST_CONTEXTS * 2)
            return IB_E_FORMAT;
    }
    set->contexts = (product + 1) / 2;
    return IB_OK;
}

/// What the pictures are. Return: IB_E_UNSUPPORTED when not 16-bit grey.
static int get_shape(struct ib_ffv1_decoder *self, struct coder *coder, uint8_t *states) {
    uint32_t version, variant, transitions, number[4] = {0};
    int status = get_number(coder, states, 255, &version);
    if (status == IB_OK && version != 3)
        return IB_E_UNSUPPORTED;
    if (status == IB_OK)
        status = get_number(coder, states, 255, &variant);
    if (status == IB_OK)
        status = get_number(coder, states, 255, &transitions);
    if (status == IB_OK && (variant < 4 || transitions < 1 || transitions > 2))
        return IB_E_UNSUPPORTED;
    if (status == IB_OK && transitions == 2)
        status = get_transitions(self, coder, states);
    if (status == IB_OK)
        status = get_number(coder, states, 255, &number[0]); // colour space
    if (status == IB_OK)
        status = get_number(coder, states, 255, &number[1]); // bits
    bool colour = get_bit(coder, states);
    if (status == IB_OK)
        status = get_number(coder, states, 255, &number[2]);
    if (status == IB_OK)
        status = get_number(coder, states, 255, &number[3]);
    bool further_plane = get_bit(coder, states);
    if (status == IB_OK && (number[0] != 0 || number[1] != 16 || colour || further_plane))
        return IB_E_UNSUPPORTED;
    return status;
}

static int get_parameters(struct ib_ffv1_decoder *self, struct coder *coder) {
    uint8_t states[IB_FFV1_SYMBOL_STATES];
    uint32_t checked = 0, intra;
    memset(states, IB_FFV1_EVEN, sizeof states);
    int status = get_shape(self, coder, states);
    if (status == IB_OK)
        status = get_number(coder, states, MOST_SLICES - 1, &self->slices_across);
    if (status == IB_OK)
        status = get_number(coder, states, MOST_SLICES - 1, &self->slices_down);
    if (status == IB_OK)
        status = get_number(coder, states, IB_FFV1_MOST_SETS, &self->sets);
    if (status == IB_OK && self->sets == 0)
        status = IB_E_FORMAT;
    self->slices_across++;
    self->slices_down++;
    if (status == IB_OK && self->slices_across * self->slices_down > MOST_SLICES)
        status = IB_E_UNSUPPORTED;
    for (uint32_t i = 0; status == IB_OK && i < self->sets; i++)
        status = get_set(coder, &self->set[i]);
    for (uint32_t i = 0; status == IB_OK && i < self->sets; i++) {
        if (get_bit(coder, states)) // states of its own to begin with
            status = IB_E_UNSUPPORTED;
    }
    if (status == IB_OK)
        status = get_number(coder, states, 1, &checked);
    if (status == IB_OK)
        status = get_number(coder, states, 1, &intra);
    self->checked = checked;
    return status;
}

int ib_ffv1_decoder_init(struct ib_ffv1_decoder *self, const uint8_t *config, size_t size) {
    memset(self, 0, sizeof *self);
    if (size < 4)
        return IB_E_FORMAT;
    if (ib_ffv1_crc(0, config, size) != 0)
        return IB_E_CRC;
    struct coder coder;
    memcpy(self->one_state, ib_ffv1_one_state, sizeof self->one_state);
    mirror_states(self);
    uint8_t one_state[256], zero_state[256]; // the record itself knows only the default
    memcpy(one_state, self->one_state, sizeof one_state);
    memcpy(zero_state, self->zero_state, sizeof zero_state);
    begin(&coder, config, size - 4, one_state, zero_state);
    int status = get_parameters(self, &coder);
    if (status == IB_OK && coder.beyond > MOST_BEYOND)
        status = IB_E_FORMAT;
    mirror_states(self);
    return status;
}

size_t ib_ffv1_decoder_states_bytes(const struct ib_ffv1_decoder *self) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < self->sets; i++)
        most = self->set[i].contexts > most ? self->set[i].contexts : most;
    return (size_t)most * IB_FFV1_SYMBOL_STATES;
}

/// A slice's place in the picture.
struct slice {
    size_t x, y, width, height;
    const struct ib_ffv1_set *set;
};

static int get_slice_header(const struct ib_ffv1_decoder *self, struct coder *coder,
                            uint16_t width_px, uint16_t height_px, struct slice *out) {
    uint8_t states[IB_FFV1_SYMBOL_STATES];
    uint32_t number[9];
    const uint32_t most[9] = {self->slices_across - 1,
                              self->slices_down - 1,
                              self->slices_across - 1,
                              self->slices_down - 1,
                              self->sets - 1,
                              self->sets - 1,
                              INT32_MAX,
                              INT32_MAX,
                              INT32_MAX};
    memset(states, IB_FFV1_EVEN, sizeof states);
    for (int i = 0; i < 9; i++) {
        int status = get_number(coder, states, most[i], &number[i]);
        if (status != IB_OK)
            return status;
    }
    uint32_t right = number[0] + number[2] + 1, bottom = number[1] + number[3] + 1;
    if (right > self->slices_across || bottom > self->slices_down)
        return IB_E_FORMAT;
    out->x = (size_t)number[0] * width_px / self->slices_across;
    out->y = (size_t)number[1] * height_px / self->slices_down;
    out->width = (size_t)right * width_px / self->slices_across - out->x;
    out->height = (size_t)bottom * height_px / self->slices_down - out->y;
    out->set = &self->set[number[4]];
    return IB_OK;
}

static int context_of(const struct ib_ffv1_set *set, const struct ib_ffv1_around *near) {
    const int differences[5] = {near->left - near->corner, near->corner - near->top,
                                near->top - near->right, near->left2 - near->left,
                                near->top2 - near->top};
    int context = 0, scale = 1;
    for (int i = 0; i < 5; i++) {
        context += set->levels[i][(uint8_t)differences[i]] * scale;
        scale *= 2 * set->levels_count[i] - 1;
    }
    return context;
}

static int get_pixels(struct coder *coder, const struct slice *slice, uint16_t *pixels,
                      size_t stride, uint8_t *states) {
    const uint16_t *above = NULL, *above2 = NULL;
    for (size_t y = 0; y < slice->height; y++) {
        uint16_t *row = pixels + (slice->y + y) * stride + slice->x;
        for (size_t x = 0; x < slice->width; x++) {
            struct ib_ffv1_around near;
            ib_ffv1_look(&near, row, above, above2, x, slice->width);
            int context = context_of(slice->set, &near);
            int32_t difference;
            int status = get_symbol(
                coder, states + (size_t)(context < 0 ? -context : context) * IB_FFV1_SYMBOL_STATES,
                true, &difference);
            if (status != IB_OK)
                return status;
            uint32_t change = context < 0 ? 0 - (uint32_t)difference : (uint32_t)difference;
            row[x] = (uint16_t)((uint32_t)ib_ffv1_predict(&near) + change);
        }
        if (coder->beyond > MOST_BEYOND)
            return IB_E_FORMAT;
        above2 = above;
        above = row;
    }
    return IB_OK;
}

/// The frame's first bit says whether it stands alone.
static bool begin_frame(const struct ib_ffv1_decoder *self, struct coder *coder,
                        const uint8_t *bytes, size_t size) {
    uint8_t key_frame = IB_FFV1_EVEN;
    begin(coder, bytes, size, self->one_state, self->zero_state);
    return get_bit(coder, &key_frame);
}

/// One slice, without its end. `*count_px` counts what it fills.
static int get_slice(const struct ib_ffv1_decoder *self, const uint8_t *bytes, size_t size,
                     bool first, uint16_t *pixels, uint16_t width_px, uint16_t height_px,
                     uint8_t *states, size_t *count_px) {
    struct coder coder;
    struct slice slice;
    if (first)
        begin_frame(self, &coder, bytes, size);
    else
        begin(&coder, bytes, size, self->one_state, self->zero_state);
    int status = get_slice_header(self, &coder, width_px, height_px, &slice);
    if (status != IB_OK)
        return status;
    memset(states, IB_FFV1_EVEN, (size_t)slice.set->contexts * IB_FFV1_SYMBOL_STATES);
    *count_px += slice.width * slice.height;
    return get_pixels(&coder, &slice, pixels, width_px, states);
}

int ib_ffv1_decode(const struct ib_ffv1_decoder *self, const uint8_t *bytes, size_t size,
                   uint16_t *pixels, uint16_t width_px, uint16_t height_px, uint8_t *states) {
    const size_t tail = IB_FFV1_SIZE_BYTES + (self->checked ? IB_FFV1_CHECK_BYTES : 0);
    size_t count_px = 0;
    uint32_t left = self->slices_across * self->slices_down;
    struct coder probe;
    if (size > 0 && !begin_frame(self, &probe, bytes, size))
        return IB_E_UNSUPPORTED;
    // A slice's size stands at its end: they are found from the last to the first.
    while (size > 0) {
        if (size < tail || left-- == 0)
            return IB_E_FORMAT;
        const uint8_t *end = bytes + size - tail;
        size_t length = (size_t)end[0] << 16 | (size_t)end[1] << 8 | end[2];
        if (length + tail > size)
            return IB_E_FORMAT;
        size -= length + tail;
        const uint8_t *slice = bytes + size;
        if (self->checked && ib_ffv1_crc(0, slice, length + tail) != 0)
            return IB_E_CRC;
        int status = get_slice(self, slice, length, size == 0, pixels, width_px, height_px, states,
                               &count_px);
        if (status != IB_OK)
            return status;
        if (count_px > (size_t)width_px * height_px)
            return IB_E_FORMAT; // they overlap
    }
    return count_px == (size_t)width_px * height_px ? IB_OK : IB_E_FORMAT;
}
