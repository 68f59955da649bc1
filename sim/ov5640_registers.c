/// The OV5640's registers: defaults, and what they make of a frame.
///
/// Tuning registers without a default here read 0 until they are written. Where the data sheet leaves
/// the choice: the PCLK divider 0x3824 counts whatever 0x460C says; 0x6F sends RGB565 with red
/// highest and that byte first, 0x61 the same with red and blue exchanged.
/// Source: OV5640 data sheet 2.03, tables 7-1 to 7-26; chapter 4.4 (clocks), 4.2 (window).

#include "sim/ov5640_private.h"

#include <string.h>

#define PAD_CLOCK 0x3103
#define XCLK_LEAST_HZ 6000000u
#define XCLK_MOST_HZ 54000000u

/// Floors below which the sensor hangs: half of all columns and the dummies, an eighth of the lines.
#define LEAST_HTS ((IB_SIM_OV5640_ARRAY_W + 252) / 2)
#define LEAST_VTS ((IB_SIM_OV5640_ARRAY_H + 24) / 8)

static const struct {
    uint16_t address;
    uint8_t value;
} defaults[] = {
    {0x3000, 0x30}, {0x3002, 0x1C}, {0x3004, 0xFF}, {0x3006, 0xC3}, {0x3008, 0x02}, {0x300A, 0x56},
    {0x300B, 0x40}, {0x3022, 0x00}, {0x3029, 0x7F}, {0x3034, 0x18}, {0x3035, 0x11}, {0x3036, 0x69},
    {0x3037, 0x03}, {0x3100, 0x78}, {0x3103, 0x00}, {0x3108, 0x16}, {0x3212, 0x00}, {0x3400, 0x04},
    {0x3402, 0x04}, {0x3404, 0x04}, {0x3501, 0x02}, {0x350B, 0x10}, {0x3804, 0x0A}, {0x3805, 0x3F},
    {0x3806, 0x07}, {0x3807, 0x9F}, {0x3808, 0x0A}, {0x3809, 0x20}, {0x380A, 0x07}, {0x380B, 0x98},
    {0x380C, 0x0B}, {0x380D, 0x1C}, {0x380E, 0x07}, {0x380F, 0xB0}, {0x3811, 0x10}, {0x3813, 0x04},
    {0x3814, 0x11}, {0x3815, 0x11}, {0x3820, 0x40}, {0x3824, 0x04}, {0x3A00, 0x78}, {0x3A02, 0x3D},
    {0x3A03, 0x80}, {0x3A0F, 0x78}, {0x3A10, 0x68}, {0x3A11, 0xD0}, {0x3A14, 0x0E}, {0x3A15, 0x40},
    {0x3A18, 0x03}, {0x3A19, 0xE0}, {0x3A1B, 0x78}, {0x3A1E, 0x68}, {0x3A1F, 0x40}, {0x4000, 0x89},
    {0x4300, 0xF8}, {0x4401, 0x01}, {0x4407, 0x0C}, {0x4602, 0x04}, {0x4604, 0x03}, {0x460B, 0x37},
    {0x460C, 0x20}, {0x4713, 0x02}, {0x4740, 0x20}, {0x5000, 0x06}, {0x5001, 0x01}, {0x5583, 0x40},
    {0x5584, 0x40}, {0x5586, 0x20},
};

void ib_sim_ov5640_defaults(struct ib_sim_ov5640 *self) {
    memset(self->registers, 0, sizeof self->registers);
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        self->registers[defaults[i].address] = defaults[i].value;
    self->changed = true;
    self->group_held = false;
    self->view_good = false;
    self->exposure_lines = 32;
    self->gain = 1;
    self->white[0] = self->white[1] = self->white[2] = 1;
    ib_sim_ov5640_focus_reset(self);
}

uint16_t ib_sim_ov5640_word(const struct ib_sim_ov5640 *self, uint16_t address) {
    return (uint16_t)(self->registers[address] << 8 | self->registers[(uint16_t)(address + 1)]);
}

uint32_t ib_sim_ov5640_pclk_hz(const struct ib_sim_ov5640 *self) {
    const uint8_t *r = self->registers;
    uint32_t divider = r[0x3824] & 0x1F;
    double hz = self->config.xclk_hz;
    if (r[PAD_CLOCK] & 2) {
        uint32_t before = r[0x3037] & 0xF, system = r[0x3035] >> 4;
        double bits = (r[0x3034] & 0xF) == 0xA ? 2.5 : 2;
        if (before == 0 || r[0x3036] < 4)
            return 0;
        hz = hz / before * r[0x3036] / (r[0x3037] & 0x10 ? 2 : 1) / (system ? system : 16) / bits;
        hz /= 1u << (r[0x3108] >> 4 & 3);
    }
    return divider ? (uint32_t)(hz / divider + 0.5) : (uint32_t)(hz + 0.5);
}

/// Format registers that agree.
static uint8_t format_of(const struct ib_sim_ov5640 *self) {
    const uint8_t *r = self->registers;
    uint8_t format = r[0x4300], mux = r[0x501F] & 7;
    bool jpeg = r[0x3821] & 0x20;
    if (jpeg)
        return format == 0x30 && mux == 0 ? IB_SIM_OV5640_JPEG : IB_SIM_OV5640_NONSENSE;
    switch (format >> 4) {
    case 0:
        return mux == 3 ? IB_SIM_OV5640_RAW : IB_SIM_OV5640_NONSENSE;
    case 1:
        return mux == 0 ? IB_SIM_OV5640_Y8 : IB_SIM_OV5640_NONSENSE;
    case 3:
        return mux == 0 && (format & 0xF) < 4 ? IB_SIM_OV5640_YUV : IB_SIM_OV5640_NONSENSE;
    case 6:
        return mux == 1 && (format == 0x6F || format == 0x61) ? IB_SIM_OV5640_RGB565
                                                              : IB_SIM_OV5640_NONSENSE;
    default:
        return IB_SIM_OV5640_NONSENSE;
    }
}

uint32_t ib_sim_ov5640_line_bytes(const struct ib_sim_ov5640_view *view) {
    switch (view->format) {
    case IB_SIM_OV5640_JPEG:
        return view->jpeg_width;
    case IB_SIM_OV5640_YUV:
    case IB_SIM_OV5640_RGB565:
        return 2u * view->width_px;
    default:
        return view->width_px;
    }
}

/// One direction of the window: array pixels that one pixel sent stands for.
struct span {
    uint32_t start, end, offset, sent, every;
};

static bool span_fits(const struct span *self, uint32_t array) {
    if (self->end >= array || self->start >= self->end || self->sent == 0)
        return false;
    uint32_t size = (self->end - self->start + 1) / self->every;
    return 2 * self->offset < size && self->sent <= size - 2 * self->offset;
}

static float span_step(const struct span *self) {
    float size = (float)(self->end - self->start + 1) / (float)self->every;
    return (size - 2 * (float)self->offset) * (float)self->every / (float)self->sent;
}

/// 0x11 takes every pixel, 0x31 every second one (or pairs of them).
static uint32_t every(uint8_t increment) {
    uint32_t pair = (increment >> 4) + (increment & 0xFu);
    return pair < 4 ? 1 : pair / 2;
}

static bool latch_window(struct ib_sim_ov5640 *self) {
    struct ib_sim_ov5640_view *view = &self->view;
    const uint8_t *r = self->registers;
    struct span x = {ib_sim_ov5640_word(self, 0x3800), ib_sim_ov5640_word(self, 0x3804),
                     ib_sim_ov5640_word(self, 0x3810), ib_sim_ov5640_word(self, 0x3808),
                     every(r[0x3814])};
    struct span y = {ib_sim_ov5640_word(self, 0x3802), ib_sim_ov5640_word(self, 0x3806),
                     ib_sim_ov5640_word(self, 0x3812), ib_sim_ov5640_word(self, 0x380A),
                     every(r[0x3815])};
    if (!span_fits(&x, IB_SIM_OV5640_ARRAY_W) || !span_fits(&y, IB_SIM_OV5640_ARRAY_H)) {
        self->problem = &self->violations.window;
        return false;
    }
    view->width_px = (uint16_t)x.sent;
    view->height_px = (uint16_t)y.sent;
    view->step_x = span_step(&x);
    view->step_y = span_step(&y);
    // Pixel n has its middle at n + 0.5.
    view->left = (float)(x.start + x.offset * x.every) + 0.5f * view->step_x;
    view->top = (float)(y.start + y.offset * y.every) + 0.5f * view->step_y;
    view->lines = (double)(y.end - y.start + 1) / y.every;
    view->mirror = (r[0x3821] & 6) != 0;
    view->flip = (r[0x3820] & 6) != 0;
    if (x.every * view->width_px == 0 || view->hts < (x.end - x.start + 1) / x.every) {
        self->problem = &self->violations.timing;
        return false;
    }
    return true;
}

static bool latch_timing(struct ib_sim_ov5640 *self) {
    struct ib_sim_ov5640_view *view = &self->view;
    uint32_t pclk_hz = ib_sim_ov5640_pclk_hz(self);
    if (pclk_hz == 0 || self->config.xclk_hz < XCLK_LEAST_HZ ||
        self->config.xclk_hz > XCLK_MOST_HZ) {
        self->problem = &self->violations.clock;
        return false;
    }
    view->hts = ib_sim_ov5640_word(self, 0x380C);
    view->vts = ib_sim_ov5640_word(self, 0x380E);
    view->line_us = view->hts * 1e6 / pclk_hz;
    view->night = (self->registers[0x3A00] & 4) != 0;
    uint32_t most = ib_sim_ov5640_word(self, view->night ? 0x3A14 : 0x3A02);
    if (view->night && ib_sim_ov5640_word(self, 0x3A02) > most)
        most = ib_sim_ov5640_word(self, 0x3A02);
    view->max_lines = most > 1 ? (float)most : 1;
    if (!view->night && view->max_lines > view->vts)
        view->max_lines = view->vts;
    if (view->hts < LEAST_HTS || view->vts < LEAST_VTS) {
        self->problem = &self->violations.timing;
        return false;
    }
    return true;
}

static void latch_effects(struct ib_sim_ov5640 *self) {
    struct ib_sim_ov5640_view *view = &self->view;
    const uint8_t *r = self->registers;
    view->colour_bar = (r[0x503D] & 0x80) != 0;
    view->shading = (r[0x5000] & 0x80) == 0;
    view->gamma = (r[0x5000] & 0x20) != 0;
    view->effect = r[0x5001] & 0x80 ? r[0x5580] : 0;
    view->fixed_u = r[0x5583];
    view->fixed_v = r[0x5584];
    view->offset = r[0x5585];
    view->contrast = r[0x5586];
    view->brightness = r[0x5587];
    view->signs = r[0x5588];
    // Colour matrix: its second and third row give U and V, 0x88 and 0x7C being their usual strength.
    bool matrix = (r[0x5001] & 2) != 0 && (r[0x5386] || r[0x5387] || r[0x5384]);
    uint32_t u = matrix ? r[0x5386] * 256u / 0x88 : 256, v = matrix ? r[0x5387] * 256u / 0x7C : 256;
    if (view->effect & 2) {
        // By hand U and V have a register each; else the first is the most, which light gives.
        bool by_hand = (r[0x5588] & 0x40) != 0;
        u = u * r[0x5583] / 0x40;
        v = v * r[by_hand ? 0x5584 : 0x5583] / 0x40;
    }
    view->saturation_u = (uint16_t)u;
    view->saturation_v = (uint16_t)v;
}

bool ib_sim_ov5640_latch(struct ib_sim_ov5640 *self) {
    struct ib_sim_ov5640_view *view = &self->view;
    const uint8_t *r = self->registers;
    memset(view, 0, sizeof *view);
    self->problem = NULL;
    view->format = format_of(self);
    view->order = r[0x4300] & 0xF;
    view->jpeg_scale = r[0x4407] & 0x3F;
    view->jpeg_width = ib_sim_ov5640_word(self, 0x4602);
    view->jpeg_height = ib_sim_ov5640_word(self, 0x4604);
    if (view->format == IB_SIM_OV5640_NONSENSE)
        self->problem = &self->violations.format;
    latch_effects(self);
    if (!latch_timing(self) || !latch_window(self))
        return false;
    if (view->format != IB_SIM_OV5640_JPEG) {
        // A line cannot be longer than the time it has.
        if (ib_sim_ov5640_line_bytes(view) > view->hts || view->height_px > view->vts) {
            self->problem = &self->violations.timing;
            return false;
        }
        return true;
    }
    if ((r[0x3002] & 0x1C) || (r[0x3006] & 0x28) != 0x28) {
        self->problem = &self->violations.jpeg_blocks;
        return false;
    }
    if (view->width_px % 8 || view->height_px % 8 || !view->jpeg_width || !view->jpeg_height) {
        self->problem = &self->violations.format;
        return false;
    }
    return true;
}
