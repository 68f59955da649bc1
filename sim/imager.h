/// The imager: from what the scene shows to the 16-bit pixels that a Lepton would put on the wire.
///
/// Lens blur, distortion left out; emissivity and reflected background; radiance by the RBFO curve;
/// NETD noise, fixed pattern and drift since the last FFC; saturation per gain mode; TLinear with
/// the flux-linear correction; AGC (linear or histogram equalisation); spotmeter and scene
/// statistics. No heap, no clock: the register-level part (lepton.h) owns one and tells it the time
/// and the settings.
/// Source: Lepton engineering data sheet rev 200; IDD 110-0144-04 rev 100; models marked "derived"
///         in docs.
#ifndef IB_SIM_IMAGER_H
#define IB_SIM_IMAGER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_MAX_PX (160 * 120)

/// What the module's registers say, as far as pixels depend on it.
struct ib_sim_imager_settings {
    bool radiometry; ///< RBFO counts (radiometric parts); else counts relative to the camera's
                     ///< temperature
    bool tlinear;    ///< needs radiometry
    uint8_t tlinear_resolution; ///< 0: 0.1 K, 1: 0.01 K
    bool low_gain;
    int32_t rbfo_high[4]; ///< R, B x 1000, F x 1000, O x 1000
    int32_t rbfo_low[4];
    uint16_t flux[8]; ///< RAD 0xBC: emissivity, background, window, atmosphere … (8192 = 1, Kelvin
                      ///< x 100)
    uint16_t mid_counts; ///< scene = camera, radiometry off: 4096 or 8192
    bool agc;
    uint8_t agc_policy;   ///< 0 linear, 1 histogram equalisation
    uint8_t agc_scale;    ///< 0: 8 bit, 1: 14 bit
    uint16_t agc_roi[4];  ///< startCol, startRow, endCol, endRow
    uint16_t agc_damping; ///< 0..256
    uint16_t agc_clip_high;
    uint16_t agc_clip_low;
    uint16_t agc_empty_counts;
    bool black_hot;
    uint16_t spot_roi[4];  ///< startRow, startCol, endRow, endCol
    uint16_t scene_roi[4]; ///< startCol, startRow, endCol, endRow
};

/// What one frame measured beside its pixels.
struct ib_sim_imager_result {
    uint16_t spot_mean_ck, spot_max_ck, spot_min_ck, spot_population_px; ///< Kelvin x 100
    uint16_t scene_mean, scene_max, scene_min; ///< in pixel units before AGC
    uint32_t scene_population_px;
    uint16_t frame_mean_counts; ///< 14-bit counts, before TLinear and AGC
    uint16_t histogram_min, histogram_max, histogram_mean;
    uint32_t histogram_px;
};

/// What the numbers in `counts` are, for readers of the frame rendered or measured last.
enum ib_sim_imager_unit {
    IB_SIM_UNIT_NONE,        ///< no temperatures: radiometry off, AGC, or no frame yet
    IB_SIM_UNIT_RADIANCE,    ///< 14-bit counts; `ck_of_counts` knows them
    IB_SIM_UNIT_CENTIKELVIN, ///< a recording's TLinear pixels, 0.01 K
    IB_SIM_UNIT_DECIKELVIN,  ///< the same, 0.1 K
};

/// Steps of the radiance table, and what a step is.
#define IB_SIM_RADIANCE_STEPS 4096
#define IB_SIM_RADIANCE_FIRST_K 150.0f
#define IB_SIM_RADIANCE_STEP_K 0.25f
/// AGC sorts 14-bit counts into bins of eight.
#define IB_SIM_AGC_BIN_COUNTS 8u
#define IB_SIM_AGC_BINS (16384u / IB_SIM_AGC_BIN_COUNTS)

struct ib_sim_imager {
    uint16_t width_px, height_px;
    uint64_t seed;
    bool quiet;
    float hfov_deg;
    float blur_sigma_px;
    uint64_t frame_index; ///< for the noise
    float fpa_at_ffc_k;   ///< set by ib_sim_imager_ffc; 0 before the first
    float housing_at_ffc_k;
    double ffc_time_s;
    uint32_t ffc_count;
    const struct ib_sim_scene *still_scene; ///< whose still part the planes below hold
    const struct ib_sim_scene_parts *still_parts;
    struct ib_sim_imager_settings cached; ///< tables below are for these
    bool tables_valid;
    enum ib_sim_imager_unit unit;
    float radiance_of_k[IB_SIM_RADIANCE_STEPS + 1]; ///< W(T) of the gain in effect, counts
    float radiance_slope;                           ///< counts per kelvin at 300 K, gain in effect
    uint16_t ck_of_counts[16384]; ///< Kelvin x 100 by 14-bit counts, flux-corrected
    uint16_t dk_of_counts[16384]; ///< Kelvin x 10
    uint16_t agc_map[16384];      ///< damped map, 0..65535 whatever the output scale
    uint16_t agc_bins[IB_SIM_AGC_BINS];
    bool agc_map_valid;
    float kelvin[IB_SIM_MAX_PX]; ///< the scene as last seen: true surface temperatures
    float emissivity[IB_SIM_MAX_PX];
    float still_kelvin[IB_SIM_MAX_PX]; ///< the part of the scene that does not change
    float still_emissivity[IB_SIM_MAX_PX];
    float still_heat[IB_SIM_HEATS][IB_SIM_MAX_PX];
    float radiance[IB_SIM_MAX_PX];     ///< working image: blurred along rows
    float column[160], corner[160];    ///< of the frame under way
    float fixed_offset[IB_SIM_MAX_PX]; ///< residual pattern, counts in radiometric units
    float drift_rate[IB_SIM_MAX_PX];   ///< pattern growth, counts a minute
    uint16_t counts[IB_SIM_MAX_PX];    ///< 14-bit, before TLinear and AGC
};

/// Errors: IB_E_UNSUPPORTED for more than 160x120.
int ib_sim_imager_init(struct ib_sim_imager *self, uint16_t width_px, uint16_t height_px,
                       float hfov_deg, float blur_sigma_px, uint64_t seed, bool quiet);

/// A flat field correction at this moment: drift and pattern start anew.
void ib_sim_imager_ffc(struct ib_sim_imager *self, double time_s, float fpa_k, float housing_k);

/// One frame of `scene` at `time_s` (scene time) into `out` (width * height words as on the wire,
/// host order). `module_s` is the module's own time, for drift.
/// Cost:   at most about 0.5 ms for 160x120 on a desktop core.
void ib_sim_imager_render(struct ib_sim_imager *self, const struct ib_sim_scene *scene,
                          double time_s, double module_s, float fpa_k, float housing_k,
                          const struct ib_sim_imager_settings *settings, uint16_t *out,
                          struct ib_sim_imager_result *result);

/// Statistics and spotmeter of given output pixels (a recording plays): fills `result` from them as
/// if they were TLinear (or counts when not); `out` is not changed.
void ib_sim_imager_measure(struct ib_sim_imager *self,
                           const struct ib_sim_imager_settings *settings, const uint16_t *pixels,
                           struct ib_sim_imager_result *result);

/// How many pixels of the ROI (startRow, startCol, endRow, endCol) are hotter than `kelvin`, of
/// *of_px, for automatic gain. Of the frame rendered last; 0 of 0 when it knows no temperatures.
uint32_t ib_sim_imager_hotter_px(const struct ib_sim_imager *self, const uint16_t roi[4],
                                 float kelvin, uint32_t *of_px);

#ifdef __cplusplus
}
#endif

#endif
