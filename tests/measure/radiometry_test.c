/// Radiometry against figures that were derived elsewhere: the sensor's published curve in numbers,
/// the serial model written out again here with the C library's exp and log, and plain properties.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/status.h"
#include "measure/radiometry.h"
#include "tests/core/support_random.h"

#define C 273.15

/// Counts at temperatures, computed outside of this program from the data sheet's formula.
static const struct {
    struct ib_rbfo curve;
    double c[8];
    double counts[8];
    double clip_c; ///< the temperature of 16383 counts
} published[] = {
    {{395653, 1428, 1, 156},
     {-10, 0, 25, 37, 100, 140},
     {1903.8, 2290.0, 3474.0, 4156.3, 8964.1, 13043.0},
     168.4},
    {{358836, 1435, 1, 156},
     {-10, 0, 25, 37, 100, 140},
     {1699.4, 2042.2, 3094.8, 3702.3, 7992.8, 11641.2},
     183.8},
    {{64155, 1428, 1, 728},
     {-10, 0, 25, 37, 100, 140, 400, 450},
     {1011.4, 1074.0, 1266.0, 1376.7, 2156.2, 2817.6, 9465.4, 11068.2},
     603.5},
    {{104897, 1470, 1, 327.398},
     {-10, 0, 25, 37, 100, 140, 400, 450},
     {722.2, 812.2, 1090.6, 1252.5, 2409.1, 3404.1, 13639.8, 16136.5},
     454.8},
};

static void the_curve_is_the_published_one(void **state) {
    (void)state;
    for (size_t row = 0; row < sizeof published / sizeof published[0]; row++) {
        const struct ib_rbfo *curve = &published[row].curve;
        for (int i = 0; i < 8 && published[row].counts[i] > 0; i++) {
            double counts = ib_rbfo_signal(curve, published[row].c[i] + C) + curve->o, back;
            assert_true(fabs(counts - published[row].counts[i]) < 0.06);
            assert_int_equal(ib_rbfo_kelvin(curve, counts - curve->o, &back), IB_OK);
            assert_true(fabs(back - published[row].c[i] - C) < 1e-9);
        }
        double clip;
        assert_int_equal(ib_rbfo_kelvin(curve, 16383 - curve->o, &clip), IB_OK);
        assert_true(fabs(clip - C - published[row].clip_c) < 0.06);
    }
    // Counts a kelvin near 300 K, as published.
    assert_true(fabs(ib_rbfo_slope(&ib_rbfo_high_gain, 300) - 54.7) < 0.2);
    assert_true(fabs(ib_rbfo_slope(&ib_rbfo_low_gain, 300) - 8.9) < 0.1);
}

static void signals_without_a_temperature_are_refused(void **state) {
    double kelvin = -1;
    (void)state;
    assert_int_equal(ib_rbfo_kelvin(&ib_rbfo_high_gain, 0, &kelvin), IB_E_RANGE);
    assert_int_equal(ib_rbfo_kelvin(&ib_rbfo_high_gain, -5, &kelvin), IB_E_RANGE);
    assert_int_equal(ib_rbfo_kelvin(&ib_rbfo_high_gain, 1e12, &kelvin), IB_E_RANGE);
    assert_int_equal(ib_rbfo_kelvin(&ib_rbfo_high_gain, NAN, &kelvin), IB_E_RANGE);
    assert_true(kelvin == -1);
}

/// A frame of one pixel, with or without what the camera was told.
struct shot {
    struct ib_frame frame;
    uint16_t pixel;
};

static void shot_init(struct shot *self, uint8_t unit, uint16_t scale_ck) {
    memset(self, 0, sizeof *self);
    self->frame.unit = unit;
    self->frame.scale_ck = scale_ck;
    self->frame.gain = IB_GAIN_HIGH;
    self->frame.width_px = self->frame.height_px = 1;
    self->frame.pixels = &self->pixel;
}

static void shot_tell(struct shot *self, const uint16_t words[8]) {
    self->frame.flags |= IB_FRAME_TELEMETRY;
    memcpy(self->frame.telemetry + 80 + 19, words, 16);
}

static void a_frame_says_what_the_camera_applied(void **state) {
    // Row B: emissivity, background, air's transmission, air, window's transmission, reflection,
    // window, reflected in it.
    const uint16_t words[8] = {4096, 30015, 7372, 29000, 8110, 41, 29500, 31000};
    struct shot shot;
    struct ib_sensor sensor;
    (void)state;
    shot_init(&shot, IB_UNIT_KELVIN, 10);
    shot_tell(&shot, words);
    shot.frame.gain = IB_GAIN_LOW;
    assert_int_equal(ib_sensor_of_frame(&sensor, &shot.frame, NULL), IB_OK);
    assert_int_equal(sensor.kind, IB_PIXEL_TLINEAR);
    assert_int_equal(sensor.scale_ck, 10);
    assert_true(sensor.curve.r == ib_rbfo_low_gain.r);
    assert_true(sensor.applied.emissivity == 0.5);
    assert_true(sensor.applied.reflected_k == 300.15);
    assert_true(sensor.applied.atmosphere == 7372 / 8192.0);
    assert_true(sensor.applied.atmosphere_k == 290);
    assert_true(sensor.applied.window == 8110 / 8192.0);
    assert_true(sensor.applied.window_k == 295);
    assert_true(sensor.applied.window_reflection == 41 / 8192.0);
    assert_true(sensor.applied.window_reflected_k == 310);
    // Words that no camera accepts are not believed.
    const uint16_t none[8] = {0};
    shot_tell(&shot, none);
    assert_int_equal(ib_sensor_of_frame(&sensor, &shot.frame, NULL), IB_OK);
    assert_true(sensor.applied.emissivity == 1 && sensor.applied.window == 1);
    assert_int_equal(ib_object_check(&sensor.applied, NULL), IB_OK);
}

static void what_is_not_radiometric_never_gives_degrees(void **state) {
    static const struct {
        uint8_t unit, agc;
        uint16_t scale_ck;
    } rows[] = {
        {IB_UNIT_COUNTS, 0, 0},  {IB_UNIT_GREY8, 1, 0},  {IB_UNIT_GREY8, 0, 1},
        {IB_UNIT_KELVIN, 1, 1},  {IB_UNIT_KELVIN, 0, 0}, {IB_UNIT_KELVIN, 0, 7},
        {IB_UNIT_COUNTS, 1, 10},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct shot shot;
        struct ib_sensor sensor;
        struct ib_correction correction;
        double kelvin = -1;
        shot_init(&shot, rows[i].unit, rows[i].scale_ck);
        shot.frame.agc = rows[i].agc;
        assert_int_equal(ib_sensor_of_frame(&sensor, &shot.frame, NULL), IB_E_NOT_RADIOMETRIC);
        assert_int_equal(ib_correction_compile(&correction, &sensor, &ib_object_black),
                         IB_E_NOT_RADIOMETRIC);
        assert_int_equal(ib_correction_k(&correction, 30000, &kelvin), IB_E_NOT_RADIOMETRIC);
        assert_int_equal(ib_correction_ck(&correction, 30000), IB_E_NOT_RADIOMETRIC);
        assert_int_equal(ib_correction_pixel(&correction, 300, &kelvin), IB_E_NOT_RADIOMETRIC);
        assert_int_equal(ib_measure_uncertainty(&correction, &sensor, 300, &kelvin),
                         IB_E_NOT_RADIOMETRIC);
        assert_true(kelvin == -1);
    }
    // Counts become temperatures only for who knows their curve; grey never.
    struct shot shot;
    struct ib_sensor sensor;
    shot_init(&shot, IB_UNIT_COUNTS, 0);
    assert_int_equal(ib_sensor_of_frame(&sensor, &shot.frame, &ib_rbfo_high_gain), IB_OK);
    shot.frame.agc = 1;
    assert_int_equal(ib_sensor_of_frame(&sensor, &shot.frame, &ib_rbfo_high_gain),
                     IB_E_NOT_RADIOMETRIC);
}

static struct ib_sensor sensor_of(enum ib_pixel_kind kind, const struct ib_object *applied) {
    return (struct ib_sensor){.kind = kind,
                              .scale_ck = 1,
                              .curve = ib_rbfo_high_gain,
                              .applied = *applied,
                              .gain = IB_GAIN_HIGH};
}

static void unchanged_parameters_leave_the_cameras_numbers_alone(void **state) {
    struct ib_object told = ib_object_black;
    struct ib_correction correction;
    (void)state;
    told.emissivity = 0.8;
    told.atmosphere = 0.9;
    struct ib_sensor sensor = sensor_of(IB_PIXEL_TLINEAR, &told);
    assert_int_equal(ib_correction_compile(&correction, &sensor, &told), IB_OK);
    assert_true(correction.identity);
    for (uint32_t pixel = correction.first; pixel <= correction.last; pixel++)
        assert_int_equal(ib_correction_ck(&correction, (uint16_t)pixel), pixel);
    assert_int_equal(correction.first, 5000);
    assert_int_equal(correction.last, 65535);
    assert_int_equal(ib_correction_ck(&correction, 4999), IB_E_RANGE);
}

/// The model, forwards, with the C library.
static double w(double kelvin) {
    return 395653 / (exp(1428 / kelvin) - 1);
}

static double seen(const struct ib_object *o, double kelvin) {
    double air =
        o->atmosphere * (o->emissivity * w(kelvin) + (1 - o->emissivity) * w(o->reflected_k)) +
        (1 - o->atmosphere) * w(o->atmosphere_k);
    return o->window * air + o->window_reflection * w(o->window_reflected_k) +
           (1 - o->window - o->window_reflection) * w(o->window_k);
}

static struct ib_object random_object(struct random *random) {
    struct ib_object o = {
        .emissivity = random_between(random, 0.2, 1),
        .reflected_k = random_between(random, 270, 330),
        .atmosphere = random_between(random, 0.5, 1),
        .atmosphere_k = random_between(random, 260, 320),
        .window = random_between(random, 0.5, 1),
        .window_k = random_between(random, 270, 330),
        .window_reflected_k = random_between(random, 270, 330),
    };
    o.window_reflection = random_between(random, 0, 1 - o.window);
    return o;
}

/// A camera that was told something wrong shows a wrong number; the right parameters bring back the
/// truth.
static void wrong_parameters_are_undone_and_right_ones_applied(void **state) {
    struct random random = {20261128};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct ib_object truth = random_object(&random), told = random_object(&random);
        double kelvin = random_between(&random, 300, 450);
        double signal = seen(&truth, kelvin);
        // What the camera shows: the temperature that gives this signal with what it was told.
        double rest = (signal - seen(&told, 1)) / (told.window * told.atmosphere * told.emissivity);
        if (rest < w(200))
            continue; // colder than what is mirrored: nothing to see
        double shown = 1428 / log(395653 / rest + 1);
        if (shown > 655)
            continue;
        uint16_t pixel = (uint16_t)(shown * 100 + 0.5);
        struct ib_sensor sensor = sensor_of(IB_PIXEL_TLINEAR, &told);
        struct ib_correction correction;
        double back, again;
        assert_int_equal(ib_correction_compile(&correction, &sensor, &truth), IB_OK);
        assert_int_equal(ib_correction_k(&correction, pixel, &back), IB_OK);
        // The pixel's rounding, carried through.
        double tolerance = 0.0051 * correction.gain * ib_rbfo_slope(&ib_rbfo_high_gain, shown) /
                               ib_rbfo_slope(&ib_rbfo_high_gain, kelvin) +
                           1e-6;
        if (fabs(back - kelvin) > tolerance * 1.05)
            fail_msg("round %d: %f, not %f", i, back, kelvin);
        assert_int_equal(ib_correction_pixel(&correction, back, &again), IB_OK);
        assert_true(fabs(again - pixel) < 1e-6);
        // Counts go the same way.
        struct ib_sensor counts = sensor_of(IB_PIXEL_RBFO, &ib_object_black);
        assert_int_equal(ib_correction_compile(&correction, &counts, &truth), IB_OK);
        if (signal + 156 < 65535) {
            uint16_t count = (uint16_t)(signal + 156.5);
            double slope = truth.window * truth.atmosphere * truth.emissivity *
                           ib_rbfo_slope(&ib_rbfo_high_gain, kelvin);
            assert_int_equal(ib_correction_k(&correction, count, &back), IB_OK);
            assert_true(fabs(back - kelvin) < 0.55 / slope + 0.01);
        }
    }
}

static void temperatures_rise_with_the_pixel_between_first_and_last(void **state) {
    struct random random = {77};
    (void)state;
    for (int i = 0; i < 60; i++) {
        struct ib_object truth = random_object(&random), told = random_object(&random);
        struct ib_sensor sensor =
            sensor_of(i % 2 ? IB_PIXEL_TLINEAR : IB_PIXEL_RBFO, i % 3 ? &told : &ib_object_black);
        sensor.scale_ck = i % 4 == 1 ? 10 : 1;
        struct ib_correction correction;
        assert_int_equal(ib_correction_compile(&correction, &sensor, &truth), IB_OK);
        double before = 0;
        for (uint32_t pixel = 0; pixel <= 65535; pixel += 1 + random_below(&random, 40)) {
            double kelvin = -1;
            int status = ib_correction_k(&correction, (uint16_t)pixel, &kelvin);
            bool inside = pixel >= correction.first && pixel <= correction.last;
            assert_int_equal(status, inside ? IB_OK : IB_E_RANGE);
            if (!inside)
                continue;
            assert_true(kelvin > before && kelvin <= IB_TEMPERATURE_MOST_K);
            before = kelvin;
        }
        assert_true(before > 0);
    }
}

static void nonsense_is_refused_by_name(void **state) {
    static const struct {
        unsigned field;
        double bad[3];
    } rows[] = {
        {IB_OBJECT_EMISSIVITY, {0, 1.01, NAN}},
        {IB_OBJECT_REFLECTED, {-1, 9999, NAN}},
        {IB_OBJECT_ATMOSPHERE, {0.001, 2, NAN}},
        {IB_OBJECT_ATMOSPHERE_K, {0, 6000, NAN}},
        {IB_OBJECT_WINDOW, {0, 1.5, NAN}},
        {IB_OBJECT_WINDOW_K, {49, 5001, NAN}},
        {IB_OBJECT_WINDOW_REFLECTION, {-0.1, 1, NAN}},
        {IB_OBJECT_WINDOW_REFLECTED, {0, 1e9, NAN}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int j = 0; j < 3; j++) {
            struct ib_object object = ib_object_black;
            struct ib_sensor sensor = sensor_of(IB_PIXEL_TLINEAR, &ib_object_black);
            struct ib_correction correction;
            unsigned field = 0;
            *ib_object_value(&object, rows[i].field) = rows[i].bad[j];
            assert_int_equal(ib_object_check(&object, &field), IB_E_RANGE);
            assert_int_equal(field, rows[i].field);
            assert_int_equal(ib_correction_compile(&correction, &sensor, &object), IB_E_RANGE);
            sensor.applied = object;
            assert_int_equal(ib_correction_compile(&correction, &sensor, &ib_object_black),
                             IB_E_RANGE);
        }
    }
    assert_int_equal(ib_object_check(&ib_object_black, NULL), IB_OK);
    assert_null(ib_object_field_name(3));
    assert_string_equal(ib_object_field_name(IB_OBJECT_WINDOW_REFLECTED), "window_reflected");
}

static void a_change_touches_only_its_own_fields(void **state) {
    struct ib_object base = {0.5, 301, 0.9, 302, 0.8, 303, 0.1, 304};
    struct ib_object_change change = {.mask = IB_OBJECT_EMISSIVITY | IB_OBJECT_WINDOW_K,
                                      .object = {1, 1, 1, 1, 1, 2, 1, 1}};
    (void)state;
    struct ib_object out = ib_object_with(&base, &change);
    base.emissivity = 1;
    base.window_k = 2;
    assert_memory_equal(&out, &base, sizeof out);
}

static void the_airs_estimate_is_the_fields(void **state) {
    // Distance, humidity, degrees, transmission: computed outside of this program.
    static const double rows[][4] = {{0, 0.5, 20, 1},
                                     {1, 0.5, 20, 0.9939431364},
                                     {10, 0.5, 20, 0.9806986956},
                                     {100, 0.5, 20, 0.9374546514},
                                     {100, 0.9, 35, 0.8571001225},
                                     {500, 0.2, 0, 0.9389479718}};
    double out;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ib_atmosphere_estimate(rows[i][0], rows[i][1], rows[i][2] + C, &out),
                         IB_OK);
        if (fabs(out - rows[i][3]) > 1e-9)
            fail_msg("row %zu: %.10f", i, out);
    }
    assert_int_equal(ib_atmosphere_estimate(-1, 0.5, 293, &out), IB_E_RANGE);
    assert_int_equal(ib_atmosphere_estimate(1, 1.5, 293, &out), IB_E_RANGE);
    assert_int_equal(ib_atmosphere_estimate(1, 0.5, 20, &out), IB_E_RANGE);
    assert_int_equal(ib_atmosphere_estimate(10000, 1, 323, &out), IB_E_RANGE);
    assert_int_equal(ib_atmosphere_estimate(NAN, 0.5, 293, &out), IB_E_RANGE);
}

static double uncertainty(double emissivity, uint8_t gain, double c, uint16_t ambient_ck,
                          int expected) {
    struct ib_object object = ib_object_black;
    object.emissivity = emissivity;
    struct ib_sensor sensor = sensor_of(IB_PIXEL_TLINEAR, &ib_object_black);
    sensor.gain = gain;
    sensor.ambient_ck = ambient_ck;
    struct ib_correction correction;
    double out = -1;
    assert_int_equal(ib_correction_compile(&correction, &sensor, &object), IB_OK);
    assert_int_equal(ib_measure_uncertainty(&correction, &sensor, c + C, &out), expected);
    return out;
}

static void uncertainty_is_the_data_sheets_for_a_black_body(void **state) {
    (void)state;
    // High gain: 5 K or 5 %, more for a cold camera or a cold scene.
    assert_true(fabs(uncertainty(1, IB_GAIN_HIGH, 50, 30315, IB_OK) - 5) < 1e-9);
    assert_true(fabs(uncertainty(1, IB_GAIN_HIGH, 50, 0, IB_OK) - 5) < 1e-9);
    assert_true(fabs(uncertainty(1, IB_GAIN_HIGH, 140, 33315, IB_OK) - 7) < 1e-9);
    assert_true(fabs(uncertainty(1, IB_GAIN_HIGH, 10, 27315, IB_OK) - 7) < 1e-9);
    assert_true(fabs(uncertainty(1, IB_GAIN_HIGH, 100, 27315, IB_OK) - 8) < 1e-9);
    // Low gain: 10 K or 10 %; an unknown gain counts as low.
    assert_true(fabs(uncertainty(1, IB_GAIN_LOW, 50, 30315, IB_OK) - 10) < 1e-9);
    assert_true(fabs(uncertainty(1, IB_GAIN_LOW, 400, 33315, IB_OK) - 40) < 1e-9);
    assert_true(uncertainty(1, IB_GAIN_UNKNOWN, 50, 0, IB_OK) >= 10);
    // Beyond the span nobody promises anything.
    uncertainty(1, IB_GAIN_HIGH, 141, 0, IB_E_RANGE);
    uncertainty(1, IB_GAIN_HIGH, -11, 0, IB_E_RANGE);
    uncertainty(1, IB_GAIN_LOW, 401, 0, IB_E_RANGE);
}

static void a_low_emissivity_makes_it_worse(void **state) {
    double before = uncertainty(1, IB_GAIN_HIGH, 60, 30315, IB_OK);
    (void)state;
    for (int percent = 98; percent >= 10; percent -= 4) {
        double now = uncertainty(percent / 100.0, IB_GAIN_HIGH, 60, 30315, IB_OK);
        assert_true(now > before);
        before = now;
    }
    // Polished metal: the number says little, and says so.
    assert_true(uncertainty(0.1, IB_GAIN_HIGH, 60, 30315, IB_OK) > 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_curve_is_the_published_one),
        cmocka_unit_test(signals_without_a_temperature_are_refused),
        cmocka_unit_test(a_frame_says_what_the_camera_applied),
        cmocka_unit_test(what_is_not_radiometric_never_gives_degrees),
        cmocka_unit_test(unchanged_parameters_leave_the_cameras_numbers_alone),
        cmocka_unit_test(wrong_parameters_are_undone_and_right_ones_applied),
        cmocka_unit_test(temperatures_rise_with_the_pixel_between_first_and_last),
        cmocka_unit_test(nonsense_is_refused_by_name),
        cmocka_unit_test(a_change_touches_only_its_own_fields),
        cmocka_unit_test(the_airs_estimate_is_the_fields),
        cmocka_unit_test(uncertainty_is_the_data_sheets_for_a_black_body),
        cmocka_unit_test(a_low_emissivity_makes_it_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
