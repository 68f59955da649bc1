/// Scenes in visible light: the same world as the thermal one, in the same coordinates.
///
/// Cells are what a photograph is made from: for red, green and blue the square root of the light,
/// because then the noise of photons is the same everywhere. What stands still is painted once; what
/// moves is painted over it, by the same code at the same time as in the thermal picture.
/// Left out: shadows that move, lamps that light anything but themselves, depth (all is at the
/// scene's distance).
#ifndef IB_SIM_SCENE_LIGHT_H
#define IB_SIM_SCENE_LIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A channel of a cell is BLACK + ONE * sqrt(light), light 1 being a white surface; at most MOST.
/// Noise of up to BLACK either way can be added to whole cells. Red has bits 0..9, then green, blue.
#define IB_SIM_CELL_BLACK 32
#define IB_SIM_CELL_ONE 672
#define IB_SIM_CELL_MOST 990

/// Rows of cells, without gaps.
struct ib_sim_light_picture {
    uint32_t *cells;
    uint16_t width_px, height_px;
};

/// Where they lie: scene coordinates (scene.h), middle of the first cell.
struct ib_sim_light_view {
    float left, top;
    float step_x, step_y; ///< a cell's size
    float soft;           ///< width of an edge: a cell, or more when out of focus
};

/// One scene unit as a tangent: half of 57 degrees.
#define IB_SIM_SCENE_UNIT 0.54295573f

/// Paint what stands still. Cost: about 0.3 us a cell.
void ib_sim_light_still(const struct ib_sim_scene *scene, uint64_t seed,
                        const struct ib_sim_light_view *view,
                        const struct ib_sim_light_picture *out);
/// Paint what moves over it.
void ib_sim_light_moving(const struct ib_sim_scene *scene, double time_s, uint64_t seed,
                         const struct ib_sim_light_view *view,
                         const struct ib_sim_light_picture *out);

#ifdef __cplusplus
}
#endif

#endif
