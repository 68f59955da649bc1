/// Rows of the source, with what is done to pixels before they are scaled. See scale_private.h.
#include <string.h>

#include "image/color.h"
#include "image/scale_private.h"

enum ib_pixels ib_scale_values(const struct ib_scale_source *source) {
    if (source->palette_rgb565)
        return IB_PIXELS_RGB565;
    if (source->palette_rgb888)
        return IB_PIXELS_RGB888;
    enum ib_pixels format = source->image->format;
    bool colour = format == IB_PIXELS_RGB565 || format == IB_PIXELS_RGB888;
    return format == IB_PIXELS_BINARY || (colour && source->channel >= 0) ? IB_PIXELS_GREY : format;
}

static uint32_t bytes_of(enum ib_pixels values) {
    return ib_image_row_bytes(values, 1);
}

/// Whether pixels are scaled as they are stored.
static bool is_as_stored(const struct ib_scale_rows *self) {
    return self->values == self->source->image->format && !self->source->palette_rgb565 &&
           !self->source->palette_rgb888;
}

void ib_scale_rows_init(struct ib_scale_rows *self, const struct ib_scale_source *source,
                        int32_t from, int32_t count, bool split, struct ib_scratch *scratch) {
    *self = (struct ib_scale_rows){.source = source,
                                   .values = ib_scale_values(source),
                                   .from = from,
                                   .count = count,
                                   .packed_y = -1,
                                   .planes_y = {-1, -1, -1, -1}};
    // Even where the picture's own rows would do, vectors must not read beyond their end.
    self->packed = ib_scratch_take(scratch, (size_t)count * bytes_of(self->values));
    int planes = ib_scale_plane_count(self->values);
    if (!split || (planes == 1 && is_as_stored(self)))
        return;
    for (int slot = 0; slot < 4; slot++) {
        for (int p = 0; p < planes; p++)
            self->planes[slot][p] = ib_scratch_take(scratch, (size_t)count);
    }
}

/// The index that a pixel has into a palette, or its channel.
static uint8_t brightness(const struct ib_scale_source *source, const void *row, int32_t x) {
    switch (source->image->format) {
    case IB_PIXELS_BINARY:
        return ib_grey_of_bit(ib_bit_get(row, x));
    case IB_PIXELS_RGB565: {
        uint16_t colour = ((const uint16_t *)row)[x];
        return source->channel < 0 ? ib_rgb565_luma(colour)
                                   : ib_rgb565_channel(colour, source->channel);
    }
    case IB_PIXELS_RGB888: {
        const uint8_t *colour = (const uint8_t *)row + 3 * (size_t)x;
        return source->channel < 0 ? ib_luma_of(colour[0], colour[1], colour[2])
                                   : colour[source->channel];
    }
    case IB_PIXELS_GREY:
    case IB_PIXELS_GREY16:
    default:
        return ((const uint8_t *)row)[x];
    }
}

static void convert(const struct ib_scale_rows *self, const void *row) {
    const struct ib_scale_source *source = self->source;
    if (self->values == IB_PIXELS_GREY && source->image->format == IB_PIXELS_BINARY) {
        for (int32_t i = 0; i < self->count; i++)
            self->packed[i] = ib_grey_of_bit(ib_bit_get(row, self->from + i));
        return;
    }
    for (int32_t i = 0; i < self->count; i++) {
        uint8_t index = brightness(source, row, self->from + i);
        if (source->palette_rgb565)
            ((uint16_t *)(void *)self->packed)[i] = source->palette_rgb565[index];
        else if (source->palette_rgb888)
            memcpy(self->packed + 3 * (size_t)i, source->palette_rgb888 + 3 * (size_t)index, 3);
        else
            self->packed[i] = index;
    }
}

const uint8_t *ib_scale_rows_lying(struct ib_scale_rows *self, int32_t y) {
    const uint8_t *row = ib_image_row(self->source->image, y);
    if (is_as_stored(self))
        return row + (size_t)self->from * bytes_of(self->values);
    if (self->packed_y != y) {
        convert(self, row);
        self->packed_y = y;
    }
    return self->packed;
}

const void *ib_scale_rows_packed(struct ib_scale_rows *self, int32_t y) {
    const uint8_t *row = ib_scale_rows_lying(self, y);
    if (row != self->packed && self->packed_y != y) {
        memcpy(self->packed, row, (size_t)self->count * bytes_of(self->values));
        self->packed_y = y;
    }
    return self->packed;
}

static void split888(uint8_t *const out[IB_PLANES], const uint8_t *row, int32_t count) {
    uint8_t *red = out[0], *green = out[1], *blue = out[2];
    for (int32_t i = 0; i < count; i++) {
        red[i] = row[3 * i];
        green[i] = row[3 * i + 1];
        blue[i] = row[3 * i + 2];
    }
}

void ib_scale_rows_planes(struct ib_scale_rows *self, int32_t y, const uint8_t *out[IB_PLANES]) {
    if (ib_scale_plane_count(self->values) == 1 && is_as_stored(self)) {
        out[0] = ib_scale_rows_lying(self, y);
        return;
    }
    int slot = y & 3; // neighbours never meet
    if (self->planes_y[slot] != y) {
        self->planes_y[slot] = y;
        const uint8_t *row = ib_scale_rows_lying(self, y);
        if (self->values == IB_PIXELS_RGB565)
            self->kernels->split565(self->planes[slot], (const uint16_t *)(const void *)row,
                                    self->count);
        else if (self->values == IB_PIXELS_RGB888)
            split888(self->planes[slot], row, self->count);
        else
            memcpy(self->planes[slot][0], row, (size_t)self->count);
    }
    for (int p = 0; p < ib_scale_plane_count(self->values); p++)
        out[p] = self->planes[slot][p];
}

void ib_scale_join888(uint8_t *out, uint8_t *const planes[IB_PLANES], int32_t count) {
    const uint8_t *red = planes[0], *green = planes[1], *blue = planes[2];
    for (int32_t i = 0; i < count; i++) {
        out[3 * i] = red[i];
        out[3 * i + 1] = green[i];
        out[3 * i + 2] = blue[i];
    }
}
