/// The vectors that the page's measuring (web/measure.js) is held to as well: this program makes
/// them from src/measure and compares with tests/golden/measure.json, byte for byte.
///
/// `test_measure_vectors --write FILE` writes them anew. vectors_test.py derives the same numbers
/// once more, from the formulas in docs/measure.md.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "measure/region.h"
#include "tests/core/support_random.h"

#define W 80
#define H 60

static FILE *out;

static void put_object(const char *key, const struct ib_object *o) {
    fprintf(out,
            "\"%s\": {\"emissivity\": %.4f, \"reflected_k\": %.2f, \"atmosphere\": %.4f, "
            "\"atmosphere_k\": %.2f, \"window\": %.4f, \"window_k\": %.2f, \"window_reflection\": "
            "%.4f, \"window_reflected_k\": %.2f}",
            key, o->emissivity, o->reflected_k, o->atmosphere, o->atmosphere_k, o->window,
            o->window_k, o->window_reflection, o->window_reflected_k);
}

static void put_curve(const struct ib_rbfo *c) {
    fprintf(out, "\"curve\": {\"r\": %.3f, \"b\": %.3f, \"f\": %.3f, \"o\": %.3f}", c->r, c->b,
            c->f, c->o);
}

// ---- corrections ----

static const struct ib_object METAL = {0.2, 295.15, 1, 295.15, 1, 295.15, 0, 295.15};
static const struct ib_object PAINT = {0.95, 293.15, 0.98, 288.15, 1, 295.15, 0, 295.15};
static const struct ib_object GLASSED = {0.9, 300.15, 0.9, 300, 0.85, 303.15, 0.1, 290.15};
static const struct ib_object TOLD = {0.8, 298.15, 0.95, 295, 0.9, 300, 0.05, 295};

struct correction_row {
    struct ib_sensor sensor;
    const struct ib_object *object;
};

static struct ib_sensor sensor_of(enum ib_pixel_kind kind, uint16_t scale_ck, struct ib_rbfo curve,
                                  const struct ib_object *applied, uint8_t gain,
                                  uint16_t ambient_ck) {
    return (struct ib_sensor){kind, scale_ck, curve, *applied, gain, ambient_ck};
}

static void put_correction(const struct correction_row *row, bool last) {
    const struct ib_sensor *sensor = &row->sensor;
    struct ib_correction correction;
    assert_int_equal(ib_correction_compile(&correction, sensor, row->object), IB_OK);
    fprintf(out,
            "  {\"kind\": \"%s\", \"scale_ck\": %d, \"gain\": \"%s\", \"ambient_ck\": %d,\n   ",
            sensor->kind == IB_PIXEL_TLINEAR ? "tlinear" : "rbfo", sensor->scale_ck,
            sensor->gain == IB_GAIN_HIGH ? "high" : "low", sensor->ambient_ck);
    put_curve(&sensor->curve);
    fprintf(out, ",\n   ");
    put_object("applied", &sensor->applied);
    fprintf(out, ",\n   ");
    put_object("object", row->object);
    fprintf(out, ",\n   \"first\": %d, \"last\": %d,\n   \"points\": [", correction.first,
            correction.last);
    const uint16_t most = sensor->kind == IB_PIXEL_RBFO ? 16383
                          : sensor->scale_ck == 1       ? 65535
                                                        : 9000;
    for (int i = 0; i < 12; i++) {
        uint16_t pixel = (uint16_t)(most / 4 + (most - most / 4) / 12 * i);
        double kelvin, plus_minus;
        int status = ib_correction_k(&correction, pixel, &kelvin);
        fprintf(out, "%s[%d, ", i ? ", " : "", pixel);
        if (status != IB_OK) {
            fprintf(out, "null, null, false]");
            continue;
        }
        status = ib_measure_uncertainty(&correction, sensor, kelvin, &plus_minus);
        fprintf(out, "%.6f, %.6f, %s]", kelvin, plus_minus, status == IB_OK ? "true" : "false");
    }
    fprintf(out, "]}%s\n", last ? "" : ",");
}

static void put_corrections(void) {
    const struct ib_rbfo high = ib_rbfo_high_gain, low = ib_rbfo_low_gain;
    const struct ib_rbfo unit = {104897, 1470, 1, 327.398};
    const struct correction_row rows[] = {
        {sensor_of(IB_PIXEL_TLINEAR, 1, high, &ib_object_black, IB_GAIN_HIGH, 0), &ib_object_black},
        {sensor_of(IB_PIXEL_TLINEAR, 1, high, &ib_object_black, IB_GAIN_HIGH, 30315), &PAINT},
        {sensor_of(IB_PIXEL_TLINEAR, 1, high, &ib_object_black, IB_GAIN_HIGH, 27815), &METAL},
        {sensor_of(IB_PIXEL_TLINEAR, 1, high, &TOLD, IB_GAIN_HIGH, 30315), &TOLD},
        {sensor_of(IB_PIXEL_TLINEAR, 1, high, &TOLD, IB_GAIN_HIGH, 30315), &ib_object_black},
        {sensor_of(IB_PIXEL_TLINEAR, 1, high, &TOLD, IB_GAIN_HIGH, 33015), &GLASSED},
        {sensor_of(IB_PIXEL_TLINEAR, 10, low, &TOLD, IB_GAIN_LOW, 30315), &METAL},
        {sensor_of(IB_PIXEL_RBFO, 0, high, &ib_object_black, IB_GAIN_HIGH, 0), &ib_object_black},
        {sensor_of(IB_PIXEL_RBFO, 0, high, &ib_object_black, IB_GAIN_HIGH, 30315), &GLASSED},
        {sensor_of(IB_PIXEL_RBFO, 0, low, &ib_object_black, IB_GAIN_LOW, 30315), &PAINT},
        {sensor_of(IB_PIXEL_RBFO, 0, unit, &ib_object_black, IB_GAIN_LOW, 30315), &METAL},
    };
    const size_t count = sizeof rows / sizeof rows[0];
    fprintf(out, " \"corrections\": [\n");
    for (size_t i = 0; i < count; i++)
        put_correction(&rows[i], i + 1 == count);
    fprintf(out, " ],\n");
}

// ---- regions ----

/// The picture that the readings are of: so simple that every language can make it.
static void make_picture(uint16_t *pixels) {
    for (uint32_t i = 0; i < W * H; i++)
        pixels[i] = (uint16_t)(28000 + (i * 2654435761u >> 19));
}

static const char *const REGIONS[] = {
    "40,30",
    "s=spot:10,10,4",
    "edge=spot:0,59,9",
    "box=box:60,40,40x30",
    "line=line:3,50-70,7",
    "steep=line:20,0-31,99@e=0.6",
    "circle=circle:40,30,13",
    "ellipse=ellipse:25,20,18x7@e=0.85,refl=30",
    "star=poly:40,2-55,55-5,20-75,20-20,55",
    "comb=poly:5,5-45,5-45,40-35,40-35,15-15,15-15,40-5,40@e=0.5,refl=10C,tau=0.9,air=68F",
    "far=1,2,30x20@dist=100m,rh=60,air=20",
    "glass=1,2,30x20@e=98%,win=0.9,wint=300K,winr=0.05,winrefl=15",
    "nothing=200,200,5x5",
};

static void put_pixels(const struct ib_region *region) {
    const char *comma = "";
    if (region->shape == IB_SHAPE_LINE) {
        struct ib_region_walk walk;
        ib_region_walk_begin(&walk, region);
        fprintf(out, "\"line\": [");
        do {
            fprintf(out, "%s[%d, %d]", comma, walk.at.x, walk.at.y);
            comma = ", ";
        } while (ib_region_walk_next(&walk));
        fprintf(out, "]");
        return;
    }
    struct ib_rect rect = ib_region_bounds(region);
    fprintf(out, "\"rows\": [");
    for (int32_t y = rect.y; y < rect.y + rect.h; y++) {
        struct ib_region_span spans[IB_REGION_SPANS];
        unsigned count = ib_region_row(region, y, spans);
        for (unsigned i = 0; i < count; i++, comma = ", ")
            fprintf(out, "%s[%d, %d, %d]", comma, y, spans[i].x, spans[i].end);
    }
    fprintf(out, "]");
}

static void put_reading(const struct ib_reading *reading) {
    const char *comma = "";
    fprintf(out, "\"flags\": [");
    for (unsigned bit = 0; bit < 32; bit++) {
        if (!(reading->flags & 1u << bit))
            continue;
        fprintf(out, "%s\"%s\"", comma, ib_reading_flag_name(1u << bit));
        comma = ", ";
    }
    fprintf(out, "], \"count\": %u, \"impossible\": %u", reading->count_px, reading->impossible_px);
    if (reading->count_px == reading->impossible_px)
        return;
    for (int stat = 0; stat < IB_STAT_COUNT; stat++)
        fprintf(out, ", \"%s\": %.6f", ib_stat_name((enum ib_stat)stat), reading->value[stat]);
    fprintf(out, ", \"min_at\": [%d, %d], \"max_at\": [%d, %d], \"uncertainty\": %.6f",
            reading->min_at.x, reading->min_at.y, reading->max_at.x, reading->max_at.y,
            reading->uncertainty_k);
}

static void put_region(const char *text, const struct ib_frame *frame, bool last) {
    struct ib_region region;
    char printed[IB_REGION_TEXT_BYTES];
    struct ib_text room;
    assert_int_equal(ib_region_parse(&region, text, strlen(text), NULL), IB_OK);
    ib_text_init(&room, printed, sizeof printed);
    ib_region_print(&room, &region, true);
    fprintf(out, "  {\"text\": \"%s\", \"printed\": \"%s\",\n   ", text, printed);
    put_pixels(&region);
    struct ib_regions regions;
    struct ib_frame counts = *frame;
    counts.unit = IB_UNIT_COUNTS;
    counts.scale_ck = 0;
    if (!region.name[0])
        strcpy(region.name, "r1");
    ib_regions_init(&regions);
    assert_int_equal(ib_regions_add(&regions, &region), IB_OK);
    assert_int_equal(ib_regions_measure(&regions, frame, NULL), IB_OK);
    fprintf(out, ",\n   \"kelvin\": {");
    put_reading(&regions.reading[0]);
    assert_int_equal(ib_regions_measure(&regions, &counts, NULL), IB_E_NOT_RADIOMETRIC);
    fprintf(out, "},\n   \"counts\": {");
    put_reading(&regions.reading[0]);
    fprintf(out, "}}%s\n", last ? "" : ",");
}

static void put_regions(void) {
    static uint16_t pixels[W * H];
    struct ib_frame frame = {.width_px = W,
                             .height_px = H,
                             .pixels = pixels,
                             .unit = IB_UNIT_KELVIN,
                             .scale_ck = 1,
                             .gain = IB_GAIN_HIGH,
                             .housing_ck = 30500,
                             .flags = IB_FRAME_TELEMETRY};
    const uint16_t words[8] = {7782, 29815, 8000, 29515, 8192, 0, 29515, 29515};
    memcpy(frame.telemetry + 99, words, sizeof words);
    make_picture(pixels);
    fprintf(out,
            " \"picture\": {\"width\": %d, \"height\": %d, \"housing_ck\": 30500, \"row_b_19\": [",
            W, H);
    for (int i = 0; i < 8; i++)
        fprintf(out, "%s%d", i ? ", " : "", words[i]);
    fprintf(out, "]},\n \"regions\": [\n");
    const size_t count = sizeof REGIONS / sizeof REGIONS[0];
    for (size_t i = 0; i < count; i++)
        put_region(REGIONS[i], &frame, i + 1 == count);
    fprintf(out, " ],\n");
}

// ---- the rest ----

static void put_air(void) {
    fprintf(out, " \"air\": [");
    for (int i = 0; i < 20; i++) {
        double metres = (i % 5) * (i % 5) * 12.5, humidity = (i % 4) * 0.3,
               kelvin = 263.15 + 2.5 * i;
        double transmission;
        fprintf(out, "%s[%.2f, %.2f, %.2f, ", i ? ", " : "", metres, humidity, kelvin);
        if (ib_atmosphere_estimate(metres, humidity, kelvin, &transmission) == IB_OK)
            fprintf(out, "%.9f]", transmission);
        else
            fprintf(out, "null]");
    }
    fprintf(out, "],\n");
}

static void put_degrees(void) {
    static const double kelvins[] = {0,      233.15,  255.372222, 273.04,
                                     273.15, 299.999, 310.15,     413.15};
    const size_t count = sizeof kelvins / sizeof kelvins[0];
    fprintf(out, " \"degrees\": [");
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s[%.6f", i ? ", " : "", kelvins[i]);
        for (int degrees = IB_DEGREES_C; degrees <= IB_DEGREES_K; degrees++) {
            char room[40];
            struct ib_text text;
            ib_text_init(&text, room, sizeof room);
            ib_degrees_put(&text, (enum ib_degrees)degrees, kelvins[i], 1);
            fprintf(out, ", \"%s\"", room);
        }
        fprintf(out, "]");
    }
    fprintf(out, "]\n");
}

static void put_all(void) {
    fprintf(out, "{\n");
    put_corrections();
    put_regions();
    put_air();
    put_degrees();
    fprintf(out, "}\n");
}

static void the_vectors_are_what_is_committed(void **state) {
    char *made = NULL, *kept = malloc(1 << 20);
    size_t size = 0;
    (void)state;
    out = open_memstream(&made, &size);
    put_all();
    fclose(out);
    FILE *file = fopen(IB_GOLDEN "/measure.json", "r");
    assert_non_null(file);
    size_t kept_size = fread(kept, 1, 1 << 20, file);
    fclose(file);
    size_t at = 0;
    while (at < size && at < kept_size && made[at] == kept[at])
        at++;
    if (at != size || size != kept_size)
        fail_msg("differs at byte %zu: %.60s, not %.60s", at, made + at, kept + at);
    free(made);
    free(kept);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        out = fopen(argv[2], "w");
        if (!out)
            return 1;
        put_all();
        return fclose(out) == 0 ? 0 : 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_are_what_is_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
