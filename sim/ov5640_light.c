/// The OV5640's exposure, gain and white balance, by hand and by themselves.
///
/// The automatic controls know the scene's mean and the colour of its light, and go half of the way
/// in every frame. They show their values in the registers of the manual ones. Night mode lets the
/// exposure grow beyond VTS, and the frame with it.
/// Source: OV5640 data sheet 2.03, chapters 4.5, 4.6; sensitivity and noise are derived.

#include "sim/ov5640_private.h"

#include <string.h>

#include "core/bytes.h"

/// 300 lux, 10 ms and gain 1 bring a white surface to full scale.
#define FULL_LUX_US (300.0f * 10000.0f)
#define LEAST_LINES 1.0f
#define RAYS_X 32u
#define RAYS_Y 24u
#define RAYS_ROWS 3u ///< at a time

/// Mean light of the scene, as a picture with a gamma weighs it.
static void measure(struct ib_sim_ov5640 *self) {
    uint32_t cells[RAYS_X * RAYS_ROWS];
    float step = 2.36f / RAYS_X, sum = 0;
    struct ib_sim_light_view view = {
        .left = -step * (RAYS_X - 1) / 2, .step_x = step, .step_y = step, .soft = step};
    struct ib_sim_light_picture picture = {cells, RAYS_X, RAYS_ROWS};
    for (unsigned row = 0; row < RAYS_Y; row += RAYS_ROWS) {
        view.top = step * ((float)row - (float)(RAYS_Y - 1) / 2);
        ib_sim_light_still(self->scene, self->config.seed, &view, &picture);
        for (unsigned i = 0; i < sizeof cells / sizeof cells[0]; i++) {
            uint32_t cell = cells[i];
            sum += 0.30f * (float)(cell & 0x3FF) + 0.59f * (float)(cell >> 10 & 0x3FF) +
                   0.11f * (float)(cell >> 20) - IB_SIM_CELL_BLACK;
        }
    }
    float mean = sum / (RAYS_X * RAYS_Y) / IB_SIM_CELL_ONE;
    self->brightness = mean > 0.01f ? mean * mean : 0.0001f;
    self->measured = self->scene;
}

/// What a white surface must give so that the mean meets the target.
static float wanted_signal(const struct ib_sim_ov5640 *self) {
    unsigned target = (self->registers[0x3A0F] + self->registers[0x3A10] + 1u) / 2;
    if (!self->view.gamma)
        return (float)target / 255 / self->brightness;
    int i = 0;
    while (i < 1024 && self->gamma[i] < target)
        i++;
    float root = (float)i / 1024;
    return root * root / self->brightness;
}

static float gain_ceiling(const struct ib_sim_ov5640 *self) {
    float ceiling = (float)(ib_sim_ov5640_word(self, 0x3A18) & 0x3FF) / 16;
    return ceiling > 1 ? ceiling : 1;
}

static float within(float value, float least, float most) {
    return value < least ? least : value > most ? most : value;
}

static void show_exposure(struct ib_sim_ov5640 *self) {
    uint32_t lines = (uint32_t)(self->exposure_lines * 16 + 0.5f);
    ib_put_be16(&self->registers[0x3501], (uint16_t)lines);
    self->registers[0x3500] = (uint8_t)(lines >> 16 & 0xF);
    self->exposure_lines = (float)lines / 16;
}

static void show_gain(struct ib_sim_ov5640 *self) {
    uint16_t gain = (uint16_t)(self->gain * 16 + 0.5f);
    ib_put_be16(&self->registers[0x350A], gain);
    self->gain = (float)gain / 16;
}

static void balance_exposure(struct ib_sim_ov5640 *self, float light) {
    bool auto_exposure = !(self->registers[0x3503] & 1), auto_gain = !(self->registers[0x3503] & 2);
    float line_us = (float)self->view.line_us, most = self->view.max_lines;
    if (!auto_exposure) {
        uint32_t lines = (uint32_t)self->registers[0x3500] << 16 | ib_sim_ov5640_word(self, 0x3501);
        self->exposure_lines = within((float)(lines & 0xFFFFF) / 16, 1.0f / 16, self->view.vts);
    }
    if (!auto_gain)
        self->gain = within((float)(ib_sim_ov5640_word(self, 0x350A) & 0x3FF) / 16, 1.0f / 16, 64);
    if (!auto_exposure && !auto_gain)
        return;
    float now = self->exposure_lines * line_us * self->gain;
    float want = light > 0 ? wanted_signal(self) * FULL_LUX_US / light : 1e9f;
    float ratio = within(want / now, 0.25f, 4);
    if (ratio < 0.97f || ratio > 1.03f)
        now *= 1 + (ratio - 1) * 0.5f;
    if (auto_exposure && auto_gain) {
        self->exposure_lines = within(now / line_us, LEAST_LINES, most);
        show_exposure(self);
    } else if (auto_exposure) {
        self->exposure_lines = within(now / line_us / self->gain, LEAST_LINES, most);
        show_exposure(self);
    }
    if (auto_gain) {
        self->gain = within(now / (self->exposure_lines * line_us), 1, gain_ceiling(self));
        show_gain(self);
    }
}

static void balance_white(struct ib_sim_ov5640 *self, const float tint[3]) {
    bool by_hand = self->registers[0x3406] & 1;
    for (unsigned i = 0; i < 3; i++) {
        uint8_t *shown = &self->registers[0x3400 + 2 * i];
        if (by_hand) {
            self->white[i] = (float)(ib_get_be16(shown) & 0xFFF) / 0x400;
            continue;
        }
        float want = 1 / tint[i], off = want - self->white[i];
        self->white[i] = off < 0.004f && off > -0.004f ? want : self->white[i] + 0.5f * off;
        ib_put_be16(shown, (uint16_t)within(self->white[i] * 0x400 + 0.5f, 0, 0xFFF));
    }
}

void ib_sim_ov5640_expose(struct ib_sim_ov5640 *self, struct ib_sim_ov5640_frame *frame) {
    const struct ib_sim_light *light = ib_sim_scene_light(self->scene);
    if (self->measured != self->scene)
        measure(self);
    balance_exposure(self, light->lux * self->light);
    balance_white(self, light->tint);
    float exposure_us = self->exposure_lines * (float)self->view.line_us;
    frame->electrons = light->lux * self->light * exposure_us / FULL_LUX_US;
    frame->signal = frame->electrons * self->gain;
    bool balanced = self->registers[0x5001] & 1;
    for (int i = 0; i < 3; i++)
        frame->white[i] = (balanced ? self->white[i] : 1) * light->tint[i];
}
