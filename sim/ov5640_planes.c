/// What the OV5640's lens throws onto the array and does not move: painted once, kept.
///
/// A pinhole of the configured field of view beside the Lepton's, darker towards the corners unless
/// the lens correction is on; out of focus it is a box blur. Pictures larger than about 1300x980
/// pixels are painted at half their size.

#include "sim/ov5640_private.h"

#include <string.h>

#include "core/real.h"

#define RADIANS_A_DEGREE 0.017453292519943295
#define ACTIVE_W 2592.0f
/// Array pixels of blur, in diameter, a step of the coil: f/2.8, 2.85 mm, 1.4 um.
#define BLUR_PX_A_STEP 0.0276f
#define MOST_BLUR_PX 24
#define CONE_DEG 10.0f
#define LANE UINT64_C(0x3FF)

/// Scene units an array pixel.
static float unit_px(const struct ib_sim_ov5640 *self) {
    double half = (double)self->config.hfov_deg * 0.5 * RADIANS_A_DEGREE;
    return (float)(ib_sin(half) / ib_cos(half)) / (ACTIVE_W / 2) / IB_SIM_SCENE_UNIT;
}

static bool same(const struct ib_sim_ov5640_key *a, const struct ib_sim_ov5640_key *b) {
    return a->scene == b->scene && !(a->left < b->left) && !(a->left > b->left) &&
           !(a->top < b->top) && !(a->top > b->top) && !(a->step_x < b->step_x) &&
           !(a->step_x > b->step_x) && !(a->step_y < b->step_y) && !(a->step_y > b->step_y) &&
           a->width_px == b->width_px && a->height_px == b->height_px && a->shading == b->shading;
}

/// Corners get less light: the fourth power of the cosine, so its square for cells.
static void shade(const struct ib_sim_ov5640_key *key, float middle_x, float middle_y,
                  uint32_t *cells) {
    for (unsigned row = 0; row < key->height_px; row++) {
        float y = (key->top + key->step_y * (float)row - middle_y) * IB_SIM_SCENE_UNIT;
        for (unsigned column = 0; column < key->width_px; column++, cells++) {
            float x = (key->left + key->step_x * (float)column - middle_x) * IB_SIM_SCENE_UNIT;
            uint32_t share = (uint32_t)(1024 / (1 + x * x + y * y)), cell = 0;
            for (unsigned i = 0; i < 30; i += 10) {
                uint32_t level = (*cells >> i & 0x3FF) - IB_SIM_CELL_BLACK;
                cell |= (IB_SIM_CELL_BLACK + (level * share >> 10)) << i;
            }
            *cells = cell;
        }
    }
}

static inline uint64_t spread(uint32_t cell) {
    return (cell & LANE) | (uint64_t)(cell >> 10 & LANE) << 20 | (uint64_t)(cell >> 20) << 40;
}

/// `by`: 65536 / number of cells in the sum.
static inline uint32_t mean(uint64_t sum, uint32_t by) {
    uint32_t red = ((uint32_t)(sum & 0xFFFFF) * (uint64_t)by + 32768) >> 16 & LANE;
    uint32_t green = ((uint32_t)(sum >> 20 & 0xFFFFF) * (uint64_t)by + 32768) >> 16 & LANE;
    uint32_t blue = ((uint32_t)(sum >> 40) * (uint64_t)by + 32768) >> 16 & LANE;
    return red | green << 10 | blue << 20;
}

static int inside(int at, int size) {
    return at < 0 ? 0 : at >= size ? size - 1 : at;
}

/// A line of cells, `stride` apart, each the mean of itself and `reach` neighbours on both sides.
static void blur_row(const uint32_t *in, uint32_t *out, int count, int reach) {
    uint32_t by = 65536u / (uint32_t)(2 * reach + 1);
    uint64_t sum = 0;
    for (int i = -reach; i <= reach; i++)
        sum += spread(in[inside(i, count)]);
    for (int i = 0; i < count; i++) {
        out[i] = mean(sum, by);
        sum += spread(in[inside(i + reach + 1, count)]) - spread(in[inside(i - reach, count)]);
    }
}

static void blur(struct ib_sim_ov5640 *self, int reach) {
    int width = self->key.width_px, height = self->key.height_px;
    // The memory of JPEG's colours is free meanwhile.
    uint32_t *across = (uint32_t *)(void *)self->colours;
    uint64_t *sums = (uint64_t *)(void *)(across + IB_SIM_OV5640_PLANE_PX);
    uint32_t by = 65536u / (uint32_t)(2 * reach + 1);
    for (int row = 0; row < height; row++)
        blur_row(self->sharp + row * width, across + row * width, width, reach);
    memset(sums, 0, (size_t)width * sizeof *sums);
    for (int i = -reach; i <= reach; i++)
        for (int x = 0; x < width; x++)
            sums[x] += spread(across[inside(i, height) * width + x]);
    for (int row = 0; row < height; row++) {
        const uint32_t *in = across + inside(row + reach + 1, height) * width;
        const uint32_t *gone = across + inside(row - reach, height) * width;
        uint32_t *out = self->blurred + row * width;
        for (int x = 0; x < width; x++) {
            out[x] = mean(sums[x], by);
            sums[x] += spread(in[x]) - spread(gone[x]);
        }
    }
}

/// How far the blur reaches, in cells of the plane.
static int reach_of(const struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame,
                    float cell_px, float *soft_px) {
    double at_s = ib_sim_ov5640_scene_s(self, frame->start_us);
    float mm = ib_sim_scene_distance_mm(frame->scene, at_s, self->config.seed, CONE_DEG);
    float off = (float)frame->lens - (float)ib_sim_ov5640_lens_for(mm);
    float diameter = (off < 0 ? -off : off) * BLUR_PX_A_STEP / cell_px;
    int reach = (int)(diameter * 0.5f + 0.5f);
    *soft_px = diameter > 1 ? diameter : 1;
    return reach < MOST_BLUR_PX ? reach : MOST_BLUR_PX;
}

const uint32_t *ib_sim_ov5640_planes(struct ib_sim_ov5640 *self,
                                     const struct ib_sim_ov5640_frame *frame,
                                     struct ib_sim_light_view *view, bool *half) {
    const struct ib_sim_ov5640_view *from = &frame->view;
    *half = from->width_px > IB_SIM_OV5640_PLANE_W || from->height_px > IB_SIM_OV5640_PLANE_H;
    float unit = unit_px(self), double_ = *half ? 2.0f : 1.0f;
    float middle_x = ib_sim_scene_parallax(frame->scene, self->config.baseline_mm[0]);
    float middle_y = ib_sim_scene_parallax(frame->scene, self->config.baseline_mm[1]);
    struct ib_sim_ov5640_key key = {
        .scene = frame->scene,
        .left = (from->left - IB_SIM_OV5640_MIDDLE_X) * unit + middle_x,
        .top = (from->top - IB_SIM_OV5640_MIDDLE_Y) * unit + middle_y,
        .step_x = from->step_x * unit * double_,
        .step_y = from->step_y * unit * double_,
        .width_px = (uint16_t)(*half ? from->width_px / 2 + 1 : from->width_px),
        .height_px = (uint16_t)(*half ? from->height_px / 2 + 1 : from->height_px),
        .shading = from->shading,
    };
    *view = (struct ib_sim_light_view){key.left, key.top, key.step_x, key.step_y, key.step_x};
    if (!self->key_valid || !same(&key, &self->key)) {
        struct ib_sim_light_picture picture = {self->sharp, key.width_px, key.height_px};
        ib_sim_light_still(frame->scene, self->config.seed, view, &picture);
        if (key.shading)
            shade(&key, middle_x, middle_y, self->sharp);
        self->key = key;
        self->key_valid = true;
        self->blur_px = 0;
    }
    float soft_px;
    int reach = reach_of(self, frame, key.step_x / unit, &soft_px);
    view->soft = soft_px * key.step_x;
    if (reach == 0)
        return self->sharp;
    if (reach != self->blur_px)
        blur(self, reach);
    self->blur_px = reach;
    return self->blurred;
}
