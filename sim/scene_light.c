/// From a scene's colours to cells: see scene_light.h.
///
/// Not here: what the scenes show (scene_*.c), nor anything a sensor adds (ov5640_*.c).
#include "sim/scene_light.h"

#include "sim/scene_paint.h"

static uint32_t cell_of_colour(const float colour[3]) {
    uint32_t cell = 0;
    for (int i = 0; i < 3; i++) {
        float level =
            IB_SIM_CELL_BLACK + IB_SIM_CELL_ONE * __builtin_sqrtf(paint_max(colour[i], 0)) + 0.5f;
        cell |= (uint32_t)paint_min(level, IB_SIM_CELL_MOST) << (10 * i);
    }
    return cell;
}

void ib_sim_light_still(const struct ib_sim_scene *scene, uint64_t seed,
                        const struct ib_sim_light_view *view,
                        const struct ib_sim_light_picture *out) {
    const struct ib_sim_light *light = ib_sim_scene_light(scene);
    uint32_t short_seed = (uint32_t)(seed ^ (seed >> 32));
    uint32_t *cell = out->cells;
    for (unsigned row = 0; row < out->height_px; row++) {
        float y = view->top + view->step_y * (float)row;
        for (unsigned column = 0; column < out->width_px; column++) {
            float x = view->left + view->step_x * (float)column;
            struct ib_sim_point point = {.colour = {0.25f, 0.25f, 0.25f}};
            if (scene->parts)
                scene->parts->still(&point, x, y, view->step_x, short_seed);
            else if (light->still)
                light->still(&point, x, y, view->step_x, short_seed);
            *cell++ = cell_of_colour(point.colour);
        }
    }
}

void ib_sim_light_moving(const struct ib_sim_scene *scene, double time_s, uint64_t seed,
                         const struct ib_sim_light_view *view,
                         const struct ib_sim_light_picture *out) {
    if (!scene->parts || !scene->parts->moving)
        return;
    struct ib_sim_canvas canvas = {.light = out,
                                   .width_px = out->width_px,
                                   .height_px = out->height_px,
                                   .pixel = view->step_x,
                                   .pixel_y = view->step_y,
                                   .soft = view->soft,
                                   .left = view->left,
                                   .top = view->top};
    scene->parts->moving(&canvas, time_s, seed);
}
