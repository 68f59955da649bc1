/// The Lepton as scripts see it: a simulated module, its driver and its owner behind the sensor.
#include "../camera/rig.h"
#include "support_csi.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct rig *rig;
static struct bench *bench;
static struct ib_csi *lepton;

static void run_until(void *context, uint64_t when_us) {
    (void)context;
    uint64_t now_us = rig->sim_clock.now_us;
    if (when_us > now_us)
        rig_run(rig, when_us - now_us);
}

static void start(const char *model) {
    rig = rig_new(&(struct rig_config){.model = model, .scene = "person", .seed = 7});
    bench = bench_new(&rig->clock, run_until, NULL);
    bench->hands.lepton = &rig->camera;
    bench->hands.frames = &rig->hub;
    bench_begin(bench);
    lepton = bench_find(bench, IB_CSI_LEPTON);
    assert_non_null(lepton);
}

static void set_mode(bool measurement, bool high) {
    lepton->ioctl.first = measurement;
    lepton->ioctl.second = high;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_MODE), 1);
}

static int32_t number(enum ib_csi_request request) {
    assert_int_equal(bench_ask(bench, lepton, request), 1);
    return lepton->ioctl.number;
}

static uint16_t module_word(uint16_t command) {
    lepton->ioctl.number = command;
    lepton->ioctl.word_count = 2;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_ATTRIBUTE), 1);
    return lepton->ioctl.words[0];
}

/// The frame that the picture came from.
static const struct ib_frame *source(void) {
    const struct ib_csi_lepton *state = lepton->sensor;
    assert_int_equal(rig->last.sequence, state->seen);
    return &rig->last;
}

static void detection(void **state) {
    (void)state;
    static const struct {
        const char *model;
        uint32_t chip_id;
        int32_t width, refresh;
    } models[] = {{"1.5", 0x5415, 80, 27}, {"2.0", 0x5420, 80, 27},  {"2.5", 0x5425, 80, 27},
                  {"3.0", 0x5430, 160, 9}, {"3.1R", 0x5431, 160, 9}, {"3.5", 0x5435, 160, 9}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        uint32_t ids[IB_CSI_SENSORS];
        size_t count;
        uint64_t due_us;
        start(models[i].model);
        assert_int_equal(lepton->chip_id, models[i].chip_id);
        assert_ptr_equal(bench_find(bench, (int32_t)models[i].chip_id), lepton);
        assert_null(bench_find(bench, -1)); // it is never what csi.CSI() means
        assert_null(bench_find(bench, 0x5499));
        assert_int_equal(ib_csi_devices(&bench->board, bench_now(bench), &due_us, ids, &count), 1);
        assert_int_equal(count, 1);
        assert_int_equal(ids[0], models[i].chip_id);
        assert_int_equal(number(IB_CSI_LEPTON_GET_WIDTH), models[i].width);
        assert_int_equal(number(IB_CSI_LEPTON_GET_HEIGHT), models[i].width * 3 / 4);
        assert_int_equal(number(IB_CSI_LEPTON_GET_REFRESH), models[i].refresh);
        bench_end(bench);
    }
}

static void absent(void **state) {
    (void)state;
    rig = rig_new(&(struct rig_config){.model = "3.5"});
    assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_UNPLUG, 0, 0), IB_OK);
    bench = bench_new(&rig->clock, run_until, NULL);
    bench->hands.lepton = &rig->camera;
    bench->hands.frames = &rig->hub;
    bench_begin(bench);
    assert_null(bench_find(bench, IB_CSI_LEPTON));
    assert_in_range(rig->sim_clock.now_us, 5000000, 5100000);
    bench_end(bench);
}

static void agc_pictures(void **state) {
    (void)state;
    struct ib_openmv_image image;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(number(IB_CSI_LEPTON_GET_RADIOMETRY), 0);
    assert_int_equal(number(IB_CSI_LEPTON_GET_RESOLUTION), 14);
    assert_int_equal(module_word(0x4E10), 0); // radiometry
    assert_int_equal(module_word(0x4EC0), 0); // TLinear
    assert_int_equal(module_word(0x0100), 1); // AGC
    assert_int_equal(module_word(0x0148), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    const struct ib_frame *frame = source();
    assert_int_equal(frame->unit, IB_UNIT_GREY8);
    assert_int_equal(image.width_px, 160);
    assert_int_equal(image.height_px, 120);
    assert_int_equal(image.format, IB_PIXFORMAT_GRAYSCALE);
    for (size_t i = 0; i < 160 * 120; i++)
        assert_int_equal(image.pixels[i], frame->pixels[i]);

    // Mirrored, flipped and turned.
    assert_int_equal(ib_csi_set_mirror(lepton, true, false, bench_now(bench)), 0);
    assert_int_equal(bench_finish(bench, lepton), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    frame = source();
    for (size_t y = 0; y < 120; y++)
        for (size_t x = 0; x < 160; x++)
            assert_int_equal(image.pixels[y * 160 + x], frame->pixels[y * 160 + 159 - x]);
    assert_int_equal(ib_csi_set_mirror(lepton, false, true, bench_now(bench)), 0);
    assert_int_equal(ib_csi_set_transpose(lepton, true), 0);
    assert_int_equal(bench_finish(bench, lepton), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    frame = source();
    assert_int_equal(image.width_px, 120);
    assert_int_equal(image.height_px, 160);
    for (size_t y = 0; y < 120; y++)
        for (size_t x = 0; x < 160; x++)
            assert_int_equal(image.pixels[x * 120 + 119 - y], frame->pixels[y * 160 + x]);
    rig_assert_clean(rig);
    bench_end(bench);
}

static void colours(void **state) {
    (void)state;
    struct ib_openmv_image image;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_RGB565, 10), 1);
    for (int palette = 0; palette < 2; palette++) {
        // Both palettes' first and last colours, from the list of OpenMV's.
        static const uint16_t ends[2][2] = {{0x063F, 0xF820}, {0xFFFF, 0xFFE3}};
        assert_int_equal(ib_csi_set_palette(lepton, palette), 0);
        assert_int_equal(lepton->colours[0], ends[palette][0]);
        assert_int_equal(lepton->colours[255], ends[palette][1]);
        assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
        const uint16_t *pixels = (const uint16_t *)(const void *)image.pixels;
        const struct ib_frame *frame = source();
        for (size_t i = 0; i < 160 * 120; i++)
            assert_int_equal(pixels[i], lepton->colours[frame->pixels[i]]);
    }
    assert_int_equal(ib_csi_set_palette(lepton, 2), IB_CSI_E_ARGUMENT);
    bench_end(bench);
}

/// As the data sheet's and the firmware's formulas have it, in double precision.
static double byte_of(double celsius, double low, double high) {
    celsius = celsius < low ? low : celsius > high ? high : celsius;
    return (celsius - low) * 255 / (high - low);
}

/// Single precision may fall to the other side only where the exact value is a tie.
static void check_byte(uint8_t got, double exact) {
    double rounded = nearbyint(exact);
    if (fabs(exact - floor(exact) - 0.5) > 0.002)
        assert_int_equal(got, (int)rounded);
    else
        assert_true(fabs(got - exact) < 0.51);
}

static void measurement(void **state) {
    (void)state;
    static const float ranges[][4] = {// asked for, and what becomes of it
                                      {-10, 40, -10, 40},
                                      {30, 20, 20, 30},
                                      {-50, 300, -10, 140},
                                      {15, 15.5f, 15, 15.5f}};
    struct ib_openmv_image image;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    set_mode(true, false);
    assert_int_equal(number(IB_CSI_LEPTON_GET_RADIOMETRY), 1);
    assert_int_equal(number(IB_CSI_LEPTON_GET_RESOLUTION), 16);
    assert_int_equal(module_word(0x4E10), 1);
    assert_int_equal(module_word(0x4EC0), 1);
    assert_int_equal(module_word(0x4EC4), 1); // 0.01 K
    assert_int_equal(module_word(0x0100), 0);
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_RANGE), 1);
    assert_true(lepton->ioctl.low_c == -10 && lepton->ioctl.high_c == 40);
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        unsigned levels[256] = {0}, used = 0;
        lepton->ioctl.low_c = ranges[r][0];
        lepton->ioctl.high_c = ranges[r][1];
        assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_RANGE), 1);
        assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_RANGE), 1);
        assert_true(lepton->ioctl.low_c == ranges[r][2] && lepton->ioctl.high_c == ranges[r][3]);
        assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
        const struct ib_frame *frame = source();
        assert_int_equal(frame->unit, IB_UNIT_KELVIN);
        for (size_t i = 0; i < 160 * 120; i++) {
            double celsius = frame->pixels[i] * 0.01 - 273.15;
            check_byte(image.pixels[i], byte_of(celsius, ranges[r][2], ranges[r][3]));
            used += levels[image.pixels[i]]++ == 0;
        }
        print_message("range %g..%g: %u levels\n", (double)ranges[r][2], (double)ranges[r][3],
                      used);
    }
    // A range is of the mode's, and stays.
    set_mode(true, true);
    lepton->ioctl.low_c = 0;
    lepton->ioctl.high_c = 1000;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_RANGE), 1);
    set_mode(true, false);
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_RANGE), 1);
    assert_true(lepton->ioctl.low_c == 0 && lepton->ioctl.high_c == 600);
    // No range at all is black, whatever it is.
    lepton->ioctl.low_c = lepton->ioctl.high_c = NAN;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_RANGE), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    rig_assert_clean(rig);
    bench_end(bench);
}

static void modes(void **state) {
    (void)state;
    struct ib_openmv_image image;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    for (unsigned i = 0; i < 8; i++) {
        bool measured = i & 1, high = i & 2;
        set_mode(measured, high);
        assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_MODE), 1);
        assert_int_equal(lepton->ioctl.first, measured);
        assert_int_equal(lepton->ioctl.second, high);
        assert_int_equal(module_word(0x0248), high ? IB_GAIN_LOW : IB_GAIN_HIGH);
        for (unsigned n = 0; n < 3; n++) {
            assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
            assert_int_equal(source()->unit, measured ? IB_UNIT_KELVIN : IB_UNIT_GREY8);
            if (measured)
                assert_int_equal(source()->gain_mode, high ? IB_GAIN_LOW : IB_GAIN_HIGH);
        }
    }
    // What it is already costs nothing.
    uint64_t before_us = bench_now(bench);
    set_mode(true, true);
    assert_true(bench_now(bench) - before_us < 1000);
    bench_end(bench);
}

/// A mode that is changed while the shutter works: no picture of the old mode in the new one's scale.
static void shutter(void **state) {
    (void)state;
    struct ib_openmv_image image;
    unsigned seen = 0;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    for (unsigned i = 0; i < 24; i++) {
        for (unsigned buffers = 3; buffers <= 4; buffers++) {
            assert_int_equal(ib_csi_set_buffers(lepton, (int32_t)buffers), 0);
            assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
            lepton->ioctl.number = 0x0242;
            assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_RUN_COMMAND), 1);
            rig_run(rig, 40000 * i);
            seen += (rig->last.flags & IB_FRAME_FFC) != 0;
            set_mode(i % 2 == 0, false);
            lepton->ioctl.low_c = 15;
            lepton->ioctl.high_c = 40;
            assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_RANGE), 1);
            assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
            assert_int_not_equal(memcmp(image.pixels, image.pixels + 1, image.size_bytes - 1), 0);
            set_mode(i % 2 != 0, false);
        }
    }
    assert_true(seen > 0);
    bench_end(bench);
}

/// Another client of the same camera wants something else.
static void somebody_else(void **state) {
    (void)state;
    struct ib_openmv_image image;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    set_mode(true, false);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    static struct ib_camera_request request;
    request = (struct ib_camera_request){.ask = IB_ASK_SETTINGS,
                                         .settings = {.mask = IB_SETTING_AGC, .agc = true}};
    assert_int_equal(rig_ask(rig, &request), IB_OK);
    rig_run(rig, 3000000);
    assert_int_equal(rig->last.unit, IB_UNIT_GREY8);
    // Nobody takes pictures: theirs it stays. A script that does gets only its own.
    uint64_t before_us = bench_now(bench);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
        assert_int_equal(source()->unit, IB_UNIT_KELVIN);
    }
    print_message("back after %.2f s\n", (double)(bench_now(bench) - before_us) * 1e-6);
    assert_true(bench_now(bench) - before_us < 3000000);
    bench_end(bench);
}

static void without_radiometry(void **state) {
    (void)state;
    static const char *const models[] = {"3.0", "2.0", "1.5"};
    for (size_t m = 0; m < 3; m++) {
        struct ib_openmv_image image;
        start(models[m]);
        assert_int_equal(bench_reset(bench, lepton, false), 1);
        size_t pixels = models[m][0] == '3' ? 160 * 120 : 80 * 60;
        assert_int_equal(
            bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, pixels == 80 * 60 ? 9 : 10), 1);
        assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
        assert_int_equal(source()->unit, IB_UNIT_GREY8);
        set_mode(true, false);
        assert_int_equal(number(IB_CSI_LEPTON_GET_RESOLUTION), 14);
        assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
        const struct ib_frame *frame = source();
        assert_int_equal(frame->unit, IB_UNIT_COUNTS);
        assert_true(frame->fpa_ck != 0);
        unsigned inside = 0;
        for (size_t i = 0; i < pixels; i++) {
            double celsius = (frame->pixels[i] - 8192.0 + frame->fpa_ck) * 0.01 - 273.15;
            check_byte(image.pixels[i], byte_of(celsius, -10, 40));
            inside += image.pixels[i] > 0 && image.pixels[i] < 255;
        }
        print_message("Lepton %s: %u of %zu pixels inside\n", models[m], inside, pixels);
        assert_true(inside > 0);
        bench_end(bench);
    }
}

static int next_recorded(void *context, struct ib_sim_playback_frame *out) {
    static uint16_t pixels[160 * 120];
    const struct ib_sim_playback *playback = context;
    for (size_t i = 0; i < 160 * 120; i++)
        pixels[i] = playback->facts.agc       ? (uint16_t)(i % 251)
                    : playback->facts.tlinear ? (uint16_t)(29000 + i % 1999)
                                              : (uint16_t)(8000 + i % 401);
    *out = (struct ib_sim_playback_frame){.pixels = pixels};
    return 0;
}

/// A recording's numbers stay what they are: temperatures and counts are made into a picture here, and
/// there are no temperatures in another camera's picture.
static void recordings(void **state) {
    (void)state;
    static const struct {
        const char *model;
        bool agc, tlinear;
        int least, most;
    } kinds[] = {{"3.5", false, true, 29000, 30998},
                 {"3.0", false, false, 8000, 8400},
                 {"3.5", true, 0, 0, 0}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct ib_openmv_image image;
        static struct ib_sim_playback playback;
        playback = (struct ib_sim_playback){
            .facts = {kinds[k].model, kinds[k].agc, kinds[k].tlinear, 1, 0, 0, 160, 120},
            .next = next_recorded,
            .context = &playback};
        rig = rig_new(&(struct rig_config){.model = kinds[k].model, .playback = &playback});
        bench = bench_new(&rig->clock, run_until, NULL);
        bench->hands.lepton = &rig->camera;
        bench->hands.frames = &rig->hub;
        bench_begin(bench);
        lepton = bench_find(bench, IB_CSI_LEPTON);
        assert_non_null(lepton);
        assert_int_equal(bench_reset(bench, lepton, false), 1);
        assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
        for (int again = 0; again < 20; again++)
            assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
        const struct ib_frame *frame = source();
        double span = kinds[k].most - kinds[k].least;
        for (size_t i = 0; i < 160 * 120; i++)
            if (kinds[k].agc)
                assert_int_equal(image.pixels[i], frame->pixels[i]);
            else
                check_byte(image.pixels[i], (frame->pixels[i] - kinds[k].least) * 255.0 / span);
        lepton->ioctl.first = true;
        lepton->ioctl.second = false;
        assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_MODE),
                         kinds[k].agc ? IB_CSI_E_CONTROL : 1);
        assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
        frame = source();
        for (size_t i = 0; i < 160 * 120 && kinds[k].tlinear; i++)
            check_byte(image.pixels[i], byte_of(frame->pixels[i] * 0.01 - 273.15, -10, 40));
        bench_end(bench);
    }
}

static void attributes(void **state) {
    (void)state;
    struct ib_csi_ioctl *ioctl;
    start("3.5");
    ioctl = &lepton->ioctl;
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    // The part number: the low byte of a word comes first.
    ioctl->number = 0x481C;
    ioctl->word_count = 16;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_ATTRIBUTE), 1);
    char part[33] = {0};
    for (size_t i = 0; i < 16; i++) {
        part[2 * i] = (char)(ioctl->words[i] & 0xFF);
        part[2 * i + 1] = (char)(ioctl->words[i] >> 8);
    }
    assert_string_equal(part, "500-0771-01");
    // A setting: by its base, whatever the type bits say.
    ioctl->number = 0x0304;
    ioctl->word_count = 2;
    ioctl->words[0] = 5;
    ioctl->words[1] = 0;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_ATTRIBUTE), 1);
    assert_int_equal(module_word(0x0304), 5);
    // Refused by the module, and unknown to it.
    ioctl->number = 0x0304;
    ioctl->word_count = 2;
    ioctl->words[0] = 77;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_ATTRIBUTE), IB_CSI_E_CONTROL);
    ioctl->number = 0x0FF0;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_ATTRIBUTE), IB_CSI_E_CONTROL);
    ioctl->word_count = 513;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_ATTRIBUTE), IB_CSI_E_ARGUMENT);
    // An FFC.
    struct ib_csi_lepton *self = lepton->sensor;
    (void)self;
    ioctl->number = 0x0240;
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_RUN_COMMAND), 1);
    rig_run(rig, 2000000);
    assert_true(rig->ffc_frames > 0);
    // Temperatures: what the module says of itself, and what its frames say.
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_FPA_TEMP), 1);
    assert_true(fabs((double)ioctl->low_c - (rig->last.fpa_ck / 100.0 - 273.15)) < 0.5);
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_GET_AUX_TEMP), 1);
    assert_true(fabs((double)ioctl->low_c - (rig->last.housing_ck / 100.0 - 273.15)) < 0.5);
    // Not the Lepton's.
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_TRIGGER_AUTO_FOCUS), IB_CSI_E_CONTROL);
    assert_int_equal(bench_ask(bench, lepton, IB_CSI_GET_RGB_STATS), IB_CSI_E_CONTROL);
    bench_end(bench);
}

/// A script is broken off while it waits: what it asked for goes on, and the next one can ask.
static void given_up(void **state) {
    (void)state;
    struct ib_openmv_image image;
    uint64_t due_us;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    for (unsigned steps = 1; steps < 40; steps++) {
        lepton->ioctl.first = steps & 1;
        lepton->ioctl.second = false;
        lepton->ioctl.request = IB_CSI_LEPTON_SET_MODE;
        assert_int_equal(ib_csi_ask(lepton, bench_now(bench)), 0);
        for (unsigned i = 0; i < steps; i++) {
            if (ib_csi_step(lepton, bench_now(bench), &due_us) == 1)
                break;
            run_until(NULL, due_us);
        }
        if (steps % 4 == 0)
            ib_csi_board_forget(&bench->board);
        // Another command, at once: the answer is its own.
        assert_int_equal(number(IB_CSI_LEPTON_GET_WIDTH), 160);
        lepton->ioctl.number = 0x0304;
        lepton->ioctl.word_count = 2;
        lepton->ioctl.words[0] = steps % 8;
        lepton->ioctl.words[1] = 0;
        assert_int_equal(bench_ask(bench, lepton, IB_CSI_LEPTON_SET_ATTRIBUTE), 1);
        assert_int_equal(module_word(0x0304), steps % 8);
    }
    while (!ib_csi_board_idle(&bench->board))
        rig_run(rig, 1000);
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    assert_int_equal(source()->unit, IB_UNIT_GREY8);
    bench_end(bench);
}

static void sizes(void **state) {
    (void)state;
    struct ib_openmv_image image;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    // Smaller than the sensor: said by the snapshot, not by the setting.
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 9), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), IB_CSI_E_FRAMESIZE);
    assert_int_equal(ib_csi_set_framesize(lepton, IB_CSI_SIZE_CUSTOM, 200, 119, bench_now(bench)),
                     0);
    assert_int_equal(bench_finish(bench, lepton), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), IB_CSI_E_FRAMESIZE);
    // A window is the size that is drawn, the whole picture in it.
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 11), 1);
    assert_int_equal(ib_csi_set_window(lepton, (struct ib_rect){40, 30, 160, 120}), 0);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    assert_int_equal(image.width_px, 160);
    for (size_t i = 0; i < 160 * 120; i++)
        assert_int_equal(image.pixels[i], source()->pixels[i]);
    // Formats that it has not.
    assert_int_equal(ib_csi_set_pixformat(lepton, IB_PIXFORMAT_JPEG, bench_now(bench)),
                     IB_CSI_E_PIXFORMAT);
    assert_int_equal(ib_csi_set_pixformat(lepton, IB_PIXFORMAT_BAYER, bench_now(bench)),
                     IB_CSI_E_PIXFORMAT);
    bench_end(bench);
}

static void buffering(void **state) {
    (void)state;
    struct ib_openmv_image image;
    const struct ib_csi_snapshot at_once = {.time_ms = -1, .frames = -1, .blocking = false};
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(ib_csi_buffers(lepton), 3);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    // The newest, once.
    rig_run(rig, 1000000);
    assert_true(ib_csi_readable(lepton, bench_now(bench)));
    assert_int_equal(bench_take(bench, lepton, &at_once), 1);
    assert_true(lepton->got_picture);
    assert_int_equal(bench_take(bench, lepton, &at_once), 1);
    assert_false(lepton->got_picture);
    assert_false(ib_csi_readable(lepton, bench_now(bench)));
    // In order.
    struct ib_csi_lepton *self = lepton->sensor;
    assert_int_equal(ib_csi_set_buffers(lepton, 4), 0);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    uint32_t seen = self->seen;
    rig_run(rig, 250000);
    assert_int_equal(bench_take(bench, lepton, &at_once), 1);
    assert_true(lepton->got_picture);
    assert_int_equal(self->seen, seen + 1);
    assert_int_equal(bench_take(bench, lepton, &at_once), 1);
    assert_int_equal(self->seen, seen + 2);
    // One: its frame begins with the call.
    assert_int_equal(ib_csi_set_buffers(lepton, 1), 0);
    rig_run(rig, 1000000);
    seen = rig->last.sequence;
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    assert_int_equal(self->seen, seen + 1);
    // Slower.
    assert_int_equal(ib_csi_set_buffers(lepton, 3), 0);
    assert_int_equal(ib_csi_set_framerate(lepton, 2), 0);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    uint64_t before_us = bench_now(bench);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    assert_in_range(bench_now(bench) - before_us, 2000000, 2600000);
    // For a time.
    const struct ib_csi_snapshot long_ = {.time_ms = 2000, .frames = -1, .blocking = true};
    before_us = bench_now(bench);
    assert_int_equal(bench_take(bench, lepton, &long_), 1);
    assert_false(lepton->got_picture);
    assert_in_range(bench_now(bench) - before_us, 2000001, 2600000);
    const struct ib_csi_snapshot some = {.time_ms = -1, .frames = 3, .blocking = true};
    uint32_t pictures = lepton->pictures;
    assert_int_equal(bench_take(bench, lepton, &some), 1);
    assert_int_equal(lepton->pictures, pictures + 3);
    bench_end(bench);
}

static void nothing_comes(void **state) {
    (void)state;
    struct ib_openmv_image image;
    start("3.5");
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    assert_int_equal(ib_sim_lepton_fault(&rig->part, IB_FAULT_UNPLUG, 0, 0), IB_OK);
    uint64_t before_us = bench_now(bench);
    assert_int_equal(bench_snapshot(bench, lepton, &image), IB_CSI_E_TIMEOUT);
    assert_in_range(bench_now(bench) - before_us, 20000000, 20200000);
    // A reset says so, too.
    assert_int_equal(bench_reset(bench, lepton, false), IB_CSI_E_CONTROL);
    ib_sim_lepton_plug(&rig->part, true);
    rig_run(rig, 12000000);
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    assert_int_equal(bench_set(bench, lepton, IB_PIXFORMAT_GRAYSCALE, 10), 1);
    assert_int_equal(bench_snapshot(bench, lepton, &image), 1);
    bench_end(bench);
}

/// Two seconds since the line was pulled, whoever pulled it.
static void cold_boot(void **state) {
    (void)state;
    start("3.5");
    bench->hands.camera_reset = &rig->reset;
    uint64_t before_us = bench_now(bench);
    assert_int_equal(bench_reset(bench, lepton, true), 1);
    assert_true(bench_now(bench) - before_us >= 2000000);
    print_message("hard reset: %.2f s\n", (double)(bench_now(bench) - before_us) * 1e-6);
    rig_run(rig, 3000000);
    before_us = bench_now(bench);
    assert_int_equal(bench_reset(bench, lepton, false), 1);
    print_message("soft reset: %.2f s\n", (double)(bench_now(bench) - before_us) * 1e-6);
    assert_true(bench_now(bench) - before_us < 1000000);
    bench_end(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(detection),     cmocka_unit_test(absent),
        cmocka_unit_test(agc_pictures),  cmocka_unit_test(colours),
        cmocka_unit_test(measurement),   cmocka_unit_test(modes),
        cmocka_unit_test(somebody_else), cmocka_unit_test(without_radiometry),
        cmocka_unit_test(attributes),    cmocka_unit_test(given_up),
        cmocka_unit_test(sizes),         cmocka_unit_test(buffering),
        cmocka_unit_test(nothing_comes), cmocka_unit_test(cold_boot),
        cmocka_unit_test(recordings),    cmocka_unit_test(shutter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
