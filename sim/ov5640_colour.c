/// From cells to what the OV5640 sends: exposure, white balance, gamma, effects, noise, formats.
///
/// All that is one channel's alone is in tables of a cell's values; noise is added to whole cells
/// before. Contrast and brightness act on all three channels alike. Chroma is only computed when a
/// format or an effect asks for it (full range BT.601).
/// Source: OV5640 data sheet 2.03, table 7-19 (format control), 7-25 (SDE).

#include "sim/ov5640_private.h"

#include <string.h>

/// Electrons of a full pixel.
#define FULL_WELL 6000.0f
/// Noise is made anew when it should be this much different.
#define NOISE_STEP 1.06f

#define GREY 0x20
#define NEGATIVE 0x40
#define CONTRAST 0x04
#define FIXED_U 0x10
#define FIXED_V 0x08

// ---- Tables ----

static uint8_t clip8(int value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static uint8_t with_effects(const struct ib_sim_ov5640_view *view, uint8_t level) {
    int value = level;
    if (view->effect & CONTRAST) {
        int bright = view->signs & 8 ? -view->brightness : view->brightness;
        value = (value - view->offset) * view->contrast / 32 + view->offset + bright;
    }
    if (view->effect & NEGATIVE)
        value = 255 - clip8(value);
    return clip8(value);
}

static void put_rgb565(struct ib_sim_ov5640_tables *tables, bool blue_first, int channel,
                       int cell) {
    int place = blue_first ? 2 - channel : channel;
    uint32_t level = tables->level[channel][cell], bits;
    bits = place == 0 ? level >> 3 << 11 : place == 1 ? level >> 2 << 5 : level >> 3;
    uint8_t sent[2] = {(uint8_t)(bits >> 8), (uint8_t)bits};
    memcpy(&tables->rgb565[channel][cell], sent, 2);
}

static void fill_tables(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame) {
    struct ib_sim_ov5640_tables *tables = &self->tables;
    for (int channel = 0; channel < 3; channel++) {
        float root = __builtin_sqrtf(frame->signal * frame->white[channel]);
        float by = root * 1024 / IB_SIM_CELL_ONE;
        for (int cell = 0; cell < 1024; cell++) {
            float value = (float)(cell - IB_SIM_CELL_BLACK) * by;
            int i = value <= 0 ? 0 : value >= 1024 ? 1024 : (int)(value + 0.5f);
            uint8_t level = frame->view.gamma ? self->gamma[i] : (uint8_t)(i * i * 255 >> 20);
            tables->level[channel][cell] = with_effects(&frame->view, level);
            put_rgb565(tables, frame->view.order == 1, channel, cell);
        }
    }
}

static bool differ(float a, float b) {
    return a < b || a > b;
}

static bool tables_fit(const struct ib_sim_ov5640_tables *tables,
                       const struct ib_sim_ov5640_frame *frame) {
    const struct ib_sim_ov5640_view *view = &frame->view;
    for (int i = 0; i < 3; i++)
        if (differ(tables->white[i], frame->white[i]))
            return false;
    return tables->valid && !differ(tables->signal, frame->signal) &&
           tables->gamma == view->gamma && tables->effect == view->effect &&
           tables->offset == view->offset && tables->contrast == view->contrast &&
           tables->brightness == view->brightness && tables->signs == view->signs &&
           tables->order == view->order;
}

static uint32_t hash(uint32_t v) {
    v ^= v >> 16;
    v *= 0x7feb352dU;
    v ^= v >> 15;
    v *= 0x846ca68bU;
    return v ^ (v >> 16);
}

/// Sums of four bytes are nearly normal; 148 is their deviation.
static void fill_noise(struct ib_sim_ov5640 *self, float strength) {
    int32_t by = (int32_t)(strength * 65536 / 148);
    for (uint32_t i = 0; i < IB_SIM_OV5640_NOISE; i++) {
        uint32_t cell = 0;
        for (uint32_t channel = 0; channel < 3; channel++) {
            uint32_t h = hash(3 * i + channel + 77);
            int32_t sum = (int32_t)((h & 0xFF) + (h >> 8 & 0xFF) + (h >> 16 & 0xFF) + (h >> 24));
            int32_t value = (sum - 510) * by / 65536;
            value = value < -IB_SIM_CELL_BLACK  ? -IB_SIM_CELL_BLACK
                    : value > IB_SIM_CELL_BLACK ? IB_SIM_CELL_BLACK
                                                : value;
            cell += (uint32_t)value << (10 * channel); // carries cancel when added to a cell
        }
        self->noise[i] = cell;
    }
    self->noise_strength = strength;
}

/// Photons, in units of a cell; a pixel that is sent stands for several of the array.
static float noise_of(const struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame) {
    float pixels = frame->view.step_x * frame->view.step_y;
    float electrons = frame->electrons * FULL_WELL * (pixels > 1 ? pixels : 1);
    if (self->config.quiet)
        return 0;
    if (electrons < 1)
        electrons = 1;
    return IB_SIM_CELL_ONE * 0.5f / __builtin_sqrtf(electrons);
}

void ib_sim_ov5640_colours(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame) {
    const struct ib_sim_ov5640_view *view = &frame->view;
    if (!tables_fit(&self->tables, frame)) {
        fill_tables(self, frame);
        struct ib_sim_ov5640_tables *tables = &self->tables;
        tables->signal = frame->signal;
        memcpy(tables->white, frame->white, sizeof tables->white);
        tables->gamma = view->gamma;
        tables->effect = view->effect;
        tables->offset = view->offset;
        tables->contrast = view->contrast;
        tables->brightness = view->brightness;
        tables->signs = view->signs;
        tables->order = view->order;
        tables->valid = true;
    }
    float want = noise_of(self, frame), have = self->noise_strength;
    bool near = want < have * NOISE_STEP && have < want * NOISE_STEP;
    if (!near && differ(want, have))
        fill_noise(self, want);
}

// ---- Pixels ----

struct rgb {
    int red, green, blue;
};

struct yuv {
    int y, u, v;
};

static inline struct yuv yuv_of(struct rgb c) {
    struct yuv out;
    out.y = (77 * c.red + 150 * c.green + 29 * c.blue + 128) >> 8;
    out.u = ((c.blue - out.y) * 144) / 256;
    out.v = ((c.red - out.y) * 183) / 256;
    return out;
}

/// Saturation, grey, fixed colours.
static bool tinted(const struct ib_sim_ov5640_view *view) {
    return view->saturation_u != 256 || view->saturation_v != 256 ||
           (view->effect & (GREY | FIXED_U | FIXED_V));
}

static struct rgb tint(const struct ib_sim_ov5640_view *view, struct rgb c) {
    struct yuv p = yuv_of(c);
    p.u = view->effect & FIXED_U ? view->fixed_u - 128 : p.u * view->saturation_u / 256;
    p.v = view->effect & FIXED_V ? view->fixed_v - 128 : p.v * view->saturation_v / 256;
    if (view->effect & GREY)
        p.u = p.v = 0;
    c.red = clip8(p.y + 359 * p.v / 256);
    c.green = clip8(p.y - (88 * p.u + 183 * p.v) / 256);
    c.blue = clip8(p.y + 454 * p.u / 256);
    return c;
}

/// White, yellow, cyan, green, magenta, red, blue, black.
static struct rgb bar_at(const struct ib_sim_ov5640_view *view, uint32_t column) {
    static const uint8_t bars[8] = {7, 6, 3, 2, 5, 4, 1, 0};
    uint8_t bits = bars[column * 8 / view->width_px];
    return (struct rgb){bits & 4 ? 255 : 0, bits & 2 ? 255 : 0, bits & 1 ? 255 : 0};
}

static inline struct rgb rgb_at(const struct ib_sim_ov5640 *self, uint32_t cell) {
    return (struct rgb){self->tables.level[0][cell & 0x3FF],
                        self->tables.level[1][cell >> 10 & 0x3FF],
                        self->tables.level[2][cell >> 20 & 0x3FF]};
}

static struct rgb pixel(const struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_view *view,
                        uint32_t cell, uint32_t column) {
    if (view->colour_bar)
        return bar_at(view, column);
    struct rgb c = rgb_at(self, cell);
    return tinted(view) ? tint(view, c) : c;
}

void ib_sim_ov5640_pack_rgb(const struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_view *view,
                            const uint32_t *cells, const uint32_t *noise, uint32_t count,
                            uint32_t from, uint8_t *out) {
    bool plain = !view->colour_bar && !tinted(view);
    for (uint32_t i = 0; i < count; i++, out += 3) {
        uint32_t cell = cells[i] + noise[i];
        struct rgb c = plain ? rgb_at(self, cell) : pixel(self, view, cell, from + i);
        out[0] = (uint8_t)c.red;
        out[1] = (uint8_t)c.green;
        out[2] = (uint8_t)c.blue;
    }
}

static void pack_rgb565(const struct ib_sim_ov5640 *self, const uint32_t *restrict cells,
                        const uint32_t *restrict noise, uint32_t count, uint8_t *restrict out) {
    const uint16_t *red = self->tables.rgb565[0], *green = self->tables.rgb565[1];
    const uint16_t *blue = self->tables.rgb565[2];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cell = cells[i] + noise[i];
        uint16_t sent = red[cell & 0x3FF] | green[cell >> 10 & 0x3FF] | blue[cell >> 20 & 0x3FF];
        memcpy(out + 2 * i, &sent, 2);
    }
}

/// Pixels that are made at a time, and lie on the stack.
#define CHUNK 64u

static void pack_chunk(const struct ib_sim_ov5640_view *view, const uint8_t *rgb, uint32_t count,
                       uint32_t row, uint8_t *out) {
    for (uint32_t i = 0; i < count; i++, rgb += 3) {
        struct rgb c = {rgb[0], rgb[1], rgb[2]};
        struct yuv p = yuv_of(c);
        switch (view->format) {
        case IB_SIM_OV5640_RGB565: {
            bool blue_first = view->order == 1;
            uint32_t high = blue_first ? rgb[2] : rgb[0], low = blue_first ? rgb[0] : rgb[2];
            uint32_t sent = high >> 3 << 11 | (uint32_t)rgb[1] >> 2 << 5 | low >> 3;
            *out++ = (uint8_t)(sent >> 8);
            *out++ = (uint8_t)sent;
            break;
        }
        case IB_SIM_OV5640_YUV: {
            // YUYV, YVYU, UYVY, VYUY; the pair's first pixel sends one half of the colour.
            const uint8_t *next = i + 1 < count ? rgb + 3 : rgb;
            const uint8_t *pair = i & 1 ? rgb - 3 : rgb, *other = i & 1 ? rgb : next;
            struct yuv mean =
                yuv_of((struct rgb){(pair[0] + other[0] + 1) / 2, (pair[1] + other[1] + 1) / 2,
                                    (pair[2] + other[2] + 1) / 2});
            bool v = (i & 1) != (view->order & 1);
            uint8_t colour = clip8((v ? mean.v : mean.u) + 128);
            *out++ = view->order & 2 ? colour : (uint8_t)p.y;
            *out++ = view->order & 2 ? (uint8_t)p.y : colour;
            break;
        }
        case IB_SIM_OV5640_RAW: // blue and green, then green and red
            *out++ = (i + row) & 1 ? rgb[1] : row & 1 ? rgb[0] : rgb[2];
            break;
        default:
            *out++ = (uint8_t)p.y;
            break;
        }
    }
}

void ib_sim_ov5640_pack(const struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_view *view,
                        const uint32_t *cells, const uint32_t *noise, uint32_t row, uint8_t *out) {
    uint32_t count = view->width_px;
    if (view->format == IB_SIM_OV5640_RGB565 && !view->colour_bar && !tinted(view)) {
        pack_rgb565(self, cells, noise, count, out);
        return;
    }
    uint32_t each = ib_sim_ov5640_line_bytes(view) / count;
    for (uint32_t i = 0; i < count; i += CHUNK) {
        uint8_t rgb[3 * CHUNK];
        uint32_t some = count - i < CHUNK ? count - i : CHUNK;
        ib_sim_ov5640_pack_rgb(self, view, cells + i, noise + i, some, i, rgb);
        pack_chunk(view, rgb, some, row, out + (size_t)i * each);
    }
}
