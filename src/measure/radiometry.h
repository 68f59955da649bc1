/// From a pixel to the temperature of what it shows.
///
/// The signal of a surface at T is W(T) = R / (exp(B / T) - F); counts are W + O. What arrives at
/// the detector is the field's serial model of surface, air and window:
///   S = tw * [ta * (e * W(T) + (1 - e) * W(Tr)) + (1 - ta) * W(Ta)] + rw * W(Twr)
///       + (1 - tw - rw) * W(Tw)
/// A TLinear camera has inverted that with parameters of its own. A correction undoes it with those
/// and inverts it again with others, so an object's emissivity can be said afterwards and for each
/// region alone. Both are linear in W, so a compiled correction is two numbers. Frames that are not
/// radiometric answer IB_E_NOT_RADIOMETRIC: no degrees are ever made of them.
/// Source:  docs/measure.md; Lepton IDD 110-0144-04 rev 100 (RAD 0x04, 0xBC).
#ifndef IB_MEASURE_RADIOMETRY_H
#define IB_MEASURE_RADIOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The sensor's curve. B in kelvin, R and O in counts, F without unit.
struct ib_rbfo {
    double r, b, f, o;
};

/// What a Lepton without a calibration of its own uses.
extern const struct ib_rbfo ib_rbfo_high_gain;
extern const struct ib_rbfo ib_rbfo_low_gain;

/// What lies between the camera and a temperature.
struct ib_object {
    double emissivity;         ///< 0.01..1
    double reflected_k;        ///< of what the surface mirrors ("background")
    double atmosphere;         ///< the air's transmission, 0.01..1
    double atmosphere_k;       ///< the air
    double window;             ///< the window's transmission, 0.01..1
    double window_k;           ///< the window itself
    double window_reflection;  ///< 0..1 - window
    double window_reflected_k; ///< of what the window mirrors
};

/// A black body in clear air without a window.
extern const struct ib_object ib_object_black;

enum ib_object_field {
    IB_OBJECT_EMISSIVITY = 1 << 0,
    IB_OBJECT_REFLECTED = 1 << 1,
    IB_OBJECT_ATMOSPHERE = 1 << 2,
    IB_OBJECT_ATMOSPHERE_K = 1 << 3,
    IB_OBJECT_WINDOW = 1 << 4,
    IB_OBJECT_WINDOW_K = 1 << 5,
    IB_OBJECT_WINDOW_REFLECTION = 1 << 6,
    IB_OBJECT_WINDOW_REFLECTED = 1 << 7,
    IB_OBJECT_FIELDS = 8, ///< how many there are
};

/// Some of an object's parameters; the others stay what the camera was told.
struct ib_object_change {
    unsigned mask; ///< enum ib_object_field
    struct ib_object object;
};

/// Lowest and highest temperature accepted anywhere here.
#define IB_TEMPERATURE_LEAST_K 50.0
#define IB_TEMPERATURE_MOST_K 5000.0
bool ib_temperature_ok(double kelvin);

/// Errors: IB_E_RANGE for nonsense; *field (may be NULL) says which one (enum ib_object_field).
int ib_object_check(const struct ib_object *self, unsigned *field);
/// "emissivity", "reflected", "atmosphere", …: one field's name, NULL for anything else.
const char *ib_object_field_name(unsigned field);
/// The value behind a field. `field` must be one of the enum.
double *ib_object_value(struct ib_object *self, unsigned field);
/// `base` with the changed fields replaced.
struct ib_object ib_object_with(const struct ib_object *base,
                                const struct ib_object_change *change);

/// The air's transmission by the estimate that thermal cameras of the 7.5 to 13 um band share.
/// Units:  metres; relative humidity 0..1; kelvin.
/// Return: IB_OK and *out in 0.01..1.
/// Errors: IB_E_RANGE for nonsense, or where the estimate ends (so far or so humid that next to
///         nothing arrives).
/// Source: docs/measure.md, "The air".
int ib_atmosphere_estimate(double distance_m, double humidity, double air_k, double *out);

/// How the pixels of a frame came about.
enum ib_pixel_kind {
    IB_PIXEL_OPAQUE,  ///< not radiometric: numbers without a temperature
    IB_PIXEL_TLINEAR, ///< kelvin by the camera, with `applied`
    IB_PIXEL_RBFO,    ///< counts on the curve
};

struct ib_sensor {
    enum ib_pixel_kind kind;
    uint16_t scale_ck;        ///< TLINEAR: centikelvin a count
    struct ib_rbfo curve;     ///< TLINEAR: only B and F matter
    struct ib_object applied; ///< what the camera was told; RBFO: what regions fall back on
    uint8_t gain;             ///< enum ib_gain in effect
    uint16_t ambient_ck;      ///< the camera's housing, 0 when unknown
};

/// What a frame says of itself. The parameters that the camera applied are in its telemetry (row
/// B); without telemetry it is taken to have assumed a black body.
/// `counts` is the curve of frames of counts, which they do not say themselves; NULL: those are not
/// radiometric. TLinear frames use it too if given, else the default curve of their gain.
/// Return: IB_OK.
/// Errors: IB_E_NOT_RADIOMETRIC, with `out` filled as OPAQUE.
int ib_sensor_of_frame(struct ib_sensor *out, const struct ib_frame *frame,
                       const struct ib_rbfo *counts);
bool ib_sensor_same(const struct ib_sensor *a, const struct ib_sensor *b);

/// A compiled correction: W(object) = gain * W(pixel) + offset.
struct ib_correction {
    enum ib_pixel_kind kind;
    bool identity; ///< TLINEAR and nothing differs: the camera's own numbers, exactly
    uint16_t scale_ck;
    struct ib_rbfo curve;
    double gain, offset;
    double path_gain, path_offset; ///< the detector's signal = path_gain * W(object) + path_offset
    uint16_t first, last;          ///< pixels within have a temperature; first > last: none has
    struct ib_object object;
};

/// Errors: IB_E_NOT_RADIOMETRIC; IB_E_RANGE when either set of parameters is nonsense.
/// Cost:   some 40 exponentials and logarithms.
int ib_correction_compile(struct ib_correction *out, const struct ib_sensor *sensor,
                          const struct ib_object *object);

/// One pixel's temperature in kelvin, which rises with the pixel.
/// Errors: IB_E_NOT_RADIOMETRIC; IB_E_RANGE when no temperature gives such a signal (less than the
///         object mirrors, or beyond the curve): outside of `first` .. `last`.
/// Cost:   one exp and one log; nothing when it is the identity.
int ib_correction_k(const struct ib_correction *self, uint16_t pixel, double *out);
/// The same rounded to centikelvin. Errors as above, all negative.
int32_t ib_correction_ck(const struct ib_correction *self, uint16_t pixel);

/// The pixel that an object at `kelvin` would show, not rounded: the inverse of the above.
/// Errors: as above.
int ib_correction_pixel(const struct ib_correction *self, double kelvin, double *out);

/// W(T) and its slope, in counts and counts a kelvin.
double ib_rbfo_signal(const struct ib_rbfo *self, double kelvin);
double ib_rbfo_slope(const struct ib_rbfo *self, double kelvin);
/// T of a signal W. Errors: IB_E_RANGE.
int ib_rbfo_kelvin(const struct ib_rbfo *self, double signal, double *out);

/// Scene temperatures that a gain is specified for. Source: Lepton engineering data sheet rev 200.
void ib_gain_span(unsigned gain, double *low_k, double *high_k);

/// By how much a temperature may be wrong: the data sheet's figure for gain, scene and housing
/// temperature, carried through the correction (a low emissivity multiplies it), together with what
/// is not known exactly: the emissivity to 0.02, the reflected temperature to 5 K.
/// Return: IB_OK; *out in kelvin, to be read as plus or minus.
/// Errors: IB_E_NOT_RADIOMETRIC; IB_E_RANGE outside of the specified span, where *out is what the
///         rule would give and nobody promises it.
/// Source: docs/measure.md, "How far off it may be".
int ib_measure_uncertainty(const struct ib_correction *self, const struct ib_sensor *sensor,
                           double kelvin, double *out);

#ifdef __cplusplus
}
#endif

#endif
