/// The curve, the path between object and detector, and how both are compiled into two numbers.
///
/// Not here: degrees as text (degrees.c), how far off a temperature may be (uncertainty.c).
/// Source: Lepton IDD 110-0144-04 rev 100 (RAD 0x04 RBFO, RAD 0xBC flux linear parameters); FLIR
/// lists the parameters, the equation is the field's serial model.
#include "measure/radiometry.h"

#include <string.h>

#include "core/check.h"
#include "core/real.h"
#include "core/status.h"

/// Exponentials of B / T closer to F than this: F is far from 1 and T far from any calibration.
#define DIVISOR_LEAST 0.05
#define ARGUMENT_LEAST 1.0001

/// Telemetry row B of a radiometric Lepton. Source: engineering data sheet rev 200, section 4.2.2.
enum row_b {
    ROW_B = 80,
    B_EMISSIVITY = ROW_B + 19,
    B_BACKGROUND = ROW_B + 20,
    B_AIR_TRANSMISSION = ROW_B + 21,
    B_AIR = ROW_B + 22,
    B_WINDOW_TRANSMISSION = ROW_B + 23,
    B_WINDOW_REFLECTION = ROW_B + 24,
    B_WINDOW = ROW_B + 25,
    B_WINDOW_REFLECTED = ROW_B + 26,
};
#define FLUX_UNITY 8192
#define FLUX_LEAST 82 ///< the smallest emissivity and transmission that the camera accepts
#define ROOM_K 295.15 ///< what a radiometric Lepton assumes for every temperature it is not told

const struct ib_rbfo ib_rbfo_high_gain = {395653, 1428, 1, 156};
const struct ib_rbfo ib_rbfo_low_gain = {64155, 1428, 1, 728};
const struct ib_object ib_object_black = {1, ROOM_K, 1, ROOM_K, 1, ROOM_K, 0, ROOM_K};

double ib_rbfo_signal(const struct ib_rbfo *self, double kelvin) {
    double divisor = ib_exp(self->b / kelvin) - self->f;
    return self->r / (divisor > DIVISOR_LEAST ? divisor : DIVISOR_LEAST);
}

double ib_rbfo_slope(const struct ib_rbfo *self, double kelvin) {
    double power = ib_exp(self->b / kelvin);
    double divisor = power - self->f;
    if (divisor < DIVISOR_LEAST)
        divisor = DIVISOR_LEAST;
    return self->r * power * self->b / (kelvin * kelvin * divisor * divisor);
}

/// Return: 0 with the temperature, -1 when none is so low, 1 when none is so high.
static int temperature_of(const struct ib_rbfo *self, double signal, double *out) {
    if (!(signal > 0))
        return -1;
    double argument = self->r / signal + self->f;
    if (!(argument > ARGUMENT_LEAST))
        return 1;
    double kelvin = self->b / ib_ln(argument);
    if (kelvin < IB_TEMPERATURE_LEAST_K)
        return -1;
    if (kelvin > IB_TEMPERATURE_MOST_K)
        return 1;
    *out = kelvin;
    return 0;
}

int ib_rbfo_kelvin(const struct ib_rbfo *self, double signal, double *out) {
    return temperature_of(self, signal, out) == 0 ? IB_OK : IB_E_RANGE;
}

static bool rbfo_ok(const struct ib_rbfo *self) {
    return self->r > 0 && self->r <= 1e9 && self->b >= 100 && self->b <= 10000 && self->f >= 0 &&
           self->f <= 10 && self->o > -1e6 && self->o < 1e6;
}

// ---- an object's parameters ----

double *ib_object_value(struct ib_object *self, unsigned field) {
    switch (field) {
    case IB_OBJECT_EMISSIVITY:
        return &self->emissivity;
    case IB_OBJECT_REFLECTED:
        return &self->reflected_k;
    case IB_OBJECT_ATMOSPHERE:
        return &self->atmosphere;
    case IB_OBJECT_ATMOSPHERE_K:
        return &self->atmosphere_k;
    case IB_OBJECT_WINDOW:
        return &self->window;
    case IB_OBJECT_WINDOW_K:
        return &self->window_k;
    case IB_OBJECT_WINDOW_REFLECTION:
        return &self->window_reflection;
    default:
        IB_ASSERT(field == IB_OBJECT_WINDOW_REFLECTED);
        return &self->window_reflected_k;
    }
}

const char *ib_object_field_name(unsigned field) {
    static const char *const names[IB_OBJECT_FIELDS] = {
        "emissivity", "reflected",          "atmosphere",        "atmosphere_temperature",
        "window",     "window_temperature", "window_reflection", "window_reflected"};
    for (unsigned i = 0; i < IB_OBJECT_FIELDS; i++) {
        if (field == 1u << i)
            return names[i];
    }
    return NULL;
}

static bool within(double value, double low, double high) {
    return value >= low && value <= high;
}

bool ib_temperature_ok(double kelvin) {
    // A hair of room: -223.15 degrees are 50 K, but not exactly.
    return within(kelvin, IB_TEMPERATURE_LEAST_K - 1e-6, IB_TEMPERATURE_MOST_K + 1e-6);
}

static bool field_ok(const struct ib_object *self, unsigned field) {
    struct ib_object copy = *self;
    double value = *ib_object_value(&copy, field);
    switch (field) {
    case IB_OBJECT_EMISSIVITY:
    case IB_OBJECT_ATMOSPHERE:
    case IB_OBJECT_WINDOW:
        return within(value, 0.01, 1);
    case IB_OBJECT_WINDOW_REFLECTION:
        // A hair of room: 0.9 and 0.1 do not add up to 1 exactly.
        return within(value, 0, 1 - self->window + 1e-9);
    default:
        return ib_temperature_ok(value);
    }
}

int ib_object_check(const struct ib_object *self, unsigned *field) {
    for (unsigned i = 0; i < IB_OBJECT_FIELDS; i++) {
        if (field_ok(self, 1u << i))
            continue;
        if (field)
            *field = 1u << i;
        return IB_E_RANGE;
    }
    return IB_OK;
}

struct ib_object ib_object_with(const struct ib_object *base,
                                const struct ib_object_change *change) {
    struct ib_object out = *base, from = change->object;
    for (unsigned i = 0; i < IB_OBJECT_FIELDS; i++) {
        if (change->mask & 1u << i)
            *ib_object_value(&out, 1u << i) = *ib_object_value(&from, 1u << i);
    }
    return out;
}

int ib_atmosphere_estimate(double distance_m, double humidity, double air_k, double *out) {
    if (!within(distance_m, 0, 10000) || !within(humidity, 0, 1) || !within(air_k, 200, 350))
        return IB_E_RANGE;
    double t = air_k - 273.15;
    double water = humidity * ib_exp(1.5587 + t * (6.939e-2 + t * (-2.7816e-4 + t * 6.8455e-7)));
    double d = ib_sqrt(distance_m), w = ib_sqrt(water);
    double transmission =
        1.9 * ib_exp(-d * (0.006569 - 0.002276 * w)) - 0.9 * ib_exp(-d * (0.01262 - 0.00667 * w));
    if (transmission > 1)
        transmission = 1;
    if (!(transmission >= 0.01))
        return IB_E_RANGE;
    *out = transmission;
    return IB_OK;
}

// ---- the sensor ----

static double share_of(uint16_t word) {
    return word >= FLUX_LEAST && word <= FLUX_UNITY ? word / (double)FLUX_UNITY : 1;
}

static double kelvin_of(uint16_t word) {
    return word / 100.0 >= IB_TEMPERATURE_LEAST_K ? word / 100.0 : ROOM_K;
}

static struct ib_object applied_by_camera(const struct ib_frame *frame) {
    const uint16_t *words = frame->telemetry;
    if (!(frame->flags & IB_FRAME_TELEMETRY))
        return ib_object_black;
    struct ib_object out = {
        .emissivity = share_of(words[B_EMISSIVITY]),
        .reflected_k = kelvin_of(words[B_BACKGROUND]),
        .atmosphere = share_of(words[B_AIR_TRANSMISSION]),
        .atmosphere_k = kelvin_of(words[B_AIR]),
        .window = share_of(words[B_WINDOW_TRANSMISSION]),
        .window_k = kelvin_of(words[B_WINDOW]),
        .window_reflection = words[B_WINDOW_REFLECTION] / (double)FLUX_UNITY,
        .window_reflected_k = kelvin_of(words[B_WINDOW_REFLECTED]),
    };
    if (out.window_reflection > 1 - out.window)
        out.window_reflection = 1 - out.window;
    return out;
}

int ib_sensor_of_frame(struct ib_sensor *out, const struct ib_frame *frame,
                       const struct ib_rbfo *counts) {
    memset(out, 0, sizeof *out);
    out->gain = frame->gain;
    out->ambient_ck = frame->housing_ck;
    out->curve = frame->gain == IB_GAIN_LOW ? ib_rbfo_low_gain : ib_rbfo_high_gain;
    if (counts)
        out->curve = *counts;
    out->applied = applied_by_camera(frame);
    bool kelvin = frame->unit == IB_UNIT_KELVIN && (frame->scale_ck == 1 || frame->scale_ck == 10);
    if (kelvin && !frame->agc) {
        out->kind = IB_PIXEL_TLINEAR;
        out->scale_ck = frame->scale_ck;
        return IB_OK;
    }
    if (frame->unit == IB_UNIT_COUNTS && !frame->agc && counts) {
        out->kind = IB_PIXEL_RBFO;
        return IB_OK;
    }
    out->kind = IB_PIXEL_OPAQUE;
    return IB_E_NOT_RADIOMETRIC;
}

bool ib_sensor_same(const struct ib_sensor *a, const struct ib_sensor *b) {
    if (a->kind != b->kind || a->scale_ck != b->scale_ck || a->gain != b->gain ||
        a->ambient_ck != b->ambient_ck || a->curve.r != b->curve.r || a->curve.b != b->curve.b ||
        a->curve.f != b->curve.f || a->curve.o != b->curve.o)
        return false;
    struct ib_object left = a->applied, right = b->applied;
    for (unsigned i = 0; i < IB_OBJECT_FIELDS; i++) {
        if (*ib_object_value(&left, 1u << i) != *ib_object_value(&right, 1u << i))
            return false;
    }
    return true;
}

// ---- corrections ----

/// The detector's signal of an object: *gain * W(T) + *offset.
static void path_of(const struct ib_object *object, const struct ib_rbfo *curve, double *gain,
                    double *offset) {
    double e = object->emissivity, ta = object->atmosphere, tw = object->window;
    double rw = object->window_reflection, emitted = 1 - tw - rw;
    if (emitted < 0)
        emitted = 0;
    *gain = tw * ta * e;
    *offset = tw * (ta * (1 - e) * ib_rbfo_signal(curve, object->reflected_k) +
                    (1 - ta) * ib_rbfo_signal(curve, object->atmosphere_k)) +
              rw * ib_rbfo_signal(curve, object->window_reflected_k) +
              emitted * ib_rbfo_signal(curve, object->window_k);
}

/// One pixel, not held to `first` and `last`. Return: as above.
static int temperature_of_pixel(const struct ib_correction *self, uint32_t pixel, double *out) {
    if (self->kind == IB_PIXEL_RBFO)
        return temperature_of(&self->curve, self->gain * (pixel - self->curve.o) + self->offset,
                              out);
    double kelvin = (double)(pixel * self->scale_ck) / 100.0;
    if (kelvin < IB_TEMPERATURE_LEAST_K)
        return -1;
    if (kelvin > IB_TEMPERATURE_MOST_K)
        return 1;
    if (!self->identity)
        return temperature_of(
            &self->curve, self->gain * ib_rbfo_signal(&self->curve, kelvin) + self->offset, out);
    *out = kelvin;
    return 0;
}

/// The first pixel that is on `side` or beyond it; 65536: none is.
static uint32_t first_on_side(const struct ib_correction *self, int side) {
    uint32_t low = 0, high = 65536;
    double kelvin;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (temperature_of_pixel(self, middle, &kelvin) >= side)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/// The signal rises with the pixel, so what has a temperature is one stretch of pixels.
static void find_ends(struct ib_correction *self) {
    uint32_t first = first_on_side(self, 0), beyond = first_on_side(self, 1);
    self->first = first < beyond ? (uint16_t)first : 1;
    self->last = first < beyond ? (uint16_t)(beyond - 1) : 0;
}

int ib_correction_compile(struct ib_correction *out, const struct ib_sensor *sensor,
                          const struct ib_object *object) {
    memset(out, 0, sizeof *out);
    out->kind = sensor->kind;
    out->first = 1;
    if (sensor->kind == IB_PIXEL_OPAQUE)
        return IB_E_NOT_RADIOMETRIC;
    if (!rbfo_ok(&sensor->curve) || ib_object_check(object, NULL) != IB_OK)
        return IB_E_RANGE;
    double applied_gain = 1, applied_offset = 0;
    if (sensor->kind == IB_PIXEL_TLINEAR) {
        if (ib_object_check(&sensor->applied, NULL) != IB_OK)
            return IB_E_RANGE;
        path_of(&sensor->applied, &sensor->curve, &applied_gain, &applied_offset);
    }
    out->scale_ck = sensor->scale_ck;
    out->curve = sensor->curve;
    out->object = *object;
    path_of(object, &sensor->curve, &out->path_gain, &out->path_offset);
    out->gain = applied_gain / out->path_gain;
    out->offset = (applied_offset - out->path_offset) / out->path_gain;
    out->identity = out->gain == 1 && out->offset == 0;
    find_ends(out);
    return IB_OK;
}

int ib_correction_k(const struct ib_correction *self, uint16_t pixel, double *out) {
    if (self->kind == IB_PIXEL_OPAQUE)
        return IB_E_NOT_RADIOMETRIC;
    if (pixel < self->first || pixel > self->last)
        return IB_E_RANGE;
    return temperature_of_pixel(self, pixel, out) == 0 ? IB_OK : IB_E_RANGE;
}

int32_t ib_correction_ck(const struct ib_correction *self, uint16_t pixel) {
    double kelvin;
    int status = ib_correction_k(self, pixel, &kelvin);
    return status == IB_OK ? (int32_t)(kelvin * 100 + 0.5) : status;
}

int ib_correction_pixel(const struct ib_correction *self, double kelvin, double *out) {
    if (self->kind == IB_PIXEL_OPAQUE)
        return IB_E_NOT_RADIOMETRIC;
    if (!within(kelvin, IB_TEMPERATURE_LEAST_K, IB_TEMPERATURE_MOST_K))
        return IB_E_RANGE;
    double signal = (ib_rbfo_signal(&self->curve, kelvin) - self->offset) / self->gain;
    if (self->kind == IB_PIXEL_RBFO) {
        *out = signal + self->curve.o;
        return IB_OK;
    }
    double shown;
    if (self->identity)
        shown = kelvin;
    else if (ib_rbfo_kelvin(&self->curve, signal, &shown) != IB_OK)
        return IB_E_RANGE;
    *out = shown * 100 / self->scale_ck;
    return IB_OK;
}
