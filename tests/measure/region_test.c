/// Regions: every shape's pixels against a definition pixel by pixel, every statistic against a
/// sort, texts there and back, and what is wrong with wrong ones.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "measure/region.h"
#include "tests/core/support_random.h"

#define W 70
#define H 50

static struct ib_region region_of(const char *text) {
    struct ib_region region;
    char room[160];
    struct ib_text problem;
    ib_text_init(&problem, room, sizeof room);
    if (ib_region_parse(&region, text, strlen(text), &problem) != IB_OK)
        fail_msg("%s: %s", text, room);
    assert_true(ib_region_ok(&region));
    return region;
}

// ---- which pixels ----

static bool on_edge(struct ib_region_point a, struct ib_region_point b, int x, int y) {
    if ((b.x - a.x) * (y - a.y) != (b.y - a.y) * (x - a.x))
        return false;
    return x >= (a.x < b.x ? a.x : b.x) && x <= (a.x < b.x ? b.x : a.x) &&
           y >= (a.y < b.y ? a.y : b.y) && y <= (a.y < b.y ? b.y : a.y);
}

/// On an edge, or an odd number of edges to the right of it.
static bool in_polygon(const struct ib_region *self, int x, int y) {
    bool odd = false;
    for (unsigned i = 0; i < self->point_count; i++) {
        struct ib_region_point a = self->points[i];
        struct ib_region_point b = self->points[(i + 1) % self->point_count];
        if (on_edge(a, b, x, y))
            return true;
        if ((a.y > y) != (b.y > y) &&
            x < (double)(b.x - a.x) * (y - a.y) / (double)(b.y - a.y) + a.x)
            odd = !odd;
    }
    return odd;
}

static bool inside(const struct ib_region *self, int x, int y) {
    int dx = x - self->points[0].x, dy = y - self->points[0].y, w = self->w, h = self->h;
    switch (self->shape) {
    case IB_SHAPE_SPOT:
        return dx >= -((w - 1) / 2) && dx <= w / 2 && dy >= -((w - 1) / 2) && dy <= w / 2;
    case IB_SHAPE_BOX:
        return dx >= 0 && dx < w && dy >= 0 && dy < h;
    case IB_SHAPE_ELLIPSE:
        return dx * dx * h * h + dy * dy * w * w <= w * w * h * h;
    default:
        return in_polygon(self, x, y);
    }
}

static void compare_pixels(const struct ib_region *region, const char *what) {
    for (int y = -20; y < H + 20; y++) {
        struct ib_region_span spans[IB_REGION_SPANS];
        unsigned count = ib_region_row(region, y, spans);
        assert_true(count <= IB_REGION_SPANS);
        for (unsigned i = 0; i < count; i++) {
            assert_true(spans[i].x < spans[i].end);
            assert_true(i == 0 || spans[i].x > spans[i - 1].end);
        }
        for (int x = -20; x < W + 20; x++) {
            bool found = false;
            for (unsigned i = 0; i < count; i++)
                found = found || (x >= spans[i].x && x < spans[i].end);
            if (found != inside(region, x, y))
                fail_msg("%s: pixel %d, %d", what, x, y);
        }
    }
}

static void every_shape_has_the_pixels_of_its_definition(void **state) {
    static const char *const texts[] = {
        "5,6",
        "spot:20,20,2",
        "spot:20,20,3",
        "spot:0,0,9",
        "3,4,1x1",
        "box:60,40,30x20",
        "circle:30,20,1",
        "circle:30,20,10",
        "circle:0,0,7",
        "ellipse:30,20,17x4",
        "ellipse:30,20,1x9",
        "poly:10,10-30,10-30,30-10,30",
        "poly:10,10-50,12-20,40",                           // a corner each way
        "poly:5,5-40,5-40,20-25,20-25,35-5,35",             // an L
        "poly:5,5-45,5-45,40-35,40-35,15-15,15-15,40-5,40", // a U
        "poly:10,10-40,40-40,10-10,40",                     // crossing itself
        "poly:20,0-40,20-20,40-0,20",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ib_region region = region_of(texts[i]);
        compare_pixels(&region, texts[i]);
    }
}

static void random_polygons_have_the_pixels_of_their_definition(void **state) {
    struct random random = {4711};
    (void)state;
    for (int round = 0; round < 400; round++) {
        struct ib_region region = {.shape = IB_SHAPE_POLYGON};
        region.point_count = (uint8_t)(3 + random_below(&random, round % 2 ? 3 : 14));
        for (unsigned i = 0; i < region.point_count; i++)
            region.points[i] = (struct ib_region_point){(int16_t)random_below(&random, W),
                                                        (int16_t)random_below(&random, H)};
        if (!ib_region_ok(&region))
            continue;
        char what[400];
        struct ib_text text;
        ib_text_init(&text, what, sizeof what);
        ib_region_print(&text, &region, false);
        compare_pixels(&region, what);
    }
}

static void a_line_goes_straight_from_end_to_end(void **state) {
    struct random random = {99};
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct ib_region line = {.shape = IB_SHAPE_LINE, .point_count = 2};
        for (int i = 0; i < 2; i++)
            line.points[i] = (struct ib_region_point){(int16_t)random_below(&random, 200),
                                                      (int16_t)random_below(&random, 200)};
        struct ib_region_point a = line.points[0], b = line.points[1], before = a;
        int dx = abs(b.x - a.x), dy = abs(b.y - a.y), steps = 0;
        struct ib_region_walk walk;
        ib_region_walk_begin(&walk, &line);
        do {
            assert_true(abs(walk.at.x - before.x) <= 1 && abs(walk.at.y - before.y) <= 1);
            // Never more than half a pixel off along the shorter way.
            int off = abs((b.x - a.x) * (walk.at.y - a.y) - (b.y - a.y) * (walk.at.x - a.x));
            assert_true(2 * off <= (dx > dy ? dx : dy));
            before = walk.at;
            steps++;
        } while (ib_region_walk_next(&walk));
        assert_int_equal(steps, (dx > dy ? dx : dy) + 1);
        assert_true(before.x == b.x && before.y == b.y);
    }
}

// ---- what they say ----

static uint16_t pixels[W * H];

static struct ib_frame frame_of(struct random *random, uint16_t low, uint16_t spread) {
    struct ib_frame frame = {.width_px = W,
                             .height_px = H,
                             .pixels = pixels,
                             .unit = IB_UNIT_KELVIN,
                             .scale_ck = 1,
                             .gain = IB_GAIN_HIGH};
    for (int i = 0; i < W * H; i++)
        pixels[i] = (uint16_t)(low + random_below(random, spread));
    return frame;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void check_reading(const struct ib_regions *regions, const char *text) {
    static double values[W * H];
    const struct ib_region *region = &regions->region[0];
    const struct ib_reading *reading = &regions->reading[0];
    uint32_t count = 0;
    struct ib_region_point min_at = {0}, max_at = {0};
    double min = 1e9, max = -1, sum = 0;
    for (int16_t y = 0; y < H; y++) {
        for (int16_t x = 0; x < W; x++) {
            if (!inside(region, x, y))
                continue;
            double kelvin;
            assert_int_equal(ib_correction_k(&regions->correction[0], pixels[y * W + x], &kelvin),
                             IB_OK);
            values[count++] = kelvin;
            sum += kelvin;
            if (kelvin < min) {
                min = kelvin;
                min_at = (struct ib_region_point){x, y};
            }
            if (kelvin > max) {
                max = kelvin;
                max_at = (struct ib_region_point){x, y};
            }
        }
    }
    qsort(values, count, sizeof values[0], by_value);
    double median = (values[(count - 1) / 2] + values[count / 2]) / 2, kelvin;
    if (reading->count_px != count)
        fail_msg("%s: %u pixels, not %u", text, reading->count_px, count);
    const double wanted[IB_STAT_COUNT] = {min, max, sum / count, median};
    for (int stat = 0; stat < IB_STAT_COUNT; stat++) {
        assert_int_equal(ib_reading_k(reading, (enum ib_stat)stat, &kelvin), IB_OK);
        if (fabs(kelvin - wanted[stat]) > 1e-9)
            fail_msg("%s: %s %.9f, not %.9f", text, ib_stat_name((enum ib_stat)stat), kelvin,
                     wanted[stat]);
    }
    assert_memory_equal(&reading->min_at, &min_at, sizeof min_at);
    assert_memory_equal(&reading->max_at, &max_at, sizeof max_at);
}

static void statistics_are_those_of_the_sorted_pixels(void **state) {
    static const char *const texts[] = {
        "0,0,70x50",
        "a=10,10,1x1",
        "spot:69,49,3",
        "circle:30,20,9@e=0.7",
        "poly:5,5-45,5-45,40-35,40-35,15-15,15-15,40-5,40@e=0.5,refl=40",
        "60,40,40x30",
        "ellipse:30,20,17x4@tau=0.8,air=-5",
    };
    struct random random = {31337};
    (void)state;
    for (int round = 0; round < 20; round++) {
        // Many different values, and few.
        struct ib_frame frame = frame_of(&random, 30500, round % 2 ? 9000 : 3);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            struct ib_regions regions;
            struct ib_region region = region_of(texts[i]);
            strcpy(region.name, "r");
            ib_regions_init(&regions);
            assert_int_equal(ib_regions_add(&regions, &region), IB_OK);
            assert_int_equal(ib_regions_measure(&regions, &frame, NULL), IB_OK);
            check_reading(&regions, texts[i]);
        }
    }
}

static struct ib_reading measure(const struct ib_frame *frame, const char *text, int status) {
    struct ib_regions regions;
    struct ib_region region = region_of(text);
    strcpy(region.name, "r");
    ib_regions_init(&regions);
    assert_int_equal(ib_regions_add(&regions, &region), IB_OK);
    assert_int_equal(ib_regions_measure(&regions, frame, NULL), status);
    return regions.reading[0];
}

static void a_line_measures_its_own_pixels(void **state) {
    struct random random = {5};
    struct ib_frame frame = frame_of(&random, 30000, 1);
    (void)state;
    for (int i = 0; i < 20; i++)
        pixels[i * W + i] = (uint16_t)(31000 + i);
    struct ib_reading reading = measure(&frame, "line:0,0-19,19", IB_OK);
    assert_int_equal(reading.count_px, 20);
    assert_true(reading.value[IB_STAT_MIN] == 310 && reading.value[IB_STAT_MAX] == 310.19);
    assert_true(fabs(reading.value[IB_STAT_MEAN] - 310.095) < 1e-9);
    assert_int_equal(reading.max_at.x, 19);
    // Half of it outside of the picture.
    reading = measure(&frame, "line:0,0-0,99", IB_OK);
    assert_int_equal(reading.count_px, H);
    assert_int_equal(reading.flags, IB_READING_CLIPPED);
}

static void what_is_doubtful_is_flagged(void **state) {
    struct random random = {6};
    struct ib_frame frame = frame_of(&random, 30000, 100);
    double kelvin;
    (void)state;
    assert_int_equal(measure(&frame, "1,1,3x3", IB_OK).flags, 0);
    struct ib_reading reading = measure(&frame, "100,100,5x5", IB_OK);
    assert_int_equal(reading.flags, IB_READING_CLIPPED | IB_READING_EMPTY);
    assert_int_equal(ib_reading_k(&reading, IB_STAT_MAX, &kelvin), IB_E_NOT_FOUND);
    frame.flags = IB_FRAME_FFC | IB_FRAME_AFTER_GAP;
    assert_int_equal(measure(&frame, "1,1,3x3", IB_OK).flags,
                     IB_READING_FFC | IB_READING_AFTER_GAP);
    frame.flags = 0;
    pixels[W + 1] = 65535;
    assert_int_equal(measure(&frame, "1,1,3x3", IB_OK).flags,
                     IB_READING_SATURATED | IB_READING_OUT_OF_RANGE);
    pixels[W + 1] = 41400; // 140.85 °C
    assert_int_equal(measure(&frame, "1,1,3x3", IB_OK).flags, IB_READING_OUT_OF_RANGE);
    frame.gain = IB_GAIN_LOW;
    assert_int_equal(measure(&frame, "1,1,3x3", IB_OK).flags, 0);
    frame.gain = IB_GAIN_HIGH;
    // Less arrives than the room behind the object would send alone.
    pixels[W + 1] = 25000;
    reading = measure(&frame, "1,1,3x3@e=0.2,refl=30", IB_OK);
    assert_int_equal(reading.flags & IB_READING_IMPOSSIBLE, IB_READING_IMPOSSIBLE);
    assert_int_equal(reading.impossible_px, 1);
    assert_int_equal(reading.count_px, 9);
    assert_true(reading.value[IB_STAT_MIN] > 250);
}

static void frames_without_temperatures_give_counts_and_no_degrees(void **state) {
    struct random random = {7};
    struct ib_frame frame = frame_of(&random, 8000, 50);
    (void)state;
    frame.unit = IB_UNIT_COUNTS;
    frame.scale_ck = 0;
    struct ib_reading reading = measure(&frame, "1,1,9x9@e=0.5", IB_E_NOT_RADIOMETRIC);
    assert_int_equal(reading.flags, IB_READING_COUNTS);
    assert_true(reading.value[IB_STAT_MAX] >= 8000 && reading.value[IB_STAT_MAX] < 8050);
    assert_true(reading.uncertainty_k == 0);
    double kelvin = -1;
    for (int stat = 0; stat < IB_STAT_COUNT; stat++)
        assert_int_equal(ib_reading_k(&reading, (enum ib_stat)stat, &kelvin), IB_E_NOT_RADIOMETRIC);
    assert_true(kelvin == -1);
    pixels[W + 1] = 16383;
    assert_int_equal(measure(&frame, "1,1,3x3", IB_E_NOT_RADIOMETRIC).flags,
                     IB_READING_COUNTS | IB_READING_SATURATED);
}

static void each_region_has_parameters_of_its_own(void **state) {
    static const char *const texts[] = {"a=1,1", "b=1,1@e=0.5", "c=1,1@e=1", "d=1,1@refl=0"};
    struct random random = {8};
    struct ib_frame frame = frame_of(&random, 33000, 1);
    struct ib_regions regions;
    double value[4];
    (void)state;
    ib_regions_init(&regions);
    for (int i = 0; i < 4; i++) {
        struct ib_region region = region_of(texts[i]);
        assert_int_equal(ib_regions_add(&regions, &region), IB_OK);
    }
    // The camera was told an emissivity of 0.8 and a room of 25 °C.
    frame.flags = IB_FRAME_TELEMETRY;
    const uint16_t words[8] = {6554, 29815, 8192, 29515, 8192, 0, 29515, 29515};
    memcpy(frame.telemetry + 99, words, sizeof words);
    assert_int_equal(ib_regions_measure(&regions, &frame, NULL), IB_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(ib_reading_k(&regions.reading[i], IB_STAT_MEAN, &value[i]), IB_OK);
    assert_true(value[0] == 330);
    assert_true(value[1] > 345 && value[2] < 326 && value[3] > 330.5);
    // What the camera is told changes, and the answer follows.
    frame.telemetry[99] = 8192;
    assert_int_equal(ib_regions_measure(&regions, &frame, NULL), IB_OK);
    assert_true(regions.reading[2].value[IB_STAT_MEAN] == 330);
}

// ---- texts ----

static void texts_read_back_as_themselves(void **state) {
    static const char *const rows[][2] = {
        {"r1=60,40,40x30", "r1=box:60,40,40x30"},
        {" spot:80,60", "spot:80,60"},
        {"80,60", "spot:80,60"},
        {"s=spot:80,60,3", "s=spot:80,60,3"},
        {"line:0,0-159,119", "line:0,0-159,119"},
        {"line:0,0 159,119", "line:0,0-159,119"},
        {"poly:1,1 20,3 7,30", "poly:1,1-20,3-7,30"},
        {"polygon:1,1-20,3-7,30", "poly:1,1-20,3-7,30"},
        {"circle:5,6,7", "circle:5,6,7"},
        {"ellipse:5,6,7x7", "circle:5,6,7"},
        {"ellipse:5,6,7x8", "ellipse:5,6,7x8"},
        {"motor-1=1,2,3x4@e=95%,refl=22.5", "motor-1=box:1,2,3x4@e=0.95,refl=22.5"},
        {"a=1,2@win=0.9,winr=0.05,wint=300K,winrefl=50F,e=1",
         "a=spot:1,2@e=1,win=0.9,wint=26.85,winr=0.05,winrefl=10"},
        {"a=1,2@dist=100m,rh=50,air=20", "a=spot:1,2@tau=0.9375,air=20"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int round = 0; round < 2; round++) {
            char room[IB_REGION_TEXT_BYTES];
            struct ib_text text;
            struct ib_region region = region_of(rows[i][round]);
            ib_text_init(&text, room, sizeof room);
            ib_region_print(&text, &region, true);
            assert_string_equal(room, rows[i][1]);
        }
    }
}

static void the_longest_region_fits_its_text(void **state) {
    struct ib_region region = {.name = "a234567890123456789012345678901",
                               .shape = IB_SHAPE_POLYGON,
                               .point_count = IB_REGION_POINTS};
    char room[IB_REGION_TEXT_BYTES];
    struct ib_text text;
    (void)state;
    for (int i = 0; i < IB_REGION_POINTS; i++)
        region.points[i] = (struct ib_region_point){4095, (int16_t)(4000 + i)};
    region.points[0].x = 4000;
    region.object.mask = (1 << IB_OBJECT_FIELDS) - 1;
    region.object.object =
        (struct ib_object){0.1234, 4999.99, 0.1234, 4999.99, 0.1234, 4999.99, 0.1234, 4999.99};
    assert_true(ib_region_ok(&region));
    ib_text_init(&text, room, sizeof room);
    ib_region_print(&text, &region, true);
    assert_false(text.cut);
    region_of(room);
}

static void wrong_texts_say_what_and_where(void **state) {
    static const char *const rows[][2] = {
        {"", "character 1: expected spot: box: line: poly: circle: ellipse: or X,Y,WIDTHxHEIGHT"},
        {"r1=", "character 4: expected spot:"},
        {"1r=5,6", "character 1: a name is 1 to 31"},
        {"=5,6", "character 1: a name is"},
        {"a b=5,6", "character 1: a name is"},
        {"a2345678901234567890123456789012=5,6", "character 1: a name is"},
        {"r=5", "character 4: expected ',' and y"},
        {"r=5,", "character 5: y must be a whole number"},
        {"r=5,-6", "character 5: y must be a whole number"},
        {"r=5,4096", "character 5: y must be 0 to 4095"},
        {"r=99999999999999999999,5", "character 3: x must be 0 to 4095"},
        {"r=5,6,7", "character 8: expected a size such as 40x30"},
        {"r=5,6,0x7", "character 7: width and height must be 1 to 4095"},
        {"r=5,6,7x8x9", "character 10: not understood"},
        {"r=spot:5,6,64", "character 12: the side of a spot must be 1 to 63"},
        {"r=line:5,6", "character 11: expected '-' and the other end"},
        {"r=poly:1,1-2,2", "character 15: a polygon has 3 corners at least"},
        {"r=poly:1,1-2,2-3,3", "character 8: a polygon's corners must not be in a line"},
        {"poly:1,1-2,1-3,1-4,1-5,1-6,1-7,1-8,1-9,1-10,1-11,1-12,1-13,1-14,1-15,1-16,2-17,2",
         "a polygon has 16 corners at most"},
        {"r=circle:5,6,0", "character 14: a radius must be 1 to 4095"},
        {"r=blob:5,6", "character 3: expected spot:"},
        {"r=5,6@", "character 7: expected e="},
        {"r=5,6@e", "character 7: expected e="},
        {"r=5,6@e=", "character 9: e must be a number"},
        {"r=5,6@e=0", "character 9: must be 0.01 to 1"},
        {"r=5,6@e=95", "character 9: must be 0.01 to 1"},
        {"r=5,6@e=101%", "character 9: e must be 0 to 100"},
        {"r=5,6@refl=-300", "character 12: no such temperature"},
        {"r=5,6@refl=warm", "character 12: refl must be a temperature"},
        {"r=5,6@rh=50", "character 7: rh= needs dist= too"},
        {"r=5,6@tau=0.5,dist=5", "character 7: either tau= or dist= and rh="},
        {"r=5,6@dist=9999,rh=100,air=49", "character 7: so far, warm or humid"},
        {"r=5,6@win=0.9,winr=0.2", "character 7: winr= must be at most 1 - win="},
        {"r=5,6@e=0.5;", "character 12: not understood"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_region region;
        char room[160];
        struct ib_text problem;
        ib_text_init(&problem, room, sizeof room);
        int status = ib_region_parse(&region, rows[i][0], strlen(rows[i][0]), &problem);
        if (status >= 0 || !strstr(room, rows[i][1]))
            fail_msg("%s: %d %s", rows[i][0], status, room);
    }
}

static void any_bytes_are_read_without_harm(void **state) {
    static const char alphabet[] = "0123456789,,,--x:@=.% eabcorstpwinlyg\xC3\xB0";
    struct random random = {20261129};
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[64], room[128];
        size_t size = random_below(&random, sizeof text);
        for (size_t j = 0; j < size; j++)
            text[j] = alphabet[random_below(&random, sizeof alphabet)];
        struct ib_region region;
        struct ib_text problem;
        ib_text_init(&problem, room, sizeof room);
        int status = ib_region_parse(&region, text, size, &problem);
        assert_true(status == IB_OK ? ib_region_ok(&region) : room[0] != '\0');
    }
}

static void sets_refuse_what_does_not_fit(void **state) {
    struct ib_regions regions;
    struct ib_region region = region_of("1,2");
    (void)state;
    ib_regions_init(&regions);
    assert_int_equal(ib_regions_add(&regions, &region), IB_E_INVAL); // no name
    for (int i = 0; i < IB_REGIONS_MOST; i++) {
        region.name[0] = 'a';
        region.name[1] = (char)('0' + i / 10);
        region.name[2] = (char)('0' + i % 10);
        assert_int_equal(ib_regions_add(&regions, &region), IB_OK);
    }
    assert_int_equal(ib_regions_add(&regions, &region), IB_E_BUSY);
    region.name[0] = 'b';
    assert_int_equal(ib_regions_add(&regions, &region), IB_E_NO_SPACE);
    assert_int_equal(ib_regions_find(&regions, "a07", 3), 7);
    assert_int_equal(ib_regions_find(&regions, "a0", 2), -1);
}

static void quantities_are_statistics_and_differences(void **state) {
    static const struct {
        const char *text;
        const char *printed;
        double value;
        int status;
    } rows[] = {
        {"a", "a.max", 310, IB_OK},
        {"a.min", "a.min", 300, IB_OK},
        {"a.max-b.mean", "a.max-b.mean", 310 - 290, IB_OK},
        {"a-b", "a.max-b.max", 0, IB_E_FORMAT}, // a name may have a dash: say the statistic
        {"a.mean-22.5", "a.mean-22.5C", 305 - 295.65, IB_OK},
        {"a.mean-300K", "a.mean-26.85C", 5, IB_OK},
        {"a.mean--10", "a.mean--10C", 305 - 263.15, IB_OK},
        {"nobody.max", "nobody.max", 0, IB_E_NOT_FOUND},
        {"a.max-nobody.max", "a.max-nobody.max", 0, IB_E_NOT_FOUND},
    };
    struct random random = {3};
    struct ib_frame frame = frame_of(&random, 29000, 1);
    struct ib_regions regions;
    (void)state;
    pixels[0] = 30000;
    pixels[1] = 31000;
    ib_regions_init(&regions);
    struct ib_region a = region_of("a=0,0,2x1"), b = region_of("b=5,5,3x3");
    ib_regions_add(&regions, &a);
    ib_regions_add(&regions, &b);
    assert_int_equal(ib_regions_measure(&regions, &frame, NULL), IB_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_quantity quantity;
        int taken =
            ib_quantity_parse(&quantity, rows[i].text, strlen(rows[i].text), IB_STAT_MAX, NULL);
        assert_int_equal(taken, strlen(rows[i].text));
        char room[100];
        struct ib_text text;
        double value;
        ib_text_init(&text, room, sizeof room);
        ib_quantity_print(&text, &quantity);
        if (rows[i].status == IB_E_FORMAT) {
            assert_string_equal(room, "a-b.max");
            continue;
        }
        assert_string_equal(room, rows[i].printed);
        assert_int_equal(ib_quantity_k(&quantity, &regions, &value), rows[i].status);
        if (rows[i].status == IB_OK)
            assert_true(fabs(value - rows[i].value) < 1e-9);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_has_the_pixels_of_its_definition),
        cmocka_unit_test(random_polygons_have_the_pixels_of_their_definition),
        cmocka_unit_test(a_line_goes_straight_from_end_to_end),
        cmocka_unit_test(statistics_are_those_of_the_sorted_pixels),
        cmocka_unit_test(a_line_measures_its_own_pixels),
        cmocka_unit_test(what_is_doubtful_is_flagged),
        cmocka_unit_test(frames_without_temperatures_give_counts_and_no_degrees),
        cmocka_unit_test(each_region_has_parameters_of_its_own),
        cmocka_unit_test(texts_read_back_as_themselves),
        cmocka_unit_test(the_longest_region_fits_its_text),
        cmocka_unit_test(wrong_texts_say_what_and_where),
        cmocka_unit_test(any_bytes_are_read_without_harm),
        cmocka_unit_test(sets_refuse_what_does_not_fit),
        cmocka_unit_test(quantities_are_statistics_and_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
