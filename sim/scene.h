/// Scenes: what a simulated sensor looks at. Physical temperatures, emissivity and reflections, in
/// time.
///
/// A scene is asked for a surface per pixel; the part adds its optics, noise and electronics. The
/// same seed and time give the same scene on every machine. What the pictures show and which
/// physics is left out: docs/simulator.md.
#ifndef IB_SIM_SCENE_H
#define IB_SIM_SCENE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What the rays of one frame hit: arrays of width * height, rows from the top left.
struct ib_sim_surface {
    uint16_t width_px;
    uint16_t height_px;
    float *kelvin;     ///< surface temperature
    float *emissivity; ///< 0..1
};

struct ib_sim_scene_parts;
struct ib_sim_point;

/// The light a scene is seen in, and what a scene without parts looks like.
struct ib_sim_light {
    float lux;
    float tint[3];  ///< red, green, blue of a white surface; green is 1
    float infrared; ///< around 940 nm, as the rangefinder feels it: 1 a lit room, 30 daylight
    /// The `colour` of a place, for scenes without parts. NULL: even grey.
    void (*still)(struct ib_sim_point *out, float x, float y, float pixel, uint32_t seed);
};

struct ib_sim_scene {
    const char *name;
    const char *about; ///< one line for people
    /// Fill the surface as seen at `time_s`; horizontal field of view in degrees; deterministic.
    void (*view)(const struct ib_sim_scene *self, double time_s, uint64_t seed, float hfov_deg,
                 struct ib_sim_surface *out);
    float ambient_k; ///< air, and what surfaces reflect
    /// What `view` is made of, for readers that keep what does not move; NULL: only `view`.
    const struct ib_sim_scene_parts *parts;
    float distance_mm;                ///< of what is looked at, for the parallax; 0: 1000
    const struct ib_sim_light *light; ///< NULL: daylight on grey
};

/// All named scenes; at least kettle, person, board, house.
const struct ib_sim_scene *ib_sim_scenes(size_t *count);
/// By name, or NULL.
const struct ib_sim_scene *ib_sim_scene_named(const char *name);

/// Heat sources of a scene that come and go by themselves, at most.
#define IB_SIM_HEATS 3

/// What is at one place. Heat flow is linear, so a temperature is the sum of a still part and, for
/// each source, a fixed pattern times how strong the source is at this moment.
struct ib_sim_point {
    float kelvin; ///< with every source at 0
    float emissivity;
    float heat[IB_SIM_HEATS]; ///< kelvin for a source at 1
    float colour[3];          ///< red, green, blue light that comes from here: 1 a white surface
};

struct ib_sim_canvas;

struct ib_sim_scene_parts {
    /// The place at `x`, `y`: pinhole coordinates, y down, 0, 0 in the middle, x = -1 and 1 the
    /// edges of a 57 degree field of view; `pixel` is the size of a pixel in the same units.
    void (*still)(struct ib_sim_point *out, float x, float y, float pixel, uint32_t seed);
    /// How strong the sources are. NULL: there are none.
    void (*heats)(double time_s, uint64_t seed, float strength[IB_SIM_HEATS]);
    /// Paint what moves over the rest. NULL: nothing does.
    void (*moving)(const struct ib_sim_canvas *canvas, double time_s, uint64_t seed);
    /// How far away the place is, along the axis. NULL: everything at the scene's distance.
    float (*distance_mm)(float x, float y, double time_s, uint64_t seed);
};

/// Planes of width * height that hold a scene's still part, so that a frame costs little.
struct ib_sim_scene_planes {
    float *kelvin;
    float *emissivity;
    float *heat[IB_SIM_HEATS];
};

/// Fill the planes: the slow part (some milliseconds for 160x120), once for a scene, seed and view.
void ib_sim_scene_still(const struct ib_sim_scene *self, uint64_t seed, float hfov_deg,
                        uint16_t width_px, uint16_t height_px,
                        const struct ib_sim_scene_planes *out);
/// The surface at `time_s` from such planes: the same values as `view` gives.
void ib_sim_scene_compose(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                          float hfov_deg, const struct ib_sim_scene_planes *still,
                          struct ib_sim_surface *out);

/// The light, never NULL.
const struct ib_sim_light *ib_sim_scene_light(const struct ib_sim_scene *self);
/// Where the world is for a rangefinder on the axis: the mean over a cone, in which near things count
/// much more (the fourth power), as they send more light back and are reported first. Millimetres
/// along the axis.
float ib_sim_scene_distance_mm(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                               float cone_deg);
/// How far a camera beside the axis sees things shifted, in scene units: what is at x for the Lepton
/// is at x - shift for it.
float ib_sim_scene_parallax(const struct ib_sim_scene *self, float baseline_mm);

#ifdef __cplusplus
}
#endif

#endif
