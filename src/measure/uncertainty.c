/// How far off a temperature may be. See radiometry.h and docs/measure.md.
///
/// Source: Lepton engineering data sheet rev 200, radiometric accuracy: 5 K or 5 % in high gain, 10
/// K or 10 % in low gain, and a table by scene and camera temperature.
#include "core/real.h"
#include "core/status.h"
#include "measure/radiometry.h"

#define ZERO_C 273.15
#define EMISSIVITY_KNOWN 0.02 ///< a surface's emissivity is hardly ever known better
#define REFLECTED_KNOWN_K 5.0
#define AMBIENT_C 30.0 ///< when the camera does not say its own

/// High gain, kelvin: scene at 10, 50, 100 degrees; camera at 0, 30, 60. The table can be read with
/// rows and columns exchanged; each figure is the larger of the two.
static const double table[3][3] = {{7, 7, 8}, {7, 5, 5}, {8, 5, 4}};
static const double scenes_c[3] = {10, 50, 100};
static const double ambients_c[3] = {0, 30, 60};

void ib_gain_span(unsigned gain, double *low_k, double *high_k) {
    // Low gain: 450 degrees on some models, 400 on others, and a frame does not say which it is.
    *low_k = ZERO_C - 10;
    *high_k = ZERO_C + (gain == IB_GAIN_HIGH ? 140 : 400);
}

/// Where `value` lies among three: index of the left neighbour and the share of the right one.
static unsigned place(const double at[3], double value, double *share) {
    unsigned i = value < at[1] ? 0 : 1;
    *share = (value - at[i]) / (at[i + 1] - at[i]);
    *share = *share < 0 ? 0 : *share > 1 ? 1 : *share;
    return i;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

/// What the data sheet allows for a black body.
static double data_sheet_k(unsigned gain, double scene_c, double ambient_c) {
    double right, down;
    unsigned i = place(scenes_c, scene_c, &down), j = place(ambients_c, ambient_c, &right);
    double k = (table[i][j] * (1 - right) + table[i][j + 1] * right) * (1 - down) +
               (table[i + 1][j] * (1 - right) + table[i + 1][j + 1] * right) * down;
    double share = scene_c < 0 ? -scene_c : scene_c;
    if (gain == IB_GAIN_HIGH)
        return larger(larger(k, 5), share * 0.05);
    // An unknown gain counts as the less exact one.
    return larger(larger(k * 2, 10), share * 0.10);
}

int ib_measure_uncertainty(const struct ib_correction *self, const struct ib_sensor *sensor,
                           double kelvin, double *out) {
    if (self->kind == IB_PIXEL_OPAQUE || sensor->kind == IB_PIXEL_OPAQUE)
        return IB_E_NOT_RADIOMETRIC;
    *out = IB_TEMPERATURE_MOST_K;
    if (!(kelvin >= IB_TEMPERATURE_LEAST_K && kelvin <= IB_TEMPERATURE_MOST_K))
        return IB_E_RANGE;
    const struct ib_rbfo *curve = &self->curve;
    const struct ib_object *object = &self->object;
    double signal = ib_rbfo_signal(curve, kelvin), slope = ib_rbfo_slope(curve, kelvin);
    // A black body that would look the same: the data sheet speaks of those.
    double seen_k;
    if (ib_rbfo_kelvin(curve, self->path_gain * signal + self->path_offset, &seen_k) != IB_OK)
        return IB_E_RANGE;
    double ambient_c = sensor->ambient_ck ? sensor->ambient_ck / 100.0 - ZERO_C : AMBIENT_C;
    double camera = data_sheet_k(sensor->gain, seen_k - ZERO_C, ambient_c) *
                    ib_rbfo_slope(curve, seen_k) / (self->path_gain * slope);
    double e = object->emissivity, mirrored = 1 - e;
    double known = mirrored < EMISSIVITY_KNOWN ? mirrored : EMISSIVITY_KNOWN;
    double surface = known * (signal - ib_rbfo_signal(curve, object->reflected_k)) / (e * slope);
    double background =
        REFLECTED_KNOWN_K * ib_rbfo_slope(curve, object->reflected_k) * mirrored / (e * slope);
    *out = ib_sqrt(camera * camera + surface * surface + background * background);
    double low_k, high_k;
    ib_gain_span(sensor->gain, &low_k, &high_k);
    return seen_k >= low_k && seen_k <= high_k ? IB_OK : IB_E_RANGE;
}
