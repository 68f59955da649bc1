/// Driver against simulator of the OV5640: two transcriptions of the same data sheet.
///
/// Neither side includes the other. Where they disagree, one of them has read wrongly.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "drivers/ov5640/ov5640.h"
#include "image/color.h"
#include "ports/linux/codec.h"
#include "sim/ov5640.h"

#define ROOM ((size_t)IB_OV5640_WIDTH_PX * IB_OV5640_HEIGHT_PX * 2 + 65536)

static struct ib_sim_clock sim_clock;
static struct ib_clock clock_table;
static struct ib_sim_ov5640 part;
static struct ib_ov5640 driver;
static struct ib_i2c i2c;
static struct ib_gpio reset, power_down, power;
static struct ib_picture_in port;
static struct ib_codec codec;
static struct ib_linux_codec *library;
static void *memory;
static uint8_t *picture, *other;

/// The board's line is "powered", the part's "powered down".
static int set_power(void *context, int level) {
    (void)context;
    return ib_gpio_set(&power_down, !level);
}
static int get_power(void *context) {
    (void)context;
    return !ib_gpio_get(&power_down);
}
static const struct ib_gpio_ops POWER = {set_power, get_power};

static void power_up(const char *scene) {
    ib_sim_clock_init(&sim_clock);
    clock_table = ib_sim_clock_table(&sim_clock);
    const struct ib_sim_ov5640_config config = {
        .clock = &sim_clock,
        .scene = ib_sim_scene_named(scene),
        .seed = 3,
        .codec = &codec,
        .memory = memory,
        .memory_bytes = ib_sim_ov5640_memory_bytes(),
        .quiet = true,
    };
    assert_int_equal(ib_sim_ov5640_init(&part, &config), IB_OK);
    i2c = ib_sim_ov5640_sccb(&part);
    reset = ib_sim_ov5640_reset(&part);
    power_down = ib_sim_ov5640_power_down(&part);
    power = (struct ib_gpio){&POWER, NULL};
    port = ib_sim_ov5640_port(&part);
    const struct ib_ov5640_wiring wiring = {
        .i2c = &i2c,
        .clock = &clock_table,
        .reset = &reset,
        .power = &power,
        .port = &port,
        .clock_hz = 12000000,
        .address = IB_OV5640_ADDRESS,
    };
    ib_ov5640_init(&driver, &wiring);
    ib_clock_wait_until(&clock_table, 30000);
    assert_int_equal(ib_ov5640_probe(&driver), IB_OV5640_CHIP);
    assert_int_equal(ib_ov5640_reset(&driver, true, true), IB_OK);
    assert_int_equal(ib_ov5640_finish(&driver), IB_OK);
}

/// Every test ends here.
static void blameless(void) {
    const struct ib_sim_ov5640_violations *v = ib_sim_ov5640_violations(&part);
    if (ib_sim_ov5640_violation_count(&part) != 0)
        fail_msg(
            "early %u reset %u address %u half %u window %u timing %u format %u jpeg %u port %u "
            "firmware %u clock %u",
            v->sccb_too_early, v->reset_too_short, v->wrong_address, v->half_address, v->window,
            v->timing, v->format, v->jpeg_blocks, v->port_mismatch, v->firmware_running, v->clock);
}

static size_t take(uint8_t *into) {
    size_t bytes = 0;
    uint64_t end_us, due_us;
    for (int tries = 0; tries < 1000; tries++) {
        int got = ib_ov5640_take(&driver, into, ROOM, &bytes, &end_us, &due_us);
        if (got < 0)
            fail_msg("take: %d", got);
        if (got == 1)
            return bytes;
        ib_clock_wait_until(&clock_table, due_us);
    }
    fail_msg("no frame");
    return 0;
}

static size_t shoot(enum ib_ov5640_format format, int32_t width, int32_t height, uint8_t *into) {
    assert_int_equal(ib_ov5640_set_format(&driver, format), IB_OK);
    assert_int_equal(ib_ov5640_set_size(&driver, width, height), IB_OK);
    assert_int_equal(ib_ov5640_start(&driver, 1), IB_OK);
    (void)take(into); // the automatics settle
    return take(into);
}

/// Every size that the driver offers comes, complete, at the rate that it says.
static void test_sizes(void **state) {
    (void)state;
    static const int32_t SIZES[][2] = {
        {176, 144},  {352, 288},  {320, 240},  {640, 480},   {720, 480},   {752, 480},  {800, 600},
        {1024, 768}, {1280, 768}, {1280, 720}, {1600, 1200}, {1920, 1080}, {2592, 1944}};
    static const struct {
        enum ib_ov5640_format format;
        size_t pixel_bytes;
    } FORMATS[] = {
        {IB_OV5640_GREY, 1}, {IB_OV5640_RGB565, 2}, {IB_OV5640_YUV422, 2}, {IB_OV5640_BAYER, 1}};
    power_up("kettle");
    for (size_t s = 0; s < sizeof SIZES / sizeof SIZES[0]; s++) {
        for (size_t f = 0; f < sizeof FORMATS / sizeof FORMATS[0]; f++) {
            if (s > 4 && f != s % 4)
                continue; // large ones take long under sanitizers: each once
            size_t bytes = shoot(FORMATS[f].format, SIZES[s][0], SIZES[s][1], picture);
            assert_int_equal(bytes,
                             (size_t)SIZES[s][0] * (size_t)SIZES[s][1] * FORMATS[f].pixel_bytes);
            struct ib_sim_ov5640_facts facts;
            ib_sim_ov5640_facts(&part, &facts);
            assert_int_equal(facts.width_px, SIZES[s][0]);
            assert_int_equal(facts.height_px, SIZES[s][1]);
            assert_int_equal(facts.pclk_hz, ib_ov5640_pixel_clock_hz(&driver));
            double period_us = 1e6 / (double)facts.frame_rate_hz;
            assert_true(period_us > 0.99 * ib_ov5640_frame_period_us(&driver) - 1 &&
                        period_us < 1.01 * ib_ov5640_frame_period_us(&driver) + 1);
        }
    }
    blameless();
}

/// Colour bars say whether both sides mean the same by every format.
static void test_formats_agree(void **state) {
    (void)state;
    enum { W = 320, H = 240 };
    static uint16_t colours[W];
    power_up("kettle");
    assert_int_equal(ib_ov5640_set_colour_bar(&driver, true), IB_OK);
    assert_int_equal(shoot(IB_OV5640_RGB565, W, H, picture), W * H * 2);
    memcpy(colours, picture + (size_t)H / 2 * W * 2, sizeof colours);
    unsigned seen = 1;
    for (int x = 1; x < W; x++)
        seen += colours[x] != colours[x - 1];
    assert_true(seen >= 8 && seen <= 24);
    shoot(IB_OV5640_GREY, W, H, picture);
    for (int x = 4; x < W - 4; x++) {
        int luma = ib_rgb565_luma(colours[x]), grey = picture[H / 2 * W + x];
        if (abs(luma - grey) > 12 && colours[x] == colours[x - 4] && colours[x] == colours[x + 4])
            fail_msg("grey at %d: %d, colour %04x has %d", x, grey, colours[x], luma);
    }
    // Y V Y U: a red bar has V high, a blue one U high.
    shoot(IB_OV5640_YUV422, W, H, picture);
    unsigned red = 0, blue = 0;
    for (int x = 4; x < W - 4; x += 2) {
        const uint8_t *pair = picture + ((size_t)H / 2 * W + (size_t)x) * 2;
        int r = ib_rgb565_red(colours[x]), g = ib_rgb565_green(colours[x]),
            b = ib_rgb565_blue(colours[x]);
        if (r > 150 && g < 60 && b < 60) {
            assert_true(pair[1] > 150);
            red++;
        }
        if (b > 150 && r < 60 && g < 60) {
            assert_true(pair[3] > 150);
            blue++;
        }
    }
    assert_true(red > 0 && blue > 0);
    // B G in even rows, G R in odd ones.
    shoot(IB_OV5640_BAYER, W, H, picture);
    red = blue = 0;
    for (int x = 4; x < W - 4; x += 2) {
        const uint8_t *even = picture + (size_t)H / 2 * W + x, *odd = even + W;
        int r = ib_rgb565_red(colours[x]), g = ib_rgb565_green(colours[x]),
            b = ib_rgb565_blue(colours[x]);
        if (r > 150 && g < 60 && b < 60) {
            assert_true(odd[1] > even[0] && odd[1] > even[1]);
            red++;
        }
        if (b > 150 && r < 60 && g < 60) {
            assert_true(even[0] > odd[1] && even[0] > even[1]);
            blue++;
        }
    }
    assert_true(red > 0 && blue > 0);
    blameless();
}

/// Mirror, flip and window: the same picture, turned or cut.
static void test_geometry(void **state) {
    (void)state;
    enum { W = 320, H = 240 };
    power_up("board");
    const float ev = 0;
    assert_int_equal(ib_ov5640_set_auto_gain(&driver, false, &ev, NULL), IB_OK);
    assert_int_equal(ib_ov5640_set_auto_exposure(&driver, false, 10000), IB_OK);
    assert_int_equal(ib_ov5640_set_auto_white_balance(&driver, false, (const float[]){0, 0, 0}),
                     IB_OK);
    shoot(IB_OV5640_GREY, W, H, picture);
    assert_int_equal(ib_ov5640_set_mirror(&driver, true), IB_OK);
    shoot(IB_OV5640_GREY, W, H, other);
    long apart = 0, straight = 0;
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            apart += abs(picture[y * W + x] - other[y * W + W - 1 - x]);
            straight += abs(picture[y * W + x] - other[y * W + x]);
        }
    }
    assert_true(apart < straight / 4);
    assert_int_equal(ib_ov5640_set_flip(&driver, true), IB_OK);
    shoot(IB_OV5640_GREY, W, H, other);
    apart = 0;
    for (int i = 0; i < W * H; i++)
        apart += abs(picture[i] - other[W * H - 1 - i]);
    assert_true(apart < straight / 4);
    assert_int_equal(ib_ov5640_set_mirror(&driver, false), IB_OK);
    assert_int_equal(ib_ov5640_set_flip(&driver, false), IB_OK);
    const struct ib_ov5640_area window = {40, 30, 100, 80};
    assert_int_equal(ib_ov5640_set_window(&driver, &window), IB_OK);
    assert_int_equal(ib_ov5640_start(&driver, 1), IB_OK);
    assert_int_equal(take(other), 100 * 80);
    long cut = 0;
    for (int y = 0; y < 80; y++) {
        for (int x = 0; x < 100; x++)
            cut += abs(other[y * 100 + x] - picture[(y + 30) * W + x + 40]);
    }
    assert_true(cut < 100 * 80 * 2);
    blameless();
}

static void test_jpeg(void **state) {
    (void)state;
    power_up("kettle");
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ib_ov5640_set_format(&driver, IB_OV5640_JPEG), IB_OK);
        assert_int_equal(ib_ov5640_set_quality(&driver, i ? 20 : 90), IB_OK);
        sizes[i] = shoot(IB_OV5640_JPEG, 1280, 720, picture);
        assert_true(sizes[i] > 1000 && sizes[i] < ROOM);
        assert_true(picture[0] == 0xFF && picture[1] == 0xD8);
        assert_true(picture[sizes[i] - 2] == 0xFF && picture[sizes[i] - 1] == 0xD9);
        struct ib_codec_facts facts;
        assert_int_equal(codec.ops->look(codec.context, IB_CODEC_JPEG, picture, sizes[i], &facts),
                         IB_OK);
        assert_int_equal(facts.width_px, 1280);
        assert_int_equal(facts.height_px, 720);
    }
    assert_true(sizes[1] < sizes[0]);
    blameless();
}

static void test_focus(void **state) {
    (void)state;
    size_t size;
    const uint8_t *program = ib_sim_ov5640_autofocus(&size);
    power_up("kettle");
    assert_int_equal(ib_ov5640_focus_trigger(&driver), IB_E_NOT_READY);
    assert_int_equal(ib_ov5640_focus_load(&driver, program, size), IB_OK);
    assert_int_equal(ib_ov5640_finish(&driver), IB_OK);
    shoot(IB_OV5640_GREY, 640, 480, picture);
    assert_int_equal(ib_ov5640_focus_trigger(&driver), IB_OK);
    int status = IB_OV5640_FOCUS_MOVING;
    for (int i = 0; i < 500 && status != IB_OV5640_FOCUS_DONE; i++) {
        ib_clock_wait_until(&clock_table, sim_clock.now_us + 10000);
        status = ib_ov5640_focus_status(&driver);
        assert_true(status == IB_OV5640_FOCUS_MOVING || status == IB_OV5640_FOCUS_DONE);
    }
    assert_int_equal(status, IB_OV5640_FOCUS_DONE);
    struct ib_sim_ov5640_facts facts;
    ib_sim_ov5640_facts(&part, &facts);
    assert_true(abs(facts.lens - facts.sharp_at) < 40);
    assert_int_equal(ib_ov5640_focus_release(&driver), IB_OK);
    for (int i = 0; i < 500 && status != IB_OV5640_FOCUS_IDLE; i++) {
        ib_clock_wait_until(&clock_table, sim_clock.now_us + 10000);
        status = ib_ov5640_focus_status(&driver);
    }
    assert_int_equal(status, IB_OV5640_FOCUS_IDLE);
    blameless();
}

/// What is written can be read, and does something.
static void test_controls(void **state) {
    (void)state;
    enum { N = 320 * 240 };
    power_up("kettle");
    const float gain = 6, none = 0;
    float back;
    uint32_t exposure;
    long light[2];
    assert_int_equal(ib_ov5640_set_auto_gain(&driver, false, &none, NULL), IB_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ib_ov5640_set_auto_exposure(&driver, false, i ? 8000 : 2000), IB_OK);
        shoot(IB_OV5640_GREY, 320, 240, picture);
        assert_int_equal(ib_ov5640_exposure_us(&driver, &exposure), IB_OK);
        assert_in_range(exposure, i ? 7900 : 1950, i ? 8100 : 2050);
        light[i] = 0;
        for (int p = 0; p < N; p++)
            light[i] += picture[p];
    }
    assert_true(light[1] > light[0] * 3 / 2);
    assert_int_equal(ib_ov5640_set_auto_gain(&driver, false, &gain, NULL), IB_OK);
    assert_int_equal(ib_ov5640_gain_db(&driver, &back), IB_OK);
    assert_true(back > 5.5f && back < 6.5f);
    assert_int_equal(ib_ov5640_set_negative(&driver, true), IB_OK);
    shoot(IB_OV5640_GREY, 320, 240, other);
    assert_true(abs(picture[N / 2] + other[N / 2] - 255) < 140);
    assert_int_equal(ib_ov5640_set_night_mode(&driver, true), IB_OK);
    assert_int_equal(ib_ov5640_night_mode(&driver), 1);
    assert_int_equal(ib_ov5640_standby(&driver, true), IB_OK);
    struct ib_sim_ov5640_facts facts;
    ib_sim_ov5640_facts(&part, &facts);
    assert_false(facts.streaming);
    blameless();
}

static int open_all(void **state) {
    (void)state;
    memory = malloc(ib_sim_ov5640_memory_bytes());
    picture = malloc(ROOM);
    other = malloc(ROOM);
    if (!memory || !picture || !other || ib_linux_codec_open(&library) != IB_OK)
        return -1;
    codec = *ib_linux_codec_table(library);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    ib_linux_codec_close(library);
    free(memory);
    free(picture);
    free(other);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),    cmocka_unit_test(test_formats_agree),
        cmocka_unit_test(test_geometry), cmocka_unit_test(test_jpeg),
        cmocka_unit_test(test_focus),    cmocka_unit_test(test_controls),
    };
    return cmocka_run_group_tests_name("ov5640 contract", tests, open_all, close_all);
}
