/// Every command: its reply to the letter, what it asks of the camera, and every way to say it
/// wrong.
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "core/status.h"

static struct rig rig;

static int setup(void **state) {
    (void)state;
    rig_init(&rig);
    return 0;
}

static void status_names_the_camera_and_the_time(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    rig_expect(&rig, "{\"status\":{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","
                     "\"Time\":\"0:00:01.0\",\"Date\":\"1/1/00\"}}");
    rig.now_us += 3723456789; // 1 h 2 min 3.456789 s
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    rig_expect(&rig, "{\"status\":{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","
                     "\"Time\":\"1:02:04.456\",\"Date\":\"1/1/00\"}}");
}

static void expect_model(uint32_t model) {
    char line[200];
    snprintf(line, sizeof line,
             "{\"status\":{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":%u,\"Version\":\"2.0\","
             "\"Time\":\"0:00:01.0\",\"Date\":\"1/1/00\"}}",
             (unsigned)model);
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    rig_expect(&rig, line);
}

static void model_says_which_imager(void **state) {
    (void)state;
    static const struct {
        enum ib_lepton_model model;
        uint16_t width_px;
        bool radiometric;
        uint32_t bits;
    } modules[] = {
        {IB_LEPTON_UNKNOWN, 0, false, 0x002}, // not identified yet
        {IB_LEPTON_3_5, 160, true, 0x002},     {IB_LEPTON_2_5, 80, true, 0x002},
        {IB_LEPTON_3_0, 160, false, 0x102},    {IB_LEPTON_2_0, 80, false, 0x102},
        {IB_LEPTON_1_5, 80, false, 0x102},     {IB_LEPTON_3_1R, 160, true, 0x202},
        {IB_LEPTON_UNKNOWN, 160, true, 0x302},
    };
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        rig_module(&rig, modules[i].model, modules[i].width_px, modules[i].radiometric);
        expect_model(modules[i].bits);
    }
}

static void config_is_what_is_wanted(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    rig.camera.state.settings =
        (struct ib_camera_settings){.agc = true, .emissivity_pct = 95, .gain = IB_GAIN_AUTO};
    rig.camera.state.stage = IB_STAGE_RECOVERING; // never waits for the Lepton
    rig_say(&rig, "{\"cmd\":\"get_config\",\"args\":[1]}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":1,\"emissivity\":95,\"gain_mode\":2}}");
    assert_int_equal(rig.camera.posts, 0);
}

/// Say it, and hand back the request that the camera got for it.
static const struct ib_camera_request *asks(const char *json, enum ib_camera_ask ask) {
    unsigned posts = rig.camera.posts;
    rig_say(&rig, json);
    assert_int_equal(rig.camera.posts, posts + 1);
    assert_int_equal(rig.camera.request->ask, ask);
    return rig.camera.request;
}

static void set_config_asks_for_what_is_named(void **state) {
    (void)state;
    static const struct {
        const char *args;
        unsigned mask;
        bool agc;
        uint8_t emissivity_pct;
        uint8_t gain;
    } cases[] = {
        {"{\"agc_enabled\":1,\"emissivity\":98,\"gain_mode\":2}", 7, true, 98, 2},
        {"{\"agc_enabled\":1}", 1, true, 0, 0},
        {"{\"agc_enabled\":true}", 1, true, 0, 0},
        {"{\"agc_enabled\":7}", 1, true, 0, 0},
        {"{\"agc_enabled\":0}", 1, false, 0, 0},
        {"{\"agc_enabled\":-1}", 1, false, 0, 0},
        {"{\"AGC_Enabled\":1,\"agc_enabled\":0}", 1, true, 0, 0},
        {"{\"emissivity\":98.0}", 2, false, 98, 0},
        {"{\"emissivity\":98.9}", 2, false, 98, 0},
        {"{\"emissivity\":0}", 2, false, 1, 0},
        {"{\"emissivity\":-5}", 2, false, 1, 0},
        {"{\"emissivity\":1e99}", 2, false, 100, 0},
        {"{\"gain_mode\":1}", 4, false, 0, 1},
        {"{\"gain_mode\":3}", 4, false, 0, 2},
        {"{\"gain_mode\":2147483648}", 4, false, 0, 2},
        {"{\"unknown\":\"x\",\"gain_mode\":0}", 4, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[160];
        snprintf(json, sizeof json, "{\"cmd\":\"set_config\",\"args\":%s}", cases[i].args);
        const struct ib_camera_request *request = asks(json, IB_ASK_SETTINGS);
        assert_int_equal(request->settings.mask, cases[i].mask);
        if (cases[i].mask & IB_SETTING_AGC)
            assert_int_equal(request->settings.agc, cases[i].agc);
        if (cases[i].mask & IB_SETTING_EMISSIVITY)
            assert_int_equal(request->settings.emissivity_pct, cases[i].emissivity_pct);
        if (cases[i].mask & IB_SETTING_GAIN)
            assert_int_equal(request->settings.gain, cases[i].gain);
        assert_int_equal(request->deadline_us, rig.now_us + 2000000);
        rig_expect_nothing(&rig);
        rig_answer(&rig, IB_OK);
        rig_expect(&rig, rig_info(1, "set_config success"));
    }
}

static void set_config_refuses_nonsense(void **state) {
    (void)state;
    static const char *const args[] = {
        "{}",
        "{\"unknown\":1}",
        "[]",
        "null",
        "5",
        "\"agc_enabled\"",
        "{\"agc_enabled\":\"1\"}",
        "{\"agc_enabled\":null}",
        "{\"agc_enabled\":{}}",
        "{\"emissivity\":\"98\"}",
        "{\"emissivity\":[98]}",
        "{\"gain_mode\":-1}",
        "{\"gain_mode\":\"auto\"}",
        "{\"agc_enabled\":1,\"gain_mode\":-1}",
        "{\"agc_enabled\":1,\"emissivity\":null}",
    };
    for (size_t i = 0; i < sizeof args / sizeof args[0]; i++) {
        char json[160];
        snprintf(json, sizeof json, "{\"cmd\":\"set_config\",\"args\":%s}", args[i]);
        rig_refuses(&rig, json, 0, "set_config failed");
    }
    rig_refuses(&rig, "{\"cmd\":\"set_config\"}", 0, "set_config failed");
}

static void failed_settings_are_told(void **state) {
    (void)state;
    static const int failures[] = {IB_E_DEVICE, IB_E_TIMEOUT, IB_E_VERIFY, IB_E_REFUSED,
                                   IB_E_NOT_READY};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        asks("{\"cmd\":\"set_config\",\"args\":{\"gain_mode\":1}}", IB_ASK_SETTINGS);
        rig_answer(&rig, failures[i]);
        rig_expect(&rig, rig_info(0, "set_config failed"));
        asks("{\"cmd\":\"run_ffc\"}", IB_ASK_FFC);
        rig_answer(&rig, failures[i]);
        rig_expect(&rig, rig_info(0, "run_ffc failed"));
        asks("{\"cmd\":\"set_spotmeter\",\"args\":{\"r1\":1,\"c1\":2,\"r2\":3,\"c2\":4}}",
             IB_ASK_SPOTMETER);
        rig_answer(&rig, failures[i]);
        rig_expect(&rig, rig_info(0, "set_spotmeter failed"));
    }
}

static void ffc_waits_for_its_end(void **state) {
    (void)state;
    const struct ib_camera_request *request = asks("{\"cmd\":\"run_ffc\"}", IB_ASK_FFC);
    assert_int_equal(request->deadline_us, rig.now_us + 5000000);
    rig_expect_nothing(&rig);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
}

static void spot(int r1, int c1, int r2, int c2, const uint16_t *wanted) {
    char json[160];
    snprintf(json, sizeof json,
             "{\"cmd\":\"set_spotmeter\",\"args\":{\"c1\":%d,\"c2\":%d,\"r1\":%d,\"r2\":%d}}", c1,
             c2, r1, r2);
    const struct ib_camera_request *request = asks(json, IB_ASK_SPOTMETER);
    for (int i = 0; i < 4; i++)
        assert_int_equal(request->spot[i], wanted[i]);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "set_spotmeter success"));
}

static void spotmeter_box_is_ordered_and_kept_inside(void **state) {
    (void)state;
    spot(59, 79, 60, 80, (const uint16_t[]){59, 79, 60, 80});
    spot(0, 0, 119, 159, (const uint16_t[]){0, 0, 119, 159});
    spot(10, 20, 10, 20, (const uint16_t[]){10, 20, 10, 20}); // one pixel
    spot(60, 80, 59, 79, (const uint16_t[]){59, 79, 60, 80});
    spot(-5, -1, 500, 160, (const uint16_t[]){0, 0, 119, 159});
    spot(119, 159, 120, 160, (const uint16_t[]){119, 159, 119, 159});
    // The 80x60 module's own pixels are half as many.
    rig_module(&rig, IB_LEPTON_2_5, 80, true);
    spot(59, 79, 60, 81, (const uint16_t[]){29, 39, 30, 40});
    spot(119, 159, 119, 159, (const uint16_t[]){59, 79, 59, 79});
}

static void spotmeter_without_radiometry(void **state) {
    (void)state;
    const char *json = "{\"cmd\":\"set_spotmeter\",\"args\":{\"r1\":1,\"c1\":2,\"r2\":3,\"c2\":4}}";
    rig_module(&rig, IB_LEPTON_3_0, 160, false);
    rig_say(&rig, json);
    rig_expect(&rig, rig_info(1, "set_spotmeter success"));
    assert_int_equal(rig.camera.posts, 0);
    rig_module(&rig, IB_LEPTON_UNKNOWN, 0, false);
    rig_refuses(&rig, json, 0, "set_spotmeter failed");
}

static void spotmeter_needs_four_numbers(void **state) {
    (void)state;
    static const char *const keys[] = {"r1", "c1", "r2", "c2"};
    static const char *const wrong[] = {NULL, "\"1\"", "null", "[1]", "{}"};
    for (int k = 0; k < 4; k++) {
        for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++) {
            char json[200] = "{\"cmd\":\"set_spotmeter\",\"args\":{\"x\":0";
            for (int i = 0; i < 4; i++) {
                char member[32] = "";
                if (i != k)
                    snprintf(member, sizeof member, ",\"%s\":%d", keys[i], i);
                else if (wrong[w])
                    snprintf(member, sizeof member, ",\"%s\":%s", keys[i], wrong[w]);
                strcat(json, member);
            }
            strcat(json, "}}");
            rig_refuses(&rig, json, 0, "set_spotmeter failed");
        }
    }
    rig_refuses(&rig, "{\"cmd\":\"set_spotmeter\"}", 0, "set_spotmeter failed");
}

static void cci_read_carries_little_endian_words(void **state) {
    (void)state;
    static const uint16_t words[] = {59, 79, 60, 80};
    memcpy(rig.camera.data, words, sizeof words);
    const struct ib_camera_request *request =
        asks("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":4}}", IB_ASK_CCI);
    assert_int_equal(request->cci.command, 0x4ECC);
    assert_int_equal(request->cci.words, 4);
    assert_int_equal(request->deadline_us, rig.now_us + 2000000);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":20172,\"length\":4,\"status\":6,"
                     "\"data\":\"OwBPADwAUAA=\"}}");
}

static void cci_read_of_nothing_and_of_everything(void **state) {
    (void)state;
    asks("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":514,\"length\":0}}", IB_ASK_CCI);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":514,\"length\":0,\"status\":6}}");
    // The module knows no GET of nothing: what is read is thrown away.
    const struct ib_camera_request *request =
        asks("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":0}}", IB_ASK_CCI);
    assert_int_equal(request->cci.words, 2);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":20172,\"length\":0,\"status\":6}}");

    char json[IB_TCAM_REPLY_BYTES];
    int n = snprintf(json, sizeof json,
                     "{\"cci_reg\":{\"command\":65532,\"length\":512,\"status\":6,\"data\":\"");
    memset(json + n, 'A', 1366);
    strcpy(json + n + 1366, "==\"}}");
    asks("{\"cmd\":\"get_cci_reg\",\"args\":{\"command\":65532,\"length\":512}}", IB_ASK_CCI);
    rig_answer(&rig, IB_OK);
    // 1024 bytes are 341 groups of three and one byte.
    rig_expect(&rig, json);
}

static void cci_run_may_be_read(void **state) {
    (void)state;
    rig.camera.data[0] = 0x1234;
    const struct ib_camera_request *request =
        asks("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":514,\"length\":1}}", IB_ASK_CCI);
    assert_int_equal(request->cci.words, 0);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":514,\"length\":1,\"status\":6,"
                     "\"data\":\"AAA=\"}}");
}

static void cci_refusal_by_the_module_is_an_answer(void **state) {
    (void)state;
    // What an earlier command left behind must not look like data.
    rig.camera.data[0] = 0x1234;
    asks("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":1}}", IB_ASK_CCI);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":20172,\"length\":1,\"status\":6,"
                     "\"data\":\"NBI=\"}}");
    rig.camera.outcome =
        (struct ib_cci_outcome){.status = IB_E_DEVICE, .device_code = -7, .status_word = 0xF906};
    asks("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":1}}", IB_ASK_CCI);
    rig_answer(&rig, IB_E_DEVICE);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":20172,\"length\":1,\"status\":63750,"
                     "\"data\":\"AAA=\"}}");
    asks("{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173,\"length\":0}}", IB_ASK_CCI);
    rig_answer(&rig, IB_E_DEVICE);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":20173,\"length\":0,\"status\":63750}}");
}

static void cci_trouble_on_the_bus_is_a_failure(void **state) {
    (void)state;
    static const int failures[] = {IB_E_TIMEOUT, IB_E_NACK, IB_E_IO, IB_E_NOT_READY, IB_E_REFUSED};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        asks("{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20172,\"length\":4}}", IB_ASK_CCI);
        rig_answer(&rig, failures[i]);
        rig_expect(&rig, rig_info(0, "get_lep_cci failed"));
        asks("{\"cmd\":\"set_cci_reg\",\"args\":{\"command\":578,\"length\":0}}", IB_ASK_CCI);
        rig_answer(&rig, failures[i]);
        rig_expect(&rig, rig_info(0, "set_cci_reg failed"));
    }
}

static void expect_write(const char *args, uint16_t command, uint16_t words) {
    char json[300];
    snprintf(json, sizeof json, "{\"cmd\":\"set_lep_cci\",\"args\":%s}", args);
    const struct ib_camera_request *request = asks(json, IB_ASK_CCI);
    assert_int_equal(request->cci.command, command);
    assert_int_equal(request->cci.words, words);
    rig_answer(&rig, IB_OK);
    snprintf(json, sizeof json, "{\"cci_reg\":{\"command\":%u,\"length\":%u,\"status\":6}}",
             command, words);
    rig_expect(&rig, json);
}

static void cci_write_takes_its_words(void **state) {
    (void)state;
    expect_write("{\"command\":20173,\"length\":4,\"data\":\"OwBPADwAUAA=\"}", 20173, 4);
    assert_memory_equal(rig.camera.sent, ((uint16_t[]){59, 79, 60, 80}), 8);
    // The first `length` words of more.
    expect_write("{\"command\":20173,\"length\":2,\"data\":\"PABQADsATwA=\"}", 20173, 2);
    assert_memory_equal(rig.camera.sent, ((uint16_t[]){60, 80}), 4);
    // A slash may come escaped: 0xFFFF is "//8=".
    expect_write("{\"command\":257,\"length\":1,\"data\":\"\\/\\/8=\"}", 257, 1);
    assert_int_equal(rig.camera.sent[0], 0xFFFF);
    // RUN commands carry nothing.
    expect_write("{\"command\":578,\"length\":0}", 578, 0);
    expect_write("{\"command\":578,\"length\":0,\"data\":\"\"}", 578, 0);
}

static void cci_write_of_512_words(void **state) {
    (void)state;
    char json[1600];
    int n =
        snprintf(json, sizeof json,
                 "{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":257,\"length\":512,\"data\":\"");
    for (int i = 0; i < 341; i++, n += 4)
        memcpy(json + n, "AQID", 4);
    strcpy(json + n, "BA==\"}}");
    asks(json, IB_ASK_CCI);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, "{\"cci_reg\":{\"command\":257,\"length\":512,\"status\":6}}");
    assert_int_equal(rig.camera.sent[0], 0x0201);
    assert_int_equal(rig.camera.sent[1], 0x0103);
    assert_int_equal(rig.camera.sent[511], 0x0403);
    // One group more is more than the block buffer holds.
    strcpy(json + n, "AQIDAQ==\"}}");
    rig_refuses(&rig, json, 0, "set_lep_cci failed");
}

static void cci_arguments_are_checked(void **state) {
    (void)state;
    static const char *const both[] = {
        "{}",
        "[]",
        "{\"command\":20172}",
        "{\"length\":4}",
        "{\"command\":\"20172\",\"length\":4}",
        "{\"command\":20172,\"length\":\"4\"}",
        "{\"command\":null,\"length\":4}",
        "{\"command\":20172,\"length\":{}}",
        "{\"command\":-1,\"length\":4}",
        "{\"command\":65536,\"length\":4}",
        "{\"command\":20172,\"length\":513}",
        "{\"command\":20172,\"length\":-1}",
        "{\"command\":1e300,\"length\":1}",
    };
    char json[300];
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        snprintf(json, sizeof json, "{\"cmd\":\"get_lep_cci\",\"args\":%s}", both[i]);
        rig_refuses(&rig, json, 0, "get_lep_cci failed");
        snprintf(json, sizeof json, "{\"cmd\":\"set_lep_cci\",\"args\":%s}", both[i]);
        rig_refuses(&rig, json, 0, "set_lep_cci failed");
    }
    // A read has no data to set.
    rig_refuses(&rig, "{\"cmd\":\"get_lep_cci\",\"args\":{\"command\":20173,\"length\":4}}", 0,
                "get_lep_cci failed");
    static const char *const data[] = {
        "null", // wrong types
        "5",
        "[\"AAAA\"]",
        "\"OwBPADwAUA\"", // cut group
        "\"OwBPADwAU!A=\"",
        "\"OwBPADwA\"", // six bytes for four words
        "\"\"",
    };
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++) {
        snprintf(json, sizeof json,
                 "{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173,\"length\":4,\"data\":%s}}",
                 data[i]);
        rig_refuses(&rig, json, 0, "set_lep_cci failed");
    }
    rig_refuses(&rig, "{\"cmd\":\"set_lep_cci\",\"args\":{\"command\":20173,\"length\":4}}", 0,
                "set_lep_cci failed");
}

static void set_time_moves_the_clock(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"set_time\",\"args\":{\"sec\":14,\"min\":10,\"hour\":21,\"dow\":2,"
                  "\"day\":18,\"mon\":5,\"year\":50}}");
    rig_expect(&rig, rig_info(1, "set_time success"));
    rig.now_us += 45987654;
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    rig_expect(&rig, "{\"status\":{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":2,\"Version\":\"2.0\","
                     "\"Time\":\"21:10:59.987\",\"Date\":\"5/18/20\"}}");
}

static const char *time_json(const int *v) {
    static char json[200];
    snprintf(json, sizeof json,
             "{\"cmd\":\"set_time\",\"args\":{\"year\":%d,\"mon\":%d,\"day\":%d,\"hour\":%d,"
             "\"min\":%d,\"sec\":%d,\"dow\":%d}}",
             v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
    return json;
}

static void set_time_knows_the_calendar(void **state) {
    (void)state;
    static const int good[][7] = {
        {30, 1, 1, 0, 0, 0, 7},   {129, 12, 31, 23, 59, 59, 5}, {54, 2, 29, 0, 0, 0, 5},
        {30, 2, 29, 12, 0, 0, 3}, {56, 4, 30, 1, 2, 3, 1},
    };
    static const int bad[][7] = {
        {29, 12, 31, 23, 59, 59, 6}, {130, 1, 1, 0, 0, 0, 6}, {-1, 1, 1, 0, 0, 0, 1},
        {55, 2, 29, 0, 0, 0, 1},     {56, 0, 1, 0, 0, 0, 1},  {56, 13, 1, 0, 0, 0, 1},
        {56, 4, 31, 0, 0, 0, 1},     {56, 1, 0, 0, 0, 0, 1},  {56, 1, 32, 0, 0, 0, 1},
        {56, 1, 1, -1, 0, 0, 1},     {56, 1, 1, 24, 0, 0, 1}, {56, 1, 1, 0, -1, 0, 1},
        {56, 1, 1, 0, 60, 0, 1},     {56, 1, 1, 0, 0, -1, 1}, {56, 1, 1, 0, 0, 60, 1},
        {56, 1, 1, 0, 0, 0, 0},      {56, 1, 1, 0, 0, 0, 8},  {2147483647, 1, 1, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        rig_say(&rig, time_json(good[i]));
        rig_expect(&rig, rig_info(1, "set_time success"));
    }
    int64_t before = ib_tcam_wall_us(&rig.tcam, rig.now_us);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        rig_refuses(&rig, time_json(bad[i]), 0, "set_time failed");
    assert_int_equal(ib_tcam_wall_us(&rig.tcam, rig.now_us), before);
}

static void set_time_needs_all_seven(void **state) {
    (void)state;
    static const char *const keys[] = {"sec", "min", "hour", "dow", "day", "mon", "year"};
    static const char *const values[] = {"14", "10", "21", "2", "18", "5", "50"};
    for (int missing = 0; missing < 7; missing++) {
        for (int wrong = 0; wrong < 2; wrong++) {
            char json[240] = "{\"cmd\":\"set_clock\",\"args\":{\"x\":0";
            for (int i = 0; i < 7; i++) {
                char member[40] = "";
                if (i != missing || wrong)
                    snprintf(member, sizeof member, i != missing ? ",\"%s\":%s" : ",\"%s\":\"%s\"",
                             keys[i], values[i]);
                strcat(json, member);
            }
            strcat(json, "}}");
            rig_refuses(&rig, json, 0, "set_clock failed");
        }
    }
    rig_refuses(&rig, "{\"cmd\":\"set_time\"}", 0, "set_time failed");
}

static void stream_arguments_are_checked(void **state) {
    (void)state;
    static const char *const good[] = {"{}", "{\"delay_msec\":0,\"num_frames\":0}",
                                       "{\"delay_msec\":-5,\"num_frames\":-1}",
                                       "{\"num_frames\":2.5}", "{\"delay_msec\":1e12}"};
    static const char *const bad[] = {"[]",
                                      "null",
                                      "7",
                                      "{\"delay_msec\":\"0\"}",
                                      "{\"num_frames\":null}",
                                      "{\"delay_msec\":0,\"num_frames\":{}}"};
    char json[160];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(json, sizeof json, "{\"cmd\":\"stream_on\",\"args\":%s}", good[i]);
        rig_say(&rig, json);
        rig_expect(&rig, rig_info(1, "stream_on success"));
        rig_say(&rig, "{\"cmd\":\"stream_off\"}");
        rig_expect(&rig, rig_info(1, "stream_off success"));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(json, sizeof json, "{\"cmd\":\"stream_on\",\"args\":%s}", bad[i]);
        rig_refuses(&rig, json, 0, "stream_on failed");
        assert_false(rig.session.streaming);
    }
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
}

static void other_names_are_echoed(void **state) {
    (void)state;
    rig.camera.at_once = true;
    static const char *const said[][2] = {
        {"{\"cmd\":\"set_stream_on\"}", "set_stream_on success"},
        {"{\"cmd\":\"set_stream_off\"}", "set_stream_off success"},
        {"{\"cmd\":\"set_clock\",\"args\":{\"sec\":1,\"min\":2,\"hour\":3,\"dow\":4,\"day\":5,"
         "\"mon\":6,\"year\":57}}",
         "set_clock success"},
    };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        rig_say(&rig, said[i][0]);
        rig_expect(&rig, rig_info(1, said[i][1]));
    }
    rig_say(&rig, "{\"cmd\":\"set_cci_reg\",\"args\":{\"command\":578,\"length\":0}}");
    rig_expect(&rig, "{\"cci_reg\":{\"command\":578,\"length\":0,\"status\":6}}");
    rig_refuses(&rig, "{\"cmd\":\"get_cci_reg\"}", 0, "get_cci_reg failed");
}

static void known_but_absent_commands(void **state) {
    (void)state;
    static const char *const names[] = {
        "get_wifi",     "set_wifi",    "fw_update_request",   "fw_segment",
        "take_picture", "record_on",   "record_off",          "poweroff",
        "get_file",     "dump_screen", "get_filesystem_list", "delete_filesystem_obj"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char json[80];
        snprintf(json, sizeof json, "{\"cmd\":\"%s\",\"args\":{\"flags\":1}}", names[i]);
        rig_refuses(&rig, json, 2, "Unsupported command in json string");
    }
}

static void what_is_no_command(void **state) {
    (void)state;
    static const char *const unknown[] = {
        "{\"cmd\":\"\"}", "{\"cmd\":\"Get_Status\"}", "{\"cmd\":\"get_status \"}",
        "{\"cmd\":\"reboot\"}",
        "{\"cmd\":\"get_status_and_a_name_that_is_much_too_long_for_any_command\"}"};
    static const char *const other[] = {"{}",
                                        "[]",
                                        "5",
                                        "null",
                                        "\"get_status\"",
                                        "{\"cmd\":5}",
                                        "{\"cmd\":null}",
                                        "{\"cmd\":[\"get_status\"]}",
                                        "{\"args\":{\"cmd\":\"get_status\"}}",
                                        "[\"cmd\"]"};
    static const char *const broken[] = {"",
                                         " \n",
                                         "{",
                                         "{\"cmd\":\"get_status\"",
                                         "{\"cmd\":\"get_status}",
                                         "{cmd:\"get_status\"}",
                                         "{\"cmd\" \"get_status\"}",
                                         "get_status",
                                         "}"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        rig_refuses(&rig, unknown[i], 2, "Unknown command in json string");
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        rig_refuses(&rig, other[i], 2, "Json string wasn't command");
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        rig_refuses(&rig, broken[i], 3, "Couldn't convert json string");
}

static void lenient_where_firmware_is(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{\"cmd\":\"stream_off\"} and whatever follows }{",
        "\r\n\t {\n  \"cmd\" : \"stream_off\" ,\n \"args\" : { } }\n",
        "{\"CMD\":\"stream_off\"}",
        "{\"cmd\":\"stream_off\",\"cmd\":\"reboot\"}",
        "{\"cmd\":\"stream\\u005foff\"}",
        "{\"other\":[1,{\"cmd\":\"reboot\"}],\"cmd\":\"stream_off\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        rig_say(&rig, texts[i]);
        rig_expect(&rig, rig_info(1, "stream_off success"));
    }
}

static void a_name_with_quotes_stays_json(void **state) {
    (void)state;
    struct ib_tcam_config config = {.camera = rig.tcam.camera,
                                    .hub = &rig.hub,
                                    .name = "a \"b\" \\ c",
                                    .version = "1.0",
                                    .wall_offset_us = INT64_C(1795176229000000)};
    assert_int_equal(ib_tcam_init(&rig.tcam, &config), IB_OK);
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    rig_expect(&rig, "{\"status\":{\"Camera\":\"a \\\"b\\\" \\\\ c\",\"Model\":0,"
                     "\"Version\":\"1.0\",\"Time\":\"12:03:50.0\",\"Date\":\"11/20/26\"}}");
}

static void init_checks_its_config(void **state) {
    (void)state;
    const struct ib_tcam_config good = {
        .camera = rig.tcam.camera, .hub = &rig.hub, .name = "x", .version = "1"};
    static struct ib_tcam tcam;
    struct ib_tcam_config config = good;
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_OK);
    config.camera = NULL;
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_E_INVAL);
    config = good;
    config.name = NULL;
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_E_INVAL);
    config.name = "";
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_E_RANGE);
    config.name = "123456789012345678901234567890123";
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_E_RANGE);
    config.name++;
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_OK);
    config.version = "";
    assert_int_equal(ib_tcam_init(&tcam, &config), IB_E_RANGE);
}

static void refusal_is_a_whole_packet(void **state) {
    (void)state;
    const char *bytes;
    size_t size = ib_tcam_refusal(&bytes);
    const char *text = rig_info(0, "Too many clients");
    assert_int_equal(size, strlen(text) + 2);
    assert_int_equal(bytes[0], 2);
    assert_memory_equal(bytes + 1, text, strlen(text));
    assert_int_equal(bytes[size - 1], 3);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(status_names_the_camera_and_the_time),
        TEST(model_says_which_imager),
        TEST(config_is_what_is_wanted),
        TEST(set_config_asks_for_what_is_named),
        TEST(set_config_refuses_nonsense),
        TEST(failed_settings_are_told),
        TEST(ffc_waits_for_its_end),
        TEST(spotmeter_box_is_ordered_and_kept_inside),
        TEST(spotmeter_without_radiometry),
        TEST(spotmeter_needs_four_numbers),
        TEST(cci_read_carries_little_endian_words),
        TEST(cci_read_of_nothing_and_of_everything),
        TEST(cci_run_may_be_read),
        TEST(cci_refusal_by_the_module_is_an_answer),
        TEST(cci_trouble_on_the_bus_is_a_failure),
        TEST(cci_write_takes_its_words),
        TEST(cci_write_of_512_words),
        TEST(cci_arguments_are_checked),
        TEST(set_time_moves_the_clock),
        TEST(set_time_knows_the_calendar),
        TEST(set_time_needs_all_seven),
        TEST(stream_arguments_are_checked),
        TEST(other_names_are_echoed),
        TEST(known_but_absent_commands),
        TEST(what_is_no_command),
        TEST(lenient_where_firmware_is),
        TEST(a_name_with_quotes_stays_json),
        TEST(init_checks_its_config),
        TEST(refusal_is_a_whole_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
