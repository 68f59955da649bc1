/// The running camera's regions and alarms through their public door: JSON in, frames in, JSON out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/ironbow/measuring.h"
#include "core/json.h"
#include "core/status.h"
#include "tests/core/support_random.h"

#define W 160
#define H 120
#define WALL_US 1795000000000000 ///< the wall's time of the camera's 0

static char text[IB_APP_MEASURING_JSON_BYTES];
static uint16_t pixels[W * H];
static char problem[512];

struct world {
    struct ib_app_measuring *measuring;
    struct ib_frame frame;
    char directory[64];
    char events[8][1600];
    unsigned event_count;
};

static void on_event(void *context, const char *alarm, const struct ib_alarm_event *event,
                     const char *json) {
    struct world *self = context;
    (void)alarm;
    (void)event;
    assert_true(self->event_count < 8);
    snprintf(self->events[self->event_count++], sizeof self->events[0], "%s", json);
}

static void open_it(struct world *self) {
    const struct ib_app_measuring_config config = {
        .state = self->directory, .camera = "cam", .on_event = on_event, .context = self};
    assert_int_equal(ib_app_measuring_open(&self->measuring, &config, problem, sizeof problem), 0);
}

static void begin(struct world *self) {
    memset(self, 0, sizeof *self);
    snprintf(self->directory, sizeof self->directory, "/tmp/ib-measuring-XXXXXX");
    assert_non_null(mkdtemp(self->directory));
    self->frame = (struct ib_frame){.width_px = W,
                                    .height_px = H,
                                    .pixels = pixels,
                                    .unit = IB_UNIT_KELVIN,
                                    .scale_ck = 1,
                                    .gain = IB_GAIN_HIGH};
    open_it(self);
}

static void end(struct world *self) {
    char path[128];
    ib_app_measuring_close(self->measuring);
    snprintf(path, sizeof path, "%s/regions.json", self->directory);
    unlink(path);
    assert_int_equal(rmdir(self->directory), 0); // nothing else was left there
}

static int put(struct world *self, const char *json) {
    problem[0] = '\0';
    return ib_app_measuring_put_json(self->measuring, json, strlen(json), problem, sizeof problem);
}

static void must_put(struct world *self, const char *json) {
    if (put(self, json) != IB_OK)
        fail_msg("%s: %s", json, problem);
}

static const char *get(const struct world *self) {
    assert_true(ib_app_measuring_get_json(self->measuring, text, sizeof text) > 0);
    return text;
}

static const char *results(const struct world *self) {
    assert_true(ib_app_measuring_results_json(self->measuring, text, sizeof text) > 0);
    return text;
}

static const char *alarms(const struct world *self) {
    assert_true(ib_app_measuring_alarms_json(self->measuring, text, sizeof text) > 0);
    return text;
}

/// Frames of one temperature everywhere.
static void frames(struct world *self, double c, unsigned count) {
    for (int i = 0; i < W * H; i++)
        pixels[i] = (uint16_t)(c * 100 + 27315.5);
    for (unsigned i = 0; i < count; i++) {
        self->frame.sequence++;
        self->frame.captured_us += 100000;
        ib_app_measuring_frame(self->measuring, &self->frame,
                               WALL_US + (int64_t)self->frame.captured_us);
    }
}

#define assert_has(where, what)                                                                    \
    do {                                                                                           \
        if (!strstr(where, what))                                                                  \
            fail_msg("no %s in %s", what, where);                                                  \
    } while (0)

static void settings_read_back_as_they_are_kept(void **state) {
    struct world world;
    (void)state;
    begin(&world);
    assert_string_equal(get(&world), "{\"regions\":[],\"deltas\":[],\"alarms\":[]}");
    must_put(&world, "{\"regions\":[\"60,40,40x30\",{\"name\":\"s\",\"shape\":\"80,60\","
                     "\"emissivity\":0.95,\"reflected_c\":22.5},\"l=line:0,0-9,9@e=0.5\"],"
                     "\"deltas\":[\"s.max-r1.mean\"],\"alarms\":[{\"name\":\"hot\",\"rule\":"
                     "\"r1>55 for 3s\"},\"s<5\"]}");
    const char *wanted =
        "{\"regions\":[{\"name\":\"r1\",\"shape\":\"box:60,40,40x30\"},{\"name\":\"s\",\"shape\":"
        "\"spot:80,60\",\"emissivity\":0.9500,\"reflected_c\":22.50},{\"name\":\"l\",\"shape\":"
        "\"line:0,0-9,9\",\"emissivity\":0.5000}],\"deltas\":[{\"name\":\"d1\",\"quantity\":"
        "\"s.max-r1.mean\"}],\"alarms\":[{\"name\":\"hot\",\"rule\":\"r1.max>55 for 3s\"},"
        "{\"name\":\"alarm1\",\"rule\":\"s.min<5\"}]}";
    assert_string_equal(get(&world), wanted);
    // What was read can be written again, and a restart reads the same.
    char *copy = strdup(text);
    must_put(&world, copy);
    assert_string_equal(get(&world), copy);
    ib_app_measuring_close(world.measuring);
    open_it(&world);
    assert_string_equal(get(&world), copy);
    // Each list by itself.
    must_put(&world, "{\"alarms\":[],\"deltas\":[]}");
    assert_has(get(&world), "\"line:0,0-9,9\"");
    assert_has(get(&world), "\"deltas\":[],\"alarms\":[]}");
    free(copy);
    end(&world);
}

static void wrong_settings_change_nothing_and_say_where(void **state) {
    static const char *const rows[][2] = {
        {"", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"{\"regoins\":[]}", "regoins: no such member"},
        {"{\"regions\":[],\"regions\":[]}", "regions: is there twice"},
        {"{\"regions\":[]}x", "behind the JSON object"},
        {"{\"regions\":[\"5,5\\u0000x\"]}", "regions[0]: must not hold \\u0000"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"name\":\"a\\u0000b\"}]}", "regions[0].name: must be"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"shape\":\"6,6\"}]}",
         "regions[0].shape: is there twice"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"emissivity\":0.9,\"emissivity\":0.8}]}",
         "regions[0].emissivity: is there twice"},
        {"{\"alarms\":[{\"rule\":\"picture.max>5\",\"latch\":true}]}",
         "alarms[0].latch: no such member"},
        {"{\"regions\":5}", "regions: must be an array"},
        {"{\"regions\":[5]}", "regions[0]: must be a string or an object"},
        {"{\"regions\":[\"1,1\",\"r=5\"]}", "regions[1]: character 4: expected ','"},
        {"{\"regions\":[{\"name\":\"r\"}]}", "regions[0].shape: is missing"},
        {"{\"regions\":[{\"shape\":7}]}", "regions[0].shape: must be a string"},
        {"{\"regions\":[{\"shape\":\"5\"}]}", "regions[0].shape: character 2"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"name\":\"a b\"}]}",
         "regions[0].name: must be 1 to 31"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"emissivity\":0}]}", "emissivity: must be 0.01 to 1"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"emissivity\":\"1\"}]}",
         "emissivity: must be a number"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"reflected_c\":-500}]}", "reflected_c: no such temp"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"colour\":1}]}", "regions[0].colour: no such member"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"humidity_pct\":1}]}", "needs distance_m"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"distance_m\":-1}]}", "must be 0 to 10000"},
        {"{\"regions\":[{\"shape\":\"5,5\",\"window\":0.9,\"window_reflection\":0.2}]}",
         "window_reflection must be 0 to 1 - window"},
        {"{\"regions\":[\"a=1,1\",\"a=2,2\"]}", "regions[1].name: is taken already"},
        {"{\"deltas\":[\"keep.max-no.max\"]}", "deltas: d1: a region of it does not exist"},
        {"{\"deltas\":[\"keep.max-keep.min x\"]}", "deltas[0]: must be like"},
        {"{\"deltas\":[\"a b=keep.max\"]}", "deltas[0]: no such name before '='"},
        {"{\"alarms\":[\"no>5\"]}", "alarms: alarm1: a region of it does not exist"},
        {"{\"alarms\":[{\"rule\":\"keep>\"}]}", "alarms[0].rule: character 6: the limit"},
        {"{\"regions\":[]}", "alarms: safe: a region of it does not exist"},
        {"{\"alarms\":[\"keep>50.0001 pre 50\"]}", "too fine to be kept: alarms[0].rule: pre must"},
        {"{\"alarms\":[\"keep rises 0.00001/min\"]}", "too fine to be kept"},
    };
    struct world world;
    (void)state;
    begin(&world);
    must_put(&world, "{\"regions\":[\"keep=1,1\"],\"alarms\":[\"safe=keep>99\"]}");
    char *before = strdup(get(&world));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = put(&world, rows[i][0]);
        if (status >= 0 || !strstr(problem, rows[i][1]))
            fail_msg("%s: %d %s", rows[i][0], status, problem);
        assert_string_equal(get(&world), before);
    }
    // Too many, too long.
    static char many[80000];
    size_t size = (size_t)snprintf(many, sizeof many, "{\"regions\":[");
    for (int i = 0; i < 33; i++)
        size += (size_t)snprintf(many + size, sizeof many - size, "%s\"1,1\"", i ? "," : "");
    snprintf(many + size, sizeof many - size, "]}");
    assert_int_equal(put(&world, many), IB_E_NO_SPACE);
    assert_has(problem, "regions: 32 at most");
    memset(many, ' ', sizeof many - 1);
    assert_int_equal(put(&world, many), IB_E_NO_SPACE);
    assert_string_equal(get(&world), before);
    free(before);
    end(&world);
}

static void the_fullest_settings_and_results_fit(void **state) {
    struct world world;
    (void)state;
    begin(&world);
    static char full[IB_APP_MEASURING_PUT_BYTES];
    size_t size = (size_t)snprintf(full, sizeof full, "{\"regions\":[");
    for (int i = 0; i < 32; i++) {
        size += (size_t)snprintf(full + size, sizeof full - size,
                                 "%s\"region-with-a-rather-long-nam%02d=poly:", i ? "," : "", i);
        for (int k = 0; k < 16; k++)
            size += (size_t)snprintf(full + size, sizeof full - size, "%s%d,%d", k ? "-" : "",
                                     k % 2 ? 4095 : 1000 + k, 1000 + k);
        size += (size_t)snprintf(full + size, sizeof full - size,
                                 "@e=0.1234,refl=1234.56,tau=0.1234,air=1234.56,win=0.1234,"
                                 "wint=1234.56,winr=0.1234,winrefl=1234.56\"");
    }
    size += (size_t)snprintf(full + size, sizeof full - size, "],\"deltas\":[");
    for (int i = 0; i < 16; i++)
        size += (size_t)snprintf(full + size, sizeof full - size,
                                 "%s\"region-with-a-rather-long-nam01.median-region-with-a-rather-"
                                 "long-nam%02d.median\"",
                                 i ? "," : "", i);
    size += (size_t)snprintf(full + size, sizeof full - size, "],\"alarms\":[");
    for (int i = 0; i < 32; i++)
        size += (size_t)snprintf(
            full + size, sizeof full - size,
            "%s\"alarm-with-a-rather-long-name%02d=region-with-a-rather-long-nam01.median-region-"
            "with-a-rather-long-nam02.median outside -1234.567..1234.567 for 1234567ms clear "
            "1234567ms hyst 12.345 pre -1000.123..1000.123 latch settle 123ms blind 12345ms\"",
            i ? "," : "", i);
    snprintf(full + size, sizeof full - size, "]}");
    must_put(&world, full);
    frames(&world, 20, 3);
    get(&world);
    results(&world);
    // Events of every alarm, as many as are kept.
    for (int i = 0; i < 32; i++) {
        char name[40];
        snprintf(name, sizeof name, "alarm-with-a-rather-long-name%02d", i);
        world.event_count = 0;
        assert_int_equal(ib_app_measuring_test(world.measuring, name), IB_OK);
        assert_int_equal(world.event_count, 1);
    }
    alarms(&world);
    end(&world);
}

static void results_are_degrees_or_counts(void **state) {
    struct world world;
    (void)state;
    begin(&world);
    must_put(&world, "{\"regions\":[\"a=1,1,3x3\",\"b=150,110,40x40\",\"c=500,500\"],\"deltas\":["
                     "\"a.max-b.min\",\"a.mean-10C\"]}");
    assert_has(results(&world), "{\"time\":null,\"regions\":[");
    assert_null(strstr(text, "_c\""));
    frames(&world, 25, 1);
    assert_has(results(&world), "\"time\":\"2026-11-18T11:06:40.100Z\",\"sequence\":1,");
    assert_has(text, "\"radiometric\":true,\"gain\":\"high\"");
    assert_has(text,
               "{\"name\":\"a\",\"shape\":\"box:1,1,3x3\",\"count_px\":9,\"min_c\":25.00,\"max_c\":"
               "25.00,\"mean_c\":25.00,\"median_c\":25.00,\"min_at_px\":[1,1],\"max_at_px\":[1,1],"
               "\"uncertainty_k\":6.3,\"emissivity\":1.0000,\"flags\":[]}");
    assert_has(text, "\"count_px\":100,");
    assert_has(text, "{\"name\":\"c\",\"shape\":\"spot:500,500\",\"count_px\":0,\"flags\":["
                     "\"clipped\",\"empty\"]}");
    assert_has(text, "\"quantity\":\"a.max-b.min\",\"value_k\":0.00}");
    assert_has(text, "\"quantity\":\"a.mean-10C\",\"value_k\":15.00}");
    // The camera changes to counts: not one degree is left.
    world.frame.unit = IB_UNIT_COUNTS;
    world.frame.scale_ck = 0;
    frames(&world, 25, 1);
    assert_has(results(&world), "\"radiometric\":false");
    assert_has(text, "\"min_counts\":29815.00");
    assert_has(text, "\"value_k\":null");
    assert_null(strstr(text, "_c\""));
    assert_null(strstr(text, "uncertainty"));
    end(&world);
}

static void alarms_tell_what_happened(void **state) {
    struct world world;
    (void)state;
    begin(&world);
    must_put(&world, "{\"regions\":[\"a=1,1,3x3\"],\"alarms\":[\"hot=a>55 for 500ms latch\"]}");
    frames(&world, 25, 5);
    assert_int_equal(world.event_count, 0);
    frames(&world, 60, 10);
    assert_int_equal(world.event_count, 1);
    assert_string_equal(
        world.events[0],
        "{\"alarm\":\"hot\",\"event\":\"alarm\",\"from\":\"ok\",\"test\":false,\"time\":"
        "\"2026-11-18T11:06:41.100Z\",\"value_c\":60.00,\"rule\":\"a.max>55 for 0.5s latch\","
        "\"camera\":\"cam\"}");
    assert_has(alarms(&world), "\"state\":\"alarm\",\"since\":\"2026-11-18T11:06:41.100Z\","
                               "\"raised\":true,\"latched\":true,\"value_c\":60.00}");
    // A change of something else leaves it alone; a change of itself does not.
    must_put(&world, "{\"regions\":[\"x=9,9\",\"a=1,1,3x3\"]}");
    assert_has(alarms(&world), "\"state\":\"alarm\"");
    frames(&world, 25, 20);
    assert_has(alarms(&world), "\"state\":\"alarm\"");
    assert_int_equal(ib_app_measuring_acknowledge(world.measuring, "cold"), IB_E_NOT_FOUND);
    assert_int_equal(ib_app_measuring_acknowledge(world.measuring, NULL), IB_OK);
    assert_has(alarms(&world), "\"state\":\"ok\"");
    assert_int_equal(world.event_count, 2);
    // Silence.
    ib_app_measuring_tick(world.measuring, world.frame.captured_us + 9999999, 0);
    assert_int_equal(world.event_count, 2);
    ib_app_measuring_tick(world.measuring, world.frame.captured_us + 10000000, 0);
    assert_int_equal(world.event_count, 3);
    assert_has(world.events[2], "\"event\":\"blind\"");
    assert_int_equal(ib_app_measuring_test(world.measuring, "cold"), IB_E_NOT_FOUND);
    assert_int_equal(ib_app_measuring_test(world.measuring, "hot"), IB_OK);
    assert_has(world.events[3], "\"event\":\"alarm\",\"from\":\"blind\",\"test\":true");
    must_put(&world, "{\"alarms\":[\"hot=a>56\"]}");
    assert_has(alarms(&world), "\"state\":\"waiting\"");
    unsigned count;
    assert_string_equal(ib_app_measuring_alarms(world.measuring, &count)->rule.name, "hot");
    assert_int_equal(count, 1);
    end(&world);
}

static void graphs_stay_with_their_region(void **state) {
    struct world world;
    (void)state;
    begin(&world);
    must_put(&world, "{\"regions\":[\"a=1,1\",\"b=2,2\"]}");
    frames(&world, 25, 25);
    world.frame.flags = IB_FRAME_FFC;
    frames(&world, 90, 2);
    world.frame.flags = 0;
    frames(&world, 30, 10);
    assert_true(ib_app_measuring_graph_json(world.measuring, "a", text, sizeof text) > 0);
    const char *wanted = "\"min_c\":[25.00,25.00,25.00,30.00],\"mean_c\":[25.00,25.00,26.25,30.00],"
                         "\"max_c\":[25.00,25.00,30.00,30.00],\"gaps\":[2]}";
    assert_has(text,
               "{\"name\":\"a\",\"bucket_s\":1.000000,\"start\":\"2026-11-18T11:06:40.000Z\"");
    assert_has(text, wanted);
    // Another order, and one of them changed.
    must_put(&world, "{\"regions\":[\"c=3,3\",\"b=2,3\",\"a=1,1\"]}");
    assert_true(ib_app_measuring_graph_json(world.measuring, "a", text, sizeof text) > 0);
    assert_has(text, wanted);
    assert_true(ib_app_measuring_graph_json(world.measuring, "b", text, sizeof text) > 0);
    assert_has(text, "\"min_c\":[]");
    assert_int_equal(ib_app_measuring_graph_json(world.measuring, "d", text, sizeof text),
                     IB_E_NOT_FOUND);
    assert_int_equal(ib_app_measuring_graph_json(world.measuring, "a", text, 50), IB_E_NO_SPACE);
    // 40 hours later it still fits.
    for (int i = 0; i < 6000; i++) {
        world.frame.captured_us += 24000000;
        frames(&world, 20 + i % 7, 1);
    }
    assert_true(ib_app_measuring_graph_json(world.measuring, "a", text, sizeof text) > 0);
    end(&world);
}

static void profiles_are_the_pixels_of_a_line(void **state) {
    struct world world;
    (void)state;
    begin(&world);
    must_put(&world, "{\"regions\":[\"l=line:3,0-0,0\",\"a=1,1\"]}");
    frames(&world, 25, 1);
    pixels[0] = 30315;
    world.frame.sequence++;
    ib_app_measuring_frame(world.measuring, &world.frame, WALL_US);
    assert_true(ib_app_measuring_profile_json(world.measuring, "l", text, sizeof text) > 0);
    assert_string_equal(text, "{\"name\":\"l\",\"profile_c\":[25.00,25.00,25.00,30.00]}");
    assert_int_equal(ib_app_measuring_profile_json(world.measuring, "a", text, sizeof text),
                     IB_E_TYPE);
    world.frame.unit = IB_UNIT_COUNTS;
    frames(&world, 25, 1);
    assert_true(ib_app_measuring_profile_json(world.measuring, "l", text, sizeof text) > 0);
    assert_string_equal(text, "{\"name\":\"l\",\"profile_counts\":[29815,29815,29815,29815]}");
    end(&world);
}

static void a_broken_file_is_left_alone_until_something_better_comes(void **state) {
    struct world world;
    char path[128], line[64];
    (void)state;
    begin(&world);
    snprintf(path, sizeof path, "%s/regions.json", world.directory);
    FILE *file = fopen(path, "w");
    fputs("{\"regions\":[\"half a", file);
    fclose(file);
    ib_app_measuring_close(world.measuring);
    open_it(&world);
    assert_string_equal(get(&world), "{\"regions\":[],\"deltas\":[],\"alarms\":[]}");
    file = fopen(path, "r");
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_string_equal(line, "{\"regions\":[\"half a");
    must_put(&world, "{\"regions\":[\"a=1,1\"]}");
    ib_app_measuring_close(world.measuring);
    open_it(&world);
    assert_has(get(&world), "\"name\":\"a\"");
    // A disk that takes nothing: it counts all the same, and is said.
    ib_app_measuring_close(world.measuring);
    unlink(path);
    assert_int_equal(rmdir(world.directory), 0);
    open_it(&world);
    assert_int_equal(put(&world, "{\"regions\":[\"b=1,1\"]}"), IB_E_IO);
    assert_has(problem, world.directory);
    assert_has(get(&world), "\"name\":\"b\"");
    assert_int_equal(mkdir(world.directory, 0700), 0);
    end(&world);
}

static void any_bytes_are_read_without_harm(void **state) {
    static const char seed[] =
        "{\"regions\":[{\"name\":\"s\",\"shape\":\"80,60\",\"emissivity\":0.95,\"distance_m\":5},"
        "\"l=line:0,0-9,9@e=0.5\"],\"deltas\":[\"s.max-l.mean\"],\"alarms\":[\"hot=s>55 for 3s\"]}";
    struct random random = {20261131};
    struct world world;
    (void)state;
    begin(&world);
    ib_app_measuring_close(world.measuring);
    rmdir(world.directory);
    world.directory[0] = '\0';
    const struct ib_app_measuring_config config = {.on_event = on_event, .context = &world};
    assert_int_equal(ib_app_measuring_open(&world.measuring, &config, problem, sizeof problem), 0);
    for (int i = 0; i < 20000; i++) {
        char copy[sizeof seed];
        memcpy(copy, seed, sizeof seed);
        for (unsigned k = random_below(&random, 4); k < 4; k++)
            copy[random_below(&random, sizeof seed - 1)] = (char)random_below(&random, 256);
        problem[0] = '\0';
        int status = ib_app_measuring_put_json(world.measuring, copy, sizeof seed - 1, problem,
                                               sizeof problem);
        assert_true(status == IB_OK || problem[0]);
    }
    frames(&world, 20, 2);
    results(&world);
    ib_app_measuring_close(world.measuring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_read_back_as_they_are_kept),
        cmocka_unit_test(wrong_settings_change_nothing_and_say_where),
        cmocka_unit_test(the_fullest_settings_and_results_fit),
        cmocka_unit_test(results_are_degrees_or_counts),
        cmocka_unit_test(alarms_tell_what_happened),
        cmocka_unit_test(graphs_stay_with_their_region),
        cmocka_unit_test(profiles_are_the_pixels_of_a_line),
        cmocka_unit_test(a_broken_file_is_left_alone_until_something_better_comes),
        cmocka_unit_test(any_bytes_are_read_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
